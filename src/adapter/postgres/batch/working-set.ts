import { nextDue, queueLots } from '../../../ledger/operation/due.ts'
import { addClosed } from '../../../ledger/operation/lot.ts'
import type { Account, Allowance, Hold, Lot, Slice } from '../../../ledger/storage/account.ts'
import { Books } from '../../../ledger/storage/books.ts'
import { burnOrder } from '../../../ledger/storage/burn-order.ts'
import { kindOf } from '../../../ledger/storage/entry-kind.ts'
import { newHold } from '../../../ledger/storage/new-hold.ts'
import type { AllowanceRow, CostEntryRow, HoldRow, KeyRow, LotRow, WalletRow, WorkingField } from '../row/row.ts'
import { readCall } from '../row/stored-call.ts'
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
  /** The lots that are not open and that a refund or revoke needs, each with the number of its wallet. */
  readonly closedLots?: readonly (readonly [wallet: number, lot: LotRow])[]
  /** The costs that refunds name by an entry. */
  readonly namedCosts?: readonly NamedCost[]
}

/** The cost entries to which an entry belongs. None when the entry does not exist or books no cost. */
export interface NamedCost {
  /** The number of the wallet of the entry. */
  readonly wallet: number
  readonly sequence: number
  readonly entries: readonly CostEntryRow[]
}

/** The row from which each lot of an account was built. `undefined` for a new lot. */
export type LotPairs = Map<Lot, LotRow | undefined>

/**
 * The part of the ledger's books that one batch needs, built from loaded rows. The kernel decides as on the complete
 * books, because the operations of the batch access no other data.
 */
export class WorkingSet {
  readonly books: Books
  readonly log = new WorkingLog()
  readonly workingHolds: WorkingHolds
  readonly accounts = new Map<number, Account>()
  readonly rows = new Map<Account, WalletRow>()
  readonly lots = new Map<Account, LotPairs>()
  readonly holds = new Map<string, { readonly hold: Hold; readonly row: HoldRow }>()
  readonly keys = new Map<string, KeyRow>()
  readonly #paths = new Map<readonly number[], readonly Account[]>()
  /**
   * The index of the batch's first own entry in the log. Earlier entries represent costs that were loaded from the
   * database.
   */
  readonly firstRow: number

  constructor(loaded: LoadedRows, idRetention: number) {
    this.workingHolds = new WorkingHolds()
    this.books = new Books(idRetention, this.log, this.workingHolds)
    for (const row of loaded.wallets) {
      this.books.at = Math.max(this.books.at, row.at)
      this.books.count = Math.max(this.books.count, row.ordinal)
      if (row.version > 0) this.#openAccount(row)
    }
    for (const row of loaded.wallets) {
      const account = this.accounts.get(row.number)
      if (account !== undefined && row.parent !== undefined) account.parent = this.accounts.get(row.parent)
    }
    for (const [number, row] of loaded.closedLots ?? []) this.#addClosedLot(number, row)
    for (const account of this.accounts.values()) this.#openDebts(account)
    for (const row of loaded.holds) this.#openHold(row)
    for (const cost of loaded.namedCosts ?? []) this.#openNamedCost(cost)
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
    account.allowances = row.allowances.map((one) => openAllowance(pairs, account, one))
    queueLots(account)
    if (row.debts.tagEnds.length > 0) account.tagEnds = new Map(row.debts.tagEnds)
    account.dueAt = nextDue(account)
    this.accounts.set(row.number, account)
    this.rows.set(account, row)
    this.lots.set(account, pairs)
  }

  #addClosedLot(number: number, row: LotRow): void {
    const account = this.accounts.get(number)
    const pairs = account && this.lots.get(account)
    if (account === undefined || pairs === undefined) return
    const lot: Lot = { ...row, account }
    pairs.set(lot, row)
    if (lot.state === 'live') addClosed(lot)
  }

  #openDebts(account: Account): void {
    const { debts } = this.rows.get(account) as WalletRow
    account.debts = debts.debts.map(({ only, owed, repaidBy }) => ({
      only,
      owed,
      repaidBy: repaidBy === undefined ? undefined : this.#lotOf(account, repaidBy),
    }))
  }

  #lotOf(account: Account, ordinal: number | null): Lot | undefined {
    return lotOf(this.lots.get(account) as LotPairs, account, ordinal)
  }

  #openNamedCost({ wallet, sequence, entries }: NamedCost): void {
    const account = this.accounts.get(wallet)
    if (account === undefined) return
    const [first] = entries
    if (first === undefined) return
    const { at, hold: id } = first
    const call = readCall(first.call, (number) => this.accounts.get(number)?.wallet)
    const forgotten = { id, lastRow: -1, call }
    const rows = entries.map(({ wallet: number, from, lot: ordinal, ...cost }) => {
      const level = this.accounts.get(number) as Account
      const lot = this.#lotOf(level, ordinal)
      return this.log.addStored({ ...cost, account: level, kind: kindOf('settled', from, 'spent'), lot }, forgotten)
    })
    this.log.addCost(account, sequence, { rows, at, hold: id })
  }

  #openHold(row: HoldRow): void {
    const { costs, slices, path: numbers } = row
    const path = this.#pathOf(numbers)
    const hold = newHold(holdFields(row, path))
    let last: Slice | undefined
    for (const [level, ordinal, amount] of slices) {
      const account = path[level] as Account
      const slice: Slice = { account, lot: this.#lotOf(account, ordinal), amount, next: undefined }
      if (last === undefined) hold.slices = slice
      else last.next = slice
      last = slice
    }
    for (const [level, from, ordinal, amount, sequence, refunded, only] of costs) {
      const account = path[level] as Account
      const kind = kindOf('settled', from, 'spent')
      const lot = this.#lotOf(account, ordinal)
      this.log.addStored({ account, kind, amount, at: hold.createdAt, lot, sequence, refunded, only }, hold)
    }
    this.workingHolds.add(hold)
    if (hold.state === 'held') this.books.queue.add(hold)
    this.holds.set(row.id, { hold, row })
  }

  /** Returns the accounts of a path. Holds of equal calls share one array of numbers. */
  #pathOf(numbers: readonly number[]): readonly Account[] {
    const known = this.#paths.get(numbers)
    if (known !== undefined) return known
    const path = numbers.map((number) => this.accounts.get(number) as Account)
    this.#paths.set(numbers, path)
    return path
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

/** Returns the fields of a stored hold. Lists every field, because an object rest would double the cost of a settle. */
function holdFields(row: HoldRow, path: readonly Account[]): Omit<Hold, WorkingField> {
  return {
    id: row.id,
    origin: row.origin,
    path,
    call: row.call,
    requested: row.requested,
    minAmount: row.minAmount,
    ttl: row.ttl,
    createdAt: row.createdAt,
    order: row.order,
    expiresAt: row.expiresAt,
    state: row.state,
    first: row.first,
    amount: row.amount,
    held: row.held,
    spent: row.spent,
    refunded: row.refunded,
    endedAt: row.endedAt,
    final: row.final,
    overrun: row.overrun,
    late: row.late,
    answer: row.answer,
    returned: row.returned,
  }
}

function openAllowance(pairs: LotPairs, account: Account, row: AllowanceRow): Allowance {
  return { ...row, lot: row.lot === undefined ? undefined : lotOf(pairs, account, row.lot) }
}

/**
 * Returns the lot of an account by ordinal, or `undefined` for null. Returns an empty expired lot in place of a lot
 * that was not loaded, because no operation of the batch can change such a lot.
 */
function lotOf(pairs: LotPairs, account: Account, ordinal: number | null): Lot | undefined {
  if (ordinal === null) return undefined
  const known = lotsByOrder(pairs).get(ordinal)
  if (known !== undefined) return known
  return {
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
    isOpen: false,
  }
}

const byOrder = new WeakMap<LotPairs, { readonly size: number; readonly lots: ReadonlyMap<number, Lot> }>()

/** Returns lots by ordinal. Computed once for each number of pairs, so that a hold of many slices takes one pass. */
function lotsByOrder(pairs: LotPairs): ReadonlyMap<number, Lot> {
  const known = byOrder.get(pairs)
  if (known?.size === pairs.size) return known.lots
  const lots = new Map([...pairs.keys()].map((lot) => [lot.order, lot]))
  byOrder.set(pairs, { size: pairs.size, lots })
  return lots
}
