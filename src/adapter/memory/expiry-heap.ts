import type { Instant } from '../../model/instant.ts'

interface Expiring {
  readonly expiresAt: Instant
  /** Breaks ties; no two in a heap have the same. */
  readonly order: number
}

/** Rows by expiry, the earliest first: a binary heap. Adding and taking cost the logarithm of its size, looking is free. */
export class ExpiryHeap<Row extends Expiring> {
  readonly #rows: Row[] = []

  /** The row that expires first. */
  first(): Row | undefined {
    return this.#rows[0]
  }

  add(row: Row): void {
    let at = this.#rows.length
    while (at > 0) {
      const above = (at - 1) >> 1
      const parent = this.#rows[above]
      if (parent === undefined || !isBefore(row, parent)) break
      this.#rows[at] = parent
      at = above
    }
    this.#rows[at] = row
  }

  /** Takes the row that expires first out of the heap. */
  take(): Row | undefined {
    const [first] = this.#rows
    const last = this.#rows.pop()
    if (last !== undefined && this.#rows.length > 0) this.#sink(last)
    return first
  }

  #sink(row: Row): void {
    let at = 0
    for (;;) {
      const left = this.#rows[2 * at + 1]
      const right = this.#rows[2 * at + 2]
      const isRight = left !== undefined && right !== undefined && isBefore(right, left)
      const child = isRight ? right : left
      if (child === undefined || !isBefore(child, row)) break
      this.#rows[at] = child
      at = 2 * at + (isRight ? 2 : 1)
    }
    this.#rows[at] = row
  }
}

/** Whether one expires before the other, or is older where both expire at once. */
export function isBefore(one: Expiring, other: Expiring): boolean {
  return one.expiresAt < other.expiresAt || (one.expiresAt === other.expiresAt && one.order < other.order)
}
