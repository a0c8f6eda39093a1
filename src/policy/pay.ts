import type { Wallet } from '../model/noun/wallet.ts'
import { credit, formatCredit } from '../model/value/credit.ts'
import type { ContextPrincipal } from './context/context.ts'
import type { Payer } from './decision/decision.ts'
import type { UseRequest } from './request/request.ts'

/**
 * The payer that a context's paying principal stands for: the principal's wallet if the principal is metered, otherwise
 * `noPayer`.
 */
export function payerOf({ type, row }: ContextPrincipal): Payer {
  if (!row.metered) return noPayer
  return { type: 'wallet', wallet: { type, id: row.id, incarnation: row.incarnation } }
}

/** The payer of a call that is free. */
export const noPayer: Payer = Object.freeze({ type: 'none' })

/** A wallet whose credits do not suffice, with the amounts as exact decimal strings. */
export interface Shortage {
  readonly wallet: Wallet
  readonly available: string
  readonly needed?: string
}

/**
 * Returns the shortage of the payer's wallet if the credits do not suffice, otherwise `undefined`. The available credits
 * must reach the estimate or, without an estimate, be above zero. Free calls and requests without `credits` give
 * `undefined`.
 */
export function findShortage(payer: Payer, credits: UseRequest['credits']): Shortage | undefined {
  if (credits === undefined || payer.type === 'none') return undefined
  const available = unitsOf(credits.available)
  const needed = credits.estimate === undefined ? undefined : unitsOf(credits.estimate)
  if (needed === undefined ? available > 0n : available >= needed) return undefined
  const shortage = { wallet: payer.wallet, available: formatCredit(available) }
  return needed === undefined ? shortage : { ...shortage, needed: formatCredit(needed) }
}

const unitsOf = (amount: bigint | string): bigint => (typeof amount === 'bigint' ? amount : credit(amount))
