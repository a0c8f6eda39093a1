import * as z from 'zod'
import type { State } from '../../model/state/state.ts'
import { findRow } from '../../model/table/table.ts'
import { Defect } from '../../model/value/defect.ts'
import { Instant } from '../../model/value/instant.ts'
import type { Principal, PrincipalType } from '../../model/value/principal.ts'
import { type Caller, identifyCaller } from '../../policy/context/caller.ts'
import { isDenied } from '../../policy/decision/deny.ts'
import { type EvaluationTime, evaluationTimeOf, untilOf } from '../../policy/evaluation-time.ts'
import { Name } from '../../policy/request/request.ts'
import { type Access, accessTo } from '../access.ts'
import { lazy } from '../lazy.ts'
import type { OpenModels } from '../open-class.ts'
import { answerQuery, parseQuery, type QueryFailure } from '../query-fault.ts'
import { type AccessTarget, findTarget, type Usable } from './access-target.ts'
import { type ScanScheme, scanPrincipals } from './principal-scan.ts'

/** A principal that can use the target, with the principal's access. */
export interface PrincipalAccess extends Access {
  readonly principal: Principal
  /** The name that gives access. For an account or a group as target: the first such name, in code-unit order. */
  readonly model?: string
  /**
   * The unlisted models of an account that give access, if no name in `model` does. `routes` is then empty, since the
   * route is the requested model.
   */
  readonly openAccount?: { readonly providerAccount: string } & OpenModels
  /** For a user: the teams on whose behalf the user also has access, sorted by id. */
  readonly teams?: readonly string[]
  /**
   * Present if a user must name one of `teams` to have access. With a model as target, only if the user's default team
   * or that team's organization is suspended.
   */
  readonly mustNameTeam?: true
  /** The entry stays valid until this instant, unless the state changes earlier. */
  readonly until?: Instant
}

/** The principals that can use a target now, computed lazily. Each iteration of `principals` starts over. */
export interface PrincipalsWithAccess {
  readonly ok: true
  readonly principals: Iterable<PrincipalAccess>
  readonly version: number
}

/** One page of the principals that can use a target now. */
export interface PrincipalAccessPage {
  readonly ok: true
  readonly principals: readonly PrincipalAccess[]
  /** The value to pass as `after` for the next page. Absent on the last page. */
  readonly next?: Principal
  readonly version: number
}

const What = /* @__PURE__ */ lazy(() =>
  z.discriminatedUnion('type', [
    z.strictObject({ type: z.literal('model'), name: Name }),
    z.strictObject({ type: z.literal('providerAccount'), providerAccount: Name }),
    z.strictObject({ type: z.literal('accessGroup'), accessGroup: Name }),
  ]),
)
const Options = /* @__PURE__ */ lazy(() => z.strictObject({ at: Instant }))

/** The maximum (`most`) and the default number of principals on a page. */
const pageLimit = { most: 1000, default: 100 } as const

const PageOptions = /* @__PURE__ */ lazy(() =>
  z.strictObject({
    at: Instant,
    limit: z
      .int({ error: 'expected an integer number of entries' })
      .min(1, { error: 'expected at least one entry' })
      .max(pageLimit.most, { error: `expected at most ${pageLimit.most} entries` })
      .optional(),
    after: z.strictObject({ type: z.enum(['team', 'virtualAccount', 'user']), id: Name }).optional(),
  }),
)

/** The types of principals in the order of the result. */
const order: readonly PrincipalType[] = ['team', 'virtualAccount', 'user']

/**
 * Returns every principal that can use a target now: the exact inverse of `authorize`. A principal is listed if and
 * only if a request of the principal, on behalf of any team or of no team, is allowed or denied for money alone. For a
 * provider account, some name must give a route on the account. For an access group, some name must give a path through
 * the group. Teams come first, then virtual accounts, then users. Costs time proportional to the principals that are
 * examined, not to the state. Iterating over a corrupt state throws a `Defect`.
 *
 * @example
 * const who = whoCanUse('gpt-4', state, { at })
 * if (who.ok) for (const { principal } of who.principals) console.log(principal.id) // acme-prod
 */
export function whoCanUse(
  what: Usable,
  state: State,
  options: { readonly at: Instant },
): PrincipalsWithAccess | QueryFailure {
  const parsed = parseQuery(queryOf(what, Options()), { what, options }, { state })
  if (!parsed.ok) return parsed
  const { query } = parsed
  const { at } = query.options
  return answerQuery('state', () => {
    const target = findTarget(query.what, state, at)
    if ('ok' in target) return target
    const principals = { [Symbol.iterator]: () => withDefects(findPrincipals(target, state, { at })) }
    return { ok: true, principals, version: state.version }
  })
}

/**
 * Returns one page of the entries of `whoCanUse`: at most `limit` (1 to 1,000, default 100), from the start or after
 * the principal `after`. The principal `after` may have been deleted. All pages together are the whole result. The
 * state may change between pages: a principal that keeps its access is neither skipped nor repeated.
 */
export function whoCanUsePage(
  what: Usable,
  state: State,
  options: {
    readonly at: Instant
    readonly limit?: number | undefined
    readonly after?: Principal | undefined
  },
): PrincipalAccessPage | QueryFailure {
  const parsed = parseQuery(queryOf(what, PageOptions()), { what, options }, { state })
  if (!parsed.ok) return parsed
  const { query } = parsed
  const { at, after, limit = pageLimit.default } = query.options
  return answerQuery('state', () => {
    const target = findTarget(query.what, state, at)
    if ('ok' in target) return target
    const principals: PrincipalAccess[] = []
    const { version } = state
    for (const found of findPrincipals(target, state, { at, after, wanted: limit })) {
      const next = principals.at(-1)?.principal
      if (principals.length === limit && next !== undefined) return { ok: true, principals, next, version }
      principals.push(found)
    }
    return { ok: true, principals, version }
  })
}

/**
 * Returns the schema of the query arguments. A string and an object as `what` have separate schemas, so that issues
 * refer to the form that the caller passed.
 */
function queryOf<Schema extends z.ZodType>(what: unknown, options: Schema) {
  return z.strictObject({ what: typeof what === 'string' ? Name : What(), options })
}

/**
 * When and where a search starts, about how many principals are wanted, and the scheme. Default scheme: the cheaper
 * scheme.
 */
export interface PrincipalSearch {
  readonly at: Instant
  readonly after?: Principal | undefined
  readonly wanted?: number | undefined
  readonly scheme?: ScanScheme | undefined
}

/**
 * Yields the principals that `whoCanUse` finds, one at a time, without argument checks and error handling. Throws when
 * the state is corrupt.
 */
export function* findPrincipals(
  target: AccessTarget,
  state: State,
  { at, after, wanted = Number.POSITIVE_INFINITY, scheme }: PrincipalSearch,
): IterableIterator<PrincipalAccess> {
  const kinds = after === undefined ? order : order.slice(order.indexOf(after.type))
  for (const type of kinds) {
    const span = { after: type === after?.type ? after.id : undefined, wanted, scheme }
    for (const id of scanPrincipals(type, target.source, state, span)) {
      const found = findPrincipalAccess({ type, id }, target, state, at)
      if (found !== undefined) yield found
    }
  }
}

/**
 * Returns the entry that `whoCanUse` has for a principal, or `undefined` if it has none. Throws when the state is corrupt.
 */
export function findPrincipalAccess(
  principal: Principal,
  target: AccessTarget,
  state: State,
  at: Instant,
): PrincipalAccess | undefined {
  const moment = evaluationTimeOf(at)
  const caller = identifyCaller({ who: principal, operation: 'any' }, state, moment)
  const isKept = isDenied(caller) // A suspended default team keeps a user from calling without a named team.
  const own = isKept ? undefined : findAccessBy(caller, target, state, moment)
  const found = own ?? (isKept || target.isByTeam ? findByTeam(principal, target, state, moment) : undefined)
  if (found === undefined) return undefined
  const { model, access, openAccount } = found
  const teams = teamsOf(principal, model, access, target, state, moment)
  const only = own === undefined ? { mustNameTeam: true as const } : undefined
  const by = openAccount === undefined ? { model, ...access } : { openAccount, ...access, routes: [] }
  return { principal, ...by, ...(teams && { teams }), ...only, ...untilOf(moment) }
}

/** The access by one name. `openAccount` is present if the name is a sample of unlisted models. */
interface NamedAccess {
  readonly model: string
  readonly access: Access
  readonly openAccount?: { readonly providerAccount: string } & OpenModels
}

/**
 * Returns the first name by which the caller has access to the target. `whole` is the same caller in all of its
 * contexts.
 */
function findAccessBy(
  caller: Caller,
  target: AccessTarget,
  state: State,
  moment: EvaluationTime,
  whole: Caller = caller,
): NamedAccess | undefined {
  for (const candidate of target.namesFor(caller, moment, whole)) {
    const named = typeof candidate === 'string' ? { model: candidate } : candidate
    const access = accessTo(caller, named.model, state, moment)
    if (access !== undefined && target.includes(access)) return { ...named, access }
  }
  return undefined
}

/**
 * Returns the first name by which a user has access to the target when naming a team. Without a team in the request,
 * another context may decide first and give another access.
 */
function findByTeam(
  principal: Principal,
  target: AccessTarget,
  state: State,
  moment: EvaluationTime,
): NamedAccess | undefined {
  const user = principal.type === 'user' ? findRow(state.users, principal.id) : undefined
  if (user === undefined) return undefined
  const whole: Caller = {
    principal,
    credential: undefined,
    contexts: { type: 'several', user },
    isOtherTeam: false,
    operation: 'any',
  }
  let first: NamedAccess | undefined
  for (const team of teamsOfUser(principal.id, state)) {
    const inTeam = identifyCaller({ who: principal, team, operation: 'any' }, state, moment)
    const found = isDenied(inTeam) ? undefined : findAccessBy(inTeam, target, state, moment, whole)
    if (found !== undefined && (first === undefined || isBefore(found, first))) first = found
  }
  return first
}

/**
 * Whether the name of one access sorts before the name of another access. Sample names of unlisted models sort last.
 */
function isBefore(a: NamedAccess, b: NamedAccess): boolean {
  const isOpen = (one: NamedAccess): boolean => one.openAccount !== undefined
  return isOpen(a) === isOpen(b) ? a.model < b.model : isOpen(b)
}

/**
 * Returns the teams of a user on whose behalf the user also has access to the model. The team of `access` is not
 * checked again.
 */
function teamsOf(
  principal: Principal,
  model: string,
  { team: own }: Access,
  target: AccessTarget,
  state: State,
  moment: EvaluationTime,
): readonly string[] | undefined {
  if (principal.type !== 'user') return undefined
  const gives = (team: string): boolean => {
    if (team === own) return true
    const inTeam = identifyCaller({ who: principal, team, operation: 'any' }, state, moment)
    if (isDenied(inTeam)) return false
    const access = accessTo(inTeam, model, state, moment)
    return access !== undefined && target.includes(access)
  }
  return teamsOfUser(principal.id, state).filter(gives)
}

const teamsOfUser = (id: string, state: State): readonly string[] =>
  (findRow(state.users, id)?.teams ?? []).map(({ team }) => team).sort()

/**
 * Iterates lazily and converts an exception to a `Defect`. After the query has returned, a corrupt state can no longer
 * be reported as a fault.
 */
function* withDefects<T>(found: Iterable<T>): IterableIterator<T> {
  const iterator = found[Symbol.iterator]()
  for (;;) {
    const step = nextOf(iterator)
    if (step.done) return
    yield step.value
  }
}

function nextOf<T>(iterator: Iterator<T>): IteratorResult<T> {
  try {
    return iterator.next()
  } catch (cause) {
    throw cause instanceof Defect ? cause : new Defect('expected a state that is not corrupt', { cause })
  }
}
