import { DeadlineError } from './wait.ts'

/** A promise that waits, and what it waits for. `at` is a time of `performance.now`. */
interface Waiting {
  readonly at: number
  readonly what: string
  readonly reject: (error: DeadlineError) => void
}

/**
 * One deadline for many promises. All of them share one timer, which is much cheaper than a timer for each call. A promise
 * is given up after `milliseconds`, or up to 5 % later.
 */
export class Deadline {
  readonly #milliseconds: number
  /** The waiting promises, in the order of their deadlines. */
  readonly #waiting = new Set<Waiting>()
  #timer: ReturnType<typeof setInterval> | undefined

  constructor(milliseconds: number) {
    this.#milliseconds = milliseconds
  }

  /**
   * Resolves with the result of a promise.
   * @throws {DeadlineError} when the promise has not settled in time; its later result is ignored
   */
  race<T>(promise: Promise<T>, what: string): Promise<T> {
    return new Promise((resolve, reject) => {
      const waiting = { at: performance.now() + this.#milliseconds, what, reject }
      this.#waiting.add(waiting)
      this.#timer ??= setInterval(() => this.#sweep(), Math.max(1, this.#milliseconds / 20))
      promise.then(
        (value) => {
          this.#waiting.delete(waiting)
          resolve(value)
        },
        (error: unknown) => {
          this.#waiting.delete(waiting)
          reject(error)
        },
      )
    })
  }

  #sweep(): void {
    const now = performance.now()
    for (const waiting of this.#waiting) {
      if (waiting.at > now) return
      this.#waiting.delete(waiting)
      waiting.reject(new DeadlineError(`${waiting.what} took longer than ${this.#milliseconds} ms`))
    }
    clearInterval(this.#timer)
    this.#timer = undefined
  }
}
