import type { State } from '../../../model/state/state.ts'
import { related } from '../../../model/table/relation.ts'
import type { Instant } from '../../../model/value/instant.ts'
import type { Principal, PrincipalType } from '../../../model/value/principal.ts'
import type { EvaluationTime } from '../../../policy/evaluation-time.ts'
import { holdersOfGroup } from '../../holder.ts'
import {
  type AssignmentStatus,
  findInactive,
  findPrincipal,
  type GroupAssignmentStatus,
  groupAssignmentsOf,
  type InactiveReason,
  type IneffectiveReason,
} from '../assignment-status.ts'

/** One way in which a principal has a group: by assignment, by a team's plan, or from its organization. */
export interface GroupWay {
  readonly plan?: string
  readonly organization?: string
  readonly until?: Instant
}

/** A principal that has a group now, with every way in which the principal has the group. */
export interface GroupHolder {
  readonly principal: Principal
  readonly ways: readonly GroupWay[]
}

/** An assignment of a group to a principal that has no effect now, with the reason. */
export interface IneffectiveHolder extends GroupWay {
  readonly principal: Principal
  readonly reason: InactiveReason | IneffectiveReason
  readonly startsAt?: Instant
}

/**
 * The principals of one type that have a group now, and the assignments without effect. Both lists are sorted by id.
 */
export interface GroupHolders {
  readonly holders: readonly GroupHolder[]
  readonly ineffective: readonly IneffectiveHolder[]
}

/**
 * Returns the principals of one type that have a group. As in a decision, the principal and its organization must be
 * active, the entitlement must admit the group, and a window must be open. Costs time proportional to the assignments
 * of the group.
 */
export function groupHolders(
  type: PrincipalType,
  accessGroup: string,
  state: State,
  moment: EvaluationTime,
): GroupHolders {
  const holders: GroupHolder[] = []
  const ineffective: IneffectiveHolder[] = []
  for (const id of idsOfHolders(type, accessGroup, state).sort()) {
    const principal = { type, id }
    const inactive = findInactive(principal, state)
    const ways: GroupWay[] = []
    for (const assignment of assignmentsOf(principal, accessGroup, state, moment)) {
      const reason = inactive ?? assignment.ineffective
      if (reason === undefined) ways.push(wayOf(assignment))
      else ineffective.push({ principal, reason, ...wayOf(assignment), ...startOf(assignment) })
    }
    if (ways.length > 0) holders.push({ principal, ways })
  }
  return { holders, ineffective }
}

/**
 * Returns the number of principals of one type that have a group now: the length of `holders` in the result of
 * `groupHolders`.
 */
export function countHolders(type: PrincipalType, accessGroup: string, state: State, moment: EvaluationTime): number {
  return idsOfHolders(type, accessGroup, state).filter((id) => {
    const principal = { type, id }
    if (findInactive(principal, state) !== undefined) return false
    return assignmentsOf(principal, accessGroup, state, moment).some(({ ineffective }) => ineffective === undefined)
  }).length
}

/**
 * Returns the ids of the principals of one type that have a group, without duplicates. Includes assignments without
 * effect.
 */
function idsOfHolders(type: PrincipalType, accessGroup: string, state: State): string[] {
  const holders = holdersOfGroup(accessGroup, state)
  const ids = new Set(holders[type]())
  if (type === 'user') return [...ids]
  const below = type === 'team' ? state.index.organizationTeams : state.index.organizationVirtualAccounts
  for (const organization of holders.organization()) for (const id of related(below, organization)) ids.add(id)
  return [...ids]
}

function assignmentsOf(
  principal: Principal,
  accessGroup: string,
  state: State,
  moment: EvaluationTime,
): readonly GroupAssignmentStatus[] {
  const member = findPrincipal(principal, state)
  return member === undefined ? [] : groupAssignmentsOf(member, moment, accessGroup)
}

function wayOf({ plan, organization, until }: GroupAssignmentStatus): GroupWay {
  return {
    ...(plan === undefined ? undefined : { plan }),
    ...(organization === undefined ? undefined : { organization }),
    ...(until === undefined ? undefined : { until }),
  }
}

function startOf({ startsAt }: AssignmentStatus): Pick<AssignmentStatus, 'startsAt'> {
  return startsAt === undefined ? {} : { startsAt }
}
