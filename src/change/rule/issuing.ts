import type { ModelAlias, Target } from '../../model/noun/model-alias.ts'
import { type RestrictionSet, restrictionsIn } from '../../model/state/restriction-set.ts'
import type { State } from '../../model/state/state.ts'
import { hashOf } from '../../model/table/hash.ts'
import { related } from '../../model/table/relation.ts'
import { findRow, getRow } from '../../model/table/table.ts'
import { type Operations, permitsOperation } from '../../model/value/operation.ts'
import type { ActingAgent, Principal } from '../../model/value/principal.ts'
import { quote } from '../../model/value/quote.ts'
import type { Scope, Selector } from '../../model/value/selector.ts'
import { isWithin } from '../../model/value/window.ts'
import { evaluationTimeOf } from '../../policy/evaluation-time.ts'
import { denyName, denyRoute } from '../../policy/route/restrict.ts'
import { includesSelector, scopeIndexOf } from '../../policy/route/scope-index.ts'
import type { Envelope } from '../message/envelope.ts'
import { type Rejection, rejection } from '../message/rejection.ts'
import { findBounded } from './actor.ts'
import { findRestrictionSet } from './cascade.ts'
import { refusePowerExceeded } from './delegation.ts'
import { wordOf } from './reference.ts'

/** A credential as it is after a command: its owner and its scope. */
interface Key {
  readonly owner: Principal
  readonly scope: Scope
}

/**
 * Refuses to make a credential work that would give more power or access than the actor has. Issuing, rotating,
 * widening, extending and activating need the same permission, since each makes a secret work that did not work before.
 * Never refuses `system` or an administrator.
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
  readonly operations?: Operations | undefined
  readonly expiresAt?: number | null | undefined
}

/**
 * Whether an update widens the scope or the operations of a credential, or makes the credential valid for longer. Any
 * other update only narrows, shortens or renames the credential.
 */
export function isWidening(
  old: { readonly scope: Scope; readonly operations: Operations; readonly expiresAt?: number | undefined },
  { scope, operations, expiresAt }: Limits,
): boolean {
  if (scope !== undefined && !includesScope(old.scope, scope)) return true
  if (operations !== undefined && !includesOperations(old.operations, operations)) return true
  if (expiresAt === undefined) return false
  return (expiresAt ?? Number.POSITIVE_INFINITY) > (old.expiresAt ?? Number.POSITIVE_INFINITY)
}

function includesOperations(old: Operations, operations: Operations): boolean {
  if (operations.type === 'all') return old.type === 'all'
  return operations.operations.every((operation) => permitsOperation(old, operation))
}

function includesScope(old: Scope, scope: Scope): boolean {
  if (old.type === 'all') return true
  const index = scopeIndexOf(old.selectors)
  return scope.type === 'list' && scope.selectors.every((one) => includesSelector(index, one))
}

/**
 * Refuses a credential of a team or virtual account that could use models denied to its issuer. Applies while a
 * restriction on the issuer, or on the issuer's membership, is in force. The scope must then list only exact aliases
 * and models, none of them denied to the issuer. A user's own token is not refused, since the user's restrictions bind
 * the token already.
 */
function refuseDeniedToIssuer(
  command: Envelope,
  { owner, scope }: Key,
  path: Rejection['path'],
  state: State,
): Rejection | undefined {
  const actor = owner.type === 'user' ? undefined : findBounded(command.actor, state)
  const found = actor && findBound(actor, owner, command.at, state)
  if (actor === undefined || found === undefined) return undefined
  const isFree = freedomTest(found.sets, command.at, state)
  if (scope.type === 'list' && scope.selectors.every(isFree)) return undefined
  const { type, id } = actor
  const message = `${wordOf(type)} ${quote(id)} is bound by restriction ${quote(found.restriction)}, give the credential a scope of exact aliases and models that it may use`
  return rejection('power_exceeded', path, message, { reference: { type: 'restriction', id: found.restriction } })
}

/** The restriction sets on the issuer of a credential, and the id of the first restriction in force. */
interface Bound {
  readonly sets: readonly RestrictionSet[]
  readonly restriction: string
}

/**
 * The restrictions that bind an issuer when it makes a credential of an owner: those on the issuer, and those on its
 * memberships that the credential could replace. These are the membership in the owner, if that is a team, or the
 * memberships in every team of the owner's organization, if the owner is a virtual account. A restriction on a membership
 * outlives it, so an issuer that has left the team is bound, too.
 */
function findBound(actor: ActingAgent, owner: Principal, at: number, state: State): Bound | undefined {
  const { type, id } = actor
  const teams = type === 'user' ? replacedTeams(id, owner, state) : []
  const subjects = [{ type, id }, ...teams.map((team) => ({ type: 'member', team, user: id }) as const)]
  const sets = subjects.map((subject) => findRestrictionSet(subject, state.index)).filter((set) => set !== undefined)
  const inForce = sets.flatMap((set) => [...restrictionsIn(set)].filter(({ window }) => isWithin(window, at)))
  const [restriction] = inForce.map(({ id }) => id).sort()
  return restriction === undefined ? undefined : { sets, restriction }
}

/** The teams in which the user's membership, present or past, has a restriction, and which the credential could replace. */
function replacedTeams(user: string, owner: Principal, state: State): readonly string[] {
  if (owner.type === 'team') return [owner.id]
  const organization = findRow(state.virtualAccounts, owner.id)?.organization
  const teams = new Set<string>()
  for (const id of related(state.index.userMemberRestrictions, user)) {
    const { subject } = getRow(state.restrictions, id)
    if (subject.type === 'member' && findRow(state.teams, subject.team)?.organization === organization)
      teams.add(subject.team)
  }
  return [...teams]
}

/**
 * Returns a function that tells whether a selector names an exact alias or model that no restriction in the sets
 * denies, by name or by route. Reads the aliases of each provider account once.
 */
function freedomTest(sets: readonly RestrictionSet[], at: number, state: State): (selector: Selector) => boolean {
  const aliasesOn = new Map<string, ReadonlyMap<string, readonly ModelAlias[]>>()
  const isFree = (name: string, alias: ModelAlias | undefined, targets: readonly Target[]): boolean => {
    const resolved = { name, hash: hashOf(name), alias, targets }
    const input = { resolved, state, moment: evaluationTimeOf(at) }
    return denyName(sets, input).length === 0 && targets.every((target) => denyRoute(sets, target, input).length === 0)
  }
  return (selector) => {
    if (selector.type === 'alias') {
      const alias = findRow(state.modelAliases, selector.alias)
      return isFree(selector.alias, alias, alias?.targets ?? [])
    }
    if (selector.type !== 'model') return false
    const { providerAccount, model } = selector
    if (!isFree(`${providerAccount}/${model}`, undefined, [selector])) return false
    // The credential reaches the route by the names of aliases, too.
    const byModel = aliasesOn.get(providerAccount) ?? aliasesByModel(providerAccount, state)
    aliasesOn.set(providerAccount, byModel)
    return (byModel.get(model) ?? []).every((alias) => isFree(alias.id, alias, [selector]))
  }
}

/** Returns the aliases with a target on a provider account, by the model of the target. */
function aliasesByModel(providerAccount: string, state: State): ReadonlyMap<string, readonly ModelAlias[]> {
  const byModel = new Map<string, ModelAlias[]>()
  for (const id of related(state.index.providerAccountAliases, providerAccount)) {
    const alias = getRow(state.modelAliases, id)
    for (const target of alias.targets) {
      if (target.providerAccount !== providerAccount) continue
      const aliases = byModel.get(target.model)
      if (aliases === undefined) byModel.set(target.model, [alias])
      else aliases.push(alias)
    }
  }
  return byModel
}
