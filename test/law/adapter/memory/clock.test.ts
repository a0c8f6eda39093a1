import { expect, test } from 'vitest'
import { createMemoryClock, systemClock } from '../../../../src/adapter/memory/index.ts'
import { Instant } from '../../../../src/model/value/instant.ts'

test('the system clock shows the time of the machine', () => {
  const before = Date.now()
  const at = systemClock.now()
  expect(at).toBeGreaterThanOrEqual(before)
  expect(at).toBeLessThanOrEqual(Date.now())
  expect(Instant.safeParse(at).success).toBe(true)
})

test('a memory clock stands still until it is moved', () => {
  const clock = createMemoryClock(5)
  expect([clock.now(), clock.now()]).toEqual([5, 5])
  clock.advance(10)
  expect(clock.now()).toBe(15)
  clock.advance(-3)
  expect(clock.now()).toBe(12)
  clock.set(1)
  expect(clock.now()).toBe(1)
  expect(createMemoryClock().now()).toBe(0)
})

test.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 8.64e15 + 1])('a memory clock never shows %s', (wrong) => {
  const clock = createMemoryClock(5)
  expect(() => clock.set(wrong)).toThrow(RangeError)
  expect(() => clock.advance(wrong - 5)).toThrow(RangeError)
  expect(() => createMemoryClock(wrong)).toThrow(RangeError)
  expect(clock.now()).toBe(5)
})
