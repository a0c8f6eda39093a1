import type { Allowance, Hold, Lot, Terms } from '../../../ledger/storage/account.ts'
import type { IdempotencyRecord } from '../../../ledger/storage/books.ts'
import type { LedgerWallet } from '../../../model/noun/wallet.ts'
import type { Instant } from '../../../model/value/instant.ts'
import type { Bucket } from '../../../port/bucket.ts'

/*
 * Database rows as immutable values. A batch is decided on a working copy built from rows, and its outcome is new rows. So a
 * failed batch leaves nothing behind, and rows can be cached across batches.
 */

/** The amount in each bucket of a wallet. */
export type Amounts = Readonly<Record<Bucket, bigint>>

/** A wallet as the database stores it, with its open lots and its allowances. Excludes the holds over the wallet. */
export interface WalletRow {
  readonly number: number
  readonly wallet: LedgerWallet
  /**
   * The number of writes to the wallet so far. Zero for a placeholder: a row of a wallet that does not exist yet,
   * created only so that a batch can lock it.
   */
  readonly version: number
  readonly sequence: number
  readonly amounts: Amounts
  /** The ledger's time at the last write. */
  readonly at: Instant
  /** The value of the ordinal counter of grants and holds at the last write of the wallet. */
  readonly ordinal: number
  readonly parent: number | undefined
  readonly terms: Terms
  readonly allowances: readonly AllowanceRow[]
  readonly capSpent: bigint
  readonly capStartsAt: Instant
  readonly capEndsAt: number
  /** The lots that can still change, sorted by ordinal. */
  readonly lots: readonly LotRow[]
  /**
   * A lower bound on the instant at which the next hold over the wallet lapses. Ignores holds that were loaded together
   * with the wallet.
   */
  readonly nextLapse: number
}

export type LotRow = Omit<Lot, 'account'>

export interface AllowanceRow extends Readonly<Omit<Allowance, 'lot'>> {
  /** The ordinal of the lot that the allowance created for the current period. */
  readonly lot: number | undefined
}

/**
 * A slice of a hold: the held credits that come from one lot at one level. `level` is an index into the hold's path.
 * `lot` is the ordinal of the lot, or null when the credits come from no lot.
 */
export type SliceRow = readonly [level: number, lot: number | null, amount: bigint]
/**
 * A cost or refund of a hold at one level. `level` is an index into the hold's path. `from` is the bucket that the
 * credits left: `spent` for a refund, another bucket for a cost. `lot` is the ordinal of the lot, or null without a
 * lot.
 */
export type CostRow = readonly [level: number, from: Bucket, lot: number | null, amount: bigint]

type HoldFields = Omit<Hold, 'path' | 'place' | 'slices' | 'lastRow' | 'archiveRow'>
export interface HoldRow extends Readonly<HoldFields> {
  /** The numbers of the wallets on the hold's path, the lowest level first. */
  readonly path: readonly number[]
  readonly slices: readonly SliceRow[]
  readonly costs: readonly CostRow[]
}

export type KeyRow = IdempotencyRecord
