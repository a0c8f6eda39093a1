import type { Contact } from '../../model/value/contact.ts'
import type { Instant } from '../../model/value/instant.ts'
import type { ReservationRefused } from '../../port/ledger-result.ts'
import type { LedgerRefusal, LedgerRefusalReason } from './refusal.ts'

/**
 * The reason for a refusal, as shown to the caller. Coarser than `LedgerRefusalReason`, to leak nothing about wallets.
 * - `credits_exhausted`: the payer has too few credits, owes overdraft, or has no wallet.
 * - `credits_reserved`: enough credits, but other calls hold them. A retry can succeed.
 * - `spending_limit_reached`: a cap on the path of the call is reached.
 * - `access_suspended`: a wallet on the path of the call is frozen or closed.
 * - `call_ended`: the hold of the call has ended, or does not exist.
 * - `key_reused`: the idempotency key belongs to another write.
 * - `not_booked`: any other refusal, which only the operator of the gateway can resolve.
 */
export type LedgerCallerReason =
  | 'credits_exhausted'
  | 'credits_reserved'
  | 'spending_limit_reached'
  | 'access_suspended'
  | 'call_ended'
  | 'key_reused'
  | 'not_booked'

/**
 * The part of a refusal that the caller may see, in the form of a denial of `answerCaller`. Omits wallets and amounts, so
 * that a member does not learn the balance of a team.
 */
export interface LedgerCallerAnswer {
  readonly effect: 'deny'
  readonly reason: LedgerCallerReason
  /** One line for the caller: what is wrong and what to do next. */
  readonly message: string
  /** Who can resolve the refusal: the caller with a retry or another request, the payer, or the gateway's operator. */
  readonly ask: Contact
  /** The suggested wait in milliseconds. Present for `credits_reserved`. */
  readonly retryAfter?: number
  /** The instant from which a retry can succeed, when a cap or an allowance starts a new period. */
  readonly resetsAt?: Instant
}

/**
 * Reduces a refusal to what the caller may see. Never throws: a value that is not a refusal becomes `not_booked`.
 */
export function answerLedgerCaller(refusal: LedgerRefusal): LedgerCallerAnswer {
  try {
    return Object.hasOwn(answers, refusal.reason) ? answerTo(refusal) : notBooked
  } catch {
    return notBooked
  }
}

function denied(reason: LedgerCallerReason, message: string, ask: Contact): LedgerCallerAnswer {
  return Object.freeze({ effect: 'deny', reason, message, ask })
}

const notBooked = /* @__PURE__ */ denied(
  'not_booked',
  'this request could not be booked; ask the operator of this gateway',
  'operator',
)
const exhausted = /* @__PURE__ */ denied(
  'credits_exhausted',
  'not enough credits for this call; ask the payer to add some',
  'payer',
)
const limited = /* @__PURE__ */ denied(
  'spending_limit_reached',
  'a spending limit is reached; make a smaller call, or ask the payer to raise the limit',
  'payer',
)
const suspended = /* @__PURE__ */ denied(
  'access_suspended',
  'access is suspended; ask the operator of this gateway',
  'operator',
)
const ended = /* @__PURE__ */ denied('call_ended', 'this call has ended; make a new call', 'caller')
const reused = /* @__PURE__ */ denied(
  'key_reused',
  'this idempotency key was used for another request; use a new key',
  'caller',
)

/** The answer to each reason, for a refusal without a time at which a retry can succeed. */
const answers: Readonly<Record<LedgerRefusalReason, LedgerCallerAnswer>> = {
  request_invalid: notBooked,
  key_reused: reused,
  amount_too_large: notBooked,
  wallet_unknown: exhausted,
  wallet_closed: suspended,
  wallet_frozen: suspended,
  wallet_overdrawn: exhausted,
  cap_exceeded: limited,
  credits_insufficient: exhausted,
  parent_unknown: notBooked,
  parent_circular: notBooked,
  path_too_long: notBooked,
  grant_expired: notBooked,
  grant_unknown: notBooked,
  entry_unknown: notBooked,
  too_many_allowances: notBooked,
  hold_unknown: ended,
  hold_settled: ended,
  hold_released: ended,
  hold_lapsed: ended,
  hold_exceeded: notBooked,
  spent_exceeded: notBooked,
  ledger_not_empty: notBooked,
  export_invalid: notBooked,
}

function answerTo(refusal: LedgerRefusal): LedgerCallerAnswer {
  const answer = answers[refusal.reason]
  return 'retry' in refusal ? answerReservation(answer, refusal) : answer
}

function answerReservation(
  answer: LedgerCallerAnswer,
  { retry, retryAfter, resetsAt }: ReservationRefused,
): LedgerCallerAnswer {
  if (retry === 'when_holds_clear' && retryAfter !== undefined) {
    const message = `other calls hold the credits; retry in ${Math.ceil(retryAfter / 1_000)} s`
    return { effect: 'deny', reason: 'credits_reserved', message, ask: 'caller', retryAfter }
  }
  if (retry !== 'at_reset' || resetsAt === undefined) return answer
  const what = answer.reason === 'spending_limit_reached' ? 'a spending limit is reached' : 'the credits are used up'
  const message = `${what}; retry after ${new Date(resetsAt).toISOString()}, or ask the payer`
  return { ...answer, message, resetsAt }
}
