import { findAssignment } from '../../../change/noun/assignment.ts'
import type { State } from '../../../model/state/state.ts'
import { countRelated, related } from '../../../model/table/relation.ts'
import { type Holder, isSameHolder, type PrincipalType } from '../../../model/value/principal.ts'
import { cached } from '../../cached.ts'
import { holdersOfGroup } from '../../holder.ts'
import { type Assignee, type LintContext, unexpiredWindows } from './lint-context.ts'

/** For each type of principal, the index relation from a group to the principals that have the group. */
const principalsOfGroup = {
  user: 'accessGroupUsers',
  team: 'accessGroupTeams',
  virtualAccount: 'accessGroupVirtualAccounts',
} as const satisfies Record<PrincipalType, string>

/** Returns the number of holders, plans and entitlements that refer to a group. */
export function countReferences(accessGroup: string, { index }: State): number {
  const relations = [
    ...Object.values(principalsOfGroup),
    'accessGroupMembers',
    'accessGroupHolderOrganizations',
    'accessGroupPlans',
    'accessGroupOrganizations',
  ] as const
  return relations.reduce((count, relation) => count + countRelated(index[relation], accessGroup), 0)
}

/**
 * Whether a group has at least one assignee (a holder or a plan). An entitlement that lists the group does not count.
 */
export function isAssigned(accessGroup: string, context: LintContext): boolean {
  return firstTwoAssignees(accessGroup, context).length > 0
}

/** Whether a group has an assignee (a holder or a plan) other than the given holder. */
export function isAssignedElsewhere(accessGroup: string, holder: Holder, context: LintContext): boolean {
  return firstTwoAssignees(accessGroup, context).some(
    (assignee) => assignee.type === 'plan' || !isSameHolder(assignee, holder),
  )
}

/** Yields the assignees of a group: plans that include the group, and holders whose assignment has not ended. */
export function* assigneesOf(accessGroup: string, { state, at }: LintContext): IterableIterator<Assignee> {
  for (const id of related(state.index.accessGroupPlans, accessGroup)) yield { type: 'plan', id }
  for (const holder of holdersAssigned(accessGroup, state)) {
    const windows = findAssignment({ accessGroup, principal: holder }, state)?.windows ?? []
    if (unexpiredWindows(windows, at).length > 0) yield holder
  }
}

/** Yields the holders to which a group is assigned, including holders whose assignment has ended. */
export function* holdersAssigned(accessGroup: string, state: State): IterableIterator<Holder> {
  const holders = holdersOfGroup(accessGroup, state)
  for (const id of holders.organization()) yield { type: 'organization', id }
  for (const type of ['team', 'virtualAccount', 'user'] as const) {
    for (const id of related(state.index[principalsOfGroup[type]], accessGroup)) yield { type, id }
  }
  yield* holders.member()
}

function firstTwoAssignees(accessGroup: string, context: LintContext): readonly Assignee[] {
  return cached(context.assignees, accessGroup, () => {
    const first: Assignee[] = []
    for (const assignee of assigneesOf(accessGroup, context)) {
      first.push(assignee)
      if (first.length === 2) break
    }
    return first
  })
}
