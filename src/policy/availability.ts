import type { ModelAlias, Target } from '../model/noun/model-alias.ts'
import type { State } from '../model/state/state.ts'
import { findRow } from '../model/table/table.ts'

/** Whether a route can serve now: its account and its model are there and neither is suspended. */
export function isAvailable(target: Target, state: State): boolean {
  const account = findRow(state.providerAccounts, target.providerAccount)
  if (account?.status !== 'active') return false
  const model = findRow(account.models, target.model)
  return model === undefined ? account.anyModel : model.status === 'active'
}

/** Whether every target of an alias can serve now. */
export function isWhollyAvailable(alias: ModelAlias, state: State): boolean {
  return alias.targets.every((target) => isAvailable(target, state))
}
