import { putRow } from '../../model/state/put-row.ts'
import type { State } from '../../model/state/state.ts'
import { related } from '../../model/table/relation.ts'
import { findRow, getRow } from '../../model/table/table.ts'
import type { Reference } from '../message/rejection.ts'

/** A reference to a concrete model. */
export interface ModelReference {
  readonly model: string
  readonly reference: Reference
}

/** The aliases and restrictions that name one of these models of an account. Each is there once. */
export function* modelReferences(
  providerAccount: string,
  isConcerned: (model: string) => boolean,
  state: State,
): IterableIterator<ModelReference> {
  for (const id of related(state.index.providerAccountAliases, providerAccount)) {
    const target = findRow(state.modelAliases, id)?.targets.find(
      (one) => one.providerAccount === providerAccount && isConcerned(one.model),
    )
    if (target !== undefined) yield { model: target.model, reference: { type: 'modelAlias', id } }
  }
  for (const id of related(state.index.providerAccountRestrictions, providerAccount)) {
    const selector = findRow(state.restrictions, id)?.selector
    if (selector?.type === 'model' && isConcerned(selector.model)) {
      yield { model: selector.model, reference: { type: 'restriction', id } }
    }
  }
}

/** The state in which no alias has a target on one of these models of an account. */
export function withoutTargets(state: State, providerAccount: string, isConcerned: (model: string) => boolean): State {
  let next = state
  for (const id of related(state.index.providerAccountAliases, providerAccount)) {
    const alias = getRow(state.modelAliases, id)
    const targets = alias.targets.filter(
      (target) => target.providerAccount !== providerAccount || !isConcerned(target.model),
    )
    if (targets.length < alias.targets.length) next = putRow(next, 'modelAliases', { ...alias, targets })
  }
  return next
}
