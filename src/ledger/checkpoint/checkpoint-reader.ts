import type { CallDetails } from '../../port/ledger-result.ts'
import { queueLots } from '../operation/due.ts'
import type { Account, Hold, Lot, Slice } from '../storage/account.ts'
import { lotKey } from '../storage/account.ts'
import { burnOrder } from '../storage/burn-order.ts'
import type { EntryArchive } from '../storage/entry-archive.ts'
import type { HashSeed } from '../storage/id-index.ts'
import { newHold } from '../storage/new-hold.ts'
import { type MemoryBooks, openBooks } from '../storage/open-books.ts'
import { PooledLot } from '../storage/open-lot.ts'
import { ArchiveNames } from './archive-names.ts'
import { BlockArchive } from './block-archive.ts'
import {
  type CheckpointHeader,
  type CheckpointRecord,
  checkpointVersion,
  type EndedRow,
  type HoldRow,
  type LotRow,
  type WalletRow,
} from './checkpoint-record.ts'
import { parseValue } from './checkpoint-text.ts'
import { parseBlock } from './entry-block.ts'

/** Builds books from the records of a checkpoint, one by one. */
export class CheckpointReader {
  readonly books: MemoryBooks
  readonly names: ArchiveNames
  readonly archive: EntryArchive
  isDone = false
  #header: CheckpointHeader | undefined
  #records = 0
  readonly #wallets: WalletRow[] = []
  readonly #paths: (readonly Account[])[] = []
  readonly #calls: CallDetails[] = []

  /** Creates a reader. `readBlock` returns a block of the archive. */
  constructor(readBlock: (block: number) => string, seed: HashSeed) {
    this.books = openBooks(0, seed)
    this.names = new ArchiveNames(this.books)
    this.archive = new BlockArchive(readBlock, this.names)
  }

  /** Reads the next record. Returns the problem with an invalid record, or `undefined`. */
  take(text: string): string | undefined {
    this.#records += 1
    try {
      // Most records are of ended holds, which have no amounts.
      const isPlain = text.startsWith('["ended"')
      return this.#apply((isPlain ? JSON.parse(text) : parseValue(text)) as CheckpointRecord)
    } catch (error) {
      return `is not a record of a checkpoint: ${error instanceof Error ? error.message : String(error)}`
    }
  }

  #apply(record: CheckpointRecord): string | undefined {
    const [type, row] = record
    if (type === 'checkpoint') return this.#begin(row)
    if (this.#header === undefined) return 'comes before the first record of a checkpoint'
    if (type === 'wallet') this.#addWallet(row)
    else if (type === 'lot') this.#addLot(row)
    else if (type === 'open') this.#addOpen(row)
    else if (type === 'refunds') this.books.log.restoreSums(this.#header.importedRows, row)
    else if (type === 'entries') for (const entry of parseBlock(row, this.names)) this.books.log.restore(entry)
    else if (type === 'path') this.#paths.push(row.map((number) => this.#accountAt(number)))
    else if (type === 'call') this.#calls.push(this.#callOf(row))
    else if (type === 'ended') this.#addEnded(row)
    else if (type === 'special') this.#addSpecial(row)
    else if (type === 'key') {
      this.books.keys.set(row.key, row)
      if (row.type !== 'grant') this.books.endedKeys.add(row)
    } else if (type === 'end') return this.#end(row)
    else return 'is of an unknown type'
    return undefined
  }

  #begin(header: CheckpointHeader): string | undefined {
    if (this.#header !== undefined) return 'is a second first record of a checkpoint'
    const { version, rows: _, archived, importedRows, ...fields } = header
    if (version !== checkpointVersion) return `is of version ${version}, which this ledger does not know`
    Object.assign(this.books, fields)
    this.books.log.continueAfter(archived, this.archive)
    this.books.log.restoreSums(importedRows, [])
    this.#header = header
    return undefined
  }

  #addWallet(row: WalletRow): void {
    const account = this.books.accounts.open(row.wallet)
    const { terms, sequence, lastRow, dueAt, hasTags, capSpent, capStartsAt, capEndsAt, amounts } = row
    Object.assign(account, { terms, sequence, lastRow, dueAt, hasTags, capSpent, capStartsAt, capEndsAt, ...amounts })
    if (row.tagEnds.length > 0) account.tagEnds = new Map(row.tagEnds)
    this.#wallets.push(row)
  }

  #addLot({ account: number, order, amount, available, reserved, state, isOpen, ...terms }: LotRow): void {
    const all = { ...terms, period: terms.period, only: terms.only }
    const lot = new PooledLot(this.#accountAt(number), all, order, amount, state, this.books.lotAmounts)
    lot.available = available
    lot.reserved = reserved
    lot.isOpen = isOpen
    this.names.add(lot)
  }

  #addOpen(row: HoldRow): void {
    const hold = this.#holdOf(row)
    this.books.holds.add(hold)
    this.books.queue.add(hold)
  }

  #addSpecial(row: HoldRow): void {
    const hold = this.#holdOf(row)
    this.books.holds.restoreEnded({ ...hold, isLate: hold.answer?.isLate === true }, hold)
  }

  #addEnded(row: EndedRow): void {
    const [id, path, call, origin, state, late, ttl, createdAt, expiresAt, endedAt, lastRow, minAmount] = row
    const least = minAmount === undefined ? undefined : BigInt(minAmount)
    const archived = {
      id,
      origin,
      state,
      minAmount: least,
      ttl,
      createdAt,
      expiresAt,
      endedAt,
      lastRow,
      isLate: late === 1,
    }
    const accounts = this.#paths[path] ?? missing(`path ${path}`)
    this.books.holds.restoreEnded({ ...archived, path: accounts, call: this.#calls[call] })
  }

  #holdOf({ path, slices, call, ...row }: HoldRow): Hold {
    let next: Slice | undefined
    for (const [number, order, amount] of [...slices].reverse()) {
      const lot = order === 0 ? undefined : this.#lotAt(order)
      next = { account: this.#accountAt(number), lot, amount, next }
    }
    const accounts = path.map((number) => this.#accountAt(number))
    return newHold({ ...row, path: accounts, call: call && this.#callOf(call), slices: next })
  }

  /** Connects the accounts, grants and allowances once all of them are known. */
  #end(records: number): string | undefined {
    if (records !== this.#records) return `ends a checkpoint of ${records} records, of which ${this.#records} exist`
    for (const [number, row] of this.#wallets.entries()) this.#connect(this.#accountAt(number), row)
    if (this.books.log.length !== this.#header?.rows) return 'ends a checkpoint whose entries are incomplete'
    this.isDone = true
    return undefined
  }

  #connect(account: Account, { parent, grants, closed, allowances, debts, hasTags, dueAt }: WalletRow): void {
    if (parent !== undefined) account.parent = this.#accountAt(parent)
    account.grants = grants.map((order) => this.#lotAt(order))
    account.lots = account.grants.filter(({ available }) => available > 0n).sort(burnOrder)
    if (closed.length > 0) {
      account.closed = new Map(closed.map((order) => [lotKey(this.#lotAt(order)), this.#lotAt(order)]))
    }
    if (allowances.length > 0) {
      account.allowances = allowances.map(({ lot, ...rest }) => ({ ...rest, lot: this.#findLot(lot) }))
    }
    account.debts = debts.map(({ only, owed, repaidBy }) => ({ only, owed, repaidBy: this.#findLot(repaidBy) }))
    queueLots(account)
    Object.assign(account, { hasTags, dueAt })
  }

  #callOf({ path, tags, note }: CallDetails): CallDetails {
    return this.books.callPaths.of(path).detailsOf(tags, note)
  }

  #accountAt(number: number): Account {
    return this.names.accountAt(number) ?? missing(`account ${number}`)
  }

  #findLot(order: number | undefined): Lot | undefined {
    return order === undefined ? undefined : this.#lotAt(order)
  }

  #lotAt(order: number): Lot {
    return this.names.lotAt(order) ?? missing(`grant ${order}`)
  }
}

function missing(what: string): never {
  throw new Error(`${what} is missing`)
}
