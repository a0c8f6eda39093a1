/**
 * The Levenshtein distance of two strings, or `undefined` if the distance exceeds `limit`. The distance is the fewest
 * insertions, deletions and replacements of a character that turn one string into the other. Costs time proportional to
 * the string length times `limit`, without the common prefix and suffix.
 */
export function editDistance(a: string, b: string, limit: number): number | undefined {
  if (Math.abs(a.length - b.length) > limit) return undefined
  const shorter = Math.min(a.length, b.length)
  let start = 0
  while (start < shorter && a.charCodeAt(start) === b.charCodeAt(start)) start += 1
  let end = 0
  while (end < shorter - start && a.charCodeAt(a.length - 1 - end) === b.charCodeAt(b.length - 1 - end)) end += 1
  return distanceOf(a.slice(start, a.length - end), b.slice(start, b.length - end), limit)
}

function distanceOf(a: string, b: string, limit: number): number | undefined {
  const far = limit + 1
  let row = Array.from({ length: b.length + 1 }, (_, j) => Math.min(j, far))
  for (let i = 1; i <= a.length; i += 1) {
    const next = new Array<number>(b.length + 1).fill(far)
    next[0] = Math.min(i, far)
    let least = next[0]
    for (let j = Math.max(1, i - limit); j <= Math.min(b.length, i + limit); j += 1) {
      const isSame = a.charCodeAt(i - 1) === b.charCodeAt(j - 1)
      const replaced = (row[j - 1] ?? far) + (isSame ? 0 : 1)
      const edited = Math.min(replaced, (row[j] ?? far) + 1, (next[j - 1] ?? far) + 1, far)
      next[j] = edited
      least = Math.min(least, edited)
    }
    if (least === far) return undefined
    row = next
  }
  const distance = row[b.length] ?? far
  return distance === far ? undefined : distance
}
