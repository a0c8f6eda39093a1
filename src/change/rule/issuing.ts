import type { Target } from '../../model/noun/model-alias.ts'
import type { RestrictionSet } from '../../model/state/restriction-set.ts'
import type { State } from '../../model/state/state.ts'
import { hashOf } from '../../model/table/hash.ts'
import { related } from '../../model/table/relation.ts'
import { findRow } from '../../model/table/table.ts'
import type { ActingAgent, Principal } from '../../model/value/principal.ts'
import { quote } from '../../model/value/quote.ts'
import type { Scope, Selector } from '../../model/value/selector.ts'
import { isWithin } from '../../model/value/window.ts'
import { evaluationTimeOf } from '../../policy/evaluation-time.ts'
import { denyName, denyRoute } from '../../policy/route/restrict.ts'
import type { Envelope } from '../message/envelope.ts'
import { type Rejection, rejection } from '../message/rejection.ts'
import { findBounded } from './actor.ts'
import { restrictionsOn } from './cascade.ts'
import { refusePowerExceeded } from './delegation.ts'
import { wordOf } from './reference.ts'
import { isSame } from './row.ts'

/** What a command makes of a credential: the owner, and the scope that the credential has afterwards. */
interface Key {
  readonly owner: Principal
  readonly scope: Scope
}

/**
 * Refuses a bounded actor that would hand out more than it has by a credential. Issuing, rotating, widening, extending and
 * activating are one right, since each makes a secret work that did not work before. Never refuses `system` or an
 * administrator.
 */
export function refuseIssuing(
  command: Envelope,
  key: Key,
  path: Rejection['path'],
  state: State,
): Rejection | undefined {
  return refusePowerExceeded(command, key.owner, path, state) ?? refuseDeniedToIssuer(command, key, path, state)
}

/** The fields of a credential that an update may change. An omitted field stays as it is; `null` removes an expiry. */
interface Limits {
  readonly scope?: Scope | undefined
  readonly expiresAt?: number | null | undefined
}

/** Whether an update of a credential widens its scope or extends it. Any other update narrows, shortens or renames it. */
export function isWidening(
  old: { readonly scope: Scope; readonly expiresAt?: number | undefined },
  { scope, expiresAt }: Limits,
): boolean {
  if (scope !== undefined && !includesScope(old.scope, scope)) return true
  if (expiresAt === undefined) return false
  return (expiresAt ?? Number.POSITIVE_INFINITY) > (old.expiresAt ?? Number.POSITIVE_INFINITY)
}

function includesScope(old: Scope, scope: Scope): boolean {
  if (old.type === 'all') return true
  return scope.type === 'list' && scope.selectors.every((one) => old.selectors.some((held) => includes(held, one)))
}

function includes(held: Selector, selector: Selector): boolean {
  const isOfAccount = held.type === 'providerAccount' && selector.type === 'model'
  return isOfAccount ? held.providerAccount === selector.providerAccount : isSame(held, selector)
}

/**
 * Refuses a credential of a team or virtual account by an issuer with a restriction in force, unless its scope lists exact
 * aliases and models, none of them denied to the issuer: the credential would reach what the issuer may not use. A user's
 * own token is bound by the user's restrictions already.
 */
function refuseDeniedToIssuer(
  command: Envelope,
  { owner, scope }: Key,
  path: Rejection['path'],
  state: State,
): Rejection | undefined {
  const actor = owner.type === 'user' ? undefined : findBounded(command.actor, state)
  const found = actor && findRestricted(actor, command.at, state)
  if (actor === undefined || found === undefined) return undefined
  const isFree = (selector: Selector): boolean => isFreeOf(found.set, selector, command.at, state)
  if (scope.type === 'list' && scope.selectors.every(isFree)) return undefined
  const { type, id } = actor
  const message = `${wordOf(type)} ${quote(id)} is bound by restriction ${quote(found.restriction)}, give the credential a scope of exact aliases and models that it may use`
  return rejection('power_exceeded', path, message, { reference: { type: 'restriction', id: found.restriction } })
}

/** The restrictions on an agent, with the first one in force; `undefined` if none is in force. */
function findRestricted(
  { type, id }: ActingAgent,
  at: number,
  state: State,
): { readonly set: RestrictionSet; readonly restriction: string } | undefined {
  const set = findRow(state.index.restrictionsOn[type], id)
  if (set === undefined) return undefined
  const inForce = [...restrictionsOn({ type, id }, state)].filter(({ window }) => isWithin(window, at))
  const [restriction] = inForce.map((one) => one.id).sort()
  return restriction === undefined ? undefined : { set, restriction }
}

/** Whether a selector is an exact alias or model of which the restrictions deny no name and no route. */
function isFreeOf(set: RestrictionSet, selector: Selector, at: number, state: State): boolean {
  if (selector.type === 'alias') return isFreeAlias(set, selector.alias, at, state)
  if (selector.type !== 'model') return false
  if (isDeniedRoute(set, selector, at)) return false
  // The credential reaches the route by the names of aliases, too.
  return [...related(state.index.providerAccountAliases, selector.providerAccount)].every((id) => {
    const isTarget = findRow(state.modelAliases, id)?.targets.some((target) => isSameTarget(target, selector))
    return isTarget !== true || !isDeniedName(set, id, at, state)
  })
}

function isFreeAlias(set: RestrictionSet, id: string, at: number, state: State): boolean {
  const targets = findRow(state.modelAliases, id)?.targets ?? []
  return !isDeniedName(set, id, at, state) && !targets.some((target) => isDeniedRoute(set, target, at))
}

function isDeniedName(set: RestrictionSet, name: string, at: number, state: State): boolean {
  const alias = findRow(state.modelAliases, name)
  return denyName([set], { name, hash: hashOf(name), alias, targets: [] }, evaluationTimeOf(at)).length > 0
}

function isDeniedRoute(set: RestrictionSet, target: Target, at: number): boolean {
  return denyRoute([set], target, evaluationTimeOf(at)).length > 0
}

function isSameTarget(a: Target, b: Target): boolean {
  return a.providerAccount === b.providerAccount && a.model === b.model
}
