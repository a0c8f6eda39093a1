import type { Instant } from '../../model/value/instant.ts'

/** A first-in, first-out queue of ended rows, oldest first. Adding or taking a row costs constant time. */
export class AgeQueue<Row extends { readonly endedAt: Instant }> {
  #coming: Row[] = []
  #going: (Row | undefined)[] = []
  #next = 0

  add(row: Row): void {
    this.#coming.push(row)
  }

  /** Returns every row, oldest first. */
  values(): readonly Row[] {
    const going = this.#going.slice(this.#next).filter((row) => row !== undefined)
    return [...going, ...this.#coming]
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
   * Moves all added rows from `#coming` to `#going`, from which rows are taken. Copies no rows. Call when every row of
   * `#going` was taken.
   */
  #turn(): void {
    if (this.#coming.length === 0) return
    this.#going = this.#coming
    this.#coming = []
    this.#next = 0
  }
}
