import { holdsAlias } from '../../../model/noun/access-group.ts'
import { hashOf } from '../../../model/table/hash.ts'
import { firstInstant } from '../../../model/value/instant.ts'
import type { Holder } from '../../../model/value/principal.ts'
import { findWindow, type Window, type Windows } from '../../../model/value/window.ts'
import { holderOf, roleGrantsOf } from '../../../policy/context/context.ts'
import { admitsGroup } from '../../../policy/context/effective-access.ts'
import { groupsHolding } from '../../holder.ts'
import { aliasesOf } from '../../name.ts'
import type { DecisionTrace } from '../trace/decision-trace.ts'
import { type HeldGroup, heldBy, holdersOf } from '../trace/held-group.ts'
import type { NearMiss, UnassignedGroup } from './near-miss.ts'

/** The maximum number of groups that are listed, and of principals per group. */
const groupLimit = 10

/** The near misses of a `model_not_granted` denial: near misses of assignments, roles, group members and groups. */
export function grantMisses(trace: DecisionTrace): readonly NearMiss[] {
  const held = holdersOf(trace).flatMap((holder) => heldBy(holder))
  return [
    ...assignmentMisses(held, trace),
    ...roleMisses(trace),
    ...memberMisses(held, trace),
    ...groupMisses(held, trace),
  ]
}

/**
 * The near misses of groups that a principal holds and that contain the alias, but that have no effect. The assignment
 * has ended or not begun, or the organization is not entitled to the group.
 */
function assignmentMisses(
  held: readonly HeldGroup[],
  { resolved, request: { at } }: DecisionTrace,
): readonly NearMiss[] {
  const alias = resolved?.alias
  if (alias === undefined) return []
  const hash = hashOf(alias.id)
  return held
    .filter(({ group }) => holdsAlias(group, alias.id, hash))
    .flatMap(({ holder, principal, group, windows, isEntitled }): readonly NearMiss[] => {
      const accessGroup = group.id
      const isInForce = findWindow(windows, at) !== undefined
      const organization = holder.access.organization?.id
      if (isInForce && !isEntitled && organization !== undefined)
        return [{ type: 'groupNotEntitled', principal, accessGroup, organization }]
      if (isInForce || !isEntitled) return []
      const { endedAt, startsAt } = nearestEdges(windows, at)
      return [
        ...(endedAt === undefined ? [] : [{ type: 'assignmentEnded', principal, accessGroup, endedAt } as const]),
        ...(startsAt === undefined ? [] : [{ type: 'assignmentNotBegun', principal, accessGroup, startsAt } as const]),
      ]
    })
}

/**
 * The end of the last window that is over at an instant, and the start of the first window that begins after the
 * instant.
 */
export function nearestEdges(windows: Windows, at: number): { readonly endedAt?: number; readonly startsAt?: number } {
  // A window that ends at the first instant was never in force.
  const isOver = ({ expiresAt = firstInstant }: Window): boolean => expiresAt > firstInstant && expiresAt <= at
  const endedAt = windows.findLast(isOver)?.expiresAt
  const startsAt = windows.find((window) => window.startsAt !== undefined && window.startsAt > at)?.startsAt
  return { ...(endedAt === undefined ? {} : { endedAt }), ...(startsAt === undefined ? {} : { startsAt }) }
}

function roleMisses(trace: DecisionTrace): readonly NearMiss[] {
  const { resolved, request } = trace
  return holdersOf(trace).flatMap((holder) =>
    roleGrantsOf(holder)
      .filter(({ providerAccount }) => resolved?.targets.some((target) => target.providerAccount === providerAccount))
      .filter(({ windows }) => findWindow(windows, request.at) === undefined)
      .flatMap(({ providerAccount, role, windows }) => {
        const principal = holderOf(holder)
        const { endedAt, startsAt } = nearestEdges(windows, request.at)
        return [
          ...(endedAt === undefined ? [] : [{ type: 'roleEnded', principal, providerAccount, role, endedAt } as const]),
          ...(startsAt === undefined
            ? []
            : [{ type: 'roleNotBegun', principal, providerAccount, role, startsAt } as const]),
        ]
      }),
  )
}

/** The near misses of groups that a principal holds in force, but that do not contain the alias. */
function memberMisses(held: readonly HeldGroup[], { resolved, request }: DecisionTrace): readonly NearMiss[] {
  const alias = resolved?.alias
  if (alias === undefined) return []
  const hash = hashOf(alias.id)
  const isInForce = ({ group, windows, isEntitled }: HeldGroup): boolean =>
    isEntitled && findWindow(windows, request.at) !== undefined && !holdsAlias(group, alias.id, hash)
  return withoutRepetition(held.filter(isInForce))
    .slice(0, groupLimit)
    .map(({ principal, group }) => ({ type: 'memberMissing', principal, accessGroup: group.id, alias: alias.id }))
}

/** Keeps one entry per principal and group. A principal may hold the same group both by assignment and by plan. */
function withoutRepetition(held: readonly HeldGroup[]): readonly HeldGroup[] {
  return held.filter(
    (one, i) => held.findIndex(({ holder, group }) => holder === one.holder && group === one.group) === i,
  )
}

/**
 * The near misses of groups that contain the alias and that no holder of the contexts has. Groups of which an
 * assignment would count are listed apart from groups to which the organization is not entitled.
 */
function groupMisses(held: readonly HeldGroup[], trace: DecisionTrace): readonly NearMiss[] {
  const alias = trace.resolved?.alias
  if (alias === undefined) return []
  const heldGroups = new Set(held.map(({ group }) => group))
  const holders = holdersOf(trace)
  const assignable: UnassignedGroup[] = []
  const unentitled: UnassignedGroup[] = []
  for (const group of groupsHolding(alias.id, trace.state)) {
    if (heldGroups.has(group)) continue
    const principals: Holder[] = []
    for (const holder of holders) {
      const { organization } = holder.access
      const counts = organization === undefined || admitsGroup(organization.entitlement, group.id)
      if (counts && principals.length < groupLimit) principals.push(holderOf(holder))
    }
    const list = principals.length > 0 ? assignable : unentitled
    list.push({ accessGroup: group.id, aliasCount: countAliases(group, trace), principals })
  }
  const [organization] = holders.flatMap(({ access }) => access.organization?.id ?? [])
  const accessGroups = firstGroups(unentitled).map(({ accessGroup }) => accessGroup)
  return [
    ...(assignable.length === 0
      ? []
      : [{ type: 'groupsUnassigned', total: assignable.length, groups: firstGroups(assignable) } as const]),
    ...(organization === undefined || unentitled.length === 0
      ? []
      : [{ type: 'groupsNotEntitled', organization, total: unentitled.length, accessGroups } as const]),
  ]
}

/** The groups with the fewest aliases, at most 10. */
function firstGroups(groups: readonly UnassignedGroup[]): readonly UnassignedGroup[] {
  const order = (a: UnassignedGroup, b: UnassignedGroup): number =>
    a.aliasCount - b.aliasCount || (a.accessGroup < b.accessGroup ? -1 : 1)
  return [...groups].sort(order).slice(0, groupLimit)
}

function countAliases(group: HeldGroup['group'], { state }: DecisionTrace): number {
  if (group.allAliases) return state.modelAliases.size
  if (group.patterns.length === 0) return group.aliases.size
  let count = 0
  for (const _ of aliasesOf(group, state)) count += 1
  return count
}
