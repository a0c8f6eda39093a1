import type { Instant } from '../model/value/instant.ts'
import type { Balance, Bucket } from '../port/ledger-result.ts'
import { countDebt } from './operation/debt.ts'
import { isSameTags } from './same.ts'
import type { Account, Debt, Hold, Lot } from './storage/account.ts'
import { meaningOf } from './storage/entry-kind.ts'
import type { EntryStore } from './storage/entry-store.ts'
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
  readonly debts: readonly Debt[]
  /** The row of every cost entry that was refunded, with the sum of its refunds. */
  readonly refunded: ReadonlyMap<number, bigint>
  /** Whether every refund entry names an earlier cost entry of the same hold. */
  readonly areRefundsNamed: boolean
}

/** Amounts that are recomputed from the entries of one grant. */
export interface LotSums {
  available: bigint
  reserved: bigint
  /** The costs that the grant paid, less the refunds of these costs. */
  spent: bigint
  granted: bigint
  /** The refunds that the grant received of costs that it did not pay. Only a grant of kind `refund` receives any. */
  refunded: bigint
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
export function sumEntries(log: EntryStore, account: Account, holds: ReadonlyMap<string, Hold>): AccountSums {
  const balance: Record<Bucket, bigint> & { sequence: number } = { ...emptyBalance }
  const byLot = new Map<Lot, LotSums>()
  const byHold = new Map<string, HoldSums>()
  const debtor = { debts: [] as Debt[] }
  const refunded = new Map<number, bigint>()
  let isInOrder = true
  let areRefundsNamed = true
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
    if (from === 'overdraft' || to === 'overdraft')
      countDebt(debtor, { from, only: log.onlyOf(row), amount }, undefined)
    const cost = log.refundsOf(row)
    if (cost !== undefined) refunded.set(cost, (refunded.get(cost) ?? 0n) + amount)
    if (from === 'spent') areRefundsNamed &&= isNamed(log, row, cost)
    const held = (to === 'reserved' ? amount : 0n) - (from === 'reserved' ? amount : 0n)
    if (lot !== undefined) {
      const sums = lotSumsOf(byLot, lot)
      sums.available += (to === 'available' ? amount : 0n) - (from === 'available' ? amount : 0n)
      sums.reserved += held
      if (cost === undefined || log.lotOf(cost) === lot) sums.spent += spent
      else if (to === 'available' || to === 'overdraft') sums.refunded += amount
      if (type === 'granted') sums.granted += amount
      if (type === 'expired') {
        sums.expiredAt = at
        sums.expired = amount
      }
      if (to === 'available' && at >= lot.expiresAt) sums.isBack = true
    }
    const since = cost === undefined ? at : log.instantOf(cost)
    if (hold !== undefined && since >= (holds.get(hold)?.createdAt ?? Number.POSITIVE_INFINITY)) {
      const sums = holdSumsOf(byHold, hold)
      sums.held += held
      if (type === 'reserved') sums.given += amount
      if (to === 'spent') sums.spent += amount
      if (from === 'spent') sums.refunded += amount
    }
  }
  const { debts } = debtor
  return { balance, isInOrder, capSpent, lots: byLot, holds: byHold, debts, refunded, areRefundsNamed }
}

/**
 * Whether a refund entry names an earlier cost entry of the same hold at the same account, and gives back to the source of
 * this entry.
 */
function isNamed(log: EntryStore, row: number, cost: number | undefined): boolean {
  return (
    cost !== undefined &&
    cost < row &&
    log.accountOf(cost) === log.accountOf(row) &&
    log.holdOf(cost) === log.holdOf(row) &&
    meaningOf(log.kindOf(cost)).to === 'spent' &&
    isToSource(log, row, cost)
  )
}

/** Whether a refund entry gives back to the source of a cost entry. What had paid overdraft may return to any grant. */
function isToSource(log: EntryStore, row: number, cost: number): boolean {
  const { to } = meaningOf(log.kindOf(row))
  const { from } = meaningOf(log.kindOf(cost))
  const isOfLot = log.lotOf(cost) !== undefined
  if (to === 'writtenOff') return from === 'writtenOff'
  if (to === 'drawn') return !isOfLot && (from === 'drawn' || from === 'reserved')
  if (to === 'expired' || to === 'revoked') return log.lotOf(row) === log.lotOf(cost) || from === 'overdraft'
  if (log.lotOf(row) !== undefined) return isOfLot || from === 'overdraft'
  return from === 'overdraft' && isSameTags(log.onlyOf(row), log.onlyOf(cost))
}

function lotSumsOf(all: Map<Lot, LotSums>, lot: Lot): LotSums {
  const known = all.get(lot)
  if (known !== undefined) return known
  const amounts = { available: 0n, reserved: 0n, spent: 0n, granted: 0n, refunded: 0n, expired: 0n }
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
