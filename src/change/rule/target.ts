import type { State } from '../../model/state/state.ts'
import { related } from '../../model/table/relation.ts'
import { findRow, getRow } from '../../model/table/table.ts'
import type { Reference } from '../message/rejection.ts'
import { changeRow } from './row.ts'

/** A reference to a row that names a concrete model, with the name of the model. */
export interface ModelReference {
  readonly model: string
  readonly reference: Reference
}

/**
 * The aliases and restrictions that name an affected model of an account, each row once. `isAffected` is given the name
 * of a model.
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
}

/** The state without the alias targets on affected models of an account. `isAffected` is given the name of a model. */
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
