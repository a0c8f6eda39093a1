import { assignmentLimit, roleLimit } from '../../model/noun/holding.ts'
import { adminLimit } from '../../model/noun/organization.ts'
import { membershipLimit } from '../../model/noun/user.ts'
import { administratorLimit, type State } from '../../model/state/state.ts'
import { findRow, getRow } from '../../model/table/table.ts'
import type { Instant } from '../../model/value/instant.ts'
import type { Holder, Principal } from '../../model/value/principal.ts'
import { quote } from '../../model/value/quote.ts'
import { uniteWindow, type Window, type Windows, windowLimit } from '../../model/value/window.ts'
import { type Reference, type Rejection, rejection } from '../message/rejection.ts'
import { findAssignments, principalRow } from './row.ts'
import { isOver } from './window.ts'

/** Refuses one more team for a user that is in 1,000 teams. */
export function refuseManyTeams(user: string, state: State): Rejection | undefined {
  const count = findRow(state.users, user)?.teams.length ?? 0
  const message = `user ${quote(user)} is in ${membershipLimit} teams, remove it from one first`
  return refuseMore(count, membershipLimit, ['user'], message, { type: 'user', id: user })
}

/** Refuses one more access group for a holder that has 10,000. */
export function refuseManyGroups(holder: Holder, state: State): Rejection | undefined {
  const count = findAssignments(state, holder)?.length ?? 0
  const message = `${assignmentLimit} access groups are assigned to the holder, unassign one first`
  return refuseMore(count, assignmentLimit, ['principal'], message, referenceTo(holder))
}

/** Refuses one more role for a principal that has 1,000. */
export function refuseManyRoles(principal: Principal, state: State): Rejection | undefined {
  const count = principalRow(state, principal).roleGrants.length
  const message = `the principal has ${roleLimit} roles, revoke one first`
  return refuseMore(count, roleLimit, ['principal'], message, referenceTo(principal))
}

/**
 * Refuses one more window of an assignment or a role that has 1,000 windows which have not ended. Windows that have
 * ended do not count, since `withWindow` drops them.
 */
export function refuseManyWindows(windows: Windows, added: Window, at: Instant, holder: Holder): Rejection | undefined {
  if (windows.length < windowLimit) return undefined
  const count = uniteWindow(windows, added).filter((window) => !isOver(window, at)).length
  const message = `there are ${windowLimit} windows that have not ended already, grant one longer window instead`
  return refuseMore(count - 1, windowLimit, ['expiresAt'], message, referenceTo(holder))
}

/** Adds a window, and drops the oldest windows of more than 1,000. These have ended, as `refuseManyWindows` checks. */
export function withWindow(windows: Windows, added: Window): Windows {
  const united = uniteWindow(windows, added)
  return united.length > windowLimit ? united.slice(-windowLimit) : united
}

/** Refuses one more admin for an existing organization that has 1,000. */
export function refuseManyAdmins(organization: string, state: State): Rejection | undefined {
  const count = getRow(state.organizations, organization).admins.length
  const message = `organization ${quote(organization)} has ${adminLimit} admins, remove one first`
  return refuseMore(count, adminLimit, ['organization'], message, { type: 'organization', id: organization })
}

/** Refuses one more administrator if there are 1,000. */
export function refuseManyAdministrators({ administrators }: State): Rejection | undefined {
  const message = `there are ${administratorLimit} administrators, remove one first`
  return refuseMore(administrators.length, administratorLimit, ['administrator'], message)
}

function refuseMore(
  count: number,
  limit: number,
  path: Rejection['path'],
  message: string,
  reference?: Reference,
): Rejection | undefined {
  if (count < limit) return undefined
  return rejection('limit_exceeded', path, message, { ...(reference === undefined ? {} : { reference }), limit })
}

function referenceTo(holder: Holder): Reference {
  return holder.type === 'member' ? { type: 'user', id: holder.user } : { type: holder.type, id: holder.id }
}
