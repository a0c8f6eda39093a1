import type { AccessGroup } from '../../model/noun/access-group.ts'
import type { ModelAlias } from '../../model/noun/model-alias.ts'
import type { ProviderAccount } from '../../model/noun/provider-account.ts'
import type { State } from '../../model/state/state.ts'
import { related } from '../../model/table/relation.ts'
import { findRow, type Table } from '../../model/table/table.ts'
import { cacheByIdentity } from '../../model/value/cache-by-identity.ts'
import type { Instant } from '../../model/value/instant.ts'
import type { Issue } from '../../model/value/issue.ts'
import type { Caller } from '../../policy/context/caller.ts'
import { contextsOf } from '../../policy/context/caller-contexts.ts'
import { roleGrantsOf } from '../../policy/context/context.ts'
import { isDenied } from '../../policy/decision/deny.ts'
import { type EvaluationTime, indexInForce } from '../../policy/evaluation-time.ts'
import { isAvailable } from '../../policy/route/effective-alias.ts'
import { resolve } from '../../policy/route/resolve.ts'
import type { Access } from '../access.ts'
import { classesFor } from '../caller-class.ts'
import { groupsHolding } from '../holder.ts'
import { aliasesOf, namesOn } from '../name.ts'
import type { QueryFailure } from '../query-fault.ts'
import { unknownAccessGroup, unknownModel, unknownProviderAccount } from '../unknown-name.ts'
import { FilteredNames, isLive, namesInOrder } from './live-name.ts'
import type { GrantSource } from './principal-scan.ts'

/**
 * The thing to which `whoCanUse` finds access: a model by the name that a client sends, any route on a provider
 * account, or any model through an access group.
 */
export type Usable =
  | string
  | { readonly type: 'model'; readonly name: string }
  | { readonly type: 'providerAccount'; readonly providerAccount: string }
  | { readonly type: 'accessGroup'; readonly accessGroup: string }

/** A resolved `Usable`: the groups and accounts that may give access, the names to try, and the test of an access. */
export interface AccessTarget {
  readonly source: GrantSource
  /**
   * Every name by which the caller may have access to the target. Lowers the boundary of `moment` to the instant at
   * which the names may change.
   */
  readonly namesFor: (caller: Caller, moment: EvaluationTime) => Iterable<string>
  /** Whether an access to a name is an access to the target. */
  readonly includes: (access: Access) => boolean
  /**
   * Whether a user may need to name a team for it although its default team is active. False for a model: such a user has
   * it without a team if it has it on behalf of one.
   */
  readonly isByTeam: boolean
}

/** Resolves a `Usable`. Returns a failure if the model, provider account or access group does not exist. */
export function findTarget(what: Usable, state: State, at: Instant): AccessTarget | QueryFailure {
  if (typeof what === 'string') return modelTarget(what, ['what'], state, at)
  switch (what.type) {
    case 'model':
      return modelTarget(what.name, ['what', 'name'], state, at)
    case 'providerAccount': {
      const account = findRow(state.providerAccounts, what.providerAccount)
      if (account !== undefined) return accountTarget(account, state, at)
      return unknownProviderAccount(what.providerAccount, ['what', 'providerAccount'])
    }
    case 'accessGroup': {
      const group = findRow(state.accessGroups, what.accessGroup)
      if (group !== undefined) return groupTarget(group, state, at)
      return unknownAccessGroup(what.accessGroup, ['what', 'accessGroup'])
    }
  }
}

const every = (): boolean => true
/** The target that no principal can use. */
const unusable: AccessTarget = {
  source: { accessGroups: new Set(), providerAccounts: new Set() },
  namesFor: () => [],
  includes: () => false,
  isByTeam: false,
}

function modelTarget(name: string, path: Issue['path'], state: State, at: Instant): AccessTarget | QueryFailure {
  const resolved = resolve(name, state)
  if (isDenied(resolved)) return unknownModel(name, path)
  if (!isLive(name, state, at, every)) return unusable
  const groups = resolved.alias === undefined ? [] : groupsHolding(name, state)
  const targets = resolved.targets.filter((target) => isAvailable(target, state))
  return {
    source: {
      accessGroups: new Set([...groups].map(({ id }) => id)),
      providerAccounts: new Set(targets.map(({ providerAccount }) => providerAccount)),
    },
    namesFor: () => [name],
    includes: every,
    isByTeam: false,
  }
}

function groupTarget(group: AccessGroup, state: State, at: Instant): AccessTarget {
  const names = new FilteredNames(sortedAliases(group, state).names, (name) => isLive(name, state, at, every))
  if (names.at(0) === undefined) return unusable
  return {
    source: { accessGroups: new Set([group.id]), providerAccounts: new Set() },
    namesFor: (caller, moment) =>
      holdingsNow(caller, state, moment).accessGroups.has(group.id) ? namesInOrder([names]) : [],
    includes: ({ reach }) => reach.some((path) => path.type === 'accessGroup' && path.accessGroup === group.id),
    isByTeam: true,
  }
}

function accountTarget(account: ProviderAccount, state: State, at: Instant): AccessTarget {
  const isOn = ({ providerAccount }: { readonly providerAccount: string }): boolean => providerAccount === account.id
  const sift = (names: readonly string[]): FilteredNames =>
    new FilteredNames(names, (name) => isLive(name, state, at, isOn))
  const { byRole, byGroup } = leadingNames(account, state)
  const namesByRole = sift(byRole)
  const isOpen = account.anyModel && account.status === 'active'
  if (namesByRole.at(0) === undefined && !isOpen) return unusable
  const ofGroups = new Map([...byGroup].map(([group, names]) => [group, sift(names)]))
  return {
    source: { accessGroups: new Set(byGroup.keys()), providerAccounts: new Set([account.id]) },
    *namesFor(caller, moment) {
      const { accessGroups, providerAccounts } = holdingsNow(caller, state, moment)
      const hasRole = providerAccounts.has(account.id)
      const lists = hasRole ? [namesByRole] : [...accessGroups].map((id) => ofGroups.get(id))
      yield* namesInOrder(lists.filter((list) => list !== undefined))
      if (!hasRole || !isOpen) return
      for (const { sample } of classesFor(caller, account, state)) yield `${account.id}/${sample}`
    },
    includes: ({ routes }) => routes.some(isOn),
    isByTeam: true,
  }
}

/**
 * The groups and accounts that a caller holds now, in any of the caller's contexts. Used to skip names that cannot give
 * access.
 */
function holdingsNow({ contexts }: Caller, state: State, moment: EvaluationTime): GrantSource {
  const accessGroups = new Set<string>()
  const providerAccounts = new Set<string>()
  for (const { holders } of contextsOf(contexts, state)) {
    for (const holder of holders) {
      for (const { group, windows } of holder.access.groups) {
        if (indexInForce(windows, moment) >= 0) accessGroups.add(group.id)
      }
      for (const { providerAccount, windows } of roleGrantsOf(holder)) {
        if (indexInForce(windows, moment) >= 0) providerAccounts.add(providerAccount)
      }
    }
  }
  return { accessGroups, providerAccounts }
}

interface SortedAliases {
  readonly modelAliases: Table<ModelAlias>
  readonly names: readonly string[]
}

/** The sorted aliases of a group. Cached while no alias changes, because every page of a result needs the aliases. */
const sortedAliases = /* @__PURE__ */ cacheByIdentity(
  (group: AccessGroup, state: State): SortedAliases => ({
    modelAliases: state.modelAliases,
    names: [...aliasesOf(group, state)].sort(),
  }),
  (cached, { modelAliases }) => cached.modelAliases === modelAliases,
)

/**
 * The sorted names that lead to an account: `byRole` for a principal with a role on the account, and `byGroup` for the
 * holders of each group.
 */
interface LeadingNames {
  readonly modelAliases: Table<ModelAlias>
  readonly accessGroups: Table<AccessGroup>
  readonly byRole: readonly string[]
  readonly byGroup: ReadonlyMap<string, readonly string[]>
}

/**
 * The names that lead to an account. Cached while no alias and no group changes, because every page of a result needs
 * the names.
 */
const leadingNames = /* @__PURE__ */ cacheByIdentity((account: ProviderAccount, state: State): LeadingNames => {
  const { modelAliases, accessGroups } = state
  const byRole = [...new Set(namesOn(account, state))].sort()
  const byGroup = new Map<string, string[]>()
  for (const alias of [...related(state.index.providerAccountAliases, account.id)].sort()) {
    for (const { id } of groupsHolding(alias, state)) {
      const names = byGroup.get(id)
      if (names === undefined) byGroup.set(id, [alias])
      else names.push(alias)
    }
  }
  return { modelAliases, accessGroups, byRole, byGroup }
}, isCurrent)

function isCurrent(cached: LeadingNames, { modelAliases, accessGroups }: State): boolean {
  return cached.modelAliases === modelAliases && cached.accessGroups === accessGroups
}
