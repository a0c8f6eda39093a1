import type { Instant } from '../../model/value/instant.ts'

/** An element of a `HoldQueue`. */
export interface Queued {
  expiresAt: Instant
  /** Tie-breaker between elements with the same expiry. Unique within a queue. */
  readonly order: number
  /** The index of the element in the queue, or -1 when the element is not queued. The queue maintains this index. */
  place: number
}

/**
 * A priority queue of holds, earliest expiry first, as a binary heap. Each row stores its index in the heap, so
 * removing a hold needs no search. Adding and removing cost O(log n), reading the first row O(1).
 */
export class HoldQueue<Row extends Queued> {
  readonly #rows: Row[] = []

  first(): Row | undefined {
    return this.#rows[0]
  }

  add(row: Row): void {
    this.#rows.push(row)
    this.#rise(row, this.#rows.length - 1)
  }

  remove(row: Row): void {
    const { place } = row
    const last = this.#rows.pop()
    row.place = -1
    if (last === undefined || last === row) return
    this.#reposition(last, place)
  }

  /** Moves a row to its new position. Call after the expiry of the row has changed. */
  move(row: Row): void {
    this.#reposition(row, row.place)
  }

  #reposition(row: Row, at: number): void {
    const above = this.#rows[(at - 1) >> 1]
    if (at > 0 && above !== undefined && isBefore(row, above)) this.#rise(row, at)
    else this.#sink(row, at)
  }

  #rise(row: Row, from: number): void {
    const rows = this.#rows
    let at = from
    while (at > 0) {
      const above = rows[(at - 1) >> 1]
      if (above === undefined || !isBefore(row, above)) break
      rows[at] = above
      above.place = at
      at = (at - 1) >> 1
    }
    rows[at] = row
    row.place = at
  }

  #sink(row: Row, from: number): void {
    const rows = this.#rows
    let at = from
    for (;;) {
      const left = 2 * at + 1
      const right = left + 1
      const first = rows[left]
      if (left >= rows.length || first === undefined) break
      const second = right < rows.length ? rows[right] : undefined
      const child = second !== undefined && isBefore(second, first) ? second : first
      if (!isBefore(child, row)) break
      const next = child.place
      rows[at] = child
      child.place = at
      at = next
    }
    rows[at] = row
    row.place = at
  }
}

function isBefore(one: Queued, other: Queued): boolean {
  return one.expiresAt < other.expiresAt || (one.expiresAt === other.expiresAt && one.order < other.order)
}
