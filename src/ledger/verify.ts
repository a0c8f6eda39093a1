import type { LedgerWallet } from '../model/noun/wallet.ts'
import type { Instant } from '../model/value/instant.ts'
import { buckets } from '../port/bucket.ts'
import type { LedgerInvariant } from '../port/ledger-invariant.ts'
import type { Balance, LedgerViolation } from '../port/ledger-result.ts'
import { advanceTo, bookDue } from './operation/due.ts'
import { isSameWallet } from './same.ts'
import type { Account, Hold, Lot } from './storage/account.ts'
import type { Books } from './storage/books.ts'
import { type LotTally, type Tally, tallyOf } from './verify-tally.ts'
import { balanceOf } from './view.ts'

type Check = (invariant: LedgerInvariant, isKept: boolean, message: string) => void

/** Recounts the books of a wallet, or of all, from what they are made of. */
export function verify(books: Books, now: Instant, wallet?: LedgerWallet): readonly LedgerViolation[] {
  const at = advanceTo(books, now)
  const accounts = books.accounts.all().filter((one) => wallet === undefined || isSameWallet(one.wallet, wallet))
  for (const account of accounts) bookDue(books, account, at)
  const holds = newestOf(books.holds.values())
  const held = heldOf(holds.values())
  const tallies = new Map(accounts.map((account) => [account, tallyOf(books, account, holds)]))
  return [
    ...[...tallies].flatMap(([account, tally]) => faultsOf(account, tally, held)),
    ...findTwins([...tallies.values()]),
    ...[...tallies].flatMap(([account, tally]) => strayHolds(account, tally, holds)),
    ...[...holds.values()].flatMap((hold) => faultsOfHold(hold, tallies)),
  ]
}

/** Each hold by its id: one that is forgotten may be in memory still when its id is another's. */
function newestOf(holds: Iterable<Hold>): ReadonlyMap<string, Hold> {
  const newest = new Map<string, Hold>()
  for (const hold of holds) {
    if (hold.createdAt >= (newest.get(hold.id)?.createdAt ?? 0)) newest.set(hold.id, hold)
  }
  return newest
}

interface Held {
  readonly byAccount: ReadonlyMap<Account, bigint>
  readonly byLot: ReadonlyMap<Lot, bigint>
}

function heldOf(holds: Iterable<Hold>): Held {
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

function faultsOf(account: Account, tally: Tally, held: Held): readonly LedgerViolation[] {
  const faults: LedgerViolation[] = []
  const { wallet, grants } = account
  const check: Check = (invariant, isKept, message) => {
    if (!isKept) faults.push({ invariant, wallet, message })
  }
  const balance = balanceOf(account)
  const { granted, drawn, overdraft, writtenOff, available, reserved, spent, expired, revoked } = balance
  check(
    'conservation',
    granted + drawn + overdraft + writtenOff === available + reserved + spent + expired + revoked,
    'what came in is not what became of it',
  )
  check(
    'non_negative',
    buckets.every((bucket) => balance[bucket] >= 0n),
    'an amount is below zero',
  )
  const free = account.lots.filter(({ only }) => only === undefined)
  check(
    'overdraft_repaid',
    overdraft <= 0n || free.length === 0,
    'there is overdraft and something available to repay it',
  )
  check('hold_sum', reserved === (held.byAccount.get(account) ?? 0n), 'what is reserved is not what holds hold')
  check(
    'reserve_limits',
    account.terms.cap === undefined || account.capSpent === tally.capSpent,
    'what the cap counts is not what was spent in its period',
  )
  check('balance_sum', isSameAmounts(tally.balance, balance), 'the balance is not the sum of the entries')
  check(
    'entry_sequence',
    tally.balance.sequence === balance.sequence,
    'an entry is missing, or there are more than the wallet knows of',
  )
  check('entry_sequence', tally.isInOrder, 'an entry took effect before the one before it')
  check(
    'grant_sum',
    available === grants.reduce((sum, lot) => sum + lot.available, 0n),
    'what is available is not what its grants have',
  )
  for (const lot of new Set([...grants, ...tally.lots.keys()])) {
    checkLot(lot, tally.lots.get(lot), held.byLot.get(lot) ?? 0n, check)
  }
  return faults
}

function checkLot(lot: Lot, tally: LotTally | undefined, held: bigint, check: Check): void {
  const { grant, state, kind, amount, available, reserved } = lot
  check('grant_sum', reserved === held, `what is held of grant \`${grant}\` is not what holds hold`)
  check('grant_sum', available >= 0n && available + reserved <= amount, `grant \`${grant}\` has more than it brought`)
  // What is still to come has no entries, nor has what was revoked before it came.
  const isUntouched = tally === undefined && (state === 'scheduled' || state === 'revoked')
  const { granted = 0n, mostSpent = 0n, spent = 0n } = tally ?? {}
  const brought = isUntouched ? amount : kind === 'refund' ? mostSpent - spent : granted
  const isEntered =
    available === (tally?.available ?? 0n) &&
    reserved === (tally?.reserved ?? 0n) &&
    spent >= (kind === 'refund' ? -amount : 0n) &&
    amount === brought
  check('grant_sum', isEntered, `grant \`${grant}\` is not what its entries made of it`)
  const isOver = state === 'expired' || state === 'revoked'
  const expiredAt = tally?.expiredAt
  check(
    'grant_expiry',
    (!isOver || available === 0n) && (expiredAt === undefined || (expiredAt === lot.expiresAt && state === 'expired')),
    `grant \`${grant}\` expired, but not all of it`,
  )
  check('grant_expiry', state !== 'expired' || tally?.isBack !== true, `grant \`${grant}\` expired, and came back`)
}

/** Grants of one name, and periods of an allowance that were granted twice. The key of a refund may name another later. */
function findTwins(tallies: readonly Tally[]): readonly LedgerViolation[] {
  const found: LedgerViolation[] = []
  const grants = new Set<string>()
  for (const { lots } of tallies) {
    const periods = new Set<string>()
    for (const { grant, period, kind, account } of lots.keys()) {
      if (kind === 'refund') continue
      const [names, name] = kind === 'allowance' ? [periods, `${period} ${grant}`] : [grants, grant]
      if (names.has(name))
        found.push({
          invariant: 'idempotency',
          wallet: account.wallet,
          message: `grant \`${grant}\` was granted twice`,
        })
      names.add(name)
    }
  }
  return found
}

const astray = 'it is not on every level of its path'

/** Holds that have entries at a wallet which is not on their path. */
function strayHolds(account: Account, { holds }: Tally, known: ReadonlyMap<string, Hold>): readonly LedgerViolation[] {
  return [...holds.keys()]
    .filter((id) => known.get(id)?.path.includes(account) === false)
    .map((hold) => ({ invariant: 'hold_path', wallet: account.wallet, hold, message: astray }))
}

function faultsOfHold(hold: Hold, tallies: ReadonlyMap<Account, Tally>): readonly LedgerViolation[] {
  const faults: LedgerViolation[] = []
  const { id, path, state, held, amount, spent, refunded, slices } = hold
  path.forEach((account, level) => {
    const tally = tallies.get(account)
    if (tally === undefined) return
    const check: Check = (invariant, isKept, message) => {
      if (!isKept) faults.push({ invariant, wallet: account.wallet, hold: id, message })
    }
    const said = tally.holds.get(id)
    check(
      'hold_sum',
      held === (said?.held ?? 0n) && amount === (said?.given ?? 0n),
      'its entries hold another amount than it does',
    )
    check('hold_sum', state !== 'held' || held === slicesAt(hold, account), 'what it holds is not of its grants')
    check(
      'hold_cost',
      spent === (said?.spent ?? 0n) && refunded === (said?.refunded ?? 0n),
      'its entries cost another amount than it does',
    )
    check('hold_path', said !== undefined || (amount === 0n && spent === 0n), astray)
    if (level > 0) return
    check(
      'hold_lifecycle',
      state === 'held' || (held === 0n && slices === undefined),
      'a hold that has ended holds something',
    )
    check('hold_lifecycle', held >= 0n && held <= amount, 'a hold holds more than it was given')
    check('hold_lifecycle', refunded >= 0n && refunded <= spent, 'more was refunded than it has cost')
  })
  return faults
}

/** What a hold holds of the grants of an account, or has drawn there. */
function slicesAt(hold: Hold, account: Account): bigint {
  let sum = 0n
  for (let slice = hold.slices; slice !== undefined; slice = slice.next) {
    if (slice.account === account) sum += slice.amount
  }
  return sum
}

function isSameAmounts(one: Balance, other: Balance): boolean {
  return buckets.every((bucket) => one[bucket] === other[bucket])
}
