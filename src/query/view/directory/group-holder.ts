import type { State } from '../../../model/state/state.ts'
import type { Instant } from '../../../model/value/instant.ts'
import type { Principal, PrincipalType } from '../../../model/value/principal.ts'
import type { EvaluationTime } from '../../../policy/evaluation-time.ts'
import { holdersOfGroup } from '../../holder.ts'
import {
  type AssignmentStatus,
  findInactive,
  findMember,
  groupAssignmentsOf,
  type Inactive,
  type Withheld,
} from '../assignment-status.ts'

/** One way in which a group is in force for a principal: by assignment, or by the plan of its team. */
export interface GroupWay {
  readonly plan?: string
  readonly until?: Instant
}

/** A principal that has a group now, and by which ways. */
export interface GroupHolder {
  readonly principal: Principal
  readonly ways: readonly GroupWay[]
}

/** A way that is written down and not in force, and why. */
export interface WithheldHolder extends GroupWay {
  readonly principal: Principal
  readonly reason: Inactive | Withheld
  readonly startsAt?: Instant
}

/** Who has a group now, and for whom it is written down to no effect: of one kind of principal, in the order of their ids. */
export interface GroupHolders {
  readonly holders: readonly GroupHolder[]
  readonly withheld: readonly WithheldHolder[]
}

/**
 * Who of a kind has a group, each judged as a decision would: the principal and its organization are active, the
 * organization's entitlement lets the group through, the window is in force. Costs what the group is given to.
 */
export function groupHolders(
  type: PrincipalType,
  accessGroup: string,
  state: State,
  moment: EvaluationTime,
): GroupHolders {
  const holders: GroupHolder[] = []
  const withheld: WithheldHolder[] = []
  for (const id of [...new Set(holdersOfGroup(accessGroup, state)[type]())].sort()) {
    const principal = { type, id }
    const inactive = findInactive(principal, state, moment)
    const ways: GroupWay[] = []
    for (const hold of holdsOf(principal, accessGroup, state, moment)) {
      const reason = inactive ?? hold.withheld
      if (reason === undefined) ways.push(wayOf(hold))
      else withheld.push({ principal, reason, ...wayOf(hold), ...startOf(hold) })
    }
    if (ways.length > 0) holders.push({ principal, ways })
  }
  return { holders, withheld }
}

/** How many of a kind have a group now. */
export function countHolders(type: PrincipalType, accessGroup: string, state: State, moment: EvaluationTime): number {
  let count = 0
  for (const id of new Set(holdersOfGroup(accessGroup, state)[type]())) {
    const principal = { type, id }
    if (findInactive(principal, state, moment) !== undefined) continue
    const isHeld = holdsOf(principal, accessGroup, state, moment).some((hold) => hold.withheld === undefined)
    if (isHeld) count += 1
  }
  return count
}

function holdsOf(principal: Principal, accessGroup: string, state: State, moment: EvaluationTime) {
  const member = findMember(principal, state)
  return member === undefined ? [] : groupAssignmentsOf(member, state, moment, accessGroup)
}

function wayOf({ plan, until }: AssignmentStatus & GroupWay): GroupWay {
  return { ...(plan === undefined ? undefined : { plan }), ...(until === undefined ? undefined : { until }) }
}

function startOf({ startsAt }: AssignmentStatus): Pick<AssignmentStatus, 'startsAt'> {
  return startsAt === undefined ? {} : { startsAt }
}
