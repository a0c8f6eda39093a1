import { kindOf } from '../../../ledger/storage/entry-log.ts'
import type { ExportedAllowance, ExportedEntry, Place } from '../../../ledger/transfer/exported.ts'
import type { HoldTally } from '../../../ledger/transfer/hold-tally.ts'
import type { WalletTally } from '../../../ledger/transfer/wallet-tally.ts'
import type { Instant } from '../../../model/value/instant.ts'
import type { Bucket } from '../../../port/ledger-result.ts'
import type { ChangeSet, EntryRow, WalletChange } from '../batch/change-set.ts'
import { entryCodeOf } from '../row/entry-code.ts'
import type { AllowanceRow, Amounts, CostRow, HoldRow, LotRow, SliceRow } from '../row/row.ts'

/** A draft with nothing in it. */
export const emptyChangeSet: ChangeSet = {
  wallets: [],
  openedLots: [],
  changedLots: [],
  openedHolds: [],
  changedHolds: [],
  goneHolds: [],
  goneKeys: [],
  keys: [],
  entries: [],
}

/** The numbers that the database has for wallets, by place. */
export type Numbers = readonly number[]

/** What is the same for every wallet that is carried in. */
export interface Arrival {
  readonly at: Instant
  /** As many grants and holds as any wallet could know of. */
  readonly ordinal: number
  readonly numbers: Numbers
  /** When the first of the holds over a wallet lapses. */
  readonly nextLapse: ReadonlyMap<Place, number>
}

/** A wallet as it is written. The ordinals of lots are their places. */
export function walletChange(tally: WalletTally, place: Place, arrival: Arrival): WalletChange {
  const { row, capSpent, capStartsAt, capEndsAt } = tally
  const { wallet, parent, terms, balance, allowances } = row
  const { sequence, ...amounts } = balance
  const hasCap = terms.cap !== undefined
  const nextLapse = arrival.nextLapse.get(place) ?? Number.POSITIVE_INFINITY
  return {
    row: {
      number: numberOf(place, arrival.numbers),
      wallet,
      version: 1,
      sequence,
      amounts: amounts satisfies Record<Bucket, bigint> as Amounts,
      at: arrival.at,
      ordinal: arrival.ordinal,
      parent: parent === undefined ? undefined : numberOf(parent, arrival.numbers),
      terms,
      allowances: allowances.map(allowanceRow),
      capSpent: hasCap ? capSpent : 0n,
      capStartsAt: hasCap ? capStartsAt : 0,
      capEndsAt: hasCap ? capEndsAt : Number.POSITIVE_INFINITY,
      lots: [],
      nextLapse,
    },
    dueAt: Math.min(nextLapse, dueAtOf(tally)),
    isSaidAnew: true,
  }
}

function allowanceRow(one: ExportedAllowance): AllowanceRow {
  return { ...one, left: 0n }
}

function dueAtOf({ row, lots }: WalletTally): number {
  let next = Number.POSITIVE_INFINITY
  for (const { row: lot } of lots) {
    if (lot.state === 'scheduled') next = Math.min(next, lot.effectiveAt)
    if (lot.state === 'live') next = Math.min(next, lot.expiresAt)
  }
  for (const { rollsAt } of row.allowances) next = Math.min(next, rollsAt)
  return next
}

/** The lots of a wallet as they are written. */
export function lotRows({ lots }: WalletTally, number: number): readonly (readonly [wallet: number, lot: LotRow])[] {
  return lots.map(({ row }, i) => [number, { ...row, order: i + 1 }])
}

/** A hold as it is written. */
export function holdRow({ row, entries, slices, final }: HoldTally, order: number, numbers: Numbers): HoldRow {
  return {
    ...row,
    path: row.path.map((place) => numberOf(place, numbers)),
    order,
    final,
    slices: slices.map(({ level, lot, amount }): SliceRow => [level, lot ?? null, amount]),
    costs: entries
      .filter(({ from, to }) => from === 'spent' || to === 'spent')
      .map(({ level, from, lot, amount }): CostRow => [level, from, lot ?? null, amount]),
  }
}

/** An entry as it is written. */
export function entryRow(row: ExportedEntry, sequence: number, numbers: Numbers): EntryRow {
  const { wallet, at, type, from, to, amount, lot, hold } = row
  const movement = entryCodeOf(kindOf(type, from, to))
  return { wallet: numberOf(wallet, numbers), sequence, at, movement, amount, lot: lot ?? null, hold: hold ?? null }
}

function numberOf(place: Place, numbers: Numbers): number {
  return numbers[place - 1] as number
}
