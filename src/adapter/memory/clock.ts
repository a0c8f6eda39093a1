import { faultOfInstant, firstInstant, type Instant, isInstant } from '../../model/value/instant.ts'
import type { Clock } from '../../port/clock.ts'

/** A clock that moves only when `set` or `advance` is called. */
export interface MemoryClock extends Clock {
  /**
   * Sets the clock to `at`.
   * @throws {RangeError} when `at` is not an instant; the time of the clock then does not change
   */
  set(at: Instant): void
  /**
   * Moves the clock forwards by a number of milliseconds. A negative number moves the clock backwards.
   * @throws {RangeError} when the new time is not an instant; the time of the clock then does not change
   */
  advance(milliseconds: number): void
}

/**
 * Creates a clock for tests and simulations. Default start: the first instant, in 1973.
 * @throws {RangeError} when `start` is not an instant
 */
export function createMemoryClock(start: Instant = firstInstant): MemoryClock {
  let current = checked(start)
  return {
    now: () => current,
    set: (at) => {
      current = checked(at)
    },
    advance: (milliseconds) => {
      current = checked(current + milliseconds)
    },
  }
}

function checked(at: Instant): Instant {
  if (!isInstant(at)) throw new RangeError(`${faultOfInstant(at)}, not \`${at}\``)
  return at
}
