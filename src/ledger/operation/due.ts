import type { Instant } from '../../model/value/instant.ts'
import type { Account, Hold, Lot } from '../storage/account.ts'
import { type Books, noteDue } from '../storage/books.ts'
import { nextOfQueue, queueLot, takeQueued } from '../storage/lot-queue.ts'
import { roll, sleepIfUnused, wake } from './allowance.ts'
import { closeIfDone, type InflowKinds, inflowKinds, putInto, removeEmptyLots, removeLot } from './lot.ts'
import { expireLot, startLot } from './open-lot.ts'

const lapsedKinds = inflowKinds('lapsed', 'reserved')

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
  const expired: Lot[] = []
  while (account.dueAt <= at) {
    const now = account.dueAt
    noteDue(books, now)
    for (const allowance of account.allowances) if (allowance.rollsAt <= now) sleepIfUnused(account, allowance)
    const due = takeQueued(account.queue, now)
    for (const lot of due) {
      if (lot.state !== 'live' || !lot.isOpen || isDormantLot(lot)) continue
      expireLot(books, lot, now)
      expired.push(lot)
    }
    const starting = due.filter(({ state }) => state === 'scheduled')
    const rolling = account.allowances.filter(({ rollsAt, isDormant }) => rollsAt <= now && !isDormant)
    // Restricted credits start first, so that they repay the restricted debts.
    for (const isFirst of [true, false]) {
      for (const lot of starting) if ((lot.only !== undefined) === isFirst) startLot(books, lot, now)
      for (const allowance of rolling) {
        if ((allowance.only !== undefined) === isFirst) roll(books, account, allowance, now, at)
      }
    }
    account.dueAt = nextDue(account)
  }
  // Many lots are removed in one pass, because the removal of each would move the others.
  if (expired.length > 1) removeEmptyLots(account)
  else if (expired[0] !== undefined) removeLot(account.lots, expired[0])
  books.dueEntries = books.log.length - written
}

function isDormantLot(lot: Lot): boolean {
  return lot.kind === 'allowance' && lot.account.allowances.some((one) => one.isDormant && one.lot === lot)
}

/**
 * Returns the next instant at which a grant starts, a grant expires or a period of an allowance that is not dormant
 * ends. Infinity when nothing is scheduled.
 */
export function nextDue(account: Account): number {
  let next = nextOfQueue(account.queue)
  for (const { isDormant, rollsAt } of account.allowances) if (!isDormant && rollsAt < next) next = rollsAt
  return next
}

/** Queues the scheduled and live lots of an account whose grants and allowances were loaded, and sums what is scheduled. */
export function queueLots(account: Account): void {
  for (const lot of account.grants) {
    if (lot.state === 'scheduled') account.coming += lot.amount
    if (lot.state === 'scheduled' || (lot.state === 'live' && !isDormantLot(lot))) queueLot(account.queue, lot)
  }
}

/** Books the due items of every account in a path, then the periods that its dormant allowances missed. */
export function wakePath(books: Books, path: readonly Account[], at: Instant): void {
  for (const account of path) {
    bookDue(books, account, at)
    wake(books, account, at)
  }
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
