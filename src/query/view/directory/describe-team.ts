import * as z from 'zod'
import type { Assignment, RoleGrant } from '../../../model/noun/holding.ts'
import { membershipIn, type TeamRole } from '../../../model/noun/user.ts'
import type { State } from '../../../model/state/state.ts'
import { related } from '../../../model/table/relation.ts'
import { getRow } from '../../../model/table/table.ts'
import type { Authority } from '../../../model/value/authority.ts'
import { Instant } from '../../../model/value/instant.ts'
import type { Status } from '../../../model/value/status.ts'
import { type ContextPrincipal, findContextMembership } from '../../../policy/context/context.ts'
import type { Payer } from '../../../policy/decision/decision.ts'
import { type EvaluationTime, evaluationTimeOf, noteBoundary, untilOf } from '../../../policy/evaluation-time.ts'
import { payerOf } from '../../../policy/pay.ts'
import { Name } from '../../../policy/request/request.ts'
import { lazy } from '../../lazy.ts'
import { modelsFor } from '../../list-models.ts'
import type { OpenModels } from '../../open-class.ts'
import { answerQuery, parseQuery, type QueryFailure } from '../../query-fault.ts'
import { unknownPrincipal } from '../../unknown-name.ts'
import {
  type AssignmentStatus,
  findInactive,
  findPrincipal,
  type GroupAssignmentStatus,
  groupAssignmentsOf,
  type InactiveReason,
  type IneffectiveReason,
  type RoleAssignmentStatus,
  roleAssignmentsOf,
} from '../assignment-status.ts'

import { type PendingInvitation, pendingOf } from './list-invitations.ts'

/** An assignment or role that has no effect, with the reason. */
export type IneffectiveAssignment = Ineffective<GroupAssignmentStatus> | Ineffective<RoleAssignmentStatus>

/**
 * The details of a team, for operators: groups, roles, models and members. The balance of the team is in the ledger.
 */
export interface TeamDetails {
  readonly ok: true
  readonly team: string
  readonly name?: string
  readonly organization: string
  readonly status: Status
  /**
   * The authority that suspended the team. Absent if the team is active. Only this authority or a higher one can
   * activate the team.
   */
  readonly suspendedBy?: Authority
  /** Why every request of the team's key is denied. Absent if the team and its organization are active. */
  readonly inactive?: InactiveReason
  readonly createdAt: Instant
  readonly plan?: string
  /** Who pays for the team's calls: the team's wallet, or `none` if the team is not metered. */
  readonly payer: Payer
  /** The groups that the team has now, by assignment or by plan, sorted and without duplicates. */
  readonly accessGroups: readonly string[]
  /** The assignments in effect: every way in which the team has the groups in `accessGroups`. */
  readonly groups: readonly GroupAssignmentStatus[]
  /** The roles that the team has now on provider accounts. */
  readonly roles: readonly RoleAssignmentStatus[]
  /** The assignments and roles that have no effect, each with its reason. */
  readonly ineffective: readonly IneffectiveAssignment[]
  /**
   * The team's assignments and role grants as stored in the state, with all windows. Includes those without effect.
   */
  readonly assigned: { readonly accessGroups: readonly Assignment[]; readonly roleGrants: readonly RoleGrant[] }
  /** The model names that the team may use now with its key. Equal to the names that `listModels` returns. */
  readonly models: readonly string[]
  /** The unlisted models that the team may use on accounts with `anyModel`, as in the result of `listModels`. */
  readonly openAccounts: readonly ({ readonly providerAccount: string } & OpenModels)[]
  /** The users in the team, sorted by id. */
  readonly members: readonly TeamMember[]
  /** The invitations to the team that have not ended, sorted by user. */
  readonly invitations: readonly PendingInvitation[]
  /** The details stay valid until this instant, unless the state changes earlier. */
  readonly until?: Instant
  readonly version: number
}

/** A member of the team, with the access groups of the membership. */
interface TeamMember {
  readonly user: string
  readonly role: TeamRole
  /** The assignments of groups to the membership itself, with or without effect. Absent if none exists. */
  readonly groups?: readonly GroupAssignmentStatus[]
}

const Query = /* @__PURE__ */ lazy(() => z.strictObject({ team: Name, options: z.strictObject({ at: Instant }) }))

/**
 * Returns the details of a team. A group is in the team's `accessGroups` if and only if the team is in the group's
 * `teamsWithAccess`. Costs time proportional to the team's assignments, models and members.
 */
export function describeTeam(
  team: string,
  state: State,
  options: { readonly at: Instant },
): TeamDetails | QueryFailure {
  const parsed = parseQuery(Query(), { team, options }, { state })
  if (!parsed.ok) return parsed
  const { query } = parsed
  return answerQuery('state', () => teamDetailsOf(query.team, state, query.options))
}

/**
 * Describes a team like `describeTeam`, but without argument checks and error handling. Throws when the state is
 * corrupt.
 */
export function teamDetailsOf(
  team: string,
  state: State,
  { at }: { readonly at: Instant },
): TeamDetails | QueryFailure {
  const member = findPrincipal({ type: 'team', id: team }, state)
  return member?.type === 'team' ? detailsOf(member, state, at) : unknownPrincipal({ type: 'team', id: team }, ['team'])
}

function detailsOf(member: ContextPrincipal & { readonly type: 'team' }, state: State, at: Instant): TeamDetails {
  const { id, name, organization, status, suspendedBy, createdAt, plan, accessGroups, roleGrants } = member.row
  const moment = evaluationTimeOf(at)
  const inactive = findInactive({ type: 'team', id }, state)
  const groups = splitByEffect(groupAssignmentsOf(member, moment), inactive)
  const roles = splitByEffect(roleAssignmentsOf(member, moment), inactive)
  const models = modelsOf(id, state, moment)
  return {
    ok: true,
    team: id,
    ...(name === undefined ? undefined : { name }),
    organization,
    status,
    ...(suspendedBy === undefined ? undefined : { suspendedBy }),
    ...(inactive === undefined ? undefined : { inactive }),
    createdAt,
    ...(plan === undefined ? undefined : { plan }),
    payer: payerOf(member),
    accessGroups: [...new Set(groups.inEffect.map(({ accessGroup }) => accessGroup))].sort(),
    groups: groups.inEffect,
    roles: roles.inEffect,
    ineffective: [...groups.ineffective, ...roles.ineffective],
    assigned: { accessGroups, roleGrants },
    ...models,
    members: membersOf(member, state, moment),
    invitations: pendingOf(member.row.invitations, moment),
    ...untilOf(moment),
    version: state.version,
  }
}

interface Split<Status> {
  readonly inEffect: readonly Status[]
  readonly ineffective: readonly Ineffective<Status>[]
}

type Ineffective<Status> = Omit<Status, 'ineffective'> & { readonly reason: InactiveReason | IneffectiveReason }

/**
 * Splits assignments into those in effect and those without effect. For an inactive team, no assignment is in effect.
 */
function splitByEffect<Status extends AssignmentStatus>(
  assignments: readonly Status[],
  inactive: InactiveReason | undefined,
): Split<Status> {
  const inEffect: Status[] = []
  const ineffective: Ineffective<Status>[] = []
  for (const assignment of assignments) {
    const { ineffective: own, ...rest } = assignment
    const reason = inactive ?? own
    if (reason === undefined) inEffect.push(assignment)
    else ineffective.push({ ...rest, reason })
  }
  return { inEffect, ineffective }
}

function modelsOf(team: string, state: State, moment: EvaluationTime): Pick<TeamDetails, 'models' | 'openAccounts'> {
  const list = modelsFor({ type: 'team', id: team }, state, { at: moment.at })
  if (!list.ok) return { models: [], openAccounts: [] }
  if (list.until !== undefined) noteBoundary(moment, list.until)
  return {
    models: list.models.map(({ name }) => name),
    openAccounts: list.openAccounts.map(({ providerAccount, matching, except }) => {
      return { providerAccount, matching, except }
    }),
  }
}

function membersOf(
  { row: { id: team }, access: { organization } }: ContextPrincipal,
  state: State,
  moment: EvaluationTime,
): TeamDetails['members'] {
  return [...related(state.index.teamMembers, team)].sort().map((id) => {
    const user = getRow(state.users, id)
    const membership = organization && findContextMembership(user, team, organization, state)
    const role = membershipIn(user.teams, team)?.role ?? 'member'
    const groups = membership === undefined ? [] : groupAssignmentsOf(membership, moment)
    return groups.length === 0 ? { user: id, role } : { user: id, role, groups }
  })
}
