import type { State } from '../../model/state/state.ts'
import { related } from '../../model/table/relation.ts'
import { findRow, getRow } from '../../model/table/table.ts'
import type { Reference } from '../message/rejection.ts'
import { changeRow } from './row.ts'

/** A row that names a concrete model, and the model. */
export interface ModelReference {
  readonly model: string
  readonly reference: Reference
}

/** The aliases and restrictions that name a model of an account for which `isAffected` is true, each row once. */
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

/** The state without the alias targets on models of an account for which `isAffected` is true. */
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
