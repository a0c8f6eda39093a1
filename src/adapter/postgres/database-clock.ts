import type { Instant } from '../../model/instant.ts'

/** A measurement is trusted for so long, and then the next one is taken, however slow it was. */
const freshFor = 60_000

/**
 * The database's clock, as far as this process can know it: by how much it is ahead of a clock of our own that only counts
 * on. Each answer that carries the time bounds that from both sides, and the quickest of the last minute bounds it best.
 * The machine's idea of the date plays no part.
 */
export class DatabaseClock {
  readonly #steady: () => number
  #offset = 0
  #uncertainty = Number.POSITIVE_INFINITY
  #measuredAt = 0
  #latest = 0

  constructor(steady: () => number = () => performance.now()) {
    this.#steady = steady
  }

  /** The reading of our own clock, to be noted when a statement is sent. */
  start(): number {
    return this.#steady()
  }

  /** Learns from an answer that the database's clock showed an instant at some time since the statement was sent. */
  observe(sentAt: number, instant: Instant): void {
    const answeredAt = this.#steady()
    const least = instant - answeredAt
    // The database cuts off what is less than a millisecond.
    const most = instant + 1 - sentAt
    const isOff = this.#offset < least || this.#offset > most
    const uncertainty = (most - least) / 2
    if (isOff || uncertainty <= this.#uncertainty || answeredAt - this.#measuredAt > freshFor) {
      this.#offset = (least + most) / 2
      this.#uncertainty = uncertainty
      this.#measuredAt = answeredAt
    }
  }

  /** Whether the clock can tell the time. */
  get isSet(): boolean {
    return this.#uncertainty !== Number.POSITIVE_INFINITY
  }

  /** The time, which never runs backwards. */
  now(): Instant {
    this.#latest = Math.max(this.#latest, Math.floor(this.#steady() + this.#offset))
    return this.#latest
  }
}
