import type { Instant } from '../../model/value/instant.ts'
import type { Grant, PutAllowance } from '../../port/ledger-request.ts'
import type { Entry } from '../../port/ledger-result.ts'
import { turnOf } from './ledger-calendar.ts'
import { type Audit, doneOf, isAbout, isBefore, type Note, writersOf } from './ledger-notes.ts'

/** What credits are granted on. */
export interface LotTerms {
  readonly priority: number
  /** Infinity when they never expire. */
  readonly expiresAt: number
  readonly only: readonly string[] | undefined
}

/** A grant, a period of an allowance, or the grant of a refund, as far as the notes tell of it. */
export interface Lot {
  readonly name: string
  /** All that its terms may be: several where it is not certain what was said last of its allowance. */
  readonly terms: readonly LotTerms[]
  /** The number of the first entry that names it. */
  readonly first: number
  /** It was made by this write, before its first entry: its credits were to come. Otherwise it was made with that entry. */
  readonly coming: Coming | undefined
  readonly effectiveAt: Instant
}

interface Coming {
  readonly note: Note
  /** The last entry that was before it for certain, and the first that was after it. */
  readonly span: Span
}

/** The name of the grant of an entry: that of an allowance has its period. */
export function lotName({ grant, period }: Pick<Entry, 'grant' | 'period'>): string {
  return JSON.stringify([grant, period])
}

/** Every lot in a statement that the notes tell enough of. */
export function lotsOf(audit: Audit): ReadonlyMap<string, Lot> {
  const { entries, notes, wallet } = audit
  const own = (write: string) => doneOf(notes, write).filter(({ request }) => isAbout(request, wallet))
  const [grants, allowances] = [own('grant'), own('putAllowance')]
  const refunds = doneOf(notes, 'refund')
  const spanOf = spansOf(audit)
  const lots = new Map<string, Lot>()
  const seen = new Set<string>()
  for (const entry of entries) {
    const name = lotName(entry)
    if (entry.grant === undefined || seen.has(name)) continue
    seen.add(name)
    const isRefund = entry.type === 'refunded'
    const makers = (isRefund ? refunds : grants).filter(({ request }) => request['key'] === entry.grant)
    const common = { name, first: entry.sequence, coming: undefined, effectiveAt: 0 }
    const [maker] = makers
    if (entry.period !== undefined) {
      const puts = allowances.filter(({ request }) => request['allowance'] === entry.grant)
      const terms = allowanceTerms(puts, entry, spanOf)
      if (terms.length > 0) lots.set(name, { ...common, terms })
    } else if (maker !== undefined && makers.length === 1) {
      lots.set(name, isRefund ? { ...common, terms: [refundTerms] } : grantLot(common, maker, entry, spanOf))
    }
  }
  return lots
}

const refundTerms: LotTerms = { priority: 100, expiresAt: Number.POSITIVE_INFINITY, only: undefined }

function grantLot(common: Omit<Lot, 'terms'>, note: Note, entry: Entry, spanOf: (note: Note) => Span): Lot {
  const grant = note.request as unknown as Grant
  const { priority = 100, expiresAt = Number.POSITIVE_INFINITY, only, effectiveAt = 0 } = grant
  // One that came at the very instant that it was to come at may have been granted before, or just then.
  const coming = effectiveAt >= entry.at ? { note, span: spanOf(note) } : undefined
  return { ...common, terms: [{ priority, expiresAt, only }], coming, effectiveAt }
}

/** The terms that a period of an allowance may have been granted on. */
function allowanceTerms(puts: readonly Note[], entry: Entry, spanOf: (note: Note) => Span): readonly LotTerms[] {
  const begun = puts.filter((put) => spanOf(put).after < entry.sequence)
  const isReplaced = (put: Note) =>
    begun.some((later) => isBefore(put, later) && spanOf(later).before <= entry.sequence)
  return begun
    .filter((put) => !isReplaced(put))
    .map(({ request }) => {
      const { priority = 100, only, period } = request as unknown as PutAllowance
      return { priority, only, expiresAt: turnOf(period, entry.at).endsAt }
    })
}

interface Span {
  readonly after: number
  readonly before: number
}

/** Between which entries a write was done, for certain. */
function spansOf(audit: Audit): (note: Note) => Span {
  const written = [...writersOf(audit)]
  return (note) => {
    const numbers = (some: (writer: Note) => boolean) =>
      written.filter(([, writer]) => some(writer)).map(([{ sequence }]) => sequence)
    return {
      after: Math.max(0, ...numbers((writer) => isBefore(writer, note))),
      before: Math.min(Number.POSITIVE_INFINITY, ...numbers((writer) => isBefore(note, writer))),
    }
  }
}

/** Whether one lot burns before another for certain: the lowest priority, then the earliest expiry, then the oldest. */
export function burnsBefore(one: Lot, other: Lot): boolean {
  return one.terms.every((a) =>
    other.terms.every((b) => {
      if (a.priority !== b.priority) return a.priority < b.priority
      if (a.expiresAt !== b.expiresAt) return a.expiresAt < b.expiresAt
      return isOlder(one, other)
    }),
  )
}

/** Whether one lot was made before another for certain. */
function isOlder(one: Lot, other: Lot): boolean {
  if (other.coming === undefined)
    return one.first < other.first || (one.coming?.span.before ?? Number.POSITIVE_INFINITY) <= other.first
  return one.coming === undefined ? one.first <= other.coming.span.after : isBefore(one.coming.note, other.coming.note)
}
