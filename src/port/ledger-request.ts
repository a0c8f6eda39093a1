import type { WalletLevel } from '../model/noun/wallet.ts'
import type { Instant } from '../model/value/instant.ts'
import type { Period } from '../model/value/period.ts'

/*
 * The requests of a ledger.
 *
 * - Amounts are bigints from 0 to 2^63 - 1 in units of 10^-9 credits. `credit('1.5')` converts a decimal string.
 * - Ids, keys, tags and notes are strings of 1 to 256 printable characters.
 * - Durations are integers in milliseconds, instants are integers in epoch milliseconds, from 10^11 to 10^14.
 * - A `key` identifies one write, a `hold` one reservation or charge. The two namespaces are separate.
 */

/** A spending limit of one wallet, independent of the wallet's available credits. */
export interface Cap {
  /**
   * The maximum of spent plus reserved credits: a reservation above this maximum is refused. The spent amount is the
   * costs of the current period less the refunds in that period, and at least zero. A settle or charge can exceed the
   * cap.
   */
  readonly amount: bigint
  /** The calendar period after which the cap resets. Default: the cap never resets. */
  readonly period?: Period
  /**
   * Thresholds for the spent amount, ascending, at most 16. A settle or charge that reaches a threshold reports it in
   * `softLimitsReached`.
   */
  readonly softLimits?: readonly bigint[]
}

/**
 * The source of the credits of a level, which is one wallet of a path.
 * - `own`: the wallet's grants. A reservation needs enough credits here, in addition to the credits at other `own`
 *   levels.
 * - `parent`: the levels above. This level only counts usage, and applies its cap if it has one. Requires a parent,
 *   except for the wallet of a credential or membership: who pays is then above it in the path of the call.
 * - `postpaid`: none. Usage is counted, to be billed later. A cap, if set, acts as the credit line.
 */
export type Funding = 'own' | 'parent' | 'postpaid'

/** Creates a wallet or replaces all of its settings. Absent fields reset to their defaults. Balances do not change. */
export interface PutWallet {
  /**
   * Idempotency key. Generate it once per write and reuse it on every retry; no two writes may share one. Changing a setting
   * back is a new write with a new key. A retry after `idRetention` counts as a new write.
   */
  readonly key: string
  readonly wallet: WalletLevel
  readonly funding: Funding
  /**
   * The parent wallet, one level above. It must exist. The path from a wallet to its topmost ancestor has at most 8
   * levels and no cycle. An open reservation keeps the path on which it was made. Not allowed for the wallet of a
   * credential or membership, and such a wallet is not allowed as a parent.
   */
  readonly parent?: WalletLevel
  readonly cap?: Cap
  /**
   * The maximum overdraft that the wallet may owe when a call costs more than was reserved. Any further cost is written
   * off. Default: no limit.
   */
  readonly overdraftLimit?: bigint
  /**
   * Thresholds for the amount that the wallet has left, ascending, at most 16. A settle or charge that takes the amount
   * from at least a threshold to below it reports the threshold in `lowBalancesReached`. Only for `funding: 'own'`.
   */
  readonly lowBalances?: readonly bigint[]
  /**
   * `frozen` refuses reservations. `closed` also refuses grants and allowances, and stops allowances from rolling. Settles
   * and charges are booked in every status. Default: `open`.
   */
  readonly status?: 'open' | 'frozen' | 'closed'
}

/** Adds credits to a wallet. Creates the wallet with `funding: 'own'` when it does not exist. */
export interface Grant {
  /**
   * Idempotency key, and the name of the grant. Generate it once per grant and reuse it on every retry. Remembered
   * indefinitely.
   */
  readonly key: string
  readonly wallet: WalletLevel
  /** The credits to add, above zero, in units of 10^-9: `credit('1.5')` converts a decimal string. */
  readonly amount: bigint
  /** A label for statements, without effect on decisions. Default: `paid`. */
  readonly kind?: 'paid' | 'promotional' | 'adjustment'
  /** Burn priority, 0 to 1000; credits with a lower number are spent first. Default: 100. */
  readonly priority?: number
  /** When the credits become available. Default: at once. */
  readonly effectiveAt?: Instant
  /** The first instant at which the credits are no longer available. May be in the past. Default: never. */
  readonly expiresAt?: Instant
  /**
   * Restricts the credits to calls that have one of these tags, 1 to 16. Restricted credits repay only overdraft that is
   * restricted to one of these tags. Default: no restriction.
   */
  readonly only?: readonly string[]
}

/**
 * Takes back the available credits of a grant. Without `amount`, the grant ends: credits that are still reserved are
 * revoked later, when their reservation returns them. With `amount`, the grant continues with the rest.
 */
export interface Revoke {
  /** Idempotency key. Generate it once per write and reuse it on every retry; no two writes may share one. */
  readonly key: string
  readonly wallet: WalletLevel
  /** The grant to revoke: the key of the grant, or the id of the allowance. */
  readonly grant: string
  /** The start of the period to revoke. Required for an allowance; omit it for a grant. */
  readonly period?: Instant
  /**
   * The most to take back, above zero: less if the grant has less available. The grant stays usable, also for credits that
   * a reservation returns to it. Nothing is available before `effectiveAt`. Default: all, and the grant ends.
   */
  readonly amount?: bigint
}

/**
 * Creates or replaces an allowance (a recurring grant). Its credits are granted at the start of every period and expire
 * at the end of the period. A new allowance grants the credits of the current period at once. A change takes effect
 * with the next period.
 */
export interface PutAllowance {
  /** Idempotency key. Generate it once per write and reuse it on every retry; no two writes may share one. */
  readonly key: string
  readonly wallet: WalletLevel
  /**
   * The id of the allowance, unique within the wallet. This id and the start of a period identify the credits of that
   * period.
   */
  readonly allowance: string
  /** The credits per period. Zero ends the allowance after the current period. */
  readonly amount: bigint
  readonly period: Period
  /** Burn priority, 0 to 1000; credits with a lower number are spent first. Default: 100. */
  readonly priority?: number
  /** Restricts the credits to calls that have one of these tags, 1 to 16. Default: no restriction. */
  readonly only?: readonly string[]
  /** The maximum of unused credits that are added to the next period's grant. Default: 0. */
  readonly rollover?: bigint
}

/** The wallets at which a call is booked: a `path`, or a single `wallet` and its ancestors. */
export type CallWallets =
  | {
      /**
       * The wallets that bound the call, such as `walletPath` of a decision: 1 to 8, no wallet twice, ordered by type:
       * credential, membership, principal (user, team or virtual account), organization. The parents of each wallet
       * follow it. A level without a wallet in the ledger bounds nothing, except that the wallet of a principal must
       * exist. If no level has a wallet, nothing is booked.
       */
      readonly path: readonly WalletLevel[]
      readonly wallet?: never
    }
  | {
      /**
       * The wallet at the lowest level, of a principal or an organization. The path consists of this wallet, its parent,
       * and so on up to a wallet without a parent. The wallet must exist.
       */
      readonly wallet: WalletLevel
      readonly path?: never
    }

/** A description of a call, which every entry of the call shows. */
export interface CallLabels {
  /** Tags of the call, such as its model, at most 16. The call can use grants whose `only` lists one of these tags. */
  readonly tags?: readonly string[]
  /** A comment on the call for statements, without effect on decisions. */
  readonly note?: string
}

/** Reserves credits for a call before it is made. */
export type Reserve = CallWallets & CallLabels & ReserveTerms

interface ReserveTerms {
  /** Id of the reservation and its idempotency key. Generate it once per call and reuse it on every retry. */
  readonly hold: string
  /**
   * The maximum expected cost of the call, above zero, in units of 10^-9: `credit('1.5')` converts a decimal string.
   */
  readonly amount: bigint
  /**
   * The smallest acceptable amount: above zero, at most `amount`. The ledger reserves as much as fits. Default:
   * `amount`.
   */
  readonly minAmount?: bigint
  /**
   * Time to live in milliseconds (1 to 86,400,000), measured by the ledger's clock. The hold lapses when this time is
   * over.
   */
  readonly ttl: number
}

/** Extends the time to live of a hold, and optionally its amount. */
export interface Extend {
  /** Idempotency key. Generate it once per write and reuse it on every retry; no two writes may share one. */
  readonly key: string
  readonly hold: string
  /**
   * New time to live in milliseconds from now (1 to 86,400,000). Never shortens the hold. A hold lapses at the latest
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
  /** The cost to book, zero or more. If a hold is settled in several parts, the cost of this part. */
  readonly amount: bigint
  /**
   * Idempotency key of a partial settle. With `part`, the hold stays open with the remaining amount. Without `part`,
   * the settle ends the hold.
   */
  readonly part?: string
  /**
   * How to book the part of the cost that exceeds the held amount.
   * - `charge` (default): take it from available credits, then book it as overdraft.
   * - `cap`: write it off.
   * - `reject`: book nothing and leave the hold as it is.
   */
  readonly overrun?: 'charge' | 'cap' | 'reject'
  /** Whether a lapsed hold is charged or refused with `hold_lapsed`. Default: `charge`. */
  readonly late?: 'charge' | 'reject'
  /**
   * The call to charge if the ledger does not know the hold, and the instant at which the call started. Refused when the
   * call started longer ago than `idRetention`, because the ledger may have settled and forgotten the hold.
   */
  readonly ifUnknown?: CallWallets & CallLabels & { readonly startedAt: Instant }
}

/** Ends a hold and gives back the amount that is still held. */
export interface Release {
  readonly hold: string
}

/** Books the cost of a call without an earlier reservation. */
export type Charge = CallWallets & CallLabels & ChargeTerms

interface ChargeTerms {
  /** Id of the charge and its idempotency key. Generate it once per call and reuse it on every retry. */
  readonly hold: string
  /** The cost, zero or more. */
  readonly amount: bigint
}

/** Refunds some or all of a cost at every level that paid it. Names the cost by `hold` or by `entry`. */
export type Refund = RefundTerms &
  (
    | {
        /** The hold or charge whose cost to refund. Known for at least `idRetention` after its end. */
        readonly hold: string
        readonly entry?: undefined
      }
    | {
        /**
         * An entry of the cost to refund, at any level, which is known indefinitely: of type `settled` or `charged`, to
         * `spent`. Refunds what one settle or charge booked. Partial settles of a hold at the same instant count as one.
         */
        readonly entry: EntryReference
        readonly hold?: undefined
      }
  )

/** The fields of a refund that do not name the cost. */
interface RefundTerms {
  /** Idempotency key. Generate it once per write and reuse it on every retry; no two writes may share one. */
  readonly key: string
  /** The amount to refund, above zero. The sum of all refunds of a cost is at most the cost. */
  readonly amount: bigint
  /**
   * Returns credits whose grant has expired as a new grant that is available until this instant. Must be in the future.
   * Default: such credits return expired.
   */
  readonly expiresAt?: Instant
}

/** An entry of a statement, by the wallet and the sequence number within it. */
export interface EntryReference {
  readonly wallet: WalletLevel
  readonly sequence: number
}

/** Selects the wallets that `listWallets` returns. A wallet must meet every condition that is given. */
export interface ListWallets {
  /** The type of the wallets. Default: every type. */
  readonly type?: WalletLevel['type']
  /** `true`: only wallets that owe overdraft. `false`: only wallets that owe none. Default: both. */
  readonly isOwing?: boolean
  /** Only wallets with fewer available credits than this amount. Default: any amount. */
  readonly availableBelow?: bigint
  /**
   * The cursor: the `next` of the previous page. The page starts after this wallet in the order, also when the wallet does
   * not exist. Default: the first page.
   */
  readonly after?: WalletLevel
  /** The maximum number of wallets in the page, 1 to 1,000. Default: 100. */
  readonly limit?: number
}
