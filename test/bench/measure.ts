import type { BenchRequest, Engine } from './engine.ts'
import { type RequestList, readRequests } from './request.ts'

/** The median. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

/** The quantile at a share from 0 to 1. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort()
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN
}

/** Monotonic time in milliseconds, with a fraction. */
export const now = (): number => performance.now()

let consumed = 0

/** Uses a result, so that the JavaScript engine cannot optimize its computation away. */
export function consume(value: number): void {
  consumed = (consumed + value) | 0
}

/** The sum of all consumed values, to be printed. */
export const consumedSum = (): number => consumed

/**
 * Collects young garbage, so that no engine pays for another's. Twice, because objects that survive two collections become
 * old: the prepared requests are then not copied while an engine is timed.
 */
export function sweep(): void {
  const collect = globalThis.gc as ((options?: { type: 'minor' }) => void) | undefined
  collect?.({ type: 'minor' })
  collect?.({ type: 'minor' })
}

/** Nanoseconds per request, by engine and round. */
export type Times = ReadonlyMap<string, readonly number[]>

/**
 * Times rounds in which every engine in turn decides every request, after two warm-up rounds. Each pass gets freshly parsed
 * requests, because in a gateway the strings of a request have not been hashed before.
 */
export function interleave(engines: readonly Engine[], list: RequestList, rounds: number): Times {
  const times = new Map(engines.map(({ name }) => [name, [] as number[]]))
  for (let round = -2; round < rounds; round += 1) {
    for (let i = 0; i < engines.length; i += 1) {
      const engine = engines[(i + round + 2) % engines.length] as Engine
      const requests = readRequests(list)
      sweep()
      const time = passOf(engine, requests)
      if (round >= 0) times.get(engine.name)?.push((1e6 * time) / requests.length)
    }
  }
  return times
}

/** Times one pass of every engine over each list. Every list must be new to the engines. */
export function interleaveOnce(engines: readonly Engine[], lists: readonly RequestList[]): Times {
  const times = new Map(engines.map(({ name }) => [name, [] as number[]]))
  for (const [round, list] of lists.entries()) {
    for (let i = 0; i < engines.length; i += 1) {
      const engine = engines[(i + round) % engines.length] as Engine
      const requests = readRequests(list)
      sweep()
      times.get(engine.name)?.push((1e6 * passOf(engine, requests)) / requests.length)
    }
  }
  return times
}

/** The ratio of two engines' times: the median of the ratios per round, so that noise of a whole round cancels out. */
export function ratioOf(times: Times, one: string, other: string): number {
  const others = times.get(other) ?? []
  return median((times.get(one) ?? []).map((time, round) => time / (others[round] ?? Number.NaN)))
}

function passOf({ decide }: Engine, requests: readonly BenchRequest[]): number {
  let sum = 0
  const start = now()
  for (const request of requests) {
    const answer = decide(request)
    if (answer.effect === 'allow') sum += answer.routes.length
  }
  const time = now() - start
  consume(sum)
  return time
}
