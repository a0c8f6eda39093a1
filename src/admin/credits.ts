import * as z from 'zod'
import type { WalletLevel } from '../model/noun/wallet.ts'
import { CreditText } from '../model/value/credit.ts'
import type { AdminCall } from './admin-call.ts'
import { refused } from './admin-fault.ts'
import { toWire } from './wire.ts'

/** An amount of credits: a decimal string, or a number of at most nine decimals that JSON writes without an exponent. */
export const Amount = z
  .union([z.number().transform(String), z.string()], { error: 'expected an amount of credits, as in `12.5`' })
  .pipe(CreditText)

/**
 * Returns the balance of a wallet in credits, or `undefined` without a ledger.
 * @throws {AdminFault} when the ledger fails
 */
export async function balanceOf(wallet: WalletLevel, { ledger }: AdminCall): Promise<unknown> {
  if (ledger === undefined) return undefined
  try {
    return toWire(await ledger.balance(wallet))
  } catch {
    throw refused({ reason: 'ledger_unavailable' })
  }
}
