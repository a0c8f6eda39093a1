import type { Assignment } from '../../model/noun/holding.ts'
import type { State } from '../../model/state/state.ts'
import type { Principal } from '../../model/value/principal.ts'
import { forever, uniteWindow } from '../../model/value/window.ts'
import type { AssignAccessGroup, SetAccessGroups, UnassignAccessGroup } from '../message/command/access-group.ts'
import type { Envelope } from '../message/envelope.ts'
import type { AccessGroupAssigned, AccessGroupsSet, AccessGroupUnassigned } from '../message/event/access-group.ts'
import type { Rejection } from '../message/rejection.ts'
import { accept, type Decided, eventOf, reject, unchanged } from '../rule/decided.ts'
import { refuseEntitlementExceeded } from '../rule/delegation.ts'
import { refuseAnyUnknown, refuseUnknown, refuseUnknownPrincipal } from '../rule/reference.ts'
import { changeHoldings, findPrincipalRow, principalRow } from '../rule/row.ts'
import { isOver, refuseWindow, windowBetween } from '../rule/window.ts'

/** The assignment of an access group in a window without start or end. */
export function permanent(accessGroup: string): Assignment {
  return { accessGroup, windows: forever }
}

export function assignAccessGroup(command: AssignAccessGroup, state: State): Decided {
  const { at, accessGroup, principal } = command
  const window = windowBetween(command)
  const refused = refuseGroup(command, state) ?? refuseWindow(command, at)
  if (refused) return reject(refused)
  const windows = findAssignment(command, state)?.windows
  return windows !== undefined && uniteWindow(windows, window) === windows
    ? unchanged
    : accept(eventOf(command, 'AccessGroupAssigned', { accessGroup, principal, window }))
}

export function accessGroupAssigned(state: State, event: AccessGroupAssigned): State {
  const { accessGroup, principal, window } = event
  const old = findAssignment(event, state)
  const assignment: Assignment = { accessGroup, windows: uniteWindow(old?.windows ?? [], window) }
  return changeHoldings(state, principal, (draft, { accessGroups }) => {
    draft.accessGroups = old
      ? accessGroups.map((one) => (one === old ? assignment : one))
      : [...accessGroups, assignment]
  })
}

export function unassignAccessGroup(command: UnassignAccessGroup, state: State): Decided {
  const { accessGroup, principal } = command
  const refused = refuseGroup(command, state)
  if (refused) return reject(refused)
  return findAssignment(command, state)
    ? accept(eventOf(command, 'AccessGroupUnassigned', { accessGroup, principal }))
    : unchanged
}

export function accessGroupUnassigned(state: State, { accessGroup, principal }: AccessGroupUnassigned): State {
  return withoutAssignment(state, principal, accessGroup)
}

/** Returns the state with the assignment of an access group to a principal removed. */
export function withoutAssignment(state: State, principal: Principal, accessGroup: string): State {
  return changeHoldings(state, principal, (draft, { accessGroups }) => {
    draft.accessGroups = accessGroups.filter((held) => held.accessGroup !== accessGroup)
  })
}

/**
 * Decides which access groups a principal gains and loses. A listed group whose windows have all ended is assigned
 * again without an end, since the command asks for access from now on.
 */
export function setAccessGroups(command: SetAccessGroups, state: State): Decided {
  const { at, principal } = command
  const held = findPrincipalRow(state, principal)?.accessGroups ?? []
  const wanted = new Map(command.accessGroups.map((id, i) => [id, i]))
  const kept = new Set(
    held.filter(({ windows }) => !windows.every((window) => isOver(window, at))).map((one) => one.accessGroup),
  )
  const added = [...wanted.keys()].filter((id) => !kept.has(id))
  const removed = held.map((one) => one.accessGroup).filter((id) => !wanted.has(id))
  const changed = [
    ...added.map((id) => [id, ['accessGroups', wanted.get(id) ?? 0]] as const),
    ...removed.map((id) => [id, ['accessGroups']] as const),
  ]
  const refused =
    refuseBeyondOrganization(command, principal, changed, state) ??
    refuseUnknownPrincipal(principal, ['principal'], state) ??
    refuseAnyUnknown('accessGroup', command.accessGroups, ['accessGroups'], state)
  if (refused) return reject(refused)
  return changed.length === 0 ? unchanged : accept(eventOf(command, 'AccessGroupsSet', { principal, removed, added }))
}

export function accessGroupsSet(state: State, event: AccessGroupsSet): State {
  const removed = new Set(event.removed)
  const added = new Set(event.added)
  return changeHoldings(state, event.principal, (draft, { accessGroups }) => {
    const kept = accessGroups
      .filter((held) => !removed.has(held.accessGroup))
      .map((held) => (added.delete(held.accessGroup) ? permanent(held.accessGroup) : held))
    draft.accessGroups = [...kept, ...[...added].map(permanent)]
  })
}

type Assigned = Pick<UnassignAccessGroup, 'accessGroup' | 'principal'>

/** The assignment of an access group to an existing principal, or `undefined` if the group is not assigned. */
export function findAssignment({ accessGroup, principal }: Assigned, state: State): Assignment | undefined {
  return principalRow(state, principal).accessGroups.find((held) => held.accessGroup === accessGroup)
}

function refuseGroup(command: AssignAccessGroup | UnassignAccessGroup, state: State): Rejection | undefined {
  const { accessGroup, principal } = command
  return (
    refuseBeyondOrganization(command, principal, [[accessGroup, ['accessGroup']]], state) ??
    refuseUnknownPrincipal(principal, ['principal'], state) ??
    refuseUnknown('accessGroup', accessGroup, ['accessGroup'], state)
  )
}

/**
 * Refuses groups that the entitlement of the principal's organization does not list, except to `system` and
 * administrators. A user has no organization, so no group is refused for a user.
 */
function refuseBeyondOrganization(
  command: Envelope,
  principal: Principal,
  accessGroups: readonly (readonly [id: string, path: Rejection['path']])[],
  state: State,
): Rejection | undefined {
  const row = findPrincipalRow(state, principal)
  if (row === undefined || !('organization' in row)) return undefined
  return refuseEntitlementExceeded(command, row.organization, accessGroups, state)
}
