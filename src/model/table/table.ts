import { Defect } from '../value/defect.ts'
import { hashOf } from './hash.ts'
import { emptyPage, insert, lookup, type Node, remove, sizeOf, walk } from './trie.ts'
import { build } from './trie-build.ts'
import { type Difference, differences } from './trie-difference.ts'
import { type Placed, walkAfter } from './trie-walk.ts'

/**
 * Rows by id: a persistent map. Reading, putting and dropping a row cost the same at a thousand rows and at a million,
 * the old table stays as it was, and two tables with the same rows have the same shape, however they came about.
 * Any text is a legal id, `__proto__` and `constructor` included.
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

/** The row with this id, if there is one. */
export function findRow<Row>(table: Table<Row>, id: string): Row | undefined {
  return table.size === 0 ? undefined : lookup(table.root, id, hashOf(id))
}

/** The row with this id, given the id's hash: for a caller that looks one id up in many tables. */
export function findHashed<Row>(table: Table<Row>, id: string, hash: number): Row | undefined {
  return table.size === 0 ? undefined : lookup(table.root, id, hash)
}

/**
 * The row with this id.
 * @throws {Defect} when there is none: the caller knew there was
 */
export function getRow<Row>(table: Table<Row>, id: string): Row {
  const row = findRow(table, id)
  if (row === undefined) throw new Defect(`no row \`${id}\` in a table that must have it`)
  return row
}

/** Whether there is a row with this id. */
export function hasRow<Row>(table: Table<Row>, id: string): boolean {
  return findRow(table, id) !== undefined
}

/** The table with this row under this id; the same table when the row is there already. */
export function put<Row>(table: Table<Row>, id: string, row: Row): Table<Row> {
  const old = findRow(table, id)
  if (old === row) return table
  return { size: table.size + (old === undefined ? 1 : 0), root: insert(table.root, id, hashOf(id), row, 0) }
}

/** The table without this id; the same table when it is not there. */
export function drop<Row>(table: Table<Row>, id: string): Table<Row> {
  if (findRow(table, id) === undefined) return table
  return table.size === 1 ? emptyTable() : { size: table.size - 1, root: remove(table.root, id, hashOf(id), 0) }
}

/** Every id with its row, in the table's own order, which depends on the ids alone. */
export function entries<Row>(table: Table<Row>): IterableIterator<[id: string, row: Row]> {
  return walk(table.root)
}

/** Every id, in the table's own order. */
export function* idsOf<Row>(table: Table<Row>): IterableIterator<string> {
  for (const [id] of walk(table.root)) yield id
}

/** Every row, in the table's own order. */
export function* rowsOf<Row>(table: Table<Row>): IterableIterator<Row> {
  for (const [, row] of walk(table.root)) yield row
}

/**
 * Every row whose id comes after an id, or every row, in an order of ids that no other row has a say in: who stays is met
 * once in a walk that is broken off and taken up again, whatever came or went meanwhile.
 */
export function rowsAfter<Row>(table: Table<Row>, after: string | undefined): IterableIterator<Placed<Row>> {
  return walkAfter(table.root, after)
}

/** The table of these rows by these ids, built at once; of equal ids the last row counts. */
export function tableOf<Row>(ids: readonly string[], rows: readonly Row[]): Table<Row> {
  const root = build(ids, rows)
  const size = sizeOf(root)
  return size === 0 ? emptyTable() : { size, root }
}

/** Every id whose row is not the same object in both tables. Costs what changed, not what the tables hold. */
export function changesBetween<Row>(before: Table<Row>, after: Table<Row>): IterableIterator<Difference<Row>> {
  return differences(before.root, after.root)
}
