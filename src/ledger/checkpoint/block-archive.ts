import { LedgerError } from '../../port/ledger-error.ts'
import type { EntryArchive, StoredEntry } from '../storage/entry-archive.ts'
import { type BlockNames, blockSize, parseBlock } from './entry-block.ts'

/** The number of parsed blocks that an archive keeps, the recently used ones: up to 4,096 entries. */
const keptBlocks = 64

/** Reads archived entries from blocks. */
export class BlockArchive implements EntryArchive {
  readonly #read: (block: number) => string
  readonly #names: BlockNames
  /** The recently used blocks by number, the last used one last. */
  readonly #kept = new Map<number, readonly StoredEntry[]>()

  constructor(read: (block: number) => string, names: BlockNames) {
    this.#read = read
    this.#names = names
  }

  /** @throws {LedgerError} `ledger_corrupt` when the block of the row is damaged or missing */
  get(row: number): StoredEntry {
    const number = Math.floor(row / blockSize)
    const entry = this.#block(number)[row - number * blockSize]
    if (entry === undefined) throw corrupt(number)
    return entry
  }

  #block(number: number): readonly StoredEntry[] {
    const kept = this.#kept.get(number)
    const block = kept ?? this.#load(number)
    if (kept !== undefined) this.#kept.delete(number)
    else if (this.#kept.size >= keptBlocks)
      for (const oldest of this.#kept.keys()) {
        this.#kept.delete(oldest)
        break
      }
    this.#kept.set(number, block)
    return block
  }

  #load(number: number): readonly StoredEntry[] {
    const text = this.#read(number)
    try {
      return parseBlock(text, this.#names)
    } catch (cause) {
      throw corrupt(number, cause)
    }
  }
}

function corrupt(block: number, cause?: unknown): LedgerError {
  const message = `block ${block} of the journal's archive is not one that a ledger wrote; restore the journal`
  return new LedgerError('ledger_corrupt', 'not_applied', message, { cause })
}
