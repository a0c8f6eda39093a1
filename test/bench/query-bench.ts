import { apply } from '../../src/change/apply.ts'
import type { Command } from '../../src/change/message/command.ts'
import type { State } from '../../src/model/state/state.ts'
import { idsOf, rowsOf, type Table } from '../../src/model/table/table.ts'
import { authorize } from '../../src/policy/authorize.ts'
import type { Who } from '../../src/policy/request/request.ts'
import { diffAccess } from '../../src/query/diff/diff-access.ts'
import { preview } from '../../src/query/diff/preview.ts'
import { listModels } from '../../src/query/list-models.ts'
import { whoCanUse } from '../../src/query/who/who-can-use.ts'
import { CommandStream } from './command-stream.ts'
import { morning } from './maker.ts'
import { consume, median, now, quantile, sweep } from './measure.ts'
import type { Population } from './population.ts'
import type { Random } from './random.ts'

/** The times of a query and of a loop over `authorize` that returns the same. */
export interface QueryTimes {
  readonly query: string
  /** The unit of its results. */
  readonly unit: string
  /** The number of results in that unit. */
  readonly answers: number
  /** Nanoseconds per result. */
  readonly each: number
  /** Nanoseconds per result of the loop. */
  readonly naive: number
}

/** Every requestable name of a state. */
export function namesOf(state: State): string[] {
  const concrete = [...rowsOf(state.providerAccounts)].flatMap(({ id, models }) =>
    [...idsOf(models)].map((model) => `${id}/${model}`),
  )
  return [...idsOf(state.modelAliases), ...concrete]
}

/** Times `listModels` for many callers. The loop decides every name, for a sample of the callers. */
export function timeList(state: State, population: Population, random: Random, callers: number): QueryTimes {
  const who = [
    ...random.sample(population.users, callers).map(({ id }): Who => ({ type: 'user', id })),
    ...random.sample(population.teams, callers).map(({ id }): Who => ({ type: 'team', id })),
  ]
  const at = morning
  const names = namesOf(state)
  let answers = 0
  const list = (one: Who): number => {
    const found = listModels(one, state, { at })
    return found.ok ? found.models.length : 0
  }
  for (const one of who) answers += list(one)
  const time = fastest(5, () => {
    for (const one of who) consume(list(one))
  })
  const few = who.filter((_, i) => i % Math.ceil(who.length / 20) === 0)
  let found = 0
  const loop = fastest(2, () => {
    found = 0
    for (const one of few) found += names.reduce((sum, model) => sum + gives(one, model, state), 0)
  })
  return { query: 'listModels', unit: 'model', answers, each: (1e6 * time) / answers, naive: (1e6 * loop) / found }
}

/** Times `whoCanUse` for some names. The loop decides the first name for every tenth principal. */
export function timeWho(state: State, names: readonly string[]): QueryTimes {
  const at = morning
  const count = (name: string): number => {
    const found = whoCanUse(name, state, { at })
    let counted = 0
    if (found.ok) for (const _ of found.principals) counted += 1
    return counted
  }
  const answers = names.reduce((sum, name) => sum + count(name), 0)
  const time = fastest(3, () => consume(names.reduce((sum, name) => sum + count(name), 0)))
  const [first = ''] = names
  let found = 0
  const loop = fastest(1, () => {
    found = 0
    for (const id of tenthOf(state.users)) found += gives({ type: 'user', id }, first, state)
    for (const id of tenthOf(state.teams)) found += gives({ type: 'team', id }, first, state)
    for (const id of tenthOf(state.virtualAccounts)) found += gives({ type: 'virtualAccount', id }, first, state)
  })
  return { query: 'whoCanUse', unit: 'principal', answers, each: (1e6 * time) / answers, naive: (1e6 * loop) / found }
}

function* tenthOf(table: Table<unknown>): IterableIterator<string> {
  let i = 0
  for (const id of idsOf(table)) {
    if (i % 10 === 0) yield id
    i += 1
  }
}

function gives(who: Who, model: string, state: State): number {
  const decision = authorize({ type: 'use', who, model, at: morning }, state)
  return decision.effect === 'allow' || decision.reason === 'payer_ambiguous' ? 1 : 0
}

/** The times of a query about one command, in milliseconds. `share` is the share of times below 10 ms. */
export interface CommandTimes {
  readonly query: 'diffAccess' | 'preview'
  readonly median: number
  readonly p90: number
  readonly share: number
  /** Milliseconds of the loop over every principal and name, before and after. Extrapolated from a sample. */
  readonly naive: number
  readonly byKind: readonly (readonly [kind: string, median: number])[]
}

/** Times `diffAccess` of the states before and after each command of a busy day, and `preview` of the same commands. */
export function timeCommands(state: State, population: Population, count: number): readonly CommandTimes[] {
  const diffs = new Map<string, number[]>()
  const previews = new Map<string, number[]>()
  const stream = new CommandStream(population)
  const decisions = 2 * namesOf(state).length * (state.users.size + state.teams.size + state.virtualAccounts.size)
  for (let i = 0; i < count; ) {
    const command = stream.next()
    const applied = apply(command, state)
    if (!applied.ok || applied.events.length === 0) continue
    const kind = kindOf(command)
    // The first tenth warms up.
    const isCounted = i >= count / 10
    i += 1
    if (i % 20 === 0) sweep()
    const compared = stopwatch(() => diffAccess(state, applied.state, { at: command.at }))
    const foreseen = stopwatch(() => preview([command], state, { at: command.at }))
    if (isCounted) {
      diffs.set(kind, [...(diffs.get(kind) ?? []), compared])
      previews.set(kind, [...(previews.get(kind) ?? []), foreseen])
    }
  }
  const naive = (decisions * decisionTime(state, population)) / 1e6
  return [timesOf('diffAccess', diffs, naive), timesOf('preview', previews, naive)]
}

/** The type of a command, with its type of principal, on which its cost depends. */
function kindOf(command: Command): string {
  if (!('principal' in command)) return command.type
  return `${command.type} (${command.principal.type})`
}

function timesOf(query: CommandTimes['query'], byKind: Map<string, number[]>, naive: number): CommandTimes {
  const all = [...byKind.values()].flat()
  const medians = [...byKind].map(([kind, values]) => [kind, median(values)] as const)
  return {
    query,
    median: median(all),
    p90: quantile(all, 0.9),
    share: all.filter((time) => time < 10).length / all.length,
    naive,
    byKind: medians.sort((a, b) => b[1] - a[1]),
  }
}

/** Nanoseconds per decision of the loop, measured on some teams and every name. */
function decisionTime(state: State, { teams }: Population): number {
  const names = namesOf(state)
  const some = teams.slice(0, 10)
  const time = fastest(2, () => {
    for (const { id } of some) for (const name of names) consume(gives({ type: 'team', id }, name, state))
  })
  return (1e6 * time) / (some.length * names.length)
}

function stopwatch(act: () => unknown): number {
  const start = now()
  const result = act()
  const time = now() - start
  consume(typeof result === 'object' ? 1 : 0)
  return time
}

/** Milliseconds of the fastest of several rounds. */
function fastest(rounds: number, act: () => void): number {
  let best = Number.POSITIVE_INFINITY
  for (let i = 0; i < rounds; i += 1) {
    sweep()
    best = Math.min(best, stopwatch(act))
  }
  return best
}
