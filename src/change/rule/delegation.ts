import type { State } from '../../model/state/state.ts'
import { related } from '../../model/table/relation.ts'
import { findRow } from '../../model/table/table.ts'
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

/**
 * Nobody but an administrator hands out what it does not hold. What a principal may manage is handed out by whoever lets
 * somebody into it: with a token of a virtual account, with a place in a team, or by activating either.
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
 * Refuses to let a bounded actor delete what a restriction binds: made again under the same id, it would be free of it.
 * A restriction whose window is over binds nobody.
 */
export function refuseShed(
  command: Envelope,
  principal: Principal,
  path: Rejection['path'],
  state: State,
): Rejection | undefined {
  if (findBounded(command.actor, state) === undefined) return undefined
  const { type, id } = principal
  for (const { window } of restrictionsOn(principal, state)) {
    if (isOver(window, command.at)) continue
    const message = `${wordOf(type)} ${quote(id)} is bound by a restriction, which only an administrator lifts, ask one`
    return rejection('power_exceeded', path, message, { reference: { type, id } })
  }
  return undefined
}

function isOver({ expiresAt }: Window, at: number): boolean {
  return expiresAt !== undefined && expiresAt <= at
}

function isManagedWithin(actor: Agent, providerAccount: string, window: Window, state: State): boolean {
  return managedWindows(actor, providerAccount, state).some((managed) => covers(managed, window))
}

/** Refuses a role in a window that reaches beyond when the actor manages the account itself. */
export function refuseWindowExceeded(
  command: Envelope,
  providerAccount: string,
  window: Window,
  state: State,
): Rejection | undefined {
  const actor = findBounded(command.actor, state)
  if (actor === undefined || isManagedWithin(actor, providerAccount, window, state)) return undefined
  const message = `the role would reach beyond when ${wordOf(actor.type)} ${quote(actor.id)} manages the account, grant it for that time only`
  const path = window.expiresAt === undefined ? [] : ['expiresAt']
  return rejection('window_exceeded', path, message, {
    window,
    windows: managedWindows(actor, providerAccount, state),
  })
}

/**
 * Refuses groups that an organization's admin may not hand out or take: all but those of a listed entitlement.
 * Administrators may assign any group; what of it the entitlement lets through is judged at each decision.
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

/** Membership in a list: by hash when it is asked often. */
function membership(list: readonly string[], questions: number): (id: string) => boolean {
  if (questions < 8) return (id) => list.includes(id)
  const set = new Set(list)
  return (id) => set.has(id)
}
