import { Defect } from '../value/defect.ts'
import { hashOf } from './hash.ts'
import { emptyPage, insert, lookup, type Node, remove, sizeOf, walk } from './trie.ts'
import { build } from './trie-build.ts'
import { type Difference, differences } from './trie-difference.ts'
import { type Placed, walkAfter } from './trie-walk.ts'

/**
 * Rows by id, as a persistent map: an update returns a new table and leaves the old one unchanged. Reads and updates
 * cost about the same at a thousand rows and at a million. Tables with equal rows are deeply equal, whatever their
 * history. Any string is a legal id, including `__proto__` and `constructor`.
 */
export interface Table<Row> {
  readonly size: number
  readonly root: Node<Row>
}

const empty: Table<never> = Object.freeze({ size: 0, root: emptyPage })

/** The table without rows. */
export function emptyTable<Row>(): Table<Row> {
  return empty as Table<Row>
}

/** The row with this id, or `undefined`. */
export function findRow<Row>(table: Table<Row>, id: string): Row | undefined {
  return table.size === 0 ? undefined : lookup(table.root, id, hashOf(id))
}

/**
 * Finds a row as `findRow` does, with a precomputed hash of the id. For callers that look up one id in several tables.
 */
export function findHashed<Row>(table: Table<Row>, id: string, hash: number): Row | undefined {
  return table.size === 0 ? undefined : lookup(table.root, id, hash)
}

/**
 * The row with this id.
 * @throws {Defect} when no row has this id
 */
export function getRow<Row>(table: Table<Row>, id: string): Row {
  const row = findRow(table, id)
  if (row === undefined) throw new Defect(`no row \`${id}\` in a table that must have it`)
  return row
}

/** Whether a row has this id. */
export function hasRow<Row>(table: Table<Row>, id: string): boolean {
  return findRow(table, id) !== undefined
}

/**
 * Returns the table with a row added or replaced under this id. Returns the same table if the id already has the
 * identical row object.
 */
export function put<Row>(table: Table<Row>, id: string, row: Row): Table<Row> {
  const old = findRow(table, id)
  if (old === row) return table
  return { size: table.size + (old === undefined ? 1 : 0), root: insert(table.root, id, hashOf(id), row, 0) }
}

/** Returns the table without this id. Returns the same table if no row has the id. */
export function drop<Row>(table: Table<Row>, id: string): Table<Row> {
  if (findRow(table, id) === undefined) return table
  return table.size === 1 ? emptyTable() : { size: table.size - 1, root: remove(table.root, id, hashOf(id), 0) }
}

/** Every id with its row, in an order that depends on the ids alone. */
export function entries<Row>(table: Table<Row>): IterableIterator<[id: string, row: Row]> {
  return walk(table.root)
}

/** Every id, in the order of `entries`. */
export function* idsOf<Row>(table: Table<Row>): IterableIterator<string> {
  for (const [id] of walk(table.root)) yield id
}

/** Every row, in the order of `entries`. */
export function* rowsOf<Row>(table: Table<Row>): IterableIterator<Row> {
  for (const [, row] of walk(table.root)) yield row
}

/**
 * Yields every row in a fixed order of ids. Starts after the id `after`, or at the beginning if `after` is `undefined`.
 * The order of two ids does not depend on other ids: a walk that is resumed in a later table visits each remaining row
 * exactly once.
 */
export function rowsAfter<Row>(table: Table<Row>, after: string | undefined): IterableIterator<Placed<Row>> {
  return walkAfter(table.root, after)
}

/**
 * Builds the table with `rows[i]` under `ids[i]` at once. If an id occurs several times, the last row for the id wins.
 */
export function tableOf<Row>(ids: readonly string[], rows: readonly Row[]): Table<Row> {
  const root = build(ids, rows)
  const size = sizeOf(root)
  return size === 0 ? emptyTable() : { size, root }
}

/**
 * Yields every id that has different row objects in two tables, with the row in each table. The cost grows with the
 * number of changes, not with the size of the tables.
 */
export function changesBetween<Row>(before: Table<Row>, after: Table<Row>): IterableIterator<Difference<Row>> {
  return differences(before.root, after.root)
}
