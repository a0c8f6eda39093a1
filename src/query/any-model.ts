import type { ProviderAccount } from '../model/noun/provider-account.ts'
import type { State } from '../model/state/state.ts'
import { related } from '../model/table/relation.ts'
import { getRow, hasRow, idsOf, type Table } from '../model/table/table.ts'
import { isId } from '../model/value/id.ts'
import type { Asking } from '../policy/context/caller.ts'

/**
 * A model that an account with `anyModel` serves and that nothing in the state says a word of: whatever is decided of it
 * is decided of every model that the account does not list and that is not among the exceptions.
 */
export function unnamedModel(exceptions: ReadonlySet<string>, account: ProviderAccount): string {
  let model = 'model'
  for (let i = 2; exceptions.has(model) || hasRow(account.models, model); i += 1) model = `model-${i}`
  return model
}

/**
 * The models of an account with `anyModel` that the account does not list and that something else speaks of: a
 * restriction, a credential's scope, or an alias that has taken the name `account/model`.
 */
export function exceptionsOf(
  account: ProviderAccount,
  { credential }: Pick<Asking, 'credential'>,
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
  for (const model of shadowed(state).get(account.id) ?? []) models.add(model)
  for (const model of models) if (hasRow(account.models, model)) models.delete(model)
  return models
}

type Shadows = ReadonlyMap<string, readonly string[]>

const shadows = new WeakMap<Table<unknown>, Shadows>()

/** The models whose names aliases have taken, by account. */
function shadowed({ modelAliases }: State): Shadows {
  const known = shadows.get(modelAliases)
  if (known !== undefined) return known
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
  shadows.set(modelAliases, found)
  return found
}
