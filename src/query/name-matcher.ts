import type { AccessGroup } from '../model/noun/access-group.ts'
import type { Restriction } from '../model/noun/restriction.ts'
import { findRow } from '../model/table/table.ts'
import { foldAscii, matchesPattern } from '../model/value/pattern.ts'
import type { Scope } from '../model/value/selector.ts'

/** A test of concrete model names, written `account/model`. */
export interface NameMatcher {
  /** `name`: `text` is one name. `pattern`: `text` is a pattern in which `*` matches any characters, or none. */
  readonly type: 'name' | 'pattern'
  readonly text: string
  /** Whether ASCII case is ignored. `text` is then in lower case. */
  readonly isAnyCase: boolean
  /** The length of a literal prefix of a pattern, in which `*` matches only itself. Default: 0. */
  readonly literalLength?: number
}

/** Whether a matcher matches a name. */
export function matchesName({ type, text, isAnyCase, literalLength = 0 }: NameMatcher, name: string): boolean {
  const compared = isAnyCase ? foldAscii(name) : name
  if (type === 'name') return text === compared
  if (literalLength === 0) return matchesPattern(text, compared)
  const literal = text.slice(0, literalLength)
  return compared.startsWith(literal) && matchesPattern(text.slice(literalLength), compared.slice(literalLength))
}

/** Makes a matcher that matches exactly one name, `account/model`. */
export function matcherOfName(name: string): NameMatcher {
  return { type: 'name', text: name, isAnyCase: false }
}

/** The rows whose selectors and patterns distinguish unlisted models of an account with `anyModel`. */
interface Telling {
  readonly restrictions: Iterable<Restriction>
  /** Groups whose model patterns on the account distinguish models. */
  readonly groups: Iterable<AccessGroup>
  readonly scopes: readonly Scope[]
}

/**
 * Returns the matchers that distinguish unlisted models of an account with `anyModel`. One matcher for each pattern,
 * model and alias that a restriction or a scope selects and that may match a name on the account, and one for each
 * pattern by which a group has models of the account. Models that a group or a scope selects by name have no matcher.
 */
export function matchersOn(account: string, { restrictions, groups, scopes }: Telling): readonly NameMatcher[] {
  const folded = foldAscii(account)
  const names = new Set<string>()
  const patterns = new Set<string>()
  const exact = new Set<string>()
  for (const { selector } of restrictions) {
    if (selector.type === 'pattern') patterns.add(foldAscii(selector.pattern))
    else if (selector.type === 'model' && foldAscii(selector.providerAccount) === folded)
      names.add(`${folded}/${foldAscii(selector.model)}`)
    else if (selector.type === 'alias' && foldAscii(selector.alias).startsWith(`${folded}/`))
      names.add(foldAscii(selector.alias))
  }
  for (const scope of scopes) {
    for (const selector of scope.type === 'list' ? scope.selectors : []) {
      if (selector.type === 'pattern') exact.add(selector.pattern)
    }
  }
  const matchers: readonly NameMatcher[] = [
    ...[...names].sort().map((text) => ({ type: 'name', text, isAnyCase: true }) as const),
    ...[...patterns].sort().map((text) => ({ type: 'pattern', text, isAnyCase: true }) as const),
    ...[...exact].sort().map((text) => ({ type: 'pattern', text, isAnyCase: false }) as const),
    ...patternsOfGroups(account, groups, exact),
  ]
  return matchers.filter((matcher) => positionsAfter(matcher, `${account}/`).length > 0)
}

/**
 * Returns a matcher for each model pattern of groups on an account. Leaves out patterns that already have a matcher.
 */
function patternsOfGroups(
  account: string,
  groups: Iterable<AccessGroup>,
  known: ReadonlySet<string>,
): readonly NameMatcher[] {
  const prefix = `${account}/`
  const patterns = new Set<string>()
  for (const { models } of groups) for (const one of findRow(models, account)?.patterns ?? []) patterns.add(one)
  const literal = account.includes('*') ? { literalLength: prefix.length } : undefined
  return [...patterns]
    .sort()
    .map((pattern) => prefix + pattern)
    .filter((text) => literal !== undefined || !known.has(text))
    .map((text) => ({ type: 'pattern', text, isAnyCase: false, ...literal }))
}

/** Positions in the text of a matcher. From each position on, the text may match the rest of a name. */
export type Positions = readonly number[]

/**
 * Returns the positions after a matcher has read the beginning of a name. Empty if no name with this beginning matches.
 */
export function positionsAfter(matcher: NameMatcher, text: string): Positions {
  let positions = withStars(matcher, [0])
  for (const character of text) {
    for (let i = 0; i < character.length && positions.length > 0; i += 1) {
      positions = positionsAfterOne(matcher, positions, character.charAt(i))
    }
  }
  return positions
}

/** Returns the positions after one more character of a name. Empty if no name with this beginning matches. */
export function positionsAfterOne(matcher: NameMatcher, from: Positions, character: string): Positions {
  const wanted = matcher.isAnyCase ? foldAscii(character) : character
  const next: number[] = []
  for (const position of from) {
    if (isStar(matcher, position)) next.push(position)
    else if (matcher.text.charAt(position) === wanted) next.push(position + 1)
  }
  return next.length === 0 ? next : withStars(matcher, next)
}

const isStar = ({ type, text, literalLength = 0 }: NameMatcher, position: number): boolean =>
  type === 'pattern' && position >= literalLength && text.charAt(position) === '*'

/** Whether a name matches if it ends when the matcher is at these positions. */
export function isMatchAt({ text }: NameMatcher, positions: Positions): boolean {
  return positions.includes(text.length)
}

/**
 * Adds the position after each `*`, and drops positions before the last `*`. The last `*` already matches every name
 * that an earlier position could match.
 */
function withStars(matcher: NameMatcher, positions: Positions): Positions {
  const [first] = positions
  if (positions.length === 1 && first !== undefined && !isStar(matcher, first)) return positions
  const all = new Set<number>()
  let star = 0
  for (const position of positions) {
    let at = position
    all.add(at)
    while (isStar(matcher, at)) {
      star = Math.max(star, at)
      at += 1
      all.add(at)
    }
  }
  return [...all].filter((position) => position >= star).sort((a, b) => a - b)
}
