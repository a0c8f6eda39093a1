import { hashOf } from '../model/hash.ts'
import { isId } from '../model/id.ts'
import { findSuccessor, type ModelAlias, type Target } from '../model/model-alias.ts'
import type { State } from '../model/state.ts'
import { find, findHashed, has } from '../model/table.ts'
import { type Denied, deny } from './deny.ts'
import { type Moment, note } from './moment.ts'

/** What a model name stands for: an alias with its targets, or one concrete model. */
export interface Resolved {
  readonly name: string
  readonly hash: number
  readonly alias: ModelAlias | undefined
  readonly targets: readonly Target[]
}

/** An alias before a concrete model of the same name; a name that is neither, or whose alias is retired, is refused. */
export function resolve(name: string, state: State, moment: Moment): Resolved | Denied {
  const hash = hashOf(name)
  const alias = findHashed(state.modelAliases, name, hash)
  if (alias !== undefined) {
    return isRetired(alias, moment) ? retired(alias, state) : { name, hash, alias, targets: alias.targets }
  }
  const target = findConcrete(name, state)
  if (target !== undefined) return { name, hash, alias: undefined, targets: [target] }
  return deny('model_unknown', { type: 'model', id: name }, [{ type: 'correct_model_name' }], state)
}

function isRetired({ lifecycle }: ModelAlias, moment: Moment): boolean {
  if (lifecycle.type !== 'deprecated') return lifecycle.type === 'retired'
  note(moment, lifecycle.sunsetAt)
  return lifecycle.sunsetAt <= moment.at
}

function retired(alias: ModelAlias, state: State): Denied {
  const successor = findSuccessor(alias)
  const remedy =
    successor === undefined
      ? ({ type: 'correct_model_name' } as const)
      : ({ type: 'use_successor', successor } as const)
  return deny('model_retired', { type: 'model', id: alias.id }, [remedy], state)
}

/** `account/model`, split at the first slash: an account's id holds none, a model's may. */
function findConcrete(name: string, state: State): Target | undefined {
  const slash = name.indexOf('/')
  if (slash < 1) return undefined
  const account = find(state.providerAccounts, name.slice(0, slash))
  if (account === undefined) return undefined
  const model = name.slice(slash + 1)
  const isServed = has(account.models, model) || (account.anyModel && isId(model))
  return isServed ? { providerAccount: account.id, model } : undefined
}
