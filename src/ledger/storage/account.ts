import type { LedgerWallet } from '../../model/noun/wallet.ts'
import type { Instant } from '../../model/value/instant.ts'
import type { Bucket } from '../../port/bucket.ts'
import type { Cap, Funding, Period, PutWallet } from '../../port/ledger-request.ts'
import type { GrantState, Settled } from '../../port/ledger-result.ts'

/** What is said about a wallet. */
export interface Terms {
  readonly funding: Funding
  readonly cap: Cap | undefined
  readonly overdraftLimit: bigint | undefined
  readonly status: NonNullable<PutWallet['status']>
}

/** What a wallet is that nobody has said anything about. */
export const defaultTerms: Terms = Object.freeze({
  funding: 'own',
  cap: undefined,
  overdraftLimit: undefined,
  status: 'open',
})

/** The books of one wallet. */
export interface Account extends Record<Bucket, bigint> {
  readonly wallet: LedgerWallet
  terms: Terms
  parent: Account | undefined
  /** This account, its parent and so on, as of a path version. */
  path: readonly Account[]
  pathVersion: number
  /** The next account of the same type and id, which has another incarnation. */
  readonly next: Account | undefined

  /** The number of its entries. */
  sequence: number
  /** The last entry, by its row in the log; below zero without one. */
  lastRow: number

  /** Those with something available, in burn order. */
  lots: Lot[]
  /** Those that are still to become effective, the next one first. */
  scheduled: Lot[]
  /** Every lot that is neither over nor revoked, in the order of creation, and those that are but still held. */
  grants: Lot[]
  allowances: Allowance[]
  /** No lot of this account expires, becomes effective or rolls before this. */
  dueAt: number
  /** Whether some lot is bound to tags. */
  hasTags: boolean

  /** What was spent in the turn of the cap's period. */
  capSpent: bigint
  capStartsAt: Instant
  capEndsAt: number
}

/** A grant, or one period of an allowance. */
export interface Lot {
  readonly account: Account
  readonly grant: string
  readonly period: Instant | undefined
  readonly kind: GrantState['kind']
  readonly priority: number
  readonly effectiveAt: Instant
  /** Infinity when it never expires. */
  readonly expiresAt: number
  readonly only: readonly string[] | undefined
  /** Its place among all grants and holds. */
  readonly order: number
  /** What it brought, or will bring. */
  amount: bigint
  available: bigint
  reserved: bigint
  /** What becomes of credits that come back. */
  state: 'scheduled' | 'live' | 'expired' | 'revoked'
}

/** What a wallet gets each period. */
export interface Allowance {
  readonly id: string
  amount: bigint
  period: Period
  priority: number
  only: readonly string[] | undefined
  rollover: bigint
  /** When the period under way ends: infinity when there is none, because the allowance has ended. */
  rollsAt: number
  /** When it ended, or zero. */
  endedAt: Instant
  /** The grant of the period under way, and what was left of it at its end. */
  lot: Lot | undefined
  left: bigint
}

/** A hold or a charge. */
export interface Hold {
  readonly id: string
  /** How it came to be. A tombstone was released before it was made; `unknown` was settled before. */
  readonly origin: 'reserve' | 'charge' | 'unknown' | 'tombstone'
  readonly path: readonly Account[]
  /** What was asked for, so that the same is known again. */
  asked: bigint
  minAmount: bigint | undefined
  ttl: number
  tags: readonly string[] | undefined
  readonly createdAt: Instant
  order: number
  expiresAt: Instant
  place: number
  state: 'held' | 'lapsed' | 'settled' | 'released'
  /** What was held at first, and in all. */
  first: bigint
  amount: bigint
  /** What is held now, at each level. */
  held: bigint
  /** What it has cost so far, and what was refunded of that. */
  spent: bigint
  refunded: bigint
  /** Where what is held is from: the lowest level first, and at each level in burn order. */
  slices: Slice | undefined
  /** The last of its entries, by its row in the log. */
  lastRow: number
  /** When it ended last: a hold that has lapsed may be settled. Below zero while it is under way. */
  endedAt: Instant
  /** Where the archive has its end. */
  archiveRow: number
  /** How it was settled for good, so that the same is known again, and the answer to that. */
  final: bigint
  overrun: 'charge' | 'cap' | 'reject' | undefined
  late: 'charge' | 'reject' | undefined
  answer: Settled | undefined
  /** What was given back by its release. */
  returned: bigint
}

/** Credits of a hold at a level: of a lot, or drawn from above where there is none. */
export interface Slice {
  readonly account: Account
  readonly lot: Lot | undefined
  amount: bigint
  next: Slice | undefined
}

/** The lesser of two amounts. */
export function lesser(a: bigint, b: bigint): bigint {
  return a < b ? a : b
}
