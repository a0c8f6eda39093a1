import type { ModelAlias, Target } from '../../model/noun/model-alias.ts'
import type { ProviderAccount } from '../../model/noun/provider-account.ts'
import type { Restriction } from '../../model/noun/restriction.ts'
import type { RestrictionSet } from '../../model/state/restriction-set.ts'
import type { State } from '../../model/state/state.ts'
import { hashOf } from '../../model/table/hash.ts'
import { findRow, type Table } from '../../model/table/table.ts'
import { cacheByIdentity } from '../../model/value/cache-by-identity.ts'
import { isAnyCase, nameKeyOf, routeTextsOf, selectName, selectNameInAnyCase, selectRoute } from './selection.ts'

/** Facts about an alias that depend neither on the caller nor on the instant. */
export interface EffectiveAlias {
  /** Whether every target of the alias is available: the account and the model of the target are active. */
  readonly isWhole: boolean
  /** Whether no restriction on everyone selects the alias or one of its targets. */
  readonly isFree: boolean
}

/** A cached `EffectiveAlias`, with the accounts and restrictions from which it was computed. */
interface CachedAlias extends EffectiveAlias {
  readonly accounts: Table<ProviderAccount>
  readonly everyone: RestrictionSet
}

/**
 * Returns the `EffectiveAlias` of an alias. Cached by row until any provider account or any restriction on everyone
 * changes.
 */
export const effectiveAliasOf: (alias: ModelAlias, state: State) => EffectiveAlias = /* @__PURE__ */ cacheByIdentity(
  (alias: ModelAlias, state: State): CachedAlias => {
    const accounts = state.providerAccounts
    const everyone = state.index.restrictionsOnEveryone
    const isWhole = alias.targets.every((target) => isAvailable(target, state))
    return { isWhole, isFree: !selects(everyone, alias, state), accounts, everyone }
  },
  ({ accounts, everyone }, state) =>
    accounts === state.providerAccounts && everyone === state.index.restrictionsOnEveryone,
)

/**
 * Whether a route is available: its account and its model are active. A model that the account does not list counts as
 * active if the account has `anyModel`.
 */
export function isAvailable(target: Target, state: State): boolean {
  const account = findRow(state.providerAccounts, target.providerAccount)
  if (account?.status !== 'active') return false
  const model = findRow(account.models, target.model)
  return model === undefined ? account.anyModel : model.status === 'active'
}

/** Whether a restriction in the set, in force or not, selects the alias or one of the alias's targets. */
function selects(set: RestrictionSet, alias: ModelAlias, state: State): boolean {
  if (set.size === 0) return false
  const name = nameKeyOf(alias.id)
  const found: Restriction[] = []
  selectName(set, name, hashOf(alias.id), found)
  for (const target of alias.targets) {
    const anyCase = isAnyCase(target, state)
    selectRoute(set, routeTextsOf(target, { alias, name: alias.id }), anyCase, found)
    if (anyCase) selectNameInAnyCase(set, name, true, found)
  }
  return found.length > 0
}
