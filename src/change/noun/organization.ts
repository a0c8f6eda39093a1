import type { Organization } from '../../model/noun/organization.ts'
import { dropRow, putRow } from '../../model/state/put-row.ts'
import type { State } from '../../model/state/state.ts'
import { related } from '../../model/table/relation.ts'
import { findRow, getRow } from '../../model/table/table.ts'
import { isSamePrincipal } from '../../model/value/principal.ts'
import type {
  ActivateOrganization,
  AddOrganizationAdmin,
  CreateOrganization,
  DeleteOrganization,
  RemoveOrganizationAdmin,
  SuspendOrganization,
  UpdateOrganization,
} from '../message/command/organization.ts'
import type { Envelope } from '../message/envelope.ts'
import type {
  OrganizationActivated,
  OrganizationAdminAdded,
  OrganizationAdminRemoved,
  OrganizationCreated,
  OrganizationDeleted,
  OrganizationSuspended,
  OrganizationUpdated,
} from '../message/event/organization.ts'
import type { Event } from '../message/event.ts'
import type { Reference, Rejection } from '../message/rejection.ts'
import { refuseLastAdministrator } from '../rule/actor.ts'
import { restrictionsDeleted } from '../rule/cascade.ts'
import { accept, acceptAll, type Decided, eventOf, reject, unchanged } from '../rule/decided.ts'
import {
  refuseAnyUnknown,
  refuseExisting,
  refuseReferenced,
  refuseUnknown,
  refuseUnknownPrincipal,
} from '../rule/reference.ts'
import { changesOf, distinctIds, patched } from '../rule/row.ts'
import { teamDeletion } from './team.ts'
import { virtualAccountDeletion } from './virtual-account.ts'

type Entitlement = Organization['entitlement']

export function createOrganization(command: CreateOrganization, state: State): Decided {
  const { organization, name, entitlement } = command
  const refused =
    refuseEntitlement(entitlement, state) ?? refuseExisting('organization', organization, ['organization'], state)
  if (refused) return reject(refused)
  return accept(
    eventOf(command, 'OrganizationCreated', { organization, name, entitlement: withoutRepeats(entitlement) }),
  )
}

export function organizationCreated(state: State, event: OrganizationCreated): State {
  const { at, organization, name, entitlement } = event
  return putRow(state, 'organizations', {
    id: organization,
    name,
    status: 'active',
    entitlement,
    admins: [],
    createdAt: at,
    incarnation: state.version + 1,
  })
}

export function updateOrganization(command: UpdateOrganization, state: State): Decided {
  const { organization, name, entitlement } = command
  const refused =
    refuseUnknown('organization', organization, ['organization'], state) ??
    (entitlement === undefined ? undefined : refuseEntitlement(entitlement, state))
  if (refused) return reject(refused)
  const row = getRow(state.organizations, organization)
  const changes = changesOf(row, { name, entitlement: entitlement && withoutRepeats(entitlement) })
  return changes ? accept(eventOf(command, 'OrganizationUpdated', { organization, ...changes })) : unchanged
}

export function organizationUpdated(state: State, { organization, name, entitlement }: OrganizationUpdated): State {
  return putRow(state, 'organizations', patched(getRow(state.organizations, organization), { name, entitlement }))
}

/** Refuses an entitlement that lists what is not there. */
export function refuseEntitlement(entitlement: Entitlement, state: State): Rejection | undefined {
  if (entitlement.type === 'unlimited') return undefined
  return refuseAnyUnknown('accessGroup', entitlement.accessGroups, ['entitlement', 'accessGroups'], state)
}

function withoutRepeats(entitlement: Entitlement): Entitlement {
  if (entitlement.type === 'unlimited') return entitlement
  return { type: 'list', accessGroups: distinctIds(entitlement.accessGroups) }
}

export function suspendOrganization(command: SuspendOrganization, state: State): Decided {
  const { actor, organization } = command
  const refused =
    refuseUnknown('organization', organization, ['organization'], state) ??
    refuseLastAdministrator(actor, (agent) => isOfOrganization(agent, organization, state), ['organization'], state)
  if (refused) return reject(refused)
  return getRow(state.organizations, organization).status === 'suspended'
    ? unchanged
    : accept(eventOf(command, 'OrganizationSuspended', { organization }))
}

export function organizationSuspended(state: State, { organization }: OrganizationSuspended): State {
  return putRow(state, 'organizations', { ...getRow(state.organizations, organization), status: 'suspended' })
}

export function activateOrganization(command: ActivateOrganization, state: State): Decided {
  const { organization } = command
  const refused = refuseUnknown('organization', organization, ['organization'], state)
  if (refused) return reject(refused)
  return getRow(state.organizations, organization).status === 'active'
    ? unchanged
    : accept(eventOf(command, 'OrganizationActivated', { organization }))
}

export function organizationActivated(state: State, { organization }: OrganizationActivated): State {
  return putRow(state, 'organizations', { ...getRow(state.organizations, organization), status: 'active' })
}

export function deleteOrganization(command: DeleteOrganization, state: State): Decided {
  const { actor, organization, cascade } = command
  const reference: Reference = { type: 'organization', id: organization }
  const refused =
    refuseUnknown('organization', organization, ['organization'], state) ??
    (cascade === true
      ? undefined
      : refuseReferenced('organization_referenced', reference, ['organization'], below(organization, state))) ??
    refuseLastAdministrator(actor, (agent) => isOfOrganization(agent, organization, state), ['organization'], state)
  return refused ? reject(refused) : acceptAll(organizationDeletion(command, state))
}

/** What the deletion of an organization comes to. */
export function* organizationDeletion(
  command: Envelope & Pick<DeleteOrganization, 'organization'>,
  state: State,
): IterableIterator<Event> {
  const { organization } = command
  for (const { type, id } of below(organization, state)) {
    yield* type === 'team' ? teamDeletion(command, id, state) : virtualAccountDeletion(command, id, state)
  }
  yield* restrictionsDeleted(command, { type: 'organization', id: organization }, state)
  yield eventOf(command, 'OrganizationDeleted', { organization })
}

export function organizationDeleted(state: State, { organization }: OrganizationDeleted): State {
  return dropRow(state, 'organizations', organization)
}

function* below(organization: string, state: State): IterableIterator<Reference> {
  for (const id of related(state.index.organizationTeams, organization)) yield { type: 'team', id }
  for (const id of related(state.index.organizationVirtualAccounts, organization)) yield { type: 'virtualAccount', id }
}

function isOfOrganization(agent: { type: string; id: string }, organization: string, state: State): boolean {
  return agent.type === 'virtualAccount' && findRow(state.virtualAccounts, agent.id)?.organization === organization
}

export function addOrganizationAdmin(command: AddOrganizationAdmin, state: State): Decided {
  const { organization, admin } = command
  const refused = refuseAdmin(command, state)
  if (refused) return reject(refused)
  const { admins } = getRow(state.organizations, organization)
  return admins.some((other) => isSamePrincipal(other, admin))
    ? unchanged
    : accept(eventOf(command, 'OrganizationAdminAdded', { organization, admin }))
}

export function organizationAdminAdded(state: State, { organization, admin }: OrganizationAdminAdded): State {
  const row = getRow(state.organizations, organization)
  return putRow(state, 'organizations', { ...row, admins: [...row.admins, admin] })
}

export function removeOrganizationAdmin(command: RemoveOrganizationAdmin, state: State): Decided {
  const { organization, admin } = command
  const refused = refuseAdmin(command, state)
  if (refused) return reject(refused)
  const { admins } = getRow(state.organizations, organization)
  return admins.some((other) => isSamePrincipal(other, admin))
    ? accept(eventOf(command, 'OrganizationAdminRemoved', { organization, admin }))
    : unchanged
}

export function organizationAdminRemoved(state: State, { organization, admin }: OrganizationAdminRemoved): State {
  const row = getRow(state.organizations, organization)
  return putRow(state, 'organizations', {
    ...row,
    admins: row.admins.filter((other) => !isSamePrincipal(other, admin)),
  })
}

function refuseAdmin({ organization, admin }: AddOrganizationAdmin | RemoveOrganizationAdmin, state: State) {
  return (
    refuseUnknown('organization', organization, ['organization'], state) ??
    refuseUnknownPrincipal(admin, ['admin'], state)
  )
}
