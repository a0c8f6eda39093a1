import type { ModelAlias, Target } from '../../model/noun/model-alias.ts'
import { servesModel } from '../../model/noun/provider-account.ts'
import type { State } from '../../model/state/state.ts'
import { hashOf } from '../../model/table/hash.ts'
import { findHashed, findRow } from '../../model/table/table.ts'
import { type Denied, deny } from '../decision/deny.ts'
import { type EvaluationTime, noteBoundary } from '../evaluation-time.ts'

/**
 * A requested model name and the target models that the name refers to: all targets of an alias, or one concrete model.
 */
export interface Resolved {
  readonly name: string
  readonly hash: number
  readonly alias: ModelAlias | undefined
  readonly targets: readonly Target[]
}

/**
 * Finds the alias with this name or, if no such alias exists, the concrete model. Returns the denial `model_unknown`
 * for any other name.
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
 * Whether an alias is retired, by a command or because the alias's sunset has passed. Notes a future sunset as a
 * boundary.
 */
export function isRetired({ lifecycle }: ModelAlias, moment: EvaluationTime): boolean {
  if (lifecycle.type !== 'deprecated') return lifecycle.type === 'retired'
  noteBoundary(moment, lifecycle.sunsetAt)
  return lifecycle.sunsetAt <= moment.at
}

/**
 * Finds the concrete model that a name `account/model` refers to. Splits the name at the first slash: a model's id may
 * contain slashes, an account's id may not. Returns `undefined` if the account does not exist or does not serve the
 * model.
 */
function findConcrete(name: string, state: State): Target | undefined {
  const slash = name.indexOf('/')
  if (slash < 1) return undefined
  const account = findRow(state.providerAccounts, name.slice(0, slash))
  if (account === undefined) return undefined
  const model = name.slice(slash + 1)
  return servesModel(account, model) ? { providerAccount: account.id, model } : undefined
}
