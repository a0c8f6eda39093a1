import { defaultTerms, type Terms } from '../../../ledger/storage/account.ts'
import { walletOfText } from '../../../ledger/wallet-level.ts'
import type { WalletLevel } from '../../../model/noun/wallet.ts'
import type { Instant } from '../../../model/value/instant.ts'
import { buckets } from '../../../port/bucket.ts'
import { LedgerError } from '../../../port/ledger-error.ts'
import { bucketColumns } from './bucket-column.ts'
import { readExact } from './exact-json.ts'
import { readBody } from './hold-body.ts'
import type { AllowanceRow, Amounts, DebtsRow, HoldRow, KeyRow, LotRow, WalletRow } from './row.ts'

/*
 * How rows leave the database: each as a JSON array of cells, which SQL builds and this file reads. Bigints that may exceed
 * 2^53 - 1 are cast to text. Each `sql…Cells` stands right above the function that reads it, in the same order.
 */

export type Cells = readonly unknown[]

/** Everything that one call of the SQL function `load` returned. */
export interface LoadResult {
  readonly wallets: readonly WalletRow[]
  readonly holds: readonly HoldRow[]
  readonly keys: readonly KeyRow[]
  /** The instant up to which all lapsed holds were loaded. `undefined` when all lapsed holds were loaded. */
  readonly lapsedUntil: Instant | undefined
}

/**
 * SQL expression for the JSON object that `readLoadResult` parses. Each argument is an SQL expression for one property.
 */
export const sqlLoadResult = (wallets: string, holds: string, keys: string, lapsedUntil: string): string =>
  `json_build_object(
    'now', floor(extract(epoch from clock_timestamp()) * 1000)::bigint,
    'wallets', ${wallets},
    'holds', ${holds},
    'keys', ${keys},
    'lapsedUntil', ${lapsedUntil}
  )`

/**
 * Parses the result of the SQL function `load`.
 * @throws {LedgerError} `ledger_corrupt` when the result cannot be parsed
 */
export function readLoadResult(text: string): LoadResult & { readonly now: number } {
  return parsed(() => {
    const { now, wallets, holds, keys, lapsedUntil } = JSON.parse(text) as {
      readonly now: number
      readonly wallets: readonly Cells[] | null
      readonly holds: readonly Cells[] | null
      readonly keys: readonly Cells[] | null
      readonly lapsedUntil: number | null
    }
    const rows = (wallets ?? []).map(readWallet)
    const byNumber = new Map(rows.map((row) => [row.number, row.wallet]))
    return {
      now,
      wallets: rows,
      holds: (holds ?? []).map((cells) => readHold(cells, byNumber)),
      keys: (keys ?? []).map(readKey),
      lapsedUntil: lapsedUntil ?? undefined,
    }
  })
}

/**
 * Runs a function that parses stored rows, and returns its result.
 * @throws {LedgerError} `ledger_corrupt` when the function throws
 */
export function parsed<T>(parse: () => T): T {
  try {
    return parse()
  } catch (cause) {
    throw new LedgerError('ledger_corrupt', 'not_applied', 'unexpected data in the ledger schema', { cause })
  }
}

/**
 * SQL expression for a row `w` of the table `wallet`, as a JSON array of its cells. `nextLapse` and `lots` are SQL
 * expressions. The value of `lots` is a JSON array with the cells of each lot.
 */
export const sqlWalletCells = (nextLapse: string, lots: string): string =>
  `json_build_array(
    w.number, w.type, w.id, w.incarnation, w.version, w.sequence,
    ${bucketColumns.map((column) => `w.${column}::text`).join(', ')},
    w.at, w.ordinal, w.parent, w.terms, w.allowances, w.debts, w.cap_spent::text, w.cap_starts_at, w.cap_ends_at, ${nextLapse}, ${lots})`

/** Converts the JSON cells of a wallet to a row. */
export function readWallet(cells: Cells): WalletRow {
  const [number, type, id, incarnation, version, sequence] = cells as [
    number,
    WalletLevel['type'],
    string,
    number,
    number,
    number,
  ]
  const amounts = Object.fromEntries(buckets.map((bucket, i) => [bucket, BigInt(cells[6 + i] as string)]))
  const [at, ordinal, parent, terms, allowances, debts, capSpent, capStartsAt, capEndsAt, nextLapse, lots] =
    cells.slice(6 + buckets.length) as [
      number,
      number,
      number | null,
      string | null,
      string | null,
      string | null,
      string,
      number,
      number | null,
      number | null,
      readonly Cells[] | null,
    ]
  return {
    number,
    wallet: walletOfText(type, id, incarnation),
    version,
    sequence,
    amounts: amounts as Amounts,
    at,
    ordinal,
    parent: parent ?? undefined,
    terms: terms === null ? defaultTerms : readTerms(terms),
    allowances: allowances === null ? [] : readAllowances(allowances),
    debts: debts === null ? noDebts : readDebts(debts),
    capSpent: BigInt(capSpent),
    capStartsAt,
    capEndsAt: capEndsAt ?? Number.POSITIVE_INFINITY,
    lots: (lots ?? []).map(readLot),
    nextLapse: nextLapse ?? Number.POSITIVE_INFINITY,
  }
}

function readTerms(text: string): Terms {
  const { funding, cap, overdraftLimit, lowBalances, status } = readExact(text) as Terms
  return { funding, cap, overdraftLimit, lowBalances, status }
}

function readAllowances(text: string): readonly AllowanceRow[] {
  return (readExact(text) as readonly (Omit<AllowanceRow, 'rollsAt'> & { readonly rollsAt: number | null })[]).map(
    (row) => ({
      ...row,
      only: row.only,
      lot: row.lot,
      rollsAt: row.rollsAt ?? Number.POSITIVE_INFINITY,
    }),
  )
}

const noDebts: DebtsRow = Object.freeze({ debts: [], tagEnds: [] })

type StoredDebts = readonly [
  debts: readonly (readonly [only: readonly string[] | null, owed: string, repaidBy: number | null])[],
  tagEnds: readonly (readonly [tag: string, end: number | null])[],
]

/** Serializes the debts of a wallet for the column `debts`. */
export function writeDebts({ debts, tagEnds }: DebtsRow): string | null {
  if (debts.length === 0 && tagEnds.length === 0) return null
  const stored: StoredDebts = [
    debts.map(({ only, owed, repaidBy }) => [only ?? null, String(owed), repaidBy ?? null]),
    tagEnds.map(([tag, end]) => [tag, Number.isFinite(end) ? end : null]),
  ]
  return JSON.stringify(stored)
}

function readDebts(text: string): DebtsRow {
  const [debts, tagEnds] = JSON.parse(text) as StoredDebts
  return {
    debts: debts.map(([only, owed, repaidBy]) => ({
      only: only ?? undefined,
      owed: BigInt(owed),
      repaidBy: repaidBy ?? undefined,
    })),
    tagEnds: tagEnds.map(([tag, end]) => [tag, end ?? Number.POSITIVE_INFINITY]),
  }
}

/** SQL expression for a row `l` of the table `lot`, as a JSON array of its cells. */
export const sqlLotCells = `json_build_array(
    l.ordinal, l.name, l.period, l.kind, l.priority, l.effective_at, l.expires_at, l.tags, l.amount::text,
    l.available::text, l.reserved::text, l.state, l.is_open)`

/** Converts the JSON cells of a lot to a row. */
export function readLot(cells: Cells): LotRow {
  const [
    order,
    grant,
    period,
    kind,
    priority,
    effectiveAt,
    expiresAt,
    tags,
    amount,
    available,
    reserved,
    state,
    isOpen,
  ] = cells as [
    number,
    string,
    number | null,
    LotRow['kind'],
    number,
    number,
    number | null,
    string | null,
    string,
    string,
    string,
    LotRow['state'],
    boolean,
  ]
  return {
    order,
    grant,
    period: period ?? undefined,
    kind,
    priority,
    effectiveAt,
    expiresAt: expiresAt ?? Number.POSITIVE_INFINITY,
    only: tags === null ? undefined : (JSON.parse(tags) as readonly string[]),
    amount: BigInt(amount),
    available: BigInt(available),
    reserved: BigInt(reserved),
    state,
    isOpen,
  }
}

/** SQL expression for a row `h` of the table `hold`, as a JSON array of its cells. */
export const sqlHoldCells = `json_build_array(
    h.id, h.path, h.state, h.amount::text, h.held::text, h.spent::text, h.refunded::text, h.created_at, h.expires_at,
    h.ended_at, h.body)`

/**
 * Converts the JSON cells of a hold to a row. `wallets` maps wallet numbers to wallets. It must contain every wallet in
 * the path of the hold.
 */
export function readHold(cells: Cells, wallets: Pick<ReadonlyMap<number, WalletLevel>, 'get'>): HoldRow {
  const [id, pathText, state, amount, held, spent, refunded, createdAt, expiresAt, endedAt, body] = cells as [
    string,
    string,
    HoldRow['state'],
    string,
    string,
    string,
    string,
    number,
    number,
    number,
    string,
  ]
  const path = pathText === '' ? [] : pathText.split(',').map(Number)
  return {
    id,
    path,
    state,
    amount: BigInt(amount),
    held: BigInt(held),
    spent: BigInt(spent),
    refunded: BigInt(refunded),
    createdAt,
    expiresAt,
    endedAt,
    ...readBody(
      body,
      path.map((number) => wallets.get(number) as WalletLevel),
    ),
  }
}

/** SQL expression for a row `k` of the table `key`, as a JSON array of its cells. */
export const sqlKeyCells = 'json_build_array(k.key, k.type, k.request, k.answer, k.ended_at)'

/** Converts the JSON cells of an idempotency key to a row. */
export function readKey(cells: Cells): KeyRow {
  const [key, type, request, answer, endedAt] = cells as [string, KeyRow['type'], string, string, number]
  return { key, type, request: readExact(request) as object, answer: readExact(answer) as object, endedAt }
}
