import type { Instant } from '../../model/value/instant.ts'
import type { CallDetails } from '../../port/ledger-result.ts'
import type { Account, Lot } from './account.ts'
import type { EntryArchive, StoredEntry } from './entry-archive.ts'
import { type Chunk, chunkBits, chunkMask, chunkSize, firstSize, growChunk, openChunk } from './entry-chunk.ts'
import { type EntryKind, meaningOf } from './entry-kind.ts'
import type { EntryDetails, EntryStore, HoldOfEntry } from './entry-store.ts'

/**
 * The entries of all wallets, in the order of writing. Each entry links to the previous entry of its account and to the
 * previous entry of its hold.
 */
export class EntryLog implements EntryStore {
  /** The chunks by number. The chunks whose entries were all archived are `undefined`. */
  readonly #chunks: (Chunk | undefined)[] = []
  /** The details of the entries that have any, by row. */
  readonly #details = new Map<number, EntryDetails>()
  /** The sum of all refunds of each refunded cost entry, by row. */
  readonly #refunded = new Map<number, bigint>()
  length = 0
  /** The number of archived entries. They come first, and are read from `#archive`. */
  #archived = 0
  #archive: EntryArchive | undefined
  /** The number of imported entries. They come first, wallet by wallet, and not in the order of their writes. */
  #importedRows = 0

  get archived(): number {
    return this.#archived
  }

  get importedRows(): number {
    return this.#importedRows
  }

  /** The sum of all refunds of each refunded cost entry, by row. */
  get refunds(): ReadonlyMap<number, bigint> {
    return this.#refunded
  }

  endImport(): void {
    this.#importedRows = this.length
  }

  add(
    account: Account,
    kind: EntryKind,
    amount: bigint,
    at: Instant,
    lot: Lot | undefined,
    hold: HoldOfEntry | undefined,
    details?: EntryDetails,
  ): void {
    const row = this.length
    const place = row & chunkMask
    const chunk = place === 0 ? this.#nextChunk() : this.#chunkWith(row)
    chunk.amounts[place] = amount
    chunk.instants[place] = at
    chunk.kinds[place] = kind
    chunk.before[place] = account.lastRow + 1
    chunk.accounts[place] = account
    chunk.lots[place] = lot
    account.lastRow = row
    account.sequence += 1
    chunk.sequences[place] = account.sequence
    if (hold !== undefined) {
      chunk.holds[place] = hold.id
      chunk.calls.set(place, hold.call)
      chunk.beforeOfHold[place] = hold.lastRow + 1
      hold.lastRow = row
    }
    if (details !== undefined) this.#addDetails(row, amount, details)
    this.length = row + 1
  }

  #nextChunk(): Chunk {
    const chunk = openChunk(this.#chunks.length === 0 ? firstSize : chunkSize)
    this.#chunks.push(chunk)
    return chunk
  }

  /** Returns the chunk of a row, with room for the row. */
  #chunkWith(row: number): Chunk {
    const index = row >>> chunkBits
    const chunk = this.#chunks[index] as Chunk
    if ((row & chunkMask) < chunk.kinds.length) return chunk
    const larger = growChunk(chunk)
    this.#chunks[index] = larger
    return larger
  }

  #addDetails(row: number, amount: bigint, details: EntryDetails): void {
    const { only, refunds } = details
    if (only !== undefined || refunds !== undefined) this.#details.set(row, details)
    if (refunds !== undefined) this.#refunded.set(refunds, this.refundedOf(refunds) + amount)
  }

  before(row: number): number {
    if (row < this.#archived) return this.#fromArchive(row).before
    return (this.#chunkOf(row).before[row & chunkMask] ?? 0) - 1
  }

  beforeOfHold(row: number): number {
    if (row < this.#archived) return this.#fromArchive(row).beforeOfHold
    return (this.#chunkOf(row).beforeOfHold[row & chunkMask] ?? 0) - 1
  }

  accountOf(row: number): Account | undefined {
    return row < this.#archived ? this.#fromArchive(row).account : this.#chunkOf(row).accounts[row & chunkMask]
  }

  kindOf(row: number): EntryKind {
    return row < this.#archived ? this.#fromArchive(row).kind : (this.#chunkOf(row).kinds[row & chunkMask] ?? 0)
  }

  amountOf(row: number): bigint {
    return row < this.#archived ? this.#fromArchive(row).amount : (this.#chunkOf(row).amounts[row & chunkMask] ?? 0n)
  }

  instantOf(row: number): Instant {
    return row < this.#archived ? this.#fromArchive(row).at : (this.#chunkOf(row).instants[row & chunkMask] ?? 0)
  }

  lotOf(row: number): Lot | undefined {
    return row < this.#archived ? this.#fromArchive(row).lot : this.#chunkOf(row).lots[row & chunkMask]
  }

  /** The id of the hold to which the entry belongs, if any. */
  holdOf(row: number): string | undefined {
    return row < this.#archived ? this.#fromArchive(row).hold : this.#chunkOf(row).holds[row & chunkMask]
  }

  callOf(row: number): CallDetails | undefined {
    return row < this.#archived ? this.#fromArchive(row).call : this.#chunkOf(row).calls.get(row & chunkMask)
  }

  sequenceOf(row: number): number {
    if (row < this.#archived) return this.#fromArchive(row).sequence
    return this.#chunkOf(row).sequences[row & chunkMask] ?? 0
  }

  onlyOf(row: number): readonly string[] | undefined {
    return row < this.#archived ? this.#fromArchive(row).only : this.#details.get(row)?.only
  }

  refundsOf(row: number): number | undefined {
    return row < this.#archived ? this.#fromArchive(row).refunds : this.#details.get(row)?.refunds
  }

  refundedOf(row: number): bigint {
    return this.#refunded.get(row) ?? 0n
  }

  /** Takes time proportional to the entries of the account since the cost, and for an imported cost to all imported ones. */
  costRows(account: Account, sequence: number): readonly number[] | undefined {
    if (sequence > account.sequence || sequence < 1) return undefined
    let found = account.lastRow
    for (let i = account.sequence; i > sequence; i -= 1) found = this.before(found)
    if (meaningOf(this.kindOf(found)).to !== 'spent') return undefined
    if (found < this.#importedRows) return this.#costsBetween(found, 0)
    const rows: number[] = []
    for (let row = found; row >= 0; row = this.beforeOfHold(row)) if (this.#isSameCost(row, found)) rows.push(row)
    return [...rows.reverse(), ...this.#costsBetween(found, found + 1)]
  }

  /** Returns the rows from `start` on of the cost of the entry `found`. Later writes follow, so the search ends early. */
  #costsBetween(found: number, start: number): readonly number[] {
    const at = this.instantOf(found)
    const rows: number[] = []
    for (let row = start; row < this.length; row += 1) {
      if (row >= this.#importedRows && this.instantOf(row) > at) break
      if (this.#isSameCost(row, found)) rows.push(row)
    }
    return rows
  }

  #isSameCost(row: number, other: number): boolean {
    return (
      this.instantOf(row) === this.instantOf(other) &&
      this.holdOf(row) === this.holdOf(other) &&
      meaningOf(this.kindOf(row)).to === 'spent'
    )
  }

  /** Returns all that is stored of the entry in a row. */
  get(row: number): StoredEntry {
    if (row < this.#archived) return this.#fromArchive(row)
    return {
      account: this.accountOf(row) as Account,
      kind: this.kindOf(row),
      amount: this.amountOf(row),
      at: this.instantOf(row),
      before: this.before(row),
      beforeOfHold: this.beforeOfHold(row),
      sequence: this.sequenceOf(row),
      lot: this.lotOf(row),
      hold: this.holdOf(row),
      call: this.callOf(row),
      only: this.onlyOf(row),
      refunds: this.refundsOf(row),
    }
  }

  /** Drops the entries before row `until` from memory. They are read from `archive` from now on. */
  archiveUntil(until: number, archive: EntryArchive): void {
    this.#archive = archive
    this.#archived = until
    const chunks = Math.min(Math.floor(until / chunkSize), this.#chunks.length)
    for (let i = chunks - 1; i >= 0 && this.#chunks[i] !== undefined; i -= 1) this.#chunks[i] = undefined
    for (const row of this.#details.keys()) if (row < until) this.#details.delete(row)
  }

  /** Makes an empty log continue after `archived` entries in an archive. */
  continueAfter(archived: number, archive: EntryArchive | undefined): void {
    this.#archived = archived
    this.#archive = archive
    this.length = archived
    while (this.#chunks.length < Math.floor(archived / chunkSize)) this.#chunks.push(undefined)
    if ((archived & chunkMask) > 0) this.#chunks.push(openChunk(chunkSize))
  }

  /** Adds an entry that another log stored in its next row. Does not change the account or the hold. */
  restore(entry: StoredEntry): void {
    const row = this.length
    const place = row & chunkMask
    const chunk = place === 0 ? this.#nextChunk() : this.#chunkWith(row)
    chunk.amounts[place] = entry.amount
    chunk.instants[place] = entry.at
    chunk.kinds[place] = entry.kind
    chunk.before[place] = entry.before + 1
    chunk.beforeOfHold[place] = entry.beforeOfHold + 1
    chunk.sequences[place] = entry.sequence
    chunk.accounts[place] = entry.account
    chunk.lots[place] = entry.lot
    chunk.holds[place] = entry.hold
    chunk.calls.set(place, entry.call)
    const { only, refunds } = entry
    if (only !== undefined || refunds !== undefined) {
      this.#details.set(row, { only, ...(refunds === undefined ? {} : { refunds }) })
    }
    this.length = row + 1
  }

  /** Restores the number of imported entries, and the sums of the refunds of cost entries. */
  restoreSums(importedRows: number, refunds: Iterable<readonly [number, bigint]>): void {
    this.#importedRows = importedRows
    for (const [row, amount] of refunds) this.#refunded.set(row, amount)
  }

  /**
   * Returns a log that has all present entries in memory, for a caller that reads most of them. Reads the whole archive.
   * Returns this log when nothing is archived.
   */
  complete(): EntryLog {
    if (this.#archived === 0) return this
    const all = new EntryLog()
    for (let row = 0; row < this.length; row += 1) all.restore(this.get(row))
    all.restoreSums(this.#importedRows, this.#refunded)
    return all
  }

  #fromArchive(row: number): StoredEntry {
    return (this.#archive as EntryArchive).get(row)
  }

  #chunkOf(row: number): Chunk {
    return this.#chunks[Math.floor(row / chunkSize)] as Chunk
  }
}
