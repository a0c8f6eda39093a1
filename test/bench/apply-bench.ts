import { applyParsed } from '../../src/change/apply.ts'
import type { Command } from '../../src/change/message/command.ts'
import { parseReadable } from '../../src/change/message/parse-command.ts'
import type { State } from '../../src/model/state/state.ts'
import { CommandStream } from './command-stream.ts'
import { consume, median, now, quantile, sweep } from './measure.ts'
import type { Population } from './population.ts'

/** Commands as a JSON string. A state accepts all of them in this order. */
export interface CommandList {
  readonly text: string
  readonly count: number
  readonly kinds: number
}

/** Times of a command in microseconds. */
export interface ApplyTimes {
  readonly median: number
  readonly p99: number
  /** The median for each type of command, slowest first. */
  readonly byKind: readonly (readonly [kind: string, median: number])[]
}

/** Commands that this state accepts in order, each with at least one event. */
export function makeCommands(population: Population, state: State, count: number): CommandList {
  const stream = new CommandStream(population)
  const texts: string[] = []
  const kinds = new Set<string>()
  let current = state
  while (texts.length < count) {
    const command = stream.next()
    const applied = applyParsed(command, current)
    if (!applied.ok || applied.events.length === 0) continue
    current = applied.state
    kinds.add(command.type)
    texts.push(JSON.stringify(command))
  }
  return { text: `[${texts.join(',')}]`, count, kinds: kinds.size }
}

/** Times each command by itself. Every round starts from the first state; two rounds warm up. */
export function timeApply(list: CommandList, state: State, rounds: number): ApplyTimes {
  const byKind = new Map<string, number[]>()
  for (let round = -2; round < rounds; round += 1) {
    const commands = JSON.parse(list.text) as Command[]
    sweep()
    timeRound(commands, state, round < 0 ? new Map() : byKind)
  }
  const all = [...byKind.values()].flat()
  const medians = [...byKind].map(([kind, values]) => [kind, median(values)] as const)
  return { median: median(all), p99: quantile(all, 0.99), byKind: medians.sort((a, b) => b[1] - a[1]) }
}

function timeRound(commands: readonly Command[], first: State, times: Map<string, number[]>): void {
  let state = first
  for (const command of commands) {
    const start = now()
    const parsed = parseReadable(command)
    const applied = parsed.ok ? applyParsed(parsed.command, state) : parsed
    const time = 1000 * (now() - start)
    if (!applied.ok) throw new Error(`rejected ${JSON.stringify(command)}: ${JSON.stringify(applied.rejection)}`)
    state = applied.state
    const known = times.get(command.type)
    if (known === undefined) times.set(command.type, [time])
    else known.push(time)
  }
  consume(state.version)
}
