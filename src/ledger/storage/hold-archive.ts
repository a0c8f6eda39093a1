import type { Instant } from '../../model/value/instant.ts'
import type { CallDetails } from '../../port/ledger-result.ts'
import type { Account, Hold } from './account.ts'
import { RunColumn } from './run-column.ts'

const chunkSize = 1 << 14

/** A block of ended holds, stored by column in typed arrays. The garbage collector does not copy typed arrays. */
interface Chunk {
  readonly ids: string[]
  readonly paths: (readonly Account[])[]
  readonly calls: RunColumn<CallDetails>
  /** For each hold: the origin, the state, and whether the hold was settled late, packed into one byte. */
  readonly marks: Uint8Array
  /** The smallest acceptable reservations, and zero for each hold without one. Absent if no hold has one. */
  minAmounts: BigInt64Array | undefined
  readonly ttls: Uint32Array
  readonly createdAt: Float64Array
  readonly expiresAt: Float64Array
  readonly endedAt: Float64Array
  readonly lastRows: Float64Array
}

/** The fields of an ended hold that the archive stores. The entries of the hold supply all other fields. */
export interface ArchivedHold
  extends Pick<
    Hold,
    | 'id'
    | 'path'
    | 'call'
    | 'origin'
    | 'state'
    | 'minAmount'
    | 'ttl'
    | 'createdAt'
    | 'expiresAt'
    | 'endedAt'
    | 'lastRow'
  > {
  readonly isLate: boolean
}

const origins = ['reserve', 'charge', 'unknown', 'tombstone'] as const satisfies readonly Hold['origin'][]
const states = ['held', 'lapsed', 'settled', 'released'] as const satisfies readonly Hold['state'][]

/** An archive of ended holds. Each time a hold ends, the archive adds one row. The oldest rows are dropped first. */
export class HoldArchive {
  #chunks: (Chunk | undefined)[] = []
  /** The number of the oldest row still in the archive. */
  #first = 0
  #next = 0

  /** Appends a row for an ended hold. Returns the row number. */
  add(hold: Omit<ArchivedHold, 'isLate'>, isLate: boolean): number {
    const row = this.#next
    const place = row % chunkSize
    if (place === 0) this.#chunks.push(openChunk())
    const chunk = this.#chunkOf(row)
    chunk.ids.push(hold.id)
    chunk.paths.push(hold.path)
    chunk.calls.set(place, hold.call)
    chunk.marks[place] = origins.indexOf(hold.origin) | (states.indexOf(hold.state) << 2) | (isLate ? 16 : 0)
    if (hold.minAmount !== undefined) {
      chunk.minAmounts ??= new BigInt64Array(chunkSize)
      chunk.minAmounts[place] = hold.minAmount
    }
    chunk.ttls[place] = hold.ttl
    chunk.createdAt[place] = hold.createdAt
    chunk.expiresAt[place] = hold.expiresAt
    chunk.endedAt[place] = hold.endedAt
    chunk.lastRows[place] = hold.lastRow
    this.#next = row + 1
    return row
  }

  get(row: number): ArchivedHold {
    return rowOf(this.#chunkOf(row), row % chunkSize)
  }

  /** Captures the present rows, oldest first. Later changes of the archive do not affect the returned rows. */
  rows(): Iterable<readonly [row: number, hold: ArchivedHold]> {
    const chunks = [...this.#chunks]
    const [first, next] = [this.#first, this.#next]
    return (function* () {
      for (let row = first; row < next; row += 1) {
        yield [row, rowOf(chunks[Math.floor(row / chunkSize)] as Chunk, row % chunkSize)] as const
      }
    })()
  }

  endedAt(row: number): Instant {
    return this.#chunkOf(row).endedAt[row % chunkSize] ?? 0
  }

  idOf(row: number): string {
    return this.#chunkOf(row).ids[row % chunkSize] ?? ''
  }

  /** Returns the oldest row and its hold id, if that hold ended at or before `at`. Otherwise returns `undefined`. */
  findOldest(at: Instant): { readonly row: number; readonly id: string } | undefined {
    const row = this.#first
    return row >= this.#next || this.endedAt(row) > at ? undefined : { row, id: this.idOf(row) }
  }

  dropOldest(): void {
    this.#first += 1
    if (this.#first % chunkSize === 0) this.#chunks[this.#first / chunkSize - 1] = undefined
  }

  #chunkOf(row: number): Chunk {
    return this.#chunks[Math.floor(row / chunkSize)] as Chunk
  }
}

function rowOf(chunk: Chunk, place: number): ArchivedHold {
  const marks = chunk.marks[place] ?? 0
  return {
    id: chunk.ids[place] ?? '',
    path: chunk.paths[place] ?? [],
    call: chunk.calls.get(place),
    origin: origins[marks & 3] ?? 'reserve',
    state: states[(marks >> 2) & 3] ?? 'settled',
    isLate: (marks & 16) > 0,
    minAmount: chunk.minAmounts?.[place] || undefined,
    ttl: chunk.ttls[place] ?? 0,
    createdAt: chunk.createdAt[place] ?? 0,
    expiresAt: chunk.expiresAt[place] ?? 0,
    endedAt: chunk.endedAt[place] ?? 0,
    lastRow: chunk.lastRows[place] ?? -1,
  }
}

function openChunk(): Chunk {
  return {
    ids: [],
    paths: [],
    calls: new RunColumn(chunkSize),
    marks: new Uint8Array(chunkSize),
    minAmounts: undefined,
    ttls: new Uint32Array(chunkSize),
    createdAt: new Float64Array(chunkSize),
    expiresAt: new Float64Array(chunkSize),
    endedAt: new Float64Array(chunkSize),
    lastRows: new Float64Array(chunkSize),
  }
}
