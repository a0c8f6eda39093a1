import type { ModelAlias } from '../../model/noun/model-alias.ts'
import type { ProviderAccount } from '../../model/noun/provider-account.ts'
import type { RestrictionSet } from '../../model/state/restriction-set.ts'
import type { State } from '../../model/state/state.ts'
import { findRow, hasRow, type Table } from '../../model/table/table.ts'
import { matchesPattern } from '../../model/value/pattern.ts'
import { isWhollyAvailable } from '../availability.ts'

/** What is true of an alias for every caller. */
export interface EffectiveAlias {
  /** Whether every target can serve now. */
  readonly isWhole: boolean
  /** Whether no restriction on everyone selects the name or a target, at any time. */
  readonly isFree: boolean
}

/** What a standing was found in: it is good for as long as these are the same. */
interface Known extends EffectiveAlias {
  readonly accounts: Table<ProviderAccount>
  readonly everyone: RestrictionSet
}

const known = new WeakMap<ModelAlias, Known>()

/** Where an alias stands. Remembered by row for as long as no provider account and no restriction on everyone changes. */
export function effectiveAliasOf(alias: ModelAlias, state: State): EffectiveAlias {
  const accounts = state.providerAccounts
  const everyone = state.index.restrictionsOnEveryone
  const last = known.get(alias)
  if (last !== undefined && last.accounts === accounts && last.everyone === everyone) return last
  const standing = { isWhole: isWhollyAvailable(alias, state), isFree: !selects(everyone, alias), accounts, everyone }
  known.set(alias, standing)
  return standing
}

/** Whether a set has a restriction that selects an alias or one of its targets, in whatever window. */
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
