import type { ModelAlias } from '../../model/noun/model-alias.ts'
import type { State } from '../../model/state/state.ts'
import { entries, idsOf } from '../../model/table/table.ts'
import type { Principal } from '../../model/value/principal.ts'
import type { Windows } from '../../model/value/window.ts'
import type { Reach, Route } from '../../policy/decision/decision.ts'
import type { ResolvedRequest } from './resolved-request.ts'
import { holdsAt, matchesByExpression, rowOf } from './rows.ts'

/** Returns every path in force from one principal to the requested name or to one of its target routes. */
export function pathsOf(principal: Principal, resolved: ResolvedRequest): Reach[] {
  return [...groupPaths(principal, resolved), ...rolePaths(principal, resolved)]
}

function groupPaths(principal: Principal, { state, alias, targets, request }: ResolvedRequest): Reach[] {
  const row = holderOf(principal, state)
  if (row === undefined) return []
  const isOpen = (id: string): boolean => {
    const isLeading = isNameHeld(id, alias, state) || targets.some((target) => isRouteHeld(id, target, state))
    return isLeading && isEntitled(principal, id, state)
  }
  const assigned = row.accessGroups
    .filter(({ accessGroup }) => isOpen(accessGroup))
    .flatMap(({ accessGroup, windows }) =>
      inForce(windows, request.at).map((end) => ({ type: 'accessGroup' as const, accessGroup, principal, ...end })),
    )
  const team = principal.type === 'team' ? rowOf(state, 'teams', principal.id) : undefined
  const plan = team?.plan === undefined ? undefined : rowOf(state, 'plans', team.plan)
  const planned = (plan?.accessGroups ?? [])
    .filter(isOpen)
    .map((accessGroup) => ({ type: 'accessGroup' as const, accessGroup, principal, plan: plan?.id ?? '' }))
  return [...assigned, ...planned]
}

function rolePaths(principal: Principal, { state, targets, request }: ResolvedRequest): Reach[] {
  return (holderOf(principal, state)?.roleGrants ?? [])
    .filter((grant) => targets.some((target) => target.providerAccount === grant.providerAccount))
    .flatMap(({ providerAccount, role, windows }) =>
      inForce(windows, request.at).map((end) => ({ type: 'role' as const, role, providerAccount, principal, ...end })),
    )
}

function holderOf({ type, id }: Principal, state: State) {
  return rowOf(state, type === 'user' ? 'users' : type === 'team' ? 'teams' : 'virtualAccounts', id)
}

/**
 * Filters the windows that are in force at an instant. Returns the end of each such window as `until`, absent for a
 * window without an end.
 */
function inForce(windows: Windows, at: number): { readonly until?: number }[] {
  return windows
    .filter((window) => holdsAt(window, at))
    .map(({ expiresAt }) => (expiresAt === undefined ? {} : { until: expiresAt }))
}

/** Whether a path leads to a route: the group holds the name or the route, or the role is on the account of the route. */
export function leadsTo(path: Reach, route: Route, { state, alias }: ResolvedRequest): boolean {
  if (path.type === 'role') return path.providerAccount === route.providerAccount
  return isNameHeld(path.accessGroup, alias, state) || isRouteHeld(path.accessGroup, route, state)
}

/** Whether a group has the requested alias as a member: by name, by a pattern of names, or as one of all aliases. */
export function isNameHeld(accessGroup: string, alias: ModelAlias | undefined, state: State): boolean {
  const group = rowOf(state, 'accessGroups', accessGroup)
  if (group === undefined || alias === undefined) return false
  return (
    group.allAliases ||
    [...idsOf(group.aliases)].includes(alias.id) ||
    group.patterns.some((pattern) => matchesByExpression(pattern, alias.id))
  )
}

/** Whether a group has a route as a member: by the model's name, or by a pattern of the account's models. */
function isRouteHeld(accessGroup: string, { providerAccount, model }: Route, state: State): boolean {
  const group = rowOf(state, 'accessGroups', accessGroup)
  return [...(group === undefined ? [] : entries(group.models))].some(
    ([account, { models, patterns }]) =>
      account === providerAccount &&
      ([...idsOf(models)].includes(model) || patterns.some((pattern) => matchesByExpression(pattern, model))),
  )
}

/**
 * Whether the organization of a principal is entitled to a group. Always true for users, who belong to no organization.
 */
function isEntitled(principal: Principal, group: string, state: State): boolean {
  if (principal.type === 'user') return true
  const holder = rowOf(state, principal.type === 'team' ? 'teams' : 'virtualAccounts', principal.id)
  const entitlement = rowOf(state, 'organizations', holder?.organization ?? '')?.entitlement
  return entitlement !== undefined && (entitlement.type === 'unlimited' || entitlement.accessGroups.includes(group))
}
