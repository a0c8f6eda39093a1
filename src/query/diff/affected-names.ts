import { holdsModel } from '../../model/noun/group-models.ts'
import type { Target } from '../../model/noun/model-alias.ts'
import type { ProviderAccount } from '../../model/noun/provider-account.ts'
import type { State } from '../../model/state/state.ts'
import { entries, findRow, hasRow, idsOf } from '../../model/table/table.ts'
import type { Instant } from '../../model/value/instant.ts'
import type { Principal, PrincipalType } from '../../model/value/principal.ts'
import type { Scope } from '../../model/value/selector.ts'
import type { Caller } from '../../policy/context/caller.ts'
import {
  type Context,
  contextOfUser,
  findTeamContext,
  findVirtualAccountContext,
} from '../../policy/context/context.ts'
import { exceptionsOf, openClassesOf } from '../any-model.ts'
import { cached } from '../cached.ts'
import { type Holding, holdingsOf, modelsNamedOn, namesOfGroup, namesOn, openPatternsOf } from '../name.ts'
import type { NameClasses } from '../name-class.ts'

/** Two states and the instant at which they are compared. */
export interface StatePair {
  readonly before: State
  readonly after: State
  readonly at: Instant
}

/** The two states of a pair, the earlier one first. */
export function statesOf({ before, after }: StatePair): readonly [before: State, after: State] {
  return [before, after]
}

/**
 * The names to compare between two states, and the open accounts (`anyModel`). For an open account, one unnamed model
 * represents all unnamed models.
 */
export interface NameSet {
  readonly names: ReadonlySet<string>
  readonly openAccounts: ReadonlySet<string>
}

/** A subject as a caller in either state; `undefined` where it is denied. */
export type CallerPair = readonly [Caller | undefined, Caller | undefined]

const noClasses: NameClasses = Object.freeze({ patterns: [], classes: [], isComplete: true })
const noNames: ReadonlySet<string> = new Set<string>()

/** A set of names without open accounts. */
export function nameSetOf(names: Iterable<string>): NameSet {
  return { names: new Set(names), openAccounts: noNames }
}

/**
 * Finds the names that groups, accounts and principals lead to in either of two states. Results are cached and shared.
 */
export class NameFinder {
  readonly #states: readonly State[]
  readonly #groups = new Map<string, NameSet>()
  readonly #accounts = new Map<string, NameSet>()
  readonly #mentioned = new Map<string, ReadonlySet<string>>()
  readonly #classes = new Map<string, NameClasses>()
  readonly #held: Readonly<Record<PrincipalType, Map<string, readonly NameSet[]>>> = {
    user: new Map(),
    team: new Map(),
    virtualAccount: new Map(),
  }

  constructor(pair: StatePair) {
    this.#states = statesOf(pair)
  }

  /**
   * The names to which a group leads in either state. For a group with patterns over an open account (`anyModel`), also the
   * account itself, and its matching models that a state mentions.
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

  /**
   * The names that lead to a provider account. For an open account (`anyModel`), also the account's models that a state
   * mentions, and the account itself.
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

  /**
   * The names to which the groups and roles of a principal itself lead, within the entitlement. Windows are not
   * checked.
   */
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
   * The names to which the bearer of a credential may have access in either state, and the models that the credential's
   * scopes list.
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
   * The classes into which the patterns of two callers divide the models of an open account that neither state mentions,
   * nor the callers' scopes.
   */
  openClassesOn(id: string, callers: CallerPair, scopes: readonly Scope[]): NameClasses {
    const inScope = scopes.flatMap(modelsInScope).filter(({ providerAccount }) => providerAccount === id)
    const patterns = new Set<string>()
    let account: ProviderAccount | undefined
    this.#states.forEach((state, i) => {
      const row = findRow(state.providerAccounts, id)
      const caller = callers[i]
      account ??= row
      if (row === undefined || caller === undefined) return
      for (const pattern of openPatternsOf(holdingsOf(caller, state).accessGroups, row)) patterns.add(pattern)
    })
    if (account === undefined) return noClasses
    const known = account
    const compute = (): NameClasses => {
      return openClassesOf(known, [...patterns], new Set([...this.modelsOn(id), ...inScope.map(({ model }) => model)]))
    }
    if (inScope.length > 0) return compute()
    return cached(this.#classes, JSON.stringify([id, ...[...patterns].sort()]), compute)
  }

  #collect(parts: Set<NameSet>, { accessGroups, providerAccounts }: Holding): void {
    for (const { id } of accessGroups) parts.add(this.ofGroup(id))
    for (const { id } of providerAccounts) parts.add(this.ofAccount(id))
  }

  /** The models of an account that either state lists or mentions. */
  modelsOn(id: string): ReadonlySet<string> {
    return cached(this.#mentioned, id, () => {
      const models = new Set<string>()
      const accounts = this.#states
        .map((state) => findRow(state.providerAccounts, id))
        .filter((row) => row !== undefined)
      for (const account of accounts) {
        for (const model of idsOf(account.models)) models.add(model)
        for (const state of this.#states) {
          for (const model of exceptionsOf(account, { credential: undefined }, state)) models.add(model)
          for (const model of modelsNamedOn(id, state)) models.add(model)
        }
      }
      return models
    })
  }
}

/**
 * The context of a principal's own calls. For a user: the context on behalf of no team. Also returned for a suspended
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
  return { principal, credential: undefined, contexts: { type: 'one', context }, isOtherTeam: false }
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
