import type { State } from '../../model/state/state.ts'
import { findRow } from '../../model/table/table.ts'
import type { Actor, Agent } from '../../model/value/principal.ts'
import { quote } from '../../model/value/quote.ts'
import { isAdministrator } from '../../policy/manage.ts'
import { type Rejection, rejection } from '../message/rejection.ts'
import { wordOf } from './reference.ts'

/** Whether an actor may give every command. `system`, the host's own trusted code, and administrators may. */
export function isUnbounded(actor: Actor, state: State): boolean {
  return findBounded(actor, state) === undefined
}

/**
 * Whether a new team or virtual account of this actor is metered when its command does not specify it. Only an unbounded
 * actor's is free: an actor that may create teams may not create free use.
 */
export function isMeteredByDefault(actor: Actor, state: State): boolean {
  return !isUnbounded(actor, state)
}

/**
 * The actor as an agent, or `undefined` for an unbounded actor. A bounded actor has power only over what it manages.
 */
export function findBounded(actor: Actor, state: State): Agent | undefined {
  return actor.type === 'system' || isAdministrator(actor, state) ? undefined : actor
}

/** Refuses an actor that does not exist or is not active. */
export function refuseActor(actor: Actor, state: State): Rejection | undefined {
  if (actor.type === 'system') return undefined
  const name = `${wordOf(actor.type)} ${quote(actor.id)}`
  const row = findRow<ActorRow>(actor.type === 'user' ? state.users : state.virtualAccounts, actor.id)
  if (row === undefined) {
    const message = `${name} does not exist and cannot act, correct the actor`
    return rejection('actor_unknown', ['actor', 'id'], message, { reference: actor })
  }
  if (row.status !== 'active') {
    const message = `${name} is suspended and cannot act, activate it first`
    return rejection('actor_suspended', ['actor'], message, { reference: actor })
  }
  if (row.organization === undefined || findRow(state.organizations, row.organization)?.status === 'active')
    return undefined
  const message = `the organization of ${name} is suspended, activate it first`
  return rejection('organization_suspended', ['actor'], message, { reference: actor })
}

interface ActorRow {
  readonly status: 'active' | 'suspended'
  readonly organization?: string
}

/**
 * Refuses to remove, suspend or delete the last administrators who can act: those for which `isAffected` is true. `system`
 * may do so, since it needs no administrator.
 */
export function refuseLastAdministrator(
  actor: Actor,
  isAffected: (administrator: Agent) => boolean,
  path: Rejection['path'],
  state: State,
): Rejection | undefined {
  if (actor.type === 'system') return undefined
  const active = state.administrators.filter((administrator) => refuseActor(administrator, state) === undefined)
  if (active.length === 0 || !active.every(isAffected)) return undefined
  const message = 'this would leave no administrator who can act, add another one first'
  return rejection('last_administrator', path, message)
}
