import type { Target } from '../../model/noun/model-alias.ts'
import type { Restriction } from '../../model/noun/restriction.ts'
import type { PatternRestriction, RestrictionSet } from '../../model/state/restriction-set.ts'
import type { State } from '../../model/state/state.ts'
import { hashOf } from '../../model/table/hash.ts'
import { findHashed, findRow } from '../../model/table/table.ts'
import { cacheByIdentity } from '../../model/value/cache-by-identity.ts'
import { foldAscii, matchesPattern } from '../../model/value/pattern.ts'
import type { Resolved } from './resolve.ts'

/** A text with its key in restriction sets: the text with its ASCII letters in lower case. */
interface Keyed {
  readonly text: string
  readonly key: string
}

/** The texts of a route that selectors are compared with. */
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

/** The texts of a route. Those of an alias's target are remembered with the target; a concrete model's are its name. */
export function routeTextsOf(target: Target, { alias, name }: Pick<Resolved, 'alias' | 'name'>): RouteTexts {
  return alias === undefined ? textsOf(target, name) : textsOfTarget(target)
}

/** A route as patterns are compared with it and as clients request it: `account/model`. */
export function routeNameOf({ providerAccount, model }: Target): string {
  return `${providerAccount}/${model}`
}

/** Whether denies on a route are compared without regard to ASCII case: the route's account serves any model. */
export function isAnyCase(target: Target, state: State): boolean {
  return findRow(state.providerAccounts, target.providerAccount)?.anyModel === true
}

/** Adds to `found` the restrictions of a set that select an alias by its name, in force or not. */
export function selectName(set: RestrictionSet, { text, key }: Keyed, hash: number, found: Restriction[]): void {
  const named = findHashed(set.aliases, key, key === text ? hash : hashOf(key))
  if (named !== undefined) {
    for (const one of named) if (one.selector.type === 'alias' && one.selector.alias === text) found.push(one)
  }
  selectByPattern(set, { text, key }, 'exact', found)
}

/** The name of an alias with its key. */
export const nameKeyOf = (name: string): Keyed => keyed(name)

/** Adds to `found` the restrictions of a set that select a route by account, model or pattern, in force or not. */
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
 * Adds to `found` the restrictions of a set that select the requested name in another case only, in force or not. They deny
 * only the routes for which `isAnyCase` is true. Patterns on a concrete model select it by its route.
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

function addMatching(
  patterns: readonly PatternRestriction[],
  { text, key }: Keyed,
  by: Comparison,
  found: Restriction[],
): void {
  for (let i = 0; i < patterns.length; i += 1) {
    const { pattern, folded, restriction } = patterns[i] as PatternRestriction
    if (by === 'exact' ? !matchesPattern(pattern, text) : !matchesPattern(folded, key)) continue
    if (by !== 'otherCase' || !matchesPattern(pattern, text)) found.push(restriction)
  }
}
