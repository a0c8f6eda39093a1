import { creditLimit } from '../../model/value/credit.ts'
import type { Instant } from '../../model/value/instant.ts'
import type { Grant, PutAllowance, Revoke } from '../../port/ledger-request.ts'
import type { GrantResult, PutAllowanceResult, RevokeResult, WriteOk } from '../../port/ledger-result.ts'
import { type Account, type Allowance, type Lot, lotKey, smaller } from '../storage/account.ts'
import { type Books, findIdempotencyRecord } from '../storage/books.ts'
import { kindOf } from '../storage/entry-kind.ts'
import { advanceTo, bookDue, bookGrant, openLot, roll, scheduledTotal } from './due.ts'
import { remember, replayOf } from './idempotency.ts'
import { closeIfDone, forgetClosed, removeLot } from './lot.ts'

/** The default priority of a grant or allowance. */
export const defaultPriority = 100

const revokedKind = kindOf('revoked', 'available', 'revoked')

export function grant(books: Books, request: Grant, now: Instant): GrantResult {
  const at = advanceTo(books, now)
  const { key, wallet, amount, kind = 'paid', priority = defaultPriority, only } = request
  const first = findIdempotencyRecord(books, key)
  if (first !== undefined) return replayOf<WriteOk>(first, 'grant', request)
  const known = books.accounts.find(wallet)
  if (known !== undefined) {
    bookDue(books, known, at)
    if (known.terms.status === 'closed') return { ok: false, reason: 'wallet_closed' }
  }
  const expiresAt = request.expiresAt ?? Number.POSITIVE_INFINITY
  if (expiresAt <= at) return { ok: false, reason: 'grant_expired' }
  if (known !== undefined && scheduledTotal(known) + amount > creditLimit)
    return { ok: false, reason: 'amount_too_large', wallet: known.wallet }

  const account = known ?? books.accounts.open(wallet)
  const effectiveAt = Math.max(at, request.effectiveAt ?? at)
  const terms = { grant: key, period: undefined, kind, priority, effectiveAt, expiresAt, only }
  const lot = openLot(books, account, terms, amount, at)
  if (lot.state !== 'scheduled') bookGrant(books, lot, at)
  return remember(books, 'grant', key, request, { ok: true, replay: false }, at)
}

export function revoke(books: Books, request: Revoke, now: Instant): RevokeResult {
  const at = advanceTo(books, now)
  const { key, wallet, grant: name, period } = request
  const first = findIdempotencyRecord(books, key)
  if (first !== undefined) return replayOf<WriteOk & { revoked: bigint }>(first, 'revoke', request)
  const account = books.accounts.find(wallet)
  if (account === undefined) return { ok: false, reason: 'grant_unknown' }
  bookDue(books, account, at)
  const lot =
    account.grants.find((one) => one.grant === name && one.period === period) ?? findClosed(account, request, at)
  if (lot === undefined) return { ok: false, reason: 'grant_unknown' }
  const revoked = request.amount === undefined ? takeBack(books, lot, at) : takePart(books, lot, request.amount, at)
  return remember(books, 'revoke', key, request, { ok: true, replay: false, revoked }, at)
}

/** Returns the live lot of a spent grant, which a revoke ends too: a later refund then returns its credits revoked. */
function findClosed(account: Account, { grant: name, period }: Revoke, at: Instant): Lot | undefined {
  const lot = account.closed.get(lotKey({ grant: name, period }))
  return lot === undefined || lot.expiresAt <= at ? undefined : lot
}

function takeBack(books: Books, lot: Lot, at: Instant): bigint {
  const { account, state } = lot
  const revoked = state === 'scheduled' ? 0n : lot.available
  if (state === 'scheduled') removeLot(account.scheduled, lot)
  if (state !== 'expired') lot.state = 'revoked'
  if (revoked > 0n) {
    removeLot(account.lots, lot)
    lot.available = 0n
    account.available -= revoked
    account.revoked += revoked
    books.log.add(account, revokedKind, revoked, at, lot, undefined)
  }
  closeIfDone(lot)
  forgetClosed(lot)
  return revoked
}

/** Takes back at most `amount` of the available credits of a lot, which keeps its state. Returns the amount taken. */
function takePart(books: Books, lot: Lot, amount: bigint, at: Instant): bigint {
  const { account } = lot
  const revoked = smaller(lot.available, amount)
  if (revoked === 0n) return 0n
  lot.available -= revoked
  if (lot.available === 0n) removeLot(account.lots, lot)
  account.available -= revoked
  account.revoked += revoked
  books.log.add(account, revokedKind, revoked, at, lot, undefined)
  closeIfDone(lot)
  return revoked
}

export function putAllowance(books: Books, request: PutAllowance, now: Instant): PutAllowanceResult {
  const at = advanceTo(books, now)
  const first = findIdempotencyRecord(books, request.key)
  if (first !== undefined) return replayOf<WriteOk>(first, 'putAllowance', request)
  const account = books.accounts.find(request.wallet)
  if (account === undefined) return { ok: false, reason: 'wallet_unknown' }
  bookDue(books, account, at)
  if (account.terms.status === 'closed') return { ok: false, reason: 'wallet_closed' }

  const known = account.allowances.find(({ id }) => id === request.allowance)
  const allowance = known ?? openAllowance(request)
  if (known === undefined) account.allowances.push(allowance)
  allowance.amount = request.amount
  allowance.period = request.period
  allowance.priority = request.priority ?? defaultPriority
  allowance.only = request.only
  allowance.rollover = request.rollover ?? 0n
  if (allowance.rollsAt === Number.POSITIVE_INFINITY && allowance.lot === undefined) roll(books, account, allowance, at)
  return remember(books, 'putAllowance', request.key, request, { ok: true, replay: false }, at)
}

function openAllowance({ allowance, amount, period }: PutAllowance): Allowance {
  return {
    id: allowance,
    amount,
    period,
    priority: defaultPriority,
    only: undefined,
    rollover: 0n,
    rollsAt: Number.POSITIVE_INFINITY,
    endedAt: 0,
    lot: undefined,
    left: 0n,
  }
}
