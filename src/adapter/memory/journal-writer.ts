import { decide, type Write, type Writes } from '../../ledger/decide.ts'
import { advanceTo } from '../../ledger/operation/due.ts'
import { readRequest } from '../../ledger/read-request.ts'
import type { Books } from '../../ledger/storage/books.ts'
import { openBooks } from '../../ledger/storage/open-books.ts'
import { withAmounts } from '../../ledger/transfer/amount-field.ts'
import { BooksImport, isUntouched } from '../../ledger/transfer/import-books.ts'
import { type Instant, instantLimit } from '../../model/value/instant.ts'
import type { Journal } from '../../port/journal.ts'
import { LedgerError } from '../../port/ledger-error.ts'

/**
 * What the journal holds, a JSON text each: first of all, and whenever it changes, for how long ids are known; then every
 * write that was done, with its instant. The kernel makes the same books of them again. Before the writes there may be an
 * export that was imported, record by record; one without its end was never taken over.
 *
 * What comes due is not in the journal. Readings book it too, and refused and repeated writes, so at what place in the log
 * its entries are depends on who asked; which entries a wallet gets, and at which instants, does not: that follows from the
 * writes and the time. The one thing a reading adds is therefore the time: what an answer rests on has come due, also for a
 * ledger that is opened again while the clock is set back, and `passed` is written before such an answer is given.
 */
type JournalRecord =
  | { readonly journal: 'credit ledger'; readonly version: 1; readonly idRetention: number }
  | { readonly passed: number }
  | WriteRecord
interface WriteRecord {
  readonly at: number
  /** The number of entries that all writes up to this one posted: detects a kernel that decides differently. */
  readonly written: number
  readonly write: Write
  readonly request: object
}

/** Makes the books of what a journal holds. Says whether it holds nothing. */
export async function replay(idRetention: number, journal: Journal): Promise<{ books: Books; isNew: boolean }> {
  const reader = new JournalReader(idRetention)
  let count = 0
  for await (const text of journal.read()) {
    count += 1
    const problem = reader.take(text)
    if (problem !== undefined) {
      throw new LedgerError('ledger_corrupt', 'not_applied', `record ${count} of the journal ${problem}`)
    }
  }
  return { books: reader.books, isNew: count === 0 }
}

class JournalReader {
  books: Books
  #hasBegun = false
  /** The import that is being read. */
  #intake: BooksImport | undefined

  constructor(idRetention: number) {
    this.books = openBooks(idRetention)
  }

  /** Does again what a record says was done. Says what is wrong with it. */
  take(text: string): string | undefined {
    if (text.startsWith(carriedMark)) return this.#carry(text)
    this.#intake = undefined
    const found = parse(text)
    if (found === undefined) return 'is no record'
    if (!('journal' in found)) {
      if (!this.#hasBegun) return 'is not its beginning'
      return 'passed' in found ? pass(this.books, found.passed) : redo(this.books, found)
    }
    this.#hasBegun = true
    if (found.version !== 1) return `is of version ${found.version}, which this ledger does not know`
    keepIds(this.books, found.idRetention)
    return undefined
  }

  #carry(text: string): string | undefined {
    if (!this.#hasBegun) return 'is not its beginning'
    if (!isUntouched(this.books)) return 'is of an import into a ledger that was not empty'
    if (this.#intake === undefined || text.startsWith(carriedHeader)) {
      this.#intake = new BooksImport(this.books.idRetention)
    }
    const problem = this.#intake.take(text)
    if (problem !== undefined) return problem
    if (this.#intake.isDone) this.books = this.#intake.books
    return undefined
  }
}

/** How the records of an export begin, and the first of them. */
const carriedMark = '{"record":'
const carriedHeader = `${carriedMark}"header"`

/** Keeps ids for another time from now on. What was forgotten by now stays so. */
function keepIds(books: Books, idRetention: number): void {
  books.knownSince = Math.max(books.knownSince, books.at - books.idRetention)
  books.idRetention = idRetention
}

/** Lets time pass to an instant that is not in the past. */
function pass(books: Books, at: number): string | undefined {
  if (!Number.isSafeInteger(at) || at < books.at || at > instantLimit) return 'is out of time'
  advanceTo(books, at)
  return undefined
}

function writtenOf({ log, dueEntries }: Books): number {
  return log.length - dueEntries
}

function redo(books: Books, { write, at, written, request }: WriteRecord): string | undefined {
  const problem = pass(books, at)
  if (problem !== undefined) return problem
  const reading = readRequest<Writes[Write]['request']>(write, withAmounts(request))
  if (!reading.ok) return `cannot be read: ${reading.issues[0]?.message}`
  const answer = decide(write, books, reading.request, at)
  if (!answer.ok) return `is refused: ${answer.reason}`
  if (answer.replay) return 'is there twice'
  if (writtenOf(books) !== written) return `leads to ${writtenOf(books)} entries and not to ${written}`
  return undefined
}

function parse(text: string): JournalRecord | undefined {
  try {
    const found: unknown = JSON.parse(text)
    if (typeof found !== 'object' || found === null) return undefined
    const isRecord = 'journal' in found || 'passed' in found || ('write' in found && 'request' in found)
    return isRecord ? (found as JournalRecord) : undefined
  } catch {
    return undefined
  }
}

function textOf(value: object): string {
  return JSON.stringify(value, (_, field) => (typeof field === 'bigint' ? field.toString() : field))
}

/** Writes batches, one at a time: what comes while one is written is the next. */
export class JournalWriter {
  readonly #journal: Journal
  #waiting: string[] = []
  /** The batch that is being written, and the one after it, which is what waits: undefined where there is none. */
  #writing: Promise<void> | undefined
  #next: Promise<void> | undefined
  #failure: LedgerError | undefined
  /** The latest instant in the journal, what waits included. */
  #at: Instant

  /** `at` is the instant that the journal has got to. */
  constructor(journal: Journal, at: Instant) {
    this.#journal = journal
    this.#at = at
  }

  async begin(books: Books, idRetention: number): Promise<void> {
    keepIds(books, idRetention)
    await this.#append([textOf({ journal: 'credit ledger', version: 1, idRetention } satisfies JournalRecord)])
  }

  add(write: Write, request: object, books: Books): void {
    const { at } = books
    this.#at = at
    this.#waiting.push(textOf({ at, written: writtenOf(books), write, request } satisfies JournalRecord))
  }

  /** Adds records of an export. */
  addCarried(texts: readonly string[]): void {
    for (const text of texts) this.#waiting.push(text)
  }

  /** Adds the last records of an export, of which there are books now. */
  endCarried(texts: readonly string[], { at }: Books): void {
    this.addCarried(texts)
    this.#at = at
  }

  /** An answer, once everything that was added is written, and how far time has passed for it. */
  confirm<Answer>(answer: Answer, { at, latestDue }: Books): Answer | Promise<Answer> {
    if (latestDue > this.#at) {
      this.#at = at
      this.#waiting.push(textOf({ passed: at } satisfies JournalRecord))
    }
    if (this.#waiting.length > 0) this.#next ??= this.#writeNext()
    const written = this.#next ?? this.#writing
    return written === undefined ? answer : written.then(() => answer)
  }

  /** Refuses to go on after a failure: what is in memory is more than what is written. */
  check(): void {
    if (this.#failure === undefined) return
    throw new LedgerError('ledger_unavailable', 'not_applied', 'the journal has failed, open the ledger again', {
      cause: this.#failure,
    })
  }

  async close(): Promise<void> {
    await (this.#next ?? this.#writing)?.catch(() => undefined)
    await this.#journal.close()
  }

  /** Writes all that waits by the time that the batch before is written. */
  async #writeNext(): Promise<void> {
    await this.#writing
    const batch = this.#waiting
    this.#waiting = []
    const writing = this.#append(batch)
    this.#writing = writing
    this.#next = undefined
    await writing
    if (this.#writing === writing) this.#writing = undefined
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
