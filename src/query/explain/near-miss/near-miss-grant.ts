import { holdsAlias } from '../../../model/noun/access-group.ts'
import { hashOf } from '../../../model/table/hash.ts'
import type { Principal } from '../../../model/value/principal.ts'
import { findWindow, type Window, type Windows } from '../../../model/value/window.ts'
import { admitsGroup } from '../../../policy/context/effective-access.ts'
import { groupsHolding } from '../../holder.ts'
import { aliasesOf } from '../../name.ts'
import type { DecisionTrace } from '../trace/decision-trace.ts'
import { type HeldGroup, heldBy, membersOf } from '../trace/held-group.ts'
import type { NearMiss, UnassignedGroup } from './near-miss.ts'

/** The most groups, and the most principals of one, that are listed. */
const groupLimit = 10

/** What the caller's principals nearly have of a name that nothing grants. */
export function grantMisses(inquiry: DecisionTrace): readonly NearMiss[] {
  const held = membersOf(inquiry).flatMap((member) => heldBy(member, inquiry.state))
  return [
    ...assignmentMisses(held, inquiry),
    ...roleMisses(inquiry),
    ...memberMisses(held, inquiry),
    ...groupMisses(held, inquiry),
  ]
}

/** Windows that are over or still to come, and the ceiling that keeps a group out. */
function assignmentMisses(
  held: readonly HeldGroup[],
  { resolved, request: { at } }: DecisionTrace,
): readonly NearMiss[] {
  const alias = resolved?.alias
  if (alias === undefined) return []
  const hash = hashOf(alias.id)
  return held
    .filter(({ group }) => holdsAlias(group, alias.id, hash))
    .flatMap(({ member, principal, group, windows, isAdmitted }): readonly NearMiss[] => {
      const accessGroup = group.id
      const isInForce = findWindow(windows, at) !== undefined
      const organization = member.access.organization?.id
      if (isInForce && !isAdmitted && organization !== undefined)
        return [{ type: 'groupNotEntitled', principal, accessGroup, organization }]
      if (isInForce || !isAdmitted) return []
      const { endedAt, startsAt } = around(windows, at)
      return [
        ...(endedAt === undefined ? [] : [{ type: 'assignmentEnded', principal, accessGroup, endedAt } as const]),
        ...(startsAt === undefined ? [] : [{ type: 'assignmentNotBegun', principal, accessGroup, startsAt } as const]),
      ]
    })
}

/** When the last window before an instant ended, and when the next one begins. */
export function around(windows: Windows, at: number): { readonly endedAt?: number; readonly startsAt?: number } {
  // A window that ends at the first instant there is never held.
  const isOver = ({ expiresAt = 0 }: Window): boolean => expiresAt > 0 && expiresAt <= at
  const endedAt = windows.findLast(isOver)?.expiresAt
  const startsAt = windows.find((window) => window.startsAt !== undefined && window.startsAt > at)?.startsAt
  return { ...(endedAt === undefined ? {} : { endedAt }), ...(startsAt === undefined ? {} : { startsAt }) }
}

function roleMisses(inquiry: DecisionTrace): readonly NearMiss[] {
  const { resolved, request } = inquiry
  return membersOf(inquiry).flatMap(({ type, row }) =>
    row.roleGrants
      .filter(({ providerAccount }) => resolved?.targets.some((target) => target.providerAccount === providerAccount))
      .filter(({ windows }) => findWindow(windows, request.at) === undefined)
      .flatMap(({ providerAccount, role, windows }) => {
        const principal = { type, id: row.id }
        const { endedAt, startsAt } = around(windows, request.at)
        return [
          ...(endedAt === undefined ? [] : [{ type: 'roleEnded', principal, providerAccount, role, endedAt } as const]),
          ...(startsAt === undefined
            ? []
            : [{ type: 'roleNotBegun', principal, providerAccount, role, startsAt } as const]),
        ]
      }),
  )
}

/** Groups in force that would do, had they the alias. */
function memberMisses(held: readonly HeldGroup[], { resolved, request }: DecisionTrace): readonly NearMiss[] {
  const alias = resolved?.alias
  if (alias === undefined) return []
  const hash = hashOf(alias.id)
  const isNear = ({ group, windows, isAdmitted }: HeldGroup): boolean =>
    isAdmitted && findWindow(windows, request.at) !== undefined && !holdsAlias(group, alias.id, hash)
  return distinct(held.filter(isNear))
    .slice(0, groupLimit)
    .map(({ principal, group }) => ({ type: 'memberMissing', principal, accessGroup: group.id, alias: alias.id }))
}

/** What one principal holds twice, by assignment and by plan, is said once. */
function distinct(held: readonly HeldGroup[]): readonly HeldGroup[] {
  return held.filter(
    (one, i) => held.findIndex(({ member, group }) => member === one.member && group === one.group) === i,
  )
}

/** Groups that hold the alias, that none of the principals has in any window, and that would count for one of them. */
function groupMisses(held: readonly HeldGroup[], inquiry: DecisionTrace): readonly NearMiss[] {
  const alias = inquiry.resolved?.alias
  if (alias === undefined) return []
  const had = new Set(held.map(({ group }) => group))
  const members = membersOf(inquiry)
  const open: UnassignedGroup[] = []
  const closed: UnassignedGroup[] = []
  for (const group of groupsHolding(alias.id, inquiry.state)) {
    if (had.has(group)) continue
    const principals: Principal[] = []
    for (const { type, row, access } of members) {
      const { organization } = access
      const counts = organization === undefined || admitsGroup(organization.entitlement, group.id)
      if (counts && principals.length < groupLimit) principals.push({ type, id: row.id })
    }
    const list = principals.length > 0 ? open : closed
    list.push({ accessGroup: group.id, aliasCount: countAliases(group, inquiry), principals })
  }
  const [organization] = members.flatMap(({ access }) => access.organization?.id ?? [])
  const [first, barred] = [firstGroups(open), firstGroups(closed).map(({ accessGroup }) => accessGroup)]
  return [
    ...(open.length === 0 ? [] : [{ type: 'groupsUnassigned', total: open.length, groups: first } as const]),
    ...(organization === undefined || closed.length === 0
      ? []
      : [{ type: 'groupsNotEntitled', organization, total: closed.length, accessGroups: barred } as const]),
  ]
}

/** Those that open least, at most ten. */
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
