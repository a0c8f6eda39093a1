import type { Target } from '../../model/noun/model-alias.ts'
import type { Restriction } from '../../model/noun/restriction.ts'
import type { PatternRestriction, RestrictionSet } from '../../model/state/restriction-set.ts'
import type { State } from '../../model/state/state.ts'
import { hashOf } from '../../model/table/hash.ts'
import { findHashed, findRow } from '../../model/table/table.ts'
import { cacheByIdentity } from '../../model/value/cache-by-identity.ts'
import { foldAscii, matchesPattern } from '../../model/value/pattern.ts'
import { patternFinder } from '../../model/value/pattern-index.ts'
import type { Resolved } from './resolve.ts'

/** A string and its lookup key in restriction sets. The key is the string with its ASCII letters in lower case. */
interface Keyed {
  readonly text: string
  readonly key: string
}

/** The strings of a route that the selectors of restrictions are compared with. */
export interface RouteTexts {
  readonly providerAccount: Keyed
  readonly model: Keyed
  /** The route as `account/model`. */
  readonly route: Keyed
}

const keyed = (text: string): Keyed => ({ text, key: foldAscii(text) })

function textsOf({ providerAccount, model }: Target, route: string): RouteTexts {
  return { providerAccount: keyed(providerAccount), model: keyed(model), route: keyed(route) }
}

const textsOfTarget = /* @__PURE__ */ cacheByIdentity(
  (target: Target): RouteTexts => textsOf(target, routeNameOf(target)),
)

/**
 * Returns the strings of a route that selectors are compared with. For a target of an alias, the strings are cached
 * with the target. For a concrete model, the requested name serves as `account/model`.
 */
export function routeTextsOf(target: Target, { alias, name }: Pick<Resolved, 'alias' | 'name'>): RouteTexts {
  return alias === undefined ? textsOf(target, name) : textsOfTarget(target)
}

/**
 * Returns the name of a route, `account/model`. Clients request a concrete model by this name, and patterns are matched
 * against the name.
 */
export function routeNameOf({ providerAccount, model }: Target): string {
  return `${providerAccount}/${model}`
}

/** Whether restrictions on a route ignore ASCII case. True if the route's account has `anyModel`. */
export function isAnyCase(target: Target, state: State): boolean {
  return findRow(state.providerAccounts, target.providerAccount)?.anyModel === true
}

/** Adds to `found` each restriction of a set that selects the alias by its name, in force or not. */
export function selectName(set: RestrictionSet, { text, key }: Keyed, hash: number, found: Restriction[]): void {
  const named = findHashed(set.aliases, key, key === text ? hash : hashOf(key))
  if (named !== undefined) {
    for (const one of named) if (one.selector.type === 'alias' && one.selector.alias === text) found.push(one)
  }
  selectByPattern(set, { text, key }, 'exact', found)
}

/** Returns a model name with its lookup key in restriction sets. */
export const nameKeyOf = (name: string): Keyed => keyed(name)

/** Adds to `found` each restriction of a set that selects the route by account, model or pattern, in force or not. */
export function selectRoute(set: RestrictionSet, texts: RouteTexts, anyCase: boolean, found: Restriction[]): void {
  const { providerAccount, model, route } = texts
  const ofAccount = findRow(set.providerAccounts, providerAccount.key)
  if (ofAccount !== undefined) {
    for (const one of ofAccount) if (anyCase || selectsAccount(one, providerAccount.text)) found.push(one)
  }
  const models = findRow(set.models, providerAccount.key)
  const ofModel = models && findRow(models, model.key)
  if (ofModel !== undefined) {
    for (const one of ofModel) {
      if (anyCase || (selectsAccount(one, providerAccount.text) && selectsModel(one, model.text))) found.push(one)
    }
  }
  selectByPattern(set, route, anyCase ? 'anyCase' : 'exact', found)
}

/**
 * Adds to `found` each restriction of a set that selects the requested name in another case only, in force or not. For
 * example, a deny of `GPT-4` when the name is `gpt-4`. Such a restriction denies only the routes for which `isAnyCase`
 * is true. Compares patterns for an alias only: `selectRoute` compares them for a concrete model.
 */
export function selectNameInAnyCase(set: RestrictionSet, name: Keyed, isAlias: boolean, found: Restriction[]): void {
  const named = findRow(set.aliases, name.key)
  if (named !== undefined) {
    for (const one of named) if (one.selector.type === 'alias' && one.selector.alias !== name.text) found.push(one)
  }
  if (isAlias) selectByPattern(set, name, 'otherCase', found)
}

const selectsAccount = ({ selector }: Restriction, account: string): boolean =>
  'providerAccount' in selector && selector.providerAccount === account

const selectsModel = ({ selector }: Restriction, model: string): boolean =>
  selector.type === 'model' && selector.model === model

type Comparison = 'exact' | 'anyCase' | 'otherCase'

function selectByPattern(set: RestrictionSet, keys: Keyed, by: Comparison, found: Restriction[]): void {
  if (set.patterns.length > 0) addMatching(set.patterns, keys, by, found)
  if (set.accountPatterns.size === 0) return
  const slash = keys.key.indexOf('/')
  const ofAccount = slash < 0 ? undefined : findRow(set.accountPatterns, keys.key.slice(0, slash))
  if (ofAccount !== undefined) addMatching(ofAccount, keys, by, found)
}

const candidatesFor = /* @__PURE__ */ patternFinder(({ folded }: PatternRestriction) => folded)

function addMatching(
  patterns: readonly PatternRestriction[],
  { text, key }: Keyed,
  by: Comparison,
  found: Restriction[],
): void {
  const candidates = candidatesFor(patterns, key)
  for (let i = 0; i < candidates.length; i += 1) {
    const { pattern, folded, restriction } = candidates[i] as PatternRestriction
    if (by === 'exact' ? !matchesPattern(pattern, text) : !matchesPattern(folded, key)) continue
    if (by !== 'otherCase' || !matchesPattern(pattern, text)) found.push(restriction)
  }
}
