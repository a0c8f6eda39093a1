import type { Event } from '../../change/message/event.ts'
import type { Wallet } from '../../model/noun/wallet.ts'
import { credit, formatCredit } from '../../model/value/credit.ts'
import type { Instant } from '../../model/value/instant.ts'

/** The credits that previewed commands allocate to one wallet with one expiry. */
export interface PreviewCredits {
  /** The wallet that receives the credits. */
  readonly wallet: Wallet
  /** The sum of the allocated amounts, as an exact decimal string. */
  readonly amount: string
  /** The instant at which the credits expire. Absent if the credits never expire. */
  readonly expiresAt?: Instant
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
