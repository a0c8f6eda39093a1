import { cpus } from 'node:os'
import type { State } from '../../src/model/state/state.ts'
import { groupsReaching, holdersOfGroup } from '../../src/query/holder.ts'
import { whoCanUsePage } from '../../src/query/who/who-can-use.ts'
import type { Size } from './maker.ts'
import { morning } from './maker.ts'
import { now } from './measure.ts'
import { large, makePopulation, type Population, small } from './population.ts'
import { type CommandTimes, namesOf, type QueryTimes, timeCommands, timeList, timeWho } from './query-bench.ts'
import { Random } from './random.ts'
import { writeTable, writeTime } from './report.ts'
import { readState, writeSnapshot } from './snapshot-text.ts'

/**
 * `npm run bench:query` measures the queries, each against a loop over `authorize` that returns the same. `-- --small` omits the
 * million users, `-- --large` the thousand.
 */
const sizes = process.argv.includes('--small') ? [small] : process.argv.includes('--large') ? [large] : [small, large]
const print = (text: string): void => void process.stdout.write(`${text}\n`)

/** Three aliases: one that many teams hold, one that few hold, and one in between. */
function sampleNames(state: State, { modelAliases }: Population): string[] {
  const counted = modelAliases.slice(0, 400).map(({ id }) => {
    let count = 0
    for (const group of groupsReaching(id, state)) for (const _ of holdersOfGroup(group.id, state).team()) count += 1
    return { id, count }
  })
  const held = counted.filter(({ count }) => count > 0).sort((a, b) => b.count - a.count)
  const used = held.filter(({ id }) => isUsed(id, state))
  return [0.05, 0.5, 0.95].map((share) => used[Math.floor(share * used.length)]?.id ?? '')
}

function isUsed(id: string, state: State): boolean {
  const found = whoCanUsePage(id, state, { at: morning, limit: 1 })
  return found.ok && found.principals.length > 0
}

function measure(size: Size): void {
  const population = makePopulation(size)
  const state = readState(writeSnapshot(population))
  const random = new Random(5)
  const names = sampleNames(state, population)
  const lists = timeList(state, population, random, size === small ? 200 : 100)
  const who = timeWho(state, names)
  const commands = timeCommands(state, population, size === small ? 2000 : 150)
  print(`${size.name}: ${size.users} users, ${size.teams} teams, ${namesOf(state).length} names\n`)
  print(writeTable([['', 'results', 'per result', 'naive loop', 'naive : query'], ...[lists, who].map(rowOf)]))
  print('')
  print(
    writeTable([
      ['of one command', 'median', 'p90', 'below 10 ms', 'naive loop', 'naive : query'],
      ...commands.map(commandRow),
    ]),
  )
  print('')
  for (const { query, byKind } of commands) {
    print(
      `${query}, slowest commands: ${byKind
        .slice(0, 8)
        .map(([kind, time]) => `${kind} ${writeTime(1e6 * time)}`)
        .join(', ')}`,
    )
  }
  print('')
}

function rowOf({ query, unit, answers, each, naive }: QueryTimes): string[] {
  return [`${query}, per ${unit}`, String(answers), writeTime(each), writeTime(naive), `${(naive / each).toFixed(1)} ×`]
}

function commandRow({ query, median: middle, p90, share, naive }: CommandTimes): string[] {
  const percent = `${(100 * share).toFixed(1)} %`
  return [
    query,
    writeTime(1e6 * middle),
    writeTime(1e6 * p90),
    percent,
    writeTime(1e6 * naive),
    `${(naive / middle).toPrecision(2)} ×`,
  ]
}

const start = now()
print(`node ${process.version}, ${cpus().length} cores, ${cpus()[0]?.model ?? 'unknown processor'}\n`)
for (const size of sizes) measure(size)
print(`took ${((now() - start) / 1000).toFixed(0)} s`)
