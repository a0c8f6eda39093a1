import type { Instant } from '../model/value/instant.ts'

/** A map of at most `limit` values. When it has more, it forgets the value that was set the longest ago. */
export class LatestMap<V extends { readonly at: Instant }> {
  readonly #limit: number
  /** The values in the order in which they were set last. */
  #values = new Map<string, V>()

  constructor(limit: number) {
    this.#limit = limit
  }

  get(key: string): V | undefined {
    return this.#values.get(key)
  }

  values(): IterableIterator<V> {
    return this.#values.values()
  }

  /** Sets a value as the newest. `trim` must follow. */
  set(key: string, value: V): void {
    this.#values.delete(key)
    this.#values.set(key, value)
  }

  /** Puts the values in the order of their instants. */
  sort(): void {
    this.#values = new Map([...this.#values].sort(([, a], [, b]) => a.at - b.at))
  }

  /** Forgets the first values beyond the limit. Returns the latest instant among them, or 0. */
  trim(): Instant {
    let latest = 0
    for (const [key, { at }] of this.#values) {
      if (this.#values.size <= this.#limit) break
      this.#values.delete(key)
      latest = Math.max(latest, at)
    }
    return latest
  }
}
