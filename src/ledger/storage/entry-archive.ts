import type { Instant } from '../../model/value/instant.ts'
import type { CallDetails } from '../../port/ledger-result.ts'
import type { Account, Lot } from './account.ts'
import type { EntryKind } from './entry-kind.ts'

/** All that an entry log stores of one entry. */
export interface StoredEntry {
  readonly account: Account
  readonly kind: EntryKind
  readonly amount: bigint
  readonly at: Instant
  /** The row of the previous entry of the same account, or -1. `beforeOfHold`: of the same hold. */
  readonly before: number
  readonly beforeOfHold: number
  readonly sequence: number
  readonly lot: Lot | undefined
  readonly hold: string | undefined
  readonly call: CallDetails | undefined
  readonly only: readonly string[] | undefined
  readonly refunds: number | undefined
}

/** The entries that an entry log no longer has in memory. */
export interface EntryArchive {
  /** Returns the entry in a row. May read from disk, and waits for it. */
  get(row: number): StoredEntry
}
