import * as z from 'zod'
import { quote } from './quote.ts'

/** The number of decimal places of an amount of credits: one credit is 10^9 units. */
export const creditScale = 9
const unitsPerCredit = 10n ** BigInt(creditScale)

/** The largest amount of credits, in units: the maximum of a signed 64-bit database column. */
export const creditLimit = 9_223_372_036_854_775_807n

const exact = /^(0|[1-9][0-9]*)(?:\.([0-9]+))?$/

/** The maximum number of characters of an exact amount: ten digits, a point and nine decimals. */
const longest = 20

const expectation = 'expected an exact amount of credits as a decimal string'

/**
 * An amount of credits as an exact decimal string, as in `1000` or `0.000125`: at most nine decimals, no sign, no
 * exponent. Numbers are refused, since a float may have been rounded already.
 */
export const CreditText = z.string().refine((text) => parseCredit(text) !== undefined, {
  error: ({ input }) => faultOfCredit(String(input)),
})
export type CreditText = z.infer<typeof CreditText>

/** An amount of credits that may be below zero, for the balance of a wallet in debt: `CreditText` with an optional `-`. */
export const SignedCreditText = z.string().refine((text) => parseCredit(withoutSign(text)) !== undefined, {
  error: ({ input }) => faultOfCredit(withoutSign(String(input))),
})

/** An amount of credits above zero, as an exact decimal string. */
export const PositiveCreditText = CreditText.refine((text) => (parseCredit(text) ?? 0n) > 0n, {
  error: 'expected an amount of credits above zero',
})

function parseCredit(text: string): bigint | undefined {
  const match = text.length > longest ? null : exact.exec(text)
  const fraction = match?.[2] ?? ''
  if (!match || fraction.length > creditScale) return undefined
  const units = BigInt(match[1] ?? '0') * unitsPerCredit + BigInt(fraction.padEnd(creditScale, '0'))
  return units <= creditLimit ? units : undefined
}

function withoutSign(text: string): string {
  return text.startsWith('-') ? text.slice(1) : text
}

/** Returns the message for a string that is not an exact amount. Names the limit that a decimal number exceeds. */
function faultOfCredit(text: string): string {
  const match = exact.exec(text)
  if (match === null) return `${expectation}, as in \`0.000125\``
  const decimals = match[2]?.length ?? 0
  return decimals > creditScale
    ? `${expectation} with at most nine decimals`
    : `${expectation} of at most \`${formatCredit(creditLimit)}\``
}

/**
 * The units of an exact decimal amount: `credit('0.000125')` is `125_000n`.
 * @throws {RangeError} when the string is not an exact amount of at most nine decimals within 64 bits
 */
export function credit(text: string): bigint {
  const units = typeof text === 'string' ? parseCredit(text) : undefined
  if (units === undefined) throw new RangeError(`${faultOfCredit(String(text))}, not ${quote(String(text))}`)
  return units
}

/**
 * The units of an exact decimal amount that may be below zero: the inverse of `formatCredit`.
 * @throws {RangeError} when the string without its `-` is not an exact amount
 */
export function signedCredit(text: string): bigint {
  return text.startsWith('-') ? -credit(text.slice(1)) : credit(text)
}

/**
 * Formats an amount in units as the shortest decimal string of credits. The inverse of `credit` for 0 to `creditLimit`.
 */
export function formatCredit(units: bigint): string {
  const magnitude = units < 0n ? -units : units
  const fraction = (magnitude % unitsPerCredit).toString().padStart(creditScale, '0').replace(/0+$/, '')
  return `${units < 0n ? '-' : ''}${magnitude / unitsPerCredit}${fraction === '' ? '' : `.${fraction}`}`
}
