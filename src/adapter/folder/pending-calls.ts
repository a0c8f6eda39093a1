/** Counts the calls that have not settled, so that `close` can wait for them. */
export class PendingCalls {
  readonly #calls = new Set<Promise<unknown>>()

  /** Returns the promise of a call, and counts the call until the promise settles. */
  async track<T>(call: Promise<T>): Promise<T> {
    this.#calls.add(call)
    try {
      return await call
    } finally {
      this.#calls.delete(call)
    }
  }

  /** Resolves when all calls so far have settled. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#calls)
  }
}
