import { drop, emptyTable, findRow, idsOf, put, rowsAfter, type Table } from './table.ts'
import { compareSpots, type Spot, spotOf } from './trie-walk.ts'

/**
 * A many-to-many relation: maps an id to its related ids, and cannot be read in reverse. A single related id is stored
 * as a string, not as a table.
 */
export type Relation = Table<string | Table<true>>

/** The ids that `from` is related to, in no specified order. */
export function* related(relation: Relation, from: string): IterableIterator<string> {
  const found = findRow(relation, from)
  if (typeof found === 'string') yield found
  else if (found !== undefined) yield* idsOf(found)
}

/**
 * Yields the ids that `from` is related to, in the order of `rowsAfter`. Starts after the id `after`, or at the
 * beginning if `after` is `undefined`.
 */
export function* relatedAfter(relation: Relation, from: string, after: string | undefined): IterableIterator<Spot> {
  const found = findRow(relation, from)
  if (found === undefined) return
  if (typeof found !== 'string') return yield* rowsAfter(found, after)
  const spot = spotOf(found)
  if (after === undefined || compareSpots(spot, spotOf(after)) > 0) yield spot
}

/** The number of ids that `from` is related to. */
export function countRelated(relation: Relation, from: string): number {
  const found = findRow(relation, from)
  return found === undefined ? 0 : typeof found === 'string' ? 1 : found.size
}

/** Returns the relation with `to` added to the ids that `from` is related to. */
export function relate(relation: Relation, from: string, to: string): Relation {
  const found = findRow(relation, from)
  if (found === undefined || found === to) return put(relation, from, to)
  const several = typeof found === 'string' ? put(emptyTable<true>(), found, true as const) : found
  return put(relation, from, put(several, to, true as const))
}

/** Returns the relation with `to` removed from the ids that `from` is related to. */
export function unrelate(relation: Relation, from: string, to: string): Relation {
  const found = findRow(relation, from)
  if (found === undefined) return relation
  if (typeof found === 'string') return found === to ? drop(relation, from) : relation
  const rest = drop(found, to)
  if (rest.size > 1) return put(relation, from, rest)
  const [last] = idsOf(rest)
  return last === undefined ? drop(relation, from) : put(relation, from, last)
}
