import type { Role } from '../../model/noun/holding.ts'
import type { State } from '../../model/state/state.ts'
import { findRow } from '../../model/table/table.ts'
import type { Instant } from '../../model/value/instant.ts'
import type { Principal } from '../../model/value/principal.ts'
import type { Windows } from '../../model/value/window.ts'
import { denyInactive } from '../../policy/context/caller-contexts.ts'
import type { ContextHolder, ContextPrincipal } from '../../policy/context/context.ts'
import {
  type EffectiveGroup,
  effectiveAccessOfTeam,
  effectiveAccessOfUser,
  effectiveAccessOfVirtualAccount,
} from '../../policy/context/effective-access.ts'
import { type EvaluationTime, indexInForce } from '../../policy/evaluation-time.ts'

/**
 * Why an assignment has no effect: the organization is not entitled to the group, or the assignment has not started or
 * has ended.
 */
export type IneffectiveReason = 'not_entitled' | 'not_started' | 'ended'

/**
 * The status of an assignment or role: when it starts and ends, and why it has no effect. `ineffective` is absent while
 * it is in effect.
 */
export interface AssignmentStatus {
  readonly ineffective?: IneffectiveReason
  /** When the assignment or role starts. Present only if it has not started. */
  readonly startsAt?: Instant
  /** When the assignment or role ends or ended. Present only if it is in effect with an end, or has ended. */
  readonly until?: Instant
}

/**
 * The status of one assignment by which a holder has a group: its own, one by its team's plan, or one of its
 * organization.
 */
export interface GroupAssignmentStatus extends AssignmentStatus {
  readonly accessGroup: string
  readonly plan?: string
  /** The organization to which the group is assigned. Absent if the holder has the group in another way. */
  readonly organization?: string
}

/** The status of a role on a provider account. */
export interface RoleAssignmentStatus extends AssignmentStatus {
  readonly providerAccount: string
  readonly role: Role
}

/**
 * Why every request of a principal is denied, regardless of assignments: the principal or its organization is
 * suspended.
 */
export type InactiveReason = 'principal_suspended' | 'organization_suspended'

/** Returns a principal with its effective access. `undefined` if the principal does not exist. */
export function findPrincipal({ type, id }: Principal, state: State): ContextPrincipal | undefined {
  switch (type) {
    case 'user': {
      const row = findRow(state.users, id)
      return row && { type, row, access: effectiveAccessOfUser(row, state) }
    }
    case 'team': {
      const row = findRow(state.teams, id)
      return row && { type, row, access: effectiveAccessOfTeam(row, state) }
    }
    case 'virtualAccount': {
      const row = findRow(state.virtualAccounts, id)
      return row && { type, row, access: effectiveAccessOfVirtualAccount(row, state) }
    }
  }
}

/**
 * Returns why a principal is inactive: the principal or its organization is suspended. `undefined` if both are active.
 */
export function findInactive(principal: Principal, state: State): InactiveReason | undefined {
  const denial = denyInactive(principal, state)
  if (denial === undefined) return undefined
  return denial.reason === 'organization_suspended' ? 'organization_suspended' : 'principal_suspended'
}

/**
 * Returns the status of each way in which a holder has a group: own assignments, then assignments by plan and from the
 * organization. A way is in effect if and only if decisions take it into account. `only` limits the result to one
 * group.
 */
export function groupAssignmentsOf(
  { access }: Pick<ContextHolder, 'access'>,
  moment: EvaluationTime,
  only?: string,
): readonly GroupAssignmentStatus[] {
  const statusOf = (
    { group, windows, principal, plan }: EffectiveGroup,
    isEntitled: boolean,
  ): GroupAssignmentStatus => ({
    accessGroup: group.id,
    ...(plan === undefined ? undefined : { plan }),
    ...(principal.type === 'organization' ? { organization: principal.id } : undefined),
    ...(isEntitled ? statusIn(windows, moment) : { ineffective: 'not_entitled' as const }),
  })
  const isIncluded = ({ group }: EffectiveGroup): boolean => only === undefined || group.id === only
  return [
    ...access.groups.filter(isIncluded).map((held) => statusOf(held, true)),
    ...access.unentitled.filter(isIncluded).map((held) => statusOf(held, false)),
  ]
}

/** Returns the status of each role of a principal. */
export function roleAssignmentsOf({ row }: ContextPrincipal, moment: EvaluationTime): readonly RoleAssignmentStatus[] {
  return row.roleGrants.map(({ providerAccount, role, windows }) => ({
    providerAccount,
    role,
    ...statusIn(windows, moment),
  }))
}

function statusIn(windows: Windows, moment: EvaluationTime): AssignmentStatus {
  const window = windows[indexInForce(windows, moment)]
  if (window !== undefined) return window.expiresAt === undefined ? {} : { until: window.expiresAt }
  const startsAt = windows.find((next) => next.startsAt !== undefined && next.startsAt > moment.at)?.startsAt
  if (startsAt !== undefined) return { ineffective: 'not_started', startsAt }
  const until = windows.at(-1)?.expiresAt
  return until === undefined ? { ineffective: 'ended' } : { ineffective: 'ended', until }
}
