import { type Instant, instantLimit } from '../../model/value/instant.ts'
import type { Clock } from '../../port/clock.ts'

/** The machine's clock. */
export const systemClock: Clock = Object.freeze({ now: () => Date.now() })

/** A clock that stands still until it is moved. */
export interface MemoryClock extends Clock {
  /** @throws {RangeError} when it is no instant; the clock stays where it was */
  set(at: Instant): void
  /**
   * Moves by milliseconds, backwards when they are negative.
   * @throws {RangeError} when that leads to no instant; the clock stays where it was
   */
  advance(milliseconds: number): void
}

/**
 * A clock for tests and simulations, at the epoch unless told otherwise.
 * @throws {RangeError} when the start is no instant
 */
export function createMemoryClock(start: Instant = 0): MemoryClock {
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
  if (!Number.isInteger(at) || at < 0 || at > instantLimit) {
    throw new RangeError(`expected an instant in whole epoch milliseconds, not \`${at}\``)
  }
  return at
}
