import type { Instant } from '../../model/value/instant.ts'
import type { Period } from '../../port/ledger-request.ts'

/*
 * A calendar that asks for the local date again and again: days are gone through one by one, and the first instant of a day
 * is found by walking up to it.
 */

const second = 1_000
const day = 86_400 * second

/** A local date: the days from the 1st of January 1970, a Thursday, as a calendar on the wall counts them. */
function localDate(timeZone: string, at: Instant): number {
  const [year = 0, month = 1, date = 1] = formatOf(timeZone).format(at).split('-').map(Number)
  return Date.UTC(year, month - 1, date) / day
}

const formats = new Map<string, Intl.DateTimeFormat>()

/** Formats an instant as `2026-10-01`. Kept, because making one takes long. */
function formatOf(timeZone: string): Intl.DateTimeFormat {
  const parts = { year: 'numeric', month: '2-digit', day: '2-digit' } as const
  const format = formats.get(timeZone) ?? new Intl.DateTimeFormat('en-CA-u-ca-gregory-nu-latn', { timeZone, ...parts })
  formats.set(timeZone, format)
  return format
}

/** Whether a period begins on a date. */
function isFirst({ every, startsOn = 1 }: Period, date: number): boolean {
  if (every === 'day') return true
  const at = new Date(date * day)
  if (every === 'week') return at.getUTCDay() === startsOn % 7
  const isLastOfMonth = new Date((date + 1) * day).getUTCDate() === 1
  return at.getUTCDate() === startsOn || (isLastOfMonth && at.getUTCDate() < startsOn)
}

/** The first instant of a local date, or of the next where the zone left it out. No zone is two days off. */
function startOf(timeZone: string, date: number): Instant {
  let at = (date - 2) * day
  for (const step of [3_600 * second, 60 * second, second]) {
    while (localDate(timeZone, at + step) < date) at += step
  }
  return at + second
}

const starts = new Map<string, Instant>()

function startOfKept(timeZone: string, date: number): Instant {
  const name = `${timeZone} ${date}`
  const start = starts.get(name) ?? startOf(timeZone, date)
  if (starts.size > 10_000) starts.clear()
  starts.set(name, start)
  return start
}

/** The turn `[startsAt, endsAt)` of a period that an instant is in. */
export function turnOf(period: Period, at: Instant): { readonly startsAt: Instant; readonly endsAt: Instant } {
  const { timeZone } = period
  let first = localDate(timeZone, at)
  while (!isFirst(period, first)) first -= 1
  let next = first + 1
  while (!isFirst(period, next)) next += 1
  return { startsAt: startOfKept(timeZone, first), endsAt: startOfKept(timeZone, next) }
}
