import type { PutWallet } from '../../port/ledger-request.ts'
import type { Entry } from '../../port/ledger-result.ts'
import { tagsByHold } from './ledger-burn.ts'
import { periodSpanOf } from './ledger-calendar.ts'
import { barsCall, debtsOf, foldEntries, sumOf } from './ledger-sums.ts'
import { type Audit, doneOf, isAbout, isBefore, type NumberedWrite, writersOf } from './ledger-writes.ts'

type Terms = Pick<PutWallet, 'cap' | 'status'>

/**
 * Checks `reserve_limits`: no reservation exceeds the cap of its wallet, or is made while the wallet is overdrawn,
 * frozen or closed. When concurrent writes allow several terms, the most permissive terms apply to each limit.
 */
export function checkTerms(audit: Audit): void {
  const { entries, writes, wallet, check, met } = audit
  const puts = doneOf(writes, 'putWallet').filter(({ request }) => isAbout(request, wallet))
  const writers = writersOf(audit)
  const tagsOf = tagsByHold(audit)
  entries.forEach((entry, i) => {
    if (entry.type !== 'reserved') return
    const owed = debtsOf(entries.slice(0, i)).filter((debt) => barsCall(debt, tagsOf.get(entry.hold ?? '') ?? []))
    check('reserve_limits', owed.length === 0, `entry ${i + 1} reserved while the wallet is overdrawn`)
    if (sumOf(entries.slice(0, i), 'overdraft') > 0n) met('reserved beside overdraft of other tags')
    const writer = writers.get(entry)
    const possible = termsAt(puts, writer)
    check(
      'reserve_limits',
      possible.some(({ status = 'open' }) => status === 'open'),
      `entry ${i + 1} reserved at a wallet that is frozen or closed`,
    )
    const before = entries.slice(0, i + 1)
    check(
      'reserve_limits',
      possible.some(({ cap }) => cap === undefined || usedOf(before, cap) <= cap.amount),
      `entry ${i + 1} reserved beyond the cap`,
    )
    const [only, ...others] = possible
    if (only === undefined || others.length > 0) return
    if (only.cap !== undefined) met(`cap for ${only.cap.period?.every ?? 'ever'}`)
    if (only.cap !== undefined && puts.filter((put) => isBefore(put, writer)).length > 1) met('changed cap')
    if (only.cap?.period !== undefined && sumOf(before, 'spent') > spentWithin(before, only.cap)) met('cap reset')
  })
}

/**
 * Returns the terms that a wallet may have had when the write `writer` took effect. Several when writes were
 * concurrent.
 */
function termsAt(puts: readonly NumberedWrite[], writer: NumberedWrite | undefined): readonly Terms[] {
  const begun = puts.filter((put) => !isBefore(writer, put))
  const replaced = (put: NumberedWrite) => begun.some((later) => isBefore(put, later) && isBefore(later, writer))
  const possible = begun.filter((put) => !replaced(put)).map(({ request }) => request as unknown as Terms)
  return begun.some((put) => isBefore(put, writer)) ? possible : [...possible, {}]
}

/**
 * Returns the used amount of a cap after some entries: the amount spent in the cap period of the last entry, plus the
 * reserved amount.
 */
function usedOf(entries: readonly Entry[], cap: NonNullable<PutWallet['cap']>): bigint {
  const spent = spentWithin(entries, cap)
  return (spent > 0n ? spent : 0n) + foldEntries(entries).reserved
}

function spentWithin(entries: readonly Entry[], { period }: NonNullable<PutWallet['cap']>): bigint {
  const now = entries.at(-1)?.at ?? 0
  const startsAt = period === undefined ? 0 : periodSpanOf(period, now).startsAt
  return sumOf(
    entries.filter(({ at }) => at >= startsAt),
    'spent',
  )
}
