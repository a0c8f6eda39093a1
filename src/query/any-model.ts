import type { ProviderAccount } from '../model/noun/provider-account.ts'
import type { State } from '../model/state/state.ts'
import { related } from '../model/table/relation.ts'
import { getRow, hasRow, idsOf } from '../model/table/table.ts'
import { cacheByIdentity } from '../model/value/cache-by-identity.ts'
import { isId } from '../model/value/id.ts'
import type { Scope } from '../model/value/selector.ts'

/**
 * For an account with `anyModel`, returns each model that the account does not list, but that a restriction, a
 * credential's scope or the name of an alias (`account/model`) mentions.
 */
export function exceptionsOf(account: ProviderAccount, scopes: readonly Scope[], state: State): ReadonlySet<string> {
  const models = new Set<string>()
  for (const id of related(state.index.providerAccountRestrictions, account.id)) {
    const { selector } = getRow(state.restrictions, id)
    if (selector.type === 'model') models.add(selector.model)
  }
  for (const model of modelsInScopes(account.id, scopes)) models.add(model)
  for (const model of aliasesNamedOn(account.id, state)) models.add(model)
  for (const model of models) if (hasRow(account.models, model)) models.delete(model)
  return models
}

/** Returns the models of an account that scopes select by name. */
export function modelsInScopes(account: string, scopes: readonly Scope[]): readonly string[] {
  return scopes.flatMap((scope) =>
    scope.type === 'all'
      ? []
      : scope.selectors.flatMap((one) => (one.type === 'model' && one.providerAccount === account ? [one.model] : [])),
  )
}

/** Returns the models of an account that share their full name, `account/model`, with an alias. */
export function aliasesNamedOn(account: string, state: State): readonly string[] {
  return shadowedBy(state.modelAliases).get(account) ?? []
}

type ShadowedModels = ReadonlyMap<string, readonly string[]>

/**
 * Maps each account id to the models that share their full name, `account/model`, with an alias. Cached until an alias
 * changes.
 */
const shadowedBy = /* @__PURE__ */ cacheByIdentity((modelAliases: State['modelAliases']): ShadowedModels => {
  const found = new Map<string, string[]>()
  for (const alias of idsOf(modelAliases)) {
    const slash = alias.indexOf('/')
    const model = alias.slice(slash + 1)
    if (slash < 1 || !isId(model)) continue
    const account = alias.slice(0, slash)
    const models = found.get(account)
    if (models === undefined) found.set(account, [model])
    else models.push(model)
  }
  return found
})
