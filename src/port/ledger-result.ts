import type { LedgerWallet } from '../model/noun/wallet.ts'
import type { Instant } from '../model/value/instant.ts'
import type { Issue } from '../model/value/issue.ts'
import type { Violation } from '../model/value/violation.ts'
import type { Bucket, EntryType } from './bucket.ts'
import type { LedgerInvariant } from './ledger-invariant.ts'
import type { Grant, PutAllowance, PutWallet } from './ledger-request.ts'

/**
 * The amounts of a wallet, all zero or more. The first four are the sources of credits, the others their uses:
 * `granted + drawn + overdraft + writtenOff = available + reserved + spent + expired + revoked` always holds.
 */
export interface Balance extends Readonly<Record<Bucket, bigint>> {
  /** The number of entries, which is the sequence of the last one. 0 for a wallet without entries. */
  readonly sequence: number
  /** Sum of all grants. */
  readonly granted: bigint
  /** At a level without own credits: what calls hold or have cost here. The level above pays, or the bill for `postpaid`. */
  readonly drawn: bigint
  /** Debt: costs beyond the available credits. Incoming credits repay it first, so while it is above zero only tag-restricted credits are available. */
  readonly overdraft: bigint
  /** Costs beyond the overdraft limit. They are never repaid. */
  readonly writtenOff: bigint
  /** Credits that the next reservation can use. */
  readonly available: bigint
  /** Credits held by open reservations. */
  readonly reserved: bigint
  /** Costs of all calls, less refunds. */
  readonly spent: bigint
  /** Credits that were unused when their grant expired, or were returned to it afterwards. */
  readonly expired: bigint
  /** Credits taken back by `revoke`. */
  readonly revoked: bigint
}
export type { Bucket } from './bucket.ts'

/**
 * An immutable movement of credits between two buckets of one wallet. The balance is the sum of the entries: the four source
 * buckets grow by what leaves them and shrink by what enters them, and the other buckets do the opposite.
 */
export interface Entry {
  /** Number of the entry within its wallet, from 1 without gaps. */
  readonly sequence: number
  /** When the entry took effect. A lapse, expiry or roll has its due instant, however late it was processed. */
  readonly at: Instant
  readonly type: EntryType
  readonly from: Bucket
  readonly to: Bucket
  /** The amount moved, above zero. */
  readonly amount: bigint
  /** The key of the grant, or id of the allowance, that the credits belong to. Absent when they belong to none. */
  readonly grant?: string
  /** For an allowance: the start of the period. */
  readonly period?: Instant
  /** The hold or charge that caused the movement, if any. */
  readonly hold?: string
}

/** The write is invalid, and nothing was written. */
export type InvalidWrite =
  /** The request does not match its schema. `issues` lists the problems with their paths. */
  | { readonly ok: false; readonly reason: 'request_invalid'; readonly issues: readonly Issue[] }
  /** The key or hold was used before, for another write or with other content. */
  | { readonly ok: false; readonly reason: 'key_reused' }
  /** A bucket of this wallet would exceed 2^63 - 1. */
  | { readonly ok: false; readonly reason: 'amount_too_large'; readonly wallet: LedgerWallet }

/**
 * Why a reservation is refused, in order of precedence: the result has the first reason that applies at any level of the
 * path, with the lowest level at which it applies.
 */
export type RefusalReason =
  /** The wallet does not exist. */
  | 'wallet_unknown'
  | 'wallet_closed'
  | 'wallet_frozen'
  /** The level owes overdraft. Refused whatever the amount and the level's current funding. */
  | 'wallet_overdrawn'
  | 'cap_exceeded'
  | 'credits_insufficient'

/**
 * When a retry can succeed; where several apply, the first of this list.
 * - `when_holds_clear`: when open reservations return what they hold.
 * - `at_reset`: in the next period of the cap or of an allowance.
 * - `after_top_up`: after a grant.
 * - `never`: only after a change of the wallet or its cap.
 */
export type RetryAdvice = 'never' | 'when_holds_clear' | 'at_reset' | 'after_top_up'

/** A level of the path refuses the reservation. Nothing is written or remembered: the same hold can be tried again. */
export interface ReservationRefused {
  readonly ok: false
  readonly reason: RefusalReason
  /** The level that refused. */
  readonly wallet: LedgerWallet
  /** The amount that had to fit: `minAmount` if given, otherwise `amount`. */
  readonly needed: bigint
  /** The amount that fits at this level: credits usable for this call, or, for `cap_exceeded`, the rest of the cap. */
  readonly available: bigint
  /** Credits held by open reservations at this level. */
  readonly reserved: bigint
  readonly retry: RetryAdvice
  /** For `when_holds_clear`: the suggested wait in milliseconds. */
  readonly retryAfter?: number
  /** For `at_reset`: when the next period starts. */
  readonly resetsAt?: Instant
}

/** A soft limit of a cap that this cost reached. */
export interface SoftLimitReached {
  readonly wallet: LedgerWallet
  readonly softLimit: bigint
  /** The amount spent in the period, this cost included. */
  readonly used: bigint
}

/** The write took effect, now or in an earlier call. */
export interface WriteOk {
  readonly ok: true
  /** Whether an earlier call made this write: the result is the first one again. */
  readonly replay: boolean
}

export type PutWalletResult =
  | WriteOk
  | InvalidWrite
  /** The parent does not exist; the wallet would be its own ancestor; a path would have more than 8 levels. */
  | { readonly ok: false; readonly reason: 'parent_unknown' | 'parent_circular' | 'path_too_long' }

export type GrantResult = WriteOk | InvalidWrite | { readonly ok: false; readonly reason: 'wallet_closed' }

export type RevokeResult =
  | (WriteOk & { /** The available credits that were taken back. */ readonly revoked: bigint })
  | InvalidWrite
  /** The grant does not exist, or it has expired or was revoked and none of it is held. */
  | { readonly ok: false; readonly reason: 'grant_unknown' }

export type PutAllowanceResult =
  | WriteOk
  | InvalidWrite
  | { readonly ok: false; readonly reason: 'wallet_unknown' | 'wallet_closed' }

export interface Reserved extends WriteOk {
  /**
   * The total amount reserved for the hold, including what was already settled in part. Below the requested amount only when
   * `minAmount` or `minIncrease` was given.
   */
  readonly amount: bigint
  /** When the hold lapses. In a replay this is the first result: it may be past, or extended since. */
  readonly expiresAt: Instant
}
export type ReserveResult =
  | Reserved
  | ReservationRefused
  | InvalidWrite
  /**
   * The hold was released, possibly before this reserve arrived. Other content than the first reserve gives `key_reused`
   * instead.
   */
  | { readonly ok: false; readonly reason: 'hold_released' }

/** Why a hold is not open. */
export type HoldGone = 'hold_unknown' | 'hold_settled' | 'hold_released' | 'hold_lapsed'

export type ExtendResult =
  | Reserved
  | ReservationRefused
  | InvalidWrite
  | { readonly ok: false; readonly reason: HoldGone }

/** How a cost was booked at one level, and what happened to the rest of the hold. */
export interface LevelCost {
  readonly wallet: LedgerWallet
  /** The five `from` amounts add up to the cost and are used in this order. This one was taken from the hold. */
  readonly fromReserved: bigint
  /** Taken from available credits. Only at a level with `funding: 'own'`. */
  readonly fromAvailable: bigint
  /** Drawn instead of taken from grants. Only at a level with `funding: 'parent'` or `'postpaid'`. */
  readonly fromDrawn: bigint
  /** Booked as overdraft. Only at a level with `funding: 'own'`. */
  readonly fromOverdraft: bigint
  /** Written off. */
  readonly fromWrittenOff: bigint
  /** Returned by the end of the hold: available again, used to repay overdraft, or no longer drawn. */
  readonly returned: bigint
  /** Returned to a grant that has expired or was revoked, and therefore lost. */
  readonly lost: bigint
}

export interface Settled extends WriteOk {
  /** Whether the hold had lapsed or was unknown. */
  readonly isLate: boolean
  /** One element per level of the path, the lowest first. */
  readonly levels: readonly LevelCost[]
  /** The soft limits that this cost reached. */
  readonly softLimitsReached: readonly SoftLimitReached[]
}
export type SettleResult =
  | Settled
  | InvalidWrite
  /**
   * `hold_exceeded` occurs only with `overrun: 'reject'`, `hold_lapsed` only with `late: 'reject'`. `wallet_unknown` refers to
   * the wallet of `ifUnknown`.
   */
  | { readonly ok: false; readonly reason: HoldGone | 'hold_exceeded' | 'wallet_unknown' }

export type ReleaseResult =
  /** `returned` is the amount returned at the lowest level: zero when the hold had lapsed or was unknown. */
  (WriteOk & { readonly returned: bigint }) | InvalidWrite | { readonly ok: false; readonly reason: 'hold_settled' }

export type ChargeResult = Settled | InvalidWrite | { readonly ok: false; readonly reason: 'wallet_unknown' }

export type RefundResult =
  | WriteOk
  | InvalidWrite
  | { readonly ok: false; readonly reason: 'hold_unknown' }
  /** The amount exceeds `refundable`: the cost less earlier refunds. */
  | { readonly ok: false; readonly reason: 'spent_exceeded'; readonly refundable: bigint }

/** The current state of a hold or charge. */
export interface HoldState {
  readonly hold: string
  /** The levels, the lowest first. Empty for a hold that was released before it was reserved. */
  readonly path: readonly LedgerWallet[]
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

/** A grant that has available or held credits, or is scheduled. */
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
  /** The available part: zero before `effectiveAt`. */
  readonly available: bigint
  readonly reserved: bigint
}

/** The current state of a wallet. */
export interface WalletState extends Omit<PutWallet, 'key'> {
  readonly status: NonNullable<PutWallet['status']>
  readonly balance: Balance
  /** Usage of the cap in the current period, and when it resets. Absent without a cap. */
  readonly capUse?: { readonly spent: bigint; readonly reserved: bigint; readonly resetsAt?: Instant }
  /** Grants in burn order, scheduled ones last. */
  readonly grants: readonly GrantState[]
  readonly allowances: readonly (Omit<PutAllowance, 'key' | 'wallet'> & { readonly rollsAt: Instant })[]
}

export type ImportResult =
  /** The number of imported records. */
  | { readonly ok: true; readonly records: number }
  /** This ledger is not empty. */
  | { readonly ok: false; readonly reason: 'ledger_not_empty' }
  /** The export is invalid: the number of the record, counted from 1, and the problem. */
  | { readonly ok: false; readonly reason: 'export_invalid'; readonly record: number; readonly message: string }

/** A broken invariant: a defect of the adapter, or damage to its store. */
export interface LedgerViolation extends Violation<LedgerInvariant> {
  readonly wallet?: LedgerWallet
  readonly hold?: string
}

/** The guarantees of an adapter. The conformance suite tests them. */
export interface LedgerCapabilities {
  /** Whether every returned result survives `kill -9` of this process and of the database. */
  readonly isDurable: boolean
  /** Whether several processes can use one ledger at the same time. */
  readonly isShared: boolean
  /** How long keys and ended holds are remembered, in milliseconds, at least. */
  readonly idRetention: number
}
