import { freeze } from 'immer'
import { isPlainModel, type Model } from '../../model/noun/provider-account.ts'
import type { State } from '../../model/state/state.ts'
import { drop, findRow, getRow, hasRow, put } from '../../model/table/table.ts'
import { quote } from '../../model/value/quote.ts'
import type { AddModels, RemoveModels } from '../message/command/provider-account.ts'
import type { Envelope } from '../message/envelope.ts'
import type { ModelsAdded, ModelsRemoved } from '../message/event/provider-account.ts'
import type { Event } from '../message/event.ts'
import { type Rejection, rejection } from '../message/rejection.ts'
import { accept, acceptAll, type Decided, eventOf, reject, unchanged } from '../rule/decided.ts'
import { modelReference, modelUnknown, refuseReferenced, refuseUnknown } from '../rule/reference.ts'
import { changeRow, distinctIds } from '../rule/row.ts'
import { activate, refuseSuspended, suspend, withoutSuspension, withSuspension } from '../rule/status.ts'
import { type ModelReference, modelReferences, withoutReferences } from '../rule/target.ts'
import { visibleTo } from '../rule/visible.ts'

/** Makes a model with this id and the status `active`. */
export function activeModel(id: string): Model {
  return freeze({ id, status: 'active' })
}

export function addModels(command: AddModels, state: State): Decided {
  const { providerAccount } = command
  const refused = refuseUnknown('providerAccount', providerAccount, ['providerAccount'], state)
  if (refused) return reject(refused)
  const listed = getRow(state.providerAccounts, providerAccount).models
  const models = distinctIds(command.models).filter((model) => !hasRow(listed, model))
  return models.length === 0 ? unchanged : accept(eventOf(command, 'ModelsAdded', { providerAccount, models }))
}

export function modelsAdded(state: State, event: ModelsAdded): State {
  return changeRow(state, 'providerAccounts', event.providerAccount, (draft, { models }) => {
    draft.models = event.models.reduce((table, id) => put(table, id, activeModel(id)), models)
  })
}

export function removeModels(command: RemoveModels, state: State): Decided {
  const { providerAccount, cascade } = command
  const refused =
    refuseAnySuspended(command, state) ??
    refuseUnknown('providerAccount', providerAccount, ['providerAccount'], state) ??
    refuseAnyUnlisted(command, state) ??
    refuseServedAgain(command, state)
  if (refused) return reject(refused)
  const references = [...removedReferences(command, state)]
  const referenced = cascade === true ? undefined : refuseReferencedModel(command, references, state)
  return referenced ? reject(referenced) : acceptAll(modelRemoval(command, references))
}

type Removal = Pick<RemoveModels, keyof Envelope | 'providerAccount' | 'models'>

/**
 * Refuses to remove a model that a power above the actor suspended. Otherwise the actor could remove the model and add
 * it again as active.
 */
function refuseAnySuspended(command: RemoveModels, state: State): Rejection | undefined {
  const { actor, at, providerAccount } = command
  for (const model of command.models) {
    const refused = refuseSuspended('model', { actor, at, providerAccount, model }, state)
    if (refused) return refused
  }
  return undefined
}

/**
 * Refuses to remove a suspended model from an account with `anyModel`, since the account would then serve the model
 * again. The rejection names the first such model.
 */
export function refuseServedAgain({ providerAccount, models }: Removal, state: State): Rejection | undefined {
  const account = getRow(state.providerAccounts, providerAccount)
  const i = account.anyModel ? models.findIndex((id) => findRow(account.models, id)?.status === 'suspended') : -1
  const model = models[i]
  if (model === undefined) return undefined
  const message = `provider account ${quote(providerAccount)} serves any model and would serve suspended model ${quote(model)} again, activate it first or keep it`
  return rejection('model_suspended', ['models', i], message, { reference: modelReference({ providerAccount, model }) })
}

/**
 * Refuses to remove a model that the account does not list. The account must exist. The rejection names the first such
 * model.
 */
export function refuseAnyUnlisted({ providerAccount, models }: Removal, state: State): Rejection | undefined {
  const listed = getRow(state.providerAccounts, providerAccount).models
  const i = models.findIndex((model) => !hasRow(listed, model))
  const model = models[i]
  return model === undefined ? undefined : modelUnknown({ providerAccount, model }, ['models', i])
}

/**
 * Returns the references to removed models from aliases, restrictions, access groups and scopes. Omits models that the
 * account still serves because of `anyModel`.
 */
export function removedReferences(removal: Removal, state: State): Iterable<ModelReference> {
  return modelReferences(removal.providerAccount, isUnservedAfter(removal, state), state)
}

/** Returns a function that tells whether the account stops serving a model after the removal. */
function isUnservedAfter({ providerAccount, models }: Removal, state: State): (model: string) => boolean {
  const removed = new Set(models)
  const { anyModel } = getRow(state.providerAccounts, providerAccount)
  return (model) => removed.has(model) && !(anyModel && isPlainModel(model))
}

function refuseReferencedModel(
  command: RemoveModels,
  references: readonly ModelReference[],
  state: State,
): Rejection | undefined {
  const { providerAccount, models } = command
  const [first] = references
  if (first === undefined) return undefined
  return refuseReferenced(
    'model_referenced',
    modelReference({ providerAccount, model: first.model }),
    ['models', models.indexOf(first.model)],
    references.map(({ reference }) => reference),
    undefined,
    visibleTo(command, state),
  )
}

/** Yields the events that remove models from an account. The restrictions among `references` are deleted first. */
export function* modelRemoval(command: Removal, references: Iterable<ModelReference>): IterableIterator<Event> {
  const { providerAccount } = command
  const models = distinctIds(command.models)
  if (models.length === 0) return
  for (const { reference } of references) {
    if (reference.type === 'restriction') yield eventOf(command, 'RestrictionDeleted', { restriction: reference.id })
  }
  yield eventOf(command, 'ModelsRemoved', { providerAccount, models })
}

export function modelsRemoved(state: State, event: ModelsRemoved): State {
  const { providerAccount } = event
  const next = withoutReferences(state, providerAccount, isUnservedAfter(event, state))
  return changeRow(next, 'providerAccounts', providerAccount, (draft, { models }) => {
    draft.models = event.models.reduce((table, id) => drop(table, id), models)
  })
}

export const suspendModel = suspend('model')
export const modelSuspended = withSuspension('model')
export const activateModel = activate('model')
export const modelActivated = withoutSuspension('model')
