import type { CallDetails } from '../../port/ledger-result.ts'
import { countDebt } from '../operation/debt.ts'
import { nextDue, queueLots } from '../operation/due.ts'
import { addClosed, noteTags } from '../operation/lot.ts'
import type { Account, Allowance, Hold, Lot, Slice } from '../storage/account.ts'
import type { Books } from '../storage/books.ts'
import { burnOrder } from '../storage/burn-order.ts'
import { kindOf } from '../storage/entry-kind.ts'
import type { HashSeed } from '../storage/id-index.ts'
import { newHold } from '../storage/new-hold.ts'
import { type MemoryBooks, openBooks } from '../storage/open-books.ts'
import { PooledLot } from '../storage/open-lot.ts'
import { verify } from '../verify.ts'
import { ImportReader } from './import-reader.ts'
import type { ImportedHold } from './imported-hold.ts'
import type { ImportedLot, ImportedWallet } from './imported-wallet.ts'
import type { ExportedEntry } from './record/entry.ts'
import type { ExportedAllowance } from './record/wallet.ts'

/** Whether the books are empty: no wallet, grant or hold has ever been created. */
export function isUntouched({ accounts, count }: Books): boolean {
  return count === 0 && accounts.all().length === 0
}

/** Builds books from an export, record by record. */
export class BooksImport {
  /** The imported books. Complete after the last record was read. */
  readonly books: MemoryBooks
  readonly #intake: ImportReader
  readonly #accounts: Account[] = []
  readonly #lots: Lot[][] = []
  readonly #holds = new Map<ImportedHold, Hold>()

  constructor(idRetention: number, seed: HashSeed) {
    this.books = openBooks(idRetention, seed)
    this.#intake = new ImportReader({
      opened: () => this.#open(),
      entry: (row, _, hold) => this.#addEntry(row, hold),
    })
  }

  get isDone(): boolean {
    return this.#intake.isDone
  }

  get records(): number {
    return this.#intake.records
  }

  /**
   * Reads the next record. Returns the problem with an invalid record, or `undefined`. Discard the books after a
   * problem.
   */
  take(text: unknown): string | undefined {
    const fault = this.#intake.take(text)
    if (fault !== undefined || !this.#intake.isDone) return fault
    this.#close()
    const [violation] = verify(this.books, this.books.at)
    return violation && `ends an export that breaks an invariant: ${violation.message}`
  }

  #open(): void {
    const { wallets, holds, header } = this.#intake
    this.books.at = header.at
    this.books.knownSince = header.knownSince
    for (const wallet of wallets) this.#openAccount(wallet)
    for (const [i, { row }] of wallets.entries()) {
      const account = this.#accounts[i]
      if (account !== undefined && row.parent !== undefined) account.parent = this.#accounts[row.parent - 1]
    }
    for (const hold of holds.values()) this.#openHold(hold)
  }

  #openAccount({ row, lots }: ImportedWallet): void {
    const account = this.books.accounts.open(row.wallet)
    const { sequence: _, ...amounts } = row.balance
    Object.assign(account, amounts)
    account.terms = row.terms
    const opened = lots.map((lot) => this.#openLot(account, lot))
    this.#accounts.push(account)
    this.#lots.push(opened)
    account.allowances = row.allowances.map((one) => openAllowance(one, opened))
    const current = new Set(account.allowances.map(({ lot }) => lot))
    for (const lot of opened) {
      const { state, available, reserved } = lot
      lot.isOpen = state === 'scheduled' || available > 0n || reserved > 0n || (state === 'live' && current.has(lot))
      if (lot.isOpen) account.grants.push(lot)
      else if (state === 'live') addClosed(lot)
      if (state !== 'scheduled') noteTags(lot)
    }
    queueLots(account)
    account.lots = opened.filter(({ available }) => available > 0n).sort(burnOrder)
    account.hasTags = account.grants.some(({ only }) => only !== undefined)
    account.dueAt = nextDue(account)
  }

  #openLot(account: Account, { row }: ImportedLot): Lot {
    this.books.count += 1
    const { count, lotAmounts } = this.books
    const lot = new PooledLot(account, row, count, row.amount, row.state, lotAmounts)
    lot.available = row.available
    lot.reserved = row.reserved
    return lot
  }

  #openHold(imported: ImportedHold): void {
    const { row, final } = imported
    const path = row.path.map((place) => this.#accounts[place - 1] as Account)
    this.books.count += 1
    const call = row.call && this.#callOf(row.call)
    this.#holds.set(imported, newHold({ ...row, path, call, order: this.books.count, final, endedAt: -1 }))
  }

  #addEntry(row: ExportedEntry, imported: ImportedHold | undefined): void {
    const { wallet, at, type, from, to, amount, lot: place, hold: id, call, only, refunds } = row
    const account = this.#accounts[wallet - 1] as Account
    const lot = place === undefined ? undefined : this.#lots[wallet - 1]?.[place - 1]
    // Entries of a forgotten hold keep its id.
    const forgotten = id === undefined ? undefined : { id, lastRow: -1, call: call && this.#callOf(call) }
    const hold = imported === undefined ? forgotten : this.#holds.get(imported)
    const { log } = this.books
    // The entries of an account are consecutive, so the first of them is in the row after those of the account before.
    const first = log.length - account.sequence
    const details = { only, ...(refunds === undefined ? {} : { refunds: first + refunds - 1 }) }
    log.add(account, kindOf(type, from, to), amount, at, lot, hold, details)
    if (from === 'overdraft' || to === 'overdraft') countDebt(account, row, lot)
  }

  /** Returns the details of a call. Equal calls share one object. */
  #callOf({ path, tags, note }: CallDetails): CallDetails {
    return this.books.callPaths.of(path).detailsOf(tags, note)
  }

  #close(): void {
    const { books } = this
    const { wallets, held, keys } = this.#intake
    books.log.endImport()
    for (const [i, { capSpent, capStartsAt, capEndsAt }] of wallets.entries()) {
      Object.assign(this.#accounts[i] as Account, { capSpent, capStartsAt, capEndsAt })
    }
    for (const imported of held) this.#hold(imported)
    const ended = [...this.#holds].filter(([{ row }]) => row.state !== 'held')
    for (const [{ row }, hold] of ended.sort(([a], [b]) => a.row.endedAt - b.row.endedAt)) {
      books.holds.end(hold, row.endedAt)
      // The archive has no column for what was refunded.
      if (row.refunded > 0n) books.holds.keep(hold)
    }
    for (const keyed of [...keys].sort((a, b) => a.endedAt - b.endedAt)) {
      books.keys.set(keyed.key, keyed)
      if (keyed.type !== 'grant') books.endedKeys.add(keyed)
    }
  }

  /** Adds an open hold to the books. Its `order` is higher than the `order` of all holds that were added before. */
  #hold(imported: ImportedHold): void {
    const { books } = this
    const hold = this.#holds.get(imported) as Hold
    books.count += 1
    hold.order = books.count
    let last: Slice | undefined
    for (const { level, lot: place, amount } of imported.slices) {
      const account = hold.path[level] as Account
      const lots = this.#lots[(imported.row.path[level] ?? 0) - 1]
      const slice: Slice = {
        account,
        lot: place === undefined ? undefined : lots?.[place - 1],
        amount,
        next: undefined,
      }
      if (last === undefined) hold.slices = slice
      else last.next = slice
      last = slice
    }
    books.holds.add(hold)
    books.queue.add(hold)
  }
}

function openAllowance({ lot, ...row }: ExportedAllowance, lots: readonly Lot[]): Allowance {
  return { ...row, lot: lot === undefined ? undefined : lots[lot - 1], left: 0n }
}
