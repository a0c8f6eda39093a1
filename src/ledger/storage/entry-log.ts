import type { Instant } from '../../model/value/instant.ts'
import { type Bucket, buckets, entryTypes } from '../../port/bucket.ts'
import type { Entry } from '../../port/ledger-result.ts'
import type { Account, Hold, Lot } from './account.ts'

const chunkBits = 14
const chunkSize = 1 << chunkBits
const chunkMask = chunkSize - 1

/** Entries by column: numbers outside the heap, so that millions of entries are nothing that the garbage collector walks through. */
interface Chunk {
  readonly amounts: BigInt64Array
  readonly instants: Float64Array
  /** The type and the two buckets, by their places in the lists. */
  readonly kinds: Uint16Array
  /** The entry before of the same account, and of the same hold: its row, or -1. */
  readonly before: Float64Array
  readonly beforeOfHold: Float64Array
  readonly accounts: (Account | undefined)[]
  readonly lots: (Lot | undefined)[]
  readonly holds: (string | undefined)[]
}

/** A movement as it is written: which buckets it is between, and why. */
export type Kind = number

/** The kind of a movement. Made once for each place in the kernel that posts. */
export function kindOf(type: Entry['type'], from: Bucket, to: Bucket): Kind {
  return (entryTypes.indexOf(type) << 8) | (buckets.indexOf(from) << 4) | buckets.indexOf(to)
}

/** The type and the buckets of a kind. */
export function meaningOf(kind: Kind): Pick<Entry, 'type' | 'from' | 'to'> {
  return {
    type: entryTypes[kind >> 8] as Entry['type'],
    from: buckets[(kind >> 4) & 15] as Bucket,
    to: buckets[kind & 15] as Bucket,
  }
}

/** Every entry of every wallet in the order they were written, each linked to the one before of its wallet and of its hold. */
export class EntryLog {
  readonly #chunks: Chunk[] = []
  length = 0

  add(
    account: Account,
    kind: Kind,
    amount: bigint,
    at: Instant,
    lot: Lot | undefined,
    hold: Pick<Hold, 'id' | 'lastRow'> | undefined,
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

  kindOf(row: number): Kind {
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

  /** The id of the hold that moved it, if one did. */
  holdOf(row: number): string | undefined {
    return this.#chunkOf(row).holds[row & chunkMask]
  }

  /** The entry of a row, which has this number in its wallet. */
  entry(row: number, sequence: number): Entry {
    const chunk = this.#chunkOf(row)
    const place = row & chunkMask
    const kind = chunk.kinds[place] ?? 0
    const lot = chunk.lots[place]
    const hold = chunk.holds[place]
    return Object.freeze({
      sequence,
      at: chunk.instants[place] ?? 0,
      ...meaningOf(kind),
      amount: chunk.amounts[place] ?? 0n,
      ...(lot === undefined ? {} : { grant: lot.grant }),
      ...(lot?.period === undefined ? {} : { period: lot.period }),
      ...(hold === undefined ? {} : { hold }),
    })
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
  }
}
