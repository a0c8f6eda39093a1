const leastRows = 16
const mostRows = 8_192

/**
 * Stores rows of amounts in typed arrays, outside the garbage-collected heap. As bigint fields of objects, the amounts
 * would be heap objects. With a million active wallets, copying such objects would dominate garbage collection.
 */
export class AmountPool {
  readonly #each: number
  #amounts = new BigInt64Array(0)
  #next = 0

  constructor(each: number) {
    this.#each = each
  }

  /** Allocates a row of zeros. The row starts at index `place` of `amounts`. */
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
