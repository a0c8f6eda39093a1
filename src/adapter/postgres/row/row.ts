import type { Allowance, Debt, Hold, Lot, Terms } from '../../../ledger/storage/account.ts'
import type { IdempotencyRecord } from '../../../ledger/storage/books.ts'
import type { WalletLevel } from '../../../model/noun/wallet.ts'
import type { Instant } from '../../../model/value/instant.ts'
import type { Bucket } from '../../../port/bucket.ts'
import type { StoredCall } from './stored-call.ts'

/*
 * Database rows as immutable values. A batch is decided on a working copy built from rows, and its outcome is new rows. So a
 * failed batch leaves nothing behind, and rows can be cached across batches.
 */

/** The amounts of a wallet, by bucket. */
export type Amounts = Readonly<Record<Bucket, bigint>>

/** A stored wallet with its open lots and allowances, but without its holds. */
export interface WalletRow {
  readonly number: number
  readonly wallet: WalletLevel
  /**
   * The number of writes to the wallet so far. Zero for a placeholder, which is created only to lock a wallet that does
   * not exist yet.
   */
  readonly version: number
  readonly sequence: number
  readonly amounts: Amounts
  /** The ledger's time at the last write of the wallet. */
  readonly at: Instant
  /** The highest ordinal assigned to a grant or hold by the last write of the wallet. */
  readonly ordinal: number
  readonly parent: number | undefined
  readonly terms: Terms
  readonly allowances: readonly AllowanceRow[]
  readonly debts: DebtsRow
  readonly capSpent: bigint
  readonly capStartsAt: Instant
  readonly capEndsAt: number
  /** The open lots, sorted by ordinal. */
  readonly lots: readonly LotRow[]
  /**
   * The earliest instant at which a hold over the wallet may lapse (a lower bound). Ignores holds that were loaded
   * together with the wallet.
   */
  readonly nextLapse: number
}

export type LotRow = Omit<Lot, 'account'>

/** The debts of a wallet, and the latest expiry of the credits that are restricted to each tag. */
export interface DebtsRow {
  readonly debts: readonly DebtRow[]
  readonly tagEnds: readonly (readonly [tag: string, end: number])[]
}

export interface DebtRow extends Readonly<Omit<Debt, 'repaidBy'>> {
  /** The ordinal of the lot that last repaid the debt. */
  readonly repaidBy: number | undefined
}

export interface AllowanceRow extends Readonly<Omit<Allowance, 'lot'>> {
  /** The ordinal of the lot that the allowance created for the current period. */
  readonly lot: number | undefined
}

/**
 * A slice of a hold: credits held from one lot at one level. `level` is an index into the hold's path. `lot` is the
 * ordinal of the lot, or null when the credits come from no lot.
 */
export type SliceRow = readonly [level: number, lot: number | null, amount: bigint]
/**
 * A cost entry of a hold at one level. `level` is an index into the hold's path. `from` is the bucket that the credits
 * left. `lot` is the ordinal of the lot, or null without a lot. `sequence` is the number of the entry within its wallet,
 * `refunded` the sum of its refunds, and `only` the tags of overdraft.
 */
export type CostRow = readonly [
  level: number,
  from: Bucket,
  lot: number | null,
  amount: bigint,
  sequence: number,
  refunded: bigint,
  only: readonly string[] | undefined,
]

/** A cost entry of any hold, also of a forgotten one. `wallet` is the number of its wallet. */
export interface CostEntryRow {
  readonly wallet: number
  readonly sequence: number
  readonly at: Instant
  readonly from: Bucket
  readonly lot: number | null
  readonly amount: bigint
  readonly refunded: bigint
  readonly only: readonly string[] | undefined
  readonly hold: string
  readonly call: StoredCall
}

/** The fields of a hold that a row does not store, or stores in another form. */
export type WorkingField = 'tags' | 'place' | 'slices' | 'lastRow' | 'archiveRow'

export interface HoldRow extends Readonly<Omit<Hold, WorkingField | 'path'>> {
  /** The wallet numbers in the path of the hold, the lowest first. */
  readonly path: readonly number[]
  /** The start of the column `body`, as `writeHead` writes it. It never changes, so an update reuses it. */
  readonly head: string
  readonly slices: readonly SliceRow[]
  readonly costs: readonly CostRow[]
}

export type KeyRow = IdempotencyRecord
