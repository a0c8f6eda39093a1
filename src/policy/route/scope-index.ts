import type { Target } from '../../model/noun/model-alias.ts'
import { cacheByIdentity } from '../../model/value/cache-by-identity.ts'
import { matchesAnyPattern } from '../../model/value/pattern-index.ts'
import type { Scope, Selector } from '../../model/value/selector.ts'
import { routeNameOf } from './selection.ts'

type Selectors = (Scope & { readonly type: 'list' })['selectors']

/** The selectors of a scope by type, so that a name is compared with the patterns only. */
export interface ScopeIndex {
  readonly aliases: ReadonlySet<string>
  readonly providerAccounts: ReadonlySet<string>
  /** The selected models, by provider account. */
  readonly models: ReadonlyMap<string, ReadonlySet<string>>
  readonly patterns: readonly string[]
}

/** Returns the index of the selectors of a scope, cached by the list. */
export const scopeIndexOf: (selectors: Selectors) => ScopeIndex = /* @__PURE__ */ cacheByIdentity(
  (selectors: Selectors): ScopeIndex => {
    const [aliases, providerAccounts] = [new Set<string>(), new Set<string>()]
    const models = new Map<string, Set<string>>()
    const patterns: string[] = []
    for (const selector of selectors) {
      if (selector.type === 'alias') aliases.add(selector.alias)
      else if (selector.type === 'pattern') patterns.push(selector.pattern)
      else if (selector.type === 'providerAccount') providerAccounts.add(selector.providerAccount)
      else {
        const ofAccount = models.get(selector.providerAccount) ?? new Set()
        models.set(selector.providerAccount, ofAccount.add(selector.model))
      }
    }
    return { aliases, providerAccounts, models, patterns }
  },
)

/** Whether a scope includes an alias, by its name or by a pattern. */
export function includesAlias({ aliases, patterns }: ScopeIndex, alias: string): boolean {
  return aliases.has(alias) || matchesAnyPattern(patterns, alias)
}

/** Whether a scope includes a model, by its account, its name or a pattern. */
export function includesModel({ providerAccounts, models, patterns }: ScopeIndex, target: Target): boolean {
  const { providerAccount, model } = target
  if (providerAccounts.has(providerAccount) || models.get(providerAccount)?.has(model) === true) return true
  return patterns.length > 0 && matchesAnyPattern(patterns, routeNameOf(target))
}

/** Whether a scope includes everything that a selector selects. Two patterns are compared as strings. */
export function includesSelector(index: ScopeIndex, selector: Selector): boolean {
  switch (selector.type) {
    case 'alias':
      return includesAlias(index, selector.alias)
    case 'pattern':
      return index.patterns.includes(selector.pattern)
    case 'providerAccount':
      return index.providerAccounts.has(selector.providerAccount)
    case 'model':
      return includesModel(index, selector)
  }
}
