import { findSuccessor, type ModelAlias, type Target } from '../../../model/noun/model-alias.ts'
import type { State } from '../../../model/state/state.ts'
import { related } from '../../../model/table/relation.ts'
import { getRow, hasRow, idsOf, rowsOf, type Table } from '../../../model/table/table.ts'
import { cacheByIdentity } from '../../../model/value/cache-by-identity.ts'
import { evaluationTimeOf } from '../../../policy/evaluation-time.ts'
import { isRetired } from '../../../policy/route/resolve.ts'
import type { DecisionTrace } from '../trace/decision-trace.ts'
import { wouldHaveAccess } from '../trace/what-if.ts'
import { editDistance } from './edit-distance.ts'
import { hiddenModelOf } from './hidden-miss.ts'
import type { NameDifference, NearMiss } from './near-miss.ts'

/** The maximum number of suggested names. `editLimit` is the maximum edit distance of a suggested name. */
const suggestionLimit = 5
const editLimit = 2

interface SimilarName {
  readonly name: string
  readonly rank: number
  readonly differsIn: NameDifference
}

/** A cached result of `similarNames` for one name. Valid until an alias or a provider account changes. */
interface CachedNames {
  readonly name: string
  readonly providerAccounts: Table<unknown>
  readonly found: readonly SimilarName[]
}

const cachedNames = /* @__PURE__ */ cacheByIdentity(
  (_: State['modelAliases'], { name, state }: { readonly name: string; readonly state: State }): CachedNames => ({
    name,
    providerAccounts: state.providerAccounts,
    found: findSimilar(name, state),
  }),
  (cached, { name, state }) => cached.name === name && cached.providerAccounts === state.providerAccounts,
)

/**
 * Returns the existing names most similar to an unknown name: at most 5, the most similar first. Compares every
 * existing name. Caches the last result.
 */
export function similarNames(name: string, state: State): readonly SimilarName[] {
  return cachedNames(state.modelAliases, { name, state }).found
}

function findSimilar(name: string, state: State): readonly SimilarName[] {
  const similar: SimilarName[] = []
  const folded = foldSeparators(name)
  for (const other of everyName(state)) {
    const found = similarNameOf(name, folded, other)
    if (found !== undefined) similar.push(found)
  }
  for (const account of rowsOf(state.providerAccounts)) {
    if (hasRow(account.models, name))
      similar.push({ name: `${account.id}/${name}`, rank: 2, differsIn: 'providerAccount' })
  }
  const best = new Map<string, SimilarName>()
  for (const one of similar) {
    const other = best.get(one.name)
    if (other === undefined || one.rank < other.rank) best.set(one.name, one)
  }
  const order = (a: SimilarName, b: SimilarName): number => a.rank - b.rank || (a.name < b.name ? -1 : 1)
  return [...best.values()].sort(order).slice(0, suggestionLimit)
}

function* everyName(state: State): IterableIterator<string> {
  yield* idsOf(state.modelAliases)
  for (const { id, models } of rowsOf(state.providerAccounts)) {
    for (const model of idsOf(models)) if (!hasRow(state.modelAliases, `${id}/${model}`)) yield `${id}/${model}`
  }
}

function similarNameOf(name: string, folded: string, other: string): SimilarName | undefined {
  if (name === other) return undefined
  if (name.length === other.length && name.toLowerCase() === other.toLowerCase())
    return { name: other, rank: 0, differsIn: 'case' }
  if (folded !== '' && foldSeparators(other) === folded) return { name: other, rank: 1, differsIn: 'separators' }
  const distance = editDistance(name, other, editLimit)
  // Two short names may be within the limit without sharing a character.
  if (distance === undefined || distance >= Math.min(name.length, other.length)) return undefined
  return { name: other, rank: 2 + distance, differsIn: 'spelling' }
}

const foldSeparators = (name: string): string => name.toLowerCase().replace(/[\s\-_.:/]+/g, '')

/** Returns a near miss for each existing name that is similar to the requested, unknown name. */
export function unknownNameMisses({ request, state }: DecisionTrace): readonly NearMiss[] {
  return similarNames(request.model, state).map(({ name, differsIn }) => {
    return { type: 'similarName', name, differsIn, isUsable: wouldHaveAccess(request, { model: name }, state) }
  })
}

/**
 * Returns the near miss of a request for a retired alias. Names the successor, and whether the caller may use the
 * successor.
 */
export function retiredMisses({ request, state, resolved }: DecisionTrace): readonly NearMiss[] {
  const alias = resolved?.alias
  if (alias === undefined || alias.lifecycle.type === 'active') return []
  const successor = successorOf(alias, state, request.at)
  if (successor === undefined) return [{ type: 'aliasRetired', alias: alias.id, isUsable: false }]
  const isUsable = wouldHaveAccess(request, { model: successor }, state)
  return [{ type: 'aliasRetired', alias: alias.id, successor, isUsable }]
}

/**
 * Follows the chain of successors from an alias and returns the first alias that is not retired. If every alias in the
 * chain is retired, returns the direct successor.
 */
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

/**
 * Returns a near miss for each alias that the caller may use instead of the requested concrete model, or instead of the
 * model that the requested alias hides. An alias in a group grants the alias, never the concrete model behind it.
 */
export function aliasMisses(trace: DecisionTrace): readonly NearMiss[] {
  const { request, state, resolved } = trace
  const hidden = hiddenModelOf(trace)
  const [target] = hidden === undefined ? (resolved?.targets ?? []) : [hidden]
  if (resolved === undefined || target === undefined) return []
  if (hidden === undefined && resolved.alias !== undefined) return []
  const aliases: string[] = []
  for (const id of related(state.index.providerAccountAliases, target.providerAccount)) aliases.push(id)
  const usable = aliases.sort().filter((alias) => leadsTo(alias, target, state))
  return usable
    .slice(0, 20)
    .filter((alias) => wouldHaveAccess(request, { model: alias }, state))
    .slice(0, suggestionLimit)
    .map((alias) => ({ type: 'aliasOfModel', alias }))
}

function leadsTo(alias: string, { providerAccount, model }: Target, state: State): boolean {
  const { targets } = getRow(state.modelAliases, alias)
  return targets.some((target) => target.providerAccount === providerAccount && target.model === model)
}
