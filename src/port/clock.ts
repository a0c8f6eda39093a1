import type { Instant } from '../model/value/instant.ts'

/** Tells the time: whole epoch milliseconds. The shell asks it; the core is told. */
export interface Clock {
  now(): Instant
}
