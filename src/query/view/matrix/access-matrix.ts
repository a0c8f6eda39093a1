import { z } from 'zod'
import type { State } from '../../../model/state/state.ts'
import { findRow } from '../../../model/table/table.ts'
import { Instant } from '../../../model/value/instant.ts'
import type { Principal } from '../../../model/value/principal.ts'
import { quote } from '../../../model/value/quote.ts'
import { findAsking } from '../../../policy/context/caller.ts'
import type { DenialReason } from '../../../policy/decision/denial.ts'
import { isDenied } from '../../../policy/decision/deny.ts'
import { type EvaluationTime, evaluationTimeOf, noteBoundary, untilOf } from '../../../policy/evaluation-time.ts'
import { Name } from '../../../policy/request/request.ts'
import { isRetired, resolve } from '../../../policy/route/resolve.ts'
import { type Access, findAccess, isAccess } from '../../access.ts'
import { lazy } from '../../lazy.ts'
import { answerQuery, parseQuery, type QueryFailure, queryFailure, type UnknownCode } from '../../query-fault.ts'
import { findMember } from '../assignment-status.ts'
import { firstIds } from '../first-ids.ts'

/** The one way in which access is given: a group by assignment, a group by plan, a role; or several of these. */
export const accessKinds = ['accessGroup', 'plan', 'userRole', 'managerRole', 'several'] as const
export type AccessKind = (typeof accessKinds)[number]

/** What a principal has of a model: access and how it is given, or none and why. Money aside, as in every list. */
export type MatrixCell =
  | ({ readonly kind: AccessKind; readonly until?: Instant } & Pick<Access, 'routes' | 'payer' | 'reach'>)
  | { readonly kind: 'none'; readonly reason: DenialReason; readonly until?: Instant }

/** A principal with its cells, in the order of the columns. A user is asked about with no team named. */
export interface MatrixRow {
  readonly principal: Principal
  readonly name?: string
  readonly cells: readonly MatrixCell[]
}

/** A model by the name that a client writes, and where it stands in its life if it is an alias. */
export interface MatrixColumn {
  readonly type: 'alias' | 'model'
  readonly name: string
  readonly lifecycle?: 'active' | 'deprecated' | 'retired'
}

/** Who may use what, as a table. */
export interface AccessMatrix {
  readonly ok: true
  readonly at: Instant
  readonly columns: readonly MatrixColumn[]
  readonly rows: readonly MatrixRow[]
  /** How many there are beyond the limits, of those that were not asked for by name. */
  readonly omitted: { readonly principals: number; readonly models: number }
  /** Before this instant, time alone does not change the table. */
  readonly until?: Instant
  readonly version: number
}

/** The most rows and columns of a matrix, and how many it has where neither they nor a limit are given. */
export const matrixLimit = { principals: 1000, models: 250 } as const
const defaultLimit = { principals: 200, models: 100 } as const

const Asked = /* @__PURE__ */ lazy(() => z.strictObject({ type: z.enum(['user', 'team', 'virtualAccount']), id: Name }))

const Query = /* @__PURE__ */ lazy(() =>
  z.strictObject({
    options: z.strictObject({
      at: Instant,
      principals: z.array(Asked()).max(matrixLimit.principals).optional(),
      models: z.array(Name).max(matrixLimit.models).optional(),
      limit: z
        .strictObject({
          principals: z.int().min(1).max(matrixLimit.principals).optional(),
          models: z.int().min(1).max(matrixLimit.models).optional(),
        })
        .optional(),
    }),
  }),
)
type Options = z.infer<ReturnType<typeof Query>>['options']

/** What a matrix is to show. Without `principals` all of them, without `models` all aliases, as far as the limits go. */
export interface MatrixOptions {
  readonly at: Instant
  readonly principals?: readonly Principal[] | undefined
  readonly models?: readonly string[] | undefined
  readonly limit?: { readonly principals?: number | undefined; readonly models?: number | undefined } | undefined
}

/**
 * Who may use what: teams, virtual accounts and users against model names, each cell what `authorize` says of it. What is
 * not named comes in the order of ids, teams first, and is cut at the limits; `omitted` says how much was.
 *
 * @example
 * const matrix = accessMatrix(state, { at, models: ['gpt-4', 'claude-3-opus'] })
 * if (matrix.ok) console.log(renderMatrixMarkdown(matrix))
 */
export function accessMatrix(state: State, options: MatrixOptions): AccessMatrix | QueryFailure {
  const parsed = parseQuery(Query(), { options }, { state })
  if (!parsed.ok) return parsed
  return answerQuery('state', () => findUnknown(parsed.query.options, state) ?? matrixOf(parsed.query.options, state))
}

function findUnknown({ principals = [], models = [] }: Options, state: State): QueryFailure | undefined {
  for (const [i, principal] of principals.entries()) {
    if (findMember(principal, state) !== undefined) continue
    const { code, noun } = unknowns[principal.type]
    return queryFailure(code, ['options', 'principals', i], `there is no ${noun} ${quote(principal.id)}`)
  }
  for (const [i, model] of models.entries()) {
    if (!isDenied(resolve(model, state))) continue
    const message = `there is no alias ${quote(model)}, and no provider account serves a model by that name`
    return queryFailure('model_unknown', ['options', 'models', i], message)
  }
  return undefined
}

const unknowns: Readonly<Record<Principal['type'], { readonly code: UnknownCode; readonly noun: string }>> = {
  user: { code: 'user_unknown', noun: 'user' },
  team: { code: 'team_unknown', noun: 'team' },
  virtualAccount: { code: 'virtual_account_unknown', noun: 'virtual account' },
}

function matrixOf({ at, principals, models, limit }: Options, state: State): AccessMatrix {
  const moment = evaluationTimeOf(at)
  const shown = principals ?? firstPrincipals(limit?.principals ?? defaultLimit.principals, state)
  const names = models ?? firstIds(state.modelAliases, limit?.models ?? defaultLimit.models)
  const everyone = state.teams.size + state.virtualAccounts.size + state.users.size
  const columns = names.map((name) => columnOf(name, state, moment))
  return {
    ok: true,
    at,
    columns,
    rows: shown.map((principal) => rowOf(principal, names, state, moment)),
    omitted: {
      principals: principals === undefined ? everyone - shown.length : 0,
      models: models === undefined ? state.modelAliases.size - names.length : 0,
    },
    ...untilOf(moment),
    version: state.version,
  }
}

function firstPrincipals(limit: number, state: State): readonly Principal[] {
  const teams = firstIds(state.teams, limit)
  const virtualAccounts = firstIds(state.virtualAccounts, limit - teams.length)
  const users = firstIds(state.users, limit - teams.length - virtualAccounts.length)
  return [
    ...teams.map((id) => ({ type: 'team', id }) as const),
    ...virtualAccounts.map((id) => ({ type: 'virtualAccount', id }) as const),
    ...users.map((id) => ({ type: 'user', id }) as const),
  ]
}

function columnOf(name: string, state: State, moment: EvaluationTime): MatrixColumn {
  const alias = findRow(state.modelAliases, name)
  if (alias === undefined) return { type: 'model', name }
  return { type: 'alias', name, lifecycle: isRetired(alias, moment) ? 'retired' : alias.lifecycle.type }
}

function rowOf(principal: Principal, names: readonly string[], state: State, moment: EvaluationTime): MatrixRow {
  const own = evaluationTimeOf(moment.at)
  const asking = findAsking(principal, undefined, state, own)
  noteBoundary(moment, own.until)
  const cells = names.map((name) => {
    if (isDenied(asking)) return noneOf(asking.reason, own)
    const flip = { ...own }
    const found = findAccess(asking, name, state, flip)
    noteBoundary(moment, flip.until)
    return isAccess(found) ? cellOf(found, flip) : noneOf(found.reason, flip)
  })
  const name = findMember(principal, state)?.row.name
  return { principal, ...(name === undefined ? undefined : { name }), cells }
}

const noneOf = (reason: DenialReason, moment: EvaluationTime): MatrixCell => ({
  kind: 'none',
  reason,
  ...untilOf(moment),
})

function cellOf({ routes, payer, reach }: Access, moment: EvaluationTime): MatrixCell {
  return { kind: kindOf(reach), routes, payer, reach, ...untilOf(moment) }
}

function kindOf(reach: Access['reach']): AccessKind {
  const kinds = reach.map((path): AccessKind => {
    if (path.type === 'role') return path.role === 'manager' ? 'managerRole' : 'userRole'
    return path.plan === undefined ? 'accessGroup' : 'plan'
  })
  const [first = 'several'] = kinds
  return kinds.every((kind) => kind === first) ? first : 'several'
}
