import type { Instant } from '../../model/value/instant.ts'

/** Rows in the order they ended, which is the order they are forgotten: both cost the same, however many there are. */
export class AgeQueue<Row extends { readonly endedAt: Instant }> {
  #coming: Row[] = []
  #going: (Row | undefined)[] = []
  #next = 0

  add(row: Row): void {
    this.#coming.push(row)
  }

  /** Takes the oldest row, if it ended at or before an instant. */
  takeUntil(at: Instant): Row | undefined {
    if (this.#next >= this.#going.length) this.#turn()
    const oldest = this.#going[this.#next]
    if (oldest === undefined || oldest.endedAt > at) return undefined
    this.#going[this.#next] = undefined
    this.#next += 1
    return oldest
  }

  /** What came becomes what goes, without a copy. */
  #turn(): void {
    if (this.#coming.length === 0) return
    this.#going = this.#coming
    this.#coming = []
    this.#next = 0
  }
}
