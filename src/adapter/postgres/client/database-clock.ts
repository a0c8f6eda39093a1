import type { Instant } from '../../../model/value/instant.ts'

/**
 * The maximum drift in milliseconds between this machine's system time and its monotonic clock. A greater drift means
 * that the machine slept or that the system time was set.
 */
const driftLimit = 1_000

/**
 * The time in milliseconds for which an exact measurement takes precedence over newer, less exact measurements.
 * Afterwards, any newer measurement replaces the exact one.
 */
const freshFor = 60_000

/**
 * The readings of this machine's clocks at the sending of a statement. `steady` is the monotonic clock. `gap` is the
 * system time minus the monotonic clock.
 */
interface SentAt {
  readonly steady: number
  readonly gap: number
}

/**
 * Estimates the database's clock as an offset from this process's monotonic clock. Each query result that contains the
 * database's time gives a lower and an upper bound of the offset. The estimate uses the tightest pair of bounds of the
 * last minute. The machine's system time only serves to detect sleep, during which the monotonic clock may stop.
 */
export class DatabaseClock {
  readonly #steady: () => number
  readonly #wall: () => number
  /** The system time minus the monotonic clock, in milliseconds, at the last measurement. */
  #gap = 0
  #offset = 0
  #uncertainty = Number.POSITIVE_INFINITY
  #measuredAt = 0
  #latest = 0

  constructor(steady: () => number = () => performance.now(), wall: () => number = () => Date.now()) {
    this.#steady = steady
    this.#wall = wall
  }

  /** Reads this machine's clocks. Call `start` right before sending a statement, and pass the result to `observe`. */
  start(): SentAt {
    const steady = this.#steady()
    return { steady, gap: this.#wall() - steady }
  }

  /**
   * Updates the estimate with a measurement. `instant` is the database's time at an unknown moment between sending the
   * statement and now.
   */
  observe(sent: SentAt, instant: Instant): void {
    const answeredAt = this.#steady()
    const gap = this.#wall() - answeredAt
    if (Math.abs(gap - this.#gap) > driftLimit) this.#uncertainty = Number.POSITIVE_INFINITY
    // If the machine slept while the result was in transit, the result may be older than it seems.
    if (Math.abs(gap - sent.gap) > driftLimit) return
    this.#gap = gap
    const least = instant - answeredAt
    // The database rounds down to the millisecond.
    const most = instant + 1 - sent.steady
    const isOff = this.#offset < least || this.#offset > most
    const uncertainty = (most - least) / 2
    if (isOff || uncertainty <= this.#uncertainty || answeredAt - this.#measuredAt > freshFor) {
      this.#offset = (least + most) / 2
      this.#uncertainty = uncertainty
      this.#measuredAt = answeredAt
    }
  }

  /**
   * Whether a new measurement is needed. True before the first measurement, and after the machine slept or its system
   * time was set.
   */
  get isUncertain(): boolean {
    if (this.#uncertainty === Number.POSITIVE_INFINITY) return true
    return Math.abs(this.#wall() - this.#steady() - this.#gap) > driftLimit
  }

  /** Returns the estimated time of the database. The returned time never decreases. */
  now(): Instant {
    this.#latest = Math.max(this.#latest, Math.floor(this.#steady() + this.#offset))
    return this.#latest
  }
}
