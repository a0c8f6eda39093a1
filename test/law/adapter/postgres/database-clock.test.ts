import { expect, test } from 'vitest'
import { DatabaseClock } from '../../../../src/adapter/postgres/client/database-clock.ts'

/** A machine whose two clocks are moved by hand, and a database whose clock is right. */
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
  /** The machine stands still, and the time does not. */
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

test('the time is that of the database, give or take what an answer takes', () => {
  const { at, clock, pass, ask } = machine()
  expect(clock.isUncertain).toBe(true)
  ask()
  expect(clock.isUncertain).toBe(false)
  pass(90_000)
  expect(Math.abs(clock.now() - at.database)).toBeLessThanOrEqual(2)
})

test('a clock is doubtful once the machine has slept, and right again after the next answer', () => {
  const { at, clock, sleep, ask } = machine()
  ask()
  sleep(600_000)
  expect(clock.isUncertain).toBe(true)
  ask()
  expect(clock.isUncertain).toBe(false)
  expect(Math.abs(clock.now() - at.database)).toBeLessThanOrEqual(2)
})

test('an answer that was on its way while the machine slept is not what the time is told by', () => {
  const { at, clock, sleep, ask } = machine()
  ask()
  ask(() => sleep(600_000))
  expect(clock.isUncertain).toBe(true)
  ask()
  expect(clock.isUncertain).toBe(false)
  expect(Math.abs(clock.now() - at.database)).toBeLessThanOrEqual(2)
})

test('a date that is set makes the clock doubtful and no other time of it', () => {
  const { at, clock, ask } = machine()
  ask()
  at.wall -= 86_400_000
  expect(clock.isUncertain).toBe(true)
  ask()
  expect(clock.isUncertain).toBe(false)
  expect(Math.abs(clock.now() - at.database)).toBeLessThanOrEqual(2)
})
