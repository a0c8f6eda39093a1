import { creditLimit } from '../../model/value/credit.ts'
import type { Instant } from '../../model/value/instant.ts'
import { periodSpanAt } from '../period.ts'
import { type Account, type Allowance, type Hold, type Lot, smaller } from '../storage/account.ts'
import { type Books, noteDue } from '../storage/books.ts'
import { kindOf } from '../storage/entry-kind.ts'
import { type LotTerms, PooledLot } from '../storage/open-lot.ts'
import { closeIfDone, type InflowKinds, inflowKinds, noteTags, putInto, removeLot } from './lot.ts'

const grantedKinds = inflowKinds('granted', 'granted')
const lapsedKinds = inflowKinds('lapsed', 'reserved')
const expiredKind = kindOf('expired', 'available', 'expired')

/** The maximum number of idempotency keys that one request forgets. One request adds fewer keys. */
const forgottenAtOnce = 3

/**
 * Advances the time of the books to `now`, or leaves a later time unchanged. Lapses the holds that expired by then, and
 * forgets ids older than the id retention. Returns the resulting time of the books.
 */
export function advanceTo(books: Books, now: Instant): Instant {
  if (now > books.at) books.at = now
  const { at } = books
  for (let hold = books.queue.first(); hold !== undefined && hold.expiresAt <= at; hold = books.queue.first()) {
    lapse(books, hold)
  }
  forget(books, at - books.idRetention)
  return at
}

/**
 * Books every start and expiry of a grant and every new allowance period due by `at`, in chronological order. The
 * resulting entries depend only on `at` and on the writes to the account and its parents, not on the call that books
 * them. The replay of a journal relies on this determinism.
 */
export function bookDue(books: Books, account: Account, at: Instant): void {
  if (account.dueAt > at) return
  const written = books.log.length - books.dueEntries
  while (account.dueAt <= at) {
    const now = account.dueAt
    noteDue(books, now)
    for (const lot of [...account.grants]) if (lot.state === 'live' && lot.expiresAt <= now) expire(books, lot, now)
    const starting = account.scheduled.filter(({ effectiveAt }) => effectiveAt <= now)
    account.scheduled = account.scheduled.slice(starting.length)
    // Restricted credits start first, so that they repay the restricted debts.
    for (const isFirst of [true, false]) {
      for (const lot of starting) if ((lot.only !== undefined) === isFirst) begin(books, lot, now)
      for (const allowance of account.allowances) {
        if (allowance.rollsAt <= now && (allowance.only !== undefined) === isFirst) roll(books, account, allowance, now)
      }
    }
    account.dueAt = nextDue(account)
  }
  books.dueEntries = books.log.length - written
}

/**
 * Returns the next instant at which a grant starts, a grant expires or an allowance period ends. Infinity when nothing
 * is scheduled.
 */
export function nextDue(account: Account): number {
  let next = account.scheduled[0]?.effectiveAt ?? Number.POSITIVE_INFINITY
  for (const lot of account.grants) if (lot.state === 'live') next = Math.min(next, lot.expiresAt)
  for (const allowance of account.allowances) next = Math.min(next, allowance.rollsAt)
  return next
}

function expire(books: Books, lot: Lot, at: Instant): void {
  const { account, available } = lot
  for (const allowance of account.allowances) if (allowance.lot === lot) allowance.left = available
  lot.state = 'expired'
  if (available > 0n) {
    removeLot(account.lots, lot)
    lot.available = 0n
    account.available -= available
    account.expired += available
    books.log.add(account, expiredKind, available, at, lot, undefined)
  }
  closeIfDone(lot)
}

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
  if (lot.isOpen) account.grants.push(lot)
  if (state === 'scheduled') {
    const later = account.scheduled.findIndex(({ effectiveAt }) => effectiveAt > lot.effectiveAt)
    account.scheduled.splice(later < 0 ? account.scheduled.length : later, 0, lot)
    account.dueAt = Math.min(account.dueAt, lot.effectiveAt)
  } else if (state === 'live') {
    account.dueAt = Math.min(account.dueAt, lot.expiresAt)
    noteTags(lot)
  }
  return lot
}

/** Adds the amount of a lot to the granted total of the account, and puts the credits into the lot. */
export function bookGrant(books: Books, lot: Lot, at: Instant): void {
  lot.account.granted += lot.amount
  putInto(books, lot, lot.amount, grantedKinds, at, undefined)
  closeIfDone(lot)
}

function begin(books: Books, lot: Lot, at: Instant): void {
  lot.state = 'live'
  noteTags(lot)
  bookGrant(books, lot, at)
}

/**
 * Starts the allowance period that contains `at`, and grants the credits of this period. Ends the allowance instead
 * when its amount is zero.
 */
export function roll(books: Books, account: Account, allowance: Allowance, at: Instant): void {
  const carried = smaller(allowance.rollover, allowance.left)
  const before = allowance.rollsAt
  allowance.lot = undefined
  allowance.left = 0n
  if (allowance.amount === 0n) {
    allowance.rollsAt = Number.POSITIVE_INFINITY
    allowance.endedAt = at
    return
  }
  const span = periodSpanAt(allowance.period, at)
  allowance.rollsAt = span.endsAt
  account.dueAt = Math.min(account.dueAt, span.endsAt)
  if (account.terms.status === 'closed') return
  const amount = smaller(allowance.amount + carried, creditLimit - scheduledTotal(account))
  if (amount <= 0n) return
  const period = before === Number.POSITIVE_INFINITY ? Math.max(span.startsAt, allowance.endedAt) : at
  const { id: grant, priority, only } = allowance
  const terms: LotTerms = { grant, period, kind: 'allowance', priority, effectiveAt: at, expiresAt: span.endsAt, only }
  const lot = openLot(books, account, terms, amount, at)
  allowance.lot = lot
  bookGrant(books, lot, at)
}

/**
 * Returns the total amount ever granted to an account, including scheduled grants. This total must fit into 63 bits.
 */
export function scheduledTotal(account: Account): bigint {
  let total = account.granted
  for (const lot of account.scheduled) total += lot.amount
  return total
}

function lapse(books: Books, hold: Hold): void {
  const written = books.log.length - books.dueEntries
  noteDue(books, hold.expiresAt)
  books.queue.remove(hold)
  hold.state = 'lapsed'
  giveBack(books, hold, lapsedKinds, hold.expiresAt)
  books.dueEntries = books.log.length - written
  books.holds.end(hold, hold.expiresAt)
}

/**
 * Gives back the held credits of a hold at every wallet in its path. Returns the amount given back at each wallet,
 * which is the same for every wallet.
 */
export function giveBack(books: Books, hold: Hold, kinds: InflowKinds, at: Instant): bigint {
  for (const account of hold.path) bookDue(books, account, at)
  const returned = hold.held
  for (let slice = hold.slices; slice !== undefined; slice = slice.next) {
    const { account, lot, amount } = slice
    account.reserved -= amount
    if (lot === undefined) {
      account.drawn -= amount
      books.log.add(account, kinds.drawn, amount, at, undefined, hold)
    } else {
      lot.reserved -= amount
      putInto(books, lot, amount, kinds, at, hold)
      closeIfDone(lot)
    }
  }
  hold.slices = undefined
  hold.held = 0n
  return returned
}

function forget(books: Books, before: Instant): void {
  books.holds.forget(before)
  for (let i = 0; i < forgottenAtOnce; i += 1) {
    const keyed = books.endedKeys.takeUntil(before)
    if (keyed === undefined) break
    if (books.keys.get(keyed.key) === keyed) books.keys.delete(keyed.key)
  }
}

/**
 * Books the due items (starts, expiries and allowance periods) of at most `limit` accounts. `booked` is the number of
 * new entries. `isDone` is false when other accounts still have due items.
 */
export function sweep(books: Books, now: Instant, limit: number): { booked: number; isDone: boolean } {
  const before = books.log.length
  const at = advanceTo(books, now)
  const most = sweepLimit(limit)
  let visited = 0
  for (const account of books.accounts.all()) {
    if (account.dueAt > at) continue
    if (visited >= most) return { booked: books.log.length - before, isDone: false }
    visited += 1
    bookDue(books, account, at)
  }
  return { booked: books.log.length - before, isDone: true }
}

/** Normalizes the limit of a sweep to an integer from 0 to 100,000. Anything that is not a number becomes 0. */
export function sweepLimit(limit: number): number {
  return typeof limit === 'number' && limit >= 1 ? Math.min(Math.floor(limit), 100_000) : 0
}
