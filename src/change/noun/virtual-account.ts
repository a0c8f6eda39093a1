import { dropRow, putRow } from '../../model/state/put-row.ts'
import type { State } from '../../model/state/state.ts'
import { getRow } from '../../model/table/table.ts'
import type { Agent } from '../../model/value/principal.ts'
import { forever } from '../../model/value/window.ts'
import type {
  ActivateVirtualAccount,
  CreateVirtualAccount,
  DeleteVirtualAccount,
  SuspendVirtualAccount,
  UpdateVirtualAccount,
} from '../message/command/virtual-account.ts'
import type { Envelope } from '../message/envelope.ts'
import type {
  VirtualAccountActivated,
  VirtualAccountCreated,
  VirtualAccountDeleted,
  VirtualAccountSuspended,
  VirtualAccountUpdated,
} from '../message/event/virtual-account.ts'
import type { Event } from '../message/event.ts'
import type { Rejection } from '../message/rejection.ts'
import { isMeteredFrom, refuseLastAdministrator } from '../rule/actor.ts'
import { credentialsDeleted, powersRemoved, restrictionsDeleted } from '../rule/cascade.ts'
import { accept, acceptAll, type Decided, eventOf, reject, unchanged } from '../rule/decided.ts'
import { refuseEntitlementExceeded, refusePowerExceeded, refuseShed } from '../rule/delegation.ts'
import { refuseAnyUnknown, refuseExisting, refuseUnknown } from '../rule/reference.ts'
import { changesOf, distinctIds, patched } from '../rule/row.ts'
import { creditsFor } from './credit.ts'

export function createVirtualAccount(command: CreateVirtualAccount, state: State): Decided {
  const { virtualAccount, organization, accessGroups = [] } = command
  const groups = accessGroups.map((id, i) => [id, ['accessGroups', i]] as const)
  const refused =
    refuseEntitlementExceeded(command, organization, groups, state) ??
    refuseUnknown('organization', organization, ['organization'], state) ??
    refuseAnyUnknown('accessGroup', accessGroups, ['accessGroups'], state) ??
    refuseExisting('virtualAccount', virtualAccount, ['virtualAccount'], state)
  return refused ? reject(refused) : acceptAll(virtualAccountCreation(command, state))
}

function* virtualAccountCreation(command: CreateVirtualAccount, state: State): IterableIterator<Event> {
  const { virtualAccount, organization, name, accessGroups = [], credits } = command
  const metered = command.metered ?? isMeteredFrom(command.actor, state)
  yield eventOf(command, 'VirtualAccountCreated', {
    virtualAccount,
    organization,
    name,
    metered: metered || credits !== undefined,
    accessGroups: distinctIds(accessGroups),
  })
  const wallet = { type: 'virtualAccount', id: virtualAccount, incarnation: state.version + 1 } as const
  yield* creditsFor(command, wallet, credits)
}

export function virtualAccountCreated(state: State, event: VirtualAccountCreated): State {
  const { at, virtualAccount, organization, name, metered, accessGroups } = event
  return putRow(state, 'virtualAccounts', {
    id: virtualAccount,
    name,
    organization,
    status: 'active',
    metered,
    accessGroups: accessGroups.map((accessGroup) => ({ accessGroup, windows: forever })),
    roleGrants: [],
    createdAt: at,
    incarnation: state.version + 1,
  })
}

export function updateVirtualAccount(command: UpdateVirtualAccount, state: State): Decided {
  const { virtualAccount, name, metered } = command
  const refused = refuseUnknown('virtualAccount', virtualAccount, ['virtualAccount'], state)
  if (refused) return reject(refused)
  const changes = changesOf(getRow(state.virtualAccounts, virtualAccount), { name, metered })
  return changes ? accept(eventOf(command, 'VirtualAccountUpdated', { virtualAccount, ...changes })) : unchanged
}

export function virtualAccountUpdated(state: State, event: VirtualAccountUpdated): State {
  const { virtualAccount, name, metered } = event
  return putRow(state, 'virtualAccounts', patched(getRow(state.virtualAccounts, virtualAccount), { name, metered }))
}

export function suspendVirtualAccount(command: SuspendVirtualAccount, state: State): Decided {
  const { virtualAccount } = command
  const refused =
    refuseUnknown('virtualAccount', virtualAccount, ['virtualAccount'], state) ?? refuseLast(command, state)
  if (refused) return reject(refused)
  return getRow(state.virtualAccounts, virtualAccount).status === 'suspended'
    ? unchanged
    : accept(eventOf(command, 'VirtualAccountSuspended', { virtualAccount }))
}

export function virtualAccountSuspended(state: State, { virtualAccount }: VirtualAccountSuspended): State {
  return putRow(state, 'virtualAccounts', { ...getRow(state.virtualAccounts, virtualAccount), status: 'suspended' })
}

export function activateVirtualAccount(command: ActivateVirtualAccount, state: State): Decided {
  const { virtualAccount } = command
  const refused =
    refusePowerExceeded(command, { type: 'virtualAccount', id: virtualAccount }, ['virtualAccount'], state) ??
    refuseUnknown('virtualAccount', virtualAccount, ['virtualAccount'], state)
  if (refused) return reject(refused)
  return getRow(state.virtualAccounts, virtualAccount).status === 'active'
    ? unchanged
    : accept(eventOf(command, 'VirtualAccountActivated', { virtualAccount }))
}

export function virtualAccountActivated(state: State, { virtualAccount }: VirtualAccountActivated): State {
  return putRow(state, 'virtualAccounts', { ...getRow(state.virtualAccounts, virtualAccount), status: 'active' })
}

export function deleteVirtualAccount(command: DeleteVirtualAccount, state: State): Decided {
  const { virtualAccount } = command
  const refused =
    refuseShed(command, { type: 'virtualAccount', id: virtualAccount }, ['virtualAccount'], state) ??
    refuseUnknown('virtualAccount', virtualAccount, ['virtualAccount'], state) ??
    refuseLast(command, state)
  return refused ? reject(refused) : acceptAll(virtualAccountDeletion(command, virtualAccount, state))
}

/** What the deletion of a virtual account comes to. */
export function* virtualAccountDeletion(command: Envelope, id: string, state: State): IterableIterator<Event> {
  const agent: Agent = { type: 'virtualAccount', id }
  yield* credentialsDeleted(command, agent, state)
  yield* restrictionsDeleted(command, agent, state)
  yield* powersRemoved(command, agent, state)
  yield eventOf(command, 'VirtualAccountDeleted', { virtualAccount: id })
}

export function virtualAccountDeleted(state: State, { virtualAccount }: VirtualAccountDeleted): State {
  return dropRow(state, 'virtualAccounts', virtualAccount)
}

function refuseLast(
  { actor, virtualAccount }: SuspendVirtualAccount | DeleteVirtualAccount,
  state: State,
): Rejection | undefined {
  const isTaken = (agent: Agent): boolean => agent.type === 'virtualAccount' && agent.id === virtualAccount
  return refuseLastAdministrator(actor, isTaken, ['virtualAccount'], state)
}
