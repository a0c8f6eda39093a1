import type { Entitlement } from '../../model/noun/organization.ts'
import { dropRow, putRow } from '../../model/state/put-row.ts'
import type { State } from '../../model/state/state.ts'
import { related } from '../../model/table/relation.ts'
import { findRow, getRow } from '../../model/table/table.ts'
import { type Agent, isSamePrincipal } from '../../model/value/principal.ts'
import type {
  AddOrganizationAdmin,
  CreateOrganization,
  DeleteOrganization,
  RemoveOrganizationAdmin,
  UpdateOrganization,
} from '../message/command/organization.ts'
import type { Envelope } from '../message/envelope.ts'
import type {
  OrganizationAdminAdded,
  OrganizationAdminRemoved,
  OrganizationCreated,
  OrganizationDeleted,
  OrganizationUpdated,
} from '../message/event/organization.ts'
import type { Event } from '../message/event.ts'
import type { Reference, Rejection } from '../message/rejection.ts'
import { refuseLastAdministrator } from '../rule/actor.ts'
import { restrictionsDeleted } from '../rule/cascade.ts'
import { accept, acceptAll, type Decided, eventOf, reject, unchanged } from '../rule/decided.ts'
import { refuseManyAdmins } from '../rule/limit.ts'
import {
  refuseAnyUnknown,
  refuseExisting,
  refuseReferenced,
  refuseUnknown,
  refuseUnknownPrincipal,
} from '../rule/reference.ts'
import { assign, changeRow, changesOf, distinctIds } from '../rule/row.ts'
import { activate, suspend, withoutSuspension, withSuspension } from '../rule/status.ts'
import { teamDeletion } from './team.ts'
import { virtualAccountDeletion } from './virtual-account.ts'

export function createOrganization(command: CreateOrganization, state: State): Decided {
  const { organization, name } = command
  const refused =
    refuseEntitlement(command.entitlement, state) ??
    refuseExisting('organization', organization, ['organization'], state)
  if (refused) return reject(refused)
  const entitlement = withoutRepeats(command.entitlement)
  return accept(eventOf(command, 'OrganizationCreated', { organization, name, entitlement }))
}

export function organizationCreated(state: State, event: OrganizationCreated): State {
  const { at, organization, name, entitlement } = event
  return putRow(state, 'organizations', {
    id: organization,
    name,
    status: 'active',
    entitlement,
    admins: [],
    accessGroups: [],
    createdAt: at,
    incarnation: state.version + 1,
  })
}

export function updateOrganization(command: UpdateOrganization, state: State): Decided {
  const { organization, name } = command
  const refused =
    refuseUnknown('organization', organization, ['organization'], state) ??
    (command.entitlement && refuseEntitlement(command.entitlement, state))
  if (refused) return reject(refused)
  const entitlement = command.entitlement && withoutRepeats(command.entitlement)
  const changes = changesOf(getRow(state.organizations, organization), { name, entitlement })
  return changes ? accept(eventOf(command, 'OrganizationUpdated', { organization, ...changes })) : unchanged
}

export function organizationUpdated(state: State, { organization, name, entitlement }: OrganizationUpdated): State {
  return changeRow(state, 'organizations', organization, (draft) => assign(draft, { name, entitlement }))
}

/** Refuses an entitlement with an access group that does not exist. */
export function refuseEntitlement(entitlement: Entitlement, state: State): Rejection | undefined {
  if (entitlement.type === 'unlimited') return undefined
  return refuseAnyUnknown('accessGroup', entitlement.accessGroups, ['entitlement', 'accessGroups'], state)
}

function withoutRepeats(entitlement: Entitlement): Entitlement {
  if (entitlement.type === 'unlimited') return entitlement
  return { type: 'list', accessGroups: distinctIds(entitlement.accessGroups) }
}

export const suspendOrganization = suspend('organization', refuseLast)
export const organizationSuspended = withSuspension('organization')
export const activateOrganization = activate('organization')
export const organizationActivated = withoutSuspension('organization')

export function deleteOrganization(command: DeleteOrganization, state: State): Decided {
  const { organization, cascade } = command
  const reference: Reference = { type: 'organization', id: organization }
  const refused =
    refuseUnknown('organization', organization, ['organization'], state) ??
    (cascade === true
      ? undefined
      : refuseReferenced('organization_referenced', reference, ['organization'], partsOf(organization, state))) ??
    refuseLast(command, state)
  return refused ? reject(refused) : acceptAll(organizationDeletion(command, state))
}

type Named = Envelope & Pick<DeleteOrganization, 'organization'>

/** The events that delete an organization, its teams and its virtual accounts. */
export function* organizationDeletion(command: Named, state: State): IterableIterator<Event> {
  const { actor, at, organization } = command
  for (const { type, id } of partsOf(organization, state)) {
    if (type === 'team') yield* teamDeletion({ actor, at, team: id }, state)
    else yield* virtualAccountDeletion({ actor, at, virtualAccount: id }, state)
  }
  yield* restrictionsDeleted(command, { type: 'organization', id: organization }, state)
  yield eventOf(command, 'OrganizationDeleted', { organization })
}

export function organizationDeleted(state: State, { organization }: OrganizationDeleted): State {
  return dropRow(state, 'organizations', organization)
}

function* partsOf(organization: string, state: State): IterableIterator<Reference> {
  for (const id of related(state.index.organizationTeams, organization)) yield { type: 'team', id }
  for (const id of related(state.index.organizationVirtualAccounts, organization)) yield { type: 'virtualAccount', id }
}

function refuseLast({ actor, organization }: Named, state: State): Rejection | undefined {
  const isPart = ({ type, id }: Agent): boolean =>
    type === 'virtualAccount' && findRow(state.virtualAccounts, id)?.organization === organization
  return refuseLastAdministrator(actor, isPart, ['organization'], state)
}

export function addOrganizationAdmin(command: AddOrganizationAdmin, state: State): Decided {
  const { organization, admin } = command
  const refused = refuseAdmin(command, state)
  if (refused) return reject(refused)
  if (isOrganizationAdmin(command, state)) return unchanged
  const full = refuseManyAdmins(organization, state)
  return full ? reject(full) : accept(eventOf(command, 'OrganizationAdminAdded', { organization, admin }))
}

export function organizationAdminAdded(state: State, { organization, admin }: OrganizationAdminAdded): State {
  return changeRow(state, 'organizations', organization, (draft, { admins }) => {
    draft.admins = [...admins, admin]
  })
}

export function removeOrganizationAdmin(command: RemoveOrganizationAdmin, state: State): Decided {
  const { organization, admin } = command
  const refused = refuseAdmin(command, state)
  if (refused) return reject(refused)
  return isOrganizationAdmin(command, state)
    ? accept(eventOf(command, 'OrganizationAdminRemoved', { organization, admin }))
    : unchanged
}

export function organizationAdminRemoved(state: State, { organization, admin }: OrganizationAdminRemoved): State {
  return changeRow(state, 'organizations', organization, (draft, { admins }) => {
    draft.admins = admins.filter((other) => !isSamePrincipal(other, admin))
  })
}

type Admin = Pick<AddOrganizationAdmin, 'organization' | 'admin'>

/** Whether an agent is an admin of an existing organization. */
export function isOrganizationAdmin({ organization, admin }: Admin, state: State): boolean {
  return getRow(state.organizations, organization).admins.some((other) => isSamePrincipal(other, admin))
}

function refuseAdmin({ organization, admin }: Admin, state: State): Rejection | undefined {
  return (
    refuseUnknown('organization', organization, ['organization'], state) ??
    refuseUnknownPrincipal(admin, ['admin'], state)
  )
}
