import { quote } from '../../model/value/quote.ts'
import type { ImportResult } from '../../port/ledger-result.ts'

/** Reads an export record by record. */
export interface RecordReader {
  /** Reads the next record. Returns the problem with an invalid record, or `undefined`. */
  take(text: unknown): string | undefined
  /** Whether the end record was read. */
  readonly isDone: boolean
  /** The number of records read. */
  readonly records: number
}

/** The number of records after which reading pauses, so that the event loop can run. */
const recordsAtOnce = 1_000

/**
 * Reads all records and calls `then` after each one. Stops when `then` returns a result, and returns that result.
 * Otherwise returns `undefined`, or an `export_invalid` result for an invalid export. Errors thrown by the records are
 * rethrown.
 */
export async function readRecords(
  records: unknown,
  reader: RecordReader,
  then: (text: string) => ImportResult | undefined | Promise<ImportResult | undefined>,
): Promise<ImportResult | undefined> {
  if (!isIterable(records)) return exportInvalid(1, `expected the records of an export, not ${quote(typeof records)}`)
  for await (const text of records) {
    const problem = reader.take(text)
    if (problem !== undefined) return exportInvalid(reader.records, worded(problem))
    const result = then(text as string)
    // Most records are only buffered, and need no `await`.
    const ending = result instanceof Promise ? await result : result
    if (ending !== undefined) return ending
    if (reader.records % recordsAtOnce === 0) await new Promise((resolve) => setTimeout(resolve, 0))
  }
  return reader.isDone ? undefined : exportInvalid(reader.records + 1, 'expected more records: the export was cut off')
}

/**
 * Creates the result of importing an invalid export. `record` is the number of the invalid record, and `message` is the
 * problem.
 */
export function exportInvalid(record: number, message: string): ImportResult {
  return { ok: false, reason: 'export_invalid', record, message }
}

/** The result of an import into a ledger that is not empty. */
export const ledgerNotEmpty: ImportResult = Object.freeze({ ok: false, reason: 'ledger_not_empty' })

function worded(problem: string): string {
  return problem.startsWith('expected ') ? problem : `the record ${problem}`
}

function isIterable(value: unknown): value is AsyncIterable<unknown> | Iterable<unknown> {
  if (typeof value === 'string') return true
  return typeof value === 'object' && value !== null && (Symbol.asyncIterator in value || Symbol.iterator in value)
}
