import type { State } from '../../model/state/state.ts'
import { related } from '../../model/table/relation.ts'
import { findRow } from '../../model/table/table.ts'
import { type Authority, authorityNames, includesAuthority, lifterNames } from '../../model/value/authority.ts'
import type { Principal } from '../../model/value/principal.ts'
import { quote } from '../../model/value/quote.ts'
import type { Power } from '../../policy/decision/decision.ts'
import { findPower } from '../../policy/manage.ts'
import type { Thing } from '../../policy/request/request.ts'
import type { Envelope } from '../message/envelope.ts'
import { type Reference, type Rejection, rejection } from '../message/rejection.ts'
import { credentialsOf } from './cascade.ts'
import { ofOwner } from './permission.ts'
import { wordOf } from './reference.ts'

const authorities: { readonly [P in Power]: Authority } = {
  administrator: 'platform',
  organizationAdmin: 'organization',
  teamManager: 'team',
  self: 'owner',
  providerAccountManager: 'providerAccount',
}

/** The authority with which an actor suspends a thing; `undefined` if the actor does not manage the thing. */
export function findAuthority({ actor, at }: Envelope, thing: Thing, state: State): Authority | undefined {
  if (actor.type === 'system') return 'platform'
  const found = findPower(actor, thing, state, at)
  return found && authorities[found.power]
}

/**
 * Refuses to activate or delete a suspended row. Only the power that suspended the row, or a higher one, is not
 * refused.
 */
export function refuseSuspension(
  command: Envelope,
  thing: Thing,
  suspendedBy: Authority | undefined,
  reference: Reference,
  path: Rejection['path'],
  state: State,
): Rejection | undefined {
  if (suspendedBy === undefined) return undefined
  const authority = findAuthority(command, thing, state)
  if (authority !== undefined && includesAuthority(authority, suspendedBy)) return undefined
  const { type, id } = reference
  const message = `${wordOf(type)} ${quote(id)} was suspended by ${authorityNames[suspendedBy]}, ask ${lifterNames[suspendedBy]}`
  return rejection('suspension_exceeded', path, message, { reference, suspendedBy })
}

/**
 * Refuses to delete a principal while a power above the actor's power, or unrelated to it, has suspended one of the
 * principal's credentials.
 */
export function refuseSuspendedCredentials(
  command: Envelope,
  owner: Principal,
  path: Rejection['path'],
  state: State,
): Rejection | undefined {
  for (const id of related(state.index[credentialsOf[owner.type]], owner.id)) {
    const suspendedBy = findRow(state.credentials, id)?.suspendedBy
    const reference: Reference = { type: 'credential', id }
    const refused = refuseSuspension(command, ofOwner({ owner }), suspendedBy, reference, path, state)
    if (refused) return refused
  }
  return undefined
}
