import type { AccessGroup } from '../model/noun/access-group.ts'
import type { ProviderAccount } from '../model/noun/provider-account.ts'
import type { State } from '../model/state/state.ts'
import { related } from '../model/table/relation.ts'
import { findRow, idsOf, type Table } from '../model/table/table.ts'
import { matchesPattern } from '../model/value/pattern.ts'
import type { Asking } from '../policy/context/caller.ts'
import { contextsOf } from '../policy/context/caller-contexts.ts'

/**
 * The names that whoever asks may have access to: every alias of a group that one of its principals holds, and whatever
 * leads to a provider account on which one of them has a role, in whatever window. What is not among them is not its own;
 * what is among them is still to be judged. A name that an account serves without listing it is there only if the
 * credential's scope says it.
 */
export function namesOf({ credential }: Asking, holdings: Holding, state: State): ReadonlySet<string> {
  const names = new Set<string>()
  for (const group of holdings.accessGroups) for (const alias of aliasesOf(group, state)) names.add(alias)
  for (const account of holdings.providerAccounts) for (const name of namesOn(account, state)) names.add(name)
  if (credential?.scope.type !== 'list') return names
  for (const selector of credential.scope.selectors) {
    if (selector.type === 'model') names.add(`${selector.providerAccount}/${selector.model}`)
  }
  return names
}

/** What the principals behind whoever asks hold: groups that their ceilings let through, accounts on which they have a role. */
export interface Holding {
  readonly accessGroups: ReadonlySet<AccessGroup>
  readonly providerAccounts: ReadonlySet<ProviderAccount>
}

/** Everything that a caller holds in any of its contexts, in whatever window. */
export function holdingsOf({ caller }: Asking, state: State): Holding {
  const accessGroups = new Set<AccessGroup>()
  const providerAccounts = new Set<ProviderAccount>()
  for (const { members } of contextsOf(caller, state)) {
    for (const { row, standing } of members) {
      for (const { group } of standing.held) accessGroups.add(group)
      for (const grant of row.roleGrants) {
        const account = findRow(state.providerAccounts, grant.providerAccount)
        if (account !== undefined) providerAccounts.add(account)
      }
    }
  }
  return { accessGroups, providerAccounts }
}

/** The aliases that a group holds, those of its patterns included. */
export function aliasesOf(group: AccessGroup, state: State): Iterable<string> {
  if (group.allAliases) return idsOf(state.modelAliases)
  return group.patterns.length === 0 ? idsOf(group.aliases) : matchedAliases(group, state)
}

interface Matched {
  readonly modelAliases: Table<unknown>
  readonly names: readonly string[]
}

const matched = new WeakMap<AccessGroup, Matched>()

/** Patterns are matched against every alias, so what they came to is remembered for as long as no alias changes. */
function matchedAliases(group: AccessGroup, { modelAliases }: State): readonly string[] {
  const last = matched.get(group)
  if (last?.modelAliases === modelAliases) return last.names
  const names = new Set(idsOf(group.aliases))
  for (const alias of idsOf(modelAliases)) {
    if (group.patterns.some((pattern) => matchesPattern(pattern, alias))) names.add(alias)
  }
  const found = { modelAliases, names: [...names] }
  matched.set(group, found)
  return found.names
}

/** The names that lead to an account: its models under its own name, and the aliases that have a target there. */
export function* namesOn(account: ProviderAccount, state: State): IterableIterator<string> {
  for (const model of idsOf(account.models)) yield `${account.id}/${model}`
  yield* related(state.index.providerAccountAliases, account.id)
}
