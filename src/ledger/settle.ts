import { creditLimit } from '../model/credit.ts'
import type { Instant } from '../model/instant.ts'
import type { Charge, Release, Settle } from '../port/ledger-request.ts'
import type {
  ChargeResult,
  Crossed,
  Misused,
  ReleaseResult,
  Settled,
  SettleResult,
  Taken,
} from '../port/ledger-result.ts'
import { type Account, type Hold, lesser } from './account.ts'
import { type Books, findHold, findKeyed, pathOf } from './books.ts'
import { bookDue, giveBack, passTo } from './due.ts'
import { kindOf } from './entry-log.ts'
import { turnCap } from './judge.ts'
import { keyReused, remember, replayOf } from './keyed.ts'
import { availableFor, forgetIfDone, inflowKinds, putInto, takeFrom } from './lot.ts'
import { openHold } from './reserve.ts'
import { isSameTags, isSameWallet } from './same.ts'

type Overrun = NonNullable<Settle['overrun']>

/** The kinds of the movements that book a cost. */
function costKinds(type: 'settled' | 'charged') {
  return {
    reserved: kindOf(type, 'reserved', 'spent'),
    available: kindOf(type, 'available', 'spent'),
    drawn: kindOf(type, 'drawn', 'spent'),
    overdraft: kindOf(type, 'overdraft', 'spent'),
    writtenOff: kindOf(type, 'writtenOff', 'spent'),
  }
}
type CostKinds = ReturnType<typeof costKinds>
const settledKinds = costKinds('settled')
const chargedKinds = costKinds('charged')
const returnedKinds = inflowKinds('settled', 'reserved')
const releasedKinds = inflowKinds('released', 'reserved')
const noneCrossed: readonly Crossed[] = Object.freeze([])

export function settle(books: Books, request: Settle, now: Instant): SettleResult {
  const at = passTo(books, now)
  const { part, amount } = request
  if (part !== undefined) {
    const first = findKeyed(books, part)
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
  const answer = book(books, hold, amount, overrun ?? 'charge', part === undefined, isLate, settledKinds, at)
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

/** Charges a hold that the ledger does not know, where it cannot have forgotten it. */
function settleUnknown(books: Books, request: Settle, at: Instant): SettleResult {
  const { ifUnknown, amount } = request
  if (ifUnknown === undefined || at - ifUnknown.startedAt > books.idRetention)
    return { ok: false, reason: 'hold_unknown' }
  const account = books.accounts.find(ifUnknown.wallet)
  if (account === undefined) return { ok: false, reason: 'wallet_unknown' }
  if (request.late === 'reject') return { ok: false, reason: 'hold_unknown' }
  if (request.overrun === 'reject' && amount > 0n) return { ok: false, reason: 'hold_exceeded' }
  const path = pathOf(books, account)
  const tooLarge = findTooLarge(path, amount, 0n)
  if (tooLarge !== undefined) return tooLarge
  const hold = openHold(books, request.hold, 'unknown', path, at)
  // What is settled in part only is as if it had lapsed, since nothing is held for it.
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
  const at = passTo(books, now)
  const { hold: id, wallet, amount, tags } = request
  const first = findHold(books, id)
  if (first !== undefined) {
    const isSame =
      first.origin === 'charge' &&
      first.final === amount &&
      isSameTags(first.tags, tags) &&
      isSameWallet(first.path[0]?.wallet, wallet)
    return isSame && first.answer !== undefined ? { ...first.answer, replay: true } : keyReused
  }
  const account = books.accounts.find(wallet)
  if (account === undefined) return { ok: false, reason: 'wallet_unknown' }
  const path = pathOf(books, account)
  const tooLarge = findTooLarge(path, amount, 0n)
  if (tooLarge !== undefined) return tooLarge

  const hold = openHold(books, id, 'charge', path, at)
  hold.tags = tags
  hold.state = 'settled'
  hold.final = amount
  books.holds.add(hold)
  const answer = book(books, hold, amount, 'charge', true, false, chargedKinds, at)
  hold.answer = answer
  books.holds.end(hold, at)
  return answer
}

export function release(books: Books, request: Release, now: Instant): ReleaseResult {
  const at = passTo(books, now)
  const known = findHold(books, request.hold)
  const hold = known ?? openHold(books, request.hold, 'tombstone', [], at)
  if (known === undefined) books.holds.add(hold)
  else if (hold.state === 'settled') return { ok: false, reason: 'hold_settled' }
  else if (hold.state === 'released') return { ok: true, replay: true, returned: hold.returned }

  if (hold.place >= 0) books.queue.remove(hold)
  hold.state = 'released'
  hold.returned = giveBack(books, hold, releasedKinds, at)
  books.holds.end(hold, at)
  return { ok: true, replay: false, returned: hold.returned }
}

/** A level that could not count so much more as spent. */
function findTooLarge(path: readonly Account[], amount: bigint, held: bigint): Misused | undefined {
  const overrun = amount - held
  for (const { wallet, spent, drawn, terms } of path) {
    if (spent + amount > creditLimit || (terms.funding !== 'own' && drawn + overrun > creditLimit))
      return { ok: false, reason: 'amount_too_large', wallet }
  }
  return undefined
}

/** Books a cost at every level of a path, and gives back what is left of the hold when it ends. */
function book(
  books: Books,
  hold: Hold,
  amount: bigint,
  overrun: Overrun,
  isFinal: boolean,
  isLate: boolean,
  kinds: CostKinds,
  at: Instant,
): Settled {
  const levels: Taken[] = []
  let crossed = noneCrossed
  const fromReserved = lesser(amount, hold.held)
  for (const account of hold.path) {
    bookDue(books, account, at)
    const lost = bookHeld(books, hold, account, fromReserved, isFinal, kinds, at)
    const rest = isFinal ? hold.held - fromReserved : 0n
    levels.push(bookOverrun(books, hold, account, amount, fromReserved, rest, lost, overrun, kinds, at))
    account.spent += amount
    if (account.terms.cap !== undefined) crossed = countSpent(account, amount, at, crossed)
  }
  hold.held = isFinal ? 0n : hold.held - fromReserved
  hold.slices = isFinal ? undefined : unspent(hold)
  hold.spent += amount
  return { ok: true, replay: false, isLate, levels, crossed }
}

/** Spends so much of what the hold has at a level, and gives back the rest when it ends. Says how much of that was lost. */
function bookHeld(
  books: Books,
  hold: Hold,
  account: Account,
  amount: bigint,
  isFinal: boolean,
  kinds: CostKinds,
  at: Instant,
): bigint {
  let missing = amount
  let lost = 0n
  for (let slice = hold.slices; slice !== undefined; slice = slice.next) {
    if (slice.account !== account) continue
    const { lot } = slice
    const used = lesser(slice.amount, missing)
    const moved = isFinal ? slice.amount : used
    const rest = moved - used
    if (moved === 0n) continue
    slice.amount -= moved
    missing -= used
    account.reserved -= moved
    if (lot !== undefined) lot.reserved -= moved
    if (used > 0n) books.log.add(account, kinds.reserved, used, at, lot, hold)
    if (rest > 0n) {
      if (lot !== undefined) lost += putInto(books, lot, rest, returnedKinds, at, hold)
      else {
        account.drawn -= rest
        books.log.add(account, returnedKinds.drawn, rest, at, undefined, hold)
      }
    }
    if (lot !== undefined) forgetIfDone(lot)
  }
  return lost
}

/** Books what is not held at a level: from what is available, then as overdraft, then written off; or drawn from above. */
function bookOverrun(
  books: Books,
  hold: Hold,
  account: Account,
  amount: bigint,
  fromReserved: bigint,
  rest: bigint,
  lost: bigint,
  policy: Overrun,
  kinds: CostKinds,
  at: Instant,
): Taken {
  const { wallet, terms } = account
  const over = amount - fromReserved
  let fromAvailable = 0n
  let fromDrawn = 0n
  let fromOverdraft = 0n
  let fromWrittenOff = 0n
  if (over > 0n) {
    if (policy === 'cap') fromWrittenOff = over
    else if (terms.funding !== 'own') fromDrawn = over
    else {
      fromAvailable = lesser(over, availableFor(account, hold.tags))
      const owed = over - fromAvailable
      fromOverdraft =
        terms.overdraftLimit === undefined ? owed : lesser(owed, creditRoom(account, terms.overdraftLimit))
      fromWrittenOff = owed - fromOverdraft
    }
    post(books, hold, account, { fromAvailable, fromDrawn, fromOverdraft, fromWrittenOff }, kinds, at)
  }
  return { wallet, fromReserved, fromAvailable, fromDrawn, fromOverdraft, fromWrittenOff, returned: rest - lost, lost }
}

type Sources = Pick<Taken, 'fromAvailable' | 'fromDrawn' | 'fromOverdraft' | 'fromWrittenOff'>

function post(books: Books, hold: Hold, account: Account, from: Sources, kinds: CostKinds, at: Instant): void {
  const { fromAvailable, fromDrawn, fromOverdraft, fromWrittenOff } = from
  const { log } = books
  if (fromAvailable > 0n) {
    account.available -= fromAvailable
    takeFrom(account, fromAvailable, hold.tags, (lot, part) => log.add(account, kinds.available, part, at, lot, hold))
  }
  account.drawn += fromDrawn
  account.overdraft += fromOverdraft
  account.writtenOff += fromWrittenOff
  if (fromDrawn > 0n) log.add(account, kinds.drawn, fromDrawn, at, undefined, hold)
  if (fromOverdraft > 0n) log.add(account, kinds.overdraft, fromOverdraft, at, undefined, hold)
  if (fromWrittenOff > 0n) log.add(account, kinds.writtenOff, fromWrittenOff, at, undefined, hold)
}

/** How much more a wallet may owe. */
function creditRoom({ overdraft }: Account, limit: bigint): bigint {
  return overdraft >= limit ? 0n : limit - overdraft
}

/** Counts a cost for the cap of an account, and tells the soft limits that it reaches. */
function countSpent(account: Account, amount: bigint, at: Instant, crossed: readonly Crossed[]): readonly Crossed[] {
  turnCap(account, at)
  const before = account.capSpent
  account.capSpent += amount
  const { wallet, capSpent: used } = account
  const reached = account.terms.cap?.softLimits?.filter((softLimit) => before < softLimit && softLimit <= used) ?? []
  return reached.length === 0 ? crossed : [...crossed, ...reached.map((softLimit) => ({ wallet, softLimit, used }))]
}

/** The slices that hold something still. */
function unspent(hold: Hold): Hold['slices'] {
  let first: Hold['slices']
  let last: Hold['slices']
  for (let slice = hold.slices; slice !== undefined; slice = slice.next) {
    if (slice.amount === 0n) continue
    if (last === undefined) first = slice
    else last.next = slice
    last = slice
  }
  if (last !== undefined) last.next = undefined
  return first
}
