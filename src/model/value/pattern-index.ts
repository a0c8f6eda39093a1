import { cacheByIdentity } from './cache-by-identity.ts'
import { matchesPattern } from './pattern.ts'

/** Entries by the literal text before the first `*` of their pattern. */
interface PrefixIndex<Entry> {
  /** The lengths of the literal texts, without repeats. */
  readonly lengths: readonly number[]
  readonly byPrefix: ReadonlyMap<string, readonly Entry[]>
}

/** The number of patterns up to which a scan is faster than an index. */
const scanLimit = 16

/**
 * Returns a function that lists the entries whose pattern may match a name. `patternOf` returns the pattern of an entry.
 * A list of more than 16 entries is indexed once, by the text before the first `*` of each pattern.
 */
export function patternFinder<Entry extends string | object>(
  patternOf: (entry: Entry) => string,
): (entries: readonly Entry[], name: string) => readonly Entry[] {
  const indexOf = cacheByIdentity((entries: readonly Entry[]): PrefixIndex<Entry> => {
    const byPrefix = new Map<string, Entry[]>()
    for (const entry of entries) {
      const [prefix = ''] = patternOf(entry).split('*', 1)
      const list = byPrefix.get(prefix)
      if (list === undefined) byPrefix.set(prefix, [entry])
      else list.push(entry)
    }
    return { lengths: [...new Set([...byPrefix.keys()].map((prefix) => prefix.length))], byPrefix }
  })
  return (entries, name) => {
    if (entries.length <= scanLimit) return entries
    const { lengths, byPrefix } = indexOf(entries)
    const found: Entry[] = []
    for (const length of lengths) {
      if (length > name.length) continue
      for (const entry of byPrefix.get(name.slice(0, length)) ?? []) found.push(entry)
    }
    return found
  }
}

const candidatesFor = /* @__PURE__ */ patternFinder((pattern: string) => pattern)

/** Whether a name matches one of the patterns. */
export function matchesAnyPattern(patterns: readonly string[], name: string): boolean {
  const candidates = candidatesFor(patterns, name)
  for (let i = 0; i < candidates.length; i += 1) if (matchesPattern(candidates[i] as string, name)) return true
  return false
}
