import type { AccessGroup } from '../../model/noun/access-group.ts'
import type { ModelAlias } from '../../model/noun/model-alias.ts'
import type { ProviderAccount } from '../../model/noun/provider-account.ts'
import type { State } from '../../model/state/state.ts'
import { related } from '../../model/table/relation.ts'
import { findRow, type Table } from '../../model/table/table.ts'
import type { Instant } from '../../model/value/instant.ts'
import type { Issue } from '../../model/value/issue.ts'
import { quote } from '../../model/value/quote.ts'
import { isAvailable } from '../../policy/availability.ts'
import type { Asking } from '../../policy/context/caller.ts'
import { contextsOf } from '../../policy/context/caller-contexts.ts'
import { isDenied } from '../../policy/decision/deny.ts'
import { type EvaluationTime, indexInForce } from '../../policy/evaluation-time.ts'
import { resolve } from '../../policy/route/resolve.ts'
import type { Access } from '../access.ts'
import { exceptionsOf, unnamedModel } from '../any-model.ts'
import { groupsHolding } from '../holder.ts'
import { aliasesOf, namesOn } from '../name.ts'
import { type QueryFailure, queryFailure } from '../query-fault.ts'
import type { Source } from './candidate.ts'
import { isLive, namesInOrder, SiftedNames } from './candidate-name.ts'

/** What may be used: a model by a name as a client writes it, any route of a provider account, anything by an access group. */
export type Usable =
  | string
  | { readonly type: 'model'; readonly name: string }
  | { readonly type: 'providerAccount'; readonly providerAccount: string }
  | { readonly type: 'accessGroup'; readonly accessGroup: string }

/** What is looked for: where candidates come from, the names by which one may have it, and what access to it looks like. */
export interface Sought {
  readonly source: Source
  /** Every name by which whoever asks may have it at a moment, which takes note of when they change. */
  readonly namesFor: (asking: Asking, moment: EvaluationTime) => Iterable<string>
  /** Whether access that somebody has is access to what is looked for. */
  readonly isIn: (access: Access) => boolean
  /** Whether a user may have it in a team's name and not without: of a name, whoever has it so has it anyway. */
  readonly isByTeam: boolean
}

/** What a question looks for, or why there is no such thing. */
export function seek(what: Usable, state: State, at: Instant): Sought | QueryFailure {
  if (typeof what === 'string') return seekModel(what, ['what'], state, at)
  switch (what.type) {
    case 'model':
      return seekModel(what.name, ['what', 'name'], state, at)
    case 'providerAccount': {
      const { providerAccount } = what
      const account = findRow(state.providerAccounts, providerAccount)
      if (account !== undefined) return seekAccount(account, state, at)
      const message = `there is no provider account ${quote(providerAccount)}`
      return queryFailure('provider_account_unknown', ['what', 'providerAccount'], message)
    }
    case 'accessGroup': {
      const { accessGroup } = what
      const group = findRow(state.accessGroups, accessGroup)
      if (group !== undefined) return seekGroup(group, state, at)
      const message = `there is no access group ${quote(accessGroup)}`
      return queryFailure('access_group_unknown', ['what', 'accessGroup'], message)
    }
  }
}

const all = (): boolean => true
const nobody: Sought = {
  source: { accessGroups: new Set(), providerAccounts: new Set() },
  namesFor: () => [],
  isIn: () => false,
  isByTeam: false,
}

function seekModel(name: string, path: Issue['path'], state: State, at: Instant): Sought | QueryFailure {
  const resolved = resolve(name, state)
  if (isDenied(resolved)) {
    return queryFailure('model_unknown', path, `there is no alias and no concrete model ${quote(name)}`)
  }
  if (!isLive(name, state, at, all)) return nobody
  const groups = resolved.alias === undefined ? [] : groupsHolding(name, state)
  const targets = resolved.targets.filter((target) => isAvailable(target, state))
  return {
    source: {
      accessGroups: new Set([...groups].map(({ id }) => id)),
      providerAccounts: new Set(targets.map(({ providerAccount }) => providerAccount)),
    },
    namesFor: () => [name],
    isIn: all,
    isByTeam: false,
  }
}

function seekGroup(group: AccessGroup, state: State, at: Instant): Sought {
  const names = new SiftedNames(sortedAliases(group, state), (name) => isLive(name, state, at, all))
  if (names.at(0) === undefined) return nobody
  return {
    source: { accessGroups: new Set([group.id]), providerAccounts: new Set() },
    namesFor: (asking, moment) =>
      holdingsNow(asking, state, moment).accessGroups.has(group.id) ? namesInOrder([names]) : [],
    isIn: ({ reach }) => reach.some((path) => path.type === 'accessGroup' && path.accessGroup === group.id),
    isByTeam: true,
  }
}

function seekAccount(account: ProviderAccount, state: State, at: Instant): Sought {
  const isOn = ({ providerAccount }: { readonly providerAccount: string }): boolean => providerAccount === account.id
  const sift = (names: readonly string[]): SiftedNames =>
    new SiftedNames(names, (name) => isLive(name, state, at, isOn))
  const { byRole, byGroup } = leading(account, state)
  const all = sift(byRole)
  const open = findOpenName(account, state)
  if (all.at(0) === undefined && open === undefined) return nobody
  const ofGroups = new Map([...byGroup].map(([group, names]) => [group, sift(names)]))
  return {
    source: { accessGroups: new Set(byGroup.keys()), providerAccounts: new Set([account.id]) },
    *namesFor(asking, moment) {
      const { accessGroups, providerAccounts } = holdingsNow(asking, state, moment)
      const hasRole = providerAccounts.has(account.id)
      const lists = hasRole ? [all] : [...accessGroups].map((id) => ofGroups.get(id))
      yield* namesInOrder(lists.filter((list) => list !== undefined))
      if (hasRole && open !== undefined) yield open
    },
    isIn: ({ routes }) => routes.some(isOn),
    isByTeam: true,
  }
}

/** What a caller holds in any of its contexts now: without it, no name need be tried. */
function holdingsNow({ caller }: Asking, state: State, moment: EvaluationTime): Source {
  const accessGroups = new Set<string>()
  const providerAccounts = new Set<string>()
  for (const { members } of contextsOf(caller, state)) {
    for (const { row, standing } of members) {
      for (const { group, windows } of standing.held) {
        if (indexInForce(windows, moment) >= 0) accessGroups.add(group.id)
      }
      for (const { providerAccount, windows } of row.roleGrants) {
        if (indexInForce(windows, moment) >= 0) providerAccounts.add(providerAccount)
      }
    }
  }
  return { accessGroups, providerAccounts }
}

/** A name that stands for every model which an account serves without listing it, if it serves any now. */
function findOpenName(account: ProviderAccount, state: State): string | undefined {
  if (!account.anyModel) return undefined
  const model = unnamedModel(exceptionsOf(account, { credential: undefined }, state), account)
  return isAvailable({ providerAccount: account.id, model }, state) ? `${account.id}/${model}` : undefined
}

interface Sorted {
  readonly modelAliases: Table<ModelAlias>
  readonly names: readonly string[]
}

const sorted = new WeakMap<AccessGroup, Sorted>()

/** The aliases of a group in the order of code units, remembered for as long as no alias changes: every page asks for them. */
function sortedAliases(group: AccessGroup, state: State): readonly string[] {
  const { modelAliases } = state
  const last = sorted.get(group)
  if (last?.modelAliases === modelAliases) return last.names
  const names = [...aliasesOf(group, state)].sort()
  sorted.set(group, { modelAliases, names })
  return names
}

/** The names that may lead to an account, in the order of code units: all of them by a role, those of a group by the group. */
interface Leading {
  readonly modelAliases: Table<ModelAlias>
  readonly accessGroups: Table<AccessGroup>
  readonly byRole: readonly string[]
  readonly byGroup: ReadonlyMap<string, readonly string[]>
}

const known = new WeakMap<ProviderAccount, Leading>()

/** Remembered for as long as no alias and no group changes: every page asks for them. */
function leading(account: ProviderAccount, state: State): Leading {
  const { modelAliases, accessGroups } = state
  const last = known.get(account)
  if (last !== undefined && last.modelAliases === modelAliases && last.accessGroups === accessGroups) return last
  const byRole = [...new Set(namesOn(account, state))].sort()
  const byGroup = new Map<string, string[]>()
  for (const alias of [...related(state.index.providerAccountAliases, account.id)].sort()) {
    for (const { id } of groupsHolding(alias, state)) {
      const names = byGroup.get(id)
      if (names === undefined) byGroup.set(id, [alias])
      else names.push(alias)
    }
  }
  const found = { modelAliases, accessGroups, byRole, byGroup }
  known.set(account, found)
  return found
}
