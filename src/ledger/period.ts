import { firstInstant, type Instant, lastInstant } from '../model/value/instant.ts'
import type { Period } from '../model/value/period.ts'
import { findDateFormat } from '../model/value/time-zone.ts'

/**
 * One occurrence of a recurring period, for example one month of a monthly period: `[startsAt, endsAt)`. `endsAt` is
 * infinity when the next span would start after the last representable instant.
 */
export interface PeriodSpan {
  readonly startsAt: Instant
  readonly endsAt: number
}

const day = 86_400_000

/**
 * Returns the span of `period` that contains the instant `at`. Spans have no gaps or overlaps, even across clock
 * changes. Each span starts at the first instant of its local day, which may not be midnight. Pure, given the time zone
 * data of the runtime.
 */
export function periodSpanAt(period: Period, at: Instant): PeriodSpan {
  const zone = zoneOf(period)
  const kind = kinds.indexOf(period.every) * 32 + (period.startsOn ?? 1)
  const latest = zone.latest.get(kind)
  if (latest !== undefined && latest.startsAt <= at && at < latest.endsAt) return latest

  const index = indexAt(period, zone, at)
  const span = {
    startsAt: Math.max(firstInstant, boundary(period, zone, index)),
    endsAt: boundary(period, zone, index + 1),
  }
  zone.latest.set(kind, span)
  return span
}

/**
 * Returns the number of spans of `period` that start at or after `from` and before `to`. Both are starts of spans. Costs
 * the same for any distance, because spans are numbered: only a local day that the time zone skipped has no span.
 */
export function countSpans(period: Period, from: Instant, to: Instant): number {
  const zone = zoneOf(period)
  const [first, end] = [indexAt(period, zone, from), indexAt(period, zone, to)]
  if (period.every !== 'day') return end - first
  // A zone that skips a day moves the starts of all later days by about a day. No zone has done so more than once since 1973.
  const moved = Math.round((from - first * day - (to - end * day)) / day)
  return end - first - Math.max(0, moved)
}

function zoneOf({ timeZone }: Period): Zone {
  const zone = findZone(timeZone)
  if (zone === undefined) throw new RangeError(`expected a time zone that this runtime knows, not \`${timeZone}\``)
  return zone
}

/** Returns the number of the span that contains an instant. */
function indexAt(period: Period, zone: Zone, at: Instant): number {
  let index = indexOf(period, localDay(zone, at))
  // When clocks are set back over midnight, or a day is skipped, the local day alone does not determine the span.
  while (boundary(period, zone, index) > at) index -= 1
  while (boundary(period, zone, index + 1) <= at) index += 1
  return index
}

/**
 * Returns the number of the span that contains a local day (`days` since 1970-01-01). Consecutive spans have
 * consecutive numbers.
 */
function indexOf(period: Period, days: number): number {
  const startsOn = period.startsOn ?? 1
  if (period.every === 'day') return days
  // The 1st of January 1970 was a Thursday.
  if (period.every === 'week') return Math.floor((days + 4 - startsOn) / 7)
  const date = new Date(days * day)
  const month = date.getUTCFullYear() * 12 + date.getUTCMonth()
  return date.getUTCDate() < firstDateOf(month, startsOn) ? month - 1 : month
}

/**
 * Returns the instant at which the span with the number `index` starts. Infinity for a span beyond the last
 * representable instant.
 */
function boundary(period: Period, zone: Zone, index: number): number {
  const days = firstDay(period, index)
  // A local day starts less than two days before or after the same day in UTC.
  const start = days * day <= lastInstant + 2 * day ? startOfDay(zone, days) : Number.POSITIVE_INFINITY
  return start <= lastInstant ? start : Number.POSITIVE_INFINITY
}

function firstDay({ every, startsOn = 1 }: Period, index: number): number {
  if (every === 'day') return index
  if (every === 'week') return index * 7 + startsOn - 4
  return Date.UTC(Math.floor(index / 12), index % 12, firstDateOf(index, startsOn)) / day
}

/** Returns the day of `month` on which a monthly span starts: `startsOn`, or the last day of a shorter month. */
function firstDateOf(month: number, startsOn: number): number {
  return Math.min(startsOn, new Date(Date.UTC(Math.floor(month / 12), (month % 12) + 1, 0)).getUTCDate())
}

/**
 * Returns the first instant of a local day. Returns the first instant of the next day if the time zone skipped this
 * day. Assumes time zone offsets below two days.
 */
function startOfDay(zone: Zone, days: number): Instant {
  const known = zone.starts.get(days)
  if (known !== undefined) return known
  if (zone.starts.size >= startLimit) zone.starts.clear()
  const start = findStartOfDay(zone, days)
  zone.starts.set(days, start)
  return start
}

function findStartOfDay(zone: Zone, days: number): Instant {
  let before = (days - 2) * day
  let after = (days + 2) * day
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2)
    if (localDay(zone, middle) < days) before = middle
    else after = middle
  }
  return after
}

/** Returns the local date of an instant, as a number of days since 1970-01-01. */
function localDay(zone: Zone, at: number): number {
  const [month, date, year] = zone.format.format(at).split('/').map(Number)
  return Date.UTC(year ?? 0, (month ?? 1) - 1, date ?? 1) / day
}

/** The cached data of a time zone. Computing this data is costly. */
interface Zone {
  readonly format: Intl.DateTimeFormat
  /**
   * The most recently computed span for each combination of `every` and `startsOn`. Cached because many wallets share
   * the same span.
   */
  readonly latest: Map<number, PeriodSpan>
  /** The starts of local days that were computed recently, by the number of the day. */
  readonly starts: Map<number, Instant>
}
const kinds: readonly Period['every'][] = ['day', 'week', 'month']
const zones = new Map<string, Zone | undefined>()
const zoneLimit = 1_000
const startLimit = 100

function findZone(timeZone: string): Zone | undefined {
  if (zones.has(timeZone)) return zones.get(timeZone)
  if (zones.size >= zoneLimit) zones.clear()
  const format = findDateFormat(timeZone)
  const zone = format && { format, latest: new Map<number, PeriodSpan>(), starts: new Map<number, Instant>() }
  zones.set(timeZone, zone)
  return zone
}
