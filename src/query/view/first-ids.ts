import { idsOf, type Table } from '../../model/table/table.ts'
import { cacheByIdentity } from '../../model/value/cache-by-identity.ts'

/**
 * Returns at most `limit` ids of a table: the first ids in sorted order. Takes one pass and keeps at most `limit` ids
 * in memory.
 */
export function firstIds(table: Table<unknown>, limit: number): readonly string[] {
  if (table.size <= limit) return [...idsOf(table)].sort()
  const first: string[] = []
  for (const id of idsOf(table)) {
    if (first.length === limit && id >= (first.at(-1) ?? '')) continue
    first.splice(positionOf(first, id), 0, id)
    if (first.length > limit) first.pop()
  }
  return first
}

/**
 * Returns the index of an id in a sorted list of ids. If the list lacks the id, returns the index at which to insert
 * it.
 */
function positionOf(ids: readonly string[], id: string): number {
  let low = 0
  let high = ids.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((ids[middle] as string) < id) low = middle + 1
    else high = middle
  }
  return low
}

/** Returns the sorted ids of a table. Cached until the table changes. */
export const sortedIds = /* @__PURE__ */ cacheByIdentity((table: Table<unknown>): readonly string[] =>
  [...idsOf(table)].sort(),
)

/** Returns the index of the first id that sorts after a given id. The list need not contain the given id. */
export function positionAfter(ids: readonly string[], after: string): number {
  const at = positionOf(ids, after)
  return ids[at] === after ? at + 1 : at
}
