import type { Instant } from '../../model/instant.ts'
import type { Wallet } from '../../model/wallet.ts'
import type { Balance, Bucket, Entry, Settled } from '../../port/simple-credit-ledger.ts'
import { ExpiryHeap } from './expiry-heap.ts'
import { type Lot, type Lots, lesser, putInto, type Slice, takeFrom } from './lot.ts'

/**
 * The books of one wallet, and what may be done to them. All of it is synchronous and knows no clock: the ledger says
 * when, never earlier than before, and books what is due before it does anything else.
 */
export interface Account {
  readonly wallet: Wallet
  readonly entries: Entry[]
  balance: Balance
  /** Together they are what is available. */
  readonly lots: Lots
  /** Reservations that have not come due; those that have ended meanwhile are skipped when they do. */
  readonly holds: ExpiryHeap<Hold>
  /** How many grants and reservations there have been. */
  count: number
}

/** A reservation. */
export interface Hold {
  readonly id: string
  readonly account: Account
  readonly amount: bigint
  readonly expiresAt: Instant
  readonly order: number
  state: HoldState
}

/** What has become of a reservation: under way it has its slices, in burn order; done it has the answer that ended it. */
export type HoldState =
  | { readonly type: 'held'; readonly slices: readonly Slice[] }
  | { readonly type: 'lapsed' }
  | { readonly type: 'released'; readonly returned: bigint }
  | { readonly type: 'settled'; readonly answer: Settled }

const lapsed: HoldState = Object.freeze({ type: 'lapsed' })

/** The balance of a wallet that was never granted anything. */
export const emptyBalance: Balance = Object.freeze({
  granted: 0n,
  available: 0n,
  reserved: 0n,
  spent: 0n,
  expired: 0n,
  revoked: 0n,
  overdraft: 0n,
})

/** A balance after one more entry. */
export function addEntry(balance: Balance, { from, to, amount }: Entry): Balance {
  const after = { ...balance }
  after[from] += isSource(from) ? amount : -amount
  after[to] += isSource(to) ? -amount : amount
  return Object.freeze(after)
}

/** Whether credits come from this bucket, so that it grows by what leaves it. */
function isSource(bucket: Bucket): boolean {
  return bucket === 'granted' || bucket === 'overdraft'
}

/** The books of a wallet before its first grant. */
export function openAccount(wallet: Wallet): Account {
  return { wallet, entries: [], balance: emptyBalance, lots: new ExpiryHeap(), holds: new ExpiryHeap(), count: 0 }
}

/** Books what has expired and lapsed up to an instant, in order of time; at the same instant, expiry comes first. */
export function bookDue(account: Account, at: Instant): void {
  for (;;) {
    const lot = account.lots.first()
    const hold = account.holds.first()
    if (lot !== undefined && lot.expiresAt <= at && !(hold !== undefined && hold.expiresAt < lot.expiresAt)) {
      expire(account, lot)
    } else if (hold !== undefined && hold.expiresAt <= at) {
      account.holds.take()
      lapse(hold)
    } else return
  }
}

function expire(account: Account, { grant, expiresAt, left }: Lot): void {
  takeFrom(account.lots, left)
  const heading: Heading = { at: expiresAt, type: 'expired' }
  post(account, heading, { from: 'available', to: 'expired', amount: left, grant })
}

/** Adds credits: they repay overdraft first, unless they are over already, and expire at once. */
export function addGrant(account: Account, grant: string, amount: bigint, expiresAt: Instant, at: Instant): void {
  const lot: Lot = { grant, expiresAt, order: nextOrder(account), left: 0n }
  putBack(account, [{ lot, amount }], { at, type: 'granted' }, 'granted')
}

/** Holds an amount, at most what is available, until an instant that is yet to come. */
export function hold(account: Account, fields: Pick<Hold, 'id' | 'amount' | 'expiresAt'>, at: Instant): Hold {
  const { id, amount, expiresAt } = fields
  const slices = takeFrom(account.lots, amount)
  const row: Hold = { id, account, amount, expiresAt, order: nextOrder(account), state: { type: 'held', slices } }
  move(account, slices, { at, type: 'reserved', hold: id }, 'available', 'reserved')
  account.holds.add(row)
  return row
}

function lapse(row: Hold): void {
  if (row.state.type !== 'held') return
  const { slices } = row.state
  row.state = lapsed
  putBack(row.account, slices, { at: row.expiresAt, type: 'lapsed', hold: row.id }, 'reserved')
}

/** Ends a reservation without a cost: what it still holds goes back. Says how much that was. */
export function release(row: Hold, at: Instant): bigint {
  const slices = slicesOf(row)
  const returned = totalOf(slices)
  row.state = { type: 'released', returned }
  putBack(row.account, slices, { at, type: 'released', hold: row.id }, 'reserved')
  return returned
}

/** Ends a reservation with a cost: from what it still holds, then from what is available, then as overdraft. */
export function settle(row: Hold, amount: bigint, at: Instant): Settled {
  const { account } = row
  const isLate = row.state.type === 'lapsed'
  const heading: Heading = { at, type: 'settled', hold: row.id }

  const [used, rest] = cut(slicesOf(row), amount)
  const fromReserved = totalOf(used)
  move(account, used, heading, 'reserved', 'spent')
  putBack(account, rest, heading, 'reserved')

  const fromAvailable = lesser(amount - fromReserved, account.balance.available)
  move(account, takeFrom(account.lots, fromAvailable), heading, 'available', 'spent')

  const fromOverdraft = amount - fromReserved - fromAvailable
  post(account, heading, { from: 'overdraft', to: 'spent', amount: fromOverdraft })

  const returned = totalOf(rest)
  const parts = { isLate, fromReserved, fromAvailable, fromOverdraft, returned }
  const answer: Settled = Object.freeze({ ok: true, replay: false, ...parts })
  row.state = { type: 'settled', answer }
  return answer
}

function slicesOf({ state }: Hold): readonly Slice[] {
  return state.type === 'held' ? state.slices : []
}

function nextOrder(account: Account): number {
  account.count += 1
  return account.count
}

type Heading = Pick<Entry, 'at' | 'type' | 'hold'>
type Movement = Pick<Entry, 'from' | 'to' | 'amount' | 'grant'>

/** Where credits go that a wallet gets, or gets back: nowhere once they are over, else to what is overdrawn, else into their lot. */
function putBack(account: Account, slices: readonly Slice[], heading: Heading, from: Bucket): void {
  for (const { lot, amount } of slices) {
    const { grant } = lot
    if (lot.expiresAt <= heading.at) {
      post(account, heading, { from, to: 'expired', amount, grant })
      continue
    }
    const repaid = lesser(account.balance.overdraft, amount)
    const kept = amount - repaid
    post(account, heading, { from, to: 'overdraft', amount: repaid, grant })
    post(account, heading, { from, to: 'available', amount: kept, grant })
    if (kept > 0n) putInto(account.lots, lot, kept)
  }
}

function move(account: Account, slices: readonly Slice[], heading: Heading, from: Bucket, to: Bucket): void {
  for (const { lot, amount } of slices) post(account, heading, { from, to, amount, grant: lot.grant })
}

/** The one place that writes: an entry, and the balance after it. Nothing moved is no entry. */
function post(account: Account, heading: Heading, movement: Movement): void {
  if (movement.amount === 0n) return
  const entry: Entry = Object.freeze({ sequence: account.entries.length + 1, ...heading, ...movement })
  account.entries.push(entry)
  account.balance = addEntry(account.balance, entry)
}

/** The first slices up to an amount, and the rest. */
function cut(slices: readonly Slice[], amount: bigint): readonly [used: readonly Slice[], rest: readonly Slice[]] {
  const used: Slice[] = []
  const rest: Slice[] = []
  let missing = amount
  for (const { lot, amount: held } of slices) {
    const taken = lesser(held, missing)
    missing -= taken
    if (taken > 0n) used.push({ lot, amount: taken })
    if (taken < held) rest.push({ lot, amount: held - taken })
  }
  return [used, rest]
}

function totalOf(slices: readonly Slice[]): bigint {
  return slices.reduce((total, { amount }) => total + amount, 0n)
}
