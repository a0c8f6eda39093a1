import type { ModelAlias, Target } from '../model/model-alias.ts'
import type { ProviderAccount } from '../model/provider-account.ts'
import type { State } from '../model/state.ts'
import { find, type Table } from '../model/table.ts'

/** Whether a route can serve now: its account and its model are there and neither is suspended. */
export function isAvailable(target: Target, state: State): boolean {
  const account = find(state.providerAccounts, target.providerAccount)
  if (account?.status !== 'active') return false
  const model = find(account.models, target.model)
  return model === undefined ? account.anyModel : model.status === 'active'
}

interface Availability {
  readonly accounts: Table<ProviderAccount>
  readonly isWhole: boolean
}

const known = new WeakMap<ModelAlias, Availability>()

/** Whether every target of an alias can serve now. Remembered by alias for as long as no provider account changes. */
export function isWhollyAvailable(alias: ModelAlias, state: State): boolean {
  const last = known.get(alias)
  if (last !== undefined && last.accounts === state.providerAccounts) return last.isWhole
  const isWhole = alias.targets.every((target) => isAvailable(target, state))
  known.set(alias, { accounts: state.providerAccounts, isWhole })
  return isWhole
}
