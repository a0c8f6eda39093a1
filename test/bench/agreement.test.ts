import { expect, test } from 'vitest'
import { type Effort, prepare } from './decide-bench.ts'
import { small } from './population.ts'

const effort: Effort = { questions: 1_000, cedarQuestions: 60, unseen: 10, rounds: 1, commands: 100 }

test('the benchmark compares engines that give the same answers', () => {
  const { questions, commands } = prepare(small, effort, true)
  expect(questions.count).toBeGreaterThan(900)
  expect(questions.outcomes.size).toBe(17)
  expect(commands.count).toBe(effort.commands)
})
