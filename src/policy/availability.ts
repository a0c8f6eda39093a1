import type { ModelAlias, Target } from '../model/model-alias.ts'
import type { State } from '../model/state.ts'
import { find } from '../model/table.ts'

/** Whether a route can serve now: its account and its model are there and neither is suspended. */
export function isAvailable(target: Target, state: State): boolean {
  const account = find(state.providerAccounts, target.providerAccount)
  if (account?.status !== 'active') return false
  const model = find(account.models, target.model)
  return model === undefined ? account.anyModel : model.status === 'active'
}

/** Whether every target of an alias can serve now. */
export function isWhollyAvailable(alias: ModelAlias, state: State): boolean {
  return alias.targets.every((target) => isAvailable(target, state))
}
