import { isSameHolder } from '../../model/value/principal.ts'
import type { Reach, Route } from '../../policy/decision/decision.ts'
import type { UseRequest } from '../../policy/request/request.ts'
import type { Access, AccessPayer } from '../access.ts'

/** Whose access is compared: a principal, a user on behalf of one of its teams, or the bearer of a credential. */
export type AccessSubject =
  | { readonly type: 'team' | 'virtualAccount' | 'credential'; readonly id: string }
  | { readonly type: 'user'; readonly id: string; readonly team?: string }

/**
 * What is compared: a name as a client sends it, typed `alias` if it is an alias in either state; or all models of an
 * account with `anyModel` that neither state mentions.
 */
export type ModelName =
  | { readonly type: 'alias' | 'model'; readonly name: string }
  | { readonly type: 'openAccount'; readonly providerAccount: string }

interface Difference {
  readonly model: ModelName
  /** The paths in one state only. A path whose window merely ends at another instant is in neither list. */
  readonly gainedReach: readonly Reach[]
  readonly lostReach: readonly Reach[]
  /** The payers, present when both states give access and the payers differ. */
  readonly payer?: { readonly before: AccessPayer; readonly after: AccessPayer }
}

/** A model that a subject gained or lost, or has more, fewer or other routes to than before. */
export interface ModelChange extends Difference {
  readonly effect: 'gained' | 'lost' | 'wider' | 'narrower' | 'rerouted'
  /** Routes in the order of the name's targets. For an open account, the route of the unnamed model that stands for all. */
  readonly gained: readonly Route[]
  readonly lost: readonly Route[]
  /** A request that gets the routes `gained` only after, and the routes `lost` only before. */
  readonly witness: UseRequest
}

/** A model that a subject keeps with the same routes, but by other paths or with another payer. */
export interface ModelKept extends Difference {
  readonly effect: 'kept'
  /** Every path that gives it in the state after. */
  readonly reach: readonly Reach[]
}

/** One change of one subject. */
export interface SubjectChange {
  readonly subject: AccessSubject
  readonly change: ModelChange | ModelKept
}

/** Compares the access to one model in two states; `undefined` when only order, ends of windows or notices differ. */
export function compareAccess(
  model: ModelName,
  before: Access | undefined,
  after: Access | undefined,
  witness: () => UseRequest,
): ModelChange | ModelKept | undefined {
  if (before === after) return undefined
  const gained = routesOnlyIn(after, before)
  const lost = routesOnlyIn(before, after)
  const gainedReach = reachOnlyIn(after, before)
  const lostReach = reachOnlyIn(before, after)
  const isSamePayer = before === undefined || after === undefined || isSame(before.payer, after.payer)
  const payer = isSamePayer ? undefined : { payer: { before: before.payer, after: after.payer } }
  const difference = { model, gainedReach, lostReach, ...payer }
  if (gained.length + lost.length > 0) {
    return { effect: effectOf(before, after, gained, lost), ...difference, gained, lost, witness: witness() }
  }
  if (isSamePayer && gainedReach.length + lostReach.length === 0) return undefined
  return { effect: 'kept', ...difference, reach: after?.reach ?? none }
}

const none: readonly never[] = Object.freeze([])

function effectOf(
  before: Access | undefined,
  after: Access | undefined,
  gained: readonly Route[],
  lost: readonly Route[],
): ModelChange['effect'] {
  if (before === undefined) return 'gained'
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

/** Whether two paths are the same, ends of their windows aside. */
function isSamePath(a: Reach, b: Reach): boolean {
  if (a === b) return true
  if (!isSameHolder(a.principal, b.principal)) return false
  if (a.type === 'role') return b.type === 'role' && a.role === b.role && a.providerAccount === b.providerAccount
  return b.type === 'accessGroup' && a.accessGroup === b.accessGroup && a.plan === b.plan
}

/** Whether two changes are the same for the same model, subjects and witnesses aside. */
export function isSameChange(a: ModelChange | ModelKept, b: ModelChange | ModelKept): boolean {
  if (a === b) return true
  if (!isSameModel(a.model, b.model) || !isSamePayers(a.payer, b.payer)) return false
  if (!isSameList(a.gainedReach, b.gainedReach, isSameReach)) return false
  if (!isSameList(a.lostReach, b.lostReach, isSameReach)) return false
  if (a.effect === 'kept') return b.effect === 'kept' && isSameList(a.reach, b.reach, isSameReach)
  if (a.effect !== b.effect) return false
  return isSameList(a.gained, b.gained, isSameRoute) && isSameList(a.lost, b.lost, isSameRoute)
}

function isSameList<Entry>(a: readonly Entry[], b: readonly Entry[], isEqual: (a: Entry, b: Entry) => boolean) {
  return a === b || (a.length === b.length && a.every((entry, i) => isEqual(entry, b[i] as Entry)))
}

const isSameReach = (a: Reach, b: Reach): boolean => isSamePath(a, b) && a.until === b.until

function isSameModel(a: ModelName, b: ModelName): boolean {
  if (a.type === 'openAccount') return b.type === 'openAccount' && a.providerAccount === b.providerAccount
  return b.type !== 'openAccount' && a.type === b.type && a.name === b.name
}

function isSamePayers(a: Difference['payer'], b: Difference['payer']): boolean {
  if (a === undefined || b === undefined) return a === b
  return isSame(a.before, b.before) && isSame(a.after, b.after)
}

function isSame(a: AccessPayer, b: AccessPayer): boolean {
  if (a.type === 'nobody') return b.type === 'nobody'
  if (a.type === 'ambiguous') {
    return (
      b.type === 'ambiguous' && a.teams.length === b.teams.length && a.teams.every((team, i) => team === b.teams[i])
    )
  }
  if (b.type !== 'wallet') return false
  const [one, other] = [a.wallet, b.wallet]
  return one.type === other.type && one.id === other.id && one.incarnation === other.incarnation
}
