import type { Instant } from '../../model/value/instant.ts'
import { type Account, type Lot, lotKey, smaller } from '../storage/account.ts'
import type { Books } from '../storage/books.ts'
import { burnOrder } from '../storage/burn-order.ts'
import { type EntryKind, kindOf } from '../storage/entry-kind.ts'
import type { HoldOfEntry } from '../storage/entry-store.ts'
import { queueLot } from '../storage/lot-queue.ts'
import { repay } from './debt.ts'

/** Inserts a lot into the list of an account that is sorted in burn order (the order in which lots are spent). */
function insertLot(account: Account, lot: Lot): void {
  const { lots } = account
  const at = burnPlaceOf(lots, lot)
  // Most accounts have one lot. A new array has room for one, whereas the first `push` makes room for 17.
  if (lots.length === 0) account.lots = [lot]
  else if (at === lots.length) lots.push(lot)
  else lots.splice(at, 0, lot)
}

/** Removes a lot from a list in burn order. Does nothing when the list does not contain the lot. */
export function removeLot(lots: Lot[], lot: Lot): void {
  const at = burnPlaceOf(lots, lot)
  if (lots[at] !== lot) return
  if (at === 0) lots.shift()
  else lots.splice(at, 1)
}

/** Removes the lots without available credits from the list of an account. */
export function removeEmptyLots(account: Account): void {
  account.lots = account.lots.filter(({ available }) => available > 0n)
}

/** Returns the number of lots in a list in burn order that burn before `lot`. */
function burnPlaceOf(lots: readonly Lot[], lot: Lot): number {
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
export function fits({ only }: Pick<Lot, 'only'>, tags: readonly string[] | undefined): boolean {
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
    if (part === 0n) continue
    taken(lot, part)
    if (lot.available === 0n) closeIfDone(lot)
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
 * Puts credits into a lot. The credits first repay the debts that the lot may repay. An expired or revoked lot loses the
 * credits. Returns the lost amount. The caller updates the bucket from which the credits came. `refunds` is the row of the
 * cost entry that is refunded, if any.
 */
export function putInto(
  books: Books,
  lot: Lot,
  amount: bigint,
  kinds: InflowKinds,
  at: Instant,
  hold: HoldOfEntry | undefined,
  refunds?: number,
): bigint {
  const { account } = lot
  const { log } = books
  const details = refunds === undefined ? undefined : { refunds }
  if (lot.state === 'expired') {
    account.expired += amount
    log.add(account, kinds.expired, amount, at, lot, hold, details)
    return amount
  }
  if (lot.state === 'revoked') {
    account.revoked += amount
    log.add(account, kinds.revoked, amount, at, lot, hold, details)
    return amount
  }
  let rest = amount
  if (account.overdraft > 0n) {
    rest -= repay(account, lot.only, amount, (debt, part) => {
      debt.repaidBy = lot
      log.add(account, kinds.overdraft, part, at, lot, hold, { only: debt.only, ...details })
    })
  }
  if (rest > 0n) {
    reopen(lot)
    if (lot.available === 0n) insertLot(account, lot)
    lot.available += rest
    account.available += rest
    log.add(account, kinds.available, rest, at, lot, hold, details)
  }
  return 0n
}

/**
 * Removes a lot from the open lots of its account when it is neither scheduled nor contains credits. The lot of an
 * allowance's current period stays open until its expiry.
 */
export function closeIfDone(lot: Lot): void {
  const { account, state } = lot
  if (!lot.isOpen || state === 'scheduled' || lot.reserved > 0n) return
  if (state === 'live') {
    if (lot.available > 0n || account.allowances.some((allowance) => allowance.lot === lot)) return
    addClosed(lot)
  }
  lot.isOpen = false
  const place = placeOf(account.grants, lot)
  if (account.grants[place] === lot) account.grants.splice(place, 1)
}

/** Adds a live lot to the closed lots of its account, unless a later lot has its key. */
export function addClosed(lot: Lot): void {
  const { account } = lot
  const key = lotKey(lot)
  account.closed ??= new Map()
  if ((account.closed.get(key)?.order ?? 0) < lot.order) account.closed.set(key, lot)
}

/** Adds a lot to the open lots of its account, unless the lot is open. */
function reopen(lot: Lot): void {
  if (lot.isOpen) return
  const { account } = lot
  lot.isOpen = true
  account.grants.splice(placeOf(account.grants, lot), 0, lot)
  queueLot(account.queue, lot)
  account.dueAt = Math.min(account.dueAt, lot.expiresAt)
  if (lot.only !== undefined) account.hasTags = true
  forgetClosed(lot)
}

/** Marks a closed lot as expired when its expiry has passed. */
export function expireIfClosed(lot: Lot, at: Instant): void {
  if (lot.isOpen || lot.state !== 'live' || lot.expiresAt > at) return
  lot.state = 'expired'
  forgetClosed(lot)
}

/** Removes a lot from the closed lots of its account. */
export function forgetClosed(lot: Lot): void {
  const { closed } = lot.account
  if (closed === undefined) return
  const key = lotKey(lot)
  if (closed.get(key) === lot) closed.delete(key)
}

/** Returns the place of a lot in a list that is sorted by age, or the place at which to insert it. */
function placeOf(lots: readonly Lot[], { order }: Lot): number {
  let low = 0
  let high = lots.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((lots[middle] as Lot).order < order) low = middle + 1
    else high = middle
  }
  return low
}

/** Records the tags of a lot that takes effect, so that they are known when its credits are spent. */
export function noteTags({ account, only, expiresAt }: Lot): void {
  if (only === undefined) return
  account.tagEnds ??= new Map()
  for (const tag of only) account.tagEnds.set(tag, Math.max(account.tagEnds.get(tag) ?? 0, expiresAt))
}
