import type { Instant } from '../../model/value/instant.ts'
import type { Period } from '../../model/value/period.ts'

/*
 * A calendar that knows nothing but the local date of an instant: it tries days one by one, and finds the first instant of a
 * day by walking up to it.
 */

const second = 1_000
const day = 86_400 * second

/** Returns the local date of an instant, as the number of days since 1970-01-01. That day was a Thursday. */
function localDate(timeZone: string, at: Instant): number {
  const [year = 0, month = 1, date = 1] = formatOf(timeZone).format(at).split('-').map(Number)
  return Date.UTC(year, month - 1, date) / day
}

const formats = new Map<string, Intl.DateTimeFormat>()

/**
 * Returns the date format of a time zone, which writes an instant as `2026-10-01`. Cached, because creating a format is
 * slow.
 */
function formatOf(timeZone: string): Intl.DateTimeFormat {
  const parts = { year: 'numeric', month: '2-digit', day: '2-digit' } as const
  const format = formats.get(timeZone) ?? new Intl.DateTimeFormat('en-CA-u-ca-gregory-nu-latn', { timeZone, ...parts })
  formats.set(timeZone, format)
  return format
}

/** Whether a period starts on a date. `date` is the number of days since 1970-01-01. */
function isFirst({ every, startsOn = 1 }: Period, date: number): boolean {
  if (every === 'day') return true
  const at = new Date(date * day)
  if (every === 'week') return at.getUTCDay() === startsOn % 7
  const isLastOfMonth = new Date((date + 1) * day).getUTCDate() === 1
  return at.getUTCDate() === startsOn || (isLastOfMonth && at.getUTCDate() < startsOn)
}

/**
 * Returns the first instant of a local date. Returns the first instant of the next date if the time zone skipped this
 * date. Assumes that time zones differ from UTC by less than two days.
 */
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

/** Returns the span `[startsAt, endsAt)` of a period that contains an instant. */
export function periodSpanOf(period: Period, at: Instant): { readonly startsAt: Instant; readonly endsAt: Instant } {
  const { timeZone } = period
  let first = localDate(timeZone, at)
  while (!isFirst(period, first)) first -= 1
  let next = first + 1
  while (!isFirst(period, next)) next += 1
  return { startsAt: startOfKept(timeZone, first), endsAt: startOfKept(timeZone, next) }
}
