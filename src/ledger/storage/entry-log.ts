import type { Instant } from '../../model/value/instant.ts'
import type { CallDetails } from '../../port/ledger-result.ts'
import type { Account, Lot } from './account.ts'
import type { EntryKind } from './entry-kind.ts'
import type { EntryStore, HoldOfEntry } from './entry-store.ts'

const chunkBits = 14
const chunkSize = 1 << chunkBits
const chunkMask = chunkSize - 1

/** A block of entries, stored by column in typed arrays. The garbage collector does not scan typed arrays. */
interface Chunk {
  readonly amounts: BigInt64Array
  readonly instants: Float64Array
  /** For each entry, its type and its two buckets, packed by `kindOf`. */
  readonly kinds: Uint16Array
  /**
   * The row number of each entry's predecessor in the same account, or -1. `beforeOfHold`: the predecessor in the same
   * hold.
   */
  readonly before: Float64Array
  readonly beforeOfHold: Float64Array
  readonly accounts: (Account | undefined)[]
  readonly lots: (Lot | undefined)[]
  readonly holds: (string | undefined)[]
  readonly calls: (CallDetails | undefined)[]
}

/**
 * The entries of all wallets, in the order of writing. Each entry links to the previous entry of its account and to the
 * previous entry of its hold.
 */
export class EntryLog implements EntryStore {
  readonly #chunks: Chunk[] = []
  length = 0

  add(
    account: Account,
    kind: EntryKind,
    amount: bigint,
    at: Instant,
    lot: Lot | undefined,
    hold: HoldOfEntry | undefined,
  ): void {
    const row = this.length
    const place = row & chunkMask
    if (place === 0) this.#chunks.push(openChunk())
    const chunk = this.#chunks[row >>> chunkBits] as Chunk
    chunk.amounts[place] = amount
    chunk.instants[place] = at
    chunk.kinds[place] = kind
    chunk.before[place] = account.lastRow
    chunk.accounts[place] = account
    chunk.lots[place] = lot
    account.lastRow = row
    account.sequence += 1
    if (hold !== undefined) {
      chunk.holds[place] = hold.id
      chunk.calls[place] = hold.call
      chunk.beforeOfHold[place] = hold.lastRow
      hold.lastRow = row
    }
    this.length = row + 1
  }

  before(row: number): number {
    return this.#chunkOf(row).before[row & chunkMask] ?? -1
  }

  beforeOfHold(row: number): number {
    return this.#chunkOf(row).beforeOfHold[row & chunkMask] ?? -1
  }

  accountOf(row: number): Account | undefined {
    return this.#chunkOf(row).accounts[row & chunkMask]
  }

  kindOf(row: number): EntryKind {
    return this.#chunkOf(row).kinds[row & chunkMask] ?? 0
  }

  amountOf(row: number): bigint {
    return this.#chunkOf(row).amounts[row & chunkMask] ?? 0n
  }

  instantOf(row: number): Instant {
    return this.#chunkOf(row).instants[row & chunkMask] ?? 0
  }

  lotOf(row: number): Lot | undefined {
    return this.#chunkOf(row).lots[row & chunkMask]
  }

  /** The id of the hold to which the entry belongs, if any. */
  holdOf(row: number): string | undefined {
    return this.#chunkOf(row).holds[row & chunkMask]
  }

  callOf(row: number): CallDetails | undefined {
    return this.#chunkOf(row).calls[row & chunkMask]
  }

  #chunkOf(row: number): Chunk {
    return this.#chunks[Math.floor(row / chunkSize)] as Chunk
  }
}

function openChunk(): Chunk {
  return {
    amounts: new BigInt64Array(chunkSize),
    instants: new Float64Array(chunkSize),
    kinds: new Uint16Array(chunkSize),
    before: new Float64Array(chunkSize),
    beforeOfHold: new Float64Array(chunkSize),
    accounts: new Array<Account | undefined>(chunkSize).fill(undefined),
    lots: new Array<Lot | undefined>(chunkSize).fill(undefined),
    holds: new Array<string | undefined>(chunkSize).fill(undefined),
    calls: new Array<CallDetails | undefined>(chunkSize).fill(undefined),
  }
}
