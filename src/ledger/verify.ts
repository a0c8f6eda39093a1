import type { Instant } from '../model/instant.ts'
import type { LedgerWallet } from '../model/wallet.ts'
import type { Balance, Bucket, Violation } from '../port/ledger-result.ts'
import type { Account, Hold, Lot } from './account.ts'
import type { Books } from './books.ts'
import { bookDue, passTo } from './due.ts'
import { isSameWallet } from './same.ts'
import { addEntry, balanceOf, emptyBalance, entriesOf } from './view.ts'

/** Recounts the books of a wallet, or of all, from what they are made of. */
export function verify(books: Books, now: Instant, wallet?: LedgerWallet): readonly Violation[] {
  const at = passTo(books, now)
  const accounts = books.accounts.all().filter((one) => wallet === undefined || isSameWallet(one.wallet, wallet))
  for (const account of accounts) bookDue(books, account, at)
  const holds = [...books.holds.values()]
  const held = heldOf(holds)
  return [...accounts.flatMap((account) => faultsOf(books, account, held)), ...holds.flatMap(faultsOfHold)]
}

interface Held {
  readonly byAccount: ReadonlyMap<Account, bigint>
  readonly byLot: ReadonlyMap<Lot, bigint>
}

function heldOf(holds: readonly Hold[]): Held {
  const byAccount = new Map<Account, bigint>()
  const byLot = new Map<Lot, bigint>()
  for (const hold of holds) {
    for (const account of hold.path) byAccount.set(account, (byAccount.get(account) ?? 0n) + hold.held)
    for (let slice = hold.slices; slice !== undefined; slice = slice.next) {
      if (slice.lot !== undefined) byLot.set(slice.lot, (byLot.get(slice.lot) ?? 0n) + slice.amount)
    }
  }
  return { byAccount, byLot }
}

function faultsOf(books: Books, account: Account, held: Held): readonly Violation[] {
  const faults: Violation[] = []
  const { wallet, grants } = account
  const check = (invariant: string, isKept: boolean, message: string) => {
    if (!isKept) faults.push({ invariant, wallet, message })
  }
  const balance = balanceOf(account)
  const { granted, drawn, overdraft, writtenOff, available, reserved, spent, expired, revoked } = balance
  check(
    'I1',
    granted + drawn + overdraft + writtenOff === available + reserved + spent + expired + revoked,
    'what came in is not what became of it',
  )
  check(
    'I2',
    bucketsOf(balance).every(([, amount]) => amount >= 0n),
    'an amount is below zero',
  )
  const free = account.lots.filter(({ only }) => only === undefined)
  check('I2', overdraft === 0n || free.length === 0, 'there is overdraft and something available to repay it')
  check('I3', reserved === (held.byAccount.get(account) ?? 0n), 'what is reserved is not what holds hold')
  check(
    'I4',
    available === grants.reduce((sum, lot) => sum + lot.available, 0n),
    'what is available is not what its grants have',
  )
  for (const lot of grants) {
    check(
      'I4',
      lot.reserved === (held.byLot.get(lot) ?? 0n),
      `what is held of grant \`${lot.grant}\` is not what holds hold`,
    )
    check(
      'I4',
      lot.available >= 0n && lot.available + lot.reserved <= lot.amount,
      `grant \`${lot.grant}\` has more than it brought`,
    )
  }
  const recounted = [...entriesOf(books, account, 0)].reduce(addEntry, emptyBalance)
  check('I8', isSameBalance(recounted, balance), 'the balance is not the sum of the entries')
  return faults
}

function faultsOfHold({ id, state, held, amount, spent, refunded, slices }: Hold): readonly Violation[] {
  const faults: Violation[] = []
  const check = (invariant: string, isKept: boolean, message: string) => {
    if (!isKept) faults.push({ invariant, hold: id, message })
  }
  check('I5', state === 'held' || (held === 0n && slices === undefined), 'a hold that has ended holds something')
  check('I5', held >= 0n && held <= amount, 'a hold holds more than it was given')
  check('I5', refunded >= 0n && refunded <= spent, 'more was refunded than it has cost')
  return faults
}

function bucketsOf(balance: Balance): readonly (readonly [Bucket, bigint])[] {
  const { sequence: _, ...buckets } = balance
  return Object.entries(buckets) as [Bucket, bigint][]
}

function isSameBalance(one: Balance, other: Balance): boolean {
  return one.sequence === other.sequence && bucketsOf(one).every(([bucket, amount]) => other[bucket] === amount)
}
