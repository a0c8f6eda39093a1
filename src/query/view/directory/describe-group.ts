import * as z from 'zod'
import { type AccessGroup, membersOf } from '../../../model/noun/access-group.ts'
import type { State } from '../../../model/state/state.ts'
import { related } from '../../../model/table/relation.ts'
import { findRow } from '../../../model/table/table.ts'
import { Instant } from '../../../model/value/instant.ts'
import type { AccessGroupMember } from '../../../model/value/selector.ts'
import { evaluationTimeOf, untilOf } from '../../../policy/evaluation-time.ts'
import { Name } from '../../../policy/request/request.ts'
import { holdersOfGroup } from '../../holder.ts'
import { lazy } from '../../lazy.ts'
import { answerQuery, parseQuery, type QueryFailure } from '../../query-fault.ts'
import { unknownAccessGroup } from '../../unknown-name.ts'
import {
  type GroupAlias,
  type GroupModel,
  groupAliases,
  groupAliasOf,
  groupModelsOf,
  type OpenPattern,
  openPatternListOf,
} from './group-alias.ts'
import { type GroupHolder, groupHolders, type IneffectiveHolder } from './group-holder.ts'

/** The details of an access group, for operators: its models, its holders, and the assignments that have no effect. */
export interface GroupDetails {
  readonly ok: true
  readonly accessGroup: string
  readonly description?: string
  readonly createdAt: Instant
  /** The members of the group as set by commands. */
  readonly members: readonly AccessGroupMember[]
  /** The number of entries in `modelAliases` and `models` together. */
  readonly modelCount: number
  /**
   * The live aliases that the group gives, by an alias member or by a member that holds a target of the alias. An alias
   * is live until it is retired.
   */
  readonly modelAliases: readonly GroupAlias[]
  /**
   * The retired aliases that the group would give: retired by command or by their sunset. Calls to retired aliases are
   * denied.
   */
  readonly retiredAliases: readonly string[]
  /** The concrete models that the group holds, by name or by a pattern. A pattern covers only listed models here. */
  readonly models: readonly GroupModel[]
  /** The patterns by which the group also holds unlisted models of an account with `anyModel`. */
  readonly openPatterns: readonly OpenPattern[]
  /** The number of teams in `teamsWithAccess`. */
  readonly teamCount: number
  /**
   * The teams that have the group now, by assignment or by plan. Excludes teams that are suspended, whose organization
   * is suspended, or whose organization is not entitled to the group.
   */
  readonly teamsWithAccess: readonly string[]
  /** Every way in which each team of `teamsWithAccess` has the group. */
  readonly teams: readonly GroupHolder[]
  /** The users to whom the group is assigned directly. Excludes users who have access only through a team. */
  readonly users: readonly GroupHolder[]
  readonly virtualAccounts: readonly GroupHolder[]
  /**
   * The memberships to which the group is assigned, sorted by team and user. Includes assignments that are not in
   * force.
   */
  readonly memberships: readonly { readonly team: string; readonly user: string }[]
  /** The organizations to which the group is assigned, sorted. Includes assignments that are not in force. */
  readonly organizations: readonly string[]
  /** The assignments of the group that have no effect, each with its reason. */
  readonly ineffective: readonly IneffectiveHolder[]
  /** The plans that include the group. */
  readonly plans: readonly string[]
  /** The organizations whose entitlement lists the group. Excludes organizations with an unlimited entitlement. */
  readonly entitledOrganizations: readonly string[]
  /** The details stay valid until this instant, unless the state changes earlier. */
  readonly until?: Instant
  readonly version: number
}

const Query = /* @__PURE__ */ lazy(() =>
  z.strictObject({ accessGroup: Name, options: z.strictObject({ at: Instant }) }),
)

/**
 * Returns the models of an access group and the principals that have the group. A team is in `teamsWithAccess` if and
 * only if its key reaches an alias of the group by this group. Restrictions and availability are ignored. Costs time
 * proportional to the aliases and assignments of the group.
 *
 * @example
 * const group = describeGroup('gpt-models', state, { at })
 * if (group.ok) console.log(group.modelCount, group.teamsWithAccess) // 3 [ 'acme-prod', 'techco-dev' ]
 */
export function describeGroup(
  accessGroup: string,
  state: State,
  options: { readonly at: Instant },
): GroupDetails | QueryFailure {
  const parsed = parseQuery(Query(), { accessGroup, options }, { state })
  if (!parsed.ok) return parsed
  const { query } = parsed
  return answerQuery('state', () => groupDetailsOf(query.accessGroup, state, query.options))
}

/**
 * Describes a group like `describeGroup`, but without argument checks and error handling. Throws when the state is
 * corrupt.
 */
export function groupDetailsOf(
  accessGroup: string,
  state: State,
  { at }: { readonly at: Instant },
): GroupDetails | QueryFailure {
  const group = findRow(state.accessGroups, accessGroup)
  return group === undefined ? unknownAccessGroup(accessGroup, ['accessGroup']) : detailsOf(group, state, at)
}

function detailsOf(group: AccessGroup, state: State, at: Instant): GroupDetails {
  const { id, description, createdAt } = group
  const moment = evaluationTimeOf(at)
  const aliases = groupAliases(group, state, moment)
  const models = groupModelsOf(group, state)
  const teams = groupHolders('team', id, state, moment)
  const users = groupHolders('user', id, state, moment)
  const virtualAccounts = groupHolders('virtualAccount', id, state, moment)
  return {
    ok: true,
    accessGroup: id,
    ...(description === undefined ? undefined : { description }),
    createdAt,
    members: membersOf(group),
    modelCount: aliases.live.length + models.length,
    modelAliases: aliases.live.map((alias) => groupAliasOf(alias, state)),
    retiredAliases: aliases.retired.map(({ alias }) => alias.id),
    models,
    openPatterns: openPatternListOf(group, state),
    teamCount: teams.holders.length,
    teamsWithAccess: teams.holders.map(({ principal }) => principal.id),
    teams: teams.holders,
    users: users.holders,
    virtualAccounts: virtualAccounts.holders,
    memberships: membershipsWith(id, state),
    organizations: [...related(state.index.accessGroupHolderOrganizations, id)].sort(),
    ineffective: [...teams.ineffective, ...virtualAccounts.ineffective, ...users.ineffective],
    plans: [...related(state.index.accessGroupPlans, id)].sort(),
    entitledOrganizations: [...related(state.index.accessGroupOrganizations, id)].sort(),
    ...untilOf(moment),
    version: state.version,
  }
}

function membershipsWith(accessGroup: string, state: State): GroupDetails['memberships'] {
  const found = [...holdersOfGroup(accessGroup, state).member()].map(({ team, user }) => ({ team, user }))
  return found.sort((a, b) => (a.team === b.team ? (a.user < b.user ? -1 : 1) : a.team < b.team ? -1 : 1))
}
