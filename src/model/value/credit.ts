import { z } from 'zod'
import { quote } from './quote.ts'

/** The number of decimal places of an amount of credits: one credit is 10^9 units. */
export const creditScale = 9
const unitsPerCredit = 10n ** BigInt(creditScale)

/** The largest amount of credits, in units: the maximum of a signed 64-bit database column. */
export const creditLimit = 9_223_372_036_854_775_807n

const exact = /^(0|[1-9][0-9]{0,11})(?:\.([0-9]{1,9}))?$/

/**
 * An amount of credits as an exact decimal string, as in `1000` or `0.000125`: at most nine decimals, no sign, no
 * exponent. Numbers are refused, since a float may have been rounded already.
 */
export const CreditText = z.string().refine((text) => parseCredit(text) !== undefined, {
  error: 'expected an exact amount of credits as a decimal string with at most nine decimals, as in `0.000125`',
})
export type CreditText = z.infer<typeof CreditText>

/** An amount of credits above zero, as an exact decimal string. */
export const PositiveCreditText = CreditText.refine((text) => (parseCredit(text) ?? 0n) > 0n, {
  error: 'expected an amount of credits above zero',
})

function parseCredit(text: string): bigint | undefined {
  const match = exact.exec(text)
  if (!match) return undefined
  const units = BigInt(match[1] ?? '0') * unitsPerCredit + BigInt((match[2] ?? '').padEnd(creditScale, '0'))
  return units <= creditLimit ? units : undefined
}

/**
 * The units of an exact decimal amount: `credit('0.000125')` is `125_000n`.
 * @throws {RangeError} when the string is not an exact amount of at most nine decimals within 64 bits
 */
export function credit(text: string): bigint {
  const units = typeof text === 'string' ? parseCredit(text) : undefined
  if (units === undefined)
    throw new RangeError(`expected an exact amount of credits as a decimal string, not ${quote(String(text))}`)
  return units
}

/**
 * Formats an amount in units as the shortest decimal string of credits. The inverse of `credit` for 0 to `creditLimit`.
 */
export function formatCredit(units: bigint): string {
  const magnitude = units < 0n ? -units : units
  const fraction = (magnitude % unitsPerCredit).toString().padStart(creditScale, '0').replace(/0+$/, '')
  return `${units < 0n ? '-' : ''}${magnitude / unitsPerCredit}${fraction === '' ? '' : `.${fraction}`}`
}
