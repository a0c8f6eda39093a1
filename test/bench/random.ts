/** A deterministic random number generator (mulberry32): the same seed gives the same population on every machine. */
export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** An unsigned 32-bit integer. */
  bits(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = this.#state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (mixed ^ (mixed >>> 14)) >>> 0
  }

  /** An integer from 0 to `limit - 1`. */
  below(limit: number): number {
    return Math.floor((this.bits() / 0x1_0000_0000) * limit)
  }

  /** An integer from `low` to `high`, both included. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1)
  }

  /** True with this probability. */
  chance(probability: number): boolean {
    return this.bits() < probability * 0x1_0000_0000
  }

  /** One item of a non-empty list. */
  pick<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)] as Item
  }

  /** `count` different items of a list, or all of them if it has fewer. */
  sample<Item>(items: readonly Item[], count: number): Item[] {
    const picked = new Set<Item>()
    const wanted = Math.min(count, items.length)
    while (picked.size < wanted) picked.add(this.pick(items))
    return [...picked]
  }

  /** 64 hexadecimal digits. */
  digest(): string {
    let text = ''
    for (let i = 0; i < 8; i += 1) text += this.bits().toString(16).padStart(8, '0')
    return text
  }
}
