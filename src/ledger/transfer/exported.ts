import type { LedgerWallet } from '../../model/noun/wallet.ts'
import type { Instant } from '../../model/value/instant.ts'
import type { Balance, Entry, Settled } from '../../port/ledger-result.ts'
import type { Allowance, Hold, Lot, Terms } from '../storage/account.ts'
import type { IdempotencyRecord } from '../storage/books.ts'

/*
 * A ledger as it is carried: plain rows, the same for every adapter. Wallets are named by their place among the wallets, and
 * lots by their place among those of their wallet, both from 1 on. Nothing is due any more at the instant of the export,
 * what is forgotten by then is left out, and each kind of row has one order, so two ledgers that answer alike are carried
 * alike: in the order of the rows' kinds here, wallets by what they are called, holds and keys by id, entries by wallet.
 */

/** The name that the first record gives, and the version of all that follow. */
export const exportFormat = 'portcullis credit ledger'
export const exportVersion = 1

/** Where a wallet is among the wallets, or a lot among those of its wallet: from 1 on. */
export type Place = number

export interface ExportedHeader {
  /** Everything is as of this instant, and time goes on from here. */
  readonly at: Instant
  /** A key or a hold that ended before this may be forgotten. */
  readonly knownSince: Instant
}

export interface ExportedWallet {
  readonly wallet: LedgerWallet
  readonly parent: Place | undefined
  readonly terms: Terms
  readonly balance: Balance
  readonly allowances: readonly ExportedAllowance[]
}

export interface ExportedAllowance extends Readonly<Omit<Allowance, 'lot' | 'left'>> {
  readonly lot: Place | undefined
}

/** A lot of the wallet before it, in the order of creation: one that is to come, or that some entry is about. */
export type ExportedLot = Readonly<Omit<Lot, 'account' | 'order'>>

/** A hold or a charge that is known. Its slices and costs are told by the entries. */
export interface ExportedHold
  extends Readonly<
    Pick<
      Hold,
      | 'id'
      | 'origin'
      | 'state'
      | 'asked'
      | 'minAmount'
      | 'ttl'
      | 'tags'
      | 'createdAt'
      | 'expiresAt'
      | 'endedAt'
      | 'first'
      | 'amount'
      | 'held'
      | 'spent'
      | 'refunded'
      | 'returned'
      | 'overrun'
      | 'late'
    >
  > {
  readonly path: readonly Place[]
  readonly answer: Settled | undefined
}

export type ExportedKey = IdempotencyRecord

/** An entry. Its number is its place among those of its wallet. */
export interface ExportedEntry extends Omit<Entry, 'sequence' | 'grant' | 'period'> {
  readonly wallet: Place
  readonly lot: Place | undefined
}

/** How wallets are called by their places, and the other way round. */
export interface Places {
  readonly placeOf: (wallet: LedgerWallet) => Place
  readonly walletAt: (place: Place) => LedgerWallet | undefined
}
