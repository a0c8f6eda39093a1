import { creditLimit } from '../../model/value/credit.ts'
import type { Instant } from '../../model/value/instant.ts'
import type { Account, Lot } from '../storage/account.ts'
import type { Books } from '../storage/books.ts'
import { kindOf } from '../storage/entry-kind.ts'
import { queueLot } from '../storage/lot-queue.ts'
import { type LotTerms, PooledLot } from '../storage/open-lot.ts'
import { closeIfDone, inflowKinds, noteTags, putInto } from './lot.ts'

const grantedKinds = inflowKinds('granted', 'granted')
const expiredKind = kindOf('expired', 'available', 'expired')

/**
 * Creates a lot with no available credits. The lot is `expired` if it expires at or before `at`, `scheduled` if it
 * takes effect after `at`, and otherwise `live`.
 */
export function openLot(books: Books, account: Account, terms: LotTerms, amount: bigint, at: Instant): Lot {
  books.count += 1
  const state = terms.expiresAt <= at ? 'expired' : terms.effectiveAt > at ? 'scheduled' : 'live'
  const lot = new PooledLot(account, terms, books.count, amount, state, books.lotAmounts)
  if (terms.only !== undefined) account.hasTags = true
  lot.isOpen = state !== 'expired'
  if (!lot.isOpen) return lot
  if (account.grants.length === 0) account.grants = [lot]
  else account.grants.push(lot)
  if (state === 'scheduled') account.coming += amount
  else noteTags(lot)
  queueLot(account.queue, lot)
  account.dueAt = Math.min(account.dueAt, state === 'scheduled' ? lot.effectiveAt : lot.expiresAt)
  return lot
}

/** Adds the amount of a lot to the granted total of the account, and puts the credits into the lot. */
export function bookGrant(books: Books, lot: Lot, at: Instant): void {
  bookMore(books, lot, lot.amount, at)
}

/** Books `amount` as granted, and puts the credits into a lot. The caller updates the amount of the lot. */
export function bookMore(books: Books, lot: Lot, amount: bigint, at: Instant): void {
  lot.account.granted += amount
  putInto(books, lot, amount, grantedKinds, at, undefined)
  closeIfDone(lot)
}

/** Starts a scheduled lot. */
export function startLot(books: Books, lot: Lot, at: Instant): void {
  lot.state = 'live'
  noteTags(lot)
  lot.account.coming -= lot.amount
  queueLot(lot.account.queue, lot)
  bookGrant(books, lot, at)
}

/**
 * Expires a live lot: its available credits, and from now on the credits that holds return to it. The caller removes the
 * lot from `lots`.
 */
export function expireLot(books: Books, lot: Lot, at: Instant): void {
  const { account, available } = lot
  if (lot.kind === 'allowance') {
    for (const allowance of account.allowances) if (allowance.lot === lot) allowance.left = available
  }
  lot.state = 'expired'
  if (available > 0n) {
    lot.available = 0n
    account.available -= available
    account.expired += available
    books.log.add(account, expiredKind, available, at, lot, undefined)
  }
  closeIfDone(lot)
}

/**
 * Returns the amount that may still be granted to an account. The total ever granted, with the grants that are
 * scheduled and the present period of each dormant allowance, fits into 63 bits.
 */
export function roomOf(account: Account): bigint {
  let room = creditLimit - account.granted - account.coming
  for (const { isDormant, lot } of account.allowances) if (isDormant && lot !== undefined) room -= lot.amount
  return room
}
