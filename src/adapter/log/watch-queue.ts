import type { Recorded, Watch } from '../../port/repository.ts'

type Result = IteratorResult<readonly Recorded[], undefined>

/** Returns the events of the next whole commits after a version: one batch, or an empty list when there are none. */
export type ReadCommits = (version: number) => readonly Recorded[] | Promise<readonly Recorded[]>

/**
 * A watch of a log in this process. Not a generator, because the `return` of a generator waits behind a pending `next`.
 * The watch is in the set `waiting` only while a `next` is pending, so a watch dropped without `return` is garbage
 * collected.
 */
export class QueueWatch implements Watch {
  readonly #read: ReadCommits
  readonly #waiting: Set<QueueWatch>
  readonly #pending: { resolve(result: Result): void; reject(error: unknown): void }[] = []
  #version: number
  #isEnded = false
  #isReading = false
  /** Whether there may be commits that the watch has not read. */
  #isBehind = true

  constructor(version: number, read: ReadCommits, waiting: Set<QueueWatch>) {
    this.#version = version
    this.#read = read
    this.#waiting = waiting
  }

  async next(): Promise<Result> {
    if (this.#isEnded) return { done: true, value: undefined }
    return new Promise((resolve, reject) => {
      this.#pending.push({ resolve, reject })
      this.#waiting.add(this)
      void this.deliver()
    })
  }

  async return(): Promise<Result> {
    this.end()
    return { done: true, value: undefined }
  }

  /** Ends the watch: pending and later calls of `next` resolve to `done`. */
  end(): void {
    this.#isEnded = true
    this.#waiting.delete(this)
    for (const { resolve } of this.#pending.splice(0)) resolve({ done: true, value: undefined })
  }

  /** Resolves pending calls of `next`, one batch each, until the calls or the commits run out. Call it after each commit. */
  async deliver(): Promise<void> {
    this.#isBehind = true
    if (this.#isReading) return
    this.#isReading = true
    try {
      while (this.#pending.length > 0 && this.#isBehind) {
        // A commit during the read sets the flag again.
        this.#isBehind = false
        const batch = await this.#read(this.#version)
        const last = batch.at(-1)
        if (last === undefined || this.#isEnded) continue
        this.#isBehind = true
        this.#version = last.version
        this.#pending.shift()?.resolve({ done: false, value: batch })
      }
    } catch (error) {
      const [first, ...others] = this.#pending.splice(0)
      this.end()
      first?.reject(error)
      for (const { resolve } of others) resolve({ done: true, value: undefined })
    } finally {
      this.#isReading = false
    }
    if (this.#pending.length === 0) this.#waiting.delete(this)
  }

  [Symbol.asyncIterator](): Watch {
    return this
  }
}
