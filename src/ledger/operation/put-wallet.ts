import type { Instant } from '../../model/value/instant.ts'
import type { PutWallet } from '../../port/ledger-request.ts'
import type { PutWalletResult, WriteOk } from '../../port/ledger-result.ts'
import type { Account, Terms } from '../storage/account.ts'
import { type Books, findIdempotencyRecord } from '../storage/books.ts'
import { meaningOf } from '../storage/entry-kind.ts'
import { rollCapPeriod } from './check-limits.ts'
import { advanceTo, bookDue } from './due.ts'
import { remember, replayOf } from './idempotency.ts'

/** The maximum number of wallets in a path (a wallet and its ancestors). */
export const pathLimit = 8

export function putWallet(books: Books, request: PutWallet, now: Instant): PutWalletResult {
  const at = advanceTo(books, now)
  const first = findIdempotencyRecord(books, request.key)
  if (first !== undefined) return replayOf<WriteOk>(first, 'putWallet', request)

  const { wallet, funding, cap, overdraftLimit, lowBalances, status = 'open' } = request
  const parent = request.parent && books.accounts.find(request.parent)
  if (request.parent !== undefined && parent === undefined) return { ok: false, reason: 'parent_unknown' }
  const known = books.accounts.find(wallet)
  if (parent !== undefined) {
    const above = levelsFrom(parent)
    if (known !== undefined && above.includes(known)) return { ok: false, reason: 'parent_circular' }
    if (above.length + depthBelow(books, known) > pathLimit) return { ok: false, reason: 'path_too_long' }
  }

  const account = known ?? books.accounts.open(wallet)
  bookDue(books, account, at)
  if (account.parent !== parent) {
    account.parent = parent
    books.pathVersion += 1
  }
  const terms: Terms = { funding, cap, overdraftLimit, lowBalances, status }
  account.terms = terms
  countCap(books, account, at)
  return remember(books, 'putWallet', request.key, request, { ok: true, replay: false }, at)
}

/** Recomputes the amount spent in the current cap period from the entries of an account. */
function countCap(books: Books, account: Account, at: Instant): void {
  account.capEndsAt = account.terms.cap?.period === undefined ? Number.POSITIVE_INFINITY : -1
  account.capStartsAt = 0
  rollCapPeriod(books, account, at)
  account.capSpent = 0n
  if (account.terms.cap === undefined) return
  const { log } = books
  for (let row = account.lastRow; row >= 0 && log.instantOf(row) >= account.capStartsAt; row = log.before(row)) {
    const { from, to } = meaningOf(log.kindOf(row))
    if (to === 'spent') account.capSpent += log.amountOf(row)
    if (from === 'spent') account.capSpent -= log.amountOf(row)
  }
}

function levelsFrom(account: Account): readonly Account[] {
  const levels: Account[] = []
  for (let level: Account | undefined = account; level !== undefined; level = level.parent) levels.push(level)
  return levels
}

/**
 * Returns the number of levels from an account down to its deepest descendant, counting both. 1 for an account without
 * children.
 */
function depthBelow(books: Books, account: Account | undefined): number {
  if (account === undefined) return 1
  let deepest = 1
  for (const other of books.accounts.all()) {
    const depth = levelsFrom(other).indexOf(account)
    if (depth >= deepest) deepest = depth + 1
  }
  return deepest
}
