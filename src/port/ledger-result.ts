import type { WalletLevel } from '../model/noun/wallet.ts'
import type { Instant } from '../model/value/instant.ts'
import type { Issue } from '../model/value/issue.ts'
import type { Violation } from '../model/value/violation.ts'
import type { Bucket, EntryType } from './bucket.ts'
import type { LedgerInvariant } from './ledger-invariant.ts'
import type { CallLabels } from './ledger-request.ts'

/**
 * The amounts of a wallet, all zero or more. Four amounts are sources of credits, five are uses of credits. Always
 * true: `granted + drawn + overdraft + writtenOff = available + reserved + spent + expired + revoked`.
 */
export interface Balance extends Readonly<Record<Bucket, bigint>> {
  /**
   * The sequence number of the wallet's last entry, which is also the number of entries. 0 for a wallet without
   * entries.
   */
  readonly sequence: number
  /** Sum of all grants. */
  readonly granted: bigint
  /**
   * The usage of a wallet without own credits: its reserved amount plus its costs. With `funding: 'parent'`, the parent
   * pays this amount. With `postpaid`, this amount is billed later. 0 for other wallets.
   */
  readonly drawn: bigint
  /**
   * Debt of the wallet: costs that exceeded the available credits. A cost that credits restricted to tags began to pay
   * leaves debt restricted to the tags that the call and these credits share. Incoming credits first repay the debt that
   * they may repay, so no available credits may repay any of it: unrestricted credits repay every debt (restricted debt
   * first), and restricted credits repay restricted debt that shares a tag with them.
   */
  readonly overdraft: bigint
  /** Costs that exceeded the overdraft limit. Incoming credits never repay these costs. */
  readonly writtenOff: bigint
  /** Credits that the next reservation can use. */
  readonly available: bigint
  /** Credits held by open reservations. */
  readonly reserved: bigint
  /** Costs of all calls, less refunds. */
  readonly spent: bigint
  /** Credits that expired unused, or that returned to an expired grant, also by a refund. */
  readonly expired: bigint
  /** Credits taken back by `revoke`, or that returned to a revoked grant. */
  readonly revoked: bigint
}
export type { Bucket } from './bucket.ts'

/** A call as its reserve, charge or settle described it. All entries of the call share this object. */
export interface CallDetails extends CallLabels {
  /**
   * The requested levels, the narrowest first, with or without a wallet in the ledger. For a request with `wallet`: this
   * wallet.
   */
  readonly path: readonly WalletLevel[]
}

/**
 * An immutable movement of credits between two buckets of one wallet. The balance is the sum of the entries. The four
 * source buckets grow when credits leave them and shrink when credits enter. The other buckets grow when credits enter
 * them and shrink when credits leave.
 */
export interface Entry {
  /** The number of the entry. The entries of a wallet are numbered from 1 without gaps. */
  readonly sequence: number
  /**
   * The instant at which the entry took effect. Entries for a lapse, an expiry or a new allowance period have the due
   * instant, even if the ledger processed them later.
   */
  readonly at: Instant
  readonly type: EntryType
  readonly from: Bucket
  readonly to: Bucket
  /** The amount moved, above zero. */
  readonly amount: bigint
  /**
   * The grant that the credits belong to: the key of a grant, or the id of an allowance. Absent for credits of neither.
   */
  readonly grant?: string
  /**
   * The start of the allowance period for which the credits were granted, or the instant of the put that granted them
   * within a period. Absent for credits of no allowance. Identifies the credits together with `grant`.
   */
  readonly period?: Instant
  /** The id of the hold or charge that caused the movement, if any. */
  readonly hold?: string
  /** The call of this hold or charge. Also present after the ledger has forgotten the hold. */
  readonly call?: CallDetails
  /**
   * The tags of the overdraft that the entry books or repays, sorted. Absent for unrestricted overdraft, and for entries
   * from and to other buckets.
   */
  readonly only?: readonly string[]
  /** The sequence number of the cost entry that the entry refunds. Present on entries of type `refunded`. */
  readonly refunds?: number
}

/** The write is invalid, and nothing was written. */
export type InvalidWrite =
  /** The request does not match its schema. `issues` lists the problems with their paths. */
  | { readonly ok: false; readonly reason: 'request_invalid'; readonly issues: readonly Issue[] }
  /** The key or hold id was used before, for another write or with other content. */
  | { readonly ok: false; readonly reason: 'key_reused' }
  /** A bucket of the wallet `wallet` would exceed 2^63 - 1. */
  | { readonly ok: false; readonly reason: 'amount_too_large'; readonly wallet: WalletLevel }

/** The path of a call would have more than 8 levels, with the parents of the wallets that the request names. */
export interface PathTooLong {
  readonly ok: false
  readonly reason: 'path_too_long'
}

/**
 * The reasons for refusing a reservation, in order of precedence. A refusal reports the first reason that applies at
 * any level of the path, and the lowest level at which this reason applies.
 */
export type RefusalReason =
  /** The wallet does not exist, or is the wallet of a principal in `path` that does not exist. */
  | 'wallet_unknown'
  | 'wallet_closed'
  | 'wallet_frozen'
  /**
   * The wallet owes overdraft that is unrestricted or shares a tag with the call. Every such reservation is refused, for
   * any amount and any `funding`. Calls with other tags are not affected by restricted overdraft.
   */
  | 'wallet_overdrawn'
  | 'cap_exceeded'
  | 'credits_insufficient'

/**
 * When a retry can succeed. If several values apply, the result has the first of this list.
 * - `when_holds_clear`: when open reservations return what they hold.
 * - `at_reset`: in the next period of the cap or of an allowance.
 * - `after_top_up`: after a grant.
 * - `never`: only after a change of the wallet or its cap.
 */
export type RetryAdvice = 'never' | 'when_holds_clear' | 'at_reset' | 'after_top_up'

/**
 * The result of a reservation that a level of the path refused. Nothing is written or remembered, so the same hold id
 * can be used again.
 */
export interface ReservationRefused {
  readonly ok: false
  readonly reason: RefusalReason
  /** The wallet that refused the reservation. */
  readonly wallet: WalletLevel
  /** The smallest amount that the request accepts: `minAmount` if specified, otherwise `amount`. */
  readonly needed: bigint
  /**
   * The amount that the wallet could reserve: the credits usable for this call. For `cap_exceeded`: the unused amount
   * of the cap.
   */
  readonly available: bigint
  /** The credits that open reservations hold at this wallet. */
  readonly reserved: bigint
  readonly retry: RetryAdvice
  /** The suggested wait in milliseconds. Present for `when_holds_clear`. */
  readonly retryAfter?: number
  /** The instant at which the next period starts. Present for `at_reset`. */
  readonly resetsAt?: Instant
}

/** A soft limit of a wallet's cap that the cost of a settle or charge reached. */
export interface SoftLimitReached {
  readonly wallet: WalletLevel
  readonly softLimit: bigint
  /** The amount spent in the current period, including the cost of this settle or charge. */
  readonly used: bigint
}

/** A low balance of a wallet that the cost of a settle or charge went below. */
export interface LowBalanceReached {
  readonly wallet: WalletLevel
  readonly threshold: bigint
  /**
   * The amount that the wallet has left after this settle or charge: its available plus its reserved credits, including
   * credits restricted to tags.
   */
  readonly left: bigint
}

/** The result of a successful write. The write took effect in this call or in an earlier call. */
export interface WriteOk {
  readonly ok: true
  /** Whether an earlier call already made this write. The result is then the result of that call. */
  readonly replay: boolean
}

export type PutWalletResult =
  | WriteOk
  | InvalidWrite
  /**
   * `parent_unknown`: the parent does not exist. `parent_circular`: the wallet would be its own ancestor.
   * `path_too_long`: a path would have more than 8 levels.
   */
  | { readonly ok: false; readonly reason: 'parent_unknown' | 'parent_circular' | 'path_too_long' }

export type GrantResult =
  | WriteOk
  | InvalidWrite
  /** `wallet_closed`: the wallet is closed. `grant_expired`: `expiresAt` has passed by the ledger's clock. */
  | { readonly ok: false; readonly reason: 'wallet_closed' | 'grant_expired' }

export type RevokeResult =
  | (WriteOk & { /** The amount of available credits that the revoke took back. */ readonly revoked: bigint })
  | InvalidWrite
  /**
   * The grant does not exist. Also returned for a grant that has expired or was revoked, unless an open reservation
   * still holds its credits.
   */
  | { readonly ok: false; readonly reason: 'grant_unknown' }

export type PutAllowanceResult =
  | WriteOk
  | InvalidWrite
  /** `wallet_closed`: the wallet is closed. `too_many_allowances`: the wallet would have more than 100 allowances. */
  | { readonly ok: false; readonly reason: 'wallet_closed' | 'too_many_allowances' }

export interface Reserved extends WriteOk {
  /**
   * The total amount reserved for the hold, including amounts that partial settles used. Below the requested amount
   * only when `minAmount` or `minIncrease` was given.
   */
  readonly amount: bigint
  /**
   * The instant at which the hold lapses. A replay returns the first result, even if this instant has passed or the
   * hold was extended since.
   */
  readonly expiresAt: Instant
}
export type ReserveResult =
  | Reserved
  | ReservationRefused
  | InvalidWrite
  /**
   * The hold was released, possibly before this reserve arrived. A reserve with other content than the first reserve
   * returns `key_reused` instead.
   */
  | { readonly ok: false; readonly reason: 'hold_released' }
  | PathTooLong

/** The reason why a hold is not open. */
export type HoldGone = 'hold_unknown' | 'hold_settled' | 'hold_released' | 'hold_lapsed'

export type ExtendResult =
  | Reserved
  | ReservationRefused
  | InvalidWrite
  | { readonly ok: false; readonly reason: HoldGone }

/** The booking of a cost at one level of the path, and the amount that the hold gave back there. */
export interface LevelCost {
  readonly wallet: WalletLevel
  /**
   * The part of the cost that the hold paid. The five `from` amounts add up to the cost. They are used in this order.
   */
  readonly fromReserved: bigint
  /** The part of the cost that available credits paid. Only for a wallet with `funding: 'own'`. */
  readonly fromAvailable: bigint
  /**
   * The part of the cost that was booked as `drawn`, without using grants. Only for a wallet with `funding: 'parent'`
   * or `'postpaid'`.
   */
  readonly fromDrawn: bigint
  /** The part of the cost that was booked as overdraft. Only for a wallet with `funding: 'own'`. */
  readonly fromOverdraft: bigint
  /** The part of the cost that was written off. */
  readonly fromWrittenOff: bigint
  /**
   * The amount that the hold gave back when it ended. This amount is available again, repaid overdraft, or is no longer
   * drawn.
   */
  readonly returned: bigint
  /** The amount that was given back to an expired or revoked grant, and is therefore lost. */
  readonly lost: bigint
}

export interface Settled extends WriteOk {
  /** Whether the settle came late: the hold had lapsed, or was unknown to the ledger. */
  readonly isLate: boolean
  /** The booking of the cost at each level of the path, the lowest level first. Empty if no level has a wallet. */
  readonly levels: readonly LevelCost[]
  /** The soft limits that the cost of this settle or charge reached. */
  readonly softLimitsReached: readonly SoftLimitReached[]
  /**
   * The low balances that this settle or charge went below. An expiry or a revoke is not reported. Each crossing is
   * reported once: again only after the wallet had at least the threshold left in between.
   */
  readonly lowBalancesReached: readonly LowBalanceReached[]
}
export type SettleResult =
  | Settled
  | InvalidWrite
  /**
   * The reasons for refusing a settle. `hold_exceeded` occurs only with `overrun: 'reject'`, `hold_lapsed` only with
   * `late: 'reject'`. `wallet_unknown` and `path_too_long` refer to the wallets of `ifUnknown`.
   */
  | { readonly ok: false; readonly reason: HoldGone | 'hold_exceeded' | 'wallet_unknown' }
  | PathTooLong

export type ReleaseResult =
  /** `returned` is the amount that was still held. It is zero when the hold had lapsed or was unknown. */
  (WriteOk & { readonly returned: bigint }) | InvalidWrite | { readonly ok: false; readonly reason: 'hold_settled' }

export type ChargeResult =
  | Settled
  | InvalidWrite
  | PathTooLong
  | { readonly ok: false; readonly reason: 'wallet_unknown' }

export type RefundResult =
  | WriteOk
  | InvalidWrite
  /**
   * `hold_unknown`: no hold or charge with this id is known. `entry_unknown`: the wallet has no such entry, or it books no
   * cost. `grant_expired`: `expiresAt` has passed by the ledger's clock.
   */
  | { readonly ok: false; readonly reason: 'hold_unknown' | 'entry_unknown' | 'grant_expired' }
  /** The amount exceeds `refundable`: the cost less earlier refunds. */
  | { readonly ok: false; readonly reason: 'spent_exceeded'; readonly refundable: bigint }

export type ImportResult =
  /** The import succeeded. `records` is the number of imported records. */
  | { readonly ok: true; readonly records: number }
  /** This ledger is not empty. */
  | { readonly ok: false; readonly reason: 'ledger_not_empty' }
  /**
   * The export is invalid. `record` is the number of the invalid record, counted from 1. `message` describes the
   * problem.
   */
  | { readonly ok: false; readonly reason: 'export_invalid'; readonly record: number; readonly message: string }

/** A broken invariant of a ledger. The cause is a defect of the adapter, or damage to its store. */
export interface LedgerViolation extends Violation<LedgerInvariant> {
  readonly wallet?: WalletLevel
  readonly hold?: string
}

/** The guarantees of an adapter, which the conformance suite tests. */
export interface LedgerCapabilities {
  /** Whether every result that a call returned survives `kill -9` of this process and of the database. */
  readonly isDurable: boolean
  /** Whether several processes can use one ledger at the same time. */
  readonly isShared: boolean
  /** The minimum time in milliseconds for which the ledger remembers keys and ended holds. */
  readonly idRetention: number
}
