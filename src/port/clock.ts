import type { Instant } from '../model/value/instant.ts'

/** A source of the current time. Adapters read the clock; the kernel receives the time as an argument. */
export interface Clock {
  /** The current time in whole epoch milliseconds. */
  now(): Instant
}
