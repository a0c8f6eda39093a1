import type { Write } from '../../ledger/decide.ts'
import type { MemoryBooks } from '../../ledger/storage/open-books.ts'
import type { Instant } from '../../model/value/instant.ts'
import type { Journal } from '../../port/journal.ts'
import { LedgerError } from '../../port/ledger-error.ts'
import type { Checkpointer } from './checkpointer.ts'
import { type JournalRecord, keepIds, textOf, writtenOf } from './journal-reader.ts'

/** Writes records to a journal, one batch at a time. Records added during a write form the next batch. */
export class JournalWriter {
  readonly #journal: Journal
  readonly #checkpointer: Checkpointer | undefined
  /** The books of the last answer. */
  #books: MemoryBooks
  #waiting: string[] = []
  /** The write of the current batch, if one is in progress. `#next` is the write of the batch after it, if any. */
  #writing: Promise<void> | undefined
  #next: Promise<void> | undefined
  #failure: LedgerError | undefined
  /** The latest instant in the journal, including queued records. */
  #at: Instant

  /** Creates a writer for a journal that contains `books`. */
  constructor(journal: Journal, books: MemoryBooks, checkpointer: Checkpointer | undefined) {
    this.#journal = journal
    this.#checkpointer = checkpointer
    this.#books = books
    this.#at = books.at
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
  confirm<Answer>(answer: Answer, books: MemoryBooks): Answer | Promise<Answer> {
    const { at, latestDue } = books
    this.#books = books
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
    await this.#checkpointer?.close()
    await this.#journal.close()
  }

  /**
   * Waits for the current batch, then writes all queued records as one batch. Captures the books if a checkpoint is due:
   * they contain exactly the writes up to this batch.
   */
  async #writeNext(): Promise<void> {
    await this.#writing
    const batch = this.#waiting
    this.#waiting = []
    const writing = this.#write(batch)
    this.#writing = writing
    this.#next = undefined
    await writing
    if (this.#writing === writing) this.#writing = undefined
  }

  async #write(batch: readonly string[]): Promise<void> {
    const books = this.#books
    this.#checkpointer?.count(batch)
    const captured = this.#checkpointer?.capture(books)
    await this.#append(batch)
    if (captured !== undefined) await this.#checkpointer?.start(books, captured)
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
