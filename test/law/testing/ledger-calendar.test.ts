import fc from 'fast-check'
import { expect, test } from 'vitest'
import { periodSpanAt } from '../../../src/ledger/period.ts'
import type { Period } from '../../../src/model/value/period.ts'
import { periodSpanOf } from '../../../src/testing/reference/ledger-calendar.ts'
import { runs } from '../runs.ts'

const timeZone = fc.constantFrom(
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'America/Havana',
  'Africa/Cairo',
  'Asia/Kathmandu',
  'Asia/Tokyo',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'Pacific/Kiritimati',
)
const period: fc.Arbitrary<Period> = fc.oneof(
  fc.record({ every: fc.constant('day' as const), timeZone }),
  fc.record({ every: fc.constant('week' as const), timeZone, startsOn: fc.integer({ min: 1, max: 7 }) }),
  fc.record({ every: fc.constant('month' as const), timeZone, startsOn: fc.integer({ min: 1, max: 31 }) }),
  fc.record({ every: fc.constantFrom('week' as const, 'month' as const), timeZone }),
)
const instant = fc.integer({ min: Date.UTC(1990, 0, 1), max: Date.UTC(2060, 0, 1) })

test('the reference calendar, which walks from day to day, agrees with the computed one', () => {
  fc.assert(
    fc.property(period, instant, (of, at) => {
      const span = periodSpanOf(of, at)
      expect(span).toEqual(periodSpanAt(of, at))
      expect(periodSpanOf(of, span.startsAt)).toEqual(span)
      expect(periodSpanOf(of, span.endsAt - 1)).toEqual(span)
      expect(periodSpanOf(of, span.endsAt).startsAt).toBe(span.endsAt)
    }),
    runs(400),
  )
})

test('a day starts at its first local instant, which need not be midnight', () => {
  const at = (text: string) => Date.parse(text)
  const daily = (timeZone: string) => ({ every: 'day', timeZone }) as const
  expect(periodSpanOf(daily('Europe/Berlin'), at('2026-10-25T12:00Z'))).toEqual({
    startsAt: at('2026-10-24T22:00Z'),
    endsAt: at('2026-10-25T23:00Z'),
  })
  // The clocks go from midnight to one o'clock.
  expect(periodSpanOf(daily('America/Havana'), at('2026-03-08T12:00Z')).startsAt).toBe(at('2026-03-08T05:00Z'))
  // Samoa skipped 30 December 2011.
  expect(periodSpanOf(daily('Pacific/Apia'), at('2011-12-30T12:00Z')).startsAt).toBe(at('2011-12-30T10:00Z'))
  const monthly = { every: 'month', timeZone: 'UTC', startsOn: 31 } as const
  expect(periodSpanOf(monthly, at('2027-02-28T00:00Z'))).toEqual({
    startsAt: at('2027-02-28T00:00Z'),
    endsAt: at('2027-03-31T00:00Z'),
  })
  const weekly = { every: 'week', timeZone: 'UTC', startsOn: 7 } as const
  expect(periodSpanOf(weekly, at('2026-10-01T00:00Z')).startsAt).toBe(at('2026-09-27T00:00Z'))
})
