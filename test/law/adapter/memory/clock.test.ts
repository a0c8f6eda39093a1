import { expect, test } from 'vitest'
import { createMemoryClock, systemClock } from '../../../../src/adapter/memory/index.ts'
import { firstInstant, Instant, lastInstant } from '../../../../src/model/value/instant.ts'

const start = 1_700_000_000_000

test('the system clock shows the time of the machine', () => {
  const before = Date.now()
  const at = systemClock.now()
  expect(at).toBeGreaterThanOrEqual(before)
  expect(at).toBeLessThanOrEqual(Date.now())
  expect(Instant.safeParse(at).success).toBe(true)
})

test('a memory clock stands still until it is moved', () => {
  const clock = createMemoryClock(start + 5)
  expect([clock.now(), clock.now()]).toEqual([start + 5, start + 5])
  clock.advance(10)
  expect(clock.now()).toBe(start + 15)
  clock.advance(-3)
  expect(clock.now()).toBe(start + 12)
  clock.set(start + 1)
  expect(clock.now()).toBe(start + 1)
  expect(createMemoryClock().now()).toBe(firstInstant)
})

test.each([
  -1,
  0,
  start + 0.5,
  start / 1000,
  start * 1000,
  firstInstant - 1,
  lastInstant + 1,
  Number.NaN,
  Number.POSITIVE_INFINITY,
])('a memory clock never shows %s', (wrong) => {
  const clock = createMemoryClock(start + 5)
  expect(() => clock.set(wrong)).toThrow(RangeError)
  expect(() => clock.advance(wrong - start - 5)).toThrow(RangeError)
  expect(() => createMemoryClock(wrong)).toThrow(RangeError)
  expect(clock.now()).toBe(start + 5)
})
