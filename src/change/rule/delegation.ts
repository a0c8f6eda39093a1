import type { Role } from '../../model/noun/holding.ts'
import type { Restriction } from '../../model/noun/restriction.ts'
import type { State } from '../../model/state/state.ts'
import { related } from '../../model/table/relation.ts'
import { findRow, getRow } from '../../model/table/table.ts'
import type { ActingAgent, Principal } from '../../model/value/principal.ts'
import { isSamePrincipal } from '../../model/value/principal.ts'
import { quote } from '../../model/value/quote.ts'
import { findWindow, uniteWindow, type Window, type Windows } from '../../model/value/window.ts'
import { isAdministrator, managedWindows } from '../../policy/manage.ts'
import type { Envelope } from '../message/envelope.ts'
import { type Rejection, rejection } from '../message/rejection.ts'
import { findBounded, refuseActor } from './actor.ts'
import { restrictionsOn, roleHolders } from './cascade.ts'
import { wordOf } from './reference.ts'
import { findPrincipalRow } from './row.ts'
import { isOver } from './window.ts'

/**
 * Refuses a command that would give others the powers of `principal` if the actor lacks one of these powers. For
 * example, a token of a virtual account gives all powers of the account, and a membership in a team gives all powers of
 * the team. Activating the account or the team gives the same powers. Never refuses `system` or an administrator.
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

function holdsPowersOf(actor: ActingAgent, principal: Principal, at: number, state: State): boolean {
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
 * Refuses to delete a principal with a restriction, or a team with a restriction on one of its members. Otherwise the
 * actor could create the principal again without the restriction. Ignores a restriction whose window is over. Never
 * refuses `system` or an administrator.
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

function isManagedWithin(actor: ActingAgent, providerAccount: string, window: Window, state: State): boolean {
  return isWithinAny(managedWindows(actor, providerAccount, state), window)
}

/** Whether one of the windows in normal form covers a window. Costs time that is logarithmic in the number of windows. */
function isWithinAny(windows: Windows, window: Window): boolean {
  return uniteWindow(windows, window) === windows
}

/** The maximum number of windows that a rejection lists. */
const listedWindows = 100

/**
 * Refuses to grant a role outside the time windows in which the actor manages the provider account. Never refuses
 * `system` or an administrator.
 */
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
    windows: managedWindows(actor, providerAccount, state).slice(0, listedWindows),
  })
}

/**
 * Refuses to let an organization's admin assign or unassign access groups that the organization's entitlement does not
 * list. Never refuses `system` or an administrator: they may assign every group, since each decision applies the
 * entitlement.
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

/**
 * Refuses to revoke a role that lasts beyond the time in which the actor manages the provider account. Ignores the part
 * of a window before the command's instant. Never refuses `system` or an administrator.
 */
export function refuseOutliving(
  { actor, at, providerAccount }: Revocation,
  windows: readonly Window[],
  state: State,
): Rejection | undefined {
  const agent = findBounded(actor, state)
  if (agent === undefined) return undefined
  const managed = managedWindows(agent, providerAccount, state)
  for (const { startsAt = at, expiresAt } of windows) {
    if (isOver({ expiresAt }, at)) continue
    const start = Math.max(startsAt, at)
    const rest = expiresAt === undefined ? { startsAt: start } : { startsAt: start, expiresAt }
    if (isWithinAny(managed, rest)) continue
    const message = `the role lasts beyond the time in which ${wordOf(agent.type)} ${quote(agent.id)} manages the account, ask an administrator`
    const details = { window: rest, windows: managed.slice(0, listedWindows) }
    return rejection('window_exceeded', ['principal'], message, details)
  }
  return undefined
}

type Revocation = Envelope & { readonly principal: Principal; readonly providerAccount: string; readonly role: Role }

/**
 * Refuses to revoke the last manager role on a provider account. Never refuses `system` or an administrator. Any other
 * actor has its power by this same role, and would lose it.
 */
export function refuseLastManager(command: Revocation, state: State): Rejection | undefined {
  const { actor, at, principal, providerAccount, role } = command
  if (role !== 'manager' || findBounded(actor, state) === undefined) return undefined
  for (const holder of roleHolders(providerAccount, state)) {
    if (!isSamePrincipal(holder, principal) && isManagedBy(holder, providerAccount, at, state)) return undefined
  }
  const message = `this would leave no manager of provider account ${quote(providerAccount)}, grant the role to another principal first`
  return rejection('last_manager', ['principal'], message, {
    reference: { type: 'providerAccount', id: providerAccount },
  })
}

/**
 * Whether a principal has a manager role in force on a provider account, and an agent can act by the role. For a team,
 * such an agent is a member who is active.
 */
function isManagedBy(principal: Principal, providerAccount: string, at: number, state: State): boolean {
  const isManager = findPrincipalRow(state, principal)?.roleGrants.some(
    (grant) =>
      grant.providerAccount === providerAccount &&
      grant.role === 'manager' &&
      findWindow(grant.windows, at) !== undefined,
  )
  if (isManager !== true) return false
  if (principal.type !== 'team') return refuseActor(principal, state) === undefined
  const team = getRow(state.teams, principal.id)
  if (team.status !== 'active' || getRow(state.organizations, team.organization).status !== 'active') return false
  for (const user of related(state.index.teamMembers, principal.id)) {
    if (refuseActor({ type: 'user', id: user }, state) === undefined) return true
  }
  return false
}
