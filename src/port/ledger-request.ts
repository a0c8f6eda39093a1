import type { LedgerWallet } from '../model/noun/wallet.ts'
import type { Instant } from '../model/value/instant.ts'

/*
 * The requests of a ledger.
 *
 * - Amounts are bigints from 0 to 2^63 - 1 in units of 10^-9 credits. `credit('1.5')` converts a decimal string.
 * - Ids, keys and tags are strings of 1 to 256 printable characters.
 * - Durations are integers in milliseconds, instants are integers in epoch milliseconds.
 * - A `key` identifies one write, a `hold` one reservation or charge. The two namespaces are separate.
 */

/** A calendar period in a time zone. Each period starts at the first instant of a local day. */
export interface Period {
  readonly every: 'day' | 'week' | 'month'
  /** IANA time zone name, for example `Europe/Berlin` or `UTC`. */
  readonly timeZone: string
  /**
   * The first day of the period. For a week: the weekday, 1 (Monday) to 7. For a month: the day of the month, 1 to 31; a
   * shorter month starts on its last day. Not allowed for a day. Default: 1.
   */
  readonly startsOn?: number
}

/** A spending limit at one level, independent of the credits available there. */
export interface Cap {
  /**
   * The limit. A reservation is refused when it would make spent + reserved exceed it. Spent counts the costs of the current
   * period less the refunds made in it, and at least zero. A settle or charge can exceed the cap.
   */
  readonly amount: bigint
  /** Default: the cap never resets. */
  readonly period?: Period
  /** Thresholds of spent, ascending, at most 16. The settle or charge that reaches one reports it in `softLimitsReached`. */
  readonly softLimits?: readonly bigint[]
}

/**
 * Where the credits of a level come from.
 * - `own`: the wallet's grants. A reservation needs enough credits here, in addition to those at other `own` levels.
 * - `parent`: the levels above. This level only counts usage, and applies its cap if it has one. Requires a parent.
 * - `postpaid`: none. Usage is counted, to be billed later. A cap, if set, acts as the credit line.
 */
export type Funding = 'own' | 'parent' | 'postpaid'

/** Creates a wallet or replaces its settings. Absent fields reset to their defaults. Balances do not change. */
export interface PutWallet {
  /**
   * Idempotency key. Generate it once per write and reuse it on every retry; no two writes may share one. Changing a setting
   * back is a new write with a new key. A retry after `idRetention` counts as a new write.
   */
  readonly key: string
  readonly wallet: LedgerWallet
  readonly funding: Funding
  /**
   * The level above; it must exist. A path has at most 8 levels and no cycle. Open reservations keep the path they were
   * made on.
   */
  readonly parent?: LedgerWallet
  readonly cap?: Cap
  /** How much overdraft the wallet may owe when a call costs more than was reserved; the rest is written off. Default: no limit. */
  readonly overdraftLimit?: bigint
  /**
   * `frozen` refuses reservations. `closed` also refuses grants and allowances, and stops allowances from rolling. Settles
   * and charges are booked in every status. Default: `open`.
   */
  readonly status?: 'open' | 'frozen' | 'closed'
}

/** Adds credits to a wallet. Creates the wallet with `funding: 'own'` when it does not exist. */
export interface Grant {
  /** Idempotency key, and the name of the grant. Generate it once per grant and reuse it on every retry. Remembered indefinitely. */
  readonly key: string
  readonly wallet: LedgerWallet
  /** The credits to add, above zero, in units of 10^-9: `credit('1.5')` converts a decimal string. */
  readonly amount: bigint
  /** A label for statements, without effect on decisions. Default: `paid`. */
  readonly kind?: 'paid' | 'promotional' | 'adjustment'
  /** Burn priority, 0 to 1000; credits with a lower number are spent first. Default: 100. */
  readonly priority?: number
  /** When the credits become available. Default: at once. */
  readonly effectiveAt?: Instant
  /** When the credits expire: the first instant at which they are no longer available. May be in the past. Default: never. */
  readonly expiresAt?: Instant
  /** Restricts the credits to calls that have one of these tags, 1 to 16. Restricted credits never repay overdraft. Default: no restriction. */
  readonly only?: readonly string[]
}

/** Takes back the available credits of a grant. Credits held by open reservations are revoked when they are returned. */
export interface Revoke {
  /** Idempotency key. Generate it once per write and reuse it on every retry; no two writes may share one. */
  readonly key: string
  readonly wallet: LedgerWallet
  /** The key of the grant, or the id of the allowance. */
  readonly grant: string
  /** The start of the period to revoke. Required for an allowance; omit it for a grant. */
  readonly period?: Instant
}

/**
 * Creates or replaces an allowance: credits granted at the start of every period, which expire at its end. A new allowance
 * grants the current period at once. A changed one takes effect with the next period.
 */
export interface PutAllowance {
  /** Idempotency key. Generate it once per write and reuse it on every retry; no two writes may share one. */
  readonly key: string
  readonly wallet: LedgerWallet
  /** The id of the allowance, unique within the wallet. Its grants are named by this id and the start of their period. */
  readonly allowance: string
  /** The credits per period. Zero ends the allowance after the current period. */
  readonly amount: bigint
  readonly period: Period
  /** Burn priority, 0 to 1000; credits with a lower number are spent first. Default: 100. */
  readonly priority?: number
  /** Restricts the credits to calls that have one of these tags, 1 to 16. Default: no restriction. */
  readonly only?: readonly string[]
  /** The most unused credits to add to the next period's grant. Default: 0. */
  readonly rollover?: bigint
}

/** Reserves credits for a call before it is made. */
export interface Reserve {
  /** Id of the reservation and its idempotency key. Generate it once per call and reuse it on every retry. */
  readonly hold: string
  /** The lowest level. The path is this wallet, its parent, and so on upwards. */
  readonly wallet: LedgerWallet
  /** The most that the call may cost, above zero, in units of 10^-9: `credit('1.5')` converts a decimal string. */
  readonly amount: bigint
  /** The smallest acceptable amount: above zero, at most `amount`. The ledger reserves as much as fits. Default: `amount`. */
  readonly minAmount?: bigint
  /** Time to live in milliseconds (1 to 86,400,000), measured by the ledger's clock. The hold lapses when it is over. */
  readonly ttl: number
  /** Tags of the call, at most 16. They make grants restricted by `only` usable. */
  readonly tags?: readonly string[]
}

/** Extends a hold's time to live, and optionally its amount. */
export interface Extend {
  /** Idempotency key. Generate it once per write and reuse it on every retry; no two writes may share one. */
  readonly key: string
  readonly hold: string
  /**
   * New time to live in milliseconds from now (1 to 86,400,000). Never shortens the hold; a hold ends at the latest
   * 86,400,000 milliseconds after it was created.
   */
  readonly ttl: number
  /** The additional amount to reserve, above zero. Default: none. */
  readonly increase?: bigint
  /** The smallest acceptable increase: above zero, at most `increase`. Default: `increase`. */
  readonly minIncrease?: bigint
}

/** Books the actual cost of a call. */
export interface Settle {
  readonly hold: string
  /** The cost, zero or more. With several settles of one hold, each books its own part. */
  readonly amount: bigint
  /** Idempotency key of a partial settle, which keeps the hold open with the remainder. Without it, the settle ends the hold. */
  readonly part?: string
  /**
   * How to book the part of the cost that exceeds the held amount.
   * - `charge` (default): take it from available credits, then book it as overdraft.
   * - `cap`: write it off.
   * - `reject`: book nothing and leave the hold as it is.
   */
  readonly overrun?: 'charge' | 'cap' | 'reject'
  /** Whether to charge a hold that has lapsed, or to refuse with `hold_lapsed`. Default: `charge`. */
  readonly late?: 'charge' | 'reject'
  /**
   * The wallet to charge when the ledger does not know the hold, and the instant at which the call started. Refused when the
   * call started longer ago than `idRetention`: the ledger may have settled and forgotten the hold.
   */
  readonly ifUnknown?: { readonly wallet: LedgerWallet; readonly startedAt: Instant }
}

/** Ends a hold and returns what it still holds. */
export interface Release {
  readonly hold: string
}

/** Books a cost without a reservation. The charge is settled at once. */
export interface Charge {
  /** Id of the charge and its idempotency key. Generate it once per call and reuse it on every retry. */
  readonly hold: string
  readonly wallet: LedgerWallet
  /** The cost, zero or more. */
  readonly amount: bigint
  /** Tags of the call, at most 16. They make grants restricted by `only` usable. */
  readonly tags?: readonly string[]
}

/** Refunds some or all of the cost of a hold or charge. */
export interface Refund {
  /** Idempotency key. Generate it once per write and reuse it on every retry; no two writes may share one. */
  readonly key: string
  readonly hold: string
  /** The amount to refund, above zero. All refunds of a hold together are at most its cost. */
  readonly amount: bigint
}
