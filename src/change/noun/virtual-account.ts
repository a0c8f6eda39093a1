import { dropRow, putRow } from '../../model/state/put-row.ts'
import type { State } from '../../model/state/state.ts'
import { getRow } from '../../model/table/table.ts'
import type { Agent } from '../../model/value/principal.ts'
import type {
  CreateVirtualAccount,
  DeleteVirtualAccount,
  UpdateVirtualAccount,
} from '../message/command/virtual-account.ts'
import type { Envelope } from '../message/envelope.ts'
import type {
  VirtualAccountCreated,
  VirtualAccountDeleted,
  VirtualAccountUpdated,
} from '../message/event/virtual-account.ts'
import type { Event } from '../message/event.ts'
import type { Rejection } from '../message/rejection.ts'
import { isMeteredByDefault, refuseLastAdministrator } from '../rule/actor.ts'
import { credentialsDeleted, powersRemoved, restrictionsDeleted } from '../rule/cascade.ts'
import { accept, acceptAll, type Decided, eventOf, reject, unchanged } from '../rule/decided.ts'
import { refuseEntitlementExceeded, refusePowerExceeded, refuseRestricted } from '../rule/delegation.ts'
import { withoutAccountRequests } from '../rule/pending-request.ts'
import { refuseAnyUnknown, refuseExisting, refuseUnknown } from '../rule/reference.ts'
import { assign, changeRow, changesOf, distinctIds } from '../rule/row.ts'
import { activate, refuseSuspended, suspend, withoutSuspension, withSuspension } from '../rule/status.ts'
import { refuseSuspendedCredentials } from '../rule/suspension.ts'
import { permanent } from './assignment.ts'
import { creditsAllocatedBy } from './credit.ts'

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
  yield eventOf(command, 'VirtualAccountCreated', {
    virtualAccount,
    organization,
    name,
    metered: credits !== undefined || (command.metered ?? isMeteredByDefault(command.actor, state)),
    accessGroups: distinctIds(accessGroups),
  })
  const wallet = { type: 'virtualAccount', id: virtualAccount, incarnation: state.version + 1 } as const
  yield* creditsAllocatedBy(command, wallet, credits)
}

export function virtualAccountCreated(state: State, event: VirtualAccountCreated): State {
  const { at, virtualAccount, organization, name, metered, accessGroups } = event
  return putRow(state, 'virtualAccounts', {
    id: virtualAccount,
    name,
    organization,
    status: 'active',
    metered,
    accessGroups: accessGroups.map(permanent),
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
  return changeRow(state, 'virtualAccounts', virtualAccount, (draft) => assign(draft, { name, metered }))
}

export const suspendVirtualAccount = suspend('virtualAccount', refuseLast)
export const virtualAccountSuspended = withSuspension('virtualAccount')
export const activateVirtualAccount = activate('virtualAccount', (command, state) =>
  refusePowerExceeded(command, { type: 'virtualAccount', id: command.virtualAccount }, ['virtualAccount'], state),
)
export const virtualAccountActivated = withoutSuspension('virtualAccount')

export function deleteVirtualAccount(command: DeleteVirtualAccount, state: State): Decided {
  const { virtualAccount } = command
  const refused =
    refuseRestricted(command, { type: 'virtualAccount', id: virtualAccount }, ['virtualAccount'], state) ??
    refuseSuspended('virtualAccount', command, state) ??
    refuseSuspendedCredentials(command, { type: 'virtualAccount', id: virtualAccount }, ['virtualAccount'], state) ??
    refuseUnknown('virtualAccount', virtualAccount, ['virtualAccount'], state) ??
    refuseLast(command, state)
  return refused ? reject(refused) : acceptAll(virtualAccountDeletion(command, state))
}

type Named = Envelope & Pick<DeleteVirtualAccount, 'virtualAccount'>

/** The events that delete a virtual account. */
export function* virtualAccountDeletion(command: Named, state: State): IterableIterator<Event> {
  const { virtualAccount } = command
  const agent: Agent = { type: 'virtualAccount', id: virtualAccount }
  yield* credentialsDeleted(command, agent, state)
  yield* restrictionsDeleted(command, agent, state)
  yield* powersRemoved(command, agent, state)
  yield eventOf(command, 'VirtualAccountDeleted', { virtualAccount })
}

export function virtualAccountDeleted(state: State, { at, virtualAccount }: VirtualAccountDeleted): State {
  return dropRow(withoutAccountRequests(state, virtualAccount, at), 'virtualAccounts', virtualAccount)
}

function refuseLast({ actor, virtualAccount }: Named, state: State): Rejection | undefined {
  const isAccount = ({ type, id }: Agent): boolean => type === 'virtualAccount' && id === virtualAccount
  return refuseLastAdministrator(actor, isAccount, ['virtualAccount'], state)
}
