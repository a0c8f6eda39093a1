import { ArchiveNames } from '../../ledger/checkpoint/archive-names.ts'
import { BlockArchive } from '../../ledger/checkpoint/block-archive.ts'
import { type CapturedCheckpoint, captureCheckpoint } from '../../ledger/checkpoint/capture-checkpoint.ts'
import type { EntryArchive } from '../../ledger/storage/entry-archive.ts'
import type { MemoryBooks } from '../../ledger/storage/open-books.ts'
import { isUntouched } from '../../ledger/transfer/import-books.ts'
import type { JournalCheckpoints } from '../../port/journal.ts'

/** Something that an operator should know about the journal of a ledger. */
export type JournalNotice =
  /** A checkpoint was written. The archive has the oldest `archived` entries of the ledger. */
  | { readonly type: 'checkpoint_written'; readonly archived: number }
  /** A checkpoint could not be written. Writes go on, and the ledger tries again after more of them. */
  | { readonly type: 'checkpoint_failed'; readonly message: string }

/** Where checkpoints stand. Sizes count the characters of strings. */
export interface CheckpointProgress {
  /** The size of the last checkpoint. */
  size: number
  /** The size of what was appended since the last checkpoint began. */
  appended: number
}

/** Books with the archive of their entries. */
export interface ArchivedBooks {
  readonly books: MemoryBooks
  readonly names: ArchiveNames
  readonly archive: EntryArchive
}

/** Decides when a ledger writes a checkpoint, and writes it while the ledger goes on. */
export class Checkpointer {
  readonly #store: JournalCheckpoints
  readonly #least: number
  readonly #notify: (notice: JournalNotice) => void
  readonly #progress: CheckpointProgress
  #archived: ArchivedBooks | undefined
  #running: Promise<void> | undefined

  /** Creates a checkpointer. `least` is the least size of what one checkpoint replaces. */
  constructor(
    store: JournalCheckpoints,
    least: number,
    notify: (notice: JournalNotice) => void,
    progress: CheckpointProgress,
    archived: ArchivedBooks | undefined,
  ) {
    this.#store = store
    this.#least = least
    this.#notify = notify
    this.#progress = progress
    this.#archived = archived
  }

  /** Counts strings that are appended to the journal. */
  count(texts: readonly string[]): void {
    for (const text of texts) this.#progress.appended += text.length
  }

  /**
   * Captures the books if a checkpoint is due: no other is in progress, and at least the size of the last checkpoint was
   * appended since. Writing checkpoints therefore at most doubles what is written.
   */
  capture(books: MemoryBooks): CapturedCheckpoint | undefined {
    const { size, appended } = this.#progress
    // Empty books may have an import in progress, whose records a checkpoint would not contain.
    if (this.#running !== undefined || appended < Math.max(this.#least, size) || isUntouched(books)) return undefined
    this.#progress.appended = 0
    return captureCheckpoint(books, this.#archiveOf(books).names)
  }

  /** Begins a new part of the journal, and then writes a captured checkpoint. Returns when the part has begun. */
  async start(books: MemoryBooks, captured: CapturedCheckpoint): Promise<void> {
    try {
      await this.#store.begin()
    } catch (error) {
      this.#fail(error)
      return
    }
    this.#running = this.#write(books, captured).finally(() => {
      this.#running = undefined
    })
  }

  /** Waits for the checkpoint in progress, if any. */
  async close(): Promise<void> {
    await this.#running
  }

  async #write(books: MemoryBooks, { records, firstBlock, blocks, archived }: CapturedCheckpoint): Promise<void> {
    let size = 0
    function* measured() {
      for (const text of records) {
        size += text.length
        yield text
      }
    }
    try {
      await this.#store.write({ records: measured(), firstBlock, blocks })
    } catch (error) {
      this.#fail(error)
      return
    }
    this.#progress.size = size
    books.log.archiveUntil(archived, this.#archiveOf(books).archive)
    this.#notify({ type: 'checkpoint_written', archived })
  }

  #fail(error: unknown): void {
    this.#notify({ type: 'checkpoint_failed', message: error instanceof Error ? error.message : String(error) })
  }

  /** Returns the archive of the books, which an import may have replaced. */
  #archiveOf(books: MemoryBooks): ArchivedBooks {
    if (this.#archived?.books === books) return this.#archived
    const names = new ArchiveNames(books)
    this.#archived = { books, names, archive: new BlockArchive((block) => this.#store.readBlock(block), names) }
    return this.#archived
  }
}

/** Passes notices to the host. An error of the host's function is ignored. */
export function noticer(onNotice: ((notice: JournalNotice) => void) | undefined): (notice: JournalNotice) => void {
  return (notice) => {
    try {
      const returned: unknown = onNotice?.(notice)
      if (returned instanceof Promise) returned.catch(() => undefined)
    } catch {
      // A subscriber that fails must not stop the ledger.
    }
  }
}

/**
 * Returns the option `checkpointSize`, or its default.
 * @throws {RangeError} when it is not an integer from 1,000
 */
export function checkpointSizeOf(size = 8_000_000): number {
  if (Number.isSafeInteger(size) && size >= 1_000) return size
  throw new RangeError(`expected \`checkpointSize\` to be an integer from 1,000, not \`${size}\``)
}
