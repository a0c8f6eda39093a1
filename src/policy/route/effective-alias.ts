import type { ModelAlias, Target } from '../../model/noun/model-alias.ts'
import type { ProviderAccount } from '../../model/noun/provider-account.ts'
import type { RestrictionSet } from '../../model/state/restriction-set.ts'
import type { State } from '../../model/state/state.ts'
import { findRow, hasRow, type Table } from '../../model/table/table.ts'
import { cacheByIdentity } from '../../model/value/cache-by-identity.ts'
import { matchesPattern } from '../../model/value/pattern.ts'

/** The facts about an alias that are the same for every caller and at every instant. */
export interface EffectiveAlias {
  /** Whether every target is available. */
  readonly isWhole: boolean
  /** Whether no restriction on everyone selects the alias or one of its targets. */
  readonly isFree: boolean
}

/** An effective alias, with the tables from which it was computed. */
interface CachedAlias extends EffectiveAlias {
  readonly accounts: Table<ProviderAccount>
  readonly everyone: RestrictionSet
}

/** The effective alias of a row, cached until a provider account or a restriction on everyone changes. */
export const effectiveAliasOf: (alias: ModelAlias, state: State) => EffectiveAlias = /* @__PURE__ */ cacheByIdentity(
  (alias: ModelAlias, state: State): CachedAlias => {
    const accounts = state.providerAccounts
    const everyone = state.index.restrictionsOnEveryone
    const isWhole = alias.targets.every((target) => isAvailable(target, state))
    return { isWhole, isFree: !selects(everyone, alias), accounts, everyone }
  },
  ({ accounts, everyone }, state) =>
    accounts === state.providerAccounts && everyone === state.index.restrictionsOnEveryone,
)

/**
 * Whether a route is available: its account is active, and its model is active or, for an account with `anyModel`, not
 * listed.
 */
export function isAvailable(target: Target, state: State): boolean {
  const account = findRow(state.providerAccounts, target.providerAccount)
  if (account?.status !== 'active') return false
  const model = findRow(account.models, target.model)
  return model === undefined ? account.anyModel : model.status === 'active'
}

/**
 * Whether any restriction of the set selects an alias or one of the alias's targets. The restriction need not be in
 * force.
 */
function selects(set: RestrictionSet, { id, targets }: ModelAlias): boolean {
  if (set.size === 0) return false
  if (hasRow(set.aliases, id)) return true
  if (set.patterns.some(({ selector }) => selector.type === 'aliasPattern' && matchesPattern(selector.pattern, id)))
    return true
  return targets.some(({ providerAccount, model }) => {
    const models = findRow(set.models, providerAccount)
    return hasRow(set.providerAccounts, providerAccount) || (models !== undefined && hasRow(models, model))
  })
}
