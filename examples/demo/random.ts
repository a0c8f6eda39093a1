/** A deterministic random number generator (mulberry32): the same seed gives the same day on every machine. */
export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** Returns a random number in `[0, 1)`. */
  fraction(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = this.#state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000
  }

  /** Returns a random integer from `low` to `high`, both inclusive. Lower integers are more likely. */
  skewed(low: number, high: number): number {
    return low + Math.floor(this.fraction() ** 3 * (high - low + 1))
  }

  chance(probability: number): boolean {
    return this.fraction() < probability
  }

  /** Returns a random key. The probability of a key is proportional to its weight. */
  weighted<Key>(weights: ReadonlyMap<Key, number>): Key {
    const keys = [...weights.keys()]
    let left = this.fraction() * [...weights.values()].reduce((sum, weight) => sum + weight, 0)
    for (const key of keys) {
      left -= weights.get(key) ?? 0
      if (left < 0) return key
    }
    return keys.at(-1) as Key
  }
}
