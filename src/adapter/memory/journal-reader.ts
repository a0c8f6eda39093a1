import { CheckpointReader } from '../../ledger/checkpoint/checkpoint-reader.ts'
import { checkpointMark } from '../../ledger/checkpoint/checkpoint-record.ts'
import { decideWrite, type Write, type Writes } from '../../ledger/decide.ts'
import { advanceTo } from '../../ledger/operation/due.ts'
import { readRequest } from '../../ledger/read-request.ts'
import { type MemoryBooks, openBooks } from '../../ledger/storage/open-books.ts'
import { withAmounts } from '../../ledger/transfer/amount-field.ts'
import { BooksImport, isUntouched } from '../../ledger/transfer/import-books.ts'
import { faultOfInstant, isInstant } from '../../model/value/instant.ts'
import type { Journal } from '../../port/journal.ts'
import { LedgerError } from '../../port/ledger-error.ts'
import type { ArchivedBooks, CheckpointProgress } from './checkpointer.ts'
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
export type JournalRecord =
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

/** The books that a journal contains. */
export interface ReplayedJournal {
  readonly books: MemoryBooks
  /** Whether the journal is empty. */
  readonly isNew: boolean
  readonly progress: CheckpointProgress
  /** The archive of the books, if the journal has a checkpoint. */
  readonly archived: ArchivedBooks | undefined
}

/** Rebuilds the books from a journal. */
export async function replayJournal(idRetention: number, journal: Journal): Promise<ReplayedJournal> {
  const reader = new JournalReader(idRetention, journal)
  let count = 0
  for await (const text of journal.read()) {
    count += 1
    const problem = reader.take(text)
    if (problem !== undefined) {
      throw new LedgerError('ledger_corrupt', 'not_applied', `record ${count} of the journal ${problem}`)
    }
  }
  if (reader.isIncomplete) throw new LedgerError('ledger_corrupt', 'not_applied', 'the journal ends in its checkpoint')
  const { books, progress, archived } = reader
  return { books, isNew: count === 0, progress, archived }
}

class JournalReader {
  books: MemoryBooks
  #hasBegun = false
  /** The import that is being read, if any. */
  #import: BooksImport | undefined
  /** The checkpoint that is being read, if any. */
  #checkpoint: CheckpointReader | undefined
  readonly progress: CheckpointProgress = { size: 0, appended: 0 }
  archived: ArchivedBooks | undefined
  readonly #journal: Journal

  constructor(idRetention: number, journal: Journal) {
    this.books = openBooks(idRetention, randomSeed())
    this.#journal = journal
  }

  /** Applies a journal record to the books. Returns the problem with an invalid record, or `undefined`. */
  take(text: string): string | undefined {
    if (this.#checkpoint !== undefined || text.startsWith(checkpointMark)) return this.#takeOfCheckpoint(text)
    this.progress.appended += text.length
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

  #takeOfCheckpoint(text: string): string | undefined {
    const { checkpoints } = this.#journal
    if (this.#hasBegun || checkpoints === undefined) return 'is of a checkpoint that is not at the beginning'
    this.progress.size += text.length
    this.#checkpoint ??= new CheckpointReader((block) => checkpoints.readBlock(block), randomSeed())
    const { books, names, archive } = this.#checkpoint
    const problem = this.#checkpoint.take(text)
    if (!this.#checkpoint.isDone || problem !== undefined) return problem
    this.archived = { books, names, archive }
    this.books = books
    this.#hasBegun = true
    this.#checkpoint = undefined
    return undefined
  }

  /** Whether the records end within a checkpoint. */
  get isIncomplete(): boolean {
    return this.#checkpoint !== undefined
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
export function keepIds(books: MemoryBooks, idRetention: number): void {
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

export function writtenOf({ log, dueEntries }: MemoryBooks): number {
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

export function textOf(value: object): string {
  return JSON.stringify(value, (_, field) => (typeof field === 'bigint' ? field.toString() : field))
}
