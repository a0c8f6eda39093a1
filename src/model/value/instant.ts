import { z } from 'zod'

/** The last instant JavaScript dates can show, in epoch milliseconds. */
export const instantLimit = 8_640_000_000_000_000

/** A point in time: whole epoch milliseconds from 0 to 8.64e15, always given by the request or command. */
export const Instant = z
  .int({ error: 'expected an instant in whole epoch milliseconds' })
  .min(0, { error: 'expected an instant in whole epoch milliseconds, not before 1970' })
  .max(instantLimit, { error: `expected an instant in whole epoch milliseconds, at most ${instantLimit}` })
  // JSON has no minus zero, so what is stored must not have one.
  .overwrite((at) => at + 0)
export type Instant = z.infer<typeof Instant>
