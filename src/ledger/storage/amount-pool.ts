const leastRows = 16
const mostRows = 8_192

/**
 * A pool of amounts in typed arrays, outside the garbage-collected heap. As bigint fields, the amounts of a million
 * active wallets would dominate garbage collection.
 */
export class AmountPool {
  readonly #each: number
  #amounts = new BigInt64Array(0)
  #next = 0

  constructor(each: number) {
    this.#each = each
  }

  /** Allocates a row of zeros in `amounts`. The row starts at index `place`. */
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
