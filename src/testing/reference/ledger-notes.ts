import type { LedgerWallet } from '../../model/noun/wallet.ts'
import type { CreditLedger } from '../../port/credit-ledger.ts'
import type { LedgerInvariant } from '../../port/ledger-invariant.ts'
import type { Entry } from '../../port/ledger-result.ts'

/** A write that was sent, with its answer. Notes are in the order of the answers. */
export interface SentWrite {
  readonly write: string
  readonly request: { readonly [field: string]: unknown }
  readonly answer: { readonly ok: boolean; readonly [field: string]: unknown }
  /** How many notes there were when it was sent: what these tell was done before. None unless it says so. */
  readonly sent?: number
}

/** A ledger that notes down everything that is written through it. What is not answered is not noted. */
export function noteWrites(ledger: CreditLedger, notes: SentWrite[]): CreditLedger {
  const reads: readonly PropertyKey[] = [
    'balance',
    'wallet',
    'hold',
    'statement',
    'sweep',
    'verify',
    'export',
    'import',
    'close',
  ]
  return new Proxy(ledger, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name)
      if (typeof value !== 'function') return value
      if (reads.includes(name)) return value.bind(target)
      return async (request: SentWrite['request']) => {
        const sent = notes.length
        const answer = await (value.call(target, request) as Promise<SentWrite['answer']>)
        notes.push({ write: String(name), request, answer, sent })
        return answer
      }
    },
  })
}

/** A note with its place among all. */
export interface Note extends SentWrite {
  readonly place: number
  readonly sent: number
}

/** What is found out about a wallet's statement, by itself and against what was sent. */
export interface Audit {
  readonly wallet: LedgerWallet
  readonly entries: readonly Entry[]
  readonly notes: readonly Note[]
  readonly fault: (invariant: LedgerInvariant, isKept: boolean, message: string) => void
  /** Tells a rule that was checked where it could have been broken. */
  readonly met: (rule: string) => void
}

/** Whether one write was done before the other for certain: it was answered before the other was sent. */
export function isBefore(one: Note | undefined, other: Note | undefined): boolean {
  return one !== undefined && other !== undefined && one.place < other.sent
}

/** Whether a request names a wallet as its own. */
export function isAbout(request: SentWrite['request'], wallet: LedgerWallet): boolean {
  const whose = request['wallet'] as LedgerWallet | undefined
  return whose?.id === wallet.id && whose.type === wallet.type && whose.incarnation === wallet.incarnation
}

/** The notes with their places. */
export function numberNotes(notes: readonly SentWrite[]): readonly Note[] {
  return notes.map((note, place) => ({ ...note, place, sent: note.sent ?? 0 }))
}

/** The writes of a kind that were done, each once. Of one that only a repeat was heard of, nobody knows since when. */
export function doneOf(notes: readonly Note[], write: string): readonly Note[] {
  const name = ({ request }: Note) => request['key'] ?? request['hold']
  const answered = notes.filter((note) => note.write === write && note.answer.ok)
  const firsts = answered.filter(({ answer }) => answer['replay'] !== true)
  const heard = new Set(firsts.map(name))
  const repeats = new Map(answered.filter((note) => !heard.has(name(note))).map((note) => [name(note), note]))
  return [...firsts, ...[...repeats.values()].map((note) => ({ ...note, sent: 0 }))]
}

/** The writes that made entries, as far as these tell: what holds more, what was charged, and what was granted at once. */
export function writersOf({ entries, notes, wallet }: Pick<Audit, 'entries' | 'notes' | 'wallet'>) {
  const writers = new Map<Entry, Note>()
  const reserves = [...doneOf(notes, 'reserve'), ...doneOf(notes, 'extend')].filter(
    ({ write, request }) => write === 'reserve' || request['increase'] !== undefined,
  )
  const charges = doneOf(notes, 'charge')
  const grants = doneOf(notes, 'grant').filter(({ request }) => isAbout(request, wallet))
  const held = new Map<string, bigint>()
  for (const entry of entries) {
    const { type, hold, amount, grant } = entry
    if (type === 'reserved' && hold !== undefined) {
      const sum = (held.get(hold) ?? 0n) + amount
      held.set(hold, sum)
      // Each is answered with all that was held after it, so the sums tell whose an entry is.
      const after = reserves
        .filter(({ request, answer }) => request['hold'] === hold && (answer['amount'] as bigint) >= sum)
        .sort((a, b) => ((a.answer['amount'] as bigint) < (b.answer['amount'] as bigint) ? -1 : 1))
      if (after[0] !== undefined) writers.set(entry, after[0])
    }
    const makers =
      type === 'charged'
        ? charges.filter(({ request }) => request['hold'] === hold)
        : type === 'granted' && entry.period === undefined
          ? grants.filter(({ request }) => request['key'] === grant && request['effectiveAt'] === undefined)
          : []
    if (makers.length === 1 && makers[0] !== undefined) writers.set(entry, makers[0])
  }
  return writers
}
