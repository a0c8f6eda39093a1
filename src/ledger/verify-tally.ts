import type { Instant } from '../model/value/instant.ts'
import type { Balance, Bucket } from '../port/ledger-result.ts'
import type { Account, Hold, Lot } from './storage/account.ts'
import type { Books } from './storage/books.ts'
import { meaningOf } from './storage/entry-kind.ts'
import { addAmount, emptyBalance } from './view.ts'

/** What the entries of an account come to, counted without a look at the account. */
export interface Tally {
  readonly balance: Balance
  /** Whether each entry took effect no earlier than the one before it. */
  readonly isInOrder: boolean
  /** What was spent since the cap counts. */
  readonly capSpent: bigint
  readonly lots: ReadonlyMap<Lot, LotTally>
  readonly holds: ReadonlyMap<string, HoldTally>
}

/** What the entries of one grant come to. */
export interface LotTally {
  available: bigint
  reserved: bigint
  spent: bigint
  granted: bigint
  /** The most that was spent of it since some moment. Less what was spent in all, it is what the refund that made it brought. */
  mostSpent: bigint
  /** When it expired, if an entry says so. */
  expiredAt: Instant | undefined
  /** Whether something became available of it at its expiry or later. */
  isBack: boolean
}

/** What the entries of one hold come to at one level. */
interface HoldTally {
  held: bigint
  /** All that was ever held, whatever became of it. */
  given: bigint
  spent: bigint
  refunded: bigint
}

/** Counts the entries of an account. Those of a hold count from when it was made: its id may have been another's before. */
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
