import { creditLimit } from '../../model/value/credit.ts'
import type { Instant } from '../../model/value/instant.ts'
import type { Charge, Release, Settle } from '../../port/ledger-request.ts'
import type { ChargeResult, InvalidWrite, ReleaseResult, Settled, SettleResult } from '../../port/ledger-result.ts'
import { isSameTags } from '../same.ts'
import type { Account, Hold } from '../storage/account.ts'
import { type Books, findHold, findIdempotencyRecord } from '../storage/books.ts'
import { findCallAccounts, type NoAccounts, namesPath } from './call-accounts.ts'
import { bookCost, costKinds } from './cost.ts'
import { advanceTo, giveBack, wakePath } from './due.ts'
import { keyReused, remember, replayOf } from './idempotency.ts'
import { inflowKinds } from './lot.ts'
import { openHold } from './reserve.ts'

const settledKinds = costKinds('settled')
const chargedKinds = costKinds('charged')
const releasedKinds = inflowKinds('released', 'reserved')

export function settle(books: Books, request: Settle, now: Instant): SettleResult {
  const at = advanceTo(books, now)
  const { part, amount } = request
  if (part !== undefined) {
    const first = findIdempotencyRecord(books, part)
    if (first !== undefined) return replayOf<Settled>(first, 'settle', request)
  }
  const hold = findHold(books, request.hold)
  if (hold === undefined) return settleUnknown(books, request, at)
  if (hold.state === 'settled')
    return part === undefined ? settledBefore(hold, request) : { ok: false, reason: 'hold_settled' }
  if (hold.state === 'released') return { ok: false, reason: 'hold_released' }
  const isLate = hold.state === 'lapsed'
  if (isLate && request.late === 'reject') return { ok: false, reason: 'hold_lapsed' }
  if (request.overrun === 'reject' && amount > hold.held) return { ok: false, reason: 'hold_exceeded' }
  const tooLarge = findTooLarge(hold.path, amount, hold.held)
  if (tooLarge !== undefined) return tooLarge
  return bookSettle(books, hold, request, isLate, at)
}

function bookSettle(books: Books, hold: Hold, request: Settle, isLate: boolean, at: Instant): SettleResult {
  const { part, amount, overrun } = request
  const answer = bookCost(books, hold, amount, overrun ?? 'charge', part === undefined, isLate, settledKinds, at)
  if (part !== undefined) {
    books.holds.keep(hold)
    return remember(books, 'settle', part, request, answer, at)
  }
  if (hold.state === 'held') books.queue.remove(hold)
  hold.state = 'settled'
  hold.overrun = overrun
  hold.late = request.late
  hold.final = amount
  hold.answer = answer
  books.holds.end(hold, at)
  return answer
}

/**
 * Settles an unknown hold by charging the wallet in `ifUnknown`. Refuses the settle if the call started before the time
 * from which the ledger remembers every hold.
 */
function settleUnknown(books: Books, request: Settle, at: Instant): SettleResult {
  const { ifUnknown, amount } = request
  const knownSince = Math.max(at - books.idRetention, books.knownSince)
  if (ifUnknown === undefined || ifUnknown.startedAt < knownSince) return { ok: false, reason: 'hold_unknown' }
  const found = findCallAccounts(books, ifUnknown)
  if (!found.ok) return withoutWallet(found)
  if (request.late === 'reject') return { ok: false, reason: 'hold_unknown' }
  if (request.overrun === 'reject' && amount > 0n) return { ok: false, reason: 'hold_exceeded' }
  const { accounts: path, details } = found
  const tooLarge = findTooLarge(path, amount, 0n)
  if (tooLarge !== undefined) return tooLarge
  const hold = openHold(books, request.hold, 'unknown', path, details, at)
  // After a partial settle the hold counts as lapsed, because nothing is held for it.
  hold.state = 'lapsed'
  books.holds.add(hold)
  const answer = bookSettle(books, hold, request, true, at)
  if (request.part !== undefined) books.holds.end(hold, at)
  return answer
}

function settledBefore(hold: Hold, request: Settle): SettleResult {
  const isSame =
    hold.origin !== 'charge' &&
    hold.final === request.amount &&
    hold.overrun === request.overrun &&
    hold.late === request.late
  return isSame && hold.answer !== undefined ? { ...hold.answer, replay: true } : keyReused
}

export function charge(books: Books, request: Charge, now: Instant): ChargeResult {
  const at = advanceTo(books, now)
  const { hold: id, amount, tags, note } = request
  const first = findHold(books, id)
  if (first !== undefined) {
    const isSame =
      first.origin === 'charge' &&
      first.final === amount &&
      isSameTags(first.tags, tags) &&
      first.call?.note === note &&
      namesPath(first.call?.path, request)
    return isSame && first.answer !== undefined ? { ...first.answer, replay: true } : keyReused
  }
  const found = findCallAccounts(books, request)
  if (!found.ok) return withoutWallet(found)
  const { accounts: path, details } = found
  const tooLarge = findTooLarge(path, amount, 0n)
  if (tooLarge !== undefined) return tooLarge

  const hold = openHold(books, id, 'charge', path, details, at)
  hold.state = 'settled'
  hold.final = amount
  books.holds.add(hold)
  const answer = bookCost(books, hold, amount, 'charge', true, false, chargedKinds, at)
  hold.answer = answer
  books.holds.end(hold, at)
  return answer
}

/** The refusal of a settle or charge, which does not name the unknown wallet. */
function withoutWallet({ reason }: NoAccounts) {
  return { ok: false, reason } as const
}

export function release(books: Books, request: Release, now: Instant): ReleaseResult {
  const at = advanceTo(books, now)
  const known = findHold(books, request.hold)
  const hold = known ?? openHold(books, request.hold, 'tombstone', [], undefined, at)
  if (known === undefined) books.holds.add(hold)
  else if (hold.state === 'settled') return { ok: false, reason: 'hold_settled' }
  else if (hold.state === 'released') return { ok: true, replay: true, returned: hold.returned }

  wakePath(books, hold.path, at)
  if (hold.place >= 0) books.queue.remove(hold)
  hold.state = 'released'
  hold.returned = giveBack(books, hold, releasedKinds, at)
  books.holds.end(hold, at)
  return { ok: true, replay: false, returned: hold.returned }
}

/**
 * Returns a refusal if a cost would raise a bucket of a wallet in the path above 2^63 - 1. Otherwise returns
 * `undefined`.
 */
function findTooLarge(path: readonly Account[], amount: bigint, held: bigint): InvalidWrite | undefined {
  const overrun = amount - held
  for (const { wallet, spent, drawn, terms } of path) {
    if (spent + amount > creditLimit || (terms.funding !== 'own' && drawn + overrun > creditLimit))
      return { ok: false, reason: 'amount_too_large', wallet }
  }
  return undefined
}
