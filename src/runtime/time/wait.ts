/** The error of `withDeadline`: the promise did not settle in time. */
export class DeadlineError extends Error {
  override readonly name = 'DeadlineError'
}

/** The longest delay of a timer in milliseconds. */
export const longestTimer = 2 ** 31 - 1

/**
 * Resolves after a number of milliseconds, or at once when the signal is aborted. `keepsAlive`: whether the process waits
 * for the timer, as it must when a caller waits for what follows.
 */
export function pause(milliseconds: number, signal: AbortSignal, keepsAlive = true): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve()
      return
    }
    const end = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, milliseconds)
    if (!keepsAlive) unref(timer)
    signal.addEventListener('abort', end)
  })
}

/**
 * Resolves with the result of a promise.
 * @throws {DeadlineError} when the promise has not settled after `milliseconds`; its later result is ignored
 */
export async function withDeadline<T>(promise: Promise<T>, milliseconds: number, what: string): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  promise.catch(() => undefined)
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new DeadlineError(`${what} took longer than ${milliseconds} ms`)), milliseconds)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

/** Resolves after other tasks of the event loop have had a turn. */
export function yieldToOthers(): Promise<void> {
  return new Promise(inNextTurn)
}

/** Calls a function after other tasks of the event loop have had a turn. Browsers and Workers have no `setImmediate`. */
export function inNextTurn(task: () => void): void {
  if (typeof setImmediate === 'function') setImmediate(task)
  else setTimeout(task, 0)
}

/** Lets the process end although the timer is running, in runtimes whose timers can do that. */
export function unref(timer: unknown): void {
  if (typeof timer === 'object' && timer !== null && 'unref' in timer && typeof timer.unref === 'function')
    timer.unref()
}

/** Delays between tries: each is twice the one before, up to a maximum, and each is shortened at random by up to half. */
export class Backoff {
  readonly #first: number
  readonly #most: number
  #next: number

  constructor(first: number, most: number) {
    this.#first = first
    this.#most = most
    this.#next = first
  }

  /** Returns the next delay in milliseconds. */
  next(): number {
    const delay = this.#next
    this.#next = Math.min(this.#most, delay * 2)
    return delay * (0.5 + Math.random() / 2)
  }

  reset(): void {
    this.#next = this.#first
  }
}

/** Waits for a promise for at most a number of milliseconds, and ignores its result. Never rejects. */
export async function waitAtMost(promise: Promise<unknown> | undefined, milliseconds: number): Promise<void> {
  const stop = new AbortController()
  const settled = Promise.resolve(promise).then(
    () => undefined,
    () => undefined,
  )
  await Promise.race([settled, pause(milliseconds, stop.signal)])
  stop.abort()
}
