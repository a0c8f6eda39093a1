import type { Allowance, Hold, Lot, Terms } from '../../../ledger/storage/account.ts'
import type { IdempotencyRecord } from '../../../ledger/storage/books.ts'
import type { LedgerWallet } from '../../../model/noun/wallet.ts'
import type { Instant } from '../../../model/value/instant.ts'
import type { Bucket } from '../../../port/ledger-result.ts'

/*
 * What the database says, as values that never change: a batch is decided on books made of them, and what comes of it is
 * new rows. So a batch that fails leaves nothing behind, and rows may be kept from one batch to the next.
 */

/** The amounts of a wallet. */
export type Amounts = Readonly<Record<Bucket, bigint>>

/** A wallet with all that a decision about it rests on, but for the holds over it. */
export interface WalletRow {
  readonly number: number
  readonly wallet: LedgerWallet
  /** Zero while the wallet is nobody's. */
  readonly version: number
  readonly sequence: number
  readonly amounts: Amounts
  /** When something was last written. */
  readonly at: Instant
  /** How many grants and holds there had been. */
  readonly ordinal: number
  readonly parent: number | undefined
  readonly terms: Terms
  readonly allowances: readonly AllowanceRow[]
  readonly capSpent: bigint
  readonly capStartsAt: Instant
  readonly capEndsAt: number
  /** Those that can still change, by ordinal. */
  readonly lots: readonly LotRow[]
  /** No hold over the wallet, but for those that came with it, lapses before this. */
  readonly nextLapse: number
}

export type LotRow = Omit<Lot, 'account'>

export interface AllowanceRow extends Readonly<Omit<Allowance, 'lot'>> {
  /** The ordinal of the lot. */
  readonly lot: number | undefined
}

/** Credits of a hold: the level, the ordinal of the lot if they are of one, and how much. */
export type SliceRow = readonly [level: number, lot: number | null, amount: bigint]
/** A part of what a hold has cost: the level, the bucket it was taken from, the ordinal of the lot, and how much. One from what is spent was a refund. */
export type CostRow = readonly [level: number, from: Bucket, lot: number | null, amount: bigint]

type HoldFields = Omit<Hold, 'path' | 'place' | 'slices' | 'lastRow' | 'archiveRow'>
export interface HoldRow extends Readonly<HoldFields> {
  /** The numbers of the wallets, the lowest level first. */
  readonly path: readonly number[]
  readonly slices: readonly SliceRow[]
  readonly costs: readonly CostRow[]
}

export type KeyRow = IdempotencyRecord

/** All that one look at the database brought. */
export interface LoadResult {
  readonly wallets: readonly WalletRow[]
  readonly holds: readonly HoldRow[]
  readonly keys: readonly KeyRow[]
  /** Up to when every hold that has lapsed was brought, where more have lapsed than are dealt with at once. */
  readonly lapsedUntil: Instant | undefined
}
