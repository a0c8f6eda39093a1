import type { WalletLevel } from '../../model/noun/wallet.ts'
import type { Bucket } from '../../port/bucket.ts'
import type { CallDetails } from '../../port/ledger-result.ts'
import type { Account, Allowance, Debt, Hold, Lot } from '../storage/account.ts'
import type { Books, IdempotencyRecord } from '../storage/books.ts'
import type { ArchivedHold } from '../storage/hold-archive.ts'

/** The version of the checkpoint format. */
export const checkpointVersion = 1

/** The prefix of the first record of a checkpoint. */
export const checkpointMark = '["checkpoint"'

type BooksFields = Pick<Books, 'idRetention' | 'knownSince' | 'at' | 'latestDue' | 'dueEntries' | 'count'>

/** The first record. `rows` is the number of entries, of which `archived` are in the archive. */
export interface CheckpointHeader extends BooksFields {
  readonly version: number
  readonly rows: number
  readonly archived: number
  readonly importedRows: number
}

type CopiedOfAccount = Pick<
  Account,
  'terms' | 'sequence' | 'lastRow' | 'dueAt' | 'hasTags' | 'capSpent' | 'capStartsAt' | 'capEndsAt'
>

/** An account. Lots are creation numbers, and `parent` is the number of an account. */
export interface WalletRow extends CopiedOfAccount {
  readonly wallet: WalletLevel
  readonly amounts: Readonly<Record<Bucket, bigint>>
  readonly parent?: number
  readonly grants: readonly number[]
  readonly closed: readonly number[]
  readonly allowances: readonly (Omit<Allowance, 'lot'> & { readonly lot?: number })[]
  readonly debts: readonly (Omit<Debt, 'repaidBy'> & { readonly repaidBy?: number })[]
  readonly tagEnds: readonly (readonly [tag: string, endsAt: number])[]
}

export type LotRow = Omit<Lot, 'account'> & { readonly account: number }

/** A hold that is stored whole: an open one, or an ended one that its entries cannot restore. */
export type HoldRow = Omit<Hold, 'path' | 'slices' | 'place' | 'archiveRow' | 'tags'> & {
  readonly path: readonly number[]
  readonly slices: readonly (readonly [account: number, lot: number, amount: bigint])[]
}

/** A hold that its entries restore. `path` and `call` count the records before. */
export type EndedRow = readonly [
  id: string,
  path: number,
  call: number,
  origin: ArchivedHold['origin'],
  state: ArchivedHold['state'],
  isLate: 0 | 1,
  ttl: number,
  createdAt: number,
  expiresAt: number,
  endedAt: number,
  lastRow: number,
  /** The smallest acceptable reservation as a decimal string. */
  minAmount?: string,
]

/** A record of a checkpoint, in the order in which they are written. */
export type CheckpointRecord =
  | readonly ['checkpoint', CheckpointHeader]
  | readonly ['wallet', WalletRow]
  | readonly ['lot', LotRow]
  | readonly ['open', HoldRow]
  | readonly ['refunds', readonly (readonly [row: number, amount: bigint])[]]
  | readonly ['entries', string]
  | readonly ['path', readonly number[]]
  | readonly ['call', CallDetails]
  | readonly ['ended', EndedRow]
  | readonly ['special', HoldRow]
  | readonly ['key', IdempotencyRecord]
  /** The last record: the number of records, itself included. */
  | readonly ['end', number]
