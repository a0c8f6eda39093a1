import * as z from 'zod'
import type { WalletLevel } from '../model/noun/wallet.ts'
import { CreditText } from '../model/value/credit.ts'
import { withDeadline } from '../runtime/time/wait.ts'
import type { AdminCall } from './admin-call.ts'
import { refused } from './admin-fault.ts'
import { toWire } from './wire.ts'

/** The longest wait for the ledger in milliseconds, after which it is unavailable. */
export const ledgerTimeout = 5_000

/** The digits that a JSON number keeps: with more, another amount could be read than was sent. */
const numberDigits = 15

const isExact = (amount: number): boolean =>
  String(amount)
    .replace(/^-?[0.]*/, '')
    .replace('.', '').length <= numberDigits

/** An amount of credits: a decimal string, or a number of at most nine decimals and 15 digits that JSON writes without an exponent. */
export const Amount = z
  .union([z.number(), z.string()], { error: 'expected an amount of credits, as in `12.5`' })
  .refine((amount) => typeof amount === 'string' || isExact(amount), {
    error: `expected an amount of more than ${numberDigits} digits as a decimal string`,
  })
  .transform(String)
  .pipe(CreditText)

/**
 * Returns the balance of a wallet in credits, or `undefined` without a ledger.
 * @throws {AdminFault} when the ledger fails
 */
export async function balanceOf(wallet: WalletLevel, { ledger }: AdminCall): Promise<unknown> {
  if (ledger === undefined) return undefined
  try {
    return toWire(await withDeadline(ledger.balance(wallet), ledgerTimeout, 'the balance'))
  } catch {
    throw refused({ reason: 'ledger_unavailable' })
  }
}
