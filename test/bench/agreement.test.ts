import { expect, test } from 'vitest'
import { type Effort, prepare } from './decide-bench.ts'
import { small } from './population.ts'

const effort: Effort = { requests: 1_000, cedarRequests: 60, unseen: 10, rounds: 1, commands: 100 }

test('every engine of the benchmark makes the same decisions as the library', () => {
  const { requests, commands } = prepare(small, effort, true)
  expect(requests.count).toBeGreaterThan(900)
  expect(requests.outcomes.size).toBe(17)
  expect(commands.count).toBe(effort.commands)
})
