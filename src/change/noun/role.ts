import type { RoleGrant } from '../../model/noun/holding.ts'
import type { State } from '../../model/state/state.ts'
import { isSamePrincipal } from '../../model/value/principal.ts'
import { uniteWindow } from '../../model/value/window.ts'
import type { GrantRole, RevokeRole } from '../message/command/provider-account.ts'
import type { RoleGranted, RoleRevoked } from '../message/event/provider-account.ts'
import type { Rejection } from '../message/rejection.ts'
import { isUnbounded } from '../rule/actor.ts'
import { accept, type Decided, eventOf, reject, unchanged } from '../rule/decided.ts'
import { refuseLastManager, refuseOutliving, refuseWindowExceeded } from '../rule/delegation.ts'
import { refuseFreeUse } from '../rule/free-use.ts'
import { refuseManyRoles, refuseManyWindows, withWindow } from '../rule/limit.ts'
import { refuseUnknown, refuseUnknownPrincipal } from '../rule/reference.ts'
import { changeHoldings, principalRow } from '../rule/row.ts'
import { refuseWindow, windowBetween } from '../rule/window.ts'

export function grantRole(command: GrantRole, state: State): Decided {
  const { at, principal, providerAccount, role } = command
  const window = windowBetween(command)
  const refused =
    refuseFreeUse(command, window, state) ??
    refuseUnknownPrincipal(principal, ['principal'], state) ??
    refuseUnknown('providerAccount', providerAccount, ['providerAccount'], state) ??
    refuseWindow(command, at) ??
    refuseWindowExceeded(command, providerAccount, window, state) ??
    refuseFullGrant({ ...command, window }, state)
  if (refused) return reject(refused)
  const held = findGrant(command, state)
  return held !== undefined && uniteWindow(held.windows, window) === held.windows && !isTakenOver(command, held, state)
    ? unchanged
    : accept(eventOf(command, 'RoleGranted', { principal, providerAccount, role, window }))
}

/** Refuses a role or a window that would exceed the limit of an existing principal. */
export function refuseFullGrant(
  granted: Pick<RoleGranted, 'at' | 'principal' | 'providerAccount' | 'role' | 'window'>,
  state: State,
): Rejection | undefined {
  const { at, principal, window } = granted
  const held = findGrant(granted, state)
  return held === undefined ? refuseManyRoles(principal, state) : refuseManyWindows(held.windows, window, at, principal)
}

export function roleGranted(state: State, event: RoleGranted): State {
  const { principal, providerAccount, role, window } = event
  const old = findGrant(event, state)
  const windows = withWindow(old?.windows ?? [], window)
  const grant: RoleGrant = { providerAccount, role, windows, ...giverOf(event) }
  return changeHoldings(state, principal, (draft, { roleGrants }) => {
    draft.roleGrants = old ? roleGrants.map((one) => (one === old ? grant : one)) : [...roleGrants, grant]
  })
}

/**
 * Whether a grant changes the recorded grantor of a role. True when `system` or an administrator grants a role again
 * that another actor granted.
 */
function isTakenOver({ actor }: GrantRole, { grantedBy }: RoleGrant, state: State): boolean {
  if (grantedBy === undefined || !isUnbounded(actor, state)) return false
  return actor.type === 'system' || !isSamePrincipal(actor, grantedBy)
}

function giverOf({ actor }: RoleGranted): Pick<RoleGrant, 'grantedBy'> {
  return actor.type === 'system' ? {} : { grantedBy: { type: actor.type, id: actor.id } }
}

export function revokeRole(command: RevokeRole, state: State): Decided {
  const { principal, providerAccount, role } = command
  const refused =
    refuseUnknownPrincipal(principal, ['principal'], state) ??
    refuseUnknown('providerAccount', providerAccount, ['providerAccount'], state) ??
    refuseOutliving(command, findGrant(command, state)?.windows ?? [], state) ??
    refuseLastManager(command, state)
  if (refused) return reject(refused)
  return findGrant(command, state)
    ? accept(eventOf(command, 'RoleRevoked', { principal, providerAccount, role }))
    : unchanged
}

export function roleRevoked(state: State, event: RoleRevoked): State {
  const revoked = findGrant(event, state)
  return changeHoldings(state, event.principal, (draft, { roleGrants }) => {
    draft.roleGrants = roleGrants.filter((grant) => grant !== revoked)
  })
}

type Granted = Pick<RevokeRole, 'principal' | 'providerAccount' | 'role'>

/** Returns the grant of a role to an existing principal, or `undefined` if the principal does not have the role. */
export function findGrant({ principal, providerAccount, role }: Granted, state: State): RoleGrant | undefined {
  const { roleGrants } = principalRow(state, principal)
  return roleGrants.find((grant) => grant.providerAccount === providerAccount && grant.role === role)
}
