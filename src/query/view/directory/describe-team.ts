import { z } from 'zod'
import type { Assignment, RoleGrant } from '../../../model/noun/holding.ts'
import type { TeamRole } from '../../../model/noun/user.ts'
import type { State } from '../../../model/state/state.ts'
import { related } from '../../../model/table/relation.ts'
import { getRow } from '../../../model/table/table.ts'
import { Instant } from '../../../model/value/instant.ts'
import { quote } from '../../../model/value/quote.ts'
import type { Status } from '../../../model/value/status.ts'
import type { Member } from '../../../policy/context/context.ts'
import type { Payer } from '../../../policy/decision/decision.ts'
import { type EvaluationTime, evaluationTimeOf, noteBoundary, untilOf } from '../../../policy/evaluation-time.ts'
import { payerOf } from '../../../policy/pay.ts'
import { Name } from '../../../policy/request/request.ts'
import { lazy } from '../../lazy.ts'
import { listModels } from '../../list-models.ts'
import { answerQuery, parseQuery, type QueryFailure, queryFailure } from '../../query-fault.ts'
import {
  findInactive,
  findMember,
  type GroupAssignmentStatus,
  groupAssignmentsOf,
  type Inactive,
  type RoleAssignmentStatus,
  roleAssignmentsOf,
  type Withheld,
} from '../assignment-status.ts'

/** A group, or a role, that is written down for the team and not in force, and why. */
export type WithheldAssignment =
  | (Omit<GroupAssignmentStatus, 'withheld'> & { readonly reason: Inactive | Withheld })
  | (Omit<RoleAssignmentStatus, 'withheld'> & { readonly reason: Inactive | Withheld })

/** A team as its operators see it: what it has now and what that lets it use. Balances are in the ledger, not here. */
export interface TeamDetails {
  readonly ok: true
  readonly team: string
  readonly name?: string
  readonly organization: string
  readonly status: Status
  /** Why its key gets nothing at all, if so. */
  readonly inactive?: Inactive
  readonly createdAt: Instant
  readonly plan?: string
  /** Who pays for its calls: its wallet, whose balance the ledger knows, or nobody. */
  readonly payer: Payer
  /** The groups that it has now, by assignment or by its plan, each once. */
  readonly accessGroups: readonly string[]
  /** The ways by which it has them. */
  readonly groups: readonly GroupAssignmentStatus[]
  /** The roles that it has now on provider accounts. */
  readonly roles: readonly RoleAssignmentStatus[]
  /** Groups and roles that are written down to no effect, and why. */
  readonly withheld: readonly WithheldAssignment[]
  /** What was assigned to it and granted, as it was written. */
  readonly assigned: { readonly accessGroups: readonly Assignment[]; readonly roleGrants: readonly RoleGrant[] }
  /** The names that its key may use now, as `listModels` lists them. */
  readonly models: readonly string[]
  /** Provider accounts of which it may use any model, named nowhere, but for these. */
  readonly openAccounts: readonly { readonly providerAccount: string; readonly except: readonly string[] }[]
  /** The users in it, in the order of their ids. */
  readonly members: readonly { readonly user: string; readonly role: TeamRole }[]
  /** Before this instant, time alone does not change this. */
  readonly until?: Instant
  readonly version: number
}

const Query = /* @__PURE__ */ lazy(() => z.strictObject({ team: Name, options: z.strictObject({ at: Instant }) }))

/**
 * What a team has and may use. A group is among its `accessGroups` if and only if the team is among the group's
 * `teamsWithAccess`. Costs what the team holds and its members.
 */
export function describeTeam(
  team: string,
  state: State,
  options: { readonly at: Instant },
): TeamDetails | QueryFailure {
  const parsed = parseQuery(Query(), { team, options }, { state })
  if (!parsed.ok) return parsed
  return answerQuery('state', () => {
    const member = findMember({ type: 'team', id: parsed.query.team }, state)
    return member?.type === 'team'
      ? detailsOf(member, state, parsed.query.options.at)
      : queryFailure('team_unknown', ['team'], `there is no team ${quote(team)}`)
  })
}

function detailsOf(member: Member & { readonly type: 'team' }, state: State, at: Instant): TeamDetails {
  const { id, name, organization, status, createdAt, plan, accessGroups, roleGrants } = member.row
  const moment = evaluationTimeOf(at)
  const inactive = findInactive({ type: 'team', id }, state, moment)
  const held = splitHolds(groupAssignmentsOf(member, state, moment), inactive)
  const roles = splitHolds(roleAssignmentsOf(member, moment), inactive)
  const usable = modelsOf(id, state, moment)
  return {
    ok: true,
    team: id,
    ...(name === undefined ? undefined : { name }),
    organization,
    status,
    ...(inactive === undefined ? undefined : { inactive }),
    createdAt,
    ...(plan === undefined ? undefined : { plan }),
    payer: payerOf(member),
    accessGroups: [...new Set(held.inForce.map(({ accessGroup }) => accessGroup))].sort(),
    groups: held.inForce,
    roles: roles.inForce,
    withheld: [...held.withheld, ...roles.withheld],
    assigned: { accessGroups, roleGrants },
    ...usable,
    members: membersOf(id, state),
    ...untilOf(moment),
    version: state.version,
  }
}

interface Split<H> {
  readonly inForce: readonly H[]
  readonly withheld: readonly (Omit<H, 'withheld'> & { readonly reason: Inactive | Withheld })[]
}

function splitHolds<H extends GroupAssignmentStatus | RoleAssignmentStatus>(
  holds: readonly H[],
  inactive: Inactive | undefined,
): Split<H> {
  const inForce: H[] = []
  const withheldOnes: (Omit<H, 'withheld'> & { readonly reason: Inactive | Withheld })[] = []
  for (const hold of holds) {
    const { withheld, ...rest } = hold
    const reason = inactive ?? withheld
    if (reason === undefined) inForce.push(hold)
    else withheldOnes.push({ ...rest, reason })
  }
  return { inForce, withheld: withheldOnes }
}

function modelsOf(team: string, state: State, moment: EvaluationTime): Pick<TeamDetails, 'models' | 'openAccounts'> {
  const list = listModels({ type: 'team', id: team }, state, { at: moment.at })
  if (!list.ok) return { models: [], openAccounts: [] }
  if (list.until !== undefined) noteBoundary(moment, list.until)
  return {
    models: list.models.map(({ name }) => name),
    openAccounts: list.openAccounts.map(({ providerAccount, except }) => ({ providerAccount, except })),
  }
}

function membersOf(team: string, state: State): TeamDetails['members'] {
  return [...related(state.index.teamMembers, team)].sort().map((id) => {
    const place = getRow(state.users, id).teams.find((membership) => membership.team === team)
    return { user: id, role: place?.role ?? 'member' }
  })
}
