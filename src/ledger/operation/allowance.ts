import type { Instant } from '../../model/value/instant.ts'
import { countSpans, type PeriodSpan, periodSpanAt } from '../period.ts'
import { isSameTags } from '../same.ts'
import { type Account, type Allowance, type Brought, type Lot, smaller } from '../storage/account.ts'
import { type Books, noteDue } from '../storage/books.ts'
import { closeIfDone, removeLot } from './lot.ts'
import { bookGrant, bookMore, expireLot, openLot, roomOf } from './open-lot.ts'

/** The maximum number of allowances of one wallet. */
export const allowanceLimit = 100

/** The maximum number of running periods that an allowance remembers. */
const broughtLimit = 16

/**
 * Makes an allowance dormant at the end of a period if no credits of the period were used, and the next period would
 * bring exactly the same. A dormant allowance books nothing at period ends: its unused credits stand for those of the
 * current period, until `wake` books what was missed. Whether an allowance is dormant depends only on the writes and on
 * the time.
 */
export function sleepIfUnused(account: Account, allowance: Allowance): void {
  const { lot, amount, rollover, priority, only, brought, rollsAt } = allowance
  if (allowance.isDormant) return
  if (lot === undefined || lot.state !== 'live' || lot.available !== lot.amount || amount === 0n) return
  const isSame = lot.priority === priority && isSameTags(lot.only, only)
  const isAlone = brought.every(({ endsAt }) => endsAt <= rollsAt)
  if (!isSame || !isAlone || account.terms.status === 'closed') return
  if (lot.amount !== amount + smaller(rollover, lot.amount) || roomOf(account) < lot.amount) return
  allowance.isDormant = true
  allowance.brought = none
}

/**
 * Books the periods that the dormant allowances of an account missed, before a write to the account takes effect: the
 * expiry of the unused credits, one entry for all periods before the current one, and the grant of the current one.
 * Dated at the write, because entries of other grants may have been booked since the period began.
 */
export function wake(books: Books, account: Account, at: Instant): void {
  for (const allowance of account.allowances) if (allowance.isDormant) wakeOne(books, account, allowance, at)
}

function wakeOne(books: Books, account: Account, allowance: Allowance, at: Instant): void {
  const lot = allowance.lot as Lot
  const { expiresAt: startsAt, amount } = lot
  const span = periodSpanAt(allowance.period, at)
  const missed = missedAmount(allowance, roomOf(account), span.startsAt)
  expireLot(books, lot, at)
  removeLot(account.lots, lot)
  allowance.isDormant = false
  if (missed > 0n) bookGrant(books, openPeriod(books, account, allowance, startsAt, span.startsAt, missed, at), at)
  startPeriod(books, account, allowance, span.startsAt, span.endsAt, amount, at)
  allowance.brought = [{ amount: allowance.amount, endsAt: span.endsAt }]
}

/** Returns the current period of an allowance. */
export function currentSpan({ period }: Allowance, at: Instant): PeriodSpan {
  return periodSpanAt(period, at)
}

/** Returns the end of the current period of an allowance, or infinity when the allowance has ended. */
export function endOfPeriod(books: Books, allowance: Allowance): number {
  if (!allowance.isDormant) return allowance.rollsAt
  const { startsAt, endsAt } = currentSpan(allowance, books.at)
  noteDue(books, startsAt)
  return endsAt
}

/** Returns what a dormant allowance missed: the credits of all periods between its lot and the current period. */
function missedAmount({ lot, period }: Allowance, room: bigint, before: Instant): bigint {
  if (lot === undefined || lot.expiresAt >= before) return 0n
  return smaller(BigInt(countSpans(period, lot.expiresAt, before)) * lot.amount, room)
}

/** Returns the amount that may still be granted to an account after `wake`. */
export function roomAwake(account: Account, at: Instant): bigint {
  let room = roomOf(account)
  for (const allowance of account.allowances) {
    if (allowance.isDormant) room -= missedAmount(allowance, room, periodSpanAt(allowance.period, at).startsAt)
  }
  return room
}

/**
 * Ends a period of an allowance at `at` and starts the next one with its credits. Ends the allowance instead when its
 * amount is zero. While the wallet is closed, or may be granted nothing more, no period brings credits: the periods up
 * to `until` are then passed over at once.
 */
export function roll(books: Books, account: Account, allowance: Allowance, at: Instant, until: Instant): void {
  const carried = smaller(allowance.rollover, allowance.left)
  allowance.lot = undefined
  allowance.left = 0n
  const isIdle = account.terms.status === 'closed' || roomOf(account) <= 0n
  if (allowance.amount === 0n) {
    allowance.rollsAt = Number.POSITIVE_INFINITY
    allowance.brought = runningAt(allowance, at)
    return
  }
  const span = periodSpanAt(allowance.period, isIdle ? until : at)
  allowance.rollsAt = span.endsAt
  allowance.brought = runningAt(allowance, Math.max(at, span.startsAt))
  if (isIdle) return
  const due = missing(allowance)
  const amount = smaller(due + carried, roomOf(account))
  if (amount === 0n) return
  startPeriod(books, account, allowance, at, span.endsAt, amount, at)
  note(allowance, smaller(due, amount), span.endsAt)
}

/**
 * Applies a new amount and calendar to an allowance. Brings at once what the amount exceeds that of the running
 * periods. With the same calendar the credits are added to the grant of the period. With another one, a period of the
 * new calendar starts at `at`, and the grant of the old period stays until its own end.
 */
export function changeAllowance(
  books: Books,
  account: Account,
  allowance: Allowance,
  terms: Pick<Allowance, 'amount' | 'period' | 'priority' | 'only' | 'rollover'>,
  at: Instant,
): void {
  const isRunning = allowance.rollsAt !== Number.POSITIVE_INFINITY
  const isSameCalendar = isRunning && isSamePeriod(allowance.period, terms.period)
  const { period } = allowance
  Object.assign(allowance, terms)
  allowance.brought = runningAt(allowance, at)
  if (terms.amount === 0n) {
    if (isRunning) allowance.period = period
    return
  }
  const span = periodSpanAt(terms.period, at)
  if (!isSameCalendar) {
    const old = allowance.lot
    allowance.lot = undefined
    allowance.left = 0n
    if (old !== undefined) closeIfDone(old)
  }
  allowance.rollsAt = span.endsAt
  account.dueAt = Math.min(account.dueAt, span.endsAt)
  const amount = smaller(missing(allowance), roomOf(account))
  if (amount === 0n) return
  const { lot } = allowance
  if (lot?.state === 'live') {
    lot.amount += amount
    bookMore(books, lot, amount, at)
  } else startPeriod(books, account, allowance, at, span.endsAt, amount, at)
  note(allowance, amount, span.endsAt)
}

function startPeriod(
  books: Books,
  account: Account,
  allowance: Allowance,
  startsAt: Instant,
  endsAt: number,
  amount: bigint,
  at: Instant,
): void {
  allowance.rollsAt = endsAt
  account.dueAt = Math.min(account.dueAt, endsAt)
  const lot = openPeriod(books, account, allowance, startsAt, endsAt, amount, at)
  allowance.lot = lot
  bookGrant(books, lot, at)
}

/**
 * Opens the lot of one or more periods from `startsAt` to `endsAt`. The `period` of the lot is `startsAt`, or a
 * millisecond after that of the last lot when several start at one instant.
 */
function openPeriod(
  books: Books,
  account: Account,
  allowance: Allowance,
  effectiveAt: Instant,
  expiresAt: number,
  amount: bigint,
  at: Instant,
): Lot {
  const { id: grant, priority, only } = allowance
  const period = Math.max(effectiveAt, allowance.lastPeriod + 1)
  allowance.lastPeriod = period
  const terms = { grant, period, kind: 'allowance', priority, effectiveAt, expiresAt, only } as const
  return openLot(books, account, terms, amount, at)
}

const none: readonly Brought[] = Object.freeze([])

function runningAt({ brought }: Allowance, at: Instant): readonly Brought[] {
  return brought.every(({ endsAt }) => endsAt > at) ? brought : brought.filter(({ endsAt }) => endsAt > at)
}

/** Returns what an allowance still has to bring: its amount less what its running periods brought. */
function missing({ amount, brought }: Allowance): bigint {
  const sum = brought.reduce((total, one) => total + one.amount, 0n)
  return sum < amount ? amount - sum : 0n
}

/**
 * Notes what a period brought. Periods with one end are one element. Beyond `broughtLimit` elements, the two that end
 * first become one that ends with the later of them: the allowance then brings less, never more.
 */
function note(allowance: Allowance, amount: bigint, endsAt: number): void {
  if (amount === 0n) return
  const others = allowance.brought.filter((one) => one.endsAt !== endsAt)
  const same = allowance.brought.find((one) => one.endsAt === endsAt)
  const all = [...others, { amount: amount + (same?.amount ?? 0n), endsAt }].sort((a, b) => a.endsAt - b.endsAt)
  const [first, second, ...rest] = all
  const isFull = all.length > broughtLimit && first !== undefined && second !== undefined
  allowance.brought = isFull ? [{ amount: first.amount + second.amount, endsAt: second.endsAt }, ...rest] : all
}

function isSamePeriod(one: Allowance['period'], other: Allowance['period']): boolean {
  return one.every === other.every && one.timeZone === other.timeZone && (one.startsOn ?? 1) === (other.startsOn ?? 1)
}
