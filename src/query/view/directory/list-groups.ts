import * as z from 'zod'
import type { AccessGroup } from '../../../model/noun/access-group.ts'
import type { State } from '../../../model/state/state.ts'
import { getRow } from '../../../model/table/table.ts'
import { Instant } from '../../../model/value/instant.ts'
import { type EvaluationTime, evaluationTimeOf, untilOf } from '../../../policy/evaluation-time.ts'
import { Name } from '../../../policy/request/request.ts'
import { lazy } from '../../lazy.ts'
import { answerQuery, parseQuery, type QueryFailure } from '../../query-fault.ts'
import { positionAfter, sortedIds } from '../first-ids.ts'
import { countAliases, groupModelsOf } from './group-alias.ts'
import { countHolders } from './group-holder.ts'

/** An access group in the list. The counts equal the counts that `describeGroup` returns. */
export interface GroupSummary {
  readonly accessGroup: string
  readonly description?: string
  readonly createdAt: Instant
  /**
   * The number of aliases and concrete models that the group gives. Leaves out retired aliases, and unlisted models
   * that only a pattern holds.
   */
  readonly modelCount: number
  /** The number of teams that have the group now, by assignment or by plan. */
  readonly teamCount: number
  readonly userCount: number
  readonly virtualAccountCount: number
}

/** A page of access groups, sorted by name. */
export interface GroupList {
  readonly ok: true
  readonly groups: readonly GroupSummary[]
  /** The value to pass as `after` for the next page. Absent on the last page. */
  readonly next?: string
  /** The number of groups on all pages together. */
  readonly total: number
  /** The page stays valid until this instant, unless the state changes earlier. */
  readonly until?: Instant
  readonly version: number
}

/** The maximum number of groups on a page. */
export const groupPageLimit = 1000
const defaultLimit = 100

const Query = /* @__PURE__ */ lazy(() =>
  z.strictObject({
    options: z.strictObject({
      at: Instant,
      limit: z.int().min(1).max(groupPageLimit).optional(),
      after: Name.optional(),
    }),
  }),
)

/** When to evaluate the list of groups, and which page to return. */
export interface ListGroupsOptions {
  readonly at: Instant
  /** The maximum number of groups on the page, from 1 to 1,000. Default: 100. */
  readonly limit?: number | undefined
  /** The name of a group. The page begins with the first group that sorts after this name. Default: the first page. */
  readonly after?: string | undefined
}

/**
 * Returns a page of access groups, with the number of models and of principals of each group. `after` is the name of a
 * group, which may have been deleted. A group created or deleted between two pages causes no other group to be skipped
 * or repeated.
 *
 * @example
 * const list = listGroups(state, { at })
 * if (list.ok) console.log(list.groups.map(({ accessGroup, teamCount }) => [accessGroup, teamCount]))
 */
export function listGroups(state: State, options: ListGroupsOptions): GroupList | QueryFailure {
  const parsed = parseQuery(Query(), { options }, { state })
  if (!parsed.ok) return parsed
  return answerQuery('state', () => pageOf(state, parsed.query.options))
}

/**
 * Lists groups like `listGroups`, but without argument checks and error handling. Throws when the state is corrupt.
 */
export function pageOf(state: State, { at, limit = defaultLimit, after }: ListGroupsOptions): GroupList {
  const ids = sortedIds(state.accessGroups)
  const first = after === undefined ? 0 : positionAfter(ids, after)
  const page = ids.slice(first, first + limit)
  const moment = evaluationTimeOf(at)
  const last = page.at(-1)
  return {
    ok: true,
    groups: page.map((id) => summaryOf(getRow(state.accessGroups, id), state, moment)),
    ...(last === undefined || first + limit >= ids.length ? undefined : { next: last }),
    total: ids.length,
    ...untilOf(moment),
    version: state.version,
  }
}

function summaryOf(group: AccessGroup, state: State, moment: EvaluationTime): GroupSummary {
  const { id, description, createdAt } = group
  return {
    accessGroup: id,
    ...(description === undefined ? undefined : { description }),
    createdAt,
    modelCount: countAliases(group, state, moment) + groupModelsOf(group, state).length,
    teamCount: countHolders('team', id, state, moment),
    userCount: countHolders('user', id, state, moment),
    virtualAccountCount: countHolders('virtualAccount', id, state, moment),
  }
}
