import type { State } from '../../../../src/model/state/state.ts'
import { idsOf } from '../../../../src/model/table/table.ts'
import type { Principal } from '../../../../src/model/value/principal.ts'
import { authorize } from '../../../../src/policy/authorize.ts'
import type { Reach, Route } from '../../../../src/policy/decision/decision.ts'
import type { QueryFailure } from '../../../../src/query/query-fault.ts'
import type { Usable } from '../../../../src/query/who/access-target.ts'
import { type PrincipalAccess, type PrincipalsWithAccess, whoCanUse } from '../../../../src/query/who/who-can-use.ts'

/** Returns each provider account and each group of a state as a target of `whoCanUse`. */
export function everyThing(state: State): Exclude<Usable, string>[] {
  return [
    ...[...idsOf(state.providerAccounts)].map((providerAccount) => ({
      type: 'providerAccount' as const,
      providerAccount,
    })),
    ...[...idsOf(state.accessGroups)].map((accessGroup) => ({ type: 'accessGroup' as const, accessGroup })),
  ]
}

/** Returns the entries of a query result, or an empty array for a failure. */
export function listed(found: PrincipalsWithAccess | QueryFailure): PrincipalAccess[] {
  return found.ok ? [...found.principals] : []
}

/** Calls `whoCanUse` and returns the entries. */
export const whoIn = (what: Usable, state: State, at: number): PrincipalAccess[] =>
  listed(whoCanUse(what, state, { at }))

/** Returns the entry of a principal, or `undefined` when the principal has no entry. */
export function entryOf(entries: readonly PrincipalAccess[], { type, id }: Principal): PrincipalAccess | undefined {
  return entries.find(({ principal }) => principal.type === type && principal.id === id)
}

/** The routes and access paths of a principal to a model name, according to `authorize`. Ignores payers. */
export interface Given {
  readonly routes: readonly Route[]
  readonly reach: readonly Reach[]
}

/**
 * Returns the routes and access paths that `authorize` reports. For an ambiguous payer, combines the results of a
 * request on behalf of each team.
 */
export function givenTo(who: Principal, model: string, state: State, at: number, team?: string): Given | undefined {
  const decision = authorize({ type: 'use', who, model, at, ...(team === undefined ? {} : { team }) }, state)
  if (decision.effect === 'allow') return decision
  const [remedy] = decision.remedies
  if (decision.reason !== 'payer_ambiguous' || remedy?.type !== 'name_team') return undefined
  const each = remedy.teams.map((one) => givenTo(who, model, state, at, one))
  return { routes: each.flatMap((one) => one?.routes ?? []), reach: each.flatMap((one) => one?.reach ?? []) }
}

/**
 * Whether routes and access paths reach a target: any model name, a route on the provider account, or a path through
 * the group.
 */
export function isGiven(given: Given | undefined, what: Usable): boolean {
  if (given === undefined) return false
  if (typeof what === 'string' || what.type === 'model') return true
  return what.type === 'providerAccount'
    ? given.routes.some(({ providerAccount }) => providerAccount === what.providerAccount)
    : given.reach.some((path) => path.type === 'accessGroup' && path.accessGroup === what.accessGroup)
}
