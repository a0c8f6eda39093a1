import * as z from 'zod'
import type { State } from '../../../model/state/state.ts'
import { findRow } from '../../../model/table/table.ts'
import { Instant } from '../../../model/value/instant.ts'
import type { Principal } from '../../../model/value/principal.ts'
import { identifyCaller } from '../../../policy/context/caller.ts'
import type { DenialReason } from '../../../policy/decision/denial.ts'
import { isDenied } from '../../../policy/decision/deny.ts'
import { type EvaluationTime, evaluationTimeOf, noteBoundary, untilOf } from '../../../policy/evaluation-time.ts'
import { Name } from '../../../policy/request/request.ts'
import { isRetired, resolve } from '../../../policy/route/resolve.ts'
import { type Access, findAccess, isAccess } from '../../access.ts'
import { lazy } from '../../lazy.ts'
import { findOpenAccounts, type OpenAccount } from '../../list-models.ts'
import { PrincipalReference } from '../../principal-reference.ts'
import { answerQuery, parseQuery, type QueryFailure } from '../../query-fault.ts'
import { unknownModel, unknownPrincipal } from '../../unknown-name.ts'
import { findPrincipal } from '../assignment-status.ts'
import { firstIds } from '../first-ids.ts'

/** The ways in which access is given: by an assigned group, a plan, the user or manager role, or several of these. */
export const accessKinds = ['accessGroup', 'plan', 'userRole', 'managerRole', 'several'] as const
export type AccessKind = (typeof accessKinds)[number]

/** The access of one principal to one model: how it is given, or why it is denied. Ignores credits. */
export type MatrixCell =
  | ({ readonly kind: AccessKind; readonly until?: Instant } & Pick<Access, 'routes' | 'payer' | 'reach'>)
  | { readonly kind: 'none'; readonly reason: DenialReason; readonly until?: Instant }

/** A row of the matrix: a principal with one cell per column. A user's cells apply to calls that name no team. */
export interface MatrixRow {
  readonly principal: Principal
  readonly name?: string
  readonly cells: readonly MatrixCell[]
  /** The models that the principal may use although no account lists them, by account and pattern. */
  readonly openAccounts: readonly OpenAccount[]
}

/**
 * A column of the matrix: a model by the name that clients use. `lifecycle` is the status of an alias at the instant of
 * the matrix.
 */
export interface MatrixColumn {
  readonly type: 'alias' | 'model'
  readonly name: string
  readonly lifecycle?: 'active' | 'deprecated' | 'retired'
}

/** A table of the models that each principal may use. */
export interface AccessMatrix {
  readonly ok: true
  readonly at: Instant
  readonly columns: readonly MatrixColumn[]
  readonly rows: readonly MatrixRow[]
  /**
   * The number of principals and of models that the limits leave out. Each number is zero if the query lists the
   * principals or models itself.
   */
  readonly omitted: { readonly principals: number; readonly models: number }
  /** The matrix stays valid until this instant, unless the state changes earlier. */
  readonly until?: Instant
  readonly version: number
}

/** The maximum number of principals and of models in a matrix. */
export const matrixLimit = { principals: 1000, models: 250 } as const
const defaultLimit = { principals: 200, models: 100 } as const

const Query = /* @__PURE__ */ lazy(() =>
  z.strictObject({
    options: z.strictObject({
      at: Instant,
      principals: z.array(PrincipalReference()).max(matrixLimit.principals).optional(),
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

/** The options of a matrix. `limit` has no effect on principals or models that the options list. */
export interface MatrixOptions {
  readonly at: Instant
  /** The principals of the rows. Default: all principals. */
  readonly principals?: readonly Principal[] | undefined
  /** The model names of the columns: aliases and `account/model` names. Default: all aliases. */
  readonly models?: readonly string[] | undefined
  /** The maximum numbers of principals and of models. Default: 200 principals and 100 models. */
  readonly limit?: { readonly principals?: number | undefined; readonly models?: number | undefined } | undefined
}

/**
 * Returns a matrix of the models that each principal may use. The rows are teams, virtual accounts and users; the
 * columns are model names. Each cell agrees with `authorize`. Without `principals`, rows are ordered by type, teams
 * first, and then by id. The `openAccounts` of a row describe by patterns the models that no account lists. `omitted` counts the principals and models that the limits leave out.
 *
 * @example
 * const matrix = accessMatrix(state, { at, models: ['gpt-4', 'claude-3-opus'] })
 * if (matrix.ok) console.log(renderMatrixMarkdown(matrix))
 */
export function accessMatrix(state: State, options: MatrixOptions): AccessMatrix | QueryFailure {
  const parsed = parseQuery(Query(), { options }, { state })
  if (!parsed.ok) return parsed
  return answerQuery('state', () => matrixOf(state, parsed.query.options))
}

/**
 * Builds the matrix like `accessMatrix`, but without argument checks and error handling. Throws when the state is
 * corrupt.
 */
export function matrixOf(state: State, options: MatrixOptions): AccessMatrix | QueryFailure {
  return findUnknown(options, state) ?? knownMatrix(options, state)
}

function findUnknown({ principals = [], models = [] }: MatrixOptions, state: State): QueryFailure | undefined {
  for (const [i, principal] of principals.entries()) {
    if (findPrincipal(principal, state) !== undefined) continue
    return unknownPrincipal(principal, ['options', 'principals', i])
  }
  for (const [i, model] of models.entries()) {
    if (isDenied(resolve(model, state))) return unknownModel(model, ['options', 'models', i])
  }
  return undefined
}

function knownMatrix({ at, principals, models, limit }: MatrixOptions, state: State): AccessMatrix {
  const moment = evaluationTimeOf(at)
  const rows = principals ?? firstPrincipals(limit?.principals ?? defaultLimit.principals, state)
  const names = models ?? firstIds(state.modelAliases, limit?.models ?? defaultLimit.models)
  const principalCount = state.teams.size + state.virtualAccounts.size + state.users.size
  const columns = names.map((name) => columnOf(name, state, moment))
  return {
    ok: true,
    at,
    columns,
    rows: rows.map((principal) => rowOf(principal, names, state, moment)),
    omitted: {
      principals: principals === undefined ? principalCount - rows.length : 0,
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
  const caller = identifyCaller({ who: principal, operation: 'any' }, state, own)
  noteBoundary(moment, own.until)
  const cells = names.map((name) => {
    if (isDenied(caller)) return noneOf(caller.reason, own)
    const flip = { ...own }
    const found = findAccess(caller, name, state, flip)
    noteBoundary(moment, flip.until)
    return isAccess(found) ? cellOf(found, flip) : noneOf(found.reason, flip)
  })
  const openMoment = { ...own }
  const openAccounts = isDenied(caller) ? [] : findOpenAccounts(caller, state, openMoment)
  noteBoundary(moment, openMoment.until)
  const name = findPrincipal(principal, state)?.row.name
  return { principal, ...(name === undefined ? undefined : { name }), cells, openAccounts }
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
