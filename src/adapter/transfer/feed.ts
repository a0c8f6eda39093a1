import { quote } from '../../model/value/quote.ts'
import type { ImportResult } from '../../port/ledger-result.ts'

/** What reads an export, record by record. */
export interface RecordReader {
  /** Says what is wrong with the next record. */
  take(text: unknown): string | undefined
  /** Whether the last record was read. */
  readonly isDone: boolean
  /** How many records were read. */
  readonly records: number
}

/** After so many records others have their turn, since texts that are at hand leave them none. */
const recordsAtOnce = 1_000

/**
 * Reads texts to their end, and after each does what is to be done then, which may give up with another answer. Answers why
 * they are no export, if they are none. What the texts throw is thrown on.
 */
export async function feed(
  texts: unknown,
  intake: RecordReader,
  then: (text: string) => ImportResult | undefined | Promise<ImportResult | undefined>,
): Promise<ImportResult | undefined> {
  if (!isIterable(texts)) return invalid(1, `expected the texts of an export, not ${quote(typeof texts)}`)
  for await (const text of texts) {
    const problem = intake.take(text)
    if (problem !== undefined) return invalid(intake.records, worded(problem))
    const answer = then(text as string)
    // Most records are only put by, and nothing is waited for.
    const ending = answer instanceof Promise ? await answer : answer
    if (ending !== undefined) return ending
    if (intake.records % recordsAtOnce === 0) await new Promise((resolve) => setTimeout(resolve, 0))
  }
  return intake.isDone ? undefined : invalid(intake.records + 1, 'expected more records: the export was cut off')
}

/** What is wrong with an export, and at which record. */
export function invalid(record: number, message: string): ImportResult {
  return { ok: false, reason: 'export_invalid', record, message }
}

/** The answer of a ledger to which something has happened. */
export const notEmpty: ImportResult = Object.freeze({ ok: false, reason: 'ledger_not_empty' })

function worded(problem: string): string {
  return problem.startsWith('expected ') ? problem : `the record ${problem}`
}

function isIterable(value: unknown): value is AsyncIterable<unknown> | Iterable<unknown> {
  if (typeof value === 'string') return true
  return typeof value === 'object' && value !== null && (Symbol.asyncIterator in value || Symbol.iterator in value)
}
