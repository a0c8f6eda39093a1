import type { Event } from '../../change/message/event.ts'
import type { Wallet } from '../../model/noun/wallet.ts'
import { credit, formatCredit } from '../../model/value/credit.ts'
import type { Instant } from '../../model/value/instant.ts'
import type { Period } from '../../model/value/period.ts'

/** The credits that previewed commands allocate to one wallet with one expiry. */
export interface PreviewCredits {
  /** The wallet that receives the credits. */
  readonly wallet: Wallet
  /** The sum of the allocated amounts, as an exact decimal string. */
  readonly amount: string
  /** The instant at which the credits expire. Absent if the credits never expire. */
  readonly expiresAt?: Instant
}

/** An allowance that previewed commands set, replace or end. */
export interface PreviewAllowance {
  /** The wallet of the team whose plan gives the allowance. */
  readonly wallet: Wallet
  /** The credits in each period, as an exact decimal string. Zero ends the allowance after the current period. */
  readonly amount: string
  readonly period: Period
}

/**
 * Lists the allowances that events set or end, in order. A wallet may occur several times, since the ledger grants an
 * increase at once and keeps it when a later event lowers the allowance.
 */
export function allowancesOf(events: Iterable<Event>): readonly PreviewAllowance[] {
  const allowances: PreviewAllowance[] = []
  for (const event of events) {
    if (event.type !== 'AllowanceSet') continue
    const { wallet, amount, period } = event
    allowances.push({ wallet, amount, period })
  }
  return allowances
}

/** Sums the credits that events allocate, for each wallet and expiry. Sorted by the first allocation. */
export function creditsOf(events: Iterable<Event>): readonly PreviewCredits[] {
  const sums = new Map<string, { readonly first: Omit<PreviewCredits, 'amount'>; units: bigint }>()
  for (const event of events) {
    if (event.type !== 'CreditsAllocated') continue
    const { wallet, amount, expiresAt } = event
    const key = JSON.stringify([wallet.type, wallet.id, wallet.incarnation, expiresAt])
    const sum = sums.get(key) ?? { first: { wallet, ...(expiresAt !== undefined && { expiresAt }) }, units: 0n }
    sum.units += credit(amount)
    sums.set(key, sum)
  }
  return [...sums.values()].map(({ first: { wallet, ...expiry }, units }) => {
    return { wallet, amount: formatCredit(units), ...expiry }
  })
}
