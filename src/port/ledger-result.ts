import type { LedgerWallet } from '../model/noun/wallet.ts'
import type { Instant } from '../model/value/instant.ts'
import type { Issue } from '../model/value/issue.ts'
import type { Violation } from '../model/value/violation.ts'
import type { Bucket, EntryType } from './bucket.ts'
import type { LedgerInvariant } from './ledger-invariant.ts'
import type { Grant, PutAllowance, PutWallet } from './ledger-request.ts'

/**
 * The amounts of a wallet, none below zero. The first four are where credits came from, the others what became of them, so
 * `granted + drawn + overdraft + writtenOff = available + reserved + spent + expired + revoked`, always.
 */
export interface Balance extends Readonly<Record<Bucket, bigint>> {
  /** How many entries there were: the number of the last one. 0 for a wallet that nothing ever happened to. */
  readonly sequence: number
  /** All that was ever granted. */
  readonly granted: bigint
  /** What calls hold or have cost at a level that has no credits of its own. */
  readonly drawn: bigint
  /** What calls have cost beyond what there was. What comes in next repays it first, so with it nothing is available but what has tags. */
  readonly overdraft: bigint
  /** What calls have cost beyond that, and nobody pays. */
  readonly writtenOff: bigint
  /** What the next reservation may take. */
  readonly available: bigint
  /** What calls under way hold. */
  readonly reserved: bigint
  /** All that calls have cost, less what was refunded. */
  readonly spent: bigint
  /** What was neither spent nor held when its grant expired, or came back later. */
  readonly expired: bigint
  /** What was taken back. */
  readonly revoked: bigint
}
export type { Bucket } from './bucket.ts'

/**
 * One movement of credits between two buckets of one wallet, never changed once written. The balance is the sum of the
 * entries: the four sources grow by what leaves them and shrink by what enters, the other buckets the other way round.
 */
export interface Entry {
  /** 1, 2, 3 and so on within the wallet. */
  readonly sequence: number
  /** When it took effect. What lapsed, expired or rolled did so at that very instant, however late it was noticed. */
  readonly at: Instant
  readonly type: EntryType
  readonly from: Bucket
  readonly to: Bucket
  /** Above zero. */
  readonly amount: bigint
  /** The key of the grant, or the id of the allowance, that the credits are from; absent when they are from neither. */
  readonly grant?: string
  /** The start of the period, where the grant is an allowance's. */
  readonly period?: Instant
  /** The hold or charge that moved them, if one did. */
  readonly hold?: string
}

/** A write was refused for what it is, and nothing was written. */
export type InvalidWrite =
  /** It cannot be read: what is wrong, and where. */
  | { readonly ok: false; readonly reason: 'request_invalid'; readonly issues: readonly Issue[] }
  /** The key or hold was used before, with other content or for something else. */
  | { readonly ok: false; readonly reason: 'key_reused' }
  /** A bucket of this wallet would exceed 2^63 - 1. */
  | { readonly ok: false; readonly reason: 'amount_too_large'; readonly wallet: LedgerWallet }

/**
 * Why a reservation is refused, in order of precedence: the first that applies at any level of the path is given, at the
 * lowest level that it applies at.
 */
export type RefusalReason =
  /** The wallet is not there. Its parents always are. */
  | 'wallet_unknown'
  | 'wallet_closed'
  | 'wallet_frozen'
  /** There is overdraft, however small the amount asked for, and wherever the credits of the level come from by now. */
  | 'wallet_overdrawn'
  | 'cap_exceeded'
  | 'credits_insufficient'

/**
 * What may change the answer, in order of preference where several may.
 * - `when_holds_clear`: calls under way, when they give back what they hold.
 * - `at_reset`: the next period of a cap or of an allowance.
 * - `after_top_up`: a grant.
 * - `never`: nothing but a change of the wallet or its cap.
 */
export type RetryAdvice = 'never' | 'when_holds_clear' | 'at_reset' | 'after_top_up'

/** There is not enough at a level of the path. Nothing is written, nor remembered: the same hold may be tried again. */
export interface ReservationRefused {
  readonly ok: false
  readonly reason: RefusalReason
  /** The level that refused. */
  readonly wallet: LedgerWallet
  /** What would have had to fit: the `minAmount`, where there is one. */
  readonly needed: bigint
  /** What fits at this level: of the credits that may pay for this call, or, for `cap_exceeded`, of the cap. */
  readonly available: bigint
  /** What calls under way hold at this level. */
  readonly reserved: bigint
  readonly retry: RetryAdvice
  /** How many milliseconds to wait at least, for `when_holds_clear`: a hint. */
  readonly retryAfter?: number
  /** When the period begins, for `at_reset`. */
  readonly resetsAt?: Instant
}

/** The soft limits of a cap that a cost made `spent` reach. */
export interface SoftLimitReached {
  readonly wallet: LedgerWallet
  readonly softLimit: bigint
  /** What was spent in the period, this cost included. */
  readonly used: bigint
}

/** `replay`: whether it was done before, and this is the first answer again. */
export interface WriteOk {
  readonly ok: true
  readonly replay: boolean
}

export type PutWalletResult =
  | WriteOk
  | InvalidWrite
  /** There is no such parent; the wallet would be above itself; a path would have more than 8 levels. */
  | { readonly ok: false; readonly reason: 'parent_unknown' | 'parent_circular' | 'path_too_long' }

export type GrantResult = WriteOk | InvalidWrite | { readonly ok: false; readonly reason: 'wallet_closed' }

export type RevokeResult =
  | (WriteOk & { /** What was available of it. */ readonly revoked: bigint })
  | InvalidWrite
  /** There is none, or it has expired or was revoked, and nothing of it is held. */
  | { readonly ok: false; readonly reason: 'grant_unknown' }

export type PutAllowanceResult =
  | WriteOk
  | InvalidWrite
  | { readonly ok: false; readonly reason: 'wallet_unknown' | 'wallet_closed' }

export interface Reserved extends WriteOk {
  /**
   * What is held in all after this, what was settled in part already included: less than was asked for only where `minAmount`
   * or `minIncrease` was given.
   */
  readonly amount: bigint
  /** When it lapses, after this. That of a replay may be past, or have been extended. */
  readonly expiresAt: Instant
}
export type ReserveResult =
  | Reserved
  | ReservationRefused
  | InvalidWrite
  /**
   * The hold was released, perhaps before this could arrive: whoever sent it has given up on it. With other content than it was
   * made with, it is `key_reused`.
   */
  | { readonly ok: false; readonly reason: 'hold_released' }

/** Why a hold is no longer, or was never, under way. */
export type HoldGone = 'hold_unknown' | 'hold_settled' | 'hold_released' | 'hold_lapsed'

export type ExtendResult =
  | Reserved
  | ReservationRefused
  | InvalidWrite
  | { readonly ok: false; readonly reason: HoldGone }

/** What a cost was taken from at one level, and what became of the rest of the hold. */
export interface LevelCost {
  readonly wallet: LedgerWallet
  /** These five, in this order, are the cost. Only a level with credits of its own has what is available or overdraft, only others draw. */
  readonly fromReserved: bigint
  readonly fromAvailable: bigint
  readonly fromDrawn: bigint
  readonly fromOverdraft: bigint
  readonly fromWrittenOff: bigint
  /** What the end of the hold gave back: it repaid overdraft, or is available, or no longer drawn. */
  readonly returned: bigint
  /** What came back too late, to a grant that has expired or was revoked. */
  readonly lost: bigint
}

export interface Settled extends WriteOk {
  /** Whether the hold had lapsed already, or was unknown. */
  readonly isLate: boolean
  /** Each level of the path, the lowest first. */
  readonly levels: readonly LevelCost[]
  readonly crossed: readonly SoftLimitReached[]
}
export type SettleResult =
  | Settled
  | InvalidWrite
  /** `hold_exceeded` and `hold_lapsed` only where the caller asked for it by `overrun` and `late`. `wallet_unknown` is that of `ifUnknown`. */
  | { readonly ok: false; readonly reason: HoldGone | 'hold_exceeded' | 'wallet_unknown' }

export type ReleaseResult =
  /** What the hold gave back now, at its lowest level: nothing when it had lapsed or was unknown. */
  (WriteOk & { readonly returned: bigint }) | InvalidWrite | { readonly ok: false; readonly reason: 'hold_settled' }

export type ChargeResult = Settled | InvalidWrite | { readonly ok: false; readonly reason: 'wallet_unknown' }

export type RefundResult =
  | WriteOk
  | InvalidWrite
  | { readonly ok: false; readonly reason: 'hold_unknown' }
  /** It has not cost so much, less what was refunded before. */
  | { readonly ok: false; readonly reason: 'spent_exceeded'; readonly refundable: bigint }

/** A hold or a charge, as it is. */
export interface HoldState {
  readonly hold: string
  /** Each level, the lowest first. Empty for one that was released before it was made. */
  readonly path: readonly LedgerWallet[]
  readonly state: 'held' | 'lapsed' | 'settled' | 'released'
  /** What was held in all. Zero for a charge. */
  readonly amount: bigint
  /** What is held still. */
  readonly held: bigint
  /** What it has cost, less what was refunded. */
  readonly spent: bigint
  readonly createdAt: Instant
  readonly expiresAt: Instant
}

/** A grant with something left, held or still to come. */
export interface GrantState {
  readonly grant: string
  readonly period?: Instant
  readonly kind: NonNullable<Grant['kind']> | 'allowance' | 'refund'
  readonly priority: number
  readonly effectiveAt: Instant
  readonly expiresAt?: Instant
  readonly only?: readonly string[]
  /** What it brought, or will bring. */
  readonly amount: bigint
  /** What is available of it: zero before it is effective. */
  readonly available: bigint
  readonly reserved: bigint
}

/** A wallet, as it is. */
export interface WalletState extends Omit<PutWallet, 'key'> {
  readonly status: NonNullable<PutWallet['status']>
  readonly balance: Balance
  /** What the cap counts now, and when it counts anew. */
  readonly capUse?: { readonly spent: bigint; readonly reserved: bigint; readonly resetsAt?: Instant }
  /** In burn order, those still to come last. */
  readonly grants: readonly GrantState[]
  readonly allowances: readonly (Omit<PutAllowance, 'key' | 'wallet'> & { readonly rollsAt: Instant })[]
}

export type ImportResult =
  /** How many records there were. */
  | { readonly ok: true; readonly records: number }
  /** Something has happened to this ledger. */
  | { readonly ok: false; readonly reason: 'ledger_not_empty' }
  /** What is wrong, and at which record, from 1 on. */
  | { readonly ok: false; readonly reason: 'export_invalid'; readonly record: number; readonly message: string }

/** A promise that the books do not keep: a defect of the adapter, or damage done to its store. */
export interface LedgerViolation extends Violation<LedgerInvariant> {
  readonly wallet?: LedgerWallet
  readonly hold?: string
}

/** What a ledger says of itself. The conformance suite tests what is claimed. */
export interface LedgerCapabilities {
  /** What is answered survives `kill -9` of this process and of the database. */
  readonly isDurable: boolean
  /** Several processes may keep one ledger at a time. */
  readonly isShared: boolean
  /** For how many milliseconds a key, or a hold that has ended, is known at least. */
  readonly idRetention: number
}
