import type { Model } from '../../model/noun/provider-account.ts'
import { dropRow, putRow } from '../../model/state/put-row.ts'
import type { State } from '../../model/state/state.ts'
import { related } from '../../model/table/relation.ts'
import { drop, getRow, hasRow, tableOf } from '../../model/table/table.ts'
import type {
  CreateProviderAccount,
  DeleteProviderAccount,
  UpdateProviderAccount,
} from '../message/command/provider-account.ts'
import type { Envelope } from '../message/envelope.ts'
import type {
  ProviderAccountCreated,
  ProviderAccountDeleted,
  ProviderAccountUpdated,
} from '../message/event/provider-account.ts'
import type { Event } from '../message/event.ts'
import type { Reference, Rejection } from '../message/rejection.ts'
import { roleHolders } from '../rule/cascade.ts'
import { accept, acceptAll, type Decided, eventOf, reject, unchanged } from '../rule/decided.ts'
import { modelReference, refuseExisting, refuseReferenced, refuseUnknown } from '../rule/reference.ts'
import { assign, changeHoldings, changeRow, changesOf, distinctIds } from '../rule/row.ts'
import { activate, suspend, withoutSuspension, withSuspension } from '../rule/status.ts'
import { modelReferences, withoutSelectors, withoutTargets } from '../rule/target.ts'
import { activeModel } from './model.ts'

export function createProviderAccount(command: CreateProviderAccount, state: State): Decided {
  const { providerAccount, name, settings = {}, models = [], anyModel = false } = command
  const refused = refuseExisting('providerAccount', providerAccount, ['providerAccount'], state)
  if (refused) return reject(refused)
  const fields = { providerAccount, name, settings, models: distinctIds(models), anyModel }
  return accept(eventOf(command, 'ProviderAccountCreated', fields))
}

export function providerAccountCreated(state: State, event: ProviderAccountCreated): State {
  const { at, providerAccount, name, settings, models, anyModel } = event
  return putRow(state, 'providerAccounts', {
    id: providerAccount,
    name,
    status: 'active',
    anyModel,
    settings,
    models: tableOf<Model>(models, models.map(activeModel)),
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

/**
 * Refuses `anyModel: false` while another row names a model that the account does not list. Such a row is an alias, a
 * restriction, an access group or a credential.
 */
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
  return changeRow(state, 'providerAccounts', providerAccount, (draft) => assign(draft, { name, settings, anyModel }))
}

export const suspendProviderAccount = suspend('providerAccount')
export const providerAccountSuspended = withSuspension('providerAccount')
export const activateProviderAccount = activate('providerAccount')
export const providerAccountActivated = withoutSuspension('providerAccount')

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

/** The events that delete a provider account. */
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
  for (const holder of roleHolders(providerAccount, state)) {
    next = changeHoldings(next, holder, (draft, { roleGrants }) => {
      draft.roleGrants = roleGrants.filter((grant) => grant.providerAccount !== providerAccount)
    })
  }
  next = withoutTargets(next, providerAccount, () => true)
  for (const group of related(state.index.providerAccountAccessGroups, providerAccount)) {
    next = changeRow(next, 'accessGroups', group, (draft, { models }) => {
      draft.models = drop(models, providerAccount)
    })
  }
  next = withoutSelectors(
    next,
    related(state.index.providerAccountCredentials, providerAccount),
    (selector) => 'providerAccount' in selector && selector.providerAccount === providerAccount,
  )
  return dropRow(next, 'providerAccounts', providerAccount)
}

function* references(id: string, state: State): IterableIterator<Reference> {
  for (const alias of related(state.index.providerAccountAliases, id)) yield { type: 'modelAlias', id: alias }
  yield* roleHolders(id, state)
  for (const group of related(state.index.providerAccountAccessGroups, id)) yield { type: 'accessGroup', id: group }
  for (const restriction of related(state.index.providerAccountRestrictions, id)) {
    yield { type: 'restriction', id: restriction }
  }
  for (const credential of related(state.index.providerAccountCredentials, id)) {
    yield { type: 'credential', id: credential }
  }
}
