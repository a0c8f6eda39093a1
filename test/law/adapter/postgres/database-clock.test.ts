import { expect, test } from 'vitest'
import { DatabaseClock } from '../../../../src/adapter/postgres/client/database-clock.ts'

/** Makes a simulated machine, whose two clocks the test can move, and a database with a correct clock. */
function machine() {
  const at = { steady: 5_000, wall: 1_000_000, database: 7_000_000 }
  const clock = new DatabaseClock(
    () => at.steady,
    () => at.wall,
  )
  const pass = (milliseconds: number) => {
    at.steady += milliseconds
    at.wall += milliseconds
    at.database += milliseconds
  }
  /** Simulates sleep of the machine: the monotonic clock stops, and the system time advances. */
  const sleep = (milliseconds: number) => {
    at.wall += milliseconds
    at.database += milliseconds
  }
  const ask = (during: () => void = () => undefined) => {
    const sentAt = clock.start()
    pass(1)
    const answer = at.database
    during()
    pass(1)
    clock.observe(sentAt, answer)
  }
  return { at, clock, pass, sleep, ask }
}

test('the time is that of the database, to within a round trip', () => {
  const { at, clock, pass, ask } = machine()
  expect(clock.isUncertain).toBe(true)
  ask()
  expect(clock.isUncertain).toBe(false)
  pass(90_000)
  expect(Math.abs(clock.now() - at.database)).toBeLessThanOrEqual(2)
})

test('the clock is uncertain once the machine has slept, and right again after the next result', () => {
  const { at, clock, sleep, ask } = machine()
  ask()
  sleep(600_000)
  expect(clock.isUncertain).toBe(true)
  ask()
  expect(clock.isUncertain).toBe(false)
  expect(Math.abs(clock.now() - at.database)).toBeLessThanOrEqual(2)
})

test('a result that was in transit while the machine slept is not used as a measurement', () => {
  const { at, clock, sleep, ask } = machine()
  ask()
  ask(() => sleep(600_000))
  expect(clock.isUncertain).toBe(true)
  ask()
  expect(clock.isUncertain).toBe(false)
  expect(Math.abs(clock.now() - at.database)).toBeLessThanOrEqual(2)
})

test('setting the date makes the clock uncertain, and does not change its time', () => {
  const { at, clock, ask } = machine()
  ask()
  at.wall -= 86_400_000
  expect(clock.isUncertain).toBe(true)
  ask()
  expect(clock.isUncertain).toBe(false)
  expect(Math.abs(clock.now() - at.database)).toBeLessThanOrEqual(2)
})
