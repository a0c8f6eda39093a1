const smallest = 1 << 4

/** The secret key of a hash: two 32-bit integers. A sender of ids that does not know the key cannot make ids collide. */
export type HashSeed = readonly [number, number]

/**
 * A compact map from ids to row numbers, for millions of ids. An open-addressing hash table in typed arrays, which the
 * garbage collector does not scan. The rows contain the ids; the table reads an id through `idOf`. The hash is keyed by
 * `seed`, which also determines the order of `rows`.
 */
export class IdIndex {
  readonly #idOf: (row: number) => string
  readonly #seed: HashSeed
  /** The hash of the id in each slot. Zero marks an empty slot. */
  #hashes = new Uint32Array(smallest)
  #rows = new Float64Array(smallest)
  #size = 0

  constructor(idOf: (row: number) => string, seed: HashSeed) {
    this.#idOf = idOf
    this.#seed = seed
  }

  /** Returns the row of an id, or -1 for an id that is not in the index. */
  find(id: string): number {
    const place = this.#placeOf(id, hashOf(id, this.#seed))
    return this.#hashes[place] === 0 ? -1 : (this.#rows[place] ?? -1)
  }

  /** Maps an id to a row. Replaces any earlier row of the id. */
  set(id: string, row: number): void {
    const hash = hashOf(id, this.#seed)
    const place = this.#placeOf(id, hash)
    this.#rows[place] = row
    if (this.#hashes[place] !== 0) return
    this.#hashes[place] = hash
    this.#size += 1
    if (this.#size * 2 > this.#hashes.length) this.#grow()
  }

  delete(id: string): void {
    let gap = this.#placeOf(id, hashOf(id, this.#seed))
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
  #placeOf(id: string, hash: number): number {
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

/**
 * The HalfSipHash-1-3 of an id under a secret key, over pairs of UTF-16 code units. The hash is never zero. Without the
 * key, ids with equal hashes cannot be computed in advance.
 */
export function hashOf(id: string, [k0, k1]: HashSeed): number {
  let v0 = k0 | 0
  let v1 = k1 | 0
  let v2 = k0 ^ 0x6c_79_67_65
  let v3 = k1 ^ 0x74_65_64_62
  const { length } = id
  // One word for each pair of code units, one with the length and the last odd code unit, and three to finish.
  const words = (length >> 1) + 1
  for (let i = 0; i < words + 3; i += 1) {
    const at = i * 2
    let word = 0
    if (at + 1 < length) word = id.charCodeAt(at) | (id.charCodeAt(at + 1) << 16)
    else if (i + 1 === words) word = (length << 24) | (at < length ? id.charCodeAt(at) : 0)
    else if (i === words) v2 ^= 0xff
    v3 ^= word
    v0 = (v0 + v1) | 0
    v1 = (v1 << 5) | (v1 >>> 27)
    v1 ^= v0
    v0 = (v0 << 16) | (v0 >>> 16)
    v2 = (v2 + v3) | 0
    v3 = (v3 << 8) | (v3 >>> 24)
    v3 ^= v2
    v0 = (v0 + v3) | 0
    v3 = (v3 << 7) | (v3 >>> 25)
    v3 ^= v0
    v2 = (v2 + v1) | 0
    v1 = (v1 << 13) | (v1 >>> 19)
    v1 ^= v2
    v2 = (v2 << 16) | (v2 >>> 16)
    v0 ^= word
  }
  return (v1 ^ v3) >>> 0 || 1
}
