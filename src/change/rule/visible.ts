import type { State } from '../../model/state/state.ts'
import { findRow } from '../../model/table/table.ts'
import { type Holder, isSamePrincipal } from '../../model/value/principal.ts'
import type { Envelope } from '../message/envelope.ts'
import type { Reference } from '../message/rejection.ts'
import { findBounded } from './actor.ts'

/**
 * Returns a function that tells whether a rejection may list a row to the actor. `system` and administrators see every
 * row. Any other actor sees aliases, access groups, restrictions on everyone, and rows of organizations of which the
 * actor is an admin.
 */
export function visibleTo({ actor }: Envelope, state: State): (reference: Reference) => boolean {
  const agent = findBounded(actor, state)
  if (agent === undefined) return () => true
  return (reference) => {
    if (reference.type === 'modelAlias' || reference.type === 'accessGroup') return true
    const owner = ownerOf(reference, state)
    if (owner?.type === 'everyone') return true
    const organization = owner && findOrganizationOf(owner, state)
    const admins = organization === undefined ? undefined : findRow(state.organizations, organization)?.admins
    return admins?.some((admin) => isSamePrincipal(admin, agent)) === true
  }
}

type Owner = { readonly type: 'everyone' } | Holder | { readonly type: string; readonly id: string }

/**
 * Returns the owner that decides who may see a row: the subject of a restriction, the owner of a credential, or the row
 * itself.
 */
function ownerOf({ type, id }: Reference, state: State): Owner | undefined {
  if (type === 'restriction') return findRow(state.restrictions, id)?.subject
  return type === 'credential' ? findRow(state.credentials, id)?.owner : { type, id }
}

function findOrganizationOf(owner: Owner, state: State): string | undefined {
  if ('team' in owner) return findRow(state.teams, owner.team)?.organization
  if (!('id' in owner)) return undefined
  if (owner.type === 'organization') return owner.id
  if (owner.type === 'team') return findRow(state.teams, owner.id)?.organization
  return owner.type === 'virtualAccount' ? findRow(state.virtualAccounts, owner.id)?.organization : undefined
}
