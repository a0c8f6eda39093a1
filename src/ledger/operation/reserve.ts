import { creditLimit } from '../../model/value/credit.ts'
import type { Instant } from '../../model/value/instant.ts'
import type { Extend, Reserve } from '../../port/ledger-request.ts'
import type {
  CallDetails,
  ExtendResult,
  HoldGone,
  InvalidWrite,
  Reserved,
  ReserveResult,
} from '../../port/ledger-result.ts'
import { isSameTags } from '../same.ts'
import type { Account, Hold, Slice } from '../storage/account.ts'
import { type Books, findHold, findIdempotencyRecord } from '../storage/books.ts'
import { burnOrder } from '../storage/burn-order.ts'
import { kindOf } from '../storage/entry-kind.ts'
import { newHold } from '../storage/new-hold.ts'
import { findCallAccounts, namesPath } from './call-accounts.ts'
import { checkLimits, unknownWallet } from './check-limits.ts'
import { advanceTo, wakePath } from './due.ts'
import { keyReused, remember, replayOf } from './idempotency.ts'
import { takeFrom } from './lot.ts'

/** The maximum lifetime of a hold, from creation to expiry, in milliseconds. */
export const holdLimit = 86_400_000

const availableKind = kindOf('reserved', 'available', 'reserved')
const drawnKind = kindOf('reserved', 'drawn', 'reserved')
const released = Object.freeze({ ok: false, reason: 'hold_released' })

export function reserve(books: Books, request: Reserve, now: Instant): ReserveResult {
  const at = advanceTo(books, now)
  const { hold: id, amount, minAmount, ttl, tags } = request
  const first = findHold(books, id)
  if (first !== undefined) return reservedBefore(first, request)
  const found = findCallAccounts(books, request)
  if (!found.ok) return found.reason === 'wallet_unknown' ? unknownWallet(found.wallet, minAmount ?? amount) : found

  const { accounts: path, details } = found
  const fitting = checkLimits(books, path, { amount, needed: minAmount ?? amount, tags }, at)
  if (typeof fitting !== 'bigint') return fitting
  const tooLarge = findTooLarge(path, fitting)
  if (tooLarge !== undefined) return tooLarge

  wakePath(books, path, at)
  const hold = openHold(books, id, 'reserve', path, details, at)
  hold.requested = amount
  hold.minAmount = minAmount
  hold.ttl = ttl
  hold.expiresAt = at + ttl
  hold.first = fitting
  take(books, hold, fitting, at)
  books.holds.add(hold)
  books.queue.add(hold)
  return { ok: true, replay: false, amount: fitting, expiresAt: hold.expiresAt }
}

/** Creates a hold or charge with all amounts zero. */
export function openHold(
  books: Books,
  id: string,
  origin: Hold['origin'],
  path: readonly Account[],
  call: CallDetails | undefined,
  at: Instant,
): Hold {
  books.count += 1
  return newHold({ id, origin, path, call, createdAt: at, order: books.count })
}

export function extend(books: Books, request: Extend, now: Instant): ExtendResult {
  const at = advanceTo(books, now)
  const first = findIdempotencyRecord(books, request.key)
  if (first !== undefined) return replayOf<Reserved>(first, 'extend', request)
  const hold = findHold(books, request.hold)
  const gone = reasonGone(hold)
  if (hold === undefined || gone !== undefined) return { ok: false, reason: gone ?? 'hold_unknown' }

  const { increase, minIncrease } = request
  if (increase !== undefined) {
    const claim = { amount: increase, needed: minIncrease ?? increase, tags: hold.tags }
    const fitting = checkLimits(books, hold.path, claim, at)
    if (typeof fitting !== 'bigint') return fitting
    const tooLarge = findTooLarge(hold.path, fitting)
    if (tooLarge !== undefined) return tooLarge
    wakePath(books, hold.path, at)
    take(books, hold, fitting, at)
  }
  const expiresAt = Math.min(at + request.ttl, hold.createdAt + holdLimit)
  if (expiresAt > hold.expiresAt) {
    hold.expiresAt = expiresAt
    books.queue.move(hold)
  }
  const answer: Reserved = { ok: true, replay: false, amount: hold.amount, expiresAt: hold.expiresAt }
  return remember(books, 'extend', request.key, request, answer, at)
}

/** Returns why a hold is not open, or `undefined` for an open hold. */
function reasonGone(hold: Hold | undefined): HoldGone | undefined {
  if (hold === undefined) return 'hold_unknown'
  if (hold.state === 'held') return undefined
  return hold.state === 'settled' ? 'hold_settled' : hold.state === 'released' ? 'hold_released' : 'hold_lapsed'
}

function reservedBefore(hold: Hold, request: Reserve): ReserveResult {
  if (hold.origin === 'tombstone') return released
  const isSame =
    hold.origin === 'reserve' &&
    hold.requested === request.amount &&
    hold.minAmount === request.minAmount &&
    hold.ttl === request.ttl &&
    isSameTags(hold.tags, request.tags) &&
    hold.call?.note === request.note &&
    namesPath(hold.call?.path, request)
  if (!isSame) return keyReused
  if (hold.state === 'released') return released
  return { ok: true, replay: true, amount: hold.first, expiresAt: hold.createdAt + hold.ttl }
}

/**
 * Reserves an amount for a hold at every wallet of the path. A wallet with the funding `own` reserves its available
 * credits. Any other wallet reserves from the bucket `drawn`.
 */
function take(books: Books, hold: Hold, amount: bigint, at: Instant): void {
  const slices: Slice[] = []
  for (const account of hold.path) {
    if (account.terms.funding === 'own') {
      account.available -= amount
      takeFrom(account, amount, hold.tags, (lot, part) => {
        lot.reserved += part
        books.log.add(account, availableKind, part, at, lot, hold)
        slices.push({ account, lot, amount: part, next: undefined })
      })
    } else {
      account.drawn += amount
      books.log.add(account, drawnKind, amount, at, undefined, hold)
      slices.push({ account, lot: undefined, amount, next: undefined })
    }
    account.reserved += amount
  }
  addSlices(hold, slices)
  hold.amount += amount
  hold.held += amount
}

/**
 * Adds slices (credits reserved at one account) to a hold, in one pass over both lists. Slices are sorted by path level,
 * and at one account in burn order.
 */
function addSlices(hold: Hold, added: readonly Slice[]): void {
  let last: Slice | undefined
  let rest = hold.slices
  for (const slice of added) {
    const depth = hold.path.indexOf(slice.account)
    while (rest !== undefined && !isAfter(rest, slice, depth, hold.path)) {
      last = rest
      rest = rest.next
    }
    slice.next = rest
    if (last === undefined) hold.slices = slice
    else last.next = slice
    last = slice
  }
}

/**
 * Whether the existing slice `one` belongs after the new slice `added`. True when `one` is higher up the path. At the
 * same account, true when the lot of `one` burns later.
 */
function isAfter(one: Slice, added: Slice, depth: number, path: readonly Account[]): boolean {
  if (one.account !== added.account) return path.indexOf(one.account) > depth
  return one.lot !== undefined && added.lot !== undefined && burnOrder(added.lot, one.lot) < 0
}

/**
 * Returns a refusal if a reservation would raise a bucket of a wallet in the path above 2^63 - 1. Otherwise returns
 * `undefined`.
 */
function findTooLarge(path: readonly Account[], amount: bigint): InvalidWrite | undefined {
  for (const { wallet, drawn, reserved, terms } of path) {
    if (reserved + amount > creditLimit || (terms.funding !== 'own' && drawn + amount > creditLimit))
      return { ok: false, reason: 'amount_too_large', wallet }
  }
  return undefined
}
