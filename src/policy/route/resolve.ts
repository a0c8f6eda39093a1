import type { ModelAlias, Target } from '../../model/noun/model-alias.ts'
import type { State } from '../../model/state/state.ts'
import { hashOf } from '../../model/table/hash.ts'
import { findHashed, findRow, hasRow } from '../../model/table/table.ts'
import { isId } from '../../model/value/id.ts'
import { type Denied, deny } from '../decision/deny.ts'
import { type EvaluationTime, noteBoundary } from '../evaluation-time.ts'

/** A requested model name and what the name stands for: an alias and its targets, or one concrete model. */
export interface Resolved {
  readonly name: string
  readonly hash: number
  readonly alias: ModelAlias | undefined
  readonly targets: readonly Target[]
}

/**
 * Finds the alias with a name or, if there is none, the concrete model. A name that is neither is denied with
 * `model_unknown`.
 */
export function resolve(name: string, state: State): Resolved | Denied {
  const hash = hashOf(name)
  const alias = findHashed(state.modelAliases, name, hash)
  if (alias !== undefined) return { name, hash, alias, targets: alias.targets }
  const target = findConcrete(name, state)
  if (target !== undefined) return { name, hash, alias: undefined, targets: [target] }
  return deny('model_unknown', { type: 'model', id: name }, [{ type: 'correct_model_name' }], state)
}

/**
 * Whether an alias is retired, by a command or because its sunset has passed. Notes a sunset that is still ahead as a
 * boundary.
 */
export function isRetired({ lifecycle }: ModelAlias, moment: EvaluationTime): boolean {
  if (lifecycle.type !== 'deprecated') return lifecycle.type === 'retired'
  noteBoundary(moment, lifecycle.sunsetAt)
  return lifecycle.sunsetAt <= moment.at
}

/**
 * The concrete model that `account/model` names, split at the first slash: a model's id may contain a slash, an
 * account's may not.
 */
function findConcrete(name: string, state: State): Target | undefined {
  const slash = name.indexOf('/')
  if (slash < 1) return undefined
  const account = findRow(state.providerAccounts, name.slice(0, slash))
  if (account === undefined) return undefined
  const model = name.slice(slash + 1)
  const isServed = hasRow(account.models, model) || (account.anyModel && isId(model))
  return isServed ? { providerAccount: account.id, model } : undefined
}
