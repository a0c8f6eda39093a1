import type { Instant } from '../../model/value/instant.ts'
import type { Grant, PutAllowance } from '../../port/ledger-request.ts'
import type { Entry } from '../../port/ledger-result.ts'
import { periodSpanOf } from './ledger-calendar.ts'
import { type Audit, doneOf, isAbout, isBefore, type NumberedWrite, writersOf } from './ledger-writes.ts'

/** The terms of a grant that decide when it pays and for which calls. */
interface LotTerms {
  readonly priority: number
  /** When the grant expires. `Infinity` for a grant that never expires. */
  readonly expiresAt: number
  readonly only: readonly string[] | undefined
}

/**
 * A lot (granted credits) whose terms follow from the recorded writes: a grant, one period of an allowance, or the
 * grant of a refund.
 */
export interface Lot {
  readonly name: string
  /** The possible terms of the lot. More than one when concurrent writes changed the terms of the allowance. */
  readonly terms: readonly LotTerms[]
  /** The sequence number of the lot's first entry. */
  readonly first: number
  /**
   * The write that created the lot as scheduled, before its first entry. `undefined` when the write posted the first
   * entry.
   */
  readonly scheduled: ScheduledBy | undefined
  readonly effectiveAt: Instant
}

interface ScheduledBy {
  readonly write: NumberedWrite
  /**
   * The position of the write in the statement: between the last entry certainly before it and the first entry
   * certainly after it.
   */
  readonly span: Span
}

/** Returns the unique name of an entry's lot: the grant and, for an allowance, the period. */
export function lotName({ grant, period }: Pick<Entry, 'grant' | 'period'>): string {
  return JSON.stringify([grant, period])
}

/** Returns the lots of a statement by name. Includes only lots whose terms follow from the recorded writes. */
export function lotsOf(audit: Audit): ReadonlyMap<string, Lot> {
  const { entries, writes, wallet } = audit
  const own = (write: string) => doneOf(writes, write).filter(({ request }) => isAbout(request, wallet))
  const [grants, allowances] = [own('grant'), own('putAllowance')]
  const refunds = doneOf(writes, 'refund')
  const spanOf = spansOf(audit)
  const lots = new Map<string, Lot>()
  const seen = new Set<string>()
  const ambiguous = new Set<string>()
  for (const entry of entries) {
    const name = lotName(entry)
    if (entry.grant === undefined) continue
    if (isRefundedAnew(entries, entry)) {
      addRefundLot(lots, ambiguous, audit, entry, refunds)
      seen.add(name)
      continue
    }
    if (seen.has(name)) continue
    seen.add(name)
    const makers = grants.filter(({ request }) => request['key'] === entry.grant)
    const common = { name, first: entry.sequence, scheduled: undefined, effectiveAt: 0 }
    const [maker] = makers
    if (entry.period !== undefined) {
      const puts = allowances.filter(({ request }) => request['allowance'] === entry.grant)
      const terms = allowanceTerms(puts, entry, spanOf)
      if (terms.length > 0) lots.set(name, { ...common, terms })
    } else if (maker !== undefined && makers.length === 1) {
      lots.set(name, grantLot(common, maker, entry, spanOf))
    }
  }
  return lots
}

/** Whether an entry gives credits to a grant that a refund created: it refunds a cost that this grant did not pay. */
function isRefundedAnew(entries: readonly Entry[], entry: Entry): boolean {
  const cost = entries[(entry.refunds ?? 0) - 1]
  if (cost === undefined || entry.grant === undefined || (entry.to !== 'available' && entry.to !== 'overdraft'))
    return false
  return lotName(cost) !== lotName(entry)
}

/**
 * Adds the grant that an entry of a refund gives credits to. Its terms are those of the credits that paid the cost, or that
 * last repaid the overdraft; if these have expired, it expires when the refund says. Removes a grant whose name has
 * several terms, since one refund may create several grants.
 */
function addRefundLot(
  lots: Map<string, Lot>,
  ambiguous: Set<string>,
  { entries }: Audit,
  entry: Entry,
  refunds: readonly NumberedWrite[],
): void {
  const name = lotName(entry)
  const cost = entries[(entry.refunds ?? 0) - 1] as Entry
  const repayers = entries
    .slice(0, entry.sequence - 1)
    .filter(({ to, grant, only }) => to === 'overdraft' && grant !== undefined && isSameOnly(only, cost.only))
  const payer = cost.from === 'overdraft' ? repayers.at(-1) : cost
  const from = payer && lots.get(lotName(payer))
  const [terms] = from?.terms ?? []
  const keyed = refunds.filter(({ request }) => request['key'] === entry.grant)
  const until = keyed.length === 1 ? (keyed[0]?.request['expiresAt'] as number | undefined) : undefined
  const expiresAt = terms === undefined || terms.expiresAt > entry.at ? terms?.expiresAt : until
  const known = lots.get(name)
  const isKnown = known?.terms.some((one) => one.priority === terms?.priority && isSameOnly(one.only, terms.only))
  if (known !== undefined && isKnown === true && (expiresAt === undefined || known.terms[0]?.expiresAt === expiresAt))
    return
  const isClear = known === undefined && from?.terms.length === 1 && terms !== undefined && expiresAt !== undefined
  if (!isClear || ambiguous.has(name)) {
    ambiguous.add(name)
    lots.delete(name)
  } else
    lots.set(name, {
      name,
      first: entry.sequence,
      scheduled: undefined,
      effectiveAt: 0,
      terms: [{ ...terms, expiresAt }],
    })
}

/** Whether two lists of tags have the same tags. */
export function isSameOnly(one: readonly string[] | undefined, other: readonly string[] | undefined): boolean {
  const text = (tags: readonly string[] | undefined) => JSON.stringify(tags === undefined ? null : [...tags].sort())
  return text(one) === text(other)
}

function grantLot(
  common: Omit<Lot, 'terms'>,
  write: NumberedWrite,
  entry: Entry,
  spanOf: (write: NumberedWrite) => Span,
): Lot {
  const grant = write.request as unknown as Grant
  const { priority = 100, expiresAt = Number.POSITIVE_INFINITY, only, effectiveAt = 0 } = grant
  // A grant whose first entry is at `effectiveAt` itself may have been sent before or at that instant.
  const scheduled = effectiveAt >= entry.at ? { write, span: spanOf(write) } : undefined
  return { ...common, terms: [{ priority, expiresAt, only }], scheduled, effectiveAt }
}

/** Returns the terms that one period of an allowance may have. `entry` is the first entry of this period. */
function allowanceTerms(
  puts: readonly NumberedWrite[],
  entry: Entry,
  spanOf: (write: NumberedWrite) => Span,
): readonly LotTerms[] {
  const begun = puts.filter((put) => spanOf(put).after < entry.sequence)
  const isReplaced = (put: NumberedWrite) =>
    begun.some((later) => isBefore(put, later) && spanOf(later).before <= entry.sequence)
  return begun
    .filter((put) => !isReplaced(put))
    .map(({ request }) => {
      const { priority = 100, only, period } = request as unknown as PutAllowance
      return { priority, only, expiresAt: periodSpanOf(period, entry.at).endsAt }
    })
}

interface Span {
  readonly after: number
  readonly before: number
}

/** Returns a function from a write to the two entries between which the write certainly took effect. */
function spansOf(audit: Audit): (write: NumberedWrite) => Span {
  const written = [...writersOf(audit)]
  return (write) => {
    const numbers = (some: (writer: NumberedWrite) => boolean) =>
      written.filter(([, writer]) => some(writer)).map(([{ sequence }]) => sequence)
    return {
      after: Math.max(0, ...numbers((writer) => isBefore(writer, write))),
      before: Math.min(Number.POSITIVE_INFINITY, ...numbers((writer) => isBefore(write, writer))),
    }
  }
}

/**
 * Whether lot `one` certainly burns before lot `other`: by priority, then expiry, then age. True only if the order is
 * the same for all possible terms.
 */
export function burnsBefore(one: Lot, other: Lot): boolean {
  return one.terms.every((a) =>
    other.terms.every((b) => {
      if (a.priority !== b.priority) return a.priority < b.priority
      if (a.expiresAt !== b.expiresAt) return a.expiresAt < b.expiresAt
      return isOlder(one, other)
    }),
  )
}

/** Whether lot `one` was certainly created before lot `other`. */
function isOlder(one: Lot, other: Lot): boolean {
  if (other.scheduled === undefined)
    return one.first < other.first || (one.scheduled?.span.before ?? Number.POSITIVE_INFINITY) <= other.first
  return one.scheduled === undefined
    ? one.first <= other.scheduled.span.after
    : isBefore(one.scheduled.write, other.scheduled.write)
}
