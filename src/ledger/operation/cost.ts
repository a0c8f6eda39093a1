import type { Instant } from '../../model/value/instant.ts'
import type { Settle } from '../../port/ledger-request.ts'
import type { LevelCost, LowBalanceReached, Settled, SoftLimitReached } from '../../port/ledger-result.ts'
import { type Account, type Hold, type Lot, smaller } from '../storage/account.ts'
import type { Books } from '../storage/books.ts'
import { kindOf, meaningOf } from '../storage/entry-kind.ts'
import { wake } from './allowance.ts'
import { rollCapPeriod } from './check-limits.ts'
import { debtFor, onlyOfOverdraft } from './debt.ts'
import { bookDue } from './due.ts'
import { availableFor, closeIfDone, inflowKinds, putInto, takeFrom } from './lot.ts'

type Overrun = NonNullable<Settle['overrun']>

/** Returns the entry kinds for booking a cost, by the bucket from which the credits come. */
export function costKinds(type: 'settled' | 'charged') {
  return {
    reserved: kindOf(type, 'reserved', 'spent'),
    available: kindOf(type, 'available', 'spent'),
    drawn: kindOf(type, 'drawn', 'spent'),
    overdraft: kindOf(type, 'overdraft', 'spent'),
    writtenOff: kindOf(type, 'writtenOff', 'spent'),
  }
}
type CostKinds = ReturnType<typeof costKinds>

const returnedKinds = inflowKinds('settled', 'reserved')
const noneReached: readonly never[] = Object.freeze([])

/**
 * Books a cost at every wallet in the path of a hold. With `isFinal`, also gives back the reserved credits that the
 * cost did not use.
 */
export function bookCost(
  books: Books,
  hold: Hold,
  amount: bigint,
  overrun: Overrun,
  isFinal: boolean,
  isLate: boolean,
  kinds: CostKinds,
  at: Instant,
): Settled {
  const levels: LevelCost[] = []
  let softLimitsReached: readonly SoftLimitReached[] = noneReached
  let lowBalancesReached: readonly LowBalanceReached[] = noneReached
  const fromReserved = smaller(amount, hold.held)
  for (const account of hold.path) {
    bookDue(books, account, at)
    wake(books, account, at)
    const firstRow = books.log.length
    const { lowBalances } = account.terms
    const leftBefore = lowBalances === undefined ? 0n : account.available + account.reserved
    const lost = bookHeld(books, hold, account, fromReserved, isFinal, kinds, at)
    const rest = isFinal ? hold.held - fromReserved : 0n
    levels.push(bookOverrun(books, hold, account, amount, fromReserved, rest, lost, overrun, kinds, at, firstRow))
    account.spent += amount
    if (account.terms.cap !== undefined) softLimitsReached = countSpent(books, account, amount, at, softLimitsReached)
    if (lowBalances !== undefined) lowBalancesReached = [...lowBalancesReached, ...crossed(account, leftBefore)]
  }
  hold.held = isFinal ? 0n : hold.held - fromReserved
  hold.slices = isFinal ? undefined : unspent(hold)
  hold.spent += amount
  return { ok: true, replay: false, isLate, levels, softLimitsReached, lowBalancesReached }
}

/**
 * Spends `amount` of the credits that a hold reserves at one account. With `isFinal`, also gives the unspent reserved
 * credits back to their lots. Returns the amount that is lost, because its lot is expired or revoked.
 */
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
    const used = smaller(slice.amount, missing)
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
    if (lot !== undefined) closeIfDone(lot)
  }
  return lost
}

/**
 * Books the overrun at one account: the part of a cost that exceeds the held amount. With the policy `cap`, the whole
 * overrun is written off. With the funding `own`, available credits pay first, then overdraft, then write-off. With any
 * other funding, the bucket `drawn` pays. `firstRow` is the row after the last entry before this cost.
 */
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
  firstRow: number,
): LevelCost {
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
      fromAvailable = smaller(over, availableFor(account, hold.tags))
      const owed = over - fromAvailable
      fromOverdraft =
        terms.overdraftLimit === undefined ? owed : smaller(owed, creditRoom(account, terms.overdraftLimit))
      fromWrittenOff = owed - fromOverdraft
    }
    post(books, hold, account, { fromAvailable, fromDrawn, fromOverdraft, fromWrittenOff }, kinds, at, firstRow)
  }
  return { wallet, fromReserved, fromAvailable, fromDrawn, fromOverdraft, fromWrittenOff, returned: rest - lost, lost }
}

type Sources = Pick<LevelCost, 'fromAvailable' | 'fromDrawn' | 'fromOverdraft' | 'fromWrittenOff'>

function post(
  books: Books,
  hold: Hold,
  account: Account,
  from: Sources,
  kinds: CostKinds,
  at: Instant,
  firstRow: number,
): void {
  const { fromAvailable, fromDrawn, fromOverdraft, fromWrittenOff } = from
  const { log } = books
  if (fromAvailable > 0n) {
    account.available -= fromAvailable
    takeFrom(account, fromAvailable, hold.tags, (lot, part) => log.add(account, kinds.available, part, at, lot, hold))
  }
  account.drawn += fromDrawn
  account.writtenOff += fromWrittenOff
  if (fromDrawn > 0n) log.add(account, kinds.drawn, fromDrawn, at, undefined, hold)
  if (fromOverdraft > 0n) {
    const only = onlyOfOverdraft(account, hold.tags, payersSince(books, account, firstRow), at)
    debtFor(account, only).owed += fromOverdraft
    account.overdraft += fromOverdraft
    log.add(account, kinds.overdraft, fromOverdraft, at, undefined, hold, { only })
  }
  if (fromWrittenOff > 0n) log.add(account, kinds.writtenOff, fromWrittenOff, at, undefined, hold)
}

/** Returns the lots that paid a cost at one account, in the order of their entries. `firstRow` is the cost's first row. */
function payersSince({ log }: Books, account: Account, firstRow: number): readonly Lot[] {
  const payers: Lot[] = []
  for (let row = firstRow; row < log.length; row += 1) {
    const lot = log.lotOf(row)
    if (lot !== undefined && log.accountOf(row) === account && meaningOf(log.kindOf(row)).to === 'spent')
      payers.push(lot)
  }
  return payers
}

/** Returns the amount by which the overdraft of an account may still grow. The maximum overdraft is `limit`. */
function creditRoom({ overdraft }: Account, limit: bigint): bigint {
  return overdraft >= limit ? 0n : limit - overdraft
}

/**
 * Adds a cost to the amount spent in the current cap period of an account. Returns `softLimitsReached` with the soft
 * limits appended that this cost reached.
 */
function countSpent(
  books: Books,
  account: Account,
  amount: bigint,
  at: Instant,
  softLimitsReached: readonly SoftLimitReached[],
): readonly SoftLimitReached[] {
  rollCapPeriod(books, account, at)
  const before = account.capSpent
  account.capSpent += amount
  const { wallet, capSpent: used } = account
  const reached = account.terms.cap?.softLimits?.filter((softLimit) => before < softLimit && softLimit <= used) ?? []
  return reached.length === 0
    ? softLimitsReached
    : [...softLimitsReached, ...reached.map((softLimit) => ({ wallet, softLimit, used }))]
}

/** Returns the low balances of an account that its amount left was not below before a cost, and is below now. */
function crossed({ wallet, terms, available, reserved }: Account, before: bigint): readonly LowBalanceReached[] {
  const left = available + reserved
  if (terms.funding !== 'own') return noneReached
  const below = terms.lowBalances?.filter((threshold) => left < threshold && threshold <= before) ?? noneReached
  return below.map((threshold) => ({ wallet, threshold, left }))
}

/**
 * Removes the slices with the amount zero from the linked list of a hold's slices. Returns the new first slice, or
 * `undefined` when no slice remains.
 */
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
