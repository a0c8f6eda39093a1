import type { Engine, Question } from './answer.ts'
import { type QuestionList, readQuestions } from './question.ts'

/** The value that half of the values are below. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

/** The value that this share of the values is below. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort()
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN
}

/** Milliseconds since some instant in the past, to the nanosecond. */
export const now = (): number => performance.now()

let consumed = 0

/** Keeps results alive, so that no engine's work can be left out. */
export function consume(value: number): void {
  consumed = (consumed + value) | 0
}

/** What was consumed, to be printed. */
export const consumedSum = (): number => consumed

/**
 * Collects young garbage, so that no engine pays for another's. Twice, since what survives two collections is old: the
 * waiting questions must not be copied about while an engine is timed, as a gateway has one at a time.
 */
export function sweep(): void {
  const collect = globalThis.gc as ((options?: { type: 'minor' }) => void) | undefined
  collect?.({ type: 'minor' })
  collect?.({ type: 'minor' })
}

/** Nanoseconds for each question, of each engine in each round. */
export type Times = ReadonlyMap<string, readonly number[]>

/**
 * Times rounds in which every engine in turn answers every question, after two that do not count. Each pass gets freshly
 * parsed questions: in a gateway no string of a request has been hashed before.
 */
export function interleave(engines: readonly Engine[], list: QuestionList, rounds: number): Times {
  const times = new Map(engines.map(({ name }) => [name, [] as number[]]))
  for (let round = -2; round < rounds; round += 1) {
    for (let i = 0; i < engines.length; i += 1) {
      const engine = engines[(i + round + 2) % engines.length] as Engine
      const questions = readQuestions(list)
      sweep()
      const time = passOf(engine, questions)
      if (round >= 0) times.get(engine.name)?.push((1e6 * time) / questions.length)
    }
  }
  return times
}

/** Times one pass of every engine over each list, none of whose questions it has been asked before. */
export function interleaveOnce(engines: readonly Engine[], lists: readonly QuestionList[]): Times {
  const times = new Map(engines.map(({ name }) => [name, [] as number[]]))
  for (const [round, list] of lists.entries()) {
    for (let i = 0; i < engines.length; i += 1) {
      const engine = engines[(i + round) % engines.length] as Engine
      const questions = readQuestions(list)
      sweep()
      times.get(engine.name)?.push((1e6 * passOf(engine, questions)) / questions.length)
    }
  }
  return times
}

/** The median over rounds of how many times as long one engine takes as the other: noise of a whole round cancels out. */
export function ratioOf(times: Times, one: string, other: string): number {
  const others = times.get(other) ?? []
  return median((times.get(one) ?? []).map((time, round) => time / (others[round] ?? Number.NaN)))
}

function passOf({ decide }: Engine, questions: readonly Question[]): number {
  let sum = 0
  const start = now()
  for (const question of questions) {
    const answer = decide(question)
    if (answer.effect === 'allow') sum += answer.routes.length
  }
  const time = now() - start
  consume(sum)
  return time
}
