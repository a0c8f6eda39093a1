const leastRows = 16
const mostRows = 8_192

/**
 * Rows of amounts in typed arrays outside the heap. A bigint in an object field is a heap object that the garbage collector
 * must copy, which would dominate its work with a million active wallets.
 */
export class AmountPool {
  readonly #each: number
  #amounts = new BigInt64Array(0)
  #next = 0

  constructor(each: number) {
    this.#each = each
  }

  /** Allocates one row of zeros. */
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
