const smallest = 1 << 4

/**
 * A compact map from ids to row numbers, for millions of ids. An open-addressing hash table in typed arrays, which the
 * garbage collector does not scan. The rows contain the ids; the table reads an id through `idOf`.
 */
export class IdIndex {
  readonly #idOf: (row: number) => string
  /** The hash of the id in each slot. Zero marks an empty slot. */
  #hashes = new Uint32Array(smallest)
  #rows = new Float64Array(smallest)
  #size = 0

  constructor(idOf: (row: number) => string) {
    this.#idOf = idOf
  }

  /** Returns the row of an id, or -1 for an id that is not in the index. */
  find(id: string): number {
    const place = this.#placeOf(id)
    return this.#hashes[place] === 0 ? -1 : (this.#rows[place] ?? -1)
  }

  /** Maps an id to a row. Replaces any earlier row of the id. */
  set(id: string, row: number): void {
    const place = this.#placeOf(id)
    this.#rows[place] = row
    if (this.#hashes[place] !== 0) return
    this.#hashes[place] = hashOf(id)
    this.#size += 1
    if (this.#size * 2 > this.#hashes.length) this.#grow()
  }

  delete(id: string): void {
    let gap = this.#placeOf(id)
    if (this.#hashes[gap] === 0) return
    this.#size -= 1
    const mask = this.#hashes.length - 1
    // Entries displaced past the gap move up, so that a lookup can stop at the first empty slot.
    for (let next = (gap + 1) & mask; this.#hashes[next] !== 0; next = (next + 1) & mask) {
      const home = (this.#hashes[next] ?? 0) & mask
      if (((next - home) & mask) < ((next - gap) & mask)) continue
      this.#hashes[gap] = this.#hashes[next] ?? 0
      this.#rows[gap] = this.#rows[next] ?? 0
      gap = next
    }
    this.#hashes[gap] = 0
  }

  *rows(): IterableIterator<number> {
    for (let place = 0; place < this.#hashes.length; place += 1) {
      if (this.#hashes[place] !== 0) yield this.#rows[place] ?? -1
    }
  }

  /** Returns the slot that contains an id, or the empty slot where the id would be inserted. */
  #placeOf(id: string): number {
    const hash = hashOf(id)
    const mask = this.#hashes.length - 1
    for (let place = hash & mask; ; place = (place + 1) & mask) {
      const found = this.#hashes[place]
      if (found === 0 || (found === hash && this.#idOf(this.#rows[place] ?? -1) === id)) return place
    }
  }

  #grow(): void {
    const [hashes, rows] = [this.#hashes, this.#rows]
    this.#hashes = new Uint32Array(hashes.length * 2)
    this.#rows = new Float64Array(rows.length * 2)
    const mask = this.#hashes.length - 1
    for (let i = 0; i < hashes.length; i += 1) {
      const hash = hashes[i] ?? 0
      if (hash === 0) continue
      let place = hash & mask
      while (this.#hashes[place] !== 0) place = (place + 1) & mask
      this.#hashes[place] = hash
      this.#rows[place] = rows[i] ?? 0
    }
  }
}

/** The FNV-1a hash of an id over UTF-16 code units, with a final mix. The hash is never zero. */
function hashOf(id: string): number {
  let hash = 0x81_1c_9d_c5
  for (let i = 0; i < id.length; i += 1) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01_00_01_93)
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c_1b_3c_6d)
  return (hash ^ (hash >>> 13)) >>> 0 || 1
}
