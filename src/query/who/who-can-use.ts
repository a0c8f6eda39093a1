import { z } from 'zod'
import type { State } from '../../model/state/state.ts'
import { Defect } from '../../model/value/defect.ts'
import { Instant } from '../../model/value/instant.ts'
import type { Principal, PrincipalType } from '../../model/value/principal.ts'
import { type Asking, findAsking } from '../../policy/context/caller.ts'
import { isDenied } from '../../policy/decision/deny.ts'
import { type EvaluationTime, evaluationTimeOf, untilOf } from '../../policy/evaluation-time.ts'
import { Name } from '../../policy/request/request.ts'
import { type Access, accessTo } from '../access.ts'
import { lazy } from '../lazy.ts'
import { answerQuery, parseQuery, type QueryFailure } from '../query-fault.ts'
import { candidatesOf, type Scheme } from './candidate.ts'
import { type Sought, seek, type Usable } from './who-can-use-sought.ts'

/** A principal that can use what was asked about, with what a decision says of it. */
export interface PrincipalAccess extends Access {
  readonly principal: Principal
  /** The name that was asked about; for an account or a group the first name, in code-unit order, by which it has that. */
  readonly model: string
  /** For a user: the teams that it may name and have it too, in the order of their ids. It may also name none. */
  readonly teams?: readonly string[]
  /** There for a user that has it only if it names a team: `team`, or another of `teams`. Never there for a model's name. */
  readonly mustNameTeam?: true
  /** Before this instant, time alone does not change this entry. */
  readonly until?: Instant
}

/** Every principal that can use something now. Each iteration starts over and computes the entries as it goes. */
export interface PrincipalsWithAccess {
  readonly ok: true
  readonly principals: Iterable<PrincipalAccess>
  readonly version: number
}

/** One page of the principals that can use something now. */
export interface PrincipalAccessPage {
  readonly ok: true
  readonly principals: readonly PrincipalAccess[]
  /** Pass it as `after` to get the next page. Absent on the last page. */
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

/** The most entries of a page, and how many there are if nobody says. */
const pageLimit = { most: 1000, usual: 100 } as const

const PageOptions = /* @__PURE__ */ lazy(() =>
  z.strictObject({
    at: Instant,
    limit: z
      .int({ error: 'expected a whole number of entries' })
      .min(1, { error: 'expected at least one entry' })
      .max(pageLimit.most, { error: `expected at most ${pageLimit.most} entries` })
      .optional(),
    after: z.strictObject({ type: z.enum(['team', 'virtualAccount', 'user']), id: Name }).optional(),
  }),
)

/** The kinds of principals in the order of an answer. */
const order: readonly PrincipalType[] = ['team', 'virtualAccount', 'user']

/**
 * Who can use something now: the exact inverse of `authorize`. A principal is there if and only if a request of its own, in
 * whatever team's name or none, is allowed or refused for money alone; for a provider account one for some name that gets a
 * route there, for an access group one whose reach has a path by it. Teams come first, then virtual accounts, then users.
 * Costs the candidates that are looked at, and not the state. Iterating over a corrupt state throws a `Defect`.
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
    const sought = seek(query.what, state, at)
    if ('ok' in sought) return sought
    const principals = { [Symbol.iterator]: () => soundly(findPrincipals(sought, state, { at })) }
    return { ok: true, principals, version: state.version }
  })
}

/**
 * A page of what `whoCanUse` gives: at most `limit` entries, 100 if it is not said and never more than 1,000, from the start
 * or after a principal, which need not be there any more. Pages put together are the whole answer, whatever their size.
 * Between pages the state may change: whoever stays is neither skipped nor repeated.
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
  const { at, after, limit = pageLimit.usual } = query.options
  return answerQuery('state', () => {
    const sought = seek(query.what, state, at)
    if ('ok' in sought) return sought
    const principals: PrincipalAccess[] = []
    const { version } = state
    for (const found of findPrincipals(sought, state, { at, after, wanted: limit })) {
      const next = principals.at(-1)?.principal
      if (principals.length === limit && next !== undefined) return { ok: true, principals, next, version }
      principals.push(found)
    }
    return { ok: true, principals, version }
  })
}

/** A name and a thing have schemas of their own, so that what is wrong with either is said of it alone. */
function queryOf<Schema extends z.ZodType>(what: unknown, options: Schema) {
  return z.strictObject({ what: typeof what === 'string' ? Name : What(), options })
}

/** How much is looked for, and from where on. Without a scheme the cheaper one is taken. */
export interface Search {
  readonly at: Instant
  readonly after?: Principal | undefined
  readonly wanted?: number | undefined
  readonly scheme?: Scheme | undefined
}

/** Everybody who has what is sought, after a principal or from the start, one by one. */
export function* findPrincipals(
  sought: Sought,
  state: State,
  { at, after, wanted = Number.POSITIVE_INFINITY, scheme }: Search,
): IterableIterator<PrincipalAccess> {
  const kinds = after === undefined ? order : order.slice(order.indexOf(after.type))
  for (const type of kinds) {
    const span = { after: type === after?.type ? after.id : undefined, wanted, scheme }
    for (const id of candidatesOf(type, sought.source, state, span)) {
      const found = findReacher({ type, id }, sought, state, at)
      if (found !== undefined) yield found
    }
  }
}

function findReacher(principal: Principal, sought: Sought, state: State, at: Instant): PrincipalAccess | undefined {
  const moment = evaluationTimeOf(at)
  const asking = findAsking(principal, undefined, state, moment)
  if (isDenied(asking)) return undefined
  const own = findHad(asking, sought, state, moment)
  const had = own ?? (sought.isByTeam ? findByTeam(asking, sought, state, moment) : undefined)
  if (had === undefined) return undefined
  const { model, access } = had
  const teams = teamsOf(asking, model, access, sought, state, moment)
  const only = own === undefined ? { mustNameTeam: true as const } : undefined
  return { principal, model, ...access, ...(teams && { teams }), ...only, ...untilOf(moment) }
}

interface Had {
  readonly model: string
  readonly access: Access
}

/** The first name by which whoever asks has what is sought. */
function findHad(asking: Asking, sought: Sought, state: State, moment: EvaluationTime): Had | undefined {
  for (const model of sought.namesFor(asking, moment)) {
    const access = accessTo(asking, model, state, moment)
    if (access !== undefined && sought.isIn(access)) return { model, access }
  }
  return undefined
}

/** The same in the name of a team: where none is named another context may answer first, and by another way. */
function findByTeam(
  { caller, principal }: Asking,
  sought: Sought,
  state: State,
  moment: EvaluationTime,
): Had | undefined {
  if (caller.type !== 'open') return undefined
  let first: Had | undefined
  for (const team of caller.user.teams.map((place) => place.team).sort()) {
    const asking = findAsking(principal, team, state, moment)
    const had = isDenied(asking) ? undefined : findHad(asking, sought, state, moment)
    if (had !== undefined && (first === undefined || had.model < first.model)) first = had
  }
  return first
}

/** The teams in whose name a user has a model too, of which the one that it acts for anyway needs no second look. */
function teamsOf(
  { caller, principal }: Asking,
  model: string,
  { team: own }: Access,
  sought: Sought,
  state: State,
  moment: EvaluationTime,
): readonly string[] | undefined {
  if (caller.type !== 'open') return undefined
  const gives = (team: string): boolean => {
    if (team === own) return true
    const asking = findAsking(principal, team, state, moment)
    if (isDenied(asking)) return false
    const access = accessTo(asking, model, state, moment)
    return access !== undefined && sought.isIn(access)
  }
  const teams = caller.user.teams.map(({ team }) => team)
  return teams.filter(gives).sort()
}

/** What is iterated later than the query was answered: a state that turns out to be corrupt is a defect. */
function* soundly<T>(found: Iterable<T>): IterableIterator<T> {
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
    throw cause instanceof Defect ? cause : new Defect('expected a state that is whole', { cause })
  }
}
