import type { WalletLevel } from '../../model/noun/wallet.ts'
import type { Instant } from '../../model/value/instant.ts'
import type { RefusalReason, ReservationRefused, RetryAdvice } from '../../port/ledger-result.ts'
import { periodSpanAt } from '../period.ts'
import { type Account, type Allowance, smaller } from '../storage/account.ts'
import { type Books, noteDue } from '../storage/books.ts'
import { copyWallet } from '../wallet-level.ts'
import { bars, type Debtor, isBarred, mayRepay, repay } from './debt.ts'
import { bookDue } from './due.ts'
import { availableFor, fits } from './lot.ts'

/** A request to reserve `amount` at every wallet of a path, for a call that has these `tags`. */
export interface Claim {
  readonly amount: bigint
  /** The smallest amount that may be reserved instead of `amount`. */
  readonly needed: bigint
  readonly tags: readonly string[] | undefined
}

/**
 * The suggested retry delay in milliseconds after a refusal because other calls hold the credits. A typical call takes
 * seconds.
 */
const retryInterval = 1_000

const precedence: readonly RefusalReason[] = [
  'wallet_unknown',
  'wallet_closed',
  'wallet_frozen',
  'wallet_overdrawn',
  'cap_exceeded',
  'credits_insufficient',
]
const nothing = precedence.length

/**
 * Checks a claim (an amount to reserve) against the limits of every wallet in a path. First books the due items of
 * these wallets. Returns the amount that fits all limits (at most `claim.amount`), or the refusal of the claim.
 */
export function checkLimits(
  books: Books,
  path: readonly Account[],
  claim: Claim,
  at: Instant,
): bigint | ReservationRefused {
  let fitting = claim.amount
  let worst = nothing
  let refusing: Account | undefined
  for (const level of path) {
    bookDue(books, level, at)
    const room = roomAt(books, level, claim, at)
    if (room < fitting) fitting = room
    if (worst > 1 && (level.terms.status !== 'open' || room < claim.needed || isBarred(level, claim.tags))) {
      const rank = rankOf(books, level, claim, at)
      if (rank < worst) {
        worst = rank
        refusing = level
      }
    }
  }
  if (refusing === undefined) return fitting
  return refusal(books, refusing, precedence[worst] as RefusalReason, claim, at)
}

/** Returns the refusal for a claim on an unknown wallet. */
export function unknownWallet(level: WalletLevel, needed: bigint): ReservationRefused {
  const wallet = copyWallet(level)
  return { ok: false, reason: 'wallet_unknown', wallet, needed, available: 0n, reserved: 0n, retry: 'never' }
}

/**
 * Returns how much an account may still reserve under its cap: the cap less the spent and reserved amounts, at least
 * zero. `undefined` for an account without a cap.
 */
function capRoom(books: Books, account: Account, at: Instant): bigint | undefined {
  const { cap } = account.terms
  if (cap === undefined) return undefined
  rollCapPeriod(books, account, at)
  const used = account.capSpent > 0n ? account.capSpent : 0n
  const room = cap.amount - used - account.reserved
  return room > 0n ? room : 0n
}

/** Starts the cap period that contains `at`, with zero usage, if the previous cap period has ended. */
export function rollCapPeriod(books: Books, account: Account, at: Instant): void {
  const period = account.terms.cap?.period
  if (period === undefined || at < account.capEndsAt) return
  const span = periodSpanAt(period, at)
  noteDue(books, span.startsAt)
  account.capSpent = 0n
  account.capStartsAt = span.startsAt
  account.capEndsAt = span.endsAt
}

function roomAt(books: Books, account: Account, { amount, tags }: Claim, at: Instant): bigint {
  const room = capRoom(books, account, at)
  const credits = account.terms.funding === 'own' ? availableFor(account, tags) : amount
  return room === undefined ? credits : smaller(credits, room)
}

/**
 * Returns the index in `precedence` of the first reason to refuse a claim at an account. Returns `precedence.length`
 * when no reason applies.
 */
function rankOf(books: Books, account: Account, { needed, tags }: Claim, at: Instant): number {
  const { status, funding } = account.terms
  if (status !== 'open') return precedence.indexOf(status === 'closed' ? 'wallet_closed' : 'wallet_frozen')
  if (isBarred(account, tags)) return precedence.indexOf('wallet_overdrawn')
  const room = capRoom(books, account, at)
  if (room !== undefined && room < needed) return precedence.indexOf('cap_exceeded')
  if (funding === 'own' && availableFor(account, tags) < needed) return precedence.indexOf('credits_insufficient')
  return nothing
}

function refusal(
  books: Books,
  account: Account,
  reason: RefusalReason,
  { needed, tags }: Claim,
  at: Instant,
): ReservationRefused {
  const { wallet, reserved } = account
  const room = reason === 'cap_exceeded' ? capRoom(books, account, at) : undefined
  const available = room ?? availableFor(account, tags)
  const hint = hintOf(account, reason, needed, available, tags)
  return { ok: false, reason, wallet, needed, available, reserved, ...hint }
}

type Hint = Pick<ReservationRefused, 'retry' | 'retryAfter' | 'resetsAt'>
const hold: Hint = { retry: 'when_holds_clear', retryAfter: retryInterval }

function hintOf(
  account: Account,
  reason: RefusalReason,
  needed: bigint,
  available: bigint,
  tags: readonly string[] | undefined,
): Hint {
  if (reason === 'cap_exceeded') return capHint(account, needed)
  if (reason !== 'wallet_overdrawn' && reason !== 'credits_insufficient') return { retry: 'never' }
  // An account with another funding needs only the credits that repay its overdraft.
  const least = account.terms.funding === 'own' ? needed : 0n
  if (canHoldsBring(account, least - available, tags)) return hold
  const resetsAt = findReset(account, least, tags)
  const retry: RetryAdvice = resetsAt === undefined ? 'after_top_up' : 'at_reset'
  return resetsAt === undefined ? { retry } : { retry, resetsAt }
}

/**
 * Whether every debt that bars the call would be repaid, and `missing` more credits become available for the call, if every
 * hold returned its reserved credits. Credits of an ended grant are lost. Returned credits repay the debts that they may
 * repay first; restricted credits count as returned before the others.
 */
function canHoldsBring(account: Account, missing: bigint, tags: readonly string[] | undefined): boolean {
  if (missing > account.reserved) return false
  const copy: Debtor = { overdraft: account.overdraft, debts: account.debts.map((debt) => ({ ...debt })) }
  let brought = 0n
  for (const isRestricted of [true, false]) {
    for (const lot of account.grants) {
      if (lot.state !== 'live' || lot.reserved === 0n || (lot.only !== undefined) !== isRestricted) continue
      const rest = lot.reserved - repay(copy, lot.only, lot.reserved, () => {})
      if (fits(lot, tags)) brought += rest
    }
  }
  return missing <= brought && !isBarred(copy, tags)
}

function capHint({ terms, capSpent, capEndsAt }: Account, needed: bigint): Hint {
  const limit = terms.cap?.amount ?? 0n
  if (capSpent + needed <= limit) return hold
  if (needed > limit || capEndsAt === Number.POSITIVE_INFINITY) return { retry: 'never' }
  return { retry: 'at_reset', resetsAt: capEndsAt }
}

/**
 * Returns the earliest instant at which a usable allowance starts a new period, or `undefined`. An allowance is usable if
 * it may repay every debt that bars the call, and its amount is enough for all debts that it may repay plus `needed`
 * credits for the call.
 */
function findReset(account: Account, needed: bigint, tags: readonly string[] | undefined): Instant | undefined {
  let first = Number.POSITIVE_INFINITY
  for (const allowance of account.allowances) {
    const { rollsAt } = allowance
    if (rollsAt < first && isOfUse(allowance, account, needed, tags)) first = rollsAt
  }
  return first === Number.POSITIVE_INFINITY ? undefined : first
}

function isOfUse(
  { amount, only }: Allowance,
  { debts }: Account,
  needed: bigint,
  tags: readonly string[] | undefined,
): boolean {
  let rest = amount
  for (const debt of debts) {
    if (mayRepay(only, debt)) rest -= debt.owed
    else if (bars(debt, tags)) return false
  }
  return rest >= needed && (needed === 0n || fits({ only }, tags))
}
