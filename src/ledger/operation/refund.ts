import { creditLimit } from '../../model/value/credit.ts'
import type { Instant } from '../../model/value/instant.ts'
import type { Refund } from '../../port/ledger-request.ts'
import type { RefundResult, WriteOk } from '../../port/ledger-result.ts'
import { isSameTags } from '../same.ts'
import { type Account, type Hold, type Lot, smaller } from '../storage/account.ts'
import { type Books, findHold, findIdempotencyRecord } from '../storage/books.ts'
import { kindOf, meaningOf } from '../storage/entry-kind.ts'
import type { EntryStore, HoldOfEntry } from '../storage/entry-store.ts'
import { rollCapPeriod } from './check-limits.ts'
import { debtFor } from './debt.ts'
import { advanceTo, bookDue, openLot } from './due.ts'
import { defaultPriority } from './grant.ts'
import { remember, replayOf } from './idempotency.ts'
import { closeIfDone, expireIfClosed, inflowKinds, putInto } from './lot.ts'

const refundedKinds = inflowKinds('refunded', 'spent')
const writtenOffKind = kindOf('refunded', 'spent', 'writtenOff')

/** A cost to refund: the rows of its entries at each level, in the order of booking. */
interface Cost {
  /** The hold of the cost, or its id alone when the ledger has forgotten the hold. */
  readonly hold: Hold | HoldOfEntry
  readonly levels: ReadonlyMap<Account, readonly number[]>
  /** The cost less earlier refunds. */
  readonly refundable: bigint
}

export function refund(books: Books, request: Refund, now: Instant): RefundResult {
  const at = advanceTo(books, now)
  const { key, amount, expiresAt } = request
  const first = findIdempotencyRecord(books, key)
  if (first !== undefined) return replayOf<WriteOk>(first, 'refund', request)
  const cost = request.entry === undefined ? costOfHold(books, request.hold) : costOfEntry(books, request.entry)
  if (cost === undefined) return { ok: false, reason: request.entry === undefined ? 'hold_unknown' : 'entry_unknown' }
  if (expiresAt !== undefined && expiresAt <= at) return { ok: false, reason: 'grant_expired' }
  const { hold, levels, refundable } = cost
  if (amount > refundable) return { ok: false, reason: 'spent_exceeded', refundable }

  for (const account of levels.keys()) bookDue(books, account, at)
  for (const [account, rows] of levels) new LevelRefund(books, hold, account, request, at).give(rows)
  if ('refunded' in hold) {
    hold.refunded += amount
    books.holds.keep(hold)
  }
  return remember(books, 'refund', key, request, { ok: true, replay: false }, at)
}

function costOfHold(books: Books, id: string): Cost | undefined {
  const hold = findHold(books, id)
  if (hold === undefined || hold.origin === 'tombstone') return undefined
  const { log } = books
  const rows: number[] = []
  for (let row = hold.lastRow; row >= 0; row = log.beforeOfHold(row)) {
    if (meaningOf(log.kindOf(row)).to === 'spent') rows.push(row)
  }
  return { hold, levels: byLevel(log, rows.reverse()), refundable: hold.spent - hold.refunded }
}

/** Returns the cost that an entry is part of. The entry may be of a forgotten hold, whose id may be in use again. */
function costOfEntry(books: Books, { wallet, sequence }: NonNullable<Refund['entry']>): Cost | undefined {
  const { accounts, holds, log } = books
  const account = accounts.find(wallet)
  const rows = account && log.costRows(account, sequence)
  const [first] = rows ?? []
  if (rows === undefined || first === undefined) return undefined
  const levels = byLevel(log, rows)
  let refundable = creditLimit
  for (const own of levels.values()) {
    const rest = own.reduce((sum, row) => sum + restOf(log, row), 0n)
    refundable = smaller(refundable, rest)
  }
  const id = log.holdOf(first) ?? ''
  const stored = holds.find(id, Number.NEGATIVE_INFINITY)
  const isOfHold = stored !== undefined && stored.createdAt <= log.instantOf(first)
  return { hold: isOfHold ? stored : { id, lastRow: -1, call: log.callOf(first) }, levels, refundable }
}

function byLevel(log: EntryStore, rows: readonly number[]): ReadonlyMap<Account, readonly number[]> {
  const levels = new Map<Account, number[]>()
  for (const row of rows) {
    const account = log.accountOf(row) as Account
    const own = levels.get(account)
    if (own === undefined) levels.set(account, [row])
    else own.push(row)
  }
  return levels
}

/** Returns the part of a cost entry that was not refunded yet. */
function restOf(log: EntryStore, row: number): bigint {
  return log.amountOf(row) - log.refundedOf(row)
}

type Source = 'writtenOff' | 'overdraft' | 'drawn' | 'lot'
const undoneFirst: readonly Source[] = ['writtenOff', 'overdraft', 'drawn', 'lot']

/** Gives back a part of a cost at one level. */
class LevelRefund {
  readonly #books: Books
  readonly #hold: Cost['hold']
  readonly #account: Account
  readonly #request: Refund
  readonly #at: Instant

  constructor(books: Books, hold: Cost['hold'], account: Account, request: Refund, at: Instant) {
    this.#books = books
    this.#hold = hold
    this.#account = account
    this.#request = request
    this.#at = at
  }

  /**
   * Undoes cost entries until the amount of the request is given back. Takes the sources in the order of `undoneFirst`,
   * and within one source the newest entry first.
   */
  give(rows: readonly number[]): void {
    const account = this.#account
    const { amount } = this.#request
    account.spent -= amount
    if (account.terms.cap !== undefined) {
      rollCapPeriod(this.#books, account, this.#at)
      account.capSpent -= amount
    }
    let missing = amount
    for (const source of undoneFirst) {
      for (let i = rows.length - 1; i >= 0 && missing > 0n; i -= 1) {
        const row = rows[i] as number
        if (this.#sourceOf(row) !== source) continue
        const part = smaller(restOf(this.#books.log, row), missing)
        missing -= part
        if (part > 0n) this.#undo(row, source, part)
      }
    }
  }

  #sourceOf(row: number): Source {
    const { log } = this.#books
    const { from } = meaningOf(log.kindOf(row))
    if (from === 'writtenOff' || from === 'overdraft' || from === 'drawn') return from
    return log.lotOf(row) === undefined ? 'drawn' : 'lot'
  }

  #undo(row: number, source: Source, part: bigint): void {
    const account = this.#account
    const { log } = this.#books
    if (source === 'writtenOff') {
      account.writtenOff -= part
      log.add(account, writtenOffKind, part, this.#at, undefined, this.#hold, { refunds: row })
    } else if (source === 'drawn') {
      account.drawn -= part
      log.add(account, refundedKinds.drawn, part, this.#at, undefined, this.#hold, { refunds: row })
    } else if (source === 'overdraft') this.#undoOverdraft(row, part)
    else this.#returnTo(log.lotOf(row) as Lot, row, part)
  }

  /** Cancels what is still owed of the debt. What was repaid returns with the conditions of the credits that repaid it. */
  #undoOverdraft(row: number, part: bigint): void {
    const account = this.#account
    const { log } = this.#books
    const debt = debtFor(account, log.onlyOf(row))
    const owed = smaller(debt.owed, part)
    if (owed > 0n) {
      debt.owed -= owed
      account.overdraft -= owed
      const details = { only: debt.only, refunds: row }
      log.add(account, refundedKinds.overdraft, owed, this.#at, undefined, this.#hold, details)
    }
    const lot = debt.repaidBy
    if (owed === part) return
    if (lot === undefined) this.#returnAs(plain, row, part - owed)
    else {
      expireIfClosed(lot, this.#at)
      // The lot may have repaid less than returns, so it cannot take back the credits itself.
      if (lot.state === 'live') this.#returnAs(lot, row, part - owed)
      else this.#returnTo(lot, row, part - owed)
    }
  }

  /** Returns credits to their lot. Credits of an expired lot return as a new grant if the request says until when. */
  #returnTo(lot: Lot, row: number, part: bigint): void {
    const { expiresAt } = this.#request
    expireIfClosed(lot, this.#at)
    if (lot.state === 'expired' && expiresAt !== undefined) {
      const { priority, only } = lot
      this.#returnAs({ priority, only, expiresAt }, row, part)
    } else putInto(this.#books, lot, part, refundedKinds, this.#at, this.#hold, row)
  }

  /** Returns credits in a grant of kind `refund` with these conditions, which other refunds may have created. */
  #returnAs(conditions: Conditions, row: number, part: bigint): void {
    const lot = this.#findAlike(conditions, part) ?? this.#open(conditions)
    lot.amount += part
    putInto(this.#books, lot, part, refundedKinds, this.#at, this.#hold, row)
    closeIfDone(lot)
  }

  #findAlike({ priority, only, expiresAt }: Conditions, part: bigint): Lot | undefined {
    return this.#account.grants.find(
      (lot) =>
        lot.kind === 'refund' &&
        lot.state === 'live' &&
        lot.priority === priority &&
        lot.expiresAt === expiresAt &&
        isSameTags(lot.only, only) &&
        lot.amount + part <= creditLimit,
    )
  }

  #open({ priority, only, expiresAt }: Conditions): Lot {
    const grant = this.#request.key
    const terms = {
      grant,
      period: undefined,
      kind: 'refund',
      priority,
      effectiveAt: this.#at,
      expiresAt,
      only,
    } as const
    return openLot(this.#books, this.#account, terms, 0n, this.#at)
  }
}

/** The conditions under which credits pay. */
type Conditions = Pick<Lot, 'priority' | 'expiresAt' | 'only'>

const plain: Conditions = { priority: defaultPriority, expiresAt: Number.POSITIVE_INFINITY, only: undefined }
