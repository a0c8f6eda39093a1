import { withoutModels } from '../../model/noun/group-models.ts'
import type { State } from '../../model/state/state.ts'
import { related } from '../../model/table/relation.ts'
import { findRow, getRow, idsOf } from '../../model/table/table.ts'
import type { Selector } from '../../model/value/selector.ts'
import type { Reference } from '../message/rejection.ts'
import { changeRow } from './row.ts'

/**
 * A row that names a concrete model, and the name of this model. The row is an alias, a restriction, an access group or
 * a credential.
 */
export interface ModelReference {
  readonly model: string
  readonly reference: Reference
}

/**
 * Yields each alias, restriction, access group and credential that names an affected model of the account, once each.
 * `isAffected` tells whether the model with a given name is affected.
 */
export function* modelReferences(
  providerAccount: string,
  isAffected: (model: string) => boolean,
  state: State,
): IterableIterator<ModelReference> {
  for (const id of related(state.index.providerAccountAliases, providerAccount)) {
    const target = findRow(state.modelAliases, id)?.targets.find(
      (one) => one.providerAccount === providerAccount && isAffected(one.model),
    )
    if (target !== undefined) yield { model: target.model, reference: { type: 'modelAlias', id } }
  }
  for (const id of related(state.index.providerAccountRestrictions, providerAccount)) {
    const selector = findRow(state.restrictions, id)?.selector
    if (selector?.type === 'model' && isAffected(selector.model)) {
      yield { model: selector.model, reference: { type: 'restriction', id } }
    }
  }
  for (const id of related(state.index.providerAccountAccessGroups, providerAccount)) {
    for (const model of groupModelsOn(providerAccount, id, state)) {
      if (!isAffected(model)) continue
      yield { model, reference: { type: 'accessGroup', id } }
      break
    }
  }
  for (const id of related(state.index.providerAccountCredentials, providerAccount)) {
    const { scope } = getRow(state.credentials, id)
    const selector =
      scope.type === 'all' ? undefined : scope.selectors.find((one) => isModel(one, providerAccount, isAffected))
    if (selector?.type === 'model') yield { model: selector.model, reference: { type: 'credential', id } }
  }
}

/** Returns the models of a provider account that are members of an access group by name. */
function groupModelsOn(providerAccount: string, accessGroup: string, state: State): Iterable<string> {
  const members = findRow(getRow(state.accessGroups, accessGroup).models, providerAccount)
  return members === undefined ? [] : idsOf(members.models)
}

/**
 * Returns the state without the alias targets, group members and selectors in scopes that name affected models of an
 * account. `isAffected` tells whether the model with a given name is affected.
 */
export function withoutReferences(
  state: State,
  providerAccount: string,
  isAffected: (model: string) => boolean,
): State {
  const untargeted = withoutTargets(state, providerAccount, isAffected)
  const unheld = withoutModelMembers(untargeted, providerAccount, isAffected)
  return withoutModelSelectors(unheld, providerAccount, isAffected)
}

function withoutModelMembers(state: State, providerAccount: string, isAffected: (model: string) => boolean): State {
  let next = state
  for (const id of related(state.index.providerAccountAccessGroups, providerAccount)) {
    const removed = [...groupModelsOn(providerAccount, id, state)].filter(isAffected)
    if (removed.length === 0) continue
    next = changeRow(next, 'accessGroups', id, (draft, { models }) => {
      draft.models = withoutModels(
        models,
        removed.map((model) => ({ type: 'model', providerAccount, model })),
      )
    })
  }
  return next
}

function isModel(selector: Selector, providerAccount: string, isAffected: (model: string) => boolean): boolean {
  return selector.type === 'model' && selector.providerAccount === providerAccount && isAffected(selector.model)
}

/**
 * Removes the selectors of an account's affected models from the scopes of credentials. `isAffected` tells whether the
 * model with a given name is affected.
 */
function withoutModelSelectors(state: State, providerAccount: string, isAffected: (model: string) => boolean): State {
  return withoutSelectors(state, related(state.index.providerAccountCredentials, providerAccount), (selector) =>
    isModel(selector, providerAccount, isAffected),
  )
}

/**
 * Removes affected selectors from the scopes of the given credentials. A scope left without selectors passes nothing.
 */
export function withoutSelectors(
  state: State,
  credentials: Iterable<string>,
  isAffected: (selector: Selector) => boolean,
): State {
  let next = state
  for (const id of credentials) {
    const { scope } = getRow(state.credentials, id)
    if (scope.type === 'all') continue
    const selectors = scope.selectors.filter((selector) => !isAffected(selector))
    if (selectors.length === scope.selectors.length) continue
    next = changeRow(next, 'credentials', id, (draft) => {
      draft.scope = { type: 'list', selectors }
    })
  }
  return next
}

/**
 * Returns the state without the alias targets on affected models of the account. `isAffected` tells whether the model
 * with a given name is affected.
 */
export function withoutTargets(state: State, providerAccount: string, isAffected: (model: string) => boolean): State {
  let next = state
  for (const id of related(state.index.providerAccountAliases, providerAccount)) {
    const { targets } = getRow(state.modelAliases, id)
    const kept = targets.filter((target) => target.providerAccount !== providerAccount || !isAffected(target.model))
    if (kept.length === targets.length) continue
    next = changeRow(next, 'modelAliases', id, (draft) => {
      draft.targets = kept
    })
  }
  return next
}
