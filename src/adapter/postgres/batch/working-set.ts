import { nextDue, queueLots } from '../../../ledger/operation/due.ts'
import type { Account, Allowance, Hold, Lot, Slice } from '../../../ledger/storage/account.ts'
import { Books } from '../../../ledger/storage/books.ts'
import { burnOrder } from '../../../ledger/storage/burn-order.ts'
import { kindOf } from '../../../ledger/storage/entry-kind.ts'
import { newHold } from '../../../ledger/storage/new-hold.ts'
import type { Bucket } from '../../../port/ledger-result.ts'
import type { AllowanceRow, HoldRow, KeyRow, LotRow, WalletRow } from '../row/row.ts'
import { WorkingHolds } from './working-holds.ts'
import { WorkingLog } from './working-log.ts'

/** The rows that a working set is built from. */
export interface LoadedRows {
  /** The wallets, including all ancestors of each wallet. */
  readonly wallets: readonly WalletRow[]
  /** The holds. Every wallet in the path of a hold is in `wallets`. */
  readonly holds: readonly HoldRow[]
  readonly keys: readonly KeyRow[]
  /** For each wallet that gets a new cap: the amount already spent in the current cap period, by wallet number. */
  readonly spentInPeriod: ReadonlyMap<number, bigint>
}

/** The row from which each lot of an account was built. `undefined` for a new lot. */
export type LotPairs = Map<Lot, LotRow | undefined>

/**
 * The part of the ledger's books that one batch needs, built from loaded rows. The kernel decides as on the complete
 * books, because the operations of the batch access no other data.
 */
export class WorkingSet {
  readonly books: Books
  readonly workingHolds: WorkingHolds
  readonly accounts = new Map<number, Account>()
  readonly rows = new Map<Account, WalletRow>()
  readonly lots = new Map<Account, LotPairs>()
  readonly holds = new Map<string, { readonly hold: Hold; readonly row: HoldRow }>()
  readonly keys = new Map<string, KeyRow>()
  /**
   * The index of the batch's first own entry in the log. Earlier entries represent costs that were loaded from the
   * database.
   */
  readonly firstRow: number

  constructor(loaded: LoadedRows, idRetention: number) {
    this.workingHolds = new WorkingHolds()
    this.books = new Books(idRetention, new WorkingLog(), this.workingHolds)
    for (const row of loaded.wallets) {
      this.books.at = Math.max(this.books.at, row.at)
      this.books.count = Math.max(this.books.count, row.ordinal)
      if (row.version > 0) this.#openAccount(row)
    }
    for (const row of loaded.wallets) {
      const account = this.accounts.get(row.number)
      if (account !== undefined && row.parent !== undefined) account.parent = this.accounts.get(row.parent)
    }
    for (const row of loaded.holds) this.#openHold(row)
    for (const row of loaded.keys) {
      this.keys.set(row.key, row)
      this.books.keys.set(row.key, row)
    }
    for (const [number, spent] of loaded.spentInPeriod) this.#writeSpent(number, spent)
    this.firstRow = this.books.log.length
  }

  #openAccount(row: WalletRow): void {
    const account = this.books.accounts.open(row.wallet)
    Object.assign(account, row.amounts)
    account.sequence = row.sequence
    account.terms = row.terms
    account.capSpent = row.capSpent
    account.capStartsAt = row.capStartsAt
    account.capEndsAt = row.capEndsAt
    const pairs: LotPairs = new Map()
    for (const one of row.lots) {
      const lot: Lot = { ...one, account }
      pairs.set(lot, one)
      account.grants.push(lot)
      if (lot.only !== undefined) account.hasTags = true
      if (lot.available > 0n) account.lots.push(lot)
    }
    if (account.lots.length > 1) account.lots.sort(burnOrder)
    account.allowances = row.allowances.map((one) => openAllowance(account, one))
    queueLots(account)
    account.dueAt = nextDue(account)
    this.accounts.set(row.number, account)
    this.rows.set(account, row)
    this.lots.set(account, pairs)
  }

  #openHold(row: HoldRow): void {
    const { costs, slices, path: numbers, ...fields } = row
    const path = numbers.map((number) => this.accounts.get(number) as Account)
    const hold = newHold({ ...fields, path })
    let last: Slice | undefined
    for (const [level, ordinal, amount] of slices) {
      const account = path[level] as Account
      const slice: Slice = { account, lot: lotOf(account, ordinal), amount, next: undefined }
      if (last === undefined) hold.slices = slice
      else last.next = slice
      last = slice
    }
    for (const [level, from, ordinal, amount] of costs) {
      const account = path[level] as Account
      this.#writeOld(account, from, amount, lotOf(account, ordinal), hold)
    }
    this.workingHolds.add(hold)
    if (hold.state === 'held') this.books.queue.add(hold)
    this.holds.set(row.id, { hold, row })
  }

  /**
   * Adds a log entry for a stored cost or refund of a loaded hold. The kernel reads these entries when it refunds the
   * hold.
   */
  #writeOld(account: Account, from: Bucket, amount: bigint, lot: Lot | undefined, hold: Hold): void {
    const { sequence, lastRow } = account
    const kind = from === 'spent' ? kindOf('refunded', 'spent', 'available') : kindOf('settled', from, 'spent')
    this.books.log.add(account, kind, amount, hold.createdAt, lot, hold)
    account.sequence = sequence
    account.lastRow = lastRow
  }

  /**
   * Adds one log entry with the amount already spent in the period of a new cap. The kernel counts this entry when it
   * sets the cap.
   */
  #writeSpent(number: number, spent: bigint): void {
    const account = this.accounts.get(number)
    if (account === undefined || spent === 0n) return
    const { sequence } = account
    const kind = spent > 0n ? kindOf('settled', 'available', 'spent') : kindOf('refunded', 'spent', 'available')
    this.books.log.add(account, kind, spent > 0n ? spent : -spent, Number.MAX_SAFE_INTEGER, undefined, undefined)
    account.sequence = sequence
  }
}

function openAllowance(account: Account, row: AllowanceRow): Allowance {
  return { ...row, lot: row.lot === undefined ? undefined : lotOf(account, row.lot) }
}

/**
 * Returns the lot of an account by ordinal, or `undefined` for null. Returns an empty expired lot in place of a lot
 * that was not loaded, because such a lot can no longer change.
 */
function lotOf(account: Account, ordinal: number | null): Lot | undefined {
  if (ordinal === null) return undefined
  return (
    findByOrder(account.grants, ordinal) ?? {
      account,
      grant: '',
      period: undefined,
      kind: 'paid',
      priority: 0,
      effectiveAt: 0,
      expiresAt: 0,
      only: undefined,
      order: ordinal,
      amount: 0n,
      available: 0n,
      reserved: 0n,
      state: 'expired',
    }
  )
}

/** Returns the lot with this `order`. Lots are loaded in ascending order, so this takes a binary search. */
function findByOrder(lots: readonly Lot[], order: number): Lot | undefined {
  let low = 0
  let high = lots.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((lots[middle]?.order ?? order) < order) low = middle + 1
    else high = middle
  }
  return lots[low]?.order === order ? lots[low] : undefined
}
