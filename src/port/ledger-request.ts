import type { LedgerWallet } from '../model/noun/wallet.ts'
import type { Instant } from '../model/value/instant.ts'

/*
 * What is sent to a ledger. Amounts are bigint units from zero to 2^63 - 1, text that names something is an id of 1 to 256
 * printable characters, and durations are milliseconds.
 *
 * A `key` is made by the caller before the first try, and belongs to one write of the ledger, whatever its kind. A `hold` is
 * made the same way, and belongs to one reservation or charge. Keys and holds do not meet.
 */

/** Days, weeks or months of the calendar of a time zone. Each begins at the first instant of a local day. */
export interface Period {
  readonly every: 'day' | 'week' | 'month'
  /** A name of the IANA time zone database, as in `Europe/Berlin` or `UTC`. */
  readonly timeZone: string
  /**
   * The weekday that a week begins on, 1 for Monday to 7; or the day that a month begins on, 1 to 31, and the last day of a
   * month that is shorter. 1 unless it says otherwise. Days have none.
   */
  readonly startsOn?: number
}

/** The most that may be spent at a level, however much there is. */
export interface Cap {
  /**
   * `spent` within the period, less what was refunded within it, but nothing below zero, plus all that is reserved never exceeds
   * this by a reservation.
   */
  readonly amount: bigint
  /** Without one the cap is for all time. */
  readonly period?: Period
  /** Amounts that are reported by each settle or charge that makes what the cap counts as spent reach them. Ascending, at most 16. */
  readonly softLimits?: readonly bigint[]
}

/**
 * Where the credits of a level come from.
 * - `own`: from its grants. A reservation needs the credits here, whatever other levels have.
 * - `parent`: from above. Nothing is kept here but the count, and a cap if there is one. Needs a parent.
 * - `postpaid`: from nowhere; the count is billed later. A cap, if there is one, is the credit line.
 */
export type Funding = 'own' | 'parent' | 'postpaid'

/** Makes a wallet, or replaces what is said about it: an absent field is back at its default. Amounts stay as they are. */
export interface PutWallet {
  /**
   * Made by the caller before the first try, and the same in every other: one write of the ledger, whatever its kind. A change
   * back to what was before is another write, with another key. Sent again after `idRetention`, it is done anew.
   */
  readonly key: string
  readonly wallet: LedgerWallet
  readonly funding: Funding
  /**
   * The level above, which must exist. A path has at most 8 levels and no circle.
   * Reservations under way keep the path that they were made on.
   */
  readonly parent?: LedgerWallet
  readonly cap?: Cap
  /** How much the wallet may owe for what has cost more than was reserved; the rest is written off. No limit unless it says so. */
  readonly overdraftLimit?: bigint
  /**
   * `frozen` refuses reservations. `closed` refuses grants and allowances too, and allowances roll no more. What has cost is
   * booked all the same. `open` unless it says otherwise.
   */
  readonly status?: 'open' | 'frozen' | 'closed'
}

/** Adds credits to a wallet. One that is not there yet is made, with `funding: 'own'` and nothing else. */
export interface Grant {
  /** The name of the grant, made by the caller before the first try. It is kept for ever. */
  readonly key: string
  readonly wallet: LedgerWallet
  /** Above zero, in units of 10⁻⁹ as all amounts: `credit('1.5')` reads them. */
  readonly amount: bigint
  /** What the credits are, for statements. `paid` unless it says otherwise; it decides nothing. */
  readonly kind?: 'paid' | 'promotional' | 'adjustment'
  /** 0 to 1000; the lowest burns first. 100 unless it says otherwise. */
  readonly priority?: number
  /** Until this instant the credits are not there at all. At once unless it says so. */
  readonly effectiveAt?: Instant
  /** From this instant on the credits are expired. One that is over already grants credits that expire at once. */
  readonly expiresAt?: Instant
  /** The credits pay only for what has one of these tags: 1 to 16. They repay no overdraft. */
  readonly only?: readonly string[]
}

/** Takes back what a grant still has available. What is held stays so, and is revoked when it comes back. */
export interface Revoke {
  /** Made by the caller before the first try, and the same in every other: one write of the ledger, whatever its kind. */
  readonly key: string
  readonly wallet: LedgerWallet
  /** The key of the grant, or the id of the allowance together with the start of the period. */
  readonly grant: string
  readonly period?: Instant
}

/**
 * Makes an allowance, or replaces it. The period under way is granted at once, at most one grant a period; each later one at
 * its very start. What is not used by the end of the period expires then.
 */
export interface PutAllowance {
  /** Made by the caller before the first try, and the same in every other: one write of the ledger, whatever its kind. */
  readonly key: string
  readonly wallet: LedgerWallet
  /** Unique within the wallet. Its grants have this name and the start of their period. */
  readonly allowance: string
  /** For each period that begins from now on. Zero ends the allowance with the period under way. */
  readonly amount: bigint
  readonly period: Period
  /** As in a grant. */
  readonly priority?: number
  readonly only?: readonly string[]
  /** How much of what was available at the end of a period is granted again with the next. Zero unless it says otherwise. */
  readonly rollover?: bigint
}

/** Holds credits for a call, before it is made. */
export interface Reserve {
  /** Made by the caller before the first try, and the same in every other: one reservation or charge. It meets no key. */
  readonly hold: string
  /** The lowest level. Its path is that wallet, its parent and so on. */
  readonly wallet: LedgerWallet
  /** Above zero, in units of 10⁻⁹ as all amounts: the most that the call should cost. */
  readonly amount: bigint
  /** Above zero, at most the amount: take what there is, down to this. The amount unless it says otherwise. */
  readonly minAmount?: bigint
  /** From so many milliseconds on, by the ledger's clock, the hold has lapsed: 1 to 86,400,000. */
  readonly ttl: number
  /** What the call is, so that grants with `only` may pay for it: at most 16. */
  readonly tags?: readonly string[]
}

/** Makes a hold last longer, or hold more. */
export interface Extend {
  /** Made by the caller before the first try, and the same in every other: one write of the ledger, whatever its kind. */
  readonly key: string
  readonly hold: string
  /** It lapses so many milliseconds from now, unless it lasts longer already; at most 86,400,000 after it was made. */
  readonly ttl: number
  /** Above zero: how much more it should hold. */
  readonly increase?: bigint
  /** Above zero, at most the increase: take what there is, down to this. */
  readonly minIncrease?: bigint
}

/** Books what a call has cost in truth. */
export interface Settle {
  readonly hold: string
  /** Zero or more. Of several settles of one hold each books its own part. */
  readonly amount: bigint
  /** With a key this is a part: the hold stays under way with the rest. Without one it ends the hold. */
  readonly part?: string
  /**
   * What becomes of a cost above what is held.
   * - `charge`: it is taken from what is available, then owed. This is what it does unless it says otherwise.
   * - `cap`: it is written off.
   * - `reject`: nothing is booked, and the hold stays as it is.
   */
  readonly overrun?: 'charge' | 'cap' | 'reject'
  /** Whether a hold that has lapsed is charged all the same, unless it says `reject`. */
  readonly late?: 'charge' | 'reject'
  /**
   * Whom to charge when the ledger knows no such hold, and when the call began. Where that is longer ago than ids are kept
   * for, the ledger might have forgotten that it was settled, so it refuses.
   */
  readonly ifUnknown?: { readonly wallet: LedgerWallet; readonly startedAt: Instant }
}

/** Gives back what a hold still holds. */
export interface Release {
  readonly hold: string
}

/** Books a cost that nothing was reserved for. It is settled as soon as it is there. */
export interface Charge {
  /** Made by the caller before the first try, and the same in every other: one reservation or charge. It meets no key. */
  readonly hold: string
  readonly wallet: LedgerWallet
  /** Zero or more. */
  readonly amount: bigint
  readonly tags?: readonly string[]
}

/** Gives back something of what a hold or a charge has cost. */
export interface Refund {
  /** Made by the caller before the first try, and the same in every other: one write of the ledger, whatever its kind. */
  readonly key: string
  readonly hold: string
  /** Above zero. All refunds of a hold together never exceed what it has cost. */
  readonly amount: bigint
}
