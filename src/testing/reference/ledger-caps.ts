import type { PutWallet } from '../../port/ledger-request.ts'
import type { Entry } from '../../port/ledger-result.ts'
import { turnOf } from './ledger-calendar.ts'
import { type Audit, doneOf, isAbout, isBefore, type Note, writersOf } from './ledger-notes.ts'
import { foldEntries, sumOf } from './ledger-sums.ts'

type Terms = Pick<PutWallet, 'cap' | 'status'>

/**
 * I6: no reservation exceeds the cap of its level, nor is made where the level refuses all. Where it is not certain which
 * terms counted, the mildest do that may have.
 */
export function checkTerms(audit: Audit): void {
  const { entries, notes, wallet, fault, met } = audit
  const puts = doneOf(notes, 'putWallet').filter(({ request }) => isAbout(request, wallet))
  const writers = writersOf(audit)
  entries.forEach((entry, i) => {
    if (entry.type !== 'reserved') return
    const owed = sumOf(entries.slice(0, i), 'overdraft')
    fault('reserve_limits', owed === 0n, `entry ${i + 1} reserved while something is owed`)
    const writer = writers.get(entry)
    const possible = termsAt(puts, writer)
    fault(
      'reserve_limits',
      possible.some(({ status = 'open' }) => status === 'open'),
      `entry ${i + 1} reserved at a wallet that is frozen or closed`,
    )
    const before = entries.slice(0, i + 1)
    fault(
      'reserve_limits',
      possible.some(({ cap }) => cap === undefined || usedOf(before, cap) <= cap.amount),
      `entry ${i + 1} reserved beyond the cap`,
    )
    const [only, ...others] = possible
    if (only === undefined || others.length > 0) return
    if (only.cap !== undefined) met(`cap for ${only.cap.period?.every ?? 'ever'}`)
    if (only.cap !== undefined && puts.filter((put) => isBefore(put, writer)).length > 1) met('cap that was changed')
    if (only.cap?.period !== undefined && sumOf(before, 'spent') > spentWithin(before, only.cap))
      met('cap counted anew')
  })
}

/** What may have been said about the wallet when a write was done. */
function termsAt(puts: readonly Note[], writer: Note | undefined): readonly Terms[] {
  const begun = puts.filter((put) => !isBefore(writer, put))
  const replaced = (put: Note) => begun.some((later) => isBefore(put, later) && isBefore(later, writer))
  const possible = begun.filter((put) => !replaced(put)).map(({ request }) => request as unknown as Terms)
  return begun.some((put) => isBefore(put, writer)) ? possible : [...possible, {}]
}

/** What a cap counts after some entries, at the instant of the last. */
function usedOf(entries: readonly Entry[], cap: NonNullable<PutWallet['cap']>): bigint {
  const spent = spentWithin(entries, cap)
  return (spent > 0n ? spent : 0n) + foldEntries(entries).reserved
}

function spentWithin(entries: readonly Entry[], { period }: NonNullable<PutWallet['cap']>): bigint {
  const now = entries.at(-1)?.at ?? 0
  const startsAt = period === undefined ? 0 : turnOf(period, now).startsAt
  return sumOf(
    entries.filter(({ at }) => at >= startsAt),
    'spent',
  )
}
