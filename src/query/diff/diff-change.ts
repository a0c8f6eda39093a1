import { isSameHolder } from '../../model/value/principal.ts'
import type { Payer, Reach, Route } from '../../policy/decision/decision.ts'
import type { UseRequest } from '../../policy/request/request.ts'
import type { Access } from '../access.ts'
import type { NameMatcher } from '../name-matcher.ts'
import type { OpenModels } from '../open-class.ts'

/** The subject of a comparison: a principal, a user on behalf of a team, or the bearer of a credential. */
export type AccessSubject =
  | { readonly type: 'team' | 'virtualAccount' | 'credential'; readonly id: string }
  | { readonly type: 'user'; readonly id: string; readonly team?: string }

/**
 * The compared model: a name as a client sends it (`alias` if the name is an alias in either state), or a set of models
 * of an account with `anyModel` that neither state mentions. The set contains the models whose name `account/model`
 * matches all of `matching` and none of `except`. Default: every such model.
 */
export type ModelName =
  | { readonly type: 'alias' | 'model'; readonly name: string }
  | ({ readonly type: 'openAccount'; readonly providerAccount: string } & Partial<OpenModels>)

interface Difference {
  readonly model: ModelName
  /**
   * The paths (grants) that give access only after the change. `lostReach`: only before the change. A path that differs
   * only in when its window ends is in neither list.
   */
  readonly gainedReach: readonly Reach[]
  readonly lostReach: readonly Reach[]
  /** The payers before and after the change. Present if both states give access and the payers differ. */
  readonly payer?: { readonly before: Payer; readonly after: Payer }
}

/**
 * At most 10 metered teams, sorted, each of which could pay for a call. The call is denied as `payer_ambiguous` unless
 * it names one of these teams or its user sets a default team.
 */
export type AmbiguousTeams = readonly string[]

/** A model to which a subject's routes changed: gained, lost, more, fewer or other routes. */
export interface ModelChange extends Difference {
  /**
   * How the access changed. `ambiguous`: both states deny the call, but between different teams in `ambiguous`; no
   * route is gained or lost.
   */
  readonly effect: 'gained' | 'lost' | 'wider' | 'narrower' | 'rerouted' | 'ambiguous'
  /** The teams that could each pay. Present for each state that denies the call because the payer is ambiguous. */
  readonly ambiguous?: { readonly before?: AmbiguousTeams; readonly after?: AmbiguousTeams }
  /**
   * The routes that only the state after the change gives, in the order of the name's targets. For an open account
   * (`anyModel`), the route of one sample model that represents all unmentioned models.
   */
  readonly gained: readonly Route[]
  readonly lost: readonly Route[]
  /**
   * A request that proves the change. Only after the change, its decision has the routes in `gained`. Only before the
   * change, it has the routes in `lost`. For the effect `ambiguous`, it is denied before and after, among other teams.
   */
  readonly witness: UseRequest
}

/** A model that a subject keeps with the same routes, but by other paths (grants) or with another payer. */
export interface ModelKept extends Difference {
  readonly effect: 'kept'
  /** Every path (grant) that gives access to the model after the change. */
  readonly reach: readonly Reach[]
}

/** One change in the access of one subject. */
export interface SubjectChange {
  readonly subject: AccessSubject
  readonly change: ModelChange | ModelKept
}

/**
 * Compares the access to one model in two states. `undefined` if nothing changed. If the payer is ambiguous, the access
 * has no routes, since `authorize` denies the call. Ignores a different order, different notices and different ends of
 * windows.
 */
export function compareAccess(
  model: ModelName,
  before: Access | undefined,
  after: Access | undefined,
  witness: () => UseRequest,
): ModelChange | ModelKept | undefined {
  if (before === after) return undefined
  const [had, has] = [allowedBy(before), allowedBy(after)]
  const gained = routesOnlyIn(has, had)
  const lost = routesOnlyIn(had, has)
  const gainedReach = reachOnlyIn(has, had)
  const lostReach = reachOnlyIn(had, has)
  const isSamePayer = had === undefined || has === undefined || isSame(had.payer, has.payer)
  const payer = isSamePayer ? undefined : { payer: { before: had.payer, after: has.payer } }
  const difference = { model, gainedReach, lostReach, ...payer }
  const ambiguous = ambiguityOf(before, after)
  if (gained.length + lost.length > 0 || isOtherAmbiguity(ambiguous)) {
    const effect = effectOf(had, has, gained, lost)
    return { effect, ...difference, ...(ambiguous && { ambiguous }), gained, lost, witness: witness() }
  }
  if (isSamePayer && gainedReach.length + lostReach.length === 0) return undefined
  return { effect: 'kept', ...difference, reach: has?.reach ?? none }
}

/** An access that `authorize` allows, because its payer is known. */
type AllowedAccess = Access & { readonly payer: Payer }

function allowedBy(access: Access | undefined): AllowedAccess | undefined {
  return access !== undefined && isAllowed(access) ? access : undefined
}

const isAllowed = (access: Access): access is AllowedAccess => access.payer.type !== 'ambiguous'

type Ambiguity = ModelChange['ambiguous']

/**
 * Returns the teams among which the payer is ambiguous, for each state. `undefined` if the payer is ambiguous in
 * neither state.
 */
function ambiguityOf(before: Access | undefined, after: Access | undefined): Ambiguity {
  const [had, has] = [ambiguousTeams(before), ambiguousTeams(after)]
  if (had === undefined) return has && { after: has }
  return has === undefined ? { before: had } : { before: had, after: has }
}

const ambiguousTeams = (access: Access | undefined): AmbiguousTeams | undefined =>
  access?.payer.type === 'ambiguous' ? access.payer.teams : undefined

/** Whether the payer is ambiguous in one state only, or among different teams. */
const isOtherAmbiguity = (ambiguous: Ambiguity): boolean => !isSameTeams(ambiguous?.before, ambiguous?.after)

function isSameTeams(a: AmbiguousTeams | undefined, b: AmbiguousTeams | undefined): boolean {
  if (a === undefined || b === undefined) return a === b
  return isSameList(a, b, (one, other) => one === other)
}

const none: readonly never[] = Object.freeze([])

function effectOf(
  before: Access | undefined,
  after: Access | undefined,
  gained: readonly Route[],
  lost: readonly Route[],
): ModelChange['effect'] {
  if (before === undefined) return after === undefined ? 'ambiguous' : 'gained'
  if (after === undefined) return 'lost'
  if (lost.length === 0) return 'wider'
  return gained.length === 0 ? 'narrower' : 'rerouted'
}

function routesOnlyIn(one: Access | undefined, other: Access | undefined): readonly Route[] {
  if (one === undefined || one.routes === other?.routes) return none
  if (other === undefined) return one.routes
  return one.routes.filter((route) => !other.routes.some((known) => isSameRoute(known, route)))
}

function isSameRoute(a: Route, b: Route): boolean {
  return a.providerAccount === b.providerAccount && a.model === b.model
}

function reachOnlyIn(one: Access | undefined, other: Access | undefined): readonly Reach[] {
  if (one === undefined) return none
  if (other === undefined) return one.reach
  return one.reach.filter((path) => !other.reach.some((known) => isSamePath(known, path)))
}

/** Whether two paths (grants) are the same. Ignores when their windows end. */
function isSamePath(a: Reach, b: Reach): boolean {
  if (a === b) return true
  if (!isSameHolder(a.principal, b.principal)) return false
  if (a.type === 'role') return b.type === 'role' && a.role === b.role && a.providerAccount === b.providerAccount
  return b.type === 'accessGroup' && a.accessGroup === b.accessGroup && a.plan === b.plan
}

/** Whether two changes have the same model and the same effect. Ignores subjects and witnesses. */
export function isSameChange(a: ModelChange | ModelKept, b: ModelChange | ModelKept): boolean {
  if (a === b) return true
  if (!isSameModel(a.model, b.model) || !isSamePayers(a.payer, b.payer)) return false
  if (!isSameList(a.gainedReach, b.gainedReach, isSameReach)) return false
  if (!isSameList(a.lostReach, b.lostReach, isSameReach)) return false
  if (a.effect === 'kept') return b.effect === 'kept' && isSameList(a.reach, b.reach, isSameReach)
  if (a.effect !== b.effect) return false
  if (!isSameTeams(a.ambiguous?.before, b.ambiguous?.before)) return false
  if (!isSameTeams(a.ambiguous?.after, b.ambiguous?.after)) return false
  return isSameList(a.gained, b.gained, isSameRoute) && isSameList(a.lost, b.lost, isSameRoute)
}

function isSameList<Entry>(a: readonly Entry[], b: readonly Entry[], isEqual: (a: Entry, b: Entry) => boolean) {
  return a === b || (a.length === b.length && a.every((entry, i) => isEqual(entry, b[i] as Entry)))
}

const isSameReach = (a: Reach, b: Reach): boolean => isSamePath(a, b) && a.until === b.until

function isSameModel(a: ModelName, b: ModelName): boolean {
  if (a.type === 'openAccount') {
    if (b.type !== 'openAccount' || a.providerAccount !== b.providerAccount) return false
    return isSameMatchers(a.matching, b.matching) && isSameMatchers(a.except, b.except)
  }
  return b.type !== 'openAccount' && a.type === b.type && a.name === b.name
}

function isSameMatchers(a: readonly NameMatcher[] = [], b: readonly NameMatcher[] = []): boolean {
  return isSameList(
    a,
    b,
    (one, other) =>
      one.type === other.type &&
      one.text === other.text &&
      one.isAnyCase === other.isAnyCase &&
      one.literalLength === other.literalLength,
  )
}

/**
 * Whether two models of one account change in the same way. Compares like `isSameChange`, but ignores the model in
 * routes.
 */
export function isSameForModels(a: ModelChange | ModelKept, b: ModelChange | ModelKept): boolean {
  return isSameChange(withoutModels(a), withoutModels(b))
}

function withoutModels(change: ModelChange | ModelKept): ModelChange | ModelKept {
  if (change.effect === 'kept') return change
  const accounts = (routes: readonly Route[]): readonly Route[] => routes.map((route) => ({ ...route, model: '' }))
  return { ...change, gained: accounts(change.gained), lost: accounts(change.lost) }
}

function isSamePayers(a: Difference['payer'], b: Difference['payer']): boolean {
  if (a === undefined || b === undefined) return a === b
  return isSame(a.before, b.before) && isSame(a.after, b.after)
}

function isSame(a: Payer, b: Payer): boolean {
  if (a.type === 'none') return b.type === 'none'
  if (b.type !== 'wallet') return false
  const [one, other] = [a.wallet, b.wallet]
  return one.type === other.type && one.id === other.id && one.incarnation === other.incarnation
}
