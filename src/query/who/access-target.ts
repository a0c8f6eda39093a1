import type { AccessGroup } from '../../model/noun/access-group.ts'
import { holdsModel } from '../../model/noun/group-models.ts'
import type { ModelAlias } from '../../model/noun/model-alias.ts'
import type { ProviderAccount } from '../../model/noun/provider-account.ts'
import type { State } from '../../model/state/state.ts'
import { related } from '../../model/table/relation.ts'
import { findRow, getRow, idsOf, type Table } from '../../model/table/table.ts'
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
import { aliasesNamedOn } from '../any-model.ts'
import { cached } from '../cached.ts'
import { ClassFinder } from '../caller-class.ts'
import { groupsLeadingTo, groupsReaching } from '../holder.ts'
import { accountsOf, modelsNamedOn, namesOfGroup, namesOn, openPatternsOf } from '../name.ts'
import type { NameClass } from '../name-class.ts'
import { matcherOfName } from '../name-matcher.ts'
import { isAmongModels, type OpenModels } from '../open-class.ts'
import type { QueryFailure } from '../query-fault.ts'
import { unknownAccessGroup, unknownModel, unknownProviderAccount } from '../unknown-name.ts'
import { FilteredNames, isLive, namesInOrder } from './live-name.ts'
import type { GrantSource } from './principal-scan.ts'

/**
 * What to search access to: a model by the name that a client sends, any route on an account, or any model through a
 * group.
 */
export type Usable =
  | string
  | { readonly type: 'model'; readonly name: string }
  | { readonly type: 'providerAccount'; readonly providerAccount: string }
  | { readonly type: 'accessGroup'; readonly accessGroup: string }

/**
 * A name to try: a name as a client sends it, or a sample name that represents unlisted models of an open account
 * (`anyModel`).
 */
type CandidateName =
  | string
  | { readonly model: string; readonly openAccount: { readonly providerAccount: string } & OpenModels }

/** The target of a search: the groups and accounts that may give access, the names to try, and a test for accesses. */
export interface AccessTarget {
  readonly source: GrantSource
  /**
   * Returns every name by which the caller may have access to the target. Lowers the boundary of `moment` to the
   * instant at which the names may change. `whole` is the same caller in all of its contexts; its restrictions and
   * groups determine the sample names of unlisted models.
   */
  readonly namesFor: (caller: Caller, moment: EvaluationTime, whole: Caller) => Iterable<CandidateName>
  /** Whether access to a name, as found by a query, is access to the target. */
  readonly includes: (access: Access) => boolean
  /**
   * Whether to search each team of a user separately. False for a model: a user with access on behalf of a team also
   * has access without naming a team, unless a suspended default team prevents it.
   */
  readonly isByTeam: boolean
}

/**
 * Resolves the argument of a query to a target. Returns a failure if the model, provider account or access group does
 * not exist.
 */
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
/** A target that no principal can use. */
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
  const groups = groupsLeadingTo(resolved, state)
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
  const names = new FilteredNames(sortedNames(group, state).names, (name) => isLive(name, state, at, every))
  const open = accountsOf(group, state)
    .filter((account) => openPatternsOf([group], account).length > 0)
    .map((account) => new OpenNameFinder(account, state))
    .filter((finder) => finder.isOpen)
  if (names.at(0) === undefined && open.length === 0) return unusable
  return {
    source: { accessGroups: new Set([group.id]), providerAccounts: new Set() },
    *namesFor(caller, moment, whole) {
      if (!holdingsNow(caller, state, moment).accessGroups.has(group.id)) return
      yield* namesInOrder([names])
      for (const finder of open) yield* finder.namesFor(whole)
    },
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
  const open = new OpenNameFinder(account, state)
  if (namesByRole.at(0) === undefined && !open.isOpen) return unusable
  const ofGroups = new Map([...byGroup].map(([group, names]) => [group, sift(names)]))
  const onAccount = [...related(state.index.providerAccountAccessGroups, account.id)]
  const ofOpenGroups = new Set(
    onAccount.filter((id) => openPatternsOf([getRow(state.accessGroups, id)], account).length > 0),
  )
  return {
    source: { accessGroups: new Set([...byGroup.keys(), ...onAccount]), providerAccounts: new Set([account.id]) },
    *namesFor(caller, moment, whole) {
      const { accessGroups, providerAccounts } = holdingsNow(caller, state, moment)
      const hasRole = providerAccounts.has(account.id)
      const lists = hasRole ? [namesByRole] : [...accessGroups].map((id) => ofGroups.get(id))
      yield* namesInOrder(lists.filter((list) => list !== undefined))
      if (hasRole || [...accessGroups].some((id) => ofOpenGroups.has(id))) yield* open.namesFor(whole)
    },
    includes: ({ routes }) => routes.some(isOn),
    isByTeam: true,
  }
}

/** Finds sample names for the unlisted models that an account with `anyModel` serves. */
class OpenNameFinder {
  readonly #account: ProviderAccount
  readonly #state: State
  readonly #classes: ClassFinder
  readonly #candidates = new Map<readonly NameClass[], readonly CandidateName[]>()
  /** Whether the account serves unlisted models: it has `anyModel` and is active. */
  readonly isOpen: boolean

  constructor(account: ProviderAccount, state: State) {
    this.#account = account
    this.#state = state
    this.#classes = new ClassFinder(account, state)
    this.isOpen = account.anyModel && account.status === 'active'
  }

  /**
   * Returns one sample name for each class of unlisted models. No restriction or group of the caller distinguishes
   * models of one class.
   */
  namesFor(caller: Caller): readonly CandidateName[] {
    if (!this.isOpen) return []
    const classes = this.#classes.classesFor(caller)
    return cached(this.#candidates, classes, () => this.#candidatesOf(classes))
  }

  #candidatesOf(classes: readonly NameClass[]): readonly CandidateName[] {
    const { id } = this.#account
    const matchers = new Set(classes.flatMap(({ matching }) => [...matching]))
    const names = aliasesNamedOn(id, this.#state).map((model) => `${id}/${model}`)
    return classes.map(({ matching, sample }) => {
      const models = { matching: [...matching], except: [...matchers].filter((one) => !matching.has(one)) }
      const except = [...models.except, ...names.filter((name) => isAmongModels(models, name)).map(matcherOfName)]
      return { model: `${id}/${sample}`, openAccount: { providerAccount: id, matching: models.matching, except } }
    })
  }
}

/**
 * Returns the groups and accounts that a caller holds now in any of its contexts. Used to skip names that cannot give
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

interface SortedNames {
  readonly accessGroups: Table<AccessGroup>
  readonly modelAliases: Table<ModelAlias>
  readonly providerAccounts: Table<ProviderAccount>
  readonly names: readonly string[]
}

/**
 * The sorted names to which a group may lead. Every page of a result needs the names, so they are cached until an
 * alias, group or provider account changes.
 */
const sortedNames = /* @__PURE__ */ cacheByIdentity(
  (group: AccessGroup, state: State): SortedNames => ({
    accessGroups: state.accessGroups,
    modelAliases: state.modelAliases,
    providerAccounts: state.providerAccounts,
    names: [...new Set([...namesOfGroup(group, state), ...namedElsewhere(group, state)])].sort(),
  }),
  (cached, { accessGroups, modelAliases, providerAccounts }) =>
    cached.accessGroups === accessGroups &&
    cached.modelAliases === modelAliases &&
    cached.providerAccounts === providerAccounts,
)

/**
 * Yields each model that an account with `anyModel` does not list, if a pattern of `group` covers the model and any group
 * names the model as a member.
 */
function* namedElsewhere(group: AccessGroup, state: State): IterableIterator<string> {
  for (const account of accountsOf(group, state)) {
    if (openPatternsOf([group], account).length === 0) continue
    for (const model of modelsNamedOn(account.id, state)) {
      if (holdsModel(group.models, { providerAccount: account.id, model })) yield `${account.id}/${model}`
    }
  }
}

/**
 * The sorted names that lead to an account. `byRole` applies to a principal with a role on the account, `byGroup` to
 * the holders of each group.
 */
interface LeadingNames {
  readonly modelAliases: Table<ModelAlias>
  readonly accessGroups: Table<AccessGroup>
  readonly byRole: readonly string[]
  readonly byGroup: ReadonlyMap<string, readonly string[]>
}

/**
 * The names that lead to an account. Every page of a result needs the names, so they are cached until an alias or a
 * group changes.
 */
const leadingNames = /* @__PURE__ */ cacheByIdentity((account: ProviderAccount, state: State): LeadingNames => {
  const { modelAliases, accessGroups } = state
  const named = [...modelsNamedOn(account.id, state)].map((model) => `${account.id}/${model}`)
  const byRole = [...new Set([...namesOn(account, state), ...named])].sort()
  const byGroup = new Map<string, Set<string>>()
  const add = (group: string, name: string): void => {
    cached(byGroup, group, () => new Set<string>()).add(name)
  }
  for (const alias of related(state.index.providerAccountAliases, account.id)) {
    for (const { id } of groupsReaching(alias, state)) add(id, alias)
  }
  for (const id of related(state.index.providerAccountAccessGroups, account.id)) {
    const { models } = getRow(accessGroups, id)
    for (const model of new Set([...idsOf(account.models), ...modelsNamedOn(account.id, state)])) {
      if (holdsModel(models, { providerAccount: account.id, model })) add(id, `${account.id}/${model}`)
    }
  }
  const sorted = [...byGroup].map(([group, names]) => [group, [...names].sort()] as const)
  return { modelAliases, accessGroups, byRole, byGroup: new Map(sorted) }
}, isCurrent)

function isCurrent(cached: LeadingNames, { modelAliases, accessGroups }: State): boolean {
  return cached.modelAliases === modelAliases && cached.accessGroups === accessGroups
}
