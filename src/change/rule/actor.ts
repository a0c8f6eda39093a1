import type { State } from '../../model/state/state.ts'
import { findRow } from '../../model/table/table.ts'
import type { ActingAgent, Actor, Agent } from '../../model/value/principal.ts'
import { quote } from '../../model/value/quote.ts'
import { isAdministrator, teamOf } from '../../policy/manage.ts'
import { type Rejection, rejection } from '../message/rejection.ts'
import { wordOf } from './reference.ts'

/**
 * Whether an actor may give every command. True for administrators and for `system`, which is the host's own trusted
 * code.
 */
export function isUnbounded(actor: Actor, state: State): boolean {
  return findBounded(actor, state) === undefined
}

/**
 * Whether a team or virtual account that this actor creates is metered by default. False only for `system` and
 * administrators: other actors may create teams, but no teams whose calls are free.
 */
export function isMeteredByDefault(actor: Actor, state: State): boolean {
  return !isUnbounded(actor, state)
}

/**
 * Returns the actor if it is bounded: a bounded actor may change only the things that it manages. Returns `undefined`
 * for `system` and administrators, which may give every command. An administrator that acts with a token for a team is
 * bounded, too.
 */
export function findBounded(actor: Actor, state: State): ActingAgent | undefined {
  if (actor.type === 'system') return undefined
  return teamOf(actor) === undefined && isAdministrator(actor, state) ? undefined : actor
}

/** Refuses an actor that does not exist, is suspended, or belongs to a suspended organization. */
export function refuseActor(actor: Actor, state: State): Rejection | undefined {
  if (actor.type === 'system') return undefined
  const name = `${wordOf(actor.type)} ${quote(actor.id)}`
  const row = findRow<ActorRow>(actor.type === 'user' ? state.users : state.virtualAccounts, actor.id)
  if (row === undefined) {
    const message = `${name} does not exist and cannot act, correct the actor`
    return rejection('actor_unknown', ['actor', 'id'], message, { reference: { type: actor.type, id: actor.id } })
  }
  if (row.status !== 'active') {
    const message = `${name} is suspended and cannot act, activate it first`
    return rejection('actor_suspended', ['actor'], message, { reference: { type: actor.type, id: actor.id } })
  }
  if (row.organization === undefined || findRow(state.organizations, row.organization)?.status === 'active')
    return undefined
  const message = `the organization of ${name} is suspended, activate it first`
  return rejection('organization_suspended', ['actor'], message, { reference: { type: actor.type, id: actor.id } })
}

interface ActorRow {
  readonly status: 'active' | 'suspended'
  readonly organization?: string
}

/**
 * Refuses a change that would leave no administrator who can act. `isAffected` tells whether the change affects an
 * administrator. The actor `system` may make any such change, because `system` can act without an administrator.
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
