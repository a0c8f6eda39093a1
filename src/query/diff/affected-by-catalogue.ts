import { isSame } from '../../change/rule/row.ts'
import type { AccessGroup } from '../../model/noun/access-group.ts'
import { type GroupModels, holdsModel } from '../../model/noun/group-models.ts'
import type { ModelAlias, Target } from '../../model/noun/model-alias.ts'
import type { Plan } from '../../model/noun/plan.ts'
import type { ProviderAccount } from '../../model/noun/provider-account.ts'
import type { Restriction } from '../../model/noun/restriction.ts'
import type { State } from '../../model/state/state.ts'
import { related } from '../../model/table/relation.ts'
import { changesBetween, emptyTable, findRow, getRow, hasRow, idsOf, rowsOf } from '../../model/table/table.ts'
import { foldAscii } from '../../model/value/pattern.ts'
import type { Selector } from '../../model/value/selector.ts'
import { isWithin } from '../../model/value/window.ts'
import { evaluationTimeOf } from '../../policy/evaluation-time.ts'
import { isRetired } from '../../policy/route/resolve.ts'
import { routeNameOf } from '../../policy/route/selection.ts'
import { groupsReaching, type Holders, holdersOfGroup, holdersOfRole, isBroad } from '../holder.ts'
import { aliasesOf } from '../name.ts'
import { matchesName, type NameMatcher, positionsAfter } from '../name-matcher.ts'
import {
  type NameFinder,
  type NameSet,
  nameSetOf,
  onlyInOne,
  type StatePair,
  statesOf,
  uniteNameSets,
} from './affected-names.ts'
import { addBelow } from './affected-rows.ts'
import type { AffectedSubjects } from './affected-subjects.ts'

type Changed<Row> = readonly [id: string, before: Row | undefined, after: Row | undefined]

/** Adds the subjects affected by a changed group, plan, provider account, alias or restriction. */
export function collectFromCatalogue(pair: StatePair, affected: AffectedSubjects): void {
  const { before, after } = pair
  for (const changed of changesBetween(before.accessGroups, after.accessGroups)) collectGroup(changed, pair, affected)
  for (const changed of changesBetween(before.plans, after.plans)) collectPlan(changed, pair, affected)
  const changedNames = new ChangedNames()
  for (const changed of changesBetween(before.providerAccounts, after.providerAccounts)) {
    noteAccount(changed, pair, affected, changedNames)
  }
  for (const [id, old, now] of changesBetween(before.modelAliases, after.modelAliases)) {
    if (isOtherAlias(old, now, pair)) changedNames.names.add(id)
  }
  for (const changed of changesBetween(before.restrictions, after.restrictions)) {
    collectRestriction(changed, pair, affected, changedNames)
  }
  collectChangedNames(changedNames, pair, affected)
}

/**
 * Collects changed names and changed open accounts (`anyModel`). Any subject's access to a changed name may differ.
 */
class ChangedNames {
  readonly names = new Set<string>()
  readonly openAccounts = new Set<string>()

  add({ names, openAccounts }: NameSet): void {
    for (const name of names) this.names.add(name)
    for (const account of openAccounts) this.openAccounts.add(account)
  }
}

function collectGroup([id, old, now]: Changed<AccessGroup>, pair: StatePair, affected: AffectedSubjects): void {
  const part = { names: new Set<string>(), openAccounts: new Set<string>() }
  if ((old && isBroad(old)) || (now && isBroad(now))) {
    const [held, holds] = [old ? aliasesOf(old, pair.before) : [], now ? aliasesOf(now, pair.after) : []]
    for (const alias of onlyInOne(new Set(held), new Set(holds))) part.names.add(alias)
  } else {
    const none = emptyTable<true>()
    for (const [alias] of changesBetween(old?.aliases ?? none, now?.aliases ?? none)) part.names.add(alias)
  }
  collectGroupModels([old?.models ?? emptyTable(), now?.models ?? emptyTable()], part, pair, affected.finder)
  if (part.names.size + part.openAccounts.size === 0) return
  for (const state of statesOf(pair)) collectHolders(holdersOfGroup(id, state), part, pair, affected)
}

/**
 * Adds names that lead to models in only one of two versions of a group. Also adds the open accounts (`anyModel`) for
 * which the group's patterns differ.
 */
function collectGroupModels(
  [old, now]: readonly [GroupModels, GroupModels],
  part: { readonly names: Set<string>; readonly openAccounts: Set<string> },
  pair: StatePair,
  finder: NameFinder,
): void {
  for (const [account, was, is] of changesBetween(old, now)) {
    const none = emptyTable<true>()
    const models = new Set([...changesBetween(was?.models ?? none, is?.models ?? none)].map(([model]) => model))
    if (!isSame(was?.patterns ?? [], is?.patterns ?? [])) {
      for (const model of finder.modelsOn(account)) models.add(model)
      for (const [alias, target] of targetsOn(account, pair)) {
        if (holdsModel(old, target) !== holdsModel(now, target)) part.names.add(alias)
      }
      if (finder.isOpen(account)) part.openAccounts.add(account)
    }
    for (const model of models) {
      const target = { providerAccount: account, model }
      if (holdsModel(old, target) === holdsModel(now, target)) continue
      for (const name of namesOfModel(account, model, pair)) part.names.add(name)
    }
  }
}

/** Yields the aliases of either state that have targets on an account. Yields one pair for each such target. */
function* targetsOn(account: string, pair: StatePair): IterableIterator<readonly [alias: string, target: Target]> {
  for (const { index, modelAliases } of statesOf(pair)) {
    for (const alias of related(index.providerAccountAliases, account)) {
      for (const target of findRow(modelAliases, alias)?.targets ?? []) {
        if (target.providerAccount === account) yield [alias, target]
      }
    }
  }
}

function collectHolders(holders: Holders, part: NameSet, pair: StatePair, affected: AffectedSubjects): void {
  for (const id of holders.user()) affected.addUserAlone(id, [part])
  for (const id of holders.team()) affected.addTeam(id, [part])
  for (const id of holders.virtualAccount()) affected.addVirtualAccount(id, [part])
  for (const { team, user } of holders.member()) affected.addMember(user, team, [part])
  for (const id of holders.organization()) addBelow(id, [part], pair, affected)
}

function collectPlan([id, old, now]: Changed<Plan>, pair: StatePair, affected: AffectedSubjects): void {
  if (old?.accessGroups === now?.accessGroups) return
  const groups = onlyInOne(new Set(old?.accessGroups), new Set(now?.accessGroups))
  const parts = [...groups].map((group) => affected.finder.ofGroup(group))
  for (const { index } of statesOf(pair)) {
    for (const team of related(index.planTeams, id)) affected.addTeam(team, parts)
  }
}

function noteAccount(
  [id, old, now]: Changed<ProviderAccount>,
  pair: StatePair,
  { finder }: AffectedSubjects,
  changedNames: ChangedNames,
): void {
  if (old === undefined || now === undefined || old.status !== now.status) {
    changedNames.add(finder.ofAccount(id))
    return
  }
  if (old.anyModel !== now.anyModel) {
    changedNames.add(unlistedOn(old, now, pair, finder))
    // `anyModel` also decides whether restrictions on the account's routes ignore case.
    for (const matcher of restrictionsMatching(pair)) changedNames.add(namesMatchingOn(id, matcher, pair, finder))
  }
  for (const [model, was, is] of changesBetween(old.models, now.models)) {
    if (was?.status !== is?.status) for (const name of namesOfModel(id, model, pair)) changedNames.names.add(name)
  }
}

/** Yields a name matcher for the selector of each restriction in either state. */
function* restrictionsMatching(pair: StatePair): IterableIterator<NameMatcher> {
  for (const { restrictions } of statesOf(pair)) {
    for (const { selector } of rowsOf(restrictions)) yield matcherOf(selector)
  }
}

/**
 * Returns the names that lead to models of an account that are unlisted in at least one state. Called for an account
 * that has `anyModel` in one state only.
 */
function unlistedOn(old: ProviderAccount, now: ProviderAccount, pair: StatePair, finder: NameFinder): NameSet {
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

/** Yields the names that lead to one model: `account/model`, and each alias that has the model as a target. */
function* namesOfModel(providerAccount: string, model: string, pair: StatePair): IterableIterator<string> {
  yield `${providerAccount}/${model}`
  for (const state of statesOf(pair)) {
    for (const alias of related(state.index.providerAccountAliases, providerAccount)) {
      const targets = findRow(state.modelAliases, alias)?.targets ?? []
      if (targets.some((target) => target.providerAccount === providerAccount && target.model === model)) yield alias
    }
  }
}

function isOtherAlias(old: ModelAlias | undefined, now: ModelAlias | undefined, { at }: StatePair): boolean {
  if (old === undefined || now === undefined) return true
  return old.targets !== now.targets || isRetired(old, evaluationTimeOf(at)) !== isRetired(now, evaluationTimeOf(at))
}

function collectRestriction(
  [, old, now]: Changed<Restriction>,
  pair: StatePair,
  affected: AffectedSubjects,
  changedNames: ChangedNames,
): void {
  const isSame = old?.selector === now?.selector && old?.subject === now?.subject
  const [was, is] = [isInForce(old, pair), isInForce(now, pair)]
  if (isSame && was === is) return
  for (const restriction of [was ? old : undefined, is ? now : undefined]) {
    if (restriction !== undefined) collectRestricted(restriction, pair, affected, changedNames)
  }
}

const isInForce = (restriction: Restriction | undefined, { at }: StatePair): boolean =>
  restriction !== undefined && isWithin(restriction.window, at)

function collectRestricted(
  { subject, selector }: Restriction,
  pair: StatePair,
  affected: AffectedSubjects,
  changedNames: ChangedNames,
): void {
  const part = namesSelected(selector, pair, affected)
  switch (subject.type) {
    case 'everyone':
      changedNames.add(part)
      break
    case 'user':
      affected.addUser(subject.id, [part])
      break
    case 'team':
      affected.addTeam(subject.id, [part])
      break
    case 'virtualAccount':
      affected.addVirtualAccount(subject.id, [part])
      break
    case 'credential':
      affected.addCredential(subject.id)
      break
    case 'member':
      affected.addMember(subject.user, subject.team, [part])
      break
    case 'organization':
      addBelow(subject.id, [part], pair, affected)
  }
}

/**
 * Returns the names that a restriction's selector may deny, and the open accounts (`anyModel`) with such names. May
 * include too many names.
 */
function namesSelected(selector: Selector, pair: StatePair, { finder }: AffectedSubjects): NameSet {
  const matcher = matcherOf(selector)
  const onAccounts = [...accountsIn(pair)].map((id) => namesMatchingOn(id, matcher, pair, finder))
  return uniteNameSets([finder.aliasesMatching(matcher), ...onAccounts])
}

/**
 * Returns a matcher of every name and route that a restriction's selector may deny. Always ignores case, because
 * restrictions ignore case on some accounts.
 */
function matcherOf(selector: Selector): NameMatcher {
  const isAnyCase = true
  switch (selector.type) {
    case 'alias':
      return { type: 'name', text: foldAscii(selector.alias), isAnyCase }
    case 'pattern':
      return { type: 'pattern', text: foldAscii(selector.pattern), isAnyCase }
    case 'model':
      return { type: 'name', text: foldAscii(`${selector.providerAccount}/${selector.model}`), isAnyCase }
    case 'providerAccount':
      return { type: 'pattern', text: foldAscii(`${selector.providerAccount}/*`), isAnyCase }
  }
}

function accountsIn({ before, after }: StatePair): ReadonlySet<string> {
  return new Set([...idsOf(before.providerAccounts), ...idsOf(after.providerAccounts)])
}

/**
 * Returns the names that lead to an account and that a matcher matches, by the name or by a route. Includes the account
 * itself if it is open (`anyModel`) and its unlisted names may match.
 */
function namesMatchingOn(id: string, matcher: NameMatcher, pair: StatePair, finder: NameFinder): NameSet {
  if (positionsAfter(matcher, `${id}/`).length === 0) return nameSetOf([])
  const { names, openAccounts } = finder.ofAccount(id)
  const isMatching = (name: string): boolean =>
    matchesName(matcher, name) ||
    statesOf(pair).some(({ modelAliases }) =>
      findRow(modelAliases, name)?.targets.some((target) => matchesName(matcher, routeNameOf(target))),
    )
  return { names: new Set([...names].filter(isMatching)), openAccounts }
}

/**
 * Adds the subjects that can reach a changed name: by a group that leads to the name, or by a role on the account of a
 * route. The name may be an alias or a concrete model.
 */
function collectChangedNames({ names, openAccounts }: ChangedNames, pair: StatePair, affected: AffectedSubjects): void {
  for (const state of statesOf(pair)) {
    const [byGroup, byAccount] = [new Map<string, Set<string>>(), new Map<string, Set<string>>()]
    for (const name of names) {
      for (const { id } of groupsReaching(name, state)) addTo(byGroup, id, name)
      for (const account of accountsBehind(name, state)) addTo(byAccount, account, name)
    }
    for (const [id, held] of byGroup) collectHolders(holdersOfGroup(id, state), nameSetOf(held), pair, affected)
    for (const [id, named] of byAccount) collectHolders(holdersOfRole(id, state), nameSetOf(named), pair, affected)
    for (const id of openAccounts) {
      const part = { names: new Set<string>(), openAccounts: new Set([id]) }
      collectHolders(holdersOfRole(id, state), part, pair, affected)
      for (const group of related(state.index.providerAccountAccessGroups, id)) {
        const hasPatterns = (findRow(getRow(state.accessGroups, group).models, id)?.patterns.length ?? 0) > 0
        if (hasPatterns) collectHolders(holdersOfGroup(group, state), part, pair, affected)
      }
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
