import { kindOf } from '../../../ledger/storage/entry-kind.ts'
import type { HoldEntry, ImportedHold } from '../../../ledger/transfer/imported-hold.ts'
import type { ImportedWallet } from '../../../ledger/transfer/imported-wallet.ts'
import type { ExportedEntry } from '../../../ledger/transfer/record/entry.ts'
import type { Place, Places } from '../../../ledger/transfer/record/place.ts'
import type { ExportedAllowance } from '../../../ledger/transfer/record/wallet.ts'
import type { WalletLevel } from '../../../model/noun/wallet.ts'
import type { Instant } from '../../../model/value/instant.ts'
import type { EntryRow, WalletChange } from '../batch/change-set.ts'
import { entryCodeOf } from '../row/entry-code.ts'
import { writeHead } from '../row/hold-body.ts'
import type { AllowanceRow, CostRow, DebtsRow, HoldRow, LotRow, SliceRow } from '../row/row.ts'
import { writeCall } from '../row/stored-call.ts'

/** The database numbers of the imported wallets, in the order of the export. */
export type Numbers = readonly number[]

/** Values that are the same for all wallets of an import. */
export interface ImportContext {
  readonly at: Instant
  /** An upper bound on the number of grants and holds of any wallet. */
  readonly ordinal: number
  readonly numbers: Numbers
  /** The instant at which the first hold over each wallet lapses, by wallet place. */
  readonly nextLapse: ReadonlyMap<Place, number>
}

/** Returns the database row of an imported wallet. The place of each lot becomes its ordinal. */
export function importedWallet(imported: ImportedWallet, place: Place, context: ImportContext): WalletChange {
  const { row, capSpent, capStartsAt, capEndsAt } = imported
  const { wallet, parent, terms, balance, allowances } = row
  const { sequence, ...amounts } = balance
  const hasCap = terms.cap !== undefined
  const nextLapse = context.nextLapse.get(place) ?? Number.POSITIVE_INFINITY
  return {
    row: {
      number: numberOf(place, context.numbers),
      wallet,
      version: 1,
      sequence,
      amounts,
      at: context.at,
      ordinal: context.ordinal,
      parent: parent === undefined ? undefined : numberOf(parent, context.numbers),
      terms,
      allowances: allowances.map(importedAllowance),
      debts: importedDebts(imported),
      capSpent: hasCap ? capSpent : 0n,
      capStartsAt: hasCap ? capStartsAt : 0,
      capEndsAt: hasCap ? capEndsAt : Number.POSITIVE_INFINITY,
      lots: [],
      nextLapse,
    },
    dueAt: Math.min(nextLapse, dueAtOf(imported)),
    hasNewTerms: true,
  }
}

function importedDebts({ debts, lots }: ImportedWallet): DebtsRow {
  const tagEnds = new Map<string, number>()
  for (const { row } of lots) {
    if (row.state === 'scheduled') continue
    for (const tag of row.only ?? []) tagEnds.set(tag, Math.max(tagEnds.get(tag) ?? 0, row.expiresAt))
  }
  return { debts, tagEnds: [...tagEnds] }
}

function importedAllowance(allowance: ExportedAllowance): AllowanceRow {
  return { ...allowance, left: 0n }
}

/** Returns the instant at which the next lot takes effect or expires, or the next allowance period begins. */
function dueAtOf({ row, lots }: ImportedWallet): number {
  let next = Number.POSITIVE_INFINITY
  const dormant = new Set(row.allowances.flatMap((one) => (one.isDormant ? lots[(one.lot ?? 0) - 1]?.row : []) ?? []))
  for (const { row: lot } of lots) {
    if (lot.state === 'scheduled') next = Math.min(next, lot.effectiveAt)
    if (lot.state === 'live' && !dormant.has(lot)) next = Math.min(next, lot.expiresAt)
  }
  for (const { rollsAt, isDormant } of row.allowances) if (!isDormant) next = Math.min(next, rollsAt)
  return next
}

/** Returns the database rows of an imported wallet's lots. */
export function importedLots(
  { row: { allowances }, lots }: ImportedWallet,
  number: number,
): readonly (readonly [wallet: number, lot: LotRow])[] {
  const current = new Set(allowances.map(({ lot }) => lot))
  return lots.map(({ row }, i) => {
    const { state, available, reserved } = row
    const isCurrent = state === 'live' && current.has(i + 1)
    const isOpen = state === 'scheduled' || available > 0n || reserved > 0n || isCurrent
    return [number, { ...row, order: i + 1, isOpen }]
  })
}

/** Returns the database row of an imported hold. */
export function importedHold(
  { row, entries, slices, final }: ImportedHold,
  order: number,
  numbers: Numbers,
  findPlace: Places['findPlace'],
): HoldRow {
  const placeOf = (level: WalletLevel): number | undefined => {
    const place = row.path.indexOf(findPlace(level) ?? 0)
    return place < 0 ? undefined : place
  }
  return {
    ...row,
    path: row.path.map((place) => numberOf(place, numbers)),
    head: writeHead({ ...row, order }, row.call === undefined ? null : writeCall(row.call, placeOf)),
    order,
    final,
    slices: slices.map(({ level, lot, amount }): SliceRow => [level, lot ?? null, amount]),
    costs: entries.filter(({ to }) => to === 'spent').map((entry) => importedCost(entry, entries)),
  }
}

function importedCost({ level, from, lot, amount, sequence, only }: HoldEntry, entries: readonly HoldEntry[]): CostRow {
  let refunded = 0n
  for (const other of entries) if (other.level === level && other.refunds === sequence) refunded += other.amount
  return [level, from, lot ?? null, amount, sequence, refunded, only]
}

/** Returns the database row of an imported entry. */
export function importedEntry(
  row: ExportedEntry,
  sequence: number,
  numbers: Numbers,
  findPlace: Places['findPlace'],
): EntryRow {
  const { wallet, at, type, from, to, amount, lot, hold, call: details, only, refunds } = row
  const call = details && writeCall(details, (level) => numbers[(findPlace(level) ?? 0) - 1])
  const code = entryCodeOf(kindOf(type, from, to))
  return {
    wallet: numberOf(wallet, numbers),
    sequence,
    at,
    code,
    amount,
    lot: lot ?? null,
    hold: hold ?? null,
    call: call ?? null,
    only,
    refunds,
  }
}

function numberOf(place: Place, numbers: Numbers): number {
  return numbers[place - 1] as number
}
