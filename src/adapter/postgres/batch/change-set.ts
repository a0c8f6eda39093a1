import type { Instant } from '../../../model/value/instant.ts'
import type { HoldRow, KeyRow, LotRow, WalletRow } from '../row/row.ts'

/** An entry to insert. */
export interface EntryRow {
  readonly wallet: number
  readonly sequence: number
  readonly at: Instant
  /** The entry code: type, source bucket and destination bucket in one number. */
  readonly code: number
  readonly amount: bigint
  readonly lot: number | null
  readonly hold: string | null
}

/** A wallet to write. The version of the row is one above the stored version. */
export interface WalletChange {
  readonly row: WalletRow
  readonly dueAt: number
  /**
   * Whether the terms, the parent or the allowances changed. These three rarely change, so they are written separately.
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
  /** The holds whose retention is over and whose ids the batch reuses. `deletedKeys` has such keys. */
  readonly deletedHolds: readonly HoldRow[]
  readonly deletedKeys: readonly KeyRow[]
  readonly insertedKeys: readonly KeyRow[]
  readonly entries: readonly EntryRow[]
}

/** A change set that writes nothing. */
export const emptyChangeSet: ChangeSet = {
  wallets: [],
  insertedLots: [],
  updatedLots: [],
  insertedHolds: [],
  updatedHolds: [],
  deletedHolds: [],
  deletedKeys: [],
  insertedKeys: [],
  entries: [],
}

/**
 * Whether a change set writes nothing. Lots and entries need no check, since they only change together with their
 * wallet.
 */
export function isEmpty({ wallets, insertedHolds, updatedHolds, insertedKeys }: ChangeSet): boolean {
  return wallets.length === 0 && insertedHolds.length === 0 && updatedHolds.length === 0 && insertedKeys.length === 0
}

/** Whether a lot can still change: it is scheduled, live, or partly reserved. */
export function isOpenLot({ state, reserved }: LotRow): boolean {
  return state === 'scheduled' || state === 'live' || reserved > 0n
}
