import type { Instant } from '../../../model/value/instant.ts'

/** By how many milliseconds our two clocks may part between measurements before something must have happened to the machine. */
const parted = 1_000

/** A measurement is trusted for so long, and then the next one is taken, however slow it was. */
const freshFor = 60_000

/** When a statement was sent, and by how much the date was ahead of our own clock then. */
interface Sent {
  readonly steady: number
  readonly gap: number
}

/**
 * The database's clock, as far as this process can know it: by how much it is ahead of a clock of our own that only counts
 * on. Each answer that carries the time bounds that from both sides, and the quickest of the last minute bounds it best.
 * The machine's idea of the date plays no part, but that it tells when the machine stood still: our own clock may have
 * stood still with it.
 */
export class DatabaseClock {
  readonly #steady: () => number
  readonly #wall: () => number
  /** By how much the date was ahead of our own clock at the last measurement. */
  #gap = 0
  #offset = 0
  #uncertainty = Number.POSITIVE_INFINITY
  #measuredAt = 0
  #latest = 0

  constructor(steady: () => number = () => performance.now(), wall: () => number = () => Date.now()) {
    this.#steady = steady
    this.#wall = wall
  }

  /** The readings of our own clocks, to be noted when a statement is sent. */
  start(): Sent {
    const steady = this.#steady()
    return { steady, gap: this.#wall() - steady }
  }

  /** Learns from an answer that the database's clock showed an instant at some time since the statement was sent. */
  observe(sent: Sent, instant: Instant): void {
    const answeredAt = this.#steady()
    const gap = this.#wall() - answeredAt
    if (Math.abs(gap - this.#gap) > parted) this.#uncertainty = Number.POSITIVE_INFINITY
    // If the machine stood still on the way, the answer may be older than it seems.
    if (Math.abs(gap - sent.gap) > parted) return
    this.#gap = gap
    const least = instant - answeredAt
    // The database cuts off what is less than a millisecond.
    const most = instant + 1 - sent.steady
    const isOff = this.#offset < least || this.#offset > most
    const uncertainty = (most - least) / 2
    if (isOff || uncertainty <= this.#uncertainty || answeredAt - this.#measuredAt > freshFor) {
      this.#offset = (least + most) / 2
      this.#uncertainty = uncertainty
      this.#measuredAt = answeredAt
    }
  }

  /** Whether the clock cannot tell the time: nothing was measured yet, or the machine slept, or its date was set, since then. */
  get isDoubtful(): boolean {
    if (this.#uncertainty === Number.POSITIVE_INFINITY) return true
    return Math.abs(this.#wall() - this.#steady() - this.#gap) > parted
  }

  /** The time, which never runs backwards. */
  now(): Instant {
    this.#latest = Math.max(this.#latest, Math.floor(this.#steady() + this.#offset))
    return this.#latest
  }
}
