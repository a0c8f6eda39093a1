import { noNumber, type PartName, partNames, parts } from '../row/change-set-part.ts'

/*
 * SQL for one part of a change set, in the terms of the function `commit`: `n` and `t` are its arguments, `p` and `q` are
 * where the part begins in them, and `k` is the part's row count. A part of a single row is written without `unnest`, which
 * would cost a lone caller a measurable share of its latency.
 */

/**
 * The position at which a part of a change set begins: index `p` in the number array `n`, and index `q` in the string
 * array `t`. Each index is an SQL expression, or a number if it is known at generation time.
 */
export interface Start {
  readonly p: string | number
  readonly q: string | number
}
export const current: Start = { p: 'p', q: 'q' }

const plus = (start: string | number, more: number): string | number =>
  typeof start === 'number' ? start + more : `${start} + ${more}`

/** SQL expression for a column of a part that has exactly one row. `p` and `q` are the start of the part. */
export function cell(part: PartName, column: string, { p, q }: Start): string {
  const number = numbersOf(part).indexOf(column)
  return number >= 0 ? `n[${plus(p, number)}]` : `t[${plus(q, textsOf(part).indexOf(column))}]`
}

/**
 * SQL `from` item with the alias `c` for the rows of a part. The part must be the current part. Default columns: all of
 * the part.
 */
export function rows(part: PartName, columns: readonly string[] = columnsOf(part)): string {
  const lists = columns.map((column) => {
    const number = numbersOf(part).indexOf(column)
    if (number >= 0) return `n[p + ${number} * k : p + ${number + 1} * k - 1]`
    const text = textsOf(part).indexOf(column)
    return `t[q + ${text} * k : q + ${text + 1} * k - 1]`
  })
  return `unnest(${lists.join(', ')}) c (${columns.join(', ')})`
}

export const numbersOf = (part: PartName): readonly string[] => parts[part].numbers
export const textsOf = (part: PartName): readonly string[] => parts[part].texts
const columnsOf = (part: PartName): readonly string[] => [...numbersOf(part), ...textsOf(part)]

/** The index of a part's row count in the SQL argument `n`, which begins with the row counts of all parts. */
export const countOf = (part: PartName): number => partNames.indexOf(part) + 1
export const ofEach = (column: string): string => `c.${column}`
export const orNull = (value: string): string => `nullif(${value}, ${noNumber})`

/**
 * SQL expression that converts a value in the change set to the value in the table. Converts numbers to booleans for
 * `is_open`, and `noNumber` to null in a nullable column.
 */
export function stored(part: PartName, column: string, value: string): string {
  if (column === 'is_open') return `${value} = 1`
  const isNullable =
    column === 'parent' ||
    column === 'cap_ends_at' ||
    (part === 'insertedLots' && (column === 'period' || column === 'expires_at')) ||
    (part === 'insertedHolds' && column === 'wallet')
  return isNullable ? orNull(value) : value
}

type Table = readonly [name: string, ...id: readonly string[]]

/**
 * SQL statement that updates the rows of a table from a part. The id columns select the rows; every other column of the
 * part is set. `value` returns the SQL expression for the new value of a column.
 */
function setRows(part: PartName, [table, ...id]: Table, value: (column: string) => string, from = ''): string {
  const set = columnsOf(part)
    .filter((column) => !id.includes(column))
    .map((column) => `${column} = ${stored(part, column, value(column))}`)
  const same = id.map((column) => `a.${column} = ${value(column)}`)
  return `update {schema}.${table} a set ${set.join(', ')}${from} where ${same.join(' and ')}`
}

export const setOne = (part: PartName, table: Table, start: Start): string =>
  setRows(part, table, (column) => cell(part, column, start))

/** SQL that updates the table rows of a part. Raises a serialization failure when a row does not exist. */
export function update(part: PartName, table: Table): string {
  return `
    if k = 1 then
      ${setOne(part, table, current)};
    else
      ${setRows(part, table, ofEach, ` from ${rows(part)}`)};
    end if;
    get diagnostics affected = row_count;
    if affected <> k then raise exception 'row not found' using errcode = 'serialization_failure'; end if;`
}

export function insertOne(part: PartName, table: string, start: Start): string {
  const columns = columnsOf(part)
  const values = columns.map((column) => stored(part, column, cell(part, column, start)))
  return `insert into {schema}.${table} (${columns.join(', ')}) values (${values.join(', ')})`
}

export function insert(part: PartName, table: string): string {
  const columns = columnsOf(part)
  return `
    if k = 1 then
      ${insertOne(part, table, current)};
    else
      insert into {schema}.${table} (${columns.join(', ')})
      select ${columns.map((column) => stored(part, column, ofEach(column))).join(', ')} from ${rows(part)};
    end if;`
}

/**
 * SQL that deletes the table rows of a part. Deletes a row only if it equals the part in every column, so that another
 * process's row with the same id stays.
 */
export function remove(part: PartName, table: string): string {
  const same = columnsOf(part).map((column) => `a.${column} = c.${column}`)
  return `
    delete from {schema}.${table} a using ${rows(part)} where ${same.join(' and ')};`
}

/**
 * SQL expression for a text of the row `h` of the table `hold` that changes with every change of the hold, as
 * `textOfUnbooked` writes it.
 */
export const unbookedText = `concat_ws(' ', h.amount, h.held, h.spent, h.refunded, h.created_at, h.expires_at, h.ended_at, h.state)`

/**
 * SQL that raises a serialization failure when the table contains an id of the current part. The batch expects these
 * ids to be absent.
 */
export function refuseExisting(table: string, column: string): string {
  return `
    if exists (select from {schema}.${table} a where a.${column} = any (t[q : q + k - 1])) then
      raise exception 'id already exists' using errcode = 'serialization_failure';
    end if;`
}
