import type { AccessGroup } from '../model/noun/access-group.ts'
import { holdsModel } from '../model/noun/group-models.ts'
import type { Target } from '../model/noun/model-alias.ts'
import type { ProviderAccount } from '../model/noun/provider-account.ts'
import type { State } from '../model/state/state.ts'
import { related } from '../model/table/relation.ts'
import { emptyTable, entries, findRow, hasRow, idsOf, rowsOf, type Table } from '../model/table/table.ts'
import { cacheByIdentity } from '../model/value/cache-by-identity.ts'
import { matchesAnyPattern } from '../model/value/pattern-index.ts'
import type { Caller } from '../policy/context/caller.ts'
import { contextsOf } from '../policy/context/caller-contexts.ts'
import { roleGrantsOf } from '../policy/context/context.ts'

/**
 * Returns the names to which a caller may have access: names to which the caller's groups lead, and names on accounts
 * on which the caller has a role. May include too many names, because windows are not checked. An unlisted model of an
 * account with `anyModel` is included only if such a group or the credential's scope names it.
 */
export function namesOf({ credential }: Caller, holdings: Holding, state: State): ReadonlySet<string> {
  const names = new Set<string>()
  for (const group of holdings.accessGroups) for (const name of namesOfGroup(group, state)) names.add(name)
  for (const account of holdings.providerAccounts) for (const name of namesOn(account, state)) names.add(name)
  if (credential?.scope.type !== 'list') return names
  for (const selector of credential.scope.selectors) {
    if (selector.type === 'model') names.add(`${selector.providerAccount}/${selector.model}`)
  }
  return names
}

/**
 * The groups and accounts that give access to a caller: groups that the entitlement admits, and accounts on which a
 * holder has a role.
 */
export interface Holding {
  readonly accessGroups: ReadonlySet<AccessGroup>
  readonly providerAccounts: ReadonlySet<ProviderAccount>
}

/** Returns the groups and provider accounts that a caller holds in any of its contexts. Windows are not checked. */
export function holdingsOf({ contexts }: Caller, state: State): Holding {
  const accessGroups = new Set<AccessGroup>()
  const providerAccounts = new Set<ProviderAccount>()
  for (const { holders } of contextsOf(contexts, state)) {
    for (const holder of holders) {
      for (const { group } of holder.access.groups) accessGroups.add(group)
      for (const grant of roleGrantsOf(holder)) {
        const account = findRow(state.providerAccounts, grant.providerAccount)
        if (account !== undefined) providerAccounts.add(account)
      }
    }
  }
  return { accessGroups, providerAccounts }
}

/** Returns the aliases that a group contains, by name, by a pattern or with all aliases. */
export function aliasesOf(group: AccessGroup, state: State): Iterable<string> {
  if (group.allAliases) return idsOf(state.modelAliases)
  return group.patterns.length === 0 ? idsOf(group.aliases) : matchedAliases(group, state).names
}

interface Matched {
  readonly modelAliases: Table<unknown>
  readonly names: readonly string[]
}

/** The aliases that a group contains by name or by a pattern. Cached until an alias changes. */
const matchedAliases = /* @__PURE__ */ cacheByIdentity(
  (group: AccessGroup, { modelAliases }: State): Matched => {
    const names = new Set(idsOf(group.aliases))
    for (const alias of idsOf(modelAliases)) {
      if (matchesAnyPattern(group.patterns, alias)) names.add(alias)
    }
    return { modelAliases, names: [...names] }
  },
  (cached, { modelAliases }) => cached.modelAliases === modelAliases,
)

/**
 * Returns the concrete models that a group holds, by name or by a pattern. A pattern covers only models that the
 * account lists.
 */
export function modelsOf(group: AccessGroup, state: State): readonly Target[] {
  return group.models.size === 0 ? none : heldModels(group, state).targets
}

/** Yields the names to which a group may lead: its aliases, its concrete models, and the aliases of these models. */
export function* namesOfGroup(group: AccessGroup, state: State): IterableIterator<string> {
  yield* aliasesOf(group, state)
  if (group.models.size > 0) yield* heldModels(group, state).names
}

/** Returns the provider accounts on which a group has model members, sorted by id. */
export function accountsOf({ models }: AccessGroup, { providerAccounts }: State): readonly ProviderAccount[] {
  const accounts = [...idsOf(models)].sort().map((id) => findRow(providerAccounts, id))
  return accounts.filter((account) => account !== undefined)
}

/**
 * Returns the patterns by which groups cover models of an account, without duplicates. Empty for an account without
 * `anyModel`.
 */
export function openPatternsOf(groups: Iterable<AccessGroup>, account: ProviderAccount): readonly string[] {
  if (!account.anyModel) return none
  const patterns = new Set<string>()
  for (const { models } of groups) {
    for (const pattern of findRow(models, account.id)?.patterns ?? []) patterns.add(pattern)
  }
  return [...patterns]
}

/**
 * Returns the accounts with `anyModel` whose unlisted models a caller may use, by a role or by a pattern of a group.
 * Sorted by id.
 */
export function openAccountsOf({ accessGroups, providerAccounts }: Holding, state: State): readonly ProviderAccount[] {
  const accounts = new Set(providerAccounts)
  for (const group of accessGroups) {
    for (const account of accountsOf(group, state))
      if (openPatternsOf([group], account).length > 0) accounts.add(account)
  }
  return [...accounts].filter(({ anyModel }) => anyModel).sort((a, b) => (a.id < b.id ? -1 : 1))
}

/** Returns the models that groups name on an account but that the account does not list, without duplicates. */
export function unlistedMembersOn(account: ProviderAccount, groups: Iterable<AccessGroup>): readonly string[] {
  const unlisted = new Set<string>()
  for (const { models } of groups) {
    for (const model of idsOf(findRow(models, account.id)?.models ?? emptyTable<true>())) {
      if (!hasRow(account.models, model)) unlisted.add(model)
    }
  }
  return [...unlisted]
}

/** Returns the models that groups name on an account, listed or not. */
export function modelsNamedOn(providerAccount: string, { accessGroups }: State): ReadonlySet<string> {
  return namedModels(accessGroups).get(providerAccount) ?? noModels
}

const none: readonly never[] = Object.freeze([])
const noModels: ReadonlySet<string> = new Set()

/** Maps each provider account to the models that groups name on it. Cached until a group changes. */
const namedModels = /* @__PURE__ */ cacheByIdentity((accessGroups: Table<AccessGroup>) => {
  const named = new Map<string, Set<string>>()
  for (const { models } of rowsOf(accessGroups)) {
    for (const [account, ofAccount] of entries(models)) {
      const known = named.get(account) ?? new Set()
      named.set(account, known)
      for (const model of idsOf(ofAccount.models)) known.add(model)
    }
  }
  return named
})

interface HeldModels {
  readonly modelAliases: Table<unknown>
  readonly providerAccounts: Table<unknown>
  readonly targets: readonly Target[]
  readonly names: readonly string[]
}

/**
 * The targets and names to which a group's model members lead. Cached until an alias or a provider account changes.
 */
const heldModels = /* @__PURE__ */ cacheByIdentity(
  (group: AccessGroup, state: State): HeldModels => {
    const { modelAliases, providerAccounts } = state
    const targets: Target[] = []
    const names = new Set<string>()
    for (const [providerAccount, { models, patterns }] of entries(group.models)) {
      const listed =
        patterns.length === 0 ? [] : idsOf(findRow(providerAccounts, providerAccount)?.models ?? emptyTable())
      const matched = [...listed].filter((model) => matchesAnyPattern(patterns, model))
      for (const model of new Set([...idsOf(models), ...matched])) {
        targets.push({ providerAccount, model })
        names.add(`${providerAccount}/${model}`)
      }
      for (const alias of related(state.index.providerAccountAliases, providerAccount)) {
        if (findRow(modelAliases, alias)?.targets.some((target) => holdsModel(group.models, target)) === true)
          names.add(alias)
      }
    }
    return { modelAliases, providerAccounts, targets, names: [...names] }
  },
  (cached, { modelAliases, providerAccounts }) =>
    cached.modelAliases === modelAliases && cached.providerAccounts === providerAccounts,
)

/**
 * Yields the names that lead to an account: `account/model` for each listed model, and every alias with a target on the
 * account.
 */
export function* namesOn(account: ProviderAccount, state: State): IterableIterator<string> {
  for (const model of idsOf(account.models)) yield `${account.id}/${model}`
  yield* related(state.index.providerAccountAliases, account.id)
}
