import { byBucket } from '../../port/bucket.ts'
import type { CallDetails } from '../../port/ledger-result.ts'
import type { Account, Hold, Lot } from '../storage/account.ts'
import type { IdempotencyRecord } from '../storage/books.ts'
import type { ArchivedHold } from '../storage/hold-archive.ts'
import type { MemoryBooks } from '../storage/open-books.ts'
import type { ArchiveNames } from './archive-names.ts'
import {
  type CheckpointHeader,
  type CheckpointRecord,
  checkpointVersion,
  type HoldRow,
  type LotRow,
  type WalletRow,
} from './checkpoint-record.ts'
import { formatValue } from './checkpoint-text.ts'
import { blockSize, formatBlock } from './entry-block.ts'

/** The state of books at one instant. Later changes of the books do not affect it. */
export interface CapturedCheckpoint {
  /** The records of the checkpoint. Formatted one by one, most of them when they are read. */
  readonly records: Iterable<string>
  /** The number of the first block to archive, and the blocks from there on. */
  readonly firstBlock: number
  readonly blocks: Iterable<string>
  /** The number of entries that the archive has with these blocks. */
  readonly archived: number
}

/**
 * Captures the state of books. Takes time proportional to the wallets, grants and open holds, and to the entries since
 * the last checkpoint. Keep the entries in memory until `records` and `blocks` were read.
 */
export function captureCheckpoint(books: MemoryBooks, names: ArchiveNames): CapturedCheckpoint {
  const { log } = books
  const { archived: before, length: rows, importedRows } = log
  const archived = rows - (rows % blockSize)
  const accounts = [...books.accounts.all()]
  nameLots(books, names)
  const { idRetention, knownSince, at, latestDue, dueEntries, count } = books
  const numbers = { idRetention, knownSince, at, latestDue, dueEntries, count }
  const header: CheckpointHeader = { version: checkpointVersion, ...numbers, rows, archived, importedRows }
  const texts = [format(['checkpoint', header])]
  for (const account of accounts) texts.push(format(['wallet', walletRow(account, names)]))
  for (const lot of names.lots.values()) texts.push(format(['lot', lotRow(lot, names)]))
  for (const hold of books.holds.open()) texts.push(format(['open', holdRow(hold, names)]))
  const special = new Map<number, string>()
  for (const [row, hold] of books.holds.special) special.set(row, format(['special', holdRow(hold, names)]))
  if (log.refunds.size > 0) texts.push(format(['refunds', [...log.refunds]]))
  const ended = books.holds.ended()
  const keys = keysOf(books)

  function* lazily(): Generator<string, undefined> {
    yield* texts
    yield format(['entries', formatBlock(entriesOf(books, archived, rows), names)])
    yield* endedHolds(ended, special, names)
    for (const key of keys) yield format(['key', key])
  }
  return {
    records: counted(lazily()),
    firstBlock: before / blockSize,
    blocks: blocksOf(books, before, archived, names),
    archived,
  }
}

function format(record: CheckpointRecord): string {
  return formatValue(record)
}

/** Adds the end record. */
function* counted(texts: Iterable<string>): Generator<string, undefined> {
  let count = 1
  for (const text of texts) {
    count += 1
    yield text
  }
  yield format(['end', count])
}

/** Adds the lots that a checkpoint or an archived entry may name. */
function nameLots({ accounts, log }: MemoryBooks, names: ArchiveNames): void {
  let last: Lot | undefined
  for (let row = log.archived; row < log.length; row += 1) {
    const lot = log.lotOf(row)
    if (lot !== last) names.add(lot)
    last = lot
  }
  for (const { grants, closed, allowances, debts } of accounts.all()) {
    for (const lot of grants) names.add(lot)
    for (const lot of closed?.values() ?? []) names.add(lot)
    for (const { lot } of allowances) names.add(lot)
    for (const { repaidBy } of debts) names.add(repaidBy)
  }
}

function walletRow(account: Account, names: ArchiveNames): WalletRow {
  const { wallet, terms, parent, sequence, lastRow, dueAt, hasTags, capSpent, capStartsAt, capEndsAt } = account
  const { grants, closed, allowances, debts, tagEnds } = account
  return {
    wallet,
    terms,
    ...(parent === undefined ? {} : { parent: names.numberOf(parent) }),
    amounts: byBucket((bucket) => account[bucket]),
    ...{ sequence, lastRow, dueAt, hasTags, capSpent, capStartsAt, capEndsAt },
    grants: grants.map(({ order }) => order),
    closed: [...(closed?.values() ?? [])].map(({ order }) => order),
    allowances: allowances.map(({ lot, ...rest }) => ({ ...rest, ...(lot === undefined ? {} : { lot: lot.order }) })),
    debts: debts.map(({ repaidBy, ...rest }) => ({
      ...rest,
      ...(repaidBy === undefined ? {} : { repaidBy: repaidBy.order }),
    })),
    tagEnds: [...(tagEnds ?? [])],
  }
}

function lotRow(lot: Lot, names: ArchiveNames): LotRow {
  const { grant, period, kind, priority, effectiveAt, expiresAt, only, order, amount, available, reserved } = lot
  const terms = { grant, period, kind, priority, effectiveAt, expiresAt, only, order, amount, available, reserved }
  return { account: names.numberOf(lot.account), ...terms, state: lot.state, isOpen: lot.isOpen }
}

function holdRow(hold: Hold, names: ArchiveNames): HoldRow {
  const { path, slices, place: _, archiveRow: __, tags: ___, ...rest } = hold
  const parts: (readonly [number, number, bigint])[] = []
  for (let slice = slices; slice !== undefined; slice = slice.next) {
    parts.push([names.numberOf(slice.account), slice.lot?.order ?? 0, slice.amount])
  }
  return { ...rest, path: path.map((account) => names.numberOf(account)), slices: parts }
}

/** Returns the records of keys, oldest first. Those of grants come last, as no later key replaces them. */
function keysOf({ keys, endedKeys }: MemoryBooks): readonly IdempotencyRecord[] {
  return [...endedKeys.values(), ...[...keys.values()].filter(({ type }) => type === 'grant')]
}

function* entriesOf({ log }: MemoryBooks, from: number, until: number) {
  for (let row = from; row < until; row += 1) yield log.get(row)
}

function* blocksOf(books: MemoryBooks, from: number, until: number, names: ArchiveNames): Generator<string, undefined> {
  for (let row = from; row < until; row += blockSize) {
    yield formatBlock(entriesOf(books, row, row + blockSize), names)
  }
}

function* endedHolds(
  ended: Iterable<readonly [row: number, hold: ArchivedHold]>,
  special: ReadonlyMap<number, string>,
  names: ArchiveNames,
): Generator<string, undefined> {
  const paths = new Map<readonly Account[], number>()
  const calls = new Map<CallDetails, number>()
  for (const [row, hold] of ended) {
    const { id, path, call, origin, state, isLate, minAmount, ttl, createdAt, expiresAt, endedAt, lastRow } = hold
    const text = special.get(row)
    if (text !== undefined) {
      yield text
      continue
    }
    if (!paths.has(path)) {
      paths.set(path, paths.size)
      yield format(['path', path.map((account) => names.numberOf(account))])
    }
    if (call !== undefined && !calls.has(call)) {
      calls.set(call, calls.size)
      yield format(['call', call])
    }
    const [pathPlace = 0, callPlace = -1] = [paths.get(path), call && calls.get(call)]
    const late = isLate ? 1 : 0
    const row_ = [id, pathPlace, callPlace, origin, state, late, ttl, createdAt, expiresAt, endedAt, lastRow]
    yield JSON.stringify(['ended', minAmount === undefined ? row_ : [...row_, String(minAmount)]])
  }
}
