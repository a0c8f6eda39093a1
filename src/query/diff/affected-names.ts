import type { AccessGroup } from '../../model/noun/access-group.ts'
import { holdsModel } from '../../model/noun/group-models.ts'
import type { Target } from '../../model/noun/model-alias.ts'
import { membershipIn } from '../../model/noun/user.ts'
import type { State } from '../../model/state/state.ts'
import { entries, findRow, hasRow, idsOf, rowsOf } from '../../model/table/table.ts'
import type { Instant } from '../../model/value/instant.ts'
import { foldAscii } from '../../model/value/pattern.ts'
import type { Principal, PrincipalType } from '../../model/value/principal.ts'
import type { Scope } from '../../model/value/selector.ts'
import type { Caller } from '../../policy/context/caller.ts'
import {
  type Context,
  contextOfUser,
  findTeamContext,
  findVirtualAccountContext,
} from '../../policy/context/context.ts'
import { exceptionsOf, modelsInScopes } from '../any-model.ts'
import { cached } from '../cached.ts'
import { type Holding, holdingsOf, modelsNamedOn, namesOfGroup, namesOn } from '../name.ts'
import { type NameClass, nameClasses } from '../name-class.ts'
import { matchersOn, matchesName, type NameMatcher } from '../name-matcher.ts'

/** Two states and the instant at which they are compared. */
export interface StatePair {
  readonly before: State
  readonly after: State
  readonly at: Instant
}

/** Returns the two states of a pair, the earlier state first. */
export function statesOf({ before, after }: StatePair): readonly [before: State, after: State] {
  return [before, after]
}

/**
 * A set of names to compare, and of open accounts (`anyModel`). On an open account, one sample model of each class is
 * compared for the whole class.
 */
export interface NameSet {
  readonly names: ReadonlySet<string>
  readonly openAccounts: ReadonlySet<string>
}

/** The same subject as a caller, before and after the change. `undefined` in a state that denies the caller. */
export type CallerPair = readonly [Caller | undefined, Caller | undefined]

const noNames: ReadonlySet<string> = new Set<string>()

/** Makes a name set without open accounts. */
export function nameSetOf(names: Iterable<string>): NameSet {
  return { names: new Set(names), openAccounts: noNames }
}

/** Returns the union of several name sets. */
export function uniteNameSets(parts: readonly NameSet[]): NameSet {
  const [only] = parts
  if (parts.length === 1 && only !== undefined) return only
  const [names, openAccounts] = [new Set<string>(), new Set<string>()]
  for (const part of parts) {
    for (const name of part.names) names.add(name)
    for (const account of part.openAccounts) openAccounts.add(account)
  }
  return { names, openAccounts }
}

/** Finds the names to which groups, accounts and principals lead in either of two states. Caches the results. */
export class NameFinder {
  readonly #states: readonly State[]
  readonly #groups = new Map<string, NameSet>()
  readonly #accounts = new Map<string, NameSet>()
  readonly #mentioned = new Map<string, ReadonlySet<string>>()
  #aliases: readonly string[] | undefined
  #byFoldedName: ReadonlyMap<string, readonly string[]> | undefined
  readonly #classes = new Map<string, readonly NameClass[]>()
  readonly #held: Readonly<Record<PrincipalType, Map<string, readonly NameSet[]>>> = {
    user: new Map(),
    team: new Map(),
    virtualAccount: new Map(),
  }

  constructor(pair: StatePair) {
    this.#states = statesOf(pair)
  }

  /**
   * Returns the names to which a group leads in either state. If the group has patterns on an open account
   * (`anyModel`), also the account, and its matching models that a state mentions.
   */
  ofGroup(id: string): NameSet {
    return cached(this.#groups, id, () => {
      const [names, openAccounts] = [new Set<string>(), new Set<string>()]
      for (const state of this.#states) {
        const group = findRow(state.accessGroups, id)
        if (group === undefined) continue
        for (const name of namesOfGroup(group, state)) names.add(name)
        for (const [account, { patterns }] of entries(group.models)) {
          if (patterns.length === 0 || !this.isOpen(account)) continue
          openAccounts.add(account)
          for (const model of this.modelsOn(account)) {
            if (holdsModel(group.models, { providerAccount: account, model })) names.add(`${account}/${model}`)
          }
        }
      }
      return { names, openAccounts }
    })
  }

  /** Whether an account is open (`anyModel`) in either state. */
  isOpen(id: string): boolean {
    return this.#states.some(({ providerAccounts }) => findRow(providerAccounts, id)?.anyModel === true)
  }

  /** Returns the aliases of either state whose names a matcher matches. */
  aliasesMatching(matcher: NameMatcher): NameSet {
    if (matcher.type === 'name') return nameSetOf(this.#aliasesInCase().get(matcher.text) ?? [])
    return nameSetOf(this.#everyAlias().filter((alias) => matchesName(matcher, alias)))
  }

  #everyAlias(): readonly string[] {
    this.#aliases ??= [...new Set(this.#states.flatMap(({ modelAliases }) => [...idsOf(modelAliases)]))]
    return this.#aliases
  }

  /** Maps each name in lower case (ASCII letters only) to the aliases of either state with that name. */
  #aliasesInCase(): ReadonlyMap<string, readonly string[]> {
    if (this.#byFoldedName !== undefined) return this.#byFoldedName
    const byName = new Map<string, string[]>()
    for (const alias of this.#everyAlias()) cached(byName, foldAscii(alias), (): string[] => []).push(alias)
    this.#byFoldedName = byName
    return byName
  }

  /**
   * Returns the names that lead to a provider account in either state. For an open account (`anyModel`), also the
   * account and its mentioned models.
   */
  ofAccount(id: string): NameSet {
    return cached(this.#accounts, id, () => {
      const names = new Set<string>()
      for (const state of this.#states) {
        const account = findRow(state.providerAccounts, id)
        if (account !== undefined) for (const name of namesOn(account, state)) names.add(name)
      }
      if (!this.isOpen(id)) return { names, openAccounts: noNames }
      for (const model of this.modelsOn(id)) names.add(`${id}/${model}`)
      return { names, openAccounts: new Set([id]) }
    })
  }

  /** Returns the names to which a principal's own groups and roles lead, within the entitlement. Ignores windows. */
  ofPrincipal(type: PrincipalType, id: string): readonly NameSet[] {
    return cached(this.#held[type], id, () => {
      const parts = new Set<NameSet>()
      for (const state of this.#states) {
        const context = findOwnContext({ type, id }, state)
        if (context !== undefined) this.#collect(parts, holdingsOf(callerIn({ type, id }, context), state))
      }
      return [...parts]
    })
  }

  /**
   * Returns the names that a user may use by the groups of a membership, in either state. Empty if the user is not in
   * the team.
   */
  ofMembership(user: string, team: string): readonly NameSet[] {
    const parts = new Set<NameSet>()
    for (const state of this.#states) {
      const row = membershipIn(findRow(state.users, user)?.teams ?? [], team)
      for (const { accessGroup } of row?.accessGroups ?? []) parts.add(this.ofGroup(accessGroup))
    }
    return [...parts]
  }

  /**
   * Returns the names that a credential's bearer may use in either state, and the models that the credential's scopes
   * list.
   */
  ofBearer(callers: readonly (Caller | undefined)[], scopes: readonly Scope[]): readonly NameSet[] {
    const parts = new Set<NameSet>()
    callers.forEach((caller, i) => {
      const state = this.#states[i]
      if (caller !== undefined && state !== undefined) this.#collect(parts, holdingsOf(caller, state))
    })
    const inScope = scopes.flatMap(modelsInScope)
    return [...parts, nameSetOf(inScope.map(({ providerAccount, model }) => `${providerAccount}/${model}`))]
  }

  /**
   * Returns classes of the models on an open account (`anyModel`) that neither a state nor a scope mentions. No
   * restriction, group of the subject or scope distinguishes two models of one class.
   */
  classesOn(id: string, callers: CallerPair, scopes: readonly Scope[]): readonly NameClass[] {
    const groups = new Set<AccessGroup>()
    callers.forEach((caller, i) => {
      if (caller === undefined) return
      for (const group of holdingsOf(caller, this.#states[i] as State).accessGroups) groups.add(group)
    })
    if (scopes.some(({ type }) => type !== 'all')) return this.#findClasses(id, groups, scopes)
    const patterns = [...groups].flatMap(({ models }) => findRow(models, id)?.patterns ?? [])
    const key = JSON.stringify([id, ...new Set(patterns.sort())])
    return cached(this.#classes, key, () => this.#findClasses(id, groups, []))
  }

  #findClasses(id: string, groups: Iterable<AccessGroup>, scopes: readonly Scope[]): readonly NameClass[] {
    const mentioned = this.modelsOn(id)
    const inScope = new Set(modelsInScopes(id, scopes))
    const restrictions = this.#states.flatMap((state) => [...rowsOf(state.restrictions)])
    const matchers = matchersOn(id, { restrictions, groups, scopes })
    return nameClasses(id, matchers, (model) => mentioned.has(model) || inScope.has(model))
  }

  #collect(parts: Set<NameSet>, { accessGroups, providerAccounts }: Holding): void {
    for (const { id } of accessGroups) parts.add(this.ofGroup(id))
    for (const { id } of providerAccounts) parts.add(this.ofAccount(id))
  }

  /** Returns the models of an account that either state lists or mentions, for example in a group or restriction. */
  modelsOn(id: string): ReadonlySet<string> {
    return cached(this.#mentioned, id, () => {
      const models = new Set<string>()
      const accounts = this.#states
        .map((state) => findRow(state.providerAccounts, id))
        .filter((row) => row !== undefined)
      for (const account of accounts) {
        for (const model of idsOf(account.models)) models.add(model)
        for (const state of this.#states) {
          for (const model of exceptionsOf(account, [], state)) models.add(model)
          for (const model of modelsNamedOn(id, state)) models.add(model)
        }
      }
      return models
    })
  }
}

/**
 * Returns the context in which a principal calls on its own behalf (a user: for no team). Also returned for a suspended
 * principal.
 */
function findOwnContext({ type, id }: Principal, state: State): Context | undefined {
  switch (type) {
    case 'user': {
      const user = findRow(state.users, id)
      return user && contextOfUser(user, state)
    }
    case 'team': {
      const team = findRow(state.teams, id)
      return team && findTeamContext(undefined, team, state)
    }
    case 'virtualAccount': {
      const account = findRow(state.virtualAccounts, id)
      return account && findVirtualAccountContext(account, state)
    }
  }
}

function callerIn(principal: Principal, context: Context): Caller {
  return { principal, credential: undefined, contexts: { type: 'one', context }, isOtherTeam: false, operation: 'any' }
}

function modelsInScope(scope: Scope): readonly Target[] {
  return scope.type === 'list' ? scope.selectors.filter((selector) => selector.type === 'model') : []
}

/** Whether a name is an alias in either of two states. */
export function isAlias(name: string, { before, after }: StatePair): boolean {
  return hasRow(before.modelAliases, name) || hasRow(after.modelAliases, name)
}

/** Yields the elements that are in exactly one of two sets. */
export function* onlyInOne(a: ReadonlySet<string>, b: ReadonlySet<string>): IterableIterator<string> {
  for (const id of a) if (!b.has(id)) yield id
  for (const id of b) if (!a.has(id)) yield id
}
