const leastRows = 16
const mostRows = 8_192

/**
 * Amounts outside the heap, side by side: rows of so many each. A bigint that an old object holds is an object of its own,
 * which the garbage collector must copy; with a million wallets in use at random it would do little else.
 */
export class AmountPool {
  readonly #each: number
  #amounts = new BigInt64Array(0)
  #next = 0

  constructor(each: number) {
    this.#each = each
  }

  /** Room for one more row, all zero. */
  take(): { readonly amounts: BigInt64Array; readonly place: number } {
    if (this.#next >= this.#amounts.length) {
      const rows = Math.min(mostRows, Math.max(leastRows, (2 * this.#amounts.length) / this.#each))
      this.#amounts = new BigInt64Array(rows * this.#each)
      this.#next = 0
    }
    const place = this.#next
    this.#next += this.#each
    return { amounts: this.#amounts, place }
  }
}
