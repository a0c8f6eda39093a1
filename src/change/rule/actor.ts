import type { State } from '../../model/state/state.ts'
import { findRow } from '../../model/table/table.ts'
import type { Actor, Agent } from '../../model/value/principal.ts'
import { quote } from '../../model/value/quote.ts'
import { isAdministrator } from '../../policy/manage.ts'
import { type Rejection, rejection } from '../message/rejection.ts'
import { wordOf } from './reference.ts'

/** Whether nothing bounds an actor but what exists: `system`, the host's own trusted code, and administrators. */
export function isUnbounded(actor: Actor, state: State): boolean {
  return findBounded(actor, state) === undefined
}

/**
 * Whether what an actor makes is metered where its command does not say: who may make a team or a virtual account may not
 * make free use, so only what an administrator or `system` makes is free until told otherwise.
 */
export function isMeteredFrom(actor: Actor, state: State): boolean {
  return !isUnbounded(actor, state)
}

/** The actor as an agent bounded by what it holds; nothing for one that is not. */
export function findBounded(actor: Actor, state: State): Agent | undefined {
  return actor.type === 'system' || isAdministrator(actor, state) ? undefined : actor
}

/** Refuses an actor that is not there or not active. */
export function refuseActor(actor: Actor, state: State): Rejection | undefined {
  if (actor.type === 'system') return undefined
  const name = `${wordOf(actor.type)} ${quote(actor.id)}`
  const row = findRow<Acting>(actor.type === 'user' ? state.users : state.virtualAccounts, actor.id)
  if (row === undefined) {
    const message = `there is no ${name} to act, correct the actor`
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

interface Acting {
  readonly status: 'active' | 'suspended'
  readonly organization?: string
}

/**
 * Refuses to let the last administrator who can act go, whichever way: by removal, suspension or deletion. `system` may,
 * since it needs no administrator.
 */
export function refuseLastAdministrator(
  actor: Actor,
  isTaken: (administrator: Agent) => boolean,
  path: Rejection['path'],
  state: State,
): Rejection | undefined {
  if (actor.type === 'system') return undefined
  const acting = state.administrators.filter((administrator) => refuseActor(administrator, state) === undefined)
  if (acting.length === 0 || !acting.every(isTaken)) return undefined
  const message = 'this would leave no administrator who can act, add another one first'
  return rejection('last_administrator', path, message)
}
