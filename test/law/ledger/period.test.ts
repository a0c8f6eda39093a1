import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { countSpans, periodSpanAt } from '../../../src/ledger/period.ts'
import { firstInstant, lastInstant } from '../../../src/model/value/instant.ts'
import type { Period } from '../../../src/model/value/period.ts'
import { isTimeZone } from '../../../src/model/value/time-zone.ts'
import { runs } from '../runs.ts'

const zones = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'America/Havana',
  'America/St_Johns',
  'Africa/Cairo',
  'Asia/Kathmandu',
  'Asia/Tokyo',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'Pacific/Kiritimati',
]
const period: fc.Arbitrary<Period> = fc.oneof(
  fc.record({ every: fc.constant('day' as const), timeZone: fc.constantFrom(...zones) }),
  fc.record({
    every: fc.constant('week' as const),
    timeZone: fc.constantFrom(...zones),
    startsOn: fc.integer({ min: 1, max: 7 }),
  }),
  fc.record({
    every: fc.constant('month' as const),
    timeZone: fc.constantFrom(...zones),
    startsOn: fc.integer({ min: 1, max: 31 }),
  }),
)
const instant = fc.integer({ min: firstInstant, max: Date.UTC(2060, 0, 1) })
const hour = 3_600_000
const day = 24 * hour

const local = (timeZone: string, at: number) =>
  new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short', timeStyle: 'medium', hour12: false }).format(at)

describe('the turns of a period', () => {
  test('tile time: each instant is in one, and the next begins where it ends', () => {
    fc.assert(
      fc.property(period, instant, (of, at) => {
        const { startsAt, endsAt } = periodSpanAt(of, at)
        expect(startsAt <= at && at < endsAt).toBe(true)
        expect(periodSpanAt(of, startsAt)).toEqual({ startsAt, endsAt })
        expect(periodSpanAt(of, endsAt - 1)).toEqual({ startsAt, endsAt })
        expect(periodSpanAt(of, endsAt).startsAt).toBe(endsAt)
      }),
      runs(500),
    )
  })

  test('are as long as days, weeks and months are', () => {
    const lengths = { day: [23, 25], week: [7 * 24 - 1, 7 * 24 + 1], month: [28 * 24 - 1, 31 * 24 + 1] } as const
    fc.assert(
      fc.property(period, instant, (of, at) => {
        const { startsAt, endsAt } = periodSpanAt(of, at)
        // The first one is cut off by the first instant, and Samoa once left out a day.
        fc.pre(startsAt > firstInstant && of.timeZone !== 'Pacific/Apia' && of.timeZone !== 'Pacific/Kiritimati')
        const [least, most] = lengths[of.every]
        expect((endsAt - startsAt) / hour).toBeGreaterThanOrEqual(least - 0.5)
        expect((endsAt - startsAt) / hour).toBeLessThanOrEqual(most + 0.5)
      }),
      runs(500),
    )
  })

  test('begin on the day they say, or on the last of a month without it', () => {
    fc.assert(
      fc.property(period, instant, (of, at) => {
        const { startsAt } = periodSpanAt(of, at)
        fc.pre(startsAt > firstInstant && of.timeZone !== 'Pacific/Apia' && of.timeZone !== 'Pacific/Kiritimati')
        const [date = ''] = local(of.timeZone, startsAt).split(',')
        const days = Date.parse(`${date}T00:00:00Z`) / day
        if (of.every === 'week') expect(((days + 3) % 7) + 1).toBe(of.startsOn)
        if (of.every !== 'month') return
        const isLast = new Date((days + 1) * day).getUTCDate() === 1
        const dayOfMonth = new Date(days * day).getUTCDate()
        expect(dayOfMonth === of.startsOn || (isLast && dayOfMonth < (of.startsOn ?? 1))).toBe(true)
      }),
      runs(500),
    )
  })

  const turn = (every: Period['every'], timeZone: string, at: string, startsOn?: number) => {
    const { startsAt, endsAt } = periodSpanAt(
      { every, timeZone, ...(startsOn === undefined ? {} : { startsOn }) },
      Date.parse(at),
    )
    return [startsAt, endsAt].map((instant) => new Date(instant).toISOString().slice(0, 16))
  }
  test.each([
    ['the clocks go forward', 'day', 'Europe/Berlin', '2026-03-29T10:00Z', ['2026-03-28T23:00', '2026-03-29T22:00']],
    ['the clocks go back', 'day', 'Europe/Berlin', '2026-10-25T10:00Z', ['2026-10-24T22:00', '2026-10-25T23:00']],
    ['there is no midnight', 'day', 'Africa/Cairo', '2026-04-24T10:00Z', ['2026-04-23T22:00', '2026-04-24T21:00']],
    ['midnight comes twice', 'day', 'America/Havana', '2026-11-01T10:00Z', ['2026-11-01T04:00', '2026-11-02T05:00']],
    ['a day is left out', 'day', 'Pacific/Apia', '2011-12-30T12:00Z', ['2011-12-30T10:00', '2011-12-31T10:00']],
    [
      'a month has summer time',
      'month',
      'Europe/Berlin',
      '2026-03-15T00:00Z',
      ['2026-02-28T23:00', '2026-03-31T22:00'],
    ],
    ['weeks begin on Monday', 'week', 'UTC', '2026-11-22T12:00Z', ['2026-11-16T00:00', '2026-11-23T00:00']],
  ] as const)('where %s', (_, every, timeZone, at, expected) => {
    expect(turn(every, timeZone, at)).toEqual(expected)
  })

  test('on the 31st', () => {
    expect(turn('month', 'UTC', '2026-02-27T10:00Z', 31)).toEqual(['2026-01-31T00:00', '2026-02-28T00:00'])
    expect(turn('month', 'UTC', '2028-02-29T10:00Z', 31)).toEqual(['2028-02-29T00:00', '2028-03-31T00:00'])
    expect(turn('month', 'UTC', '2026-04-30T00:00Z', 31)).toEqual(['2026-04-30T00:00', '2026-05-31T00:00'])
  })

  test('are counted as a walk from one to the next counts them', () => {
    const left = fc.constantFrom(Date.UTC(2011, 11, 20), Date.UTC(1994, 11, 20), Date.UTC(2026, 9, 20))
    const near = fc.oneof(instant, left).filter((at) => at > firstInstant + 40 * day)
    fc.assert(
      fc.property(period, near, fc.nat(30), (of, at, steps) => {
        const from = periodSpanAt(of, at).startsAt
        let to = from
        for (let i = 0; i < steps; i += 1) to = periodSpanAt(of, to).endsAt
        expect(countSpans(of, from, to)).toBe(steps)
      }),
      runs(200),
    )
  })

  test('are as many between two instants as up to one between them and from there, at any distance', () => {
    const any = fc.integer({ min: firstInstant + 40 * day, max: lastInstant })
    fc.assert(
      fc.property(period, fc.tuple(instant, any, any), (of, instants) => {
        const [from = 0, middle = 0, to = 0] = instants.map((at) => periodSpanAt(of, at).startsAt).sort((a, b) => a - b)
        fc.pre(from > firstInstant)
        expect(countSpans(of, from, to)).toBe(countSpans(of, from, middle) + countSpans(of, middle, to))
      }),
      runs(300),
    )
  })

  test('end where instants do', () => {
    expect(periodSpanAt({ every: 'month', timeZone: 'Asia/Tokyo' }, lastInstant).endsAt).toBe(Number.POSITIVE_INFINITY)
    expect(periodSpanAt({ every: 'month', timeZone: 'Asia/Tokyo' }, firstInstant).startsAt).toBe(firstInstant)
  })
})

test('a time zone has a name', () => {
  expect(zones.every(isTimeZone)).toBe(true)
  for (const text of ['', '+01:00', 'Mars/Base', 'Europe/Berlin ', '__proto__']) expect(isTimeZone(text)).toBe(false)
})
