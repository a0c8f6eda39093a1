import * as z from 'zod'

/**
 * The first accepted instant, in 1973. A smaller number is refused: it is probably in seconds instead of milliseconds.
 */
export const firstInstant = 100_000_000_000

/** The last accepted instant, in the year 5138. A larger number is refused: it is probably in microseconds. */
export const lastInstant = 100_000_000_000_000

/** Whether a value is an instant: an integer from `firstInstant` to `lastInstant`. */
export function isInstant(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= firstInstant && (value as number) <= lastInstant
}

/** Returns a message for a value that is not an instant: what is wrong, and how to correct the value. */
export function faultOfInstant(value: unknown): string {
  if (!Number.isInteger(value)) return 'expected an instant in whole epoch milliseconds'
  const isTooSmall = (value as number) < firstInstant
  return isTooSmall
    ? `expected an instant in epoch milliseconds, from ${firstInstant} (1973); this looks like seconds: multiply by 1000`
    : `expected an instant in epoch milliseconds, at most ${lastInstant}; this looks like microseconds: divide by 1000`
}

const error = ({ input }: { readonly input?: unknown }): string => faultOfInstant(input)

/**
 * A point in time in epoch milliseconds, given by the request or command: an integer from 10^11 (1973) to 10^14. Other
 * numbers are refused, because they are probably seconds or microseconds.
 */
export const Instant = z.number({ error }).refine(isInstant, { error, abort: true })
export type Instant = z.infer<typeof Instant>
