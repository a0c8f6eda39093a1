/** A deterministic source of numbers (mulberry32): the same seed plays the same day on every machine. */
export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** A number from 0 up to, and without, 1. */
  fraction(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = this.#state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000
  }

  /** A whole number from low to high, both included; low ones are more likely than high ones. */
  skewed(low: number, high: number): number {
    return low + Math.floor(this.fraction() ** 3 * (high - low + 1))
  }

  chance(probability: number): boolean {
    return this.fraction() < probability
  }

  /** One of the keys, each as likely as its weight says. */
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
