import type { Restriction } from '../../model/noun/restriction.ts'
import type { State } from '../../model/state/state.ts'
import { related } from '../../model/table/relation.ts'
import { findRow, getRow } from '../../model/table/table.ts'
import type { Agent, Principal } from '../../model/value/principal.ts'
import { isSamePrincipal } from '../../model/value/principal.ts'
import { quote } from '../../model/value/quote.ts'
import { covers, type Window } from '../../model/value/window.ts'
import { isAdministrator, managedWindows } from '../../policy/manage.ts'
import type { Envelope } from '../message/envelope.ts'
import { type Rejection, rejection } from '../message/rejection.ts'
import { findBounded } from './actor.ts'
import { restrictionsOn } from './cascade.ts'
import { wordOf } from './reference.ts'
import { findPrincipalRow } from './row.ts'
import { isOver } from './window.ts'

/**
 * Refuses a bounded actor that would hand out power it does not hold. A token of a virtual account, a membership in a team
 * and the activation of either hand out everything that the principal may manage.
 */
export function refusePowerExceeded(
  command: Envelope,
  principal: Principal,
  path: Rejection['path'],
  state: State,
): Rejection | undefined {
  const actor = findBounded(command.actor, state)
  if (actor === undefined || holdsPowersOf(actor, principal, command.at, state)) return undefined
  const { type, id } = principal
  const message = `${wordOf(type)} ${quote(id)} may manage more than ${wordOf(actor.type)} ${quote(actor.id)}, ask an administrator`
  return rejection('power_exceeded', path, message, { reference: { type, id } })
}

function holdsPowersOf(actor: Agent, principal: Principal, at: number, state: State): boolean {
  if (principal.type === 'virtualAccount') {
    if (isAdministrator(principal, state)) return false
    for (const id of related(state.index.virtualAccountOrganizations, principal.id)) {
      const admins = findRow(state.organizations, id)?.admins
      if (!admins?.some((admin) => isSamePrincipal(admin, actor))) return false
    }
  }
  const roleGrants = findPrincipalRow(state, principal)?.roleGrants ?? []
  return roleGrants.every(({ providerAccount, role, windows }) => {
    const handedOut = role === 'manager' ? windows.filter((window) => !isOver(window, at)) : []
    return handedOut.every((window) => isManagedWithin(actor, providerAccount, window, state))
  })
}

/**
 * Refuses a bounded actor that would delete a principal with a restriction, or a team with a restriction on one of its
 * members: created again under the same id, it would have none. A restriction whose window is over does not count.
 */
export function refuseRestricted(
  command: Envelope,
  principal: Principal,
  path: Rejection['path'],
  state: State,
): Rejection | undefined {
  if (findBounded(command.actor, state) === undefined) return undefined
  const { type, id } = principal
  for (const { window } of restrictionsWithin(principal, state)) {
    if (isOver(window, command.at)) continue
    const message = `${wordOf(type)} ${quote(id)} is bound by a restriction, which only an administrator lifts, ask one`
    return rejection('power_exceeded', path, message, { reference: { type, id } })
  }
  return undefined
}

function* restrictionsWithin(principal: Principal, state: State): IterableIterator<Restriction> {
  yield* restrictionsOn(principal, state)
  if (principal.type !== 'team') return
  for (const id of related(state.index.teamMemberRestrictions, principal.id)) yield getRow(state.restrictions, id)
}

function isManagedWithin(actor: Agent, providerAccount: string, window: Window, state: State): boolean {
  return managedWindows(actor, providerAccount, state).some((managed) => covers(managed, window))
}

/** Refuses a bounded actor whose grant of a role would reach beyond the time in which the actor manages the account. */
export function refuseWindowExceeded(
  command: Envelope,
  providerAccount: string,
  window: Window,
  state: State,
): Rejection | undefined {
  const actor = findBounded(command.actor, state)
  if (actor === undefined || isManagedWithin(actor, providerAccount, window, state)) return undefined
  const message = `the role would reach beyond the time in which ${wordOf(actor.type)} ${quote(actor.id)} manages the account, grant it for that time only`
  const path = window.expiresAt === undefined ? [] : ['expiresAt']
  return rejection('window_exceeded', path, message, {
    window,
    windows: managedWindows(actor, providerAccount, state),
  })
}

/**
 * Refuses access groups that a bounded actor, which is an organization's admin, may not assign or unassign: those that the
 * organization's entitlement does not list. Administrators may assign every group; each decision applies the entitlement.
 */
export function refuseEntitlementExceeded(
  { actor }: Envelope,
  organization: string,
  accessGroups: readonly (readonly [id: string, path: Rejection['path']])[],
  state: State,
): Rejection | undefined {
  if (findBounded(actor, state) === undefined) return undefined
  const entitlement = findRow(state.organizations, organization)?.entitlement
  const listed = entitlement?.type === 'list' ? entitlement.accessGroups : []
  const isListed = membership(listed, accessGroups.length)
  for (const [id, path] of accessGroups) {
    if (isListed(id)) continue
    const message = `organization ${quote(organization)} does not list access group ${quote(id)}, ask an administrator`
    return rejection('entitlement_exceeded', path, message, { reference: { type: 'accessGroup', id } })
  }
  return undefined
}

/** Returns a function that tells whether an id is in the list. For eight lookups or more, the function uses a set. */
function membership(list: readonly string[], lookups: number): (id: string) => boolean {
  if (lookups < 8) return (id) => list.includes(id)
  const set = new Set(list)
  return (id) => set.has(id)
}
