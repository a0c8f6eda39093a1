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
import { findPrincipalRow, patchPrincipal, principalRow } from '../rule/row.ts'
import { refuseWindow, windowBetween } from '../rule/window.ts'

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
  const { accessGroups } = principalRow(state, principal)
  const old = findAssignment(event, state)
  const assignment: Assignment = { accessGroup, windows: uniteWindow(old?.windows ?? [], window) }
  return patchPrincipal(state, principal, {
    accessGroups: old ? accessGroups.map((one) => (one === old ? assignment : one)) : [...accessGroups, assignment],
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
  const { accessGroups } = principalRow(state, principal)
  return patchPrincipal(state, principal, {
    accessGroups: accessGroups.filter((held) => held.accessGroup !== accessGroup),
  })
}

/** An assignment whose every window is over counts as none: what is set is held from now on. */
export function setAccessGroups(command: SetAccessGroups, state: State): Decided {
  const { at, principal } = command
  const held = findPrincipalRow(state, principal)?.accessGroups ?? []
  const wanted = new Map(command.accessGroups.map((id, i) => [id, i]))
  const kept = new Set(held.filter((one) => !isOver(one, at)).map((one) => one.accessGroup))
  const added = [...wanted.keys()].filter((id) => !kept.has(id))
  const removed = held.map((one) => one.accessGroup).filter((id) => !wanted.has(id))
  const touched = [
    ...added.map((id) => [id, ['accessGroups', wanted.get(id) ?? 0]] as const),
    ...removed.map((id) => [id, ['accessGroups']] as const),
  ]
  const refused =
    refuseBeyondOrganization(command, principal, touched, state) ??
    refuseUnknownPrincipal(principal, ['principal'], state) ??
    refuseAnyUnknown('accessGroup', command.accessGroups, ['accessGroups'], state)
  if (refused) return reject(refused)
  return added.length + removed.length === 0
    ? unchanged
    : accept(eventOf(command, 'AccessGroupsSet', { principal, removed, added }))
}

export function accessGroupsSet(state: State, event: AccessGroupsSet): State {
  const { accessGroups } = principalRow(state, event.principal)
  const removed = new Set(event.removed)
  const added = new Set(event.added)
  const kept = accessGroups
    .filter((held) => !removed.has(held.accessGroup))
    .map((held) => (added.delete(held.accessGroup) ? { ...held, windows: forever } : held))
  const fresh = [...added].map((accessGroup) => ({ accessGroup, windows: forever }))
  return patchPrincipal(state, event.principal, { accessGroups: [...kept, ...fresh] })
}

function isOver({ windows }: Assignment, at: number): boolean {
  return windows.every(({ expiresAt }) => expiresAt !== undefined && expiresAt <= at)
}

type Held = Pick<UnassignAccessGroup, 'accessGroup' | 'principal'>

/** The assignment of a group to a principal, if it has one. */
export function findAssignment({ accessGroup, principal }: Held, state: State): Assignment | undefined {
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

/** A user's groups are the platform's, so only teams and virtual accounts have an organization whose list counts. */
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
