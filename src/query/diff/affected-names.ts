import type { Target } from '../../model/noun/model-alias.ts'
import type { State } from '../../model/state/state.ts'
import { findRow, hasRow, idsOf } from '../../model/table/table.ts'
import type { Instant } from '../../model/value/instant.ts'
import type { Principal, PrincipalType } from '../../model/value/principal.ts'
import type { Scope } from '../../model/value/selector.ts'
import type { Asking } from '../../policy/context/caller.ts'
import {
  type Context,
  contextOfUser,
  findTeamContext,
  findVirtualAccountContext,
} from '../../policy/context/context.ts'
import { exceptionsOf, unnamedModel } from '../any-model.ts'
import { aliasesOf, type Holding, holdingsOf, namesOn } from '../name.ts'

/** Two states, and the instant at which they are compared. */
export interface Pair {
  readonly before: State
  readonly after: State
  readonly at: Instant
}

/** The two states of a pair, the earlier one first. */
export function statesOf({ before, after }: Pair): readonly [before: State, after: State] {
  return [before, after]
}

/** Names to judge, and open accounts, of which one model that nothing speaks of is judged for all others. */
export interface NameSet {
  readonly names: ReadonlySet<string>
  readonly openAccounts: ReadonlySet<string>
}

const nothing: ReadonlySet<string> = new Set<string>()

/** Names that stand for themselves. */
export function nameSetOf(names: Iterable<string>): NameSet {
  return { names: new Set(names), openAccounts: nothing }
}

/** What groups, accounts and principals lead to in either of two states. Each is found once, and then shared. */
export class NameFinder {
  readonly #states: readonly State[]
  readonly #groups = new Map<string, NameSet>()
  readonly #accounts = new Map<string, NameSet>()
  readonly #mentioned = new Map<string, ReadonlySet<string>>()
  readonly #held: Readonly<Record<PrincipalType, Map<string, readonly NameSet[]>>> = {
    user: new Map(),
    team: new Map(),
    virtualAccount: new Map(),
  }

  constructor(pair: Pair) {
    this.#states = statesOf(pair)
  }

  /** The aliases that a group holds. */
  ofGroup(id: string): NameSet {
    return recall(this.#groups, id, () => {
      const names = new Set<string>()
      for (const state of this.#states) {
        const group = findRow(state.accessGroups, id)
        if (group !== undefined) for (const alias of aliasesOf(group, state)) names.add(alias)
      }
      return { names, openAccounts: nothing }
    })
  }

  /** The names that lead to a provider account; of an open one also those that something speaks of, and one for the rest. */
  ofAccount(id: string): NameSet {
    return recall(this.#accounts, id, () => {
      const names = new Set<string>()
      let isOpen = false
      for (const state of this.#states) {
        const account = findRow(state.providerAccounts, id)
        if (account === undefined) continue
        for (const name of namesOn(account, state)) names.add(name)
        isOpen ||= account.anyModel
      }
      if (!isOpen) return { names, openAccounts: nothing }
      for (const model of this.#mentionedOn(id)) names.add(`${id}/${model}`)
      return { names, openAccounts: new Set([id]) }
    })
  }

  /** What a principal holds by itself, under its ceiling, in whatever window. */
  ofPrincipal(type: PrincipalType, id: string): readonly NameSet[] {
    return recall(this.#held[type], id, () => {
      const parts = new Set<NameSet>()
      for (const state of this.#states) {
        const context = findOwnContext({ type, id }, state)
        if (context !== undefined) this.#collect(parts, holdingsOf(askingIn({ type, id }, context), state))
      }
      return [...parts]
    })
  }

  /** What the bearer of a credential may have access to, in either state in which it may ask, and what either scope says. */
  ofBearer(askings: readonly (Asking | undefined)[], scopes: readonly Scope[]): readonly NameSet[] {
    const parts = new Set<NameSet>()
    askings.forEach((asking, i) => {
      const state = this.#states[i]
      if (asking !== undefined && state !== undefined) this.#collect(parts, holdingsOf(asking, state))
    })
    const inScope = scopes.flatMap(modelsInScope)
    return [...parts, nameSetOf(inScope.map(({ providerAccount, model }) => `${providerAccount}/${model}`))]
  }

  /** A model of an open account that neither state says a word of, nor the scopes of whoever asks. */
  unnamedOn(id: string, scopes: readonly Scope[]): string {
    const mentioned = this.#mentionedOn(id)
    const inScope = scopes.flatMap(modelsInScope).filter(({ providerAccount }) => providerAccount === id)
    const all = inScope.length === 0 ? mentioned : new Set([...mentioned, ...inScope.map(({ model }) => model)])
    for (const state of this.#states) {
      const account = findRow(state.providerAccounts, id)
      if (account !== undefined) return unnamedModel(all, account)
    }
    return ''
  }

  #collect(parts: Set<NameSet>, { accessGroups, providerAccounts }: Holding): void {
    for (const { id } of accessGroups) parts.add(this.ofGroup(id))
    for (const { id } of providerAccounts) parts.add(this.ofAccount(id))
  }

  /** The models of an account that either state lists or speaks of. */
  #mentionedOn(id: string): ReadonlySet<string> {
    return recall(this.#mentioned, id, () => {
      const models = new Set<string>()
      const accounts = this.#states
        .map((state) => findRow(state.providerAccounts, id))
        .filter((row) => row !== undefined)
      for (const account of accounts) {
        for (const model of idsOf(account.models)) models.add(model)
        for (const state of this.#states) {
          for (const model of exceptionsOf(account, { credential: undefined }, state)) models.add(model)
        }
      }
      return models
    })
  }
}

function recall<Value>(known: Map<string, Value>, id: string, make: () => Value): Value {
  const last = known.get(id)
  if (last !== undefined) return last
  const made = make()
  known.set(id, made)
  return made
}

/** The context of a principal alone, whether or not it may ask. */
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

function askingIn(principal: Principal, context: Context): Asking {
  return { principal, credential: undefined, caller: { type: 'settled', context }, isOtherTeam: false }
}

function modelsInScope(scope: Scope): readonly Target[] {
  return scope.type === 'list' ? scope.selectors.filter((selector) => selector.type === 'model') : []
}

/** Whether a name is an alias in either of two states. */
export function isAlias(name: string, { before, after }: Pair): boolean {
  return hasRow(before.modelAliases, name) || hasRow(after.modelAliases, name)
}

/** What one of two sets has and the other has not. */
export function* onlyInOne(a: ReadonlySet<string>, b: ReadonlySet<string>): IterableIterator<string> {
  for (const id of a) if (!b.has(id)) yield id
  for (const id of b) if (!a.has(id)) yield id
}
