import type { Model } from '../../model/noun/provider-account.ts'
import { dropRow, putRow } from '../../model/state/put-row.ts'
import type { State } from '../../model/state/state.ts'
import { related } from '../../model/table/relation.ts'
import { getRow, hasRow, tableOf } from '../../model/table/table.ts'
import { freeze } from '../../model/value/freeze.ts'
import type {
  ActivateProviderAccount,
  CreateProviderAccount,
  DeleteProviderAccount,
  SuspendProviderAccount,
  UpdateProviderAccount,
} from '../message/command/provider-account.ts'
import type { Envelope } from '../message/envelope.ts'
import type {
  ProviderAccountActivated,
  ProviderAccountCreated,
  ProviderAccountDeleted,
  ProviderAccountSuspended,
  ProviderAccountUpdated,
} from '../message/event/provider-account.ts'
import type { Event } from '../message/event.ts'
import type { Reference, Rejection } from '../message/rejection.ts'
import { accept, acceptAll, type Decided, eventOf, reject, unchanged } from '../rule/decided.ts'
import { modelReference, refuseExisting, refuseReferenced, refuseUnknown } from '../rule/reference.ts'
import { changesOf, distinctIds, patched, patchPrincipal, principalRow } from '../rule/row.ts'
import { modelReferences, withoutTargets } from '../rule/target.ts'

export function createProviderAccount(command: CreateProviderAccount, state: State): Decided {
  const { providerAccount, name, settings = {}, models = [], anyModel = false } = command
  const refused = refuseExisting('providerAccount', providerAccount, ['providerAccount'], state)
  if (refused) return reject(refused)
  const fields = { providerAccount, name, settings, models: distinctIds(models), anyModel }
  return accept(eventOf(command, 'ProviderAccountCreated', fields))
}

export function providerAccountCreated(state: State, event: ProviderAccountCreated): State {
  const { at, providerAccount, name, settings, models, anyModel } = event
  const rows = models.map((id): Model => freeze({ id, status: 'active' }))
  return putRow(state, 'providerAccounts', {
    id: providerAccount,
    name,
    status: 'active',
    anyModel,
    settings,
    models: tableOf(models, rows),
    createdAt: at,
    incarnation: state.version + 1,
  })
}

export function updateProviderAccount(command: UpdateProviderAccount, state: State): Decided {
  const { providerAccount, name, settings, anyModel } = command
  const refused =
    refuseUnknown('providerAccount', providerAccount, ['providerAccount'], state) ??
    (anyModel === false ? refuseUnlistedNames(providerAccount, state) : undefined)
  if (refused) return reject(refused)
  const changes = changesOf(getRow(state.providerAccounts, providerAccount), { name, settings, anyModel })
  return changes ? accept(eventOf(command, 'ProviderAccountUpdated', { providerAccount, ...changes })) : unchanged
}

/** Refuses to stop serving any model while something refers to one that is not listed. */
export function refuseUnlistedNames(providerAccount: string, state: State): Rejection | undefined {
  const { models } = getRow(state.providerAccounts, providerAccount)
  const references = [...modelReferences(providerAccount, (model) => !hasRow(models, model), state)]
  const [first] = references
  if (first === undefined) return undefined
  return refuseReferenced(
    'model_referenced',
    modelReference({ providerAccount, model: first.model }),
    ['anyModel'],
    references.map(({ reference }) => reference),
    'add the model or change that first',
  )
}

export function providerAccountUpdated(state: State, event: ProviderAccountUpdated): State {
  const { providerAccount, name, settings, anyModel } = event
  return putRow(
    state,
    'providerAccounts',
    patched(getRow(state.providerAccounts, providerAccount), { name, settings, anyModel }),
  )
}

export function suspendProviderAccount(command: SuspendProviderAccount, state: State): Decided {
  const { providerAccount } = command
  const refused = refuseUnknown('providerAccount', providerAccount, ['providerAccount'], state)
  if (refused) return reject(refused)
  return getRow(state.providerAccounts, providerAccount).status === 'suspended'
    ? unchanged
    : accept(eventOf(command, 'ProviderAccountSuspended', { providerAccount }))
}

export function providerAccountSuspended(state: State, { providerAccount }: ProviderAccountSuspended): State {
  return putRow(state, 'providerAccounts', { ...getRow(state.providerAccounts, providerAccount), status: 'suspended' })
}

export function activateProviderAccount(command: ActivateProviderAccount, state: State): Decided {
  const { providerAccount } = command
  const refused = refuseUnknown('providerAccount', providerAccount, ['providerAccount'], state)
  if (refused) return reject(refused)
  return getRow(state.providerAccounts, providerAccount).status === 'active'
    ? unchanged
    : accept(eventOf(command, 'ProviderAccountActivated', { providerAccount }))
}

export function providerAccountActivated(state: State, { providerAccount }: ProviderAccountActivated): State {
  return putRow(state, 'providerAccounts', { ...getRow(state.providerAccounts, providerAccount), status: 'active' })
}

export function deleteProviderAccount(command: DeleteProviderAccount, state: State): Decided {
  const { providerAccount, cascade } = command
  const reference: Reference = { type: 'providerAccount', id: providerAccount }
  const refused =
    refuseUnknown('providerAccount', providerAccount, ['providerAccount'], state) ??
    (cascade === true
      ? undefined
      : refuseReferenced(
          'provider_account_referenced',
          reference,
          ['providerAccount'],
          references(providerAccount, state),
        ))
  return refused ? reject(refused) : acceptAll(providerAccountDeletion(command, state))
}

/** What the deletion of a provider account comes to. */
export function* providerAccountDeletion(
  command: Envelope & Pick<DeleteProviderAccount, 'providerAccount'>,
  state: State,
): IterableIterator<Event> {
  const { providerAccount } = command
  for (const restriction of related(state.index.providerAccountRestrictions, providerAccount)) {
    yield eventOf(command, 'RestrictionDeleted', { restriction })
  }
  yield eventOf(command, 'ProviderAccountDeleted', { providerAccount })
}

export function providerAccountDeleted(state: State, { providerAccount }: ProviderAccountDeleted): State {
  let next = state
  for (const holder of holders(providerAccount, state)) {
    const roleGrants = principalRow(next, holder).roleGrants.filter((held) => held.providerAccount !== providerAccount)
    next = patchPrincipal(next, holder, { roleGrants })
  }
  next = withoutTargets(next, providerAccount, () => true)
  return dropRow(next, 'providerAccounts', providerAccount)
}

function* references(id: string, state: State): IterableIterator<Reference> {
  for (const alias of related(state.index.providerAccountAliases, id)) yield { type: 'modelAlias', id: alias }
  yield* holders(id, state)
  for (const restriction of related(state.index.providerAccountRestrictions, id)) {
    yield { type: 'restriction', id: restriction }
  }
}

/** Who holds a role on a provider account. */
function* holders(id: string, state: State) {
  const { providerAccountUsers, providerAccountTeams, providerAccountVirtualAccounts } = state.index
  for (const user of related(providerAccountUsers, id)) yield { type: 'user', id: user } as const
  for (const team of related(providerAccountTeams, id)) yield { type: 'team', id: team } as const
  for (const account of related(providerAccountVirtualAccounts, id))
    yield { type: 'virtualAccount', id: account } as const
}
