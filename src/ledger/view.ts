import type { WalletLevel } from '../model/noun/wallet.ts'
import { freeze } from '../model/value/freeze.ts'
import type { Instant } from '../model/value/instant.ts'
import { type Bucket, byBucket, isSource } from '../port/bucket.ts'
import type { Balance, Entry } from '../port/ledger-result.ts'
import type { GrantState, HoldState, WalletState } from '../port/ledger-state.ts'
import { currentSpan, endOfPeriod } from './operation/allowance.ts'
import { rollCapPeriod } from './operation/check-limits.ts'
import { advanceTo, bookDue } from './operation/due.ts'
import type { Bound } from './read-request.ts'
import type { Account, Allowance, Lot } from './storage/account.ts'
import { type Books, findHold, noteDue } from './storage/books.ts'
import { burnOrder } from './storage/burn-order.ts'
import { type EntryStore, entryAt } from './storage/entry-store.ts'

/** The balance of an unknown wallet: all zero. */
export const emptyBalance: Balance = Object.freeze({ sequence: 0, ...byBucket(() => 0n) })

/** Returns the account of a wallet after booking its due items. `undefined` for an unknown wallet. */
export function accountNow(books: Books, wallet: WalletLevel, now: Instant): Account | undefined {
  const at = advanceTo(books, now)
  const account = books.accounts.find(wallet)
  if (account !== undefined) bookDue(books, account, at)
  return account
}

export function balanceOf(account: Account): Balance {
  return Object.freeze({ sequence: account.sequence, ...byBucket((bucket) => account[bucket]) })
}

/** Returns `balance` with one more entry applied. */
function addEntry(balance: Balance, { sequence, from, to, amount }: Entry): Balance {
  const after = { ...balance, sequence }
  addAmount(after, from, to, amount)
  return Object.freeze(after)
}

/** Moves `amount` from one bucket to another in a balance, in place. */
export function addAmount(balance: Record<Bucket, bigint>, from: Bucket, to: Bucket, amount: bigint): void {
  balance[from] += isSource(from) ? amount : -amount
  balance[to] += isSource(to) ? -amount : amount
}

/**
 * Returns the rows of the entries of an account with a sequence number above `after`, oldest first. `first` is the
 * sequence number of the first of them.
 */
export function rowsOf(
  log: EntryStore,
  { sequence, lastRow }: Account,
  after: number,
): { readonly first: number; readonly rows: readonly number[] } {
  const rows: number[] = []
  for (let row = lastRow, i = sequence; row >= 0 && i > after; row = log.before(row), i -= 1) rows.push(row)
  return { first: sequence - rows.length + 1, rows: rows.reverse() }
}

/**
 * Returns the past balance of an account: the sum of the entries up to and including `most`, an instant or a sequence
 * number.
 */
export function pastBalance(books: Books, account: Account, { by, most }: Bound): Balance {
  // The result is only stable because no later entry can take effect by this instant.
  if (by === 'at') noteDue(books, Math.min(most + 1, books.at))
  let balance = emptyBalance
  const { first, rows } = rowsOf(books.log, account, 0)
  for (const [i, row] of rows.entries()) {
    const entry = entryAt(books.log, row, first + i)
    if (entry[by] <= most) balance = addEntry(balance, entry)
  }
  return balance
}

export function walletState(books: Books, account: Account): WalletState {
  const { wallet, parent, terms } = account
  const { funding, cap, overdraftLimit, lowBalances, status } = terms
  const scheduled = account.grants.filter(({ state }) => state === 'scheduled')
  scheduled.sort((one, other) => one.effectiveAt - other.effectiveAt || one.order - other.order)
  const live = currentLots(books, account).sort(burnOrder)
  return freeze({
    wallet,
    funding,
    ...(parent === undefined ? {} : { parent: parent.wallet }),
    ...(cap === undefined ? {} : { cap, capUse: capUseOf(books, account) }),
    ...(overdraftLimit === undefined ? {} : { overdraftLimit }),
    ...(lowBalances === undefined ? {} : { lowBalances }),
    status,
    balance: balanceOf(account),
    grants: [...live, ...scheduled].map(grantState),
    allowances: account.allowances
      .filter(({ rollsAt }) => rollsAt !== Number.POSITIVE_INFINITY)
      .map((allowance) => allowanceState(allowance, endOfPeriod(books, allowance))),
  })
}

/**
 * Returns the lots of an account with available or reserved credits. The credits of a dormant allowance appear as those
 * of the current period, in the place that they burn in.
 */
function currentLots(books: Books, account: Account): Pick<Lot, keyof GrantState | 'order'>[] {
  const lots: Pick<Lot, keyof GrantState | 'order'>[] = []
  for (const lot of account.grants) {
    if (lot.state === 'scheduled' || (lot.available === 0n && lot.reserved === 0n)) continue
    const place = account.allowances.findIndex((one) => one.isDormant && one.lot === lot)
    const allowance = account.allowances[place]
    if (allowance === undefined) lots.push(lot)
    else {
      const { startsAt: period, endsAt: expiresAt } = currentSpan(allowance, books.at)
      const { grant, kind, priority, only, amount, available, reserved } = lot
      const order = books.count + 1 + place
      lots.push({
        grant,
        period,
        kind,
        priority,
        effectiveAt: period,
        expiresAt,
        only,
        amount,
        available,
        reserved,
        order,
      })
    }
  }
  return lots
}

function capUseOf(books: Books, account: Account): NonNullable<WalletState['capUse']> {
  rollCapPeriod(books, account, books.at)
  const { capSpent, capEndsAt, reserved } = account
  const spent = capSpent > 0n ? capSpent : 0n
  return capEndsAt === Number.POSITIVE_INFINITY ? { spent, reserved } : { spent, reserved, resetsAt: capEndsAt }
}

function grantState(lot: Pick<Lot, keyof GrantState>): GrantState {
  const { grant, period, kind, priority, effectiveAt, expiresAt, only, amount, available, reserved } = lot
  return {
    grant,
    ...(period === undefined ? {} : { period }),
    kind,
    priority,
    effectiveAt,
    ...(expiresAt === Number.POSITIVE_INFINITY ? {} : { expiresAt }),
    ...(only === undefined ? {} : { only }),
    amount,
    available,
    reserved,
  }
}

function allowanceState({ id, amount, period, priority, only, rollover }: Allowance, rollsAt: number) {
  return {
    allowance: id,
    amount,
    period,
    priority,
    ...(only === undefined ? {} : { only }),
    rollover,
    rollsAt,
  }
}

export function holdState(books: Books, id: string, now: Instant): HoldState | undefined {
  advanceTo(books, now)
  const hold = findHold(books, id)
  if (hold === undefined) return undefined
  const { path, call, state, amount, held, spent, refunded, createdAt, expiresAt } = hold
  return {
    hold: id,
    path: path.map(({ wallet }) => wallet),
    ...(call === undefined ? {} : { call }),
    state,
    amount,
    held,
    spent: spent - refunded,
    createdAt,
    expiresAt,
  }
}
