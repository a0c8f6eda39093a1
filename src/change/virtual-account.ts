import type { Agent } from '../model/principal.ts'
import { dropRow, putRow } from '../model/put-row.ts'
import type { State } from '../model/state.ts'
import { get } from '../model/table.ts'
import { forever } from '../model/window.ts'
import { isMeteredFrom, refuseLastAdministrator } from './actor.ts'
import { refuseEntitlementExceeded, refusePowerExceeded, refuseShed } from './ceiling.ts'
import type {
  ActivateVirtualAccount,
  CreateVirtualAccount,
  DeleteVirtualAccount,
  SuspendVirtualAccount,
  UpdateVirtualAccount,
} from './command/virtual-account.ts'
import { credentialsDeleted, powersRemoved, restrictionsDeleted } from './consequence.ts'
import { creditsFor } from './credit.ts'
import { accept, acceptAll, type Decided, happened, reject, unchanged } from './decided.ts'
import type {
  VirtualAccountActivated,
  VirtualAccountCreated,
  VirtualAccountDeleted,
  VirtualAccountSuspended,
  VirtualAccountUpdated,
} from './event/virtual-account.ts'
import type { Event } from './event.ts'
import type { Heading } from './heading.ts'
import { refuseAnyUnknown, refuseExisting, refuseUnknown } from './reference.ts'
import type { Rejection } from './rejection.ts'
import { changesOf, distinctIds, patched } from './row.ts'

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
  yield happened(command, 'VirtualAccountCreated', {
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
  const changes = changesOf(get(state.virtualAccounts, virtualAccount), { name, metered })
  return changes ? accept(happened(command, 'VirtualAccountUpdated', { virtualAccount, ...changes })) : unchanged
}

export function virtualAccountUpdated(state: State, event: VirtualAccountUpdated): State {
  const { virtualAccount, name, metered } = event
  return putRow(state, 'virtualAccounts', patched(get(state.virtualAccounts, virtualAccount), { name, metered }))
}

export function suspendVirtualAccount(command: SuspendVirtualAccount, state: State): Decided {
  const { virtualAccount } = command
  const refused =
    refuseUnknown('virtualAccount', virtualAccount, ['virtualAccount'], state) ?? refuseLast(command, state)
  if (refused) return reject(refused)
  return get(state.virtualAccounts, virtualAccount).status === 'suspended'
    ? unchanged
    : accept(happened(command, 'VirtualAccountSuspended', { virtualAccount }))
}

export function virtualAccountSuspended(state: State, { virtualAccount }: VirtualAccountSuspended): State {
  return putRow(state, 'virtualAccounts', { ...get(state.virtualAccounts, virtualAccount), status: 'suspended' })
}

export function activateVirtualAccount(command: ActivateVirtualAccount, state: State): Decided {
  const { virtualAccount } = command
  const refused =
    refusePowerExceeded(command, { type: 'virtualAccount', id: virtualAccount }, ['virtualAccount'], state) ??
    refuseUnknown('virtualAccount', virtualAccount, ['virtualAccount'], state)
  if (refused) return reject(refused)
  return get(state.virtualAccounts, virtualAccount).status === 'active'
    ? unchanged
    : accept(happened(command, 'VirtualAccountActivated', { virtualAccount }))
}

export function virtualAccountActivated(state: State, { virtualAccount }: VirtualAccountActivated): State {
  return putRow(state, 'virtualAccounts', { ...get(state.virtualAccounts, virtualAccount), status: 'active' })
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
export function* virtualAccountDeletion(command: Heading, id: string, state: State): IterableIterator<Event> {
  const agent: Agent = { type: 'virtualAccount', id }
  yield* credentialsDeleted(command, agent, state)
  yield* restrictionsDeleted(command, agent, state)
  yield* powersRemoved(command, agent, state)
  yield happened(command, 'VirtualAccountDeleted', { virtualAccount: id })
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
