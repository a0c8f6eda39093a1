import type { Instant } from '../model/instant.ts'
import type { Refund } from '../port/ledger-request.ts'
import type { Done, RefundResult } from '../port/ledger-result.ts'
import { type Account, type Hold, type Lot, lesser } from './account.ts'
import { type Books, findHold, findKeyed } from './books.ts'
import { bookDue, openLot, passTo } from './due.ts'
import { kindOf, meaningOf } from './entry-log.ts'
import { defaultPriority } from './grant.ts'
import { turnCap } from './judge.ts'
import { remember, replayOf } from './keyed.ts'
import { inflowKinds, putInto } from './lot.ts'

const refundedKinds = inflowKinds('refunded', 'spent')
const writtenOffKind = kindOf('refunded', 'spent', 'writtenOff')

/** Where a part of a cost came from, at one level. */
interface Piece {
  readonly from: 'writtenOff' | 'overdraft' | 'drawn' | 'lot'
  readonly lot: Lot | undefined
  readonly amount: bigint
}

export function refund(books: Books, request: Refund, now: Instant): RefundResult {
  const at = passTo(books, now)
  const { key, amount } = request
  const first = findKeyed(books, key)
  if (first !== undefined) return replayOf<Done>(first, 'refund', request)
  const hold = findHold(books, request.hold)
  if (hold === undefined || hold.origin === 'tombstone') return { ok: false, reason: 'hold_unknown' }
  const refundable = hold.spent - hold.refunded
  if (amount > refundable) return { ok: false, reason: 'spent_exceeded', refundable }

  for (const account of hold.path) bookDue(books, account, at)
  // The pieces are read before anything is written, since what is written belongs to the hold too.
  const levels = hold.path.map((account) => ({ account, pieces: piecesOf(books, hold, account) }))
  for (const { account, pieces } of levels) giveLevel(books, hold, account, pieces, request, at)
  hold.refunded += amount
  books.holds.keep(hold)
  return remember(books, 'refund', key, request, { ok: true, replay: false }, at)
}

/** What a hold has cost at a level, in the order that it is refunded in. */
function piecesOf(books: Books, hold: Hold, account: Account): readonly Piece[] {
  const { log } = books
  const lastFirst: Piece[] = []
  for (let row = hold.lastRow; row >= 0; row = log.beforeOfHold(row)) {
    if (log.accountOf(row) !== account) continue
    const { from, to } = meaningOf(log.kindOf(row))
    if (to !== 'spent') continue
    const source = from === 'writtenOff' || from === 'overdraft' || from === 'drawn' ? from : undefined
    const lot = log.lotOf(row)
    lastFirst.push({ from: source ?? (lot === undefined ? 'drawn' : 'lot'), lot, amount: log.amountOf(row) })
  }
  const of = (from: Piece['from']) => lastFirst.filter((piece) => piece.from === from)
  return [...of('writtenOff'), ...of('overdraft'), ...of('drawn'), ...of('lot')]
}

function giveLevel(
  books: Books,
  hold: Hold,
  account: Account,
  pieces: readonly Piece[],
  { key, amount }: Refund,
  at: Instant,
): void {
  let skipped = hold.refunded
  let missing = amount
  let replacement: Lot | undefined
  account.spent -= amount
  if (account.terms.cap !== undefined) {
    turnCap(account, at)
    account.capSpent -= amount
  }
  for (const piece of pieces) {
    const before = lesser(skipped, piece.amount)
    skipped -= before
    const given = lesser(piece.amount - before, missing)
    if (given === 0n) continue
    missing -= given
    if (piece.from === 'writtenOff') {
      account.writtenOff -= given
      books.log.add(account, writtenOffKind, given, at, undefined, hold)
    } else if (piece.from === 'drawn') {
      account.drawn -= given
      books.log.add(account, refundedKinds.drawn, given, at, undefined, hold)
    } else if (piece.lot?.state === 'live') putInto(books, piece.lot, given, refundedKinds, at, hold)
    else {
      replacement ??= openReplacement(books, account, key, at)
      replacement.amount += given
      putInto(books, replacement, given, refundedKinds, at, hold)
    }
  }
}

/** The grant of a refund, for what has no other to go back to. */
function openReplacement(books: Books, account: Account, key: string, at: Instant): Lot {
  const terms = {
    grant: key,
    period: undefined,
    kind: 'refund',
    priority: defaultPriority,
    effectiveAt: at,
    expiresAt: Number.POSITIVE_INFINITY,
    only: undefined,
  } as const
  return openLot(books, account, terms, 0n, at)
}
