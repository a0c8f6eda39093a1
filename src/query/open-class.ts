import type { NameClass } from './name-class.ts'
import { matchesName, type NameMatcher } from './name-matcher.ts'

/**
 * A set of models on an open account (`anyModel`): models that match every matcher in `matching` and none in `except`.
 */
export interface OpenModels {
  readonly matching: readonly NameMatcher[]
  readonly except: readonly NameMatcher[]
}

/**
 * A class of model names on an open account (`anyModel`), with a value that applies to each name. `undefined` is no
 * value.
 */
export interface ValuedClass<Value> extends NameClass {
  readonly value: Value | undefined
}

/** Whether a set of models on an open account (`anyModel`) contains a full name, `account/model`. */
export function isAmongModels({ matching, except }: OpenModels, name: string): boolean {
  return matching.every((one) => matchesName(one, name)) && !except.some((one) => matchesName(one, name))
}

/**
 * Describes the classes that have a value with as few matchers as possible. Leaves a matcher out if names that differ
 * only in this matcher have equal values.
 */
export function describeClasses<Value>(
  classes: readonly ValuedClass<Value>[],
  isEqual: (a: Value, b: Value) => boolean,
): readonly { readonly models: OpenModels; readonly sample: string; readonly value: Value }[] {
  const isSame = (a: Value | undefined, b: Value | undefined): boolean =>
    a === b || (a !== undefined && b !== undefined && isEqual(a, b))
  let merged = classes
  for (const matcher of matchersOf(classes)) merged = mergeWithout(matcher, merged, isSame) ?? merged
  const remaining = matchersOf(merged)
  return merged.flatMap(({ matching, sample, value }) => {
    if (value === undefined) return []
    return [{ models: { matching: [...matching], except: exceptionsFrom(matching, remaining, merged) }, sample, value }]
  })
}

/** Returns every matcher of the classes. Matchers that the fewest classes have come first. */
function matchersOf(classes: readonly NameClass[]): readonly NameMatcher[] {
  const counts = new Map<NameMatcher, number>()
  for (const { matching } of classes) for (const one of matching) counts.set(one, (counts.get(one) ?? 0) + 1)
  return [...counts].sort(([, a], [, b]) => a - b).map(([matcher]) => matcher)
}

/** Merges classes that differ only in one matcher. Returns `undefined` if two such classes have different values. */
function mergeWithout<Value>(
  matcher: NameMatcher,
  classes: readonly ValuedClass<Value>[],
  isSame: (a: Value | undefined, b: Value | undefined) => boolean,
): readonly ValuedClass<Value>[] | undefined {
  const ids = new Map<NameMatcher, number>()
  const keyOf = (matching: ReadonlySet<NameMatcher>): string => {
    const numbers = [...matching]
      .filter((one) => one !== matcher)
      .map((one) => {
        const id = ids.get(one) ?? ids.size
        ids.set(one, id)
        return id
      })
    return numbers.sort((a, b) => a - b).join()
  }
  const merged = new Map<string, ValuedClass<Value>>()
  for (const one of classes) {
    const key = keyOf(one.matching)
    const other = merged.get(key)
    if (other === undefined) {
      merged.set(key, { ...one, matching: new Set([...one.matching].filter((kept) => kept !== matcher)) })
    } else if (!isSame(other.value, one.value)) return undefined
  }
  return [...merged.values()]
}

/**
 * Returns the matchers that exclude narrower classes from a class. A narrower class has all matchers of the class, and
 * more.
 */
function exceptionsFrom(
  matching: ReadonlySet<NameMatcher>,
  matchers: readonly NameMatcher[],
  classes: readonly NameClass[],
): readonly NameMatcher[] {
  const narrower = classes.filter((one) => one.matching.size > matching.size && isSubset(matching, one.matching))
  const candidates = matchers.filter((one) => !matching.has(one) && narrower.some((other) => other.matching.has(one)))
  const kept: NameMatcher[] = []
  // The broadest first: one that matches more classes makes the others unnecessary.
  let left = narrower
  for (const one of candidates.reverse()) {
    if (!left.some((other) => other.matching.has(one))) continue
    kept.push(one)
    left = left.filter((other) => !other.matching.has(one))
  }
  return kept.sort((a, b) => (a.text < b.text ? -1 : 1))
}

function isSubset(a: ReadonlySet<NameMatcher>, b: ReadonlySet<NameMatcher>): boolean {
  for (const one of a) if (!b.has(one)) return false
  return true
}
