import { z } from 'zod'
import type { AccessGroup } from '../../../model/noun/access-group.ts'
import { membersOf } from '../../../model/snapshot/to-snapshot.ts'
import type { State } from '../../../model/state/state.ts'
import { related } from '../../../model/table/relation.ts'
import { findRow } from '../../../model/table/table.ts'
import { Instant } from '../../../model/value/instant.ts'
import { quote } from '../../../model/value/quote.ts'
import type { AccessGroupMember } from '../../../model/value/selector.ts'
import { evaluationTimeOf, untilOf } from '../../../policy/evaluation-time.ts'
import { Name } from '../../../policy/request/request.ts'
import { lazy } from '../../lazy.ts'
import { answerQuery, parseQuery, type QueryFailure, queryFailure } from '../../query-fault.ts'
import { describeAlias, type GroupAlias, groupAliases } from './group-alias.ts'
import { type GroupHolder, groupHolders, type WithheldHolder } from './group-holder.ts'

/** An access group as its operators see it: what it gives, who has it and how, and who has it on paper only. */
export interface GroupDetails {
  readonly ok: true
  readonly accessGroup: string
  readonly description?: string
  readonly createdAt: Instant
  /** What the group holds, as it was written: aliases, patterns, all aliases. */
  readonly members: readonly AccessGroupMember[]
  /** How many aliases the group gives now, however it holds them: as many as `modelAliases` has. */
  readonly modelCount: number
  /** The aliases that the group gives now: held by name, by pattern or as all of them, and not retired. */
  readonly modelAliases: readonly GroupAlias[]
  /** Aliases that the group holds and that are retired, by command or by their sunset: nobody can call them. */
  readonly retiredAliases: readonly string[]
  /** How many teams have the group now: as many as `teamsWithAccess` has. */
  readonly teamCount: number
  /**
   * The teams that have the group now, by assignment or by their plan. A team whose organization's entitlement does not
   * let the group through has not, nor has one that is suspended or of a suspended organization.
   */
  readonly teamsWithAccess: readonly string[]
  /** Those teams, each with the ways by which it has the group. */
  readonly teams: readonly GroupHolder[]
  /** Users to whom the group is assigned by themselves; those of the teams are not among them. */
  readonly users: readonly GroupHolder[]
  readonly virtualAccounts: readonly GroupHolder[]
  /** Where the group is written down to no effect, and why. */
  readonly withheld: readonly WithheldHolder[]
  /** The plans that bring the group. */
  readonly plans: readonly string[]
  /** The organizations whose entitlement lists the group. Unlimited ones let it through without listing it. */
  readonly entitledOrganizations: readonly string[]
  /** Before this instant, time alone does not change this. */
  readonly until?: Instant
  readonly version: number
}

const Query = /* @__PURE__ */ lazy(() =>
  z.strictObject({ accessGroup: Name, options: z.strictObject({ at: Instant }) }),
)

/**
 * What an access group gives, and to whom. A team is among `teamsWithAccess` if and only if its key would reach, by this
 * group, an alias that the group holds, leaving restrictions and availability aside. Costs what the group holds and what
 * it is given to.
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
  return answerQuery('state', () => {
    const group = findRow(state.accessGroups, parsed.query.accessGroup)
    return group === undefined
      ? queryFailure('access_group_unknown', ['accessGroup'], `there is no access group ${quote(accessGroup)}`)
      : detailsOf(group, state, parsed.query.options.at)
  })
}

function detailsOf(group: AccessGroup, state: State, at: Instant): GroupDetails {
  const { id, description, createdAt } = group
  const moment = evaluationTimeOf(at)
  const aliases = groupAliases(group, state, moment)
  const teams = groupHolders('team', id, state, moment)
  const users = groupHolders('user', id, state, moment)
  const virtualAccounts = groupHolders('virtualAccount', id, state, moment)
  return {
    ok: true,
    accessGroup: id,
    ...(description === undefined ? undefined : { description }),
    createdAt,
    members: membersOf(group),
    modelCount: aliases.live.length,
    modelAliases: aliases.live.map((alias) => describeAlias(alias, state)),
    retiredAliases: aliases.retired.map((alias) => alias.id),
    teamCount: teams.holders.length,
    teamsWithAccess: teams.holders.map(({ principal }) => principal.id),
    teams: teams.holders,
    users: users.holders,
    virtualAccounts: virtualAccounts.holders,
    withheld: [...teams.withheld, ...virtualAccounts.withheld, ...users.withheld],
    plans: [...related(state.index.accessGroupPlans, id)].sort(),
    entitledOrganizations: [...related(state.index.accessGroupOrganizations, id)].sort(),
    ...untilOf(moment),
    version: state.version,
  }
}
