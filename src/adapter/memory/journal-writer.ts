import { decideWrite, type Write, type Writes } from '../../ledger/decide.ts'
import { advanceTo } from '../../ledger/operation/due.ts'
import { readRequest } from '../../ledger/read-request.ts'
import { type MemoryBooks, openBooks } from '../../ledger/storage/open-books.ts'
import { withAmounts } from '../../ledger/transfer/amount-field.ts'
import { BooksImport, isUntouched } from '../../ledger/transfer/import-books.ts'
import { faultOfInstant, type Instant, isInstant } from '../../model/value/instant.ts'
import type { Journal } from '../../port/journal.ts'
import { LedgerError } from '../../port/ledger-error.ts'
import { randomSeed } from './hash-seed.ts'

/**
 * A record of the journal, stored as a JSON string. The first record states the id retention. Each change of the id
 * retention adds another such record. Every write is recorded with its instant, and the kernel rebuilds the books from
 * these writes. The records of an import come before all writes. An import without an end record never took effect.
 *
 * Due items are not recorded, because the writes and the time determine which entries the due items post, and at which
 * instants. Reads add only the time: `passed` is written before the ledger returns a result that depends on due items.
 * The result then stays true when the ledger is opened again with a clock that was set back.
 */
type JournalRecord =
  | { readonly journal: 'credit ledger'; readonly version: 1; readonly idRetention: number }
  | { readonly passed: number }
  | WriteRecord
interface WriteRecord {
  readonly at: number
  /**
   * The total number of entries posted by all writes so far, including this write. A replay that posts another number
   * detects a kernel that decides differently.
   */
  readonly written: number
  readonly write: Write
  readonly request: object
}

/** Rebuilds the books from a journal. `isNew` is true when the journal is empty. */
export async function replayJournal(idRetention: number, journal: Journal): Promise<{ books: MemoryBooks; isNew: boolean }> {
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
  books: MemoryBooks
  #hasBegun = false
  /** The import that is being read, if any. */
  #import: BooksImport | undefined

  constructor(idRetention: number) {
    this.books = openBooks(idRetention, randomSeed())
  }

  /** Applies a journal record to the books. Returns the problem with an invalid record, or `undefined`. */
  take(text: string): string | undefined {
    if (text.startsWith(importMark)) return this.#takeImported(text)
    this.#import = undefined
    const found = parse(text)
    if (found === undefined) return 'is not a journal record'
    if (!('journal' in found)) {
      if (!this.#hasBegun) return 'comes before the first record of a journal'
      return 'passed' in found ? pass(this.books, found.passed) : redo(this.books, found)
    }
    this.#hasBegun = true
    if (found.version !== 1) return `is of version ${found.version}, which this ledger does not know`
    keepIds(this.books, found.idRetention)
    return undefined
  }

  #takeImported(text: string): string | undefined {
    if (!this.#hasBegun) return 'comes before the first record of a journal'
    if (!isUntouched(this.books)) return 'is of an import into a ledger that was not empty'
    if (this.#import === undefined || text.startsWith(importHeader)) {
      this.#import = new BooksImport(this.books.idRetention, randomSeed())
    }
    const problem = this.#import.take(text)
    if (problem !== undefined) return problem
    if (this.#import.isDone) this.books = this.#import.books
    return undefined
  }
}

/** The prefix of every export record in the journal. `importHeader` is the prefix of the header record. */
const importMark = '{"record":'
const importHeader = `${importMark}"header"`

/** Changes the id retention of the books. Does not restore ids that are already forgotten. */
function keepIds(books: MemoryBooks, idRetention: number): void {
  books.knownSince = Math.max(books.knownSince, books.at - books.idRetention)
  books.idRetention = idRetention
}

/** Advances the time of the books. Returns the problem with an invalid instant, or `undefined`. */
function pass(books: MemoryBooks, at: number): string | undefined {
  if (!isInstant(at)) return `has no instant: ${faultOfInstant(at)}`
  if (at < books.at) return 'has an instant outside the allowed time'
  advanceTo(books, at)
  return undefined
}

function writtenOf({ log, dueEntries }: MemoryBooks): number {
  return log.length - dueEntries
}

function redo(books: MemoryBooks, { write, at, written, request }: WriteRecord): string | undefined {
  const problem = pass(books, at)
  if (problem !== undefined) return problem
  const reading = readRequest<Writes[Write]['request']>(write, withAmounts(request))
  if (!reading.ok) return `has an invalid request: ${reading.issues[0]?.message}`
  const answer = decideWrite(write, books, reading.request, at)
  if (!answer.ok) return `is refused: ${answer.reason}`
  if (answer.replay) return 'occurs twice'
  if (writtenOf(books) !== written) return `leads to ${writtenOf(books)} entries instead of ${written}`
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

/** Writes records to a journal, one batch at a time. Records added during a write form the next batch. */
export class JournalWriter {
  readonly #journal: Journal
  #waiting: string[] = []
  /** The write of the current batch, if one is in progress. `#next` is the write of the batch after it, if any. */
  #writing: Promise<void> | undefined
  #next: Promise<void> | undefined
  #failure: LedgerError | undefined
  /** The latest instant in the journal, including queued records. */
  #at: Instant

  /** Creates a writer for a journal. `at` is the latest instant in the journal. */
  constructor(journal: Journal, at: Instant) {
    this.#journal = journal
    this.#at = at
  }

  async begin(books: MemoryBooks, idRetention: number): Promise<void> {
    keepIds(books, idRetention)
    await this.#append([textOf({ journal: 'credit ledger', version: 1, idRetention } satisfies JournalRecord)])
  }

  add(write: Write, request: object, books: MemoryBooks): void {
    const { at } = books
    this.#at = at
    this.#waiting.push(textOf({ at, written: writtenOf(books), write, request } satisfies JournalRecord))
  }

  /** Queues records of an import for the next batch. */
  addImported(texts: readonly string[]): void {
    for (const text of texts) this.#waiting.push(text)
  }

  /** Queues the last records of a successful import. The latest instant becomes the time of the imported books. */
  endImport(texts: readonly string[], { at }: MemoryBooks): void {
    this.addImported(texts)
    this.#at = at
  }

  /**
   * Returns `answer` after the journal has stored all queued records. First queues the current time if `answer` depends
   * on due items that no record in the journal covers.
   */
  confirm<Answer>(answer: Answer, { at, latestDue }: MemoryBooks): Answer | Promise<Answer> {
    if (latestDue > this.#at) {
      this.#at = at
      this.#waiting.push(textOf({ passed: at } satisfies JournalRecord))
    }
    if (this.#waiting.length > 0) this.#next ??= this.#writeNext()
    const written = this.#next ?? this.#writing
    return written === undefined ? answer : written.then(() => answer)
  }

  /** Throws if an append to the journal has failed. The books in memory then contain writes that the journal lacks. */
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

  /** Waits for the current batch, then writes all queued records as one batch. */
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
