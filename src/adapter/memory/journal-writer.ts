import type { Books } from '../../ledger/books.ts'
import { decide, type Write, type Writes } from '../../ledger/decide.ts'
import { LedgerError } from '../../ledger/ledger-error.ts'
import { readRequest } from '../../ledger/read-request.ts'
import { instantLimit } from '../../model/instant.ts'
import type { Journal } from '../../port/journal.ts'

/**
 * What the journal holds, a JSON text each: first of all, and whenever it changes, for how long ids are known; then every
 * write that was done, with its instant. The kernel makes the same books of them again. `entries` is how many entries there
 * were after it, so that a kernel which decides otherwise is found out.
 */
type JournalRecord =
  | { readonly journal: 'credit ledger'; readonly version: 1; readonly idRetention: number }
  | { readonly at: number; readonly entries: number; readonly write: Write; readonly request: object }

/** Makes the books of what a journal holds. Says whether it holds nothing. */
export async function replay(books: Books, journal: Journal): Promise<boolean> {
  let count = 0
  for await (const text of journal.read()) {
    count += 1
    const problem = redo(books, text, count)
    if (problem !== undefined) {
      throw new LedgerError('ledger_corrupt', 'not_applied', `record ${count} of the journal ${problem}`)
    }
  }
  return count === 0
}

function redo(books: Books, text: string, count: number): string | undefined {
  const found = parse(text)
  if (found === undefined) return 'is no record'
  if ('journal' in found) {
    if (found.version !== 1) return `is of version ${found.version}, which this ledger does not know`
    books.idRetention = found.idRetention
    return undefined
  }
  if (count === 1) return 'is not its beginning'
  const { write, at, entries } = found
  if (!Number.isSafeInteger(at) || at < books.at || at > instantLimit) return 'is out of time'
  const reading = readRequest<Writes[Write]['request']>(write, found.request)
  if (!reading.ok) return `cannot be read: ${reading.issues[0]?.message}`
  const answer = decide(write, books, reading.request, at)
  if (!answer.ok) return `is refused: ${answer.reason}`
  if (books.log.length !== entries) return `leads to ${books.log.length} entries and not to ${entries}`
  return undefined
}

/** The fields that are amounts: decimal text in the journal, since JSON has no bigint. */
const amounts: ReadonlySet<string> = new Set([
  'amount',
  'minAmount',
  'increase',
  'minIncrease',
  'overdraftLimit',
  'rollover',
  'softLimits',
])

function parse(text: string): JournalRecord | undefined {
  try {
    const found: unknown = JSON.parse(text, revive)
    if (typeof found !== 'object' || found === null) return undefined
    return 'journal' in found || ('write' in found && 'request' in found) ? (found as JournalRecord) : undefined
  } catch {
    return undefined
  }
}

function revive(name: string, value: unknown): unknown {
  if (!amounts.has(name)) return value
  return Array.isArray(value) ? value.map((one) => BigInt(one)) : BigInt(value as string)
}

function textOf(value: object): string {
  return JSON.stringify(value, (_, field) => (typeof field === 'bigint' ? field.toString() : field))
}

/** Writes batches, one at a time: what comes while one is written is the next. */
export class JournalWriter {
  readonly #journal: Journal
  #waiting: string[] = []
  /** Done when all that was added by now is written; undefined when there is nothing to wait for. */
  #written: Promise<void> | undefined
  #failure: LedgerError | undefined

  constructor(journal: Journal) {
    this.#journal = journal
  }

  async begin(books: Books, idRetention: number): Promise<void> {
    books.idRetention = idRetention
    await this.#append([textOf({ journal: 'credit ledger', version: 1, idRetention } satisfies JournalRecord)])
  }

  add(write: Write, request: object, { at, log }: Books): void {
    this.#waiting.push(textOf({ at, entries: log.length, write, request } satisfies JournalRecord))
  }

  /** An answer, once everything that was added is written. */
  confirm<Answer>(answer: Answer): Answer | Promise<Answer> {
    if (this.#waiting.length > 0) this.#written = this.#after(this.#written)
    return this.#written === undefined ? answer : this.#written.then(() => answer)
  }

  /** Refuses to go on after a failure: what is in memory is more than what is written. */
  check(): void {
    if (this.#failure === undefined) return
    throw new LedgerError('ledger_unavailable', 'not_applied', 'the journal has failed, open the ledger again', {
      cause: this.#failure,
    })
  }

  async close(): Promise<void> {
    await this.#written?.catch(() => undefined)
    await this.#journal.close()
  }

  async #after(before: Promise<void> | undefined): Promise<void> {
    await before
    const batch = this.#waiting
    if (batch.length === 0) return
    this.#waiting = []
    await this.#append(batch)
  }

  async #append(batch: readonly string[]): Promise<void> {
    try {
      await this.#journal.append(batch)
    } catch (cause) {
      this.#failure = new LedgerError('ledger_unavailable', 'unknown', 'the journal could not be written', { cause })
      throw this.#failure
    }
  }
}
