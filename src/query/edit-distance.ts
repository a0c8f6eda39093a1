/**
 * How many characters must be put in, taken out or replaced to make one text of another, up to a limit; nothing when it
 * takes more. Costs the shorter length times the limit.
 */
export function editDistance(a: string, b: string, limit: number): number | undefined {
  if (Math.abs(a.length - b.length) > limit) return undefined
  let row = Array.from({ length: b.length + 1 }, (_, j) => (j <= limit ? j : limit + 1))
  for (let i = 1; i <= a.length; i += 1) {
    const next = new Array<number>(b.length + 1).fill(limit + 1)
    if (i <= limit) next[0] = i
    let least = next[0] ?? 0
    for (let j = Math.max(1, i - limit); j <= Math.min(b.length, i + limit); j += 1) {
      const isSame = a.charCodeAt(i - 1) === b.charCodeAt(j - 1)
      const replaced = (row[j - 1] ?? limit + 1) + (isSame ? 0 : 1)
      const edited = Math.min(replaced, (row[j] ?? limit + 1) + 1, (next[j - 1] ?? limit + 1) + 1)
      next[j] = edited
      least = Math.min(least, edited)
    }
    if (least > limit) return undefined
    row = next
  }
  const distance = row[b.length] ?? limit + 1
  return distance > limit ? undefined : distance
}
