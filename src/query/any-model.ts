import type { ProviderAccount } from '../model/noun/provider-account.ts'
import type { State } from '../model/state/state.ts'
import { related } from '../model/table/relation.ts'
import { getRow, hasRow, idsOf } from '../model/table/table.ts'
import { cacheByIdentity } from '../model/value/cache-by-identity.ts'
import { isId } from '../model/value/id.ts'
import type { Caller } from '../policy/context/caller.ts'
import { type NameClasses, nameClassesOf } from './name-class.ts'

/**
 * A model name that an account with `anyModel` serves and that no row mentions. A decision about this name holds for
 * every unlisted model of the account, except the models in `exceptions`.
 */
export function unnamedModel(exceptions: ReadonlySet<string>, account: ProviderAccount): string {
  let model = 'model'
  for (let i = 2; exceptions.has(model) || hasRow(account.models, model); i += 1) model = `model-${i}`
  return model
}

/**
 * The models that an account with `anyModel` does not list, but that another row mentions: a restriction, the
 * credential's scope, or an alias named `account/model`.
 */
export function exceptionsOf(
  account: ProviderAccount,
  { credential }: Pick<Caller, 'credential'>,
  state: State,
): ReadonlySet<string> {
  const models = new Set<string>()
  for (const id of related(state.index.providerAccountRestrictions, account.id)) {
    const { selector } = getRow(state.restrictions, id)
    if (selector.type === 'model') models.add(selector.model)
  }
  if (credential?.scope.type === 'list') {
    for (const selector of credential.scope.selectors) {
      if (selector.type === 'model' && selector.providerAccount === account.id) models.add(selector.model)
    }
  }
  for (const model of shadowedBy(state.modelAliases).get(account.id) ?? []) models.add(model)
  for (const model of models) if (hasRow(account.models, model)) models.delete(model)
  return models
}

/**
 * The classes into which patterns divide the models that an account with `anyModel` does not list and that are not
 * `mentioned`. Without patterns there is one class, of all such models.
 */
export function openClassesOf(
  account: ProviderAccount,
  patterns: readonly string[],
  mentioned: ReadonlySet<string>,
): NameClasses {
  if (patterns.length > 0) return nameClassesOf(patterns, [...mentioned, ...idsOf(account.models)])
  return { patterns, classes: [{ name: unnamedModel(mentioned, account), matched: [] }], isComplete: true }
}

type ShadowedModels = ReadonlyMap<string, readonly string[]>

/**
 * For each account id, the models whose full name `account/model` is also the name of an alias. Cached while no alias
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
