import type { Wallet } from '../model/noun/wallet.ts'
import { credit } from '../model/value/credit.ts'
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

/**
 * Returns the payer's wallet if the credits do not suffice, otherwise `undefined`. The available credits must reach the
 * estimate or, without an estimate, be above zero. Free calls and requests without `credits` give `undefined`.
 */
export function findExhausted(payer: Payer, credits: UseRequest['credits']): Wallet | undefined {
  if (credits === undefined || payer.type === 'none') return undefined
  const available = unitsOf(credits.available)
  const isEnough = credits.estimate === undefined ? available > 0n : available >= unitsOf(credits.estimate)
  return isEnough ? undefined : payer.wallet
}

const unitsOf = (amount: bigint | string): bigint => (typeof amount === 'bigint' ? amount : credit(amount))
