import type { Assignment } from '../../model/noun/holding.ts'
import type { ModelAlias } from '../../model/noun/model-alias.ts'
import type { State } from '../../model/state/state.ts'
import { entries, idsOf } from '../../model/table/table.ts'
import type { Holder, Principal } from '../../model/value/principal.ts'
import type { Windows } from '../../model/value/window.ts'
import type { Reach, Route } from '../../policy/decision/decision.ts'
import type { Context } from './context.ts'
import type { ResolvedRequest } from './resolved-request.ts'
import { holdsAt, matchesByExpression, rowOf } from './rows.ts'

/** Returns the paths in force from one holder to the requested name or to one of its target routes. */
export function pathsOf(holder: Holder, resolved: ResolvedRequest): Reach[] {
  const groups = groupPaths(holder, resolved).filter((path) => isEntitled(holder, path.accessGroup, resolved.state))
  return [...groups, ...rolePaths(holder, resolved)]
}

/**
 * Returns the groups that would give a context access to the requested name if the organization were entitled to them.
 */
export function unentitledGroups({ holders }: Pick<Context, 'holders'>, resolved: ResolvedRequest): string[] {
  const groups = holders.flatMap((holder) =>
    groupPaths(holder, resolved)
      .map(({ accessGroup }) => accessGroup)
      .filter((accessGroup) => !isEntitled(holder, accessGroup, resolved.state)),
  )
  return [...new Set(groups)]
}

/** Returns the paths in force through access groups. Ignores whether the organization is entitled to the groups. */
function groupPaths(holder: Holder, { state, alias, targets, request }: ResolvedRequest) {
  const isOpen = (id: string): boolean => {
    return isNameHeld(id, alias, state) || targets.some((target) => isRouteHeld(id, target, state))
  }
  const assignedTo = (principal: Holder) =>
    assignmentsOf(principal, state)
      .filter(({ accessGroup }) => isOpen(accessGroup))
      .flatMap(({ accessGroup, windows }) =>
        inForce(windows, request.at).map((end) => ({ type: 'accessGroup' as const, accessGroup, principal, ...end })),
      )
  const team = holder.type === 'team' ? rowOf(state, 'teams', holder.id) : undefined
  const plan = team?.plan === undefined ? undefined : rowOf(state, 'plans', team.plan)
  const planned = (plan?.accessGroups ?? [])
    .filter(isOpen)
    .map((accessGroup) => ({ type: 'accessGroup' as const, accessGroup, principal: holder, plan: plan?.id ?? '' }))
  const organization = holder.type === 'member' ? undefined : organizationOf(holder, state)
  const shared = organization === undefined ? [] : assignedTo({ type: 'organization', id: organization })
  return [...assignedTo(holder), ...planned, ...shared]
}

function rolePaths(principal: Holder, { state, targets, request }: ResolvedRequest): Reach[] {
  if (principal.type === 'member' || principal.type === 'organization') return []
  return (principalRow(principal, state)?.roleGrants ?? [])
    .filter((grant) => targets.some((target) => target.providerAccount === grant.providerAccount))
    .flatMap(({ providerAccount, role, windows }) =>
      inForce(windows, request.at).map((end) => ({ type: 'role' as const, role, providerAccount, principal, ...end })),
    )
}

function assignmentsOf(holder: Holder, state: State): readonly Assignment[] {
  if (holder.type === 'organization') return rowOf(state, 'organizations', holder.id)?.accessGroups ?? []
  if (holder.type !== 'member') return principalRow(holder, state)?.accessGroups ?? []
  return rowOf(state, 'users', holder.user)?.teams.find(({ team }) => team === holder.team)?.accessGroups ?? []
}

function principalRow({ type, id }: Principal, state: State) {
  return rowOf(state, type === 'user' ? 'users' : type === 'team' ? 'teams' : 'virtualAccounts', id)
}

/** Returns the end of each window in force at an instant, as `until`. A window without an end has no `until`. */
function inForce(windows: Windows, at: number): { readonly until?: number }[] {
  return windows
    .filter((window) => holdsAt(window, at))
    .map(({ expiresAt }) => (expiresAt === undefined ? {} : { until: expiresAt }))
}

/**
 * Whether a path of a grant leads to a route. An access group must contain the requested alias or the route; a role
 * must be on the provider account of the route.
 */
export function leadsTo(path: Reach, route: Route, { state, alias }: ResolvedRequest): boolean {
  if (path.type === 'role') return path.providerAccount === route.providerAccount
  return isNameHeld(path.accessGroup, alias, state) || isRouteHeld(path.accessGroup, route, state)
}

/**
 * Whether an access group contains the requested alias: by name, by a pattern of names, or because it contains all
 * aliases.
 */
export function isNameHeld(accessGroup: string, alias: ModelAlias | undefined, state: State): boolean {
  const group = rowOf(state, 'accessGroups', accessGroup)
  if (group === undefined || alias === undefined) return false
  return (
    group.allAliases ||
    [...idsOf(group.aliases)].includes(alias.id) ||
    group.patterns.some((pattern) => matchesByExpression(pattern, alias.id))
  )
}

/** Whether an access group contains a route: by the model's name, or by a pattern of the account's models. */
function isRouteHeld(accessGroup: string, { providerAccount, model }: Route, state: State): boolean {
  const group = rowOf(state, 'accessGroups', accessGroup)
  return [...(group === undefined ? [] : entries(group.models))].some(
    ([account, { models, patterns }]) =>
      account === providerAccount &&
      ([...idsOf(models)].includes(model) || patterns.some((pattern) => matchesByExpression(pattern, model))),
  )
}

/**
 * Whether the organization of a holder is entitled to an access group. Always true for users, who belong to no
 * organization.
 */
function isEntitled(holder: Holder, group: string, state: State): boolean {
  if (holder.type === 'user') return true
  const entitlement = rowOf(state, 'organizations', organizationOf(holder, state) ?? '')?.entitlement
  return entitlement !== undefined && (entitlement.type === 'unlimited' || entitlement.accessGroups.includes(group))
}

function organizationOf(holder: Holder, state: State): string | undefined {
  if (holder.type === 'user') return undefined
  if (holder.type === 'organization') return holder.id
  if (holder.type === 'virtualAccount') return rowOf(state, 'virtualAccounts', holder.id)?.organization
  return rowOf(state, 'teams', holder.type === 'member' ? holder.team : holder.id)?.organization
}
