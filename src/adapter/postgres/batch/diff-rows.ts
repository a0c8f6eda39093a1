import { isSameWallet } from '../../../ledger/same.ts'
import type { Account, Hold } from '../../../ledger/storage/account.ts'
import { meaningOf } from '../../../ledger/storage/entry-kind.ts'
import type { WalletLevel } from '../../../model/noun/wallet.ts'
import type { CallDetails } from '../../../port/ledger-result.ts'
import { entryCodeOf, isCost } from '../row/entry-code.ts'
import { writeHead } from '../row/hold-body.ts'
import type { CostRow, HoldRow, KeyRow, LotRow, WalletRow } from '../row/row.ts'
import { writeCall } from '../row/stored-call.ts'
import type { ChangeSet, EntryRow, RefundedRow, WalletChange } from './change-set.ts'
import type { LotPairs, WorkingSet } from './working-set.ts'
import { allowanceRows, amountsOf, debtsRow, holdRow, isSameHold, isSameLot, lotRow } from './written-row.ts'

/** The inputs of `diffRows` in addition to the working set. */
export interface Touched {
  readonly keys: Iterable<string>
  /** The loaded placeholder rows (version 0) of the wallets that the batch may have created. */
  readonly placeholders: readonly WalletRow[]
  /** The numbers of wallets to write even if unchanged, to update the column `due_at`. */
  readonly forced: ReadonlySet<number>
  /**
   * Returns an instant before which no stored hold over the wallet with this number lapses. Does not count the holds in
   * the working set. The first lapse may come later.
   */
  readonly nextLapse: (number: number) => number
}

/** Returns the changes of a decided batch: the differences between the working set and the loaded rows. */
export function diffRows(workingSet: WorkingSet, touched: Touched): ChangeSet {
  return new RowDiff(workingSet, touched).changes()
}

class RowDiff {
  readonly #workingSet: WorkingSet
  readonly #touched: Touched
  readonly #numbers = new Map<Account, number>()
  /** The rows of the batch's own cost entries, by hold. */
  readonly #costs = new Map<string, number[]>()
  /** The rows of the refunded cost entries. */
  readonly #refunded = new Set<number>()
  readonly #calls = new Map<CallDetails, string>()
  /** What new holds of the same call have in common, with the accounts for which it is valid. */
  readonly #shared = new Map<CallDetails | undefined, SharedRow>()
  readonly #entries: EntryRow[] = []
  /** The accounts that get a new version. */
  readonly #bumped = new Set<Account>()
  /** For each account, the earliest expiry of its open holds in the working set. */
  readonly #lapses = new Map<Account, number>()

  constructor(workingSet: WorkingSet, touched: Touched) {
    this.#workingSet = workingSet
    this.#touched = touched
    for (const [account, { number }] of workingSet.rows) {
      this.#numbers.set(account, number)
      if (touched.forced.has(number)) this.#bumped.add(account)
    }
    for (const { state, expiresAt, path } of workingSet.workingHolds.values()) {
      if (state !== 'held') continue
      for (const account of path) this.#lapses.set(account, Math.min(this.#lapses.get(account) ?? expiresAt, expiresAt))
    }
    for (const row of touched.placeholders) {
      const account = workingSet.books.accounts.find(row.wallet)
      if (account === undefined || workingSet.rows.has(account)) continue
      workingSet.rows.set(account, row)
      workingSet.lots.set(account, new Map())
      this.#numbers.set(account, row.number)
      this.#bumped.add(account)
    }
  }

  changes(): ChangeSet {
    this.#readEntries()
    this.#bumpParents()
    const holds = this.#diffHolds()
    const keys = this.#diffKeys()
    const insertedLots: [number, LotRow][] = []
    const updatedLots: [number, LotRow][] = []
    const wallets: WalletChange[] = []
    for (const [account, row] of this.#workingSet.rows) {
      const pairs = this.#workingSet.lots.get(account) as LotPairs
      for (const lot of account.grants) if (!pairs.has(lot)) pairs.set(lot, undefined)
      const lots: LotRow[] = []
      let isChanged = this.#bumped.has(account)
      for (const [lot, before] of pairs) {
        const isSame = before !== undefined && isSameLot(lot, before)
        const after = isSame ? before : lotRow(lot)
        if (after.isOpen) lots.push(after)
        if (isSame) continue
        isChanged = true
        if (before === undefined) insertedLots.push([row.number, after])
        else updatedLots.push([row.number, after])
      }
      const change = this.#walletChange(account, row, lots, isChanged)
      if (change !== undefined) wallets.push(change)
    }
    const refunded = this.#refundedRows()
    return { wallets, insertedLots, updatedLots, ...holds, ...keys, refunded, entries: this.#entries }
  }

  #readEntries(): void {
    const { log, firstRow } = this.#workingSet
    const sequences = new Map<Account, number>()
    for (let row = firstRow; row < log.length; row += 1) {
      const account = log.accountOf(row) as Account
      const sequence = (sequences.get(account) ?? this.#workingSet.rows.get(account)?.sequence ?? 0) + 1
      sequences.set(account, sequence)
      const lot = log.lotOf(row)
      const hold = log.holdOf(row) ?? null
      const call = this.#callText(log.callOf(row))
      const amount = log.amountOf(row)
      const code = entryCodeOf(log.kindOf(row))
      const wallet = this.#numbers.get(account) as number
      const at = log.instantOf(row)
      const cost = log.refundsOf(row)
      const refunds = cost === undefined ? undefined : log.sequenceOf(cost)
      const only = log.onlyOf(row)
      this.#entries.push({ wallet, sequence, at, code, amount, lot: lot?.order ?? null, hold, call, only, refunds })
      if (cost !== undefined) this.#refunded.add(cost)
      this.#bumped.add(account)
      if (lot !== undefined) {
        const pairs = this.#workingSet.lots.get(account) as LotPairs
        if (!pairs.has(lot)) pairs.set(lot, undefined)
      }
      if (hold !== null && isCost(code)) this.#addCost(hold, row)
    }
  }

  #callText(call: CallDetails | undefined): string | null {
    if (call === undefined) return null
    const known = this.#calls.get(call)
    if (known !== undefined) return known
    const { accounts } = this.#workingSet.books
    const text = writeCall(call, (level) => {
      const account = accounts.find(level)
      return account && this.#numbers.get(account)
    })
    this.#calls.set(call, text)
    return text
  }

  #addCost(id: string, row: number): void {
    const costs = this.#costs.get(id)
    if (costs === undefined) this.#costs.set(id, [row])
    else costs.push(row)
  }

  #refundedRows(): readonly RefundedRow[] {
    const { log } = this.#workingSet
    return [...this.#refunded].map((row) => ({
      wallet: this.#numbers.get(log.accountOf(row) as Account) as number,
      sequence: log.sequenceOf(row),
      amount: log.refundedOf(row),
    }))
  }

  #diffHolds(): Pick<ChangeSet, 'insertedHolds' | 'updatedHolds' | 'deletedHolds'> {
    const { workingHolds, holds } = this.#workingSet
    const insertedHolds: HoldRow[] = []
    const updatedHolds: [HoldRow, HoldRow][] = []
    const deletedHolds: HoldRow[] = []
    for (const [id, { hold, row }] of holds) {
      if (workingHolds.get(id) !== hold || isSameHold(hold, row)) continue
      updatedHolds.push([row, this.#holdRow(hold, row)])
      for (const account of hold.path) this.#bumped.add(account)
    }
    for (const hold of workingHolds.values()) {
      const { id } = hold
      const known = holds.get(id)
      if (hold === known?.hold) continue
      if (known !== undefined) deletedHolds.push(known.row)
      insertedHolds.push(this.#holdRow(hold, undefined))
      for (const account of hold.path) this.#bumped.add(account)
    }
    return { insertedHolds: insertedHolds.sort(byId), updatedHolds, deletedHolds }
  }

  #holdRow(hold: Hold, row: HoldRow | undefined): HoldRow {
    const rows = this.#costs.get(hold.id)
    const before = row?.costs ?? []
    const known = this.#refunded.size === 0 ? before : before.map((cost) => this.#withRefunds(hold, cost))
    const costs = rows === undefined ? known : [...known, ...rows.map((entry) => this.#costRow(hold, entry))]
    return holdRow(hold, row ?? this.#newRow(hold), costs)
  }

  /** Returns the fields of a new hold that its row keeps. Holds of equal calls share one path and one text of the call. */
  #newRow(hold: Hold): Pick<HoldRow, 'path' | 'head'> {
    const { call, path: accounts } = hold
    let shared = this.#shared.get(call)
    if (shared?.accounts !== accounts) {
      const path = accounts.map((account) => this.#numbers.get(account) as number)
      shared = { accounts, path, text: call === undefined ? null : writeCall(call, placeIn(accounts)) }
      this.#shared.set(call, shared)
    }
    return { path: shared.path, head: writeHead(hold, shared.text) }
  }

  #costRow({ path }: Hold, row: number): CostRow {
    const { log } = this.#workingSet
    const level = path.indexOf(log.accountOf(row) as Account)
    const { from } = meaningOf(log.kindOf(row))
    const lot = log.lotOf(row)?.order ?? null
    return [level, from, lot, log.amountOf(row), log.sequenceOf(row), log.refundedOf(row), log.onlyOf(row)]
  }

  #withRefunds({ path }: Hold, cost: CostRow): CostRow {
    const [level, from, lot, amount, sequence, , only] = cost
    const { log } = this.#workingSet
    const row = log.storedRow(path[level] as Account, sequence)
    return row === undefined ? cost : [level, from, lot, amount, sequence, log.refundedOf(row), only]
  }

  /**
   * Gives a new version to every wallet above a wallet whose parent changed. Concurrent changes of parents then
   * conflict instead of forming a cycle or a path that is too long.
   */
  #bumpParents(): void {
    for (const [account, row] of this.#workingSet.rows) {
      const number = account.parent === undefined ? undefined : this.#numbers.get(account.parent)
      if (number === row.parent) continue
      for (let above = account.parent; above !== undefined; above = above.parent) this.#bumped.add(above)
    }
  }

  #diffKeys(): Pick<ChangeSet, 'insertedKeys' | 'deletedKeys'> {
    const { books, keys: loaded } = this.#workingSet
    const insertedKeys: KeyRow[] = []
    const deletedKeys: KeyRow[] = []
    for (const key of new Set(this.#touched.keys)) {
      const record = books.keys.get(key)
      const before = loaded.get(key)
      if (record === undefined || record === before) continue
      if (before !== undefined) deletedKeys.push(before)
      insertedKeys.push(record)
    }
    return { insertedKeys: insertedKeys.sort((a, b) => (a.key < b.key ? -1 : 1)), deletedKeys }
  }

  #walletChange(account: Account, row: WalletRow, lots: LotRow[], isChanged: boolean): WalletChange | undefined {
    const { terms, parent: above, capSpent, capStartsAt, capEndsAt, sequence } = account
    const parent = above === undefined ? undefined : this.#numbers.get(above)
    const allowances = allowanceRows(account, row)
    const debts = debtsRow(account, row)
    const hasNewTerms =
      terms !== row.terms || parent !== row.parent || allowances !== row.allowances || debts !== row.debts
    if (!isChanged && !hasNewTerms) return undefined
    const { number, wallet, version } = row
    const nextLapse = Math.min(this.#touched.nextLapse(number), this.#lapses.get(account) ?? Number.POSITIVE_INFINITY)
    const at = this.#workingSet.books.at
    const ordinal = this.#workingSet.books.count
    const amounts = amountsOf(account)
    const cap = { capSpent, capStartsAt, capEndsAt }
    const rest = { terms, parent, allowances, debts, lots, nextLapse }
    return {
      row: { number, wallet, version: version + 1, sequence, amounts, at, ordinal, ...cap, ...rest },
      dueAt: Math.min(account.dueAt, nextLapse),
      hasNewTerms,
    }
  }
}

/** What the rows of holds over the same accounts with the same call have in common. */
interface SharedRow {
  readonly accounts: readonly Account[]
  readonly path: readonly number[]
  /** The call, as `writeCall` writes it. */
  readonly text: string | null
}

/** Returns a function that returns the place of a level in a path, or `undefined` for a level without a wallet. */
function placeIn(path: readonly Account[]): (level: WalletLevel) => number | undefined {
  return (level) => {
    const place = path.findIndex(({ wallet }) => isSameWallet(wallet, level))
    return place < 0 ? undefined : place
  }
}

function byId(one: HoldRow, other: HoldRow): number {
  return one.id < other.id ? -1 : 1
}
