import type { Role } from '../../model/noun/holding.ts'
import type { State } from '../../model/state/state.ts'
import { findRow } from '../../model/table/table.ts'
import type { Instant } from '../../model/value/instant.ts'
import type { Principal } from '../../model/value/principal.ts'
import { forever, type Windows } from '../../model/value/window.ts'
import { findAsking } from '../../policy/context/caller.ts'
import type { Member } from '../../policy/context/context.ts'
import {
  effectiveAccessOfTeam,
  effectiveAccessOfUser,
  effectiveAccessOfVirtualAccount,
} from '../../policy/context/effective-access.ts'
import { isDenied } from '../../policy/decision/deny.ts'
import { type EvaluationTime, indexInForce } from '../../policy/evaluation-time.ts'

/** Why what is written down for a principal is not in force: the ceiling of its organization, or the time. */
export type Withheld = 'not_entitled' | 'not_started' | 'ended'

/** When something held is in force, and if it is not, why. */
export interface AssignmentStatus {
  readonly withheld?: Withheld
  /** When it starts, if it has not. */
  readonly startsAt?: Instant
  /** When it ends, or ended. */
  readonly until?: Instant
}

/** One way in which a principal has a group: by assignment, or by the plan of its team. */
export interface GroupAssignmentStatus extends AssignmentStatus {
  readonly accessGroup: string
  readonly plan?: string
}

/** A role that a principal has on a provider account. */
export interface RoleAssignmentStatus extends AssignmentStatus {
  readonly providerAccount: string
  readonly role: Role
}

/** Why a principal may ask nothing at all, whatever it holds. */
export type Inactive = 'principal_suspended' | 'organization_suspended'

/** A principal as a context would hold it, in use or not. */
export function findMember({ type, id }: Principal, state: State): Member | undefined {
  switch (type) {
    case 'user': {
      const row = findRow(state.users, id)
      return row && { type, row, standing: effectiveAccessOfUser(row, state) }
    }
    case 'team': {
      const row = findRow(state.teams, id)
      return row && { type, row, standing: effectiveAccessOfTeam(row, state) }
    }
    case 'virtualAccount': {
      const row = findRow(state.virtualAccounts, id)
      return row && { type, row, standing: effectiveAccessOfVirtualAccount(row, state) }
    }
  }
}

/** Why a principal may ask nothing now, if so: it is suspended, or the organization above it. */
export function findInactive(principal: Principal, state: State, moment: EvaluationTime): Inactive | undefined {
  const asking = findAsking(principal, undefined, state, moment)
  if (!isDenied(asking)) return undefined
  return asking.reason === 'organization_suspended' ? 'organization_suspended' : 'principal_suspended'
}

/**
 * Every way in which a principal has a group, in force or not: assigned ones first, then those of its team's plan. In
 * force exactly where a decision takes it into account. Of one group only, if one is given.
 */
export function groupAssignmentsOf(
  member: Member,
  state: State,
  moment: EvaluationTime,
  only?: string,
): readonly GroupAssignmentStatus[] {
  const planId = member.type === 'team' ? member.row.plan : undefined
  const plan = planId === undefined ? undefined : findRow(state.plans, planId)
  const isAsked = (accessGroup: string): boolean => only === undefined || accessGroup === only
  const assigned = member.row.accessGroups
    .filter(({ accessGroup }) => isAsked(accessGroup))
    .map(({ accessGroup, windows }) => ({ accessGroup, ...holdOf(member, accessGroup, undefined, windows, moment) }))
  const brought = (plan?.accessGroups ?? []).filter(isAsked).map((accessGroup) => ({
    accessGroup,
    plan: plan?.id ?? '',
    ...holdOf(member, accessGroup, plan?.id, forever, moment),
  }))
  return [...assigned, ...brought]
}

function holdOf(
  { standing }: Member,
  accessGroup: string,
  plan: string | undefined,
  windows: Windows,
  moment: EvaluationTime,
): AssignmentStatus {
  const isHeld = standing.held.some(({ group, paths: [path] }) => {
    return group.id === accessGroup && path?.type === 'accessGroup' && path.plan === plan
  })
  return isHeld ? holdIn(windows, moment) : { withheld: 'not_entitled' }
}

/** Every role of a principal, in force or not. */
export function roleAssignmentsOf({ row }: Member, moment: EvaluationTime): readonly RoleAssignmentStatus[] {
  return row.roleGrants.map(({ providerAccount, role, windows }) => ({
    providerAccount,
    role,
    ...holdIn(windows, moment),
  }))
}

function holdIn(windows: Windows, moment: EvaluationTime): AssignmentStatus {
  const window = windows[indexInForce(windows, moment)]
  if (window !== undefined) return window.expiresAt === undefined ? {} : { until: window.expiresAt }
  const startsAt = windows.find((next) => next.startsAt !== undefined && next.startsAt > moment.at)?.startsAt
  if (startsAt !== undefined) return { withheld: 'not_started', startsAt }
  const until = windows.at(-1)?.expiresAt
  return until === undefined ? { withheld: 'ended' } : { withheld: 'ended', until }
}
