import type { Instant } from '../../model/value/instant.ts'
import type { CallDetails, Entry } from '../../port/ledger-result.ts'
import type { Account, Hold, Lot } from './account.ts'
import { type EntryKind, meaningOf } from './entry-kind.ts'

/** The details of an entry that few entries have. */
export interface EntryDetails {
  /** The tags of the overdraft that the entry books or repays, sorted. `undefined` for unrestricted overdraft. */
  readonly only?: readonly string[] | undefined
  /** The row of the cost entry that the entry refunds. */
  readonly refunds?: number
}

/** The fields of a hold that its entries need. */
export type HoldOfEntry = Pick<Hold, 'id' | 'call' | 'lastRow'>

/**
 * A store of entries by row number, counted from 0 in the order of writing. Each row links to the previous row of the
 * same account and to the previous row of the same hold. -1 ends a chain of links.
 */
export interface EntryStore {
  /** The number of entries. */
  readonly length: number
  /** Call when an import has added its entries, wallet by wallet and thus not in the order of their writes. */
  endImport(): void
  /**
   * Appends an entry. Also advances `lastRow` and `sequence` of the account, and `lastRow` of the hold, and counts a
   * refund for `refundedOf`.
   */
  add(
    account: Account,
    kind: EntryKind,
    amount: bigint,
    at: Instant,
    lot: Lot | undefined,
    hold: HoldOfEntry | undefined,
    details?: EntryDetails,
  ): void
  /** The row of the previous entry of the same account, or -1. */
  before(row: number): number
  /** The row of the previous entry of the same hold, or -1. */
  beforeOfHold(row: number): number
  accountOf(row: number): Account | undefined
  kindOf(row: number): EntryKind
  amountOf(row: number): bigint
  instantOf(row: number): Instant
  lotOf(row: number): Lot | undefined
  /** The id of the hold to which the entry belongs, if any. */
  holdOf(row: number): string | undefined
  /** The call of this hold. */
  callOf(row: number): CallDetails | undefined
  /** The number of the entry within its wallet. */
  sequenceOf(row: number): number
  onlyOf(row: number): readonly string[] | undefined
  /** The row of the cost entry that a refund entry refunds. `undefined` for any other entry. */
  refundsOf(row: number): number | undefined
  /** The sum of all refunds of a cost entry. */
  refundedOf(row: number): bigint
  /**
   * Returns the rows of the cost to which the entry with a sequence number belongs: the entries at every level that the
   * same settle or charge booked to `spent`. `undefined` when the account has no such entry, or it books no cost.
   */
  costRows(account: Account, sequence: number): readonly number[] | undefined
}

/** Returns the entry in a row in the form that callers see. `sequence` is the number of the entry within its wallet. */
export function entryAt(entries: EntryStore, row: number, sequence: number): Entry {
  const lot = entries.lotOf(row)
  const hold = entries.holdOf(row)
  const call = entries.callOf(row)
  const only = entries.onlyOf(row)
  const refunds = entries.refundsOf(row)
  return Object.freeze({
    sequence,
    at: entries.instantOf(row),
    ...meaningOf(entries.kindOf(row)),
    amount: entries.amountOf(row),
    ...(lot === undefined ? {} : { grant: lot.grant }),
    ...(lot?.period === undefined ? {} : { period: lot.period }),
    ...(hold === undefined ? {} : { hold }),
    ...(call === undefined ? {} : { call }),
    ...(only === undefined ? {} : { only }),
    ...(refunds === undefined ? {} : { refunds: entries.sequenceOf(refunds) }),
  })
}
