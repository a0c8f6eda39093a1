import { DeadlineError } from './wait.ts'

/** What a deadline gives up. */
export interface Waiting {
  /** What it waits for, for the message of the error. */
  readonly what: string
  /** When it is given up, as a time of `performance.now`. Set by the deadline. */
  lateAt: number
  /** Called when it is given up. */
  late(error: DeadlineError): void
}

/**
 * One deadline for many waits. All of them share one timer, which is much cheaper than a timer for each call. A wait is
 * given up after `milliseconds`, or up to 5 % later.
 */
export class Deadline {
  readonly #milliseconds: number
  /** In the order of `lateAt`. */
  readonly #waiting = new Set<Waiting>()
  #timer: ReturnType<typeof setInterval> | undefined

  constructor(milliseconds: number) {
    this.#milliseconds = milliseconds
  }

  /** Starts a wait, which is given up unless it is deleted in time. */
  add(waiting: Waiting): void {
    waiting.lateAt = performance.now() + this.#milliseconds
    this.#waiting.add(waiting)
    this.#timer ??= setInterval(() => this.#sweep(), Math.max(1, this.#milliseconds / 20))
  }

  delete(waiting: Waiting): void {
    this.#waiting.delete(waiting)
  }

  /**
   * Resolves with the result of a promise.
   * @throws {DeadlineError} when the promise has not settled in time; its later result is ignored
   */
  race<T>(promise: Promise<T>, what: string): Promise<T> {
    return new Promise((resolve, reject) => {
      const waiting: Waiting = { what, lateAt: 0, late: reject }
      this.add(waiting)
      promise.then(resolve, reject).finally(() => this.delete(waiting))
    })
  }

  #sweep(): void {
    const now = performance.now()
    for (const waiting of this.#waiting) {
      if (waiting.lateAt > now) return
      this.#waiting.delete(waiting)
      waiting.late(new DeadlineError(`${waiting.what} took longer than ${this.#milliseconds} ms`))
    }
    clearInterval(this.#timer)
    this.#timer = undefined
  }
}
