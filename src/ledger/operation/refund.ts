import type { Instant } from '../../model/value/instant.ts'
import type { Refund } from '../../port/ledger-request.ts'
import type { RefundResult, WriteOk } from '../../port/ledger-result.ts'
import { type Account, type Hold, type Lot, smaller } from '../storage/account.ts'
import { type Books, findHold, findIdempotencyRecord } from '../storage/books.ts'
import { kindOf, meaningOf } from '../storage/entry-kind.ts'
import { rollCapPeriod } from './check-limits.ts'
import { advanceTo, wakePath } from './due.ts'
import { defaultPriority } from './grant.ts'
import { remember, replayOf } from './idempotency.ts'
import { inflowKinds, putInto } from './lot.ts'
import { openLot } from './open-lot.ts'

const refundedKinds = inflowKinds('refunded', 'spent')
const writtenOffKind = kindOf('refunded', 'spent', 'writtenOff')

/** The unrefunded part of one cost entry. `from` is the source of the credits: a lot or a bucket. */
interface Piece {
  readonly from: 'writtenOff' | 'overdraft' | 'drawn' | 'lot'
  readonly lot: Lot | undefined
  amount: bigint
}

export function refund(books: Books, request: Refund, now: Instant): RefundResult {
  const at = advanceTo(books, now)
  const { key, amount } = request
  const first = findIdempotencyRecord(books, key)
  if (first !== undefined) return replayOf<WriteOk>(first, 'refund', request)
  const hold = findHold(books, request.hold)
  if (hold === undefined || hold.origin === 'tombstone') return { ok: false, reason: 'hold_unknown' }
  const refundable = hold.spent - hold.refunded
  if (amount > refundable) return { ok: false, reason: 'spent_exceeded', refundable }

  wakePath(books, hold.path, at)
  // The pieces are read before the first entry is written, because new entries belong to the hold too.
  const levels = hold.path.map((account) => ({ account, pieces: piecesOf(books, hold, account) }))
  for (const { account, pieces } of levels) giveLevel(books, hold, account, pieces, request, at)
  hold.refunded += amount
  books.holds.keep(hold)
  return remember(books, 'refund', key, request, { ok: true, replay: false }, at)
}

/**
 * Returns the unrefunded pieces of a hold's cost at one account, in the order of booking. Computed from the entries of
 * the hold: cost entries less refund entries.
 */
function piecesOf({ log }: Books, hold: Hold, account: Account): readonly Piece[] {
  const rows: number[] = []
  for (let row = hold.lastRow; row >= 0; row = log.beforeOfHold(row)) if (log.accountOf(row) === account) rows.push(row)
  const pieces: Piece[] = []
  for (const row of rows.reverse()) {
    const { from, to } = meaningOf(log.kindOf(row))
    const [lot, amount] = [log.lotOf(row), log.amountOf(row)]
    if (from === 'spent') undo(pieces, amount, () => {})
    if (to !== 'spent') continue
    const source = from === 'writtenOff' || from === 'overdraft' || from === 'drawn' ? from : undefined
    pieces.push({ from: source ?? (lot === undefined ? 'drawn' : 'lot'), lot, amount })
  }
  return pieces
}

const undoneFirst: readonly Piece['from'][] = ['writtenOff', 'overdraft', 'drawn', 'lot']

/**
 * Subtracts an amount from the pieces (unrefunded parts) of a cost. Takes the sources in the order of `undoneFirst`,
 * and within one source the newest piece first. Calls `undone` for each subtracted part.
 */
function undo(pieces: readonly Piece[], amount: bigint, undone: (piece: Piece, part: bigint) => void): void {
  let missing = amount
  for (const from of undoneFirst) {
    for (let i = pieces.length - 1; i >= 0 && missing > 0n; i -= 1) {
      const piece = pieces[i] as Piece
      if (piece.from !== from || piece.amount === 0n) continue
      const part = smaller(piece.amount, missing)
      missing -= part
      piece.amount -= part
      undone(piece, part)
    }
  }
}

function giveLevel(
  books: Books,
  hold: Hold,
  account: Account,
  pieces: readonly Piece[],
  { key, amount }: Refund,
  at: Instant,
): void {
  let replacement: Lot | undefined
  account.spent -= amount
  if (account.terms.cap !== undefined) {
    rollCapPeriod(books, account, at)
    account.capSpent -= amount
  }
  undo(pieces, amount, ({ from, lot }, given) => {
    if (from === 'writtenOff') {
      account.writtenOff -= given
      books.log.add(account, writtenOffKind, given, at, undefined, hold)
    } else if (from === 'drawn') {
      account.drawn -= given
      books.log.add(account, refundedKinds.drawn, given, at, undefined, hold)
    } else if (lot?.state === 'live') putInto(books, lot, given, refundedKinds, at, hold)
    else {
      replacement ??= openReplacement(books, account, key, at)
      replacement.amount += given
      putInto(books, replacement, given, refundedKinds, at, hold)
    }
  })
}

/** Creates the grant that receives refunded credits whose original grant has ended. */
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
