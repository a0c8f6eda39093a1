import type { Instant } from '../../../model/value/instant.ts'
import type { HoldRow, KeyRow, LotRow, WalletRow } from '../row/row.ts'

/** A ledger entry to insert. */
export interface EntryRow {
  readonly wallet: number
  readonly sequence: number
  readonly at: Instant
  /** The entry code: type, source bucket and destination bucket in one number. */
  readonly code: number
  readonly amount: bigint
  readonly lot: number | null
  readonly hold: string | null
  /** The call of the hold, as `writeCall` writes it. */
  readonly call: string | null
  /** The tags of the overdraft that the entry books or repays. */
  readonly only: readonly string[] | undefined
  /** The number of the cost entry that the entry refunds. */
  readonly refunds: number | undefined
}

/** The sum of all refunds of a cost entry. */
export interface RefundedRow {
  readonly wallet: number
  readonly sequence: number
  readonly amount: bigint
}

/** A wallet row to write. `row.version` is the stored version plus one. */
export interface WalletChange {
  readonly row: WalletRow
  readonly dueAt: number
  /**
   * Whether the terms, the parent, the allowances or the debts of the wallet changed. A separate part of the change set writes
   * these rarely changed columns.
   */
  readonly hasNewTerms: boolean
}

/** Everything that a batch writes: the differences between its working set and the loaded rows. */
export interface ChangeSet {
  readonly wallets: readonly WalletChange[]
  readonly insertedLots: readonly (readonly [wallet: number, lot: LotRow])[]
  readonly updatedLots: readonly (readonly [wallet: number, lot: LotRow])[]
  readonly insertedHolds: readonly HoldRow[]
  readonly updatedHolds: readonly (readonly [before: HoldRow, after: HoldRow])[]
  /**
   * The stored holds that the batch deletes to reuse their ids. A hold can be deleted once its retention is over.
   */
  readonly deletedHolds: readonly HoldRow[]
  /** The stored idempotency keys that the batch deletes to reuse them. */
  readonly deletedKeys: readonly KeyRow[]
  readonly insertedKeys: readonly KeyRow[]
  readonly refunded: readonly RefundedRow[]
  readonly entries: readonly EntryRow[]
}

/** A change set without changes. */
export const emptyChangeSet: ChangeSet = {
  wallets: [],
  insertedLots: [],
  updatedLots: [],
  insertedHolds: [],
  updatedHolds: [],
  deletedHolds: [],
  deletedKeys: [],
  insertedKeys: [],
  refunded: [],
  entries: [],
}

/** Whether a change set writes nothing. Does not check lots and entries, which never change without their wallet. */
export function isEmpty({ wallets, insertedHolds, updatedHolds, insertedKeys }: ChangeSet): boolean {
  return wallets.length === 0 && insertedHolds.length === 0 && updatedHolds.length === 0 && insertedKeys.length === 0
}
