import type { CallDetails } from '../../port/ledger-result.ts'
import type { Account, Lot } from './account.ts'
import { RunColumn } from './run-column.ts'

export const chunkBits = 14
export const chunkSize = 1 << chunkBits
export const chunkMask = chunkSize - 1
/** The size of the first chunk of a log, which grows up to `chunkSize`: most ledgers of tests have few entries. */
export const firstSize = 256

/** A block of entries, stored by column in typed arrays. The garbage collector does not scan typed arrays. */
export interface Chunk {
  readonly amounts: BigInt64Array
  readonly instants: Float64Array
  /** For each entry, its type and its two buckets, packed by `kindOf`. */
  readonly kinds: Uint16Array
  /**
   * One more than the row number of each entry's predecessor in the same account, or zero. `beforeOfHold`: the
   * predecessor in the same hold.
   */
  readonly before: Uint32Array
  readonly beforeOfHold: Uint32Array
  readonly sequences: Uint32Array
  readonly accounts: (Account | undefined)[]
  readonly lots: (Lot | undefined)[]
  readonly holds: (string | undefined)[]
  readonly calls: RunColumn<CallDetails>
}

/** Opens a chunk with room for `size` entries. */
export function openChunk(size: number): Chunk {
  return {
    amounts: new BigInt64Array(size),
    instants: new Float64Array(size),
    kinds: new Uint16Array(size),
    before: new Uint32Array(size),
    beforeOfHold: new Uint32Array(size),
    sequences: new Uint32Array(size),
    accounts: new Array<Account | undefined>(size).fill(undefined),
    lots: new Array<Lot | undefined>(size).fill(undefined),
    holds: new Array<string | undefined>(size).fill(undefined),
    calls: new RunColumn(size),
  }
}

/** Returns a chunk with the entries of a smaller one, and room for four times as many. */
export function growChunk(chunk: Chunk): Chunk {
  const larger = openChunk(chunk.kinds.length * 4)
  larger.amounts.set(chunk.amounts)
  larger.instants.set(chunk.instants)
  larger.kinds.set(chunk.kinds)
  larger.before.set(chunk.before)
  larger.beforeOfHold.set(chunk.beforeOfHold)
  larger.sequences.set(chunk.sequences)
  for (let place = 0; place < chunk.kinds.length; place += 1) {
    larger.accounts[place] = chunk.accounts[place]
    larger.lots[place] = chunk.lots[place]
    larger.holds[place] = chunk.holds[place]
    larger.calls.set(place, chunk.calls.get(place))
  }
  return larger
}
