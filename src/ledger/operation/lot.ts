import type { Instant } from '../../model/value/instant.ts'
import { type Account, type Hold, type Lot, smaller } from '../storage/account.ts'
import type { Books } from '../storage/books.ts'
import { burnOrder } from '../storage/burn-order.ts'
import { type EntryKind, kindOf } from '../storage/entry-kind.ts'

/** Inserts a lot into a list that is sorted in burn order (the order in which lots are spent). */
function insertLot(lots: Lot[], lot: Lot): void {
  const at = placeOf(lots, lot)
  if (at === lots.length) lots.push(lot)
  else lots.splice(at, 0, lot)
}

/** Removes a lot from a list in burn order. Does nothing when the list does not contain the lot. */
export function removeLot(lots: Lot[], lot: Lot): void {
  const at = placeOf(lots, lot)
  if (lots[at] !== lot) return
  if (at === 0) lots.shift()
  else lots.splice(at, 1)
}

/** Removes the lots without available credits from the list of an account. */
export function removeEmptyLots(account: Account): void {
  account.lots = account.lots.filter(({ available }) => available > 0n)
}

/** Returns the number of lots in a list in burn order that burn before `lot`. */
function placeOf(lots: readonly Lot[], lot: Lot): number {
  let low = 0
  let high = lots.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (burnOrder(lots[middle] as Lot, lot) < 0) low = middle + 1
    else high = middle
  }
  return low
}

/** Whether a lot may pay for a call with these tags. */
export function fits(lot: Lot, tags: readonly string[] | undefined): boolean {
  const { only } = lot
  return only === undefined || tags?.some((tag) => only.includes(tag)) === true
}

/** Returns the available credits of an account that may pay for a call with these tags. */
export function availableFor(account: Account, tags: readonly string[] | undefined): bigint {
  if (!account.hasTags) return account.available
  let sum = 0n
  for (const lot of account.lots) if (fits(lot, tags)) sum += lot.available
  return sum
}

/**
 * Takes up to `amount` from those lots of an account that may pay for a call with these tags, in burn order. Takes less
 * if they contain less. Calls `taken` with each lot and the amount taken from it. The caller updates the account's
 * balance.
 */
export function takeFrom(
  account: Account,
  amount: bigint,
  tags: readonly string[] | undefined,
  taken: (lot: Lot, part: bigint) => void,
): void {
  const { lots } = account
  let missing = amount
  let at = 0
  let kept = 0
  // Lots that become empty are dropped in one go, because dropping them one by one would move the others each time.
  for (; missing > 0n && at < lots.length; at += 1) {
    const lot = lots[at] as Lot
    const part = fits(lot, tags) ? smaller(lot.available, missing) : 0n
    lot.available -= part
    missing -= part
    if (lot.available > 0n) {
      lots[kept] = lot
      kept += 1
    }
    if (part > 0n) taken(lot, part)
  }
  if (at === 1 && kept === 0) lots.shift()
  else if (kept < at) lots.splice(kept, at - kept)
}

/** The entry kinds for credits that enter or return to a wallet, by the bucket that receives the credits. */
export interface InflowKinds {
  readonly available: EntryKind
  readonly overdraft: EntryKind
  readonly expired: EntryKind
  readonly revoked: EntryKind
  readonly drawn: EntryKind
}

/**
 * Returns the entry kinds for credits from the bucket `from`, by the bucket that receives the credits. All have the
 * entry type `type`.
 */
export function inflowKinds(type: Parameters<typeof kindOf>[0], from: Parameters<typeof kindOf>[1]): InflowKinds {
  return {
    available: kindOf(type, from, 'available'),
    overdraft: kindOf(type, from, 'overdraft'),
    expired: kindOf(type, from, 'expired'),
    revoked: kindOf(type, from, 'revoked'),
    drawn: kindOf(type, from, 'drawn'),
  }
}

/**
 * Puts credits into a lot. The credits first repay overdraft, unless the lot is restricted to tags. An expired or
 * revoked lot loses the credits. Returns the lost amount. The caller updates the bucket from which the credits came.
 */
export function putInto(
  books: Books,
  lot: Lot,
  amount: bigint,
  kinds: InflowKinds,
  at: Instant,
  hold: Hold | undefined,
): bigint {
  const { account } = lot
  if (lot.state === 'expired') {
    account.expired += amount
    books.log.add(account, kinds.expired, amount, at, lot, hold)
    return amount
  }
  if (lot.state === 'revoked') {
    account.revoked += amount
    books.log.add(account, kinds.revoked, amount, at, lot, hold)
    return amount
  }
  let rest = amount
  if (account.overdraft > 0n && lot.only === undefined) {
    const repaid = smaller(account.overdraft, amount)
    account.overdraft -= repaid
    rest -= repaid
    books.log.add(account, kinds.overdraft, repaid, at, lot, hold)
  }
  if (rest > 0n) {
    if (lot.available === 0n) insertLot(account.lots, lot)
    lot.available += rest
    account.available += rest
    books.log.add(account, kinds.available, rest, at, lot, hold)
  }
  return 0n
}

/**
 * Removes an expired or revoked lot from the `grants` of its account. Keeps the lot while a hold reserves its credits.
 * Costs O(1) on average: the removal waits until half of the grants are to be removed.
 */
export function forgetIfDone(lot: Lot): void {
  if (lot.state === 'live' || lot.state === 'scheduled' || lot.reserved > 0n) return
  const { account } = lot
  account.ended += 1
  if (account.ended * 2 < account.grants.length) return
  account.grants = account.grants.filter(
    ({ state, reserved }) => state === 'live' || state === 'scheduled' || reserved > 0n,
  )
  account.ended = 0
}
