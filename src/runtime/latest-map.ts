import type { Instant } from '../model/value/instant.ts'

interface Slot<F> {
  readonly fields: F
  at: Instant
  count: number
  /** The instant for which the slot has its place in the order. */
  placedAt: Instant
}

/** The time in milliseconds by which the order of the values may differ from the order of their instants. */
const tolerance = 60_000

/**
 * Counts at most `limit` different things, with the last instant of each. When there are more, it forgets those that were
 * counted the longest ago.
 */
export class LatestMap<F extends object> {
  readonly #limit: number
  readonly #onForget: ((key: string, fields: F) => void) | undefined
  /** The slots in the order of their instants, but for `tolerance`. */
  #slots = new Map<string, Slot<F>>()

  /** `trim` calls `onForget` for each thing that it forgets. */
  constructor(limit: number, onForget?: (key: string, fields: F) => void) {
    this.#limit = limit
    this.#onForget = onForget
  }

  /** Returns the fields of a thing with its last instant and its count. */
  get(key: string): (F & { readonly at: Instant; readonly count: number }) | undefined {
    const slot = this.#slots.get(key)
    return slot && { ...slot.fields, at: slot.at, count: slot.count }
  }

  values(): (F & { readonly at: Instant; readonly count: number })[] {
    return Array.from(this.#slots.values(), ({ fields, at, count }) => ({ ...fields, at, count }))
  }

  /** Counts a thing. `trim` must follow. */
  add(key: string, fields: F, at: Instant, count: number): void {
    const slot = this.#slots.get(key)
    if (slot === undefined) {
      this.#slots.set(key, { fields, at, count, placedAt: at })
      return
    }
    slot.count = Math.min(Number.MAX_SAFE_INTEGER, slot.count + count)
    if (at > slot.at) slot.at = at
    if (slot.at - slot.placedAt <= tolerance) return
    // Moving a slot in a large map is costly, so it is not done for every call.
    slot.placedAt = slot.at
    this.#slots.delete(key)
    this.#slots.set(key, slot)
  }

  delete(key: string): void {
    this.#slots.delete(key)
  }

  /** Puts the slots in the exact order of their instants. */
  sort(): void {
    this.#slots = new Map([...this.#slots].sort(([, a], [, b]) => a.at - b.at))
  }

  /**
   * Forgets the first things if there are more than the limit. Returns the latest instant among them, or 0. Forgets up to
   * 1.6 % more at once, because the first slot of a map is costly to find after many deletions.
   */
  trim(): Instant {
    let latest = 0
    if (this.#slots.size <= this.#limit) return latest
    const kept = this.#limit - (this.#limit >> 6)
    for (const [key, { at, fields }] of this.#slots) {
      if (this.#slots.size <= kept) break
      this.#slots.delete(key)
      this.#onForget?.(key, fields)
      latest = Math.max(latest, at)
    }
    return latest
  }
}
