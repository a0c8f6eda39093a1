import { kindOf } from '../../../ledger/storage/entry-kind.ts'
import type { ImportedHold } from '../../../ledger/transfer/imported-hold.ts'
import type { ImportedWallet } from '../../../ledger/transfer/imported-wallet.ts'
import type { ExportedEntry } from '../../../ledger/transfer/record/entry.ts'
import type { Place, Places } from '../../../ledger/transfer/record/place.ts'
import type { ExportedAllowance } from '../../../ledger/transfer/record/wallet.ts'
import type { Instant } from '../../../model/value/instant.ts'
import type { EntryRow, WalletChange } from '../batch/change-set.ts'
import { entryCodeOf } from '../row/entry-code.ts'
import type { AllowanceRow, CostRow, HoldRow, LotRow, SliceRow } from '../row/row.ts'
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
  { lots }: ImportedWallet,
  number: number,
): readonly (readonly [wallet: number, lot: LotRow])[] {
  return lots.map(({ row }, i) => [number, { ...row, order: i + 1 }])
}

/** Returns the database row of an imported hold. */
export function importedHold(
  { row, entries, slices, final }: ImportedHold,
  order: number,
  numbers: Numbers,
  findPlace: Places['findPlace'],
): HoldRow {
  return {
    ...row,
    path: row.path.map((place) => numberOf(place, numbers)),
    places: row.call?.path.map((level) => row.path.indexOf(findPlace(level) ?? 0)) ?? [],
    order,
    final,
    slices: slices.map(({ level, lot, amount }): SliceRow => [level, lot ?? null, amount]),
    costs: entries
      .filter(({ from, to }) => from === 'spent' || to === 'spent')
      .map(({ level, from, lot, amount }): CostRow => [level, from, lot ?? null, amount]),
  }
}

/** Returns the database row of an imported entry. */
export function importedEntry(
  row: ExportedEntry,
  sequence: number,
  numbers: Numbers,
  findPlace: Places['findPlace'],
): EntryRow {
  const { wallet, at, type, from, to, amount, lot, hold, call: details } = row
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
  }
}

function numberOf(place: Place, numbers: Numbers): number {
  return numbers[place - 1] as number
}
