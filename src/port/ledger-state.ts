import type { WalletLevel } from '../model/noun/wallet.ts'
import type { Instant } from '../model/value/instant.ts'
import type { Grant, PutAllowance, PutWallet } from './ledger-request.ts'
import type { Balance, CallDetails } from './ledger-result.ts'

/** The current state of a hold or charge. */
export interface HoldState {
  readonly hold: string
  /**
   * The wallets at which the hold is booked, the lowest level first. Empty for a hold that was released before any
   * reserve, and for a call whose levels have no wallet.
   */
  readonly path: readonly WalletLevel[]
  /** The call that the hold was made for. Absent for a hold that was released before any reserve. */
  readonly call?: CallDetails
  readonly state: 'held' | 'lapsed' | 'settled' | 'released'
  /** The total amount reserved. Zero for a charge. */
  readonly amount: bigint
  /** The amount still held. */
  readonly held: bigint
  /** The cost so far, less refunds. */
  readonly spent: bigint
  readonly createdAt: Instant
  readonly expiresAt: Instant
}

/** The current state of a grant with available, reserved or future credits. */
export interface GrantState {
  readonly grant: string
  readonly period?: Instant
  readonly kind: NonNullable<Grant['kind']> | 'allowance' | 'refund'
  readonly priority: number
  readonly effectiveAt: Instant
  readonly expiresAt?: Instant
  readonly only?: readonly string[]
  /** The granted amount. */
  readonly amount: bigint
  /** The available amount. Zero before `effectiveAt`. */
  readonly available: bigint
  readonly reserved: bigint
}

/** The current state of a wallet. */
export interface WalletState extends Omit<PutWallet, 'key'> {
  readonly status: NonNullable<PutWallet['status']>
  readonly balance: Balance
  /** The usage of the cap in the current period, and the instant at which the cap resets. Absent without a cap. */
  readonly capUse?: { readonly spent: bigint; readonly reserved: bigint; readonly resetsAt?: Instant }
  /** The grants of the wallet in burn order. Grants that are not yet effective come last. */
  readonly grants: readonly GrantState[]
  readonly allowances: readonly (Omit<PutAllowance, 'key' | 'wallet'> & { readonly rollsAt: Instant })[]
}

/** One page of `listWallets`. */
export interface WalletPage {
  /** The wallets with their current balances, in order of type, id and incarnation. Ids are compared by code point. */
  readonly wallets: readonly { readonly wallet: WalletLevel; readonly balance: Balance }[]
  /**
   * The `after` of the next page. Absent on the last page. A page may have fewer wallets than `limit`, or none, and still
   * have a `next`: one call examines at most 10,000 wallets.
   */
  readonly next?: WalletLevel
}
