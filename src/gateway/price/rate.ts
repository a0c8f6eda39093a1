/**
 * The denominator of all rates: a rate is the price of one unit in parts of this many of 10^-9 credits. It is a common
 * multiple of a million tokens, an hour of seconds and a thousand requests, so that each of their prices is an integer.
 */
export const denominator = 9_000_000n

/** A price for how many units. */
export type RatePer = 'million' | 'hour' | 'thousand' | 'one'

const factors: Readonly<Record<RatePer, bigint>> = {
  million: denominator / 1_000_000n,
  hour: denominator / 3_600n,
  thousand: denominator / 1_000n,
  one: denominator,
}

/** The price of one unit. It can depend on the input tokens of the call, and then holds for the whole call. */
export interface Rate {
  readonly base: bigint
  /** The rates for calls with more input tokens than `start`, by `start`. */
  readonly tiers: readonly { readonly start: number; readonly rate: bigint }[]
}

/** Returns a rate for a price in units of 10^-9 credits. */
export function rateOf(price: bigint, per: RatePer): bigint {
  return price * factors[per]
}

/** Returns the rate for a call with this many input tokens. */
export function rateAt({ base, tiers }: Rate, input: number): bigint {
  let found = base
  for (const { start, rate } of tiers) if (input > start) found = rate
  return found
}

/** Returns the highest rate for calls with at most this many input tokens. */
export function highestRate({ base, tiers }: Rate, input: number): bigint {
  let highest = base
  for (const { start, rate } of tiers) if (input > start && rate > highest) highest = rate
  return highest
}

/**
 * Converts a decimal number to units of 10^-9, and rounds more than nine decimals up. Accepts the text of any JavaScript
 * number of zero or more, such as `1e-7`; returns `undefined` for other texts.
 */
export function parsePrice(text: string): bigint | undefined {
  const match = /^(\d+)(?:\.(\d+))?(?:e([+-]?\d{1,3}))?$/i.exec(text)
  if (match === null) return undefined
  const [, whole = '', fraction = '', exponent = '0'] = match
  const digits = BigInt(whole + fraction)
  const power = 9 + Number(exponent) - fraction.length
  if (power >= 0) return digits * 10n ** BigInt(power)
  const divisor = 10n ** BigInt(-power)
  return (digits + divisor - 1n) / divisor
}
