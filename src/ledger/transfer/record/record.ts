import type { z } from 'zod'
import { type Issue, issuesOf } from '../../../model/value/issue.ts'
import { type Fields, object } from './field.ts'

/*
 * The records of an export are rows that are the same for every adapter. Wallets refer to each other by place among the
 * wallets, and lots by place among the lots of their wallet. At the instant of the export nothing is due, and forgotten holds
 * and keys are left out. Every kind of record has one order: wallets by type, id and incarnation, holds and keys by id,
 * entries by wallet and sequence. So two ledgers in the same state have the same export.
 *
 * Each record is one JSON string. Amounts are decimal strings; zero amounts and absent fields are left out. Every row has
 * exactly one JSON string, so a reader accepts a record only if writing the row gives that string again.
 */

/** The result of reading a record: the row, or the problem with the record. */
export type ReadRow<Row> = { readonly ok: true; readonly row: Row } | { readonly ok: false; readonly problem: string }

/** Reads and writes one kind of record. */
export interface RecordCodec<Row> {
  readonly read: (value: unknown) => ReadRow<Row>
  readonly write: (row: Row) => string
}

/** Creates the codec of one kind of record. The order of `fields` is the order in the record. */
export function recordOf<Row extends object>(record: string, fields: Fields<Row>): RecordCodec<Row> {
  const { schema, write } = object(fields)
  return {
    read: (value) => parse(schema, value),
    write: (row) => JSON.stringify({ record, ...(write(row) as object) }, writeBigint),
  }
}

function writeBigint(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value
}

/** Validates a value with a schema. Returns the row, or the problem with the value. */
export function parse<Row>(schema: z.ZodType<Row>, value: unknown): ReadRow<Row> {
  const parsed = schema.safeParse(value)
  if (parsed.success) return { ok: true, row: parsed.data }
  return { ok: false, problem: problemOf(issuesOf(parsed.error)) }
}

/** Formats the first of several issues as one line. */
export function problemOf(issues: readonly Issue[]): string {
  const [first] = issues
  if (first === undefined) return 'cannot be read'
  return first.path.length === 0 ? first.message : `${first.message} at \`${first.path.join('.')}\``
}
