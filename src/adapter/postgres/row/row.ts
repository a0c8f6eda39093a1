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

/** A wallet, with everything that a decision about the wallet depends on except the holds over the wallet. */
export interface WalletRow {
  readonly number: number
  readonly wallet: LedgerWallet
  /**
   * Grows by one with every write to the wallet. Zero for a placeholder: a row that is created only to be locked,
   * before anything is written to the wallet.
   */
  readonly version: number
  readonly sequence: number
  readonly amounts: Amounts
  /** The ledger's time at the last write. */
  readonly at: Instant
  /** The number of grants and holds created so far, as of the last write. */
  readonly ordinal: number
  readonly parent: number | undefined
  readonly terms: Terms
  readonly allowances: readonly AllowanceRow[]
  readonly capSpent: bigint
  readonly capStartsAt: Instant
  readonly capEndsAt: number
  /** The lots that can still change, sorted by ordinal. */
  readonly lots: readonly LotRow[]
  /** A lower bound on when the next hold over the wallet lapses. Holds loaded together with the wallet do not count. */
  readonly nextLapse: number
}

export type LotRow = Omit<Lot, 'account'>

export interface AllowanceRow extends Readonly<Omit<Allowance, 'lot'>> {
  /** The ordinal of the lot of the current period. */
  readonly lot: number | undefined
}

/**
 * Some of a hold's held credits: the level (a position in the hold's path), the ordinal of the lot that the credits
 * come from (null without a lot), and the amount.
 */
export type SliceRow = readonly [level: number, lot: number | null, amount: bigint]
/**
 * A cost or refund of a hold: the level, the bucket that the credits left, the ordinal of the lot (null without a lot),
 * and the amount. When the credits left `spent`, the row is a refund.
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
