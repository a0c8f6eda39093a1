import type { Size } from './maker.ts'
import { median, now } from './measure.ts'
import { makePopulation } from './population.ts'
import { readState, writeSnapshot } from './snapshot-text.ts'

/** Times in milliseconds: `load` parses, validates and builds a state from a snapshot, `parse` is `JSON.parse` alone. */
export interface LoadTimes {
  readonly characters: number
  readonly parse: number
  readonly load: number
}

/** Times both in alternation, with a full garbage collection before each. */
export function timeLoad(size: Size, rounds: number): LoadTimes {
  const text = writeSnapshot(makePopulation(size))
  const parses: number[] = []
  const loads: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    parses.push(timed(() => JSON.parse(text)))
    loads.push(timed(() => readState(text)))
  }
  return { characters: text.length, parse: median(parses), load: median(loads) }
}

let kept: unknown

function timed(make: () => unknown): number {
  kept = undefined
  globalThis.gc?.()
  const start = now()
  kept = make()
  const time = now() - start
  if (kept === undefined) throw new Error('nothing was read')
  kept = undefined
  return time
}
