import { findSuccessor, type ModelAlias, type Target } from '../../../model/noun/model-alias.ts'
import type { State } from '../../../model/state/state.ts'
import { related } from '../../../model/table/relation.ts'
import { getRow, hasRow, idsOf, rowsOf, type Table } from '../../../model/table/table.ts'
import { evaluationTimeOf } from '../../../policy/evaluation-time.ts'
import { isRetired } from '../../../policy/route/resolve.ts'
import type { DecisionTrace } from '../trace/decision-trace.ts'
import { wouldGive } from '../trace/trial.ts'
import { editDistance } from './edit-distance.ts'
import type { Likeness, NearMiss } from './near-miss.ts'

/** The most names that are suggested, and the most edits that a suggestion takes. */
const alikeLimit = 5
const editLimit = 2

interface Alike {
  readonly name: string
  readonly rank: number
  readonly differsIn: Likeness
}

/** What was found for a name: it is good for as long as no alias and no provider account changes. */
interface Known {
  readonly name: string
  readonly providerAccounts: Table<unknown>
  readonly found: readonly Alike[]
}

const known = new WeakMap<Table<unknown>, Known>()

/** Names that there are and that are almost the one asked for, the likeliest first. Looks at every name; remembers the last. */
export function namesAlike(name: string, state: State): readonly Alike[] {
  const { modelAliases, providerAccounts } = state
  const last = known.get(modelAliases)
  if (last?.name === name && last.providerAccounts === providerAccounts) return last.found
  const found = findAlike(name, state)
  known.set(modelAliases, { name, providerAccounts, found })
  return found
}

function findAlike(name: string, state: State): readonly Alike[] {
  const alike: Alike[] = []
  const folded = foldSeparators(name)
  for (const other of everyName(state)) {
    const found = likenessOf(name, folded, other)
    if (found !== undefined) alike.push(found)
  }
  for (const account of rowsOf(state.providerAccounts)) {
    if (hasRow(account.models, name))
      alike.push({ name: `${account.id}/${name}`, rank: 2, differsIn: 'providerAccount' })
  }
  const best = new Map<string, Alike>()
  for (const one of alike) {
    const other = best.get(one.name)
    if (other === undefined || one.rank < other.rank) best.set(one.name, one)
  }
  const order = (a: Alike, b: Alike): number => a.rank - b.rank || (a.name < b.name ? -1 : 1)
  return [...best.values()].sort(order).slice(0, alikeLimit)
}

function* everyName(state: State): IterableIterator<string> {
  yield* idsOf(state.modelAliases)
  for (const { id, models } of rowsOf(state.providerAccounts)) {
    for (const model of idsOf(models)) if (!hasRow(state.modelAliases, `${id}/${model}`)) yield `${id}/${model}`
  }
}

function likenessOf(name: string, folded: string, other: string): Alike | undefined {
  if (name === other) return undefined
  if (name.length === other.length && name.toLowerCase() === other.toLowerCase())
    return { name: other, rank: 0, differsIn: 'case' }
  if (folded !== '' && foldSeparators(other) === folded) return { name: other, rank: 1, differsIn: 'separators' }
  const distance = editDistance(name, other, editLimit)
  // A name that shares nothing but its shortness is no suggestion.
  if (distance === undefined || distance >= Math.min(name.length, other.length)) return undefined
  return { name: other, rank: 2 + distance, differsIn: 'spelling' }
}

const foldSeparators = (name: string): string => name.toLowerCase().replace(/[\s\-_.:/]+/g, '')

/** The names that an unknown one was perhaps meant to be. */
export function unknownNameMisses({ request, state }: DecisionTrace): readonly NearMiss[] {
  return namesAlike(request.model, state).map(({ name, differsIn }) => {
    return { type: 'nameAlike', name, differsIn, isUsable: wouldGive(request, { model: name }, state) }
  })
}

/** A retired alias, and whether the caller has what takes over from it. */
export function retiredMisses({ request, state, resolved }: DecisionTrace): readonly NearMiss[] {
  const alias = resolved?.alias
  if (alias === undefined || alias.lifecycle.type === 'active') return []
  const successor = successorOf(alias, state, request.at)
  if (successor === undefined) return [{ type: 'aliasRetired', alias: alias.id, hasSuccessor: false }]
  const hasSuccessor = wouldGive(request, { model: successor }, state)
  return [{ type: 'aliasRetired', alias: alias.id, successor, hasSuccessor }]
}

/** The first of the aliases that take over from one, each from the one before it, that is not retired; else the next one. */
export function successorOf(alias: ModelAlias, state: State, at: number): string | undefined {
  const next = findSuccessor(alias)
  const seen = new Set([alias.id])
  for (let id = next; id !== undefined && !seen.has(id); ) {
    seen.add(id)
    const successor = getRow(state.modelAliases, id)
    if (!isRetired(successor, evaluationTimeOf(at))) return id
    id = findSuccessor(successor)
  }
  return next
}

/** Aliases of the caller that lead to the concrete model: a group gives the alias, never the model behind it. */
export function aliasMisses({ request, state, resolved }: DecisionTrace): readonly NearMiss[] {
  const [target] = resolved?.targets ?? []
  if (resolved === undefined || resolved.alias !== undefined || target === undefined) return []
  const aliases: string[] = []
  for (const id of related(state.index.providerAccountAliases, target.providerAccount)) aliases.push(id)
  const usable = aliases.sort().filter((alias) => leadsTo(alias, target, state))
  return usable
    .slice(0, 20)
    .filter((alias) => wouldGive(request, { model: alias }, state))
    .slice(0, alikeLimit)
    .map((alias) => ({ type: 'aliasOfModel', alias }))
}

function leadsTo(alias: string, { providerAccount, model }: Target, state: State): boolean {
  const { targets } = getRow(state.modelAliases, alias)
  return targets.some((target) => target.providerAccount === providerAccount && target.model === model)
}
