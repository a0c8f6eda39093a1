import { type AccessGroup, type RequestedName, targetsThrough } from '../../../model/noun/access-group.ts'
import type { State } from '../../../model/state/state.ts'
import { hasRow } from '../../../model/table/table.ts'
import { firstInstant } from '../../../model/value/instant.ts'
import type { Holder } from '../../../model/value/principal.ts'
import type { AccessGroupMember } from '../../../model/value/selector.ts'
import { findWindow, type Window, type Windows } from '../../../model/value/window.ts'
import { holderOf, roleGrantsOf } from '../../../policy/context/context.ts'
import { admitsGroup } from '../../../policy/context/effective-access.ts'
import { groupsLeadingTo } from '../../holder.ts'
import { accountsOf, modelsOf, namesOfGroup, openPatternsOf } from '../../name.ts'
import type { DecisionTrace } from '../trace/decision-trace.ts'
import { type HeldGroup, heldBy, holdersOf } from '../trace/held-group.ts'
import type { NearMiss, UnassignedGroup } from './near-miss.ts'

/** The maximum number of groups that the near misses list, and of principals listed for one group. */
const groupLimit = 10

/**
 * Returns the near misses of a `model_not_granted` denial: near misses of assignments, roles, group members and groups.
 */
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
 * Returns a near miss for each held group that leads to the model but has no effect. Either the assignment has ended or
 * not begun, or the organization is not entitled to the group.
 */
function assignmentMisses(
  held: readonly HeldGroup[],
  { resolved, request: { at } }: DecisionTrace,
): readonly NearMiss[] {
  if (resolved === undefined) return []
  return held
    .filter(({ group }) => targetsThrough(group, resolved) !== undefined)
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
 * Returns when the last window that is over at `at` ended, and when the next window starts. Each field is absent if no
 * such window exists.
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

/**
 * Returns a near miss for each group that a principal holds in force and that lacks the requested alias or concrete
 * model.
 */
function memberMisses(held: readonly HeldGroup[], { resolved, request }: DecisionTrace): readonly NearMiss[] {
  const member = resolved && memberFor(resolved)
  if (resolved === undefined || member === undefined) return []
  const isInForce = ({ group, windows, isEntitled }: HeldGroup): boolean =>
    isEntitled && findWindow(windows, request.at) !== undefined && targetsThrough(group, resolved) === undefined
  return withoutRepetition(held.filter(isInForce))
    .slice(0, groupLimit)
    .map(({ principal, group }) => ({ type: 'memberMissing', principal, accessGroup: group.id, member }))
}

function memberFor({ alias, targets: [target] }: RequestedName): AccessGroupMember | undefined {
  if (alias !== undefined) return { type: 'alias', alias: alias.id }
  return target && { type: 'model', ...target }
}

/** Keeps one entry per principal and group. A principal may hold the same group both by assignment and by plan. */
function withoutRepetition(held: readonly HeldGroup[]): readonly HeldGroup[] {
  return held.filter(
    (one, i) => held.findIndex(({ holder, group }) => holder === one.holder && group === one.group) === i,
  )
}

/**
 * Returns the near misses of groups that lead to the model but that no holder in any context has. Groups to which the
 * organization is not entitled form a near miss of their own.
 */
function groupMisses(held: readonly HeldGroup[], trace: DecisionTrace): readonly NearMiss[] {
  const { resolved } = trace
  if (resolved === undefined) return []
  const heldGroups = new Set(held.map(({ group }) => group))
  const holders = holdersOf(trace)
  const assignable: UnassignedGroup[] = []
  const unentitled: UnassignedGroup[] = []
  for (const group of groupsLeadingTo(resolved, trace.state)) {
    if (heldGroups.has(group)) continue
    const principals: Holder[] = []
    for (const holder of holders) {
      const { organization } = holder.access
      const counts = organization === undefined || admitsGroup(organization.entitlement, group.id)
      if (counts && principals.length < groupLimit) principals.push(holderOf(holder))
    }
    const list = principals.length > 0 ? assignable : unentitled
    list.push({ accessGroup: group.id, ...sizeOf(group, trace), principals })
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

/** Returns at most 10 groups, sorted by number of models. Groups that hold unlisted models come last. */
function firstGroups(groups: readonly UnassignedGroup[]): readonly UnassignedGroup[] {
  const sizeIn = ({ aliasCount, modelCount }: UnassignedGroup): number => aliasCount + modelCount
  const order = (a: UnassignedGroup, b: UnassignedGroup): number =>
    Number(a.isOpen === true) - Number(b.isOpen === true) ||
    sizeIn(a) - sizeIn(b) ||
    (a.accessGroup < b.accessGroup ? -1 : 1)
  return [...groups].sort(order).slice(0, groupLimit)
}

function sizeOf(group: AccessGroup, { state }: DecisionTrace): Omit<UnassignedGroup, 'accessGroup' | 'principals'> {
  const isOpen = accountsOf(group, state).some((account) => openPatternsOf([group], account).length > 0)
  return {
    aliasCount: countAliases(group, state),
    modelCount: modelsOf(group, state).length,
    ...(isOpen ? { isOpen } : {}),
  }
}

function countAliases(group: AccessGroup, state: State): number {
  if (group.allAliases) return state.modelAliases.size
  if (group.patterns.length + group.models.size === 0) return group.aliases.size
  return new Set([...namesOfGroup(group, state)].filter((name) => hasRow(state.modelAliases, name))).size
}
