import type { LedgerWallet } from '../../model/noun/wallet.ts'
import type { Instant } from '../../model/value/instant.ts'
import type { Bucket } from '../../port/bucket.ts'
import type { Cap, Funding, Period, PutWallet } from '../../port/ledger-request.ts'
import type { GrantState, Settled } from '../../port/ledger-result.ts'

/** The settings of a wallet. */
export interface Terms {
  readonly funding: Funding
  readonly cap: Cap | undefined
  readonly overdraftLimit: bigint | undefined
  readonly status: NonNullable<PutWallet['status']>
}

/** The settings of a wallet that a grant created. */
export const defaultTerms: Terms = Object.freeze({
  funding: 'own',
  cap: undefined,
  overdraftLimit: undefined,
  status: 'open',
})

/** The state of one wallet. */
export interface Account extends Record<Bucket, bigint> {
  readonly wallet: LedgerWallet
  terms: Terms
  parent: Account | undefined
  /** This account, its parent and so on, cached for `pathVersion`. */
  path: readonly Account[]
  pathVersion: number
  /** The next account with the same type and id and another incarnation. */
  readonly next: Account | undefined

  /** The number of its entries. */
  sequence: number
  /** The row of its last entry, or -1. */
  lastRow: number

  /** The lots with available credits, in burn order. */
  lots: Lot[]
  /** The scheduled lots, the next one first. */
  scheduled: Lot[]
  /** Every lot that is scheduled, live or partly reserved, in the order of creation. */
  grants: Lot[]
  allowances: Allowance[]
  /** The next instant at which a lot starts or expires or an allowance rolls. Infinity when none does. */
  dueAt: number
  /** Whether any lot is restricted to tags. */
  hasTags: boolean

  /** The amount spent in the current cap period. */
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
  /** Its creation number among all grants and holds. */
  readonly order: number
  /** The granted amount. */
  amount: bigint
  available: bigint
  reserved: bigint
  /** Decides what happens to returned credits: expired and revoked lots lose them. */
  state: 'scheduled' | 'live' | 'expired' | 'revoked'
}

/** Credits granted to a wallet each period. */
export interface Allowance {
  readonly id: string
  amount: bigint
  period: Period
  priority: number
  only: readonly string[] | undefined
  rollover: bigint
  /** When the current period ends. Infinity when the allowance has ended. */
  rollsAt: number
  /** When the allowance ended, or zero. */
  endedAt: Instant
  /** The lot of the current period, and its unused credits at the end of the period. */
  lot: Lot | undefined
  left: bigint
}

/** A hold or a charge. */
export interface Hold {
  readonly id: string
  /** What created it. A `tombstone` was released, and an `unknown` was settled, before a reserve arrived. */
  readonly origin: 'reserve' | 'charge' | 'unknown' | 'tombstone'
  readonly path: readonly Account[]
  /** The requested amount, kept to recognize a retry. */
  asked: bigint
  minAmount: bigint | undefined
  ttl: number
  tags: readonly string[] | undefined
  readonly createdAt: Instant
  order: number
  expiresAt: Instant
  place: number
  state: 'held' | 'lapsed' | 'settled' | 'released'
  /** The amount of the reserve, and the total including extensions. */
  first: bigint
  amount: bigint
  /** The amount currently held, the same at each level. */
  held: bigint
  /** The cost so far, and the refunded part of it. */
  spent: bigint
  refunded: bigint
  /** The sources of the held amount: the lowest level first, and at each level in burn order. */
  slices: Slice | undefined
  /** The row of its last entry, or -1. */
  lastRow: number
  /** When it ended last; a lapsed hold can end again by a settle. Negative while it is open. */
  endedAt: Instant
  /** The row of its end in the archive, or -1. */
  archiveRow: number
  /** The final settle, kept to recognize a retry, and its result. */
  final: bigint
  overrun: 'charge' | 'cap' | 'reject' | undefined
  late: 'charge' | 'reject' | undefined
  answer: Settled | undefined
  /** The amount returned by its release. */
  returned: bigint
}

/** Held credits at one level: from a lot, or drawn when `lot` is undefined. */
export interface Slice {
  readonly account: Account
  readonly lot: Lot | undefined
  amount: bigint
  next: Slice | undefined
}

/** The smaller of two amounts. */
export function smaller(a: bigint, b: bigint): bigint {
  return a < b ? a : b
}
