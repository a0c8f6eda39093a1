import type { WalletLevel } from '../model/noun/wallet.ts'
import type { Instant } from '../model/value/instant.ts'
import { buckets } from '../port/bucket.ts'
import type { LedgerInvariant } from '../port/ledger-invariant.ts'
import type { Balance, LedgerViolation } from '../port/ledger-result.ts'
import { type AccountSums, type LotSums, sumEntries } from './entry-sums.ts'
import { mayRepay } from './operation/debt.ts'
import { advanceTo, bookDue } from './operation/due.ts'
import { isSameWallet } from './same.ts'
import type { Account, Debt, Hold, Lot } from './storage/account.ts'
import type { EntryLog } from './storage/entry-log.ts'
import type { MemoryBooks } from './storage/open-books.ts'
import { balanceOf } from './view.ts'

type Check = (invariant: LedgerInvariant, isKept: boolean, message: string) => void

/**
 * Checks every invariant of one wallet, or of all wallets if `wallet` is undefined. Recomputes the amounts from the
 * entries, grants and holds. Returns the violations. Reads the whole archive of entries.
 */
export function verify(books: MemoryBooks, now: Instant, wallet?: WalletLevel): readonly LedgerViolation[] {
  const at = advanceTo(books, now)
  const accounts = books.accounts.all().filter((one) => wallet === undefined || isSameWallet(one.wallet, wallet))
  for (const account of accounts) bookDue(books, account, at)
  const log = books.log.complete()
  const holds = newestOf(books.holds.values(log))
  const held = sumHolds(holds.values())
  const accountSums = new Map(accounts.map((account) => [account, sumEntries(log, account, holds)]))
  return [
    ...[...accountSums].flatMap(([account, sums]) => faultsOf(log, account, sums, held)),
    ...findTwins([...accountSums.values()]),
    ...[...accountSums].flatMap(([account, sums]) => strayHolds(account, sums, holds)),
    ...[...holds.values()].flatMap((hold) => faultsOfHold(hold, accountSums)),
    ...(wallet === undefined ? [...holds.values()].filter(isImpossible).map(impossible) : []),
  ]
}

/** Returns the newest hold for each id. Two holds can have the same id after an id was forgotten and reused. */
function newestOf(holds: Iterable<Hold>): ReadonlyMap<string, Hold> {
  const newest = new Map<string, Hold>()
  for (const hold of holds) {
    if (hold.createdAt >= (newest.get(hold.id)?.createdAt ?? 0)) newest.set(hold.id, hold)
  }
  return newest
}

interface HeldSums {
  readonly byAccount: ReadonlyMap<Account, bigint>
  readonly byLot: ReadonlyMap<Lot, bigint>
}

function sumHolds(holds: Iterable<Hold>): HeldSums {
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

function faultsOf(log: EntryLog, account: Account, sums: AccountSums, held: HeldSums): readonly LedgerViolation[] {
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
    'the sources of credits differ from their uses',
  )
  check(
    'non_negative',
    buckets.every((bucket) => balance[bucket] >= 0n),
    'an amount is negative',
  )
  const owed = account.debts.filter((debt) => debt.owed !== 0n)
  check(
    'overdraft_repaid',
    account.lots.every(({ only }) => !owed.some((debt) => mayRepay(only, debt))),
    'overdraft is owed although credits are available to repay it',
  )
  check(
    'overdraft_repaid',
    overdraft === owed.reduce((sum, debt) => sum + debt.owed, 0n) && areDebtsOf(owed, sums),
    'the debts differ from the entries, or from the overdraft',
  )
  check('hold_lifecycle', sums.areRefundsNamed, 'a refund names no cost entry of its hold')
  check(
    'hold_lifecycle',
    [...sums.refunded].every(([row, refunded]) => refunded <= log.amountOf(row)),
    'the refunds of an entry exceed it',
  )
  check(
    'hold_sum',
    reserved === (held.byAccount.get(account) ?? 0n),
    'reserved amount differs from the sum of open holds',
  )
  check(
    'reserve_limits',
    account.terms.cap === undefined || account.capSpent === sums.capSpent,
    'cap usage differs from the amount spent in its period',
  )
  check('balance_sum', isSameAmounts(sums.balance, balance), 'the balance differs from the sum of the entries')
  check(
    'entry_sequence',
    sums.balance.sequence === balance.sequence,
    'the number of entries differs from the sequence of the wallet',
  )
  check('entry_sequence', sums.isInOrder, 'an entry took effect before its predecessor')
  check(
    'grant_sum',
    available === grants.reduce((sum, lot) => sum + lot.available, 0n),
    'available amount differs from the sum of its grants',
  )
  for (const lot of new Set([...grants, ...sums.lots.keys()])) {
    checkLot(lot, sums.lots.get(lot), held.byLot.get(lot) ?? 0n, check)
  }
  return faults
}

/** Whether debts that are owed are those that the entries add up to. */
function areDebtsOf(owed: readonly Debt[], { debts }: AccountSums): boolean {
  const text = (some: readonly Debt[]) =>
    some
      .filter((debt) => debt.owed !== 0n)
      .map((debt) => JSON.stringify([debt.only ?? null, String(debt.owed)]))
      .sort()
      .join()
  return text(owed) === text(debts)
}

function checkLot(lot: Lot, sums: LotSums | undefined, held: bigint, check: Check): void {
  const { grant, state, kind, amount, available, reserved } = lot
  check('grant_sum', reserved === held, `reserved amount of grant \`${grant}\` differs from the sum of open holds`)
  check(
    'grant_sum',
    available >= 0n && available + reserved <= amount,
    `grant \`${grant}\` has more credits than its amount`,
  )
  // Two kinds of grants have no entries: scheduled grants, and grants that were revoked before they took effect.
  const isUntouched = sums === undefined && (state === 'scheduled' || state === 'revoked')
  const { granted = 0n, refunded = 0n, spent = 0n } = sums ?? {}
  const brought = isUntouched ? amount : granted + (kind === 'refund' ? refunded : 0n)
  const isEntered =
    available === (sums?.available ?? 0n) &&
    reserved === (sums?.reserved ?? 0n) &&
    spent >= 0n &&
    (kind === 'refund' || refunded === 0n) &&
    amount === brought
  check('grant_sum', isEntered, `grant \`${grant}\` differs from the sum of its entries`)
  const isOver = state === 'expired' || state === 'revoked'
  check(
    'grant_expiry',
    (!isOver || available === 0n) && isExpiryKept(lot, sums),
    `grant \`${grant}\` did not expire completely`,
  )
  check(
    'grant_expiry',
    state !== 'expired' || sums?.isBack !== true,
    `grant \`${grant}\` has credits that became available after its expiry`,
  )
}

/**
 * Whether the `expired` entry of a grant has the instant of its expiry. The unused credits of a dormant allowance expire
 * later, and all of them at once.
 */
function isExpiryKept({ kind, state, amount, expiresAt }: Lot, sums: LotSums | undefined): boolean {
  if (sums?.expiredAt === undefined) return true
  const isLate = kind === 'allowance' && sums.expiredAt > expiresAt && sums.expired === amount
  return state === 'expired' && (sums.expiredAt === expiresAt || isLate)
}

/**
 * Finds grants that were booked twice: two grants with one key, or two grants for one allowance period. Ignores grants
 * that refunds created, because the keys of refunds may be reused.
 */
function findTwins(accountSums: readonly AccountSums[]): readonly LedgerViolation[] {
  const found: LedgerViolation[] = []
  const grants = new Set<string>()
  for (const { lots } of accountSums) {
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

const astray = 'the levels of its entries differ from its path'

/** Finds holds that have entries at an account outside their path. */
function strayHolds(
  account: Account,
  { holds }: AccountSums,
  known: ReadonlyMap<string, Hold>,
): readonly LedgerViolation[] {
  return [...holds.keys()]
    .filter((id) => known.get(id)?.path.includes(account) === false)
    .map((hold) => ({ invariant: 'hold_path', wallet: account.wallet, hold, message: astray }))
}

function faultsOfHold(hold: Hold, accountSums: ReadonlyMap<Account, AccountSums>): readonly LedgerViolation[] {
  const faults: LedgerViolation[] = []
  const { id, path, state, held, amount, spent, refunded, slices } = hold
  path.forEach((account, level) => {
    const sums = accountSums.get(account)
    if (sums === undefined) return
    const check: Check = (invariant, isKept, message) => {
      if (!isKept) faults.push({ invariant, wallet: account.wallet, hold: id, message })
    }
    const ofHold = sums.holds.get(id)
    check(
      'hold_sum',
      held === (ofHold?.held ?? 0n) && amount === (ofHold?.given ?? 0n),
      'its held amount differs from its entries',
    )
    check('hold_sum', state !== 'held' || held === slicesAt(hold, account), 'its held amount differs from its slices')
    check(
      'hold_cost',
      spent === (ofHold?.spent ?? 0n) && refunded === (ofHold?.refunded ?? 0n),
      'its cost differs from its entries',
    )
    check('hold_path', ofHold !== undefined || (amount === 0n && spent === 0n), astray)
    if (level > 0) return
    check(
      'hold_lifecycle',
      state === 'held' || (held === 0n && slices === undefined),
      'an ended hold still holds credits',
    )
    check('hold_lifecycle', held >= 0n && held <= amount, 'a hold holds more than was reserved')
    check('hold_lifecycle', refunded >= 0n && refunded <= spent, 'the refunds exceed the cost')
  })
  return faults
}

/** Whether a hold that is booked at no account has amounts that no hold can have. */
function isImpossible({ path, state, held, amount, spent, refunded }: Hold): boolean {
  if (path.length > 0) return false
  return held < 0n || held > amount || refunded < 0n || refunded > spent || (state !== 'held' && held > 0n)
}

function impossible({ id }: Hold): LedgerViolation {
  return { invariant: 'hold_lifecycle', hold: id, message: 'a hold without levels has impossible amounts' }
}

/** Returns the sum of a hold's slices at one account. */
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
