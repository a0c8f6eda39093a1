import { expect, test } from 'vitest'
import { prepareCedar, prepareCedarOfTeams } from './cedar-bench.ts'
import { type Effort, prepare } from './decide-bench.ts'
import { small } from './population.ts'
import { prepareTeams } from './team-bench.ts'
import { type TeamWorldSize, teamWorldSizes } from './team-world.ts'

const effort: Effort = { requests: 1_000, cedarRequests: 60, unseen: 10, rounds: 1, commands: 100 }

test('every engine of the benchmark makes the same decisions as the library', () => {
  const { requests, commands } = prepare(small, effort, true)
  expect(requests.count).toBeGreaterThan(900)
  expect(requests.outcomes.size).toBe(17)
  expect(commands.count).toBe(effort.commands)
})

test('Cedar makes the same decisions as the handwritten gateway', () => {
  expect(prepareCedar(small, effort).requests.count).toBeGreaterThan(50)
})

test('every engine answers the questions of a world of teams with the answers computed from its rows', () => {
  const [size] = teamWorldSizes as [TeamWorldSize]
  const { engines, questions } = prepareTeams(size, effort)
  expect(engines).toHaveLength(3)
  expect(questions.list.outcomes.get('yes')).toBeGreaterThan(300)
  expect(questions.list.outcomes.get('no')).toBeGreaterThan(300)
  expect(prepareCedarOfTeams(size, effort).requests.count).toBe(effort.cedarRequests)
})
