import type { Instant } from '../../model/value/instant.ts'
import type { Grant, Revoke } from '../../port/ledger-request.ts'
import type { GrantResult, RevokeResult, WriteOk } from '../../port/ledger-result.ts'
import { type Account, type Lot, lotKey, smaller } from '../storage/account.ts'
import { type Books, findIdempotencyRecord } from '../storage/books.ts'
import { kindOf } from '../storage/entry-kind.ts'
import { currentSpan, roomAwake, wake } from './allowance.ts'
import { advanceTo, bookDue } from './due.ts'
import { remember, replayOf } from './idempotency.ts'
import { closeIfDone, forgetClosed, removeLot } from './lot.ts'
import { bookGrant, openLot } from './open-lot.ts'

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
  if (known !== undefined && amount > roomAwake(known, at))
    return { ok: false, reason: 'amount_too_large', wallet: known.wallet }

  const account = known ?? books.accounts.open(wallet)
  wake(books, account, at)
  const effectiveAt = Math.max(at, request.effectiveAt ?? at)
  const terms = { grant: key, period: undefined, kind, priority, effectiveAt, expiresAt, only }
  const lot = openLot(books, account, terms, amount, at)
  if (lot.state !== 'scheduled') bookGrant(books, lot, at)
  return remember(books, 'grant', key, request, { ok: true, replay: false }, at)
}

export function revoke(books: Books, request: Revoke, now: Instant): RevokeResult {
  const at = advanceTo(books, now)
  const { key, wallet } = request
  const first = findIdempotencyRecord(books, key)
  if (first !== undefined) return replayOf<WriteOk & { revoked: bigint }>(first, 'revoke', request)
  const account = books.accounts.find(wallet)
  if (account === undefined) return { ok: false, reason: 'grant_unknown' }
  bookDue(books, account, at)
  if (!isKnown(account, request, at)) return { ok: false, reason: 'grant_unknown' }
  wake(books, account, at)
  const lot = findLot(account, request, at)
  if (lot === undefined) return { ok: false, reason: 'grant_unknown' }
  const revoked = request.amount === undefined ? takeBack(books, lot, at) : takePart(books, lot, request.amount, at)
  return remember(books, 'revoke', key, request, { ok: true, replay: false, revoked }, at)
}

/** Whether a grant, or a period of an allowance, exists once the dormant allowances of its account are awake. */
function isKnown(account: Account, request: Revoke, at: Instant): boolean {
  const { grant, period } = request
  const lot = findLot(account, request, at)
  for (const allowance of account.allowances) {
    if (!allowance.isDormant || allowance.id !== grant) continue
    if (allowance.lot === lot && lot !== undefined) return false
    if (lot === undefined) return period === currentSpan(allowance, at).startsAt
  }
  return lot !== undefined
}

/**
 * Returns the open lot of a grant, or the live lot of a spent grant, which a revoke ends too: a later refund then returns
 * its credits revoked.
 */
function findLot(account: Account, { grant: name, period }: Revoke, at: Instant): Lot | undefined {
  const open = account.grants.find((one) => one.grant === name && one.period === period)
  if (open !== undefined) return open
  const lot = account.closed?.get(lotKey({ grant: name, period }))
  return lot === undefined || lot.expiresAt <= at ? undefined : lot
}

function takeBack(books: Books, lot: Lot, at: Instant): bigint {
  const { account, state } = lot
  const revoked = state === 'scheduled' ? 0n : lot.available
  if (state === 'scheduled') account.coming -= lot.amount
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
