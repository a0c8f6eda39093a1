/** A deterministic source of numbers (mulberry32): the same seed gives the same population on every machine. */
export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** A whole number of 32 bits. */
  bits(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = this.#state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (mixed ^ (mixed >>> 14)) >>> 0
  }

  /** A whole number from 0 up to, and without, the limit. */
  below(limit: number): number {
    return Math.floor((this.bits() / 0x1_0000_0000) * limit)
  }

  /** A whole number from low to high, both included. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1)
  }

  /** True with this probability. */
  chance(probability: number): boolean {
    return this.bits() < probability * 0x1_0000_0000
  }

  /** One of a list that is not empty. */
  pick<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)] as Item
  }

  /** This many different ones of a list, or all of it. */
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
