import type { Assignment } from '../../model/noun/holding.ts'
import type { State } from '../../model/state/state.ts'
import { findRow } from '../../model/table/table.ts'
import type { Holder } from '../../model/value/principal.ts'
import { forever, uniteWindow } from '../../model/value/window.ts'
import type { AssignAccessGroup, SetAccessGroups, UnassignAccessGroup } from '../message/command/access-group.ts'
import type { Envelope } from '../message/envelope.ts'
import type { AccessGroupAssigned, AccessGroupsSet, AccessGroupUnassigned } from '../message/event/access-group.ts'
import type { Rejection } from '../message/rejection.ts'
import { isUnbounded } from '../rule/actor.ts'
import { accept, type Decided, eventOf, reject, unchanged } from '../rule/decided.ts'
import { refuseEntitlementExceeded } from '../rule/delegation.ts'
import { refuseManyGroups, refuseManyWindows, withWindow } from '../rule/limit.ts'
import { refuseAnyUnknown, refuseUnknown, refuseUnknownHolder } from '../rule/reference.ts'
import { changeAssignments, findAssignments } from '../rule/row.ts'
import { isAnyOpen, refuseWindow, windowBetween } from '../rule/window.ts'

/** Makes an assignment of an access group that is always in force. */
export function permanent(accessGroup: string): Assignment {
  return { accessGroup, windows: forever }
}

export function assignAccessGroup(command: AssignAccessGroup, state: State): Decided {
  const { at, accessGroup, principal } = command
  const window = windowBetween(command)
  const refused =
    refuseGroup(command, state) ?? refuseWindow(command, at) ?? refuseFullAssignment({ ...command, window }, state)
  if (refused) return reject(refused)
  const windows = findAssignment(command, state)?.windows
  return windows !== undefined && uniteWindow(windows, window) === windows
    ? unchanged
    : accept(eventOf(command, 'AccessGroupAssigned', { accessGroup, principal, window }))
}

/** Refuses a group or a window that would exceed the limit of an existing holder. */
export function refuseFullAssignment(
  assigned: Pick<AccessGroupAssigned, 'at' | 'accessGroup' | 'principal' | 'window'>,
  state: State,
): Rejection | undefined {
  const { at, principal, window } = assigned
  const held = findAssignment(assigned, state)
  return held === undefined
    ? refuseManyGroups(principal, state)
    : refuseManyWindows(held.windows, window, at, principal)
}

export function accessGroupAssigned(state: State, event: AccessGroupAssigned): State {
  const { accessGroup, principal, window } = event
  const old = findAssignment(event, state)
  const assignment: Assignment = { accessGroup, windows: withWindow(old?.windows ?? [], window) }
  return changeAssignments(state, principal, (accessGroups) =>
    old ? accessGroups.map((one) => (one === old ? assignment : one)) : [...accessGroups, assignment],
  )
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

/** Returns the state after an access group is unassigned from a holder. */
export function withoutAssignment(state: State, holder: Holder, accessGroup: string): State {
  return changeAssignments(state, holder, (accessGroups) =>
    accessGroups.filter((held) => held.accessGroup !== accessGroup),
  )
}

/**
 * Decides a `SetAccessGroups` command: which access groups the holder gains and loses. A listed group whose windows are
 * all over is assigned again, without an end: the command asks for access from now on.
 */
export function setAccessGroups(command: SetAccessGroups, state: State): Decided {
  const { at, principal } = command
  const held = findAssignments(state, principal) ?? []
  const wanted = new Map(command.accessGroups.map((id, i) => [id, i]))
  const kept = new Set(held.filter(({ windows }) => isAnyOpen(windows, at)).map((one) => one.accessGroup))
  const added = [...wanted.keys()].filter((id) => !kept.has(id))
  const removed = held.map((one) => one.accessGroup).filter((id) => !wanted.has(id))
  const changed = [
    ...added.map((id) => [id, ['accessGroups', wanted.get(id) ?? 0]] as const),
    ...removed.map((id) => [id, ['accessGroups']] as const),
  ]
  const refused =
    refuseBeyondOrganization(command, principal, changed, state) ??
    refuseHolder(command, state) ??
    refuseAnyUnknown('accessGroup', command.accessGroups, ['accessGroups'], state)
  if (refused) return reject(refused)
  return changed.length === 0 ? unchanged : accept(eventOf(command, 'AccessGroupsSet', { principal, removed, added }))
}

export function accessGroupsSet(state: State, event: AccessGroupsSet): State {
  const removed = new Set(event.removed)
  const added = new Set(event.added)
  return changeAssignments(state, event.principal, (accessGroups) => {
    const kept = accessGroups
      .filter((held) => !removed.has(held.accessGroup))
      .map((held) => (added.delete(held.accessGroup) ? permanent(held.accessGroup) : held))
    return [...kept, ...[...added].map(permanent)]
  })
}

type Assigned = Pick<UnassignAccessGroup, 'accessGroup' | 'principal'>

/** The assignment of an access group to a holder, or `undefined` if the group is not assigned. */
export function findAssignment({ accessGroup, principal }: Assigned, state: State): Assignment | undefined {
  return findAssignments(state, principal)?.find((held) => held.accessGroup === accessGroup)
}

function refuseGroup(command: AssignAccessGroup | UnassignAccessGroup, state: State): Rejection | undefined {
  const { accessGroup, principal } = command
  return (
    refuseBeyondOrganization(command, principal, [[accessGroup, ['accessGroup']]], state) ??
    refuseHolder(command, state) ??
    refuseUnknown('accessGroup', accessGroup, ['accessGroup'], state)
  )
}

/** Refuses a holder that does not exist. Does not reveal to a bounded actor whether the user of a membership exists. */
function refuseHolder(
  { actor, principal }: Envelope & { readonly principal: Holder },
  state: State,
): Rejection | undefined {
  return refuseUnknownHolder(principal, ['principal'], state, !isUnbounded(actor, state))
}

/**
 * Refuses groups that the entitlement of the holder's organization does not list, unless the actor is `system` or an
 * administrator. A user has no organization, so no group is refused for a user.
 */
function refuseBeyondOrganization(
  command: Envelope,
  holder: Holder,
  accessGroups: readonly (readonly [id: string, path: Rejection['path']])[],
  state: State,
): Rejection | undefined {
  const organization = findOrganizationOf(holder, state)
  return organization === undefined ? undefined : refuseEntitlementExceeded(command, organization, accessGroups, state)
}

/**
 * Returns the organization whose entitlement limits the access groups of a holder. `undefined` for a user and for an
 * unknown holder.
 */
function findOrganizationOf(holder: Holder, state: State): string | undefined {
  switch (holder.type) {
    case 'user':
      return undefined
    case 'organization':
      return holder.id
    case 'member':
      return findRow(state.teams, holder.team)?.organization
    case 'team':
      return findRow(state.teams, holder.id)?.organization
    case 'virtualAccount':
      return findRow(state.virtualAccounts, holder.id)?.organization
  }
}
