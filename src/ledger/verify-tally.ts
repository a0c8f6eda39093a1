import type { Instant } from '../model/value/instant.ts'
import type { Balance, Bucket } from '../port/ledger-result.ts'
import type { Account, Hold, Lot } from './storage/account.ts'
import type { Books } from './storage/books.ts'
import { meaningOf } from './storage/entry-kind.ts'
import { addAmount, emptyBalance } from './view.ts'

/** The sums of an account's entries. Computed from the entries alone, not from the stored amounts of the account. */
export interface Tally {
  readonly balance: Balance
  /** Whether the entries are in order of time: no entry took effect before the previous entry. */
  readonly isInOrder: boolean
  /** The amount spent, less refunds, since the start of the cap period. */
  readonly capSpent: bigint
  readonly lots: ReadonlyMap<Lot, LotTally>
  readonly holds: ReadonlyMap<string, HoldTally>
}

/** The sums of one grant's entries. */
export interface LotTally {
  available: bigint
  reserved: bigint
  spent: bigint
  granted: bigint
  /**
   * The highest value that `spent` reached while the entries were summed, newest first. For a grant that a refund
   * created, `mostSpent - spent` is the granted amount.
   */
  mostSpent: bigint
  /** The instant of the grant's first `expired` entry. `undefined` when the grant has no such entry. */
  expiredAt: Instant | undefined
  /** Whether any entry made credits of the grant available at or after the expiry of the grant. */
  isBack: boolean
}

/** The sums of one hold's entries at one account. */
interface HoldTally {
  held: bigint
  /** The total amount reserved for the hold, extensions included. */
  given: bigint
  spent: bigint
  refunded: bigint
}

/**
 * Sums the entries of an account. The sums of a hold exclude entries that are older than the hold, because an earlier
 * hold may have had the same id.
 */
export function tallyOf({ log }: Books, account: Account, holds: ReadonlyMap<string, Hold>): Tally {
  const balance: Record<Bucket, bigint> & { sequence: number } = { ...emptyBalance }
  const byLot = new Map<Lot, LotTally>()
  const byHold = new Map<string, HoldTally>()
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
      const tally = lotTallyOf(byLot, lot)
      tally.available += (to === 'available' ? amount : 0n) - (from === 'available' ? amount : 0n)
      tally.reserved += held
      tally.spent += spent
      if (type === 'granted') tally.granted += amount
      if (tally.spent > tally.mostSpent) tally.mostSpent = tally.spent
      if (type === 'expired') tally.expiredAt = at
      if (to === 'available' && at >= lot.expiresAt) tally.isBack = true
    }
    if (hold !== undefined && at >= (holds.get(hold)?.createdAt ?? Number.POSITIVE_INFINITY)) {
      const tally = holdTallyOf(byHold, hold)
      tally.held += held
      if (type === 'reserved') tally.given += amount
      if (to === 'spent') tally.spent += amount
      if (from === 'spent') tally.refunded += amount
    }
  }
  return { balance, isInOrder, capSpent, lots: byLot, holds: byHold }
}

function lotTallyOf(tallies: Map<Lot, LotTally>, lot: Lot): LotTally {
  const known = tallies.get(lot)
  if (known !== undefined) return known
  const amounts = { available: 0n, reserved: 0n, spent: 0n, granted: 0n, mostSpent: 0n }
  const tally: LotTally = { ...amounts, expiredAt: undefined, isBack: false }
  tallies.set(lot, tally)
  return tally
}

function holdTallyOf(tallies: Map<string, HoldTally>, hold: string): HoldTally {
  const known = tallies.get(hold)
  if (known !== undefined) return known
  const tally: HoldTally = { held: 0n, given: 0n, spent: 0n, refunded: 0n }
  tallies.set(hold, tally)
  return tally
}
