import type { Instant } from '../model/value/instant.ts'
import type { Balance, Bucket } from '../port/ledger-result.ts'
import type { Account, Hold, Lot } from './storage/account.ts'
import type { Books } from './storage/books.ts'
import { meaningOf } from './storage/entry-kind.ts'
import { addAmount, emptyBalance } from './view.ts'

/** Amounts that are recomputed from the entries of an account. The stored amounts of the account are not used. */
export interface AccountSums {
  readonly balance: Balance
  /** Whether the entries are in chronological order. */
  readonly isInOrder: boolean
  /** The amount spent, less refunds, since the start of the cap period. */
  readonly capSpent: bigint
  readonly lots: ReadonlyMap<Lot, LotSums>
  readonly holds: ReadonlyMap<string, HoldSums>
}

/** Amounts that are recomputed from the entries of one grant. */
export interface LotSums {
  available: bigint
  reserved: bigint
  spent: bigint
  granted: bigint
  /**
   * The maximum of `spent` while the entries were summed from newest to oldest. For a grant that a refund created,
   * `mostSpent - spent` is the granted amount.
   */
  mostSpent: bigint
  /** The instant of the grant's first `expired` entry, and the amount of this entry. */
  expiredAt: Instant | undefined
  expired: bigint
  /** Whether an entry at or after the grant's expiry added to the available credits of the grant. */
  isBack: boolean
}

/** Amounts that are recomputed from the entries of one hold at one account. */
interface HoldSums {
  held: bigint
  /** The total amount reserved for the hold, extensions included. */
  given: bigint
  spent: bigint
  refunded: bigint
}

/**
 * Sums the entries of an account. Ignores, for each hold in `holds`, entries that are older than the hold: such entries
 * belong to an earlier hold with the same id.
 */
export function sumEntries({ log }: Books, account: Account, holds: ReadonlyMap<string, Hold>): AccountSums {
  const balance: Record<Bucket, bigint> & { sequence: number } = { ...emptyBalance }
  const byLot = new Map<Lot, LotSums>()
  const byHold = new Map<string, HoldSums>()
  let isInOrder = true
  let capSpent = 0n
  let later = Number.POSITIVE_INFINITY
  for (let row = account.lastRow; row >= 0; row = log.before(row)) {
    const { type, from, to } = meaningOf(log.kindOf(row))
    const [amount, at, lot, hold] = [log.amountOf(row), log.instantOf(row), log.lotOf(row), log.holdOf(row)]
    balance.sequence += 1
    addAmount(balance, from, to, amount)
    isInOrder &&= at <= later
    later = at
    const spent = (to === 'spent' ? amount : 0n) - (from === 'spent' ? amount : 0n)
    if (at >= account.capStartsAt) capSpent += spent
    const held = (to === 'reserved' ? amount : 0n) - (from === 'reserved' ? amount : 0n)
    if (lot !== undefined) {
      const sums = lotSumsOf(byLot, lot)
      sums.available += (to === 'available' ? amount : 0n) - (from === 'available' ? amount : 0n)
      sums.reserved += held
      sums.spent += spent
      if (type === 'granted') sums.granted += amount
      if (sums.spent > sums.mostSpent) sums.mostSpent = sums.spent
      if (type === 'expired') {
        sums.expiredAt = at
        sums.expired = amount
      }
      if (to === 'available' && at >= lot.expiresAt) sums.isBack = true
    }
    if (hold !== undefined && at >= (holds.get(hold)?.createdAt ?? Number.POSITIVE_INFINITY)) {
      const sums = holdSumsOf(byHold, hold)
      sums.held += held
      if (type === 'reserved') sums.given += amount
      if (to === 'spent') sums.spent += amount
      if (from === 'spent') sums.refunded += amount
    }
  }
  return { balance, isInOrder, capSpent, lots: byLot, holds: byHold }
}

function lotSumsOf(all: Map<Lot, LotSums>, lot: Lot): LotSums {
  const known = all.get(lot)
  if (known !== undefined) return known
  const amounts = { available: 0n, reserved: 0n, spent: 0n, granted: 0n, mostSpent: 0n, expired: 0n }
  const sums: LotSums = { ...amounts, expiredAt: undefined, isBack: false }
  all.set(lot, sums)
  return sums
}

function holdSumsOf(all: Map<string, HoldSums>, hold: string): HoldSums {
  const known = all.get(hold)
  if (known !== undefined) return known
  const sums: HoldSums = { held: 0n, given: 0n, spent: 0n, refunded: 0n }
  all.set(hold, sums)
  return sums
}
