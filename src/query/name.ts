import type { AccessGroup } from '../model/noun/access-group.ts'
import type { ProviderAccount } from '../model/noun/provider-account.ts'
import type { State } from '../model/state/state.ts'
import { related } from '../model/table/relation.ts'
import { findRow, idsOf, type Table } from '../model/table/table.ts'
import { cacheByIdentity } from '../model/value/cache-by-identity.ts'
import { matchesPattern } from '../model/value/pattern.ts'
import type { Caller } from '../policy/context/caller.ts'
import { contextsOf } from '../policy/context/caller-contexts.ts'
import { roleGrantsOf } from '../policy/context/context.ts'

/**
 * The names that a caller may have access to, a superset: every alias of a group, and every name that leads to a provider
 * account, that one of its holders has in any window. A model that an account serves without listing it is included
 * only if the credential's scope lists it.
 */
export function namesOf({ credential }: Caller, holdings: Holding, state: State): ReadonlySet<string> {
  const names = new Set<string>()
  for (const group of holdings.accessGroups) for (const alias of aliasesOf(group, state)) names.add(alias)
  for (const account of holdings.providerAccounts) for (const name of namesOn(account, state)) names.add(name)
  if (credential?.scope.type !== 'list') return names
  for (const selector of credential.scope.selectors) {
    if (selector.type === 'model') names.add(`${selector.providerAccount}/${selector.model}`)
  }
  return names
}

/**
 * What the holders in a caller's contexts have: groups that the entitlement includes, and accounts on which a principal has a
 * role.
 */
export interface Holding {
  readonly accessGroups: ReadonlySet<AccessGroup>
  readonly providerAccounts: ReadonlySet<ProviderAccount>
}

/** The groups and provider accounts that a caller holds in any of the caller's contexts. Windows are not checked. */
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

/** The aliases that a group contains, including the aliases that match a pattern of the group. */
export function aliasesOf(group: AccessGroup, state: State): Iterable<string> {
  if (group.allAliases) return idsOf(state.modelAliases)
  return group.patterns.length === 0 ? idsOf(group.aliases) : matchedAliases(group, state).names
}

interface Matched {
  readonly modelAliases: Table<unknown>
  readonly names: readonly string[]
}

/**
 * The aliases that a group names, and every alias that matches a pattern of the group. Cached while no alias changes.
 */
const matchedAliases = /* @__PURE__ */ cacheByIdentity(
  (group: AccessGroup, { modelAliases }: State): Matched => {
    const names = new Set(idsOf(group.aliases))
    for (const alias of idsOf(modelAliases)) {
      if (group.patterns.some((pattern) => matchesPattern(pattern, alias))) names.add(alias)
    }
    return { modelAliases, names: [...names] }
  },
  (cached, { modelAliases }) => cached.modelAliases === modelAliases,
)

/**
 * The names that lead to an account: `account/model` for each listed model, and every alias with a target on the
 * account.
 */
export function* namesOn(account: ProviderAccount, state: State): IterableIterator<string> {
  for (const model of idsOf(account.models)) yield `${account.id}/${model}`
  yield* related(state.index.providerAccountAliases, account.id)
}
