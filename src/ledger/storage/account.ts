import type { WalletLevel } from '../../model/noun/wallet.ts'
import type { Instant } from '../../model/value/instant.ts'
import type { Period } from '../../model/value/period.ts'
import type { Bucket } from '../../port/bucket.ts'
import type { Cap, Funding, PutWallet } from '../../port/ledger-request.ts'
import type { CallDetails, Settled } from '../../port/ledger-result.ts'
import type { GrantState } from '../../port/ledger-state.ts'
import type { CallPath } from './call-path.ts'
import type { QueuedLot } from './lot-queue.ts'

/** The settings of a wallet. */
export interface Terms {
  readonly funding: Funding
  readonly cap: Cap | undefined
  readonly overdraftLimit: bigint | undefined
  readonly lowBalances: readonly bigint[] | undefined
  readonly status: NonNullable<PutWallet['status']>
}

/** The settings of a wallet that a grant created, until `putWallet` replaces them. */
export const defaultTerms: Terms = Object.freeze({
  funding: 'own',
  cap: undefined,
  overdraftLimit: undefined,
  lowBalances: undefined,
  status: 'open',
})

/** The state of one wallet. */
export interface Account extends Record<Bucket, bigint> {
  readonly wallet: WalletLevel
  terms: Terms
  parent: Account | undefined
  /**
   * The cached path: this account, its parent and so on, up to the root. Valid while `pathVersion` equals the
   * `pathVersion` of the books.
   */
  path: readonly Account[]
  pathVersion: number
  /** The details of calls that name this wallet alone, without tags and a note. `undefined` until the first such call. */
  plainCall: CallDetails | undefined
  /** The path of calls that name this wallet alone, with tags or a note. `undefined` until the first such call. */
  callPath: CallPath | undefined
  /**
   * The next account with the same type and id but a different incarnation. Links the accounts of one type and id into
   * a list.
   */
  readonly next: Account | undefined

  /** How many entries the account has. */
  sequence: number
  /** The row number of the account's last entry in the entry log, or -1 when the account has no entries. */
  lastRow: number

  /** The lots with available credits, in burn order. */
  lots: Lot[]
  /** The scheduled lots and the live lots that expire, as a heap: see `queueLot`. May contain lots that are not open. */
  queue: QueuedLot[]
  /** The sum of the scheduled lots. */
  coming: bigint
  /**
   * The open lots, in order of creation: those that are scheduled, contain available or reserved credits, or belong to
   * the current period of an allowance. Other lots change only by a refund or a revoke, so no other call reads them.
   */
  grants: Lot[]
  /**
   * The live lots that are not open, by `lotKey`. A lot whose expiry has passed may remain. `undefined` until the first,
   * because an empty Map costs more memory than an account without credits.
   */
  closed: Map<string, Lot> | undefined
  allowances: readonly Allowance[]
  /**
   * The next instant at which a lot starts, a lot expires or a period of an allowance that is not dormant ends. Infinity
   * when nothing is scheduled.
   */
  dueAt: number
  /** Whether any lot is restricted to tags. */
  hasTags: boolean
  /** The debts whose sum is `overdraft`, one for each set of tags, in order of creation. Repaid debts remain. */
  debts: Debt[]
  /** For each tag, the latest expiry of the lots that are restricted to it and took effect. `undefined` without any. */
  tagEnds: Map<string, number> | undefined

  /** The amount spent in the current cap period. */
  capSpent: bigint
  capStartsAt: Instant
  capEndsAt: number
}

/** What an account owes for calls with certain tags. */
export interface Debt {
  /** The tags of the calls that the debt bars, sorted. `undefined`: the debt bars every call. */
  readonly only: readonly string[] | undefined
  owed: bigint
  /** The lot that last repaid some of the debt. A refund of the repaid overdraft has its conditions. */
  repaidBy: Lot | undefined
}

/** Granted credits that are spent and expire together: a grant, or one period of an allowance. */
export interface Lot {
  readonly account: Account
  readonly grant: string
  readonly period: Instant | undefined
  readonly kind: GrantState['kind']
  readonly priority: number
  readonly effectiveAt: Instant
  /** When the lot expires. Infinity when the lot never expires. */
  readonly expiresAt: number
  readonly only: readonly string[] | undefined
  /** The creation number of the lot. Grants and holds share one sequence of numbers. */
  readonly order: number
  /** The granted amount. */
  amount: bigint
  available: bigint
  reserved: bigint
  /**
   * The state of the lot. Credits that are returned to an expired or revoked lot are lost. A lot that is not open stays
   * live after its expiry, until it is needed again.
   */
  state: 'scheduled' | 'live' | 'expired' | 'revoked'
  /** Whether the lot is in the `grants` of its account. */
  isOpen: boolean
}

/** The key of a lot in the map of closed lots. */
export function lotKey({ grant, period }: Pick<Lot, 'grant' | 'period'>): string {
  return `${period ?? ''} ${grant}`
}

/** A recurring grant: credits that a wallet receives each period. */
export interface Allowance {
  readonly id: string
  amount: bigint
  period: Period
  priority: number
  only: readonly string[] | undefined
  rollover: bigint
  /** When the last booked period ends. Infinity when the allowance has ended. */
  rollsAt: number
  /** The `period` of the last lot, or zero. Every later lot gets a later `period`, so that it identifies the lot. */
  lastPeriod: Instant
  /** What the allowance brought in periods that may still run. Replaced, never changed in place. */
  brought: readonly Brought[]
  /**
   * Whether period ends are no longer booked, because no credits were used: the credits of `lot` stand for those of the
   * current period.
   */
  isDormant: boolean
  /** The lot of the last booked period. `left` is the amount that this lot had left when it expired. */
  lot: Lot | undefined
  left: bigint
}

/** The amount that an allowance brought in its periods that end at `endsAt`. Excludes credits that rolled over. */
export interface Brought {
  readonly amount: bigint
  readonly endsAt: number
}

/** A hold or a charge. */
export interface Hold {
  readonly id: string
  /**
   * The call that created the hold. `unknown`: a settle of an unknown hold. `tombstone`: a release of an unknown hold.
   */
  readonly origin: 'reserve' | 'charge' | 'unknown' | 'tombstone'
  readonly path: readonly Account[]
  /** The call that the hold was made for. `undefined` for a tombstone. Its entries share this object. */
  readonly call: CallDetails | undefined
  /** The amount that `reserve` requested. Stored to recognize a retry of the reserve. */
  requested: bigint
  minAmount: bigint | undefined
  ttl: number
  /** The tags of the call. */
  readonly tags: readonly string[] | undefined
  readonly createdAt: Instant
  order: number
  expiresAt: Instant
  place: number
  state: 'held' | 'lapsed' | 'settled' | 'released'
  /** The amount that `reserve` held. `amount` also includes the increases of later `extend` calls. */
  first: bigint
  amount: bigint
  /** The amount that is currently held at each wallet in the path. */
  held: bigint
  /** The cost booked so far. `refunded` is the refunded part of this cost. */
  spent: bigint
  refunded: bigint
  /**
   * The sources of the held amount, as a linked list. Sorted by wallet, from the lowest in the path to the highest.
   * Slices of the same wallet are in burn order.
   */
  slices: Slice | undefined
  /** The row number of the hold's last entry in the entry log, or -1 when the hold has no entries. */
  lastRow: number
  /** When the hold last ended. A lapsed hold ends a second time when it is settled. Negative while the hold is open. */
  endedAt: Instant
  /**
   * The row number in the hold archive of the hold's most recent end, or -1 when the archive has no row for the hold.
   */
  archiveRow: number
  /**
   * The amount of the final settle. `answer` is the result of this settle. `final`, `overrun` and `late` are stored to
   * recognize a retry of the settle.
   */
  final: bigint
  overrun: 'charge' | 'cap' | 'reject' | undefined
  late: 'charge' | 'reject' | undefined
  answer: Settled | undefined
  /** The amount that `release` gave back. */
  returned: bigint
}

/**
 * Credits that a hold reserves at one account. The credits come from `lot`, or from the bucket `drawn` when `lot` is
 * undefined.
 */
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
