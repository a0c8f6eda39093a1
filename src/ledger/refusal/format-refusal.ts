import type { WalletLevel } from '../../model/noun/wallet.ts'
import { formatCredit } from '../../model/value/credit.ts'
import type { Instant } from '../../model/value/instant.ts'
import type { Issue } from '../../model/value/issue.ts'
import { quote } from '../../model/value/quote.ts'
import type { ReservationRefused, RetryAdvice } from '../../port/ledger-result.ts'
import type { LedgerRefusal, LedgerRefusalReason } from './refusal.ts'

/**
 * Formats a refusal on one line, for operators: the reason, the wallet, the amounts in credits, and what to do next. The
 * line names wallets and amounts: show callers the result of `answerLedgerCaller` instead.
 */
export function formatLedgerRefusal(refusal: LedgerRefusal): string {
  const { sentence, advice } = texts[refusal.reason]
  const at = 'wallet' in refusal ? ` at ${formatWallet(refusal.wallet)}` : ''
  return `${refusal.reason}${at}: ${sentence}${formatDetails(refusal)}; ${adviceOf(refusal) ?? advice}`
}

/** A refusal as JSON: a `LedgerRefusal` without `ok`, with each amount as an exact decimal string of credits. */
export interface LedgerRefusalDescription {
  readonly reason: LedgerRefusalReason
  /** The line of `formatLedgerRefusal`. */
  readonly message: string
  readonly wallet?: WalletLevel
  readonly needed?: string
  readonly available?: string
  readonly reserved?: string
  readonly retry?: RetryAdvice
  /** The suggested wait in milliseconds. */
  readonly retryAfter?: number
  readonly resetsAt?: Instant
  readonly refundable?: string
  readonly issues?: readonly Issue[]
  readonly record?: number
}

/** Describes a refusal as an object that `JSON.stringify` accepts, for operators. Amounts are strings of credits. */
export function describeLedgerRefusal(refusal: LedgerRefusal): LedgerRefusalDescription {
  const fields = Object.entries(refusal).filter(([name, value]) => name !== 'ok' && value !== undefined)
  const texts = fields.map(([name, value]) => [name, typeof value === 'bigint' ? formatCredit(value) : value])
  return { ...Object.fromEntries(texts), reason: refusal.reason, message: formatLedgerRefusal(refusal) }
}

interface Text {
  readonly sentence: string
  /** What to do next, unless the refusal has a `retry`. */
  readonly advice: string
}

const newKey = 'use a new key for each write, and the same key for each retry'

const texts: Readonly<Record<LedgerRefusalReason, Text>> = {
  request_invalid: { sentence: 'the request is not valid', advice: 'correct the request' },
  key_reused: { sentence: 'another write used this key or hold id', advice: newKey },
  amount_too_large: {
    sentence: 'an amount of the wallet would exceed 2^63 - 1 units',
    advice: 'use another wallet, or smaller amounts',
  },
  wallet_unknown: { sentence: 'the wallet does not exist', advice: 'create it with `putWallet` or `grant`' },
  wallet_closed: { sentence: 'the wallet is closed', advice: 'open it with `putWallet`' },
  wallet_frozen: { sentence: 'the wallet is frozen', advice: 'open it with `putWallet`' },
  wallet_overdrawn: { sentence: 'the wallet owes overdraft', advice: 'grant credits' },
  cap_exceeded: { sentence: 'the cap of the wallet is reached', advice: 'raise the cap with `putWallet`' },
  credits_insufficient: { sentence: 'the wallet has too few credits', advice: 'grant credits' },
  parent_unknown: { sentence: 'the parent wallet does not exist', advice: 'create the parent first' },
  parent_circular: { sentence: 'the wallet would be its own ancestor', advice: 'choose another parent' },
  path_too_long: { sentence: 'a path of wallets would have more than 8 levels', advice: 'choose another parent' },
  grant_expired: { sentence: 'the grant has already expired', advice: 'grant with a later `expiresAt`' },
  grant_unknown: {
    sentence: 'the wallet has no such grant, or the grant has ended',
    advice: 'name a grant that `wallet` lists',
  },
  hold_unknown: { sentence: 'the hold is unknown or forgotten', advice: 'settle with `ifUnknown`, or use `charge`' },
  entry_unknown: {
    sentence: 'the wallet has no such entry, or the entry books no cost',
    advice: 'name an entry of the statement whose `to` is `spent`',
  },
  hold_settled: { sentence: 'the hold is settled', advice: 'reserve again for another call' },
  hold_released: { sentence: 'the hold is released', advice: 'reserve again under a new id' },
  hold_lapsed: { sentence: 'the hold has lapsed', advice: 'settle it late, or reserve again under a new id' },
  hold_exceeded: { sentence: 'the cost exceeds the amount held', advice: 'settle with another `overrun`' },
  spent_exceeded: { sentence: 'the refund exceeds the cost', advice: 'refund at most the refundable amount' },
  ledger_not_empty: { sentence: 'the ledger is not empty', advice: 'import into a new ledger' },
  export_invalid: { sentence: 'the export is not valid', advice: 'export the original ledger again' },
}

function formatDetails(refusal: LedgerRefusal): string {
  if ('needed' in refusal) {
    const [available, needed, reserved] = [refusal.available, refusal.needed, refusal.reserved].map(formatCredit)
    return `, ${available} available, ${needed} needed and ${reserved} reserved`
  }
  if (refusal.reason === 'spent_exceeded') return `, ${formatCredit(refusal.refundable)} refundable`
  if (refusal.reason === 'export_invalid') return ` at record ${refusal.record}: ${refusal.message}`
  if (refusal.reason === 'request_invalid') return `: ${refusal.issues.map(formatIssue).join(', ')}`
  return ''
}

const formatIssue = ({ path, message }: Issue): string =>
  `at ${path.length === 0 ? 'the top' : quote(path.join('.'))} ${message}`

/** Returns the advice of a refused reservation, or `undefined` when only a change of the wallet can help. */
function adviceOf(refusal: LedgerRefusal): string | undefined {
  if (!('retry' in refusal)) return undefined
  return formatRetry(refusal)
}

function formatRetry({ retry, retryAfter, resetsAt }: ReservationRefused): string | undefined {
  switch (retry) {
    case 'when_holds_clear':
      return `retry in ${retryAfter} ms, when other holds may have ended`
    case 'at_reset':
      return resetsAt === undefined ? 'retry in the next period' : `retry at ${new Date(resetsAt).toISOString()}`
    case 'after_top_up':
      return 'grant credits, then retry'
    case 'never':
      return undefined
  }
}

const nouns = {
  user: 'user',
  team: 'team',
  virtualAccount: 'virtual account',
  organization: 'organization',
  credential: 'credential',
} as const

/** Formats a wallet, for operators, as in "the wallet of team `acme-prod` (incarnation 1)". */
function formatWallet(wallet: WalletLevel): string {
  const owner =
    wallet.type === 'member'
      ? `user ${quote(wallet.user)} in team ${quote(wallet.team)}`
      : `${nouns[wallet.type]} ${quote(wallet.id)}`
  return `the wallet of ${owner} (incarnation ${wallet.incarnation})`
}
