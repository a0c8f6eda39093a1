import type { Instant } from '../model/instant.ts'
import type { Issue } from '../model/issue.ts'
import type { Wallet } from '../model/wallet.ts'

/**
 * The amounts of a wallet, in units, none below zero.
 * Always `granted = available + reserved + spent + expired + revoked − overdraft`, and there is overdraft only where
 * nothing is available.
 */
export interface Balance {
  /** All that was ever granted. */
  readonly granted: bigint
  /** What the next reservation may take. */
  readonly available: bigint
  /** What calls under way hold. */
  readonly reserved: bigint
  /** All that calls have cost. */
  readonly spent: bigint
  /** What was neither spent nor held when its grant expired, or came back later. */
  readonly expired: bigint
  /** What was taken back. */
  readonly revoked: bigint
  /** What calls have cost beyond what there was. The next credits repay it first. */
  readonly overdraft: bigint
}
export type Bucket = keyof Balance

/**
 * One movement of credits between two buckets of a wallet, never changed once written.
 * The balance is the sum of the entries: `granted` and `overdraft` grow by what leaves them, since credits come from
 * there, and shrink by what enters; the other buckets grow by what enters and shrink by what leaves.
 */
export interface Entry {
  /** 1, 2, 3 and so on within the wallet. */
  readonly sequence: number
  /** When it took effect: for what lapsed or expired the very instant of that, however late it was noticed. Never decreases. */
  readonly at: Instant
  readonly type: 'granted' | 'reserved' | 'settled' | 'released' | 'lapsed' | 'expired'
  readonly from: Bucket
  readonly to: Bucket
  /** In units, above zero. */
  readonly amount: bigint
  /** The key of the grant that the credits are from. Absent when they are overdraft. */
  readonly grant?: string
  /** The reservation that moved them. */
  readonly hold?: string
}

export interface Grant {
  /** Made by the caller, and unique among the grants of the ledger: with the same content it is granted once. */
  readonly key: string
  readonly wallet: Wallet
  /** In units, above zero. */
  readonly amount: bigint
  /** From this instant on the credits are expired. One that is over already grants credits that expire at once. */
  readonly expiresAt?: Instant
}

export interface Reserve {
  /** Made by the caller before the first try, and unique among the reservations of the ledger. */
  readonly hold: string
  readonly wallet: Wallet
  /** In units, above zero: the most that the call should cost. */
  readonly amount: bigint
  /** From this instant on the reservation has lapsed. */
  readonly expiresAt: Instant
}

export interface Settle {
  readonly hold: string
  /** In units, zero or more: what the call has cost in truth. */
  readonly amount: bigint
}

export interface Release {
  readonly hold: string
}

/** A write was refused for what it is, and nothing was written. */
export type Misused =
  /** It cannot be read: what is wrong, and where. */
  | { readonly ok: false; readonly reason: 'request_invalid'; readonly issues: readonly Issue[] }
  /** The key was used before, with other content. */
  | { readonly ok: false; readonly reason: 'key_reused' }

/** There are not enough credits. Nothing is remembered, so the same hold may be tried again. */
export interface ReserveRefused {
  readonly ok: false
  /** In order of precedence: `overdrawn` while there is any overdraft, however small the amount. */
  readonly reason: 'overdrawn' | 'credits_insufficient'
  /** `held_by_others` when it may fit once calls under way are done; `never_fits` when only a grant can help. */
  readonly retry: 'never_fits' | 'held_by_others'
  /** The level that refused. */
  readonly wallet: Wallet
  readonly needed: bigint
  readonly available: bigint
  readonly reserved: bigint
  readonly overdraft: bigint
}

/** Each answer that a write is done has `replay`: whether it was done before, and this is the first answer again. */
export type GrantResult = { readonly ok: true; readonly replay: boolean } | Misused

export type ReserveResult =
  | { readonly ok: true; readonly replay: boolean }
  | Misused
  /** The reservation would lapse before it begins. */
  | { readonly ok: false; readonly reason: 'hold_expired' }
  | ReserveRefused

export interface Settled {
  readonly ok: true
  readonly replay: boolean
  /** Whether the reservation had lapsed already. */
  readonly isLate: boolean
  /** Where the cost was taken from, in this order; the three are its amount. */
  readonly fromReserved: bigint
  readonly fromAvailable: bigint
  readonly fromOverdraft: bigint
  /** What the reservation gave back. */
  readonly returned: bigint
}
export type SettleResult = Settled | Misused | { readonly ok: false; readonly reason: 'hold_unknown' | 'hold_released' }

export type ReleaseResult =
  /** `returned` is what the reservation gave back now: nothing when it had lapsed. */
  | { readonly ok: true; readonly replay: boolean; readonly returned: bigint }
  | Misused
  | { readonly ok: false; readonly reason: 'hold_unknown' | 'hold_settled' }

/**
 * Keeps the amounts. Every write is atomic and happens once: sent again with the same key and content it gives the first
 * result, marked `replay`; with other content it is refused. What a caller sends is answered as data, never thrown.
 */
export interface CreditLedger {
  /** Adds credits, and repays overdraft first. The first grant makes the wallet. */
  grant(grant: Grant): Promise<GrantResult>
  /**
   * Holds credits for a call, if the amount is available: those that expire first, then those granted first.
   * A reservation ends once: settled, released, or lapsed at its `expiresAt`, when it gives back what it held.
   */
  reserve(reserve: Reserve): Promise<ReserveResult>
  /**
   * Books what a call has cost, always: from its reservation, then from what is available, then as overdraft.
   * A reservation that has lapsed has nothing left to take from, and is booked all the same.
   */
  settle(settle: Settle): Promise<SettleResult>
  /** Gives back what a call holds, which has cost nothing. Settle and release exclude each other, after a lapse too. */
  release(release: Release): Promise<ReleaseResult>
  /** The amounts now, or as they were after the last entry at or before an instant. All zero for a wallet never granted to. */
  balance(wallet: Wallet, at?: Instant): Promise<Balance>
  /** Every entry of the wallet up to now, oldest first. */
  statement(wallet: Wallet): Promise<readonly Entry[]>
}
