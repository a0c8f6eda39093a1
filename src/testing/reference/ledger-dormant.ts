import type { Instant } from '../../model/value/instant.ts'
import type { Period } from '../../model/value/period.ts'
import type { Entry } from '../../port/ledger-result.ts'
import { periodSpanOf } from './ledger-calendar.ts'
import { type Lot, lotName } from './ledger-lots.ts'
import { sumOf } from './ledger-sums.ts'
import type { Audit } from './ledger-writes.ts'

const day = 86_400_000

/** The maximum time for which missed periods are counted one by one. For a longer time their number is estimated. */
const countedTime = 100 * day

/** Whether `amount` is all that an allowance granted in a period, by the entries before `sequence`. */
export function isUnused(entries: readonly Entry[], lot: Lot, amount: bigint, sequence: number): boolean {
  if (lot.terms.some(({ calendar }) => calendar === undefined)) return false
  const own = entries.slice(0, sequence - 1).filter((entry) => lotName(entry) === lot.name)
  return amount > 0n && sumOf(own, 'granted') === amount
}

/**
 * Checks `grant_sum` for the entries that book the missed periods of an allowance: the unused credits expire late, one
 * entry books the credits of all periods in between, and one grants the same credits for the current period.
 */
export function checkDormant(audit: Audit, lots: ReadonlyMap<string, Lot>): void {
  const { entries, check, met } = audit
  for (const [i, { type, at, amount, grant, sequence, ...entry }] of entries.entries()) {
    const lot = lots.get(lotName({ ...entry, ...(grant === undefined ? {} : { grant }) }))
    if (type !== 'expired' || lot === undefined || lot.terms.some(({ expiresAt }) => expiresAt >= at)) continue
    met('dormant allowance')
    const next = entries.slice(i + 1).filter((one) => one.grant === grant && one.at === at && one.type === 'granted')
    const unused = next[0]?.to === 'expired' ? next[0] : undefined
    const granted = next[unused === undefined ? 0 : 1]
    const [terms, ...others] = lot.terms
    const what = `entry ${sequence} expires the unused credits of grant ${lot.name}, and`
    check('grant_sum', granted?.to === 'available' && granted.amount === amount, `${what} others follow`)
    if (terms?.calendar === undefined || others.length > 0) continue
    const { startsAt } = periodSpanOf(terms.calendar, at)
    check('grant_sum', granted?.period === startsAt, `${what} the current period is another`)
    const missed = Number((unused?.amount ?? 0n) / amount)
    const isWhole = (unused?.amount ?? 0n) % amount === 0n
    const isCounted = isWhole && isNumberOfPeriods(terms.calendar, terms.expiresAt, startsAt, missed)
    check('grant_sum', isCounted, `${what} ${missed} missed periods`)
  }
}

function isNumberOfPeriods(calendar: Period, from: Instant, to: Instant, count: number): boolean {
  if (to - from > countedTime) {
    const length = { day, week: 7 * day, month: 30.436875 * day }[calendar.every]
    return Math.abs((to - from) / length - count) < 2
  }
  let periods = 0
  for (let at = from; at < to; at = periodSpanOf(calendar, at).endsAt) periods += 1
  return periods === count
}
