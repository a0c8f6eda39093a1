import { randomBytes } from 'node:crypto'

/**
 * Makes the ids of the holds of one engine: 72 random bits, then a counter. Random ids would scatter the holds over the
 * index of a database, and a third of the database's time would go into that; these ascend, so their inserts share pages.
 */
export class HoldIds {
  readonly #prefix = randomBytes(9).toString('base64url')
  #count = 0

  /** Returns an id that no other hold has. */
  next(): string {
    this.#count += 1
    return this.#prefix + this.#count.toString(36).padStart(7, '0')
  }
}
