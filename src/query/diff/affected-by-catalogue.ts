import type { AccessGroup } from '../../model/noun/access-group.ts'
import type { ModelAlias } from '../../model/noun/model-alias.ts'
import type { Plan } from '../../model/noun/plan.ts'
import type { ProviderAccount } from '../../model/noun/provider-account.ts'
import type { Restriction } from '../../model/noun/restriction.ts'
import type { State } from '../../model/state/state.ts'
import { related } from '../../model/table/relation.ts'
import { changesBetween, emptyTable, findRow, hasRow, idsOf } from '../../model/table/table.ts'
import { matchesPattern } from '../../model/value/pattern.ts'
import type { Selector } from '../../model/value/selector.ts'
import { isWithin } from '../../model/value/window.ts'
import { evaluationTimeOf } from '../../policy/evaluation-time.ts'
import { isRetired } from '../../policy/route/resolve.ts'
import { groupsHolding, type Holders, holdersOfGroup, holdersOfRole } from '../holder.ts'
import { aliasesOf } from '../name.ts'
import { type NameFinder, type NameSet, nameSetOf, onlyInOne, type Pair, statesOf } from './affected-names.ts'
import { belowOrganization } from './affected-rows.ts'
import type { AffectedSubjects } from './affected-subjects.ts'

type Changed<Row> = readonly [id: string, before: Row | undefined, after: Row | undefined]

/** Suspects whoever holds what leads to a group, a plan, an account, an alias or a restriction that differs. */
export function affectedByCatalogue(pair: Pair, suspects: AffectedSubjects): void {
  const { before, after } = pair
  for (const changed of changesBetween(before.accessGroups, after.accessGroups)) suspectGroup(changed, pair, suspects)
  for (const changed of changesBetween(before.plans, after.plans)) suspectPlan(changed, pair, suspects)
  const touched = new Touched()
  for (const changed of changesBetween(before.providerAccounts, after.providerAccounts)) {
    touchAccount(changed, pair, suspects, touched)
  }
  for (const [id, old, now] of changesBetween(before.modelAliases, after.modelAliases)) {
    if (isOtherAlias(old, now, pair)) touched.names.add(id)
  }
  for (const changed of changesBetween(before.restrictions, after.restrictions)) {
    suspectRestricted(changed, pair, suspects, touched)
  }
  suspectTouched(touched, pair, suspects)
}

/** Names and open accounts that differ for everyone that reaches them. */
class Touched {
  readonly names = new Set<string>()
  readonly openAccounts = new Set<string>()

  add({ names, openAccounts }: NameSet): void {
    for (const name of names) this.names.add(name)
    for (const account of openAccounts) this.openAccounts.add(account)
  }
}

function suspectGroup([id, old, now]: Changed<AccessGroup>, pair: Pair, suspects: AffectedSubjects): void {
  const names = new Set<string>()
  const isBroad = (group: AccessGroup | undefined): boolean =>
    group !== undefined && (group.allAliases || group.patterns.length > 0)
  if (isBroad(old) || isBroad(now)) {
    const [held, holds] = [old ? aliasesOf(old, pair.before) : [], now ? aliasesOf(now, pair.after) : []]
    for (const alias of onlyInOne(new Set(held), new Set(holds))) names.add(alias)
  } else {
    const none = emptyTable<true>()
    for (const [alias] of changesBetween(old?.aliases ?? none, now?.aliases ?? none)) names.add(alias)
  }
  if (names.size === 0) return
  for (const state of statesOf(pair)) suspectHolders(holdersOfGroup(id, state), nameSetOf(names), suspects)
}

function suspectHolders(holders: Holders, part: NameSet, suspects: AffectedSubjects): void {
  for (const id of holders.user()) suspects.addUser(id, [part])
  for (const id of holders.team()) suspects.addTeam(id, [part])
  for (const id of holders.virtualAccount()) suspects.addVirtualAccount(id, [part])
}

function suspectPlan([id, old, now]: Changed<Plan>, pair: Pair, suspects: AffectedSubjects): void {
  if (old?.accessGroups === now?.accessGroups) return
  const groups = onlyInOne(new Set(old?.accessGroups), new Set(now?.accessGroups))
  const parts = [...groups].map((group) => suspects.finder.ofGroup(group))
  for (const { index } of statesOf(pair)) {
    for (const team of related(index.planTeams, id)) suspects.addTeam(team, parts)
  }
}

function touchAccount(
  [id, old, now]: Changed<ProviderAccount>,
  pair: Pair,
  { finder }: AffectedSubjects,
  touched: Touched,
): void {
  if (old === undefined || now === undefined || old.status !== now.status) {
    touched.add(finder.ofAccount(id))
    return
  }
  if (old.anyModel !== now.anyModel) touched.add(unlistedOn(old, now, pair, finder))
  for (const [model, was, is] of changesBetween(old.models, now.models)) {
    if (was?.status !== is?.status) for (const name of namesOfModel(id, model, pair)) touched.names.add(name)
  }
}

/** Of an account that is open in one state only, the names that lead to a model which not both states list. */
function unlistedOn(old: ProviderAccount, now: ProviderAccount, pair: Pair, finder: NameFinder): NameSet {
  const { names, openAccounts } = finder.ofAccount(old.id)
  const isUnlisted = (model: string): boolean => !hasRow(old.models, model) || !hasRow(now.models, model)
  const isLeading = (name: string): boolean =>
    (name.startsWith(`${old.id}/`) && isUnlisted(name.slice(old.id.length + 1))) ||
    statesOf(pair).some(({ modelAliases }) =>
      findRow(modelAliases, name)?.targets.some(
        ({ providerAccount, model }) => providerAccount === old.id && isUnlisted(model),
      ),
    )
  return { names: new Set([...names].filter(isLeading)), openAccounts }
}

/** The names that lead to one model: its own, and the aliases that have it as a target. */
function* namesOfModel(providerAccount: string, model: string, pair: Pair): IterableIterator<string> {
  yield `${providerAccount}/${model}`
  for (const state of statesOf(pair)) {
    for (const alias of related(state.index.providerAccountAliases, providerAccount)) {
      const targets = findRow(state.modelAliases, alias)?.targets ?? []
      if (targets.some((target) => target.providerAccount === providerAccount && target.model === model)) yield alias
    }
  }
}

function isOtherAlias(old: ModelAlias | undefined, now: ModelAlias | undefined, { at }: Pair): boolean {
  if (old === undefined || now === undefined) return true
  return old.targets !== now.targets || isRetired(old, evaluationTimeOf(at)) !== isRetired(now, evaluationTimeOf(at))
}

function suspectRestricted(
  [, old, now]: Changed<Restriction>,
  pair: Pair,
  suspects: AffectedSubjects,
  touched: Touched,
): void {
  const isSame = old?.selector === now?.selector && old?.subject === now?.subject
  const [was, is] = [isInForce(old, pair), isInForce(now, pair)]
  if (isSame && was === is) return
  for (const restriction of [was ? old : undefined, is ? now : undefined]) {
    if (restriction !== undefined) suspectBound(restriction, pair, suspects, touched)
  }
}

const isInForce = (restriction: Restriction | undefined, { at }: Pair): boolean =>
  restriction !== undefined && isWithin(restriction.window, at)

function suspectBound(
  { subject, selector }: Restriction,
  pair: Pair,
  suspects: AffectedSubjects,
  touched: Touched,
): void {
  const part = namesSelected(selector, pair, suspects)
  switch (subject.type) {
    case 'everyone':
      touched.add(part)
      break
    case 'user':
      suspects.addUser(subject.id, [part])
      break
    case 'team':
      suspects.addTeam(subject.id, [part])
      break
    case 'virtualAccount':
      suspects.addVirtualAccount(subject.id, [part])
      break
    case 'organization':
      for (const team of belowOrganization('organizationTeams', subject.id, pair)) suspects.addTeam(team, [part])
      for (const account of belowOrganization('organizationVirtualAccounts', subject.id, pair)) {
        suspects.addVirtualAccount(account, [part])
      }
  }
}

function namesSelected(selector: Selector, pair: Pair, { finder }: AffectedSubjects): NameSet {
  switch (selector.type) {
    case 'alias':
      return nameSetOf([selector.alias])
    case 'aliasPattern': {
      const aliases = statesOf(pair).flatMap(({ modelAliases }) => [...idsOf(modelAliases)])
      return nameSetOf(aliases.filter((alias) => matchesPattern(selector.pattern, alias)))
    }
    case 'model':
      return nameSetOf(namesOfModel(selector.providerAccount, selector.model, pair))
    case 'providerAccount':
      return finder.ofAccount(selector.providerAccount)
  }
}

/** Whoever holds a group with a touched name, or has a role where it leads. A name counts as the alias and as the model it may be. */
function suspectTouched({ names, openAccounts }: Touched, pair: Pair, suspects: AffectedSubjects): void {
  for (const state of statesOf(pair)) {
    const [byGroup, byAccount] = [new Map<string, Set<string>>(), new Map<string, Set<string>>()]
    for (const name of names) {
      for (const { id } of groupsHolding(name, state)) addTo(byGroup, id, name)
      for (const account of accountsBehind(name, state)) addTo(byAccount, account, name)
    }
    for (const [id, held] of byGroup) suspectHolders(holdersOfGroup(id, state), nameSetOf(held), suspects)
    for (const [id, named] of byAccount) suspectHolders(holdersOfRole(id, state), nameSetOf(named), suspects)
    for (const id of openAccounts) {
      const part = { names: new Set<string>(), openAccounts: new Set([id]) }
      suspectHolders(holdersOfRole(id, state), part, suspects)
    }
  }
}

function* accountsBehind(name: string, state: State): IterableIterator<string> {
  for (const { providerAccount } of findRow(state.modelAliases, name)?.targets ?? []) yield providerAccount
  const slash = name.indexOf('/')
  if (slash > 0) yield name.slice(0, slash)
}

function addTo(map: Map<string, Set<string>>, id: string, name: string): void {
  const names = map.get(id)
  if (names === undefined) map.set(id, new Set([name]))
  else names.add(name)
}
