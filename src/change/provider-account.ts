import { freeze } from '../model/freeze.ts'
import type { Model } from '../model/provider-account.ts'
import { dropRow, putRow } from '../model/put-row.ts'
import { related } from '../model/relation.ts'
import type { State } from '../model/state.ts'
import { get, has, tableOf } from '../model/table.ts'
import type {
  ActivateProviderAccount,
  CreateProviderAccount,
  DeleteProviderAccount,
  SuspendProviderAccount,
  UpdateProviderAccount,
} from './command/provider-account.ts'
import { accept, acceptAll, type Decided, happened, reject, unchanged } from './decided.ts'
import type {
  ProviderAccountActivated,
  ProviderAccountCreated,
  ProviderAccountDeleted,
  ProviderAccountSuspended,
  ProviderAccountUpdated,
} from './event/provider-account.ts'
import type { Event } from './event.ts'
import type { Heading } from './heading.ts'
import { modelReference, refuseExisting, refuseReferenced, refuseUnknown } from './reference.ts'
import type { Reference, Rejection } from './rejection.ts'
import { changesOf, distinctIds, patched, patchPrincipal, principalRow } from './row.ts'
import { modelReferences, withoutTargets } from './target.ts'

export function createProviderAccount(command: CreateProviderAccount, state: State): Decided {
  const { providerAccount, name, settings = {}, models = [], anyModel = false } = command
  const refused = refuseExisting('providerAccount', providerAccount, ['providerAccount'], state)
  if (refused) return reject(refused)
  const fields = { providerAccount, name, settings, models: distinctIds(models), anyModel }
  return accept(happened(command, 'ProviderAccountCreated', fields))
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
  const changes = changesOf(get(state.providerAccounts, providerAccount), { name, settings, anyModel })
  return changes ? accept(happened(command, 'ProviderAccountUpdated', { providerAccount, ...changes })) : unchanged
}

/** Refuses to stop serving any model while something refers to one that is not listed. */
export function refuseUnlistedNames(providerAccount: string, state: State): Rejection | undefined {
  const { models } = get(state.providerAccounts, providerAccount)
  const references = [...modelReferences(providerAccount, (model) => !has(models, model), state)]
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
    patched(get(state.providerAccounts, providerAccount), { name, settings, anyModel }),
  )
}

export function suspendProviderAccount(command: SuspendProviderAccount, state: State): Decided {
  const { providerAccount } = command
  const refused = refuseUnknown('providerAccount', providerAccount, ['providerAccount'], state)
  if (refused) return reject(refused)
  return get(state.providerAccounts, providerAccount).status === 'suspended'
    ? unchanged
    : accept(happened(command, 'ProviderAccountSuspended', { providerAccount }))
}

export function providerAccountSuspended(state: State, { providerAccount }: ProviderAccountSuspended): State {
  return putRow(state, 'providerAccounts', { ...get(state.providerAccounts, providerAccount), status: 'suspended' })
}

export function activateProviderAccount(command: ActivateProviderAccount, state: State): Decided {
  const { providerAccount } = command
  const refused = refuseUnknown('providerAccount', providerAccount, ['providerAccount'], state)
  if (refused) return reject(refused)
  return get(state.providerAccounts, providerAccount).status === 'active'
    ? unchanged
    : accept(happened(command, 'ProviderAccountActivated', { providerAccount }))
}

export function providerAccountActivated(state: State, { providerAccount }: ProviderAccountActivated): State {
  return putRow(state, 'providerAccounts', { ...get(state.providerAccounts, providerAccount), status: 'active' })
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
  command: Heading & Pick<DeleteProviderAccount, 'providerAccount'>,
  state: State,
): IterableIterator<Event> {
  const { providerAccount } = command
  for (const restriction of related(state.index.providerAccountRestrictions, providerAccount)) {
    yield happened(command, 'RestrictionDeleted', { restriction })
  }
  yield happened(command, 'ProviderAccountDeleted', { providerAccount })
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
