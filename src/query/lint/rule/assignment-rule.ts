import { holdsAlias } from '../../../model/noun/access-group.ts'
import type { Assignment } from '../../../model/noun/holding.ts'
import { hashOf } from '../../../model/table/hash.ts'
import { findRow } from '../../../model/table/table.ts'
import { quote } from '../../../model/value/quote.ts'
import { forever, type Windows } from '../../../model/value/window.ts'
import { admitsGroup } from '../../../policy/context/effective-access.ts'
import { cached } from '../../cached.ts'
import { systemCommand, unassignCommands } from '../context/fix-command.ts'
import {
  areCovered,
  type EffectiveGroup,
  isContained,
  isInBaseline,
  type LintContext,
  liveMembersOf,
  unexpiredWindows,
} from '../context/lint-context.ts'
import { isServing } from '../context/live-model.ts'
import { findOrganizationOf, holderOf, type LoadedHolder, phraseOf } from '../context/loaded-principal.ts'
import type { Detection, FindingCode } from '../finding.ts'

/** Detects assignments without effect on access: ended, outside the entitlement, or redundant. */
export function* findInAssignments(loaded: LoadedHolder, context: LintContext): IterableIterator<Detection> {
  const { accessGroups } = loaded.row
  if (accessGroups.length === 0) return
  const principal = holderOf(loaded)
  const who = phraseOf(principal)
  const effective = effectiveGroupsOf(loaded, context)
  for (const assignment of accessGroups) {
    const { accessGroup } = assignment
    const found = (code: FindingCode, message: string): Detection => {
      const fix = unassignCommands(principal, accessGroup, context)
      const detection = { code, subject: { type: 'assignment', principal, accessGroup }, message } as const
      return fix === undefined ? detection : { ...detection, fix, isSimulated: context.usage !== undefined }
    }
    const group = `access group ${quote(accessGroup)}`
    if (unexpiredWindows(assignment.windows, context.at).length === 0) {
      const fix = [systemCommand(context, { type: 'UnassignAccessGroup', accessGroup, principal })]
      yield { ...found('assignment_ended', `the assignment of ${group} to ${who} has ended, unassign it`), fix }
    } else if (!isEntitled(loaded, accessGroup, context)) {
      const whose = loaded.type === 'organization' ? 'its entitlement' : 'the entitlement of its organization'
      const message = `${who} is assigned ${group}, which ${whose} does not list, unassign it or widen the entitlement`
      yield found('assignment_shadowed', message)
    } else {
      const redundant = {
        code: 'assignment_redundant',
        subject: { type: 'assignment', principal, accessGroup },
      } as const satisfies Partial<Detection>
      const other = isInBaseline(redundant, context) ? undefined : findCoveringGroup(assignment, effective, context)
      if (other === undefined) continue
      const by = other.plan === undefined ? `access group ${quote(other.group.id)}` : `plan ${quote(other.plan)}`
      const from = other.from === undefined ? '' : ` of its ${other.from}`
      const message = `${who} is assigned ${group}, although ${by}${from} gives it the same models for at least as long, unassign it`
      yield { ...found('assignment_redundant', message), restsOn: other.group.id }
    }
  }
}

/** Whether an assignment gives a holder access that no other group or plan of the holder gives. */
export function hasOwnEffect(assignment: Assignment, loaded: LoadedHolder, context: LintContext): boolean {
  return (
    unexpiredWindows(assignment.windows, context.at).length > 0 &&
    isEntitled(loaded, assignment.accessGroup, context) &&
    findCoveringGroup(assignment, effectiveGroupsOf(loaded, context), context) === undefined
  )
}

/**
 * Whether the entitlement of a holder's organization admits a group. Always true for a user, because a user has no
 * organization.
 */
export function isEntitled(loaded: LoadedHolder, accessGroup: string, { state }: LintContext): boolean {
  const organization = findOrganizationOf(loaded, state)
  return organization === undefined || admitsGroup(organization.entitlement, accessGroup)
}

/**
 * Returns the groups that give a holder access now or later: by assignment, by plan, or from its organization. A
 * membership also has the groups of its team, because both count in the same calls.
 */
export function effectiveGroupsOf(loaded: LoadedHolder, context: LintContext): readonly EffectiveGroup[] {
  return cached(context.effectiveGroups, loaded.row, () => findEffectiveGroups(loaded, context))
}

function findEffectiveGroups(loaded: LoadedHolder, context: LintContext): readonly EffectiveGroup[] {
  const { state, at } = context
  const effective: EffectiveGroup[] = []
  const add = (id: string, windows: Windows, source: Pick<EffectiveGroup, 'plan' | 'from'> = {}): void => {
    const group = findRow(state.accessGroups, id)
    if (group === undefined || windows.length === 0 || !isEntitled(loaded, id, context)) return
    effective.push({ group, windows, ...source })
  }
  for (const { accessGroup, windows } of loaded.row.accessGroups) add(accessGroup, unexpiredWindows(windows, at))
  if (loaded.type === 'organization') return effective
  if (loaded.type === 'member') {
    const ofTeam = effectiveGroupsOf({ type: 'team', row: loaded.team }, context)
    return [...effective, ...ofTeam.map((held) => ({ from: 'team', ...held }) as const)]
  }
  const plan =
    loaded.type === 'team' && loaded.row.plan !== undefined ? findRow(state.plans, loaded.row.plan) : undefined
  for (const accessGroup of plan?.accessGroups ?? [])
    add(accessGroup, forever, plan === undefined ? {} : { plan: plan.id })
  for (const { accessGroup, windows } of findOrganizationOf(loaded, state)?.accessGroups ?? []) {
    add(accessGroup, unexpiredWindows(windows, at), { from: 'organization' })
  }
  return effective
}

/**
 * Returns the effective group that makes an assignment redundant, or `undefined`. The group gives everything that the
 * assignment gives, for at least as long. It is the same group by a plan or by inheritance, or a group that contains
 * the assigned group. Of two groups that cover each other, only the group with the later id is redundant, so that one
 * of the groups remains.
 */
function findCoveringGroup(
  { accessGroup, windows }: Assignment,
  all: readonly EffectiveGroup[],
  context: LintContext,
): EffectiveGroup | undefined {
  const { at } = context
  const own = all.find((one) => one.group.id === accessGroup && isAssigned(one))
  if (own === undefined || all.length === 1) return undefined
  const same = all.find(
    (one) => one.group.id === accessGroup && !isAssigned(one) && areCovered(windows, one.windows, at),
  )
  const [first] = liveMembersOf(own.group, context)
  if (same !== undefined || !isServing(own.group, context)) return same
  const hash = first === undefined ? 0 : hashOf(first)
  return all.find((other) => {
    // A cheap test first: most groups lack the first alias, and a principal may have thousands of groups.
    if (other === own || (first !== undefined && !holdsAlias(other.group, first, hash))) return false
    if (!areCovered(windows, other.windows, at) || !isContained(own.group, other.group, context)) return false
    const isMutual = areCovered(other.windows, own.windows, at) && isContained(other.group, own.group, context)
    return !isMutual || !isAssigned(other) || other.group.id < accessGroup
  })
}

/** Whether a holder has a group by its own assignment, rather than by a plan or from an organization or team. */
const isAssigned = ({ plan, from }: EffectiveGroup): boolean => plan === undefined && from === undefined
