import type { Target } from '../../model/noun/model-alias.ts'
import type { Model } from '../../model/noun/provider-account.ts'
import { putRow } from '../../model/state/put-row.ts'
import type { State } from '../../model/state/state.ts'
import { drop, findRow, getRow, hasRow, put } from '../../model/table/table.ts'
import { freeze } from '../../model/value/freeze.ts'
import type { Status } from '../../model/value/status.ts'
import type { ActivateModel, AddModels, RemoveModels, SuspendModel } from '../message/command/provider-account.ts'
import type { Envelope } from '../message/envelope.ts'
import type { ModelActivated, ModelSuspended, ModelsAdded, ModelsRemoved } from '../message/event/provider-account.ts'
import type { Event } from '../message/event.ts'
import type { Rejection } from '../message/rejection.ts'
import { accept, acceptAll, type Decided, eventOf, reject, unchanged } from '../rule/decided.ts'
import { modelReference, modelUnknown, refuseReferenced, refuseUnknown } from '../rule/reference.ts'
import { distinctIds } from '../rule/row.ts'
import { type ModelReference, modelReferences, withoutTargets } from '../rule/target.ts'

export function addModels(command: AddModels, state: State): Decided {
  const { providerAccount } = command
  const refused = refuseUnknown('providerAccount', providerAccount, ['providerAccount'], state)
  if (refused) return reject(refused)
  const listed = getRow(state.providerAccounts, providerAccount).models
  const models = distinctIds(command.models).filter((model) => !hasRow(listed, model))
  return models.length === 0 ? unchanged : accept(eventOf(command, 'ModelsAdded', { providerAccount, models }))
}

export function modelsAdded(state: State, { providerAccount, models }: ModelsAdded): State {
  const row = getRow(state.providerAccounts, providerAccount)
  let table = row.models
  for (const id of models) table = put<Model>(table, id, freeze({ id, status: 'active' }))
  return putRow(state, 'providerAccounts', { ...row, models: table })
}

export function removeModels(command: RemoveModels, state: State): Decided {
  const { providerAccount, cascade } = command
  const unknown =
    refuseUnknown('providerAccount', providerAccount, ['providerAccount'], state) ?? refuseUnlisted(command, state)
  if (unknown) return reject(unknown)
  const references = [...removedReferences(command, state)]
  const referenced = cascade === true ? undefined : refuseReferencedModel(command, references)
  return referenced ? reject(referenced) : acceptAll(modelRemoval(command, references))
}

type Removal = Pick<RemoveModels, keyof Envelope | 'providerAccount' | 'models'>

/** Refuses models that the account does not list. */
export function refuseUnlisted({ providerAccount, models }: Removal, state: State): Rejection | undefined {
  const listed = getRow(state.providerAccounts, providerAccount).models
  const i = models.findIndex((model) => !hasRow(listed, model))
  const model = models[i]
  return model === undefined ? undefined : modelUnknown({ providerAccount, model }, ['models', i])
}

/** Who names one of the models. An account that serves any model serves it still, so nobody is concerned. */
export function removedReferences({ providerAccount, models }: Removal, state: State): Iterable<ModelReference> {
  const removed = new Set(models)
  if (getRow(state.providerAccounts, providerAccount).anyModel) return []
  return modelReferences(providerAccount, (model) => removed.has(model), state)
}

function refuseReferencedModel(
  { providerAccount, models }: RemoveModels,
  references: readonly ModelReference[],
): Rejection | undefined {
  const [first] = references
  if (first === undefined) return undefined
  return refuseReferenced(
    'model_referenced',
    modelReference({ providerAccount, model: first.model }),
    ['models', models.indexOf(first.model)],
    references.map(({ reference }) => reference),
  )
}

/** What the removal of models comes to. */
export function* modelRemoval(command: Removal, references: readonly ModelReference[]): IterableIterator<Event> {
  const { providerAccount } = command
  const models = distinctIds(command.models)
  if (models.length === 0) return
  for (const { reference } of references) {
    if (reference.type === 'restriction') yield eventOf(command, 'RestrictionDeleted', { restriction: reference.id })
  }
  yield eventOf(command, 'ModelsRemoved', { providerAccount, models })
}

export function modelsRemoved(state: State, { providerAccount, models }: ModelsRemoved): State {
  const row = getRow(state.providerAccounts, providerAccount)
  const removed = new Set(models)
  let table = row.models
  for (const id of models) table = drop(table, id)
  const next = row.anyModel ? state : withoutTargets(state, providerAccount, (model) => removed.has(model))
  return putRow(next, 'providerAccounts', { ...row, models: table })
}

export function suspendModel(command: SuspendModel, state: State): Decided {
  const { providerAccount, model } = command
  const refused = refuseModel(command, state)
  if (refused) return reject(refused)
  return getRow(getRow(state.providerAccounts, providerAccount).models, model).status === 'suspended'
    ? unchanged
    : accept(eventOf(command, 'ModelSuspended', { providerAccount, model }))
}

export function modelSuspended(state: State, event: ModelSuspended): State {
  return withStatus(state, event, 'suspended')
}

export function activateModel(command: ActivateModel, state: State): Decided {
  const { providerAccount, model } = command
  const refused = refuseModel(command, state)
  if (refused) return reject(refused)
  return getRow(getRow(state.providerAccounts, providerAccount).models, model).status === 'active'
    ? unchanged
    : accept(eventOf(command, 'ModelActivated', { providerAccount, model }))
}

export function modelActivated(state: State, event: ModelActivated): State {
  return withStatus(state, event, 'active')
}

/** A model must be listed to have a status, whatever else its account serves. */
export function refuseModel({ providerAccount, model }: Target, state: State): Rejection | undefined {
  const account = findRow(state.providerAccounts, providerAccount)
  if (account === undefined) return refuseUnknown('providerAccount', providerAccount, ['providerAccount'], state)
  return hasRow(account.models, model) ? undefined : modelUnknown({ providerAccount, model }, ['model'])
}

function withStatus(state: State, { providerAccount, model }: ModelSuspended | ModelActivated, status: Status): State {
  const row = getRow(state.providerAccounts, providerAccount)
  const models = put<Model>(row.models, model, freeze({ id: model, status }))
  return putRow(state, 'providerAccounts', { ...row, models })
}
