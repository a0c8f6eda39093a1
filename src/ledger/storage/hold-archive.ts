import type { Instant } from '../../model/value/instant.ts'
import type { Account, Hold } from './account.ts'

const chunkSize = 1 << 14

/** Ended holds by column in typed arrays, which the garbage collector does not copy. */
interface Chunk {
  readonly ids: string[]
  readonly paths: (readonly Account[])[]
  /** The origin, the state and whether it was settled late. */
  readonly marks: Uint8Array
  readonly ttls: Uint32Array
  readonly createdAt: Float64Array
  readonly expiresAt: Float64Array
  readonly endedAt: Float64Array
  readonly lastRows: Float64Array
}

/** The fields of a hold that the archive stores. The others of a plain hold are computed from its entries. */
export interface ArchivedHold
  extends Pick<Hold, 'id' | 'path' | 'origin' | 'state' | 'ttl' | 'createdAt' | 'expiresAt' | 'endedAt' | 'lastRow'> {
  readonly isLate: boolean
}

const origins = ['reserve', 'charge', 'unknown', 'tombstone'] as const satisfies readonly Hold['origin'][]
const states = ['held', 'lapsed', 'settled', 'released'] as const satisfies readonly Hold['state'][]

/** The ends of holds, oldest first, which is the order of forgetting. */
export class HoldArchive {
  #chunks: (Chunk | undefined)[] = []
  /** The oldest row. Earlier chunks are dropped. */
  #first = 0
  #next = 0

  /** Appends the end of a hold. Returns its row. */
  add(hold: Hold): number {
    const row = this.#next
    const place = row % chunkSize
    if (place === 0) this.#chunks.push(openChunk())
    const chunk = this.#chunkOf(row)
    chunk.ids.push(hold.id)
    chunk.paths.push(hold.path)
    chunk.marks[place] =
      origins.indexOf(hold.origin) | (states.indexOf(hold.state) << 2) | (hold.answer?.isLate ? 16 : 0)
    chunk.ttls[place] = hold.ttl
    chunk.createdAt[place] = hold.createdAt
    chunk.expiresAt[place] = hold.expiresAt
    chunk.endedAt[place] = hold.endedAt
    chunk.lastRows[place] = hold.lastRow
    this.#next = row + 1
    return row
  }

  get(row: number): ArchivedHold {
    const chunk = this.#chunkOf(row)
    const place = row % chunkSize
    const marks = chunk.marks[place] ?? 0
    return {
      id: chunk.ids[place] ?? '',
      path: chunk.paths[place] ?? [],
      origin: origins[marks & 3] ?? 'reserve',
      state: states[(marks >> 2) & 3] ?? 'settled',
      isLate: (marks & 16) > 0,
      ttl: chunk.ttls[place] ?? 0,
      createdAt: chunk.createdAt[place] ?? 0,
      expiresAt: chunk.expiresAt[place] ?? 0,
      endedAt: chunk.endedAt[place] ?? 0,
      lastRow: chunk.lastRows[place] ?? -1,
    }
  }

  endedAt(row: number): Instant {
    return this.#chunkOf(row).endedAt[row % chunkSize] ?? 0
  }

  idOf(row: number): string {
    return this.#chunkOf(row).ids[row % chunkSize] ?? ''
  }

  /** The oldest row and its id, if it ended at or before an instant. */
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

function openChunk(): Chunk {
  return {
    ids: [],
    paths: [],
    marks: new Uint8Array(chunkSize),
    ttls: new Uint32Array(chunkSize),
    createdAt: new Float64Array(chunkSize),
    expiresAt: new Float64Array(chunkSize),
    endedAt: new Float64Array(chunkSize),
    lastRows: new Float64Array(chunkSize),
  }
}
