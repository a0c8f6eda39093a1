import { defaultTerms, type Terms } from '../../../ledger/storage/account.ts'
import type { LedgerWallet } from '../../../model/noun/wallet.ts'
import { LedgerError } from '../../../port/ledger-error.ts'
import { bucketOrder } from './entry-code.ts'
import { readExact } from './exact-json.ts'
import { readBody } from './hold-body.ts'
import type { AllowanceRow, Amounts, HoldRow, KeyRow, LoadResult, LotRow, WalletRow } from './row.ts'

export type Cells = readonly unknown[]

/** Reads the text of the database's function `load`. */
export function readLoadResult(text: string): LoadResult & { readonly now: number } {
  try {
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
  } catch (cause) {
    throw new LedgerError('ledger_corrupt', 'not_applied', 'the database holds what no ledger wrote', { cause })
  }
}

/** Reads a wallet as `load` gives it. */
export function readWallet(cells: Cells): WalletRow {
  const [number, type, id, incarnation, version, sequence] = cells as [
    number,
    LedgerWallet['type'],
    string,
    number,
    number,
    number,
  ]
  const amounts = Object.fromEntries(bucketOrder.map((bucket, i) => [bucket, BigInt(cells[6 + i] as string)]))
  const [at, ordinal, parent, terms, allowances, capSpent, capStartsAt, capEndsAt, nextLapse, lots] = cells.slice(
    15,
  ) as [
    number,
    number,
    number | null,
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
    wallet: Object.freeze({ type, id, incarnation }),
    version,
    sequence,
    amounts: amounts as Amounts,
    at,
    ordinal,
    parent: parent ?? undefined,
    terms: terms === null ? defaultTerms : readTerms(terms),
    allowances: allowances === null ? [] : readAllowances(allowances),
    capSpent: BigInt(capSpent),
    capStartsAt,
    capEndsAt: capEndsAt ?? Number.POSITIVE_INFINITY,
    lots: (lots ?? []).map(readLot),
    nextLapse: nextLapse ?? Number.POSITIVE_INFINITY,
  }
}

function readTerms(text: string): Terms {
  const { funding, cap, overdraftLimit, status } = readExact(text) as Terms
  return { funding, cap, overdraftLimit, status }
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

function readLot(cells: Cells): LotRow {
  const [order, grant, period, kind, priority, effectiveAt, expiresAt, tags, amount, available, reserved, state] =
    cells as [
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
  }
}

/** Reads a hold as `load` gives it, given the wallets of its path by number. */
export function readHold(cells: Cells, wallets: Pick<ReadonlyMap<number, LedgerWallet>, 'get'>): HoldRow {
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
      path.map((number) => wallets.get(number) as LedgerWallet),
    ),
  }
}

/** Reads a key as `load` gives it. */
export function readKey(cells: Cells): KeyRow {
  const [key, type, request, answer, endedAt] = cells as [string, KeyRow['type'], string, string, number]
  return { key, type, request: readExact(request) as object, answer: readExact(answer) as object, endedAt }
}
