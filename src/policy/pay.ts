import type { Wallet } from '../model/noun/wallet.ts'
import { credit } from '../model/value/credit.ts'
import type { Member } from './context/context.ts'
import type { Payer } from './decision/decision.ts'
import type { UseRequest } from './request/request.ts'

/** Who pays for a context: the wallet of its payer, or nobody when that is not metered. */
export function payerOf({ type, row }: Member): Payer {
  if (!row.metered) return nobody
  return { type: 'wallet', wallet: { type, id: row.id, incarnation: row.incarnation } }
}

export const nobody: Payer = Object.freeze({ type: 'nobody' })

/** The wallet that cannot pay: below the estimate, or without one not above zero. None when money was not asked about. */
export function findExhausted(payer: Payer, credits: UseRequest['credits']): Wallet | undefined {
  if (credits === undefined || payer.type === 'nobody') return undefined
  const available = unitsOf(credits.available)
  const isEnough = credits.estimate === undefined ? available > 0n : available >= unitsOf(credits.estimate)
  return isEnough ? undefined : payer.wallet
}

const unitsOf = (amount: bigint | string): bigint => (typeof amount === 'bigint' ? amount : credit(amount))
