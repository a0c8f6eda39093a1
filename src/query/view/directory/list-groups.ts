import { z } from 'zod'
import type { AccessGroup } from '../../../model/noun/access-group.ts'
import type { State } from '../../../model/state/state.ts'
import { getRow, idsOf, type Table } from '../../../model/table/table.ts'
import { Instant } from '../../../model/value/instant.ts'
import { type EvaluationTime, evaluationTimeOf, untilOf } from '../../../policy/evaluation-time.ts'
import { Name } from '../../../policy/request/request.ts'
import { lazy } from '../../lazy.ts'
import { answerQuery, parseQuery, type QueryFailure } from '../../query-fault.ts'
import { positionOf } from '../first-ids.ts'
import { countAliases } from './group-alias.ts'
import { countHolders } from './group-holder.ts'

/** One access group in a list. The counts are those of its details. */
export interface GroupSummary {
  readonly accessGroup: string
  readonly description?: string
  readonly createdAt: Instant
  /** How many aliases the group gives now: held by name, by pattern or as all of them, and not retired. */
  readonly modelCount: number
  /** How many teams have the group now, by assignment or by their plan. */
  readonly teamCount: number
  readonly userCount: number
  readonly virtualAccountCount: number
}

/** A page of access groups, in the order of their names. */
export interface GroupList {
  readonly ok: true
  readonly groups: readonly GroupSummary[]
  /** Give this as `after` for the next page; absent on the last one. */
  readonly next?: string
  /** How many groups there are on all pages. */
  readonly total: number
  /** Before this instant, time alone does not change the page. */
  readonly until?: Instant
  readonly version: number
}

/** The most groups on a page, and how many it has unless a number is given. */
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

/**
 * The access groups with how many models each gives and how many teams have it, page by page: at every page size the
 * same groups, and a group that comes or goes between two pages moves no other. `after` need not be there any more.
 *
 * @example
 * const list = listGroups(state, { at })
 * if (list.ok) console.log(list.groups.map(({ accessGroup, teamCount }) => [accessGroup, teamCount]))
 */
export function listGroups(
  state: State,
  options: { readonly at: Instant; readonly limit?: number | undefined; readonly after?: string | undefined },
): GroupList | QueryFailure {
  const parsed = parseQuery(Query(), { options }, { state })
  if (!parsed.ok) return parsed
  const { at, limit = defaultLimit, after } = parsed.query.options
  return answerQuery('state', () => {
    const ids = sortedIds(state.accessGroups)
    const first = after === undefined ? 0 : positionAfter(ids, after)
    const page = ids.slice(first, first + limit)
    const moment = evaluationTimeOf(at)
    const last = page.at(-1)
    return {
      ok: true as const,
      groups: page.map((id) => summaryOf(getRow(state.accessGroups, id), state, moment)),
      ...(last === undefined || first + limit >= ids.length ? undefined : { next: last }),
      total: ids.length,
      ...untilOf(moment),
      version: state.version,
    }
  })
}

function summaryOf(group: AccessGroup, state: State, moment: EvaluationTime): GroupSummary {
  const { id, description, createdAt } = group
  return {
    accessGroup: id,
    ...(description === undefined ? undefined : { description }),
    createdAt,
    modelCount: countAliases(group, state, moment),
    teamCount: countHolders('team', id, state, moment),
    userCount: countHolders('user', id, state, moment),
    virtualAccountCount: countHolders('virtualAccount', id, state, moment),
  }
}

const sorted = new WeakMap<Table<unknown>, readonly string[]>()

/** The ids in their order, remembered for as long as no group changes. */
function sortedIds(groups: Table<AccessGroup>): readonly string[] {
  const known = sorted.get(groups)
  if (known !== undefined) return known
  const ids = [...idsOf(groups)].sort()
  sorted.set(groups, ids)
  return ids
}

/** Where the ids after this one begin, whether or not it is among them. */
function positionAfter(ids: readonly string[], after: string): number {
  const at = positionOf(ids, after)
  return ids[at] === after ? at + 1 : at
}
