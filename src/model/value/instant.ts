import { z } from 'zod'

/** The last instant that a JavaScript date can represent, in epoch milliseconds. */
export const instantLimit = 8_640_000_000_000_000

/**
 * A point in time in epoch milliseconds: an integer from 0 to 8.64e15. Each request and each command has its own
 * instant.
 */
export const Instant = z
  .int({ error: 'expected an instant in whole epoch milliseconds' })
  .min(0, { error: 'expected an instant in whole epoch milliseconds, not before 1970' })
  .max(instantLimit, { error: `expected an instant in whole epoch milliseconds, at most ${instantLimit}` })
  // Minus zero becomes zero, since JSON cannot represent it.
  .overwrite((at) => at + 0)
export type Instant = z.infer<typeof Instant>
