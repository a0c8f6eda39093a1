import type { Instant } from '../../model/value/instant.ts'

/**
 * A queue of ended rows, ordered by the instant at which each row ended. Adding or taking a row costs constant time.
 */
export class AgeQueue<Row extends { readonly endedAt: Instant }> {
  #coming: Row[] = []
  #going: (Row | undefined)[] = []
  #next = 0

  add(row: Row): void {
    this.#coming.push(row)
  }

  /** Removes and returns the oldest row if that row ended at or before `at`. Otherwise returns `undefined`. */
  takeUntil(at: Instant): Row | undefined {
    if (this.#next >= this.#going.length) this.#turn()
    const oldest = this.#going[this.#next]
    if (oldest === undefined || oldest.endedAt > at) return undefined
    this.#going[this.#next] = undefined
    this.#next += 1
    return oldest
  }

  /**
   * Replaces `#going`, the list from which rows are taken, by `#coming`, the list to which rows are added. Copies no
   * rows.
   */
  #turn(): void {
    if (this.#coming.length === 0) return
    this.#going = this.#coming
    this.#coming = []
    this.#next = 0
  }
}
