import { setImmediate as turn } from 'node:timers/promises'
import pg from 'pg'
import { createMemoryCreditLedger, createMemoryRepository } from '../../src/adapter/memory/index.ts'
import {
  createPostgresCreditLedger,
  createPostgresRepository,
  fromPool,
  migrate,
  migratePolicy,
} from '../../src/adapter/postgres/index.ts'
import { fromSnapshot } from '../../src/model/snapshot/from-snapshot.ts'
import { snapshotSchema } from '../../src/model/snapshot/snapshot.ts'
import { snapshotParts } from '../../src/model/snapshot/snapshot-parts.ts'
import { kinds } from '../../src/model/state/state.ts'
import type { CreditLedger } from '../../src/port/credit-ledger.ts'
import type { Repository } from '../../src/port/repository.ts'
import { createEngine, type Engine } from '../../src/runtime/index.ts'
import { startPostgres } from '../conformance/postgres-server.ts'
import { callByEngine, callByHand, foundPolicy, system } from './engine-world.ts'
import { median, quantile } from './measure.ts'
import { large, makePopulation } from './population.ts'

/*
 * `npm run bench:engine` measures the engine against the same calls by hand. `-- --small` omits a million principals, `-- --quick`
 * only checks that it runs.
 */
const isQuick = process.argv.includes('--quick')
const isSmall = isQuick || process.argv.includes('--small')
const rounds = isQuick ? 1 : 7
const print = (text: string): void => void process.stdout.write(`${text}\n`)

let names = 0
const hold = (): string => {
  names += 1
  return `hold ${names}`
}

/** The CPU time of a task in nanoseconds for each of `count` calls. */
async function timePerCall(count: number, task: () => Promise<void>): Promise<number> {
  const start = process.cpuUsage()
  for (let i = 0; i < count; i += 1) await task()
  const { user, system: kernel } = process.cpuUsage(start)
  return ((user + kernel) * 1_000) / count
}

async function inMemory(): Promise<void> {
  const ledger = createMemoryCreditLedger()
  const engine = createEngine({ repository: createMemoryRepository(), ledger })
  await foundPolicy(engine)
  const count = isQuick ? 500 : 20_000
  const times: { readonly engine: number; readonly hand: number }[] = []
  for (let round = -2; round < rounds; round += 1) {
    const byEngine = await timePerCall(count, () => callByEngine(engine))
    const byHand = await timePerCall(count, () => callByHand(engine, ledger, hold()))
    if (round >= 0) times.push({ engine: byEngine, hand: byHand })
  }
  await engine.close()
  const [byEngine, byHand] = [median(times.map((each) => each.engine)), median(times.map((each) => each.hand))]
  const ratio = median(times.map((each) => each.engine / each.hand))
  print(`memory, admit + settle : authorize + reserve + settle   ${ratio.toFixed(2)} : 1 (at most 2)`)
  print(`  ${byEngine.toFixed(0)} ns : ${byHand.toFixed(0)} ns of CPU time`)
}

/** The calls a second of `callers` concurrent callers. */
async function drive(callers: number, milliseconds: number, call: () => Promise<void>): Promise<number> {
  const start = performance.now()
  const one = async (): Promise<number> => {
    let calls = 0
    for (; performance.now() - start < milliseconds; calls += 1) await call()
    return calls
  }
  const calls = await Promise.all(Array.from({ length: callers }, one))
  return calls.reduce((sum, each) => sum + each, 0) / ((performance.now() - start) / 1_000)
}

interface Opened {
  readonly repository: Repository
  readonly ledger: CreditLedger
  readonly engine: Engine
  close(): Promise<void>
}

async function openOnPostgres(url: string): Promise<Opened> {
  const pool = new pg.Pool({ connectionString: url, max: 8 })
  pool.on('error', () => undefined)
  const client = fromPool(pool)
  await migrate(client)
  await migratePolicy(client)
  const repository = createPostgresRepository({ client })
  const ledger = createPostgresCreditLedger({ client })
  const engine = createEngine({ repository, ledger })
  const close = async (): Promise<void> => {
    await engine.close()
    await repository.close()
    await ledger.close()
    await pool.end()
  }
  return { repository, ledger, engine, close }
}

async function onPostgres(one: Opened): Promise<void> {
  const { engine, ledger } = one
  const ratios: number[] = []
  const time = isQuick ? 200 : 2_500
  for (let round = -1; round < rounds; round += 1) {
    const byHand = await drive(256, time, () => callByHand(engine, ledger, hold()))
    const byEngine = await drive(256, time, () => callByEngine(engine))
    if (round >= 0) ratios.push(byHand / byEngine)
  }
  print(
    `PostgreSQL, 256 callers, the ledger alone : the engine     ${median(ratios).toFixed(2)} : 1 calls a second (at most 1.25)`,
  )
}

/** The time from the start of a command on one engine until another engine has it. */
async function propagation({ engine }: Opened, other: Engine): Promise<void> {
  await other.ready()
  const times: number[] = []
  for (let i = 0; i < (isQuick ? 10 : 300); i += 1) {
    const start = performance.now()
    const executed = await engine.execute({ type: 'CreateUser', user: `user ${i}` }, system)
    if (!executed.ok) throw new Error(executed.reason)
    while (other.status().version < executed.version) await turn()
    times.push(performance.now() - start)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  const [p50, p99] = [quantile(times, 0.5), quantile(times, 0.99)]
  print(
    `a command is on another node after ${p50.toFixed(1)} ms at the median (at most 50), ${p99.toFixed(1)} ms at the 99th percentile`,
  )
}

async function follow(title: string, repository: Repository, engine: Engine): Promise<void> {
  const count = isQuick ? 1_000 : 20_000
  const first = await repository.version()
  await engine.waitFor(first)
  const actor = { type: 'system' } as const
  const start = performance.now()
  for (let from = 0; from < count; from += 100) {
    const events = Array.from({ length: 100 }, (_, i) => {
      return { type: 'UserCreated', actor, at: Date.now(), user: `${title} ${from + i}`, metered: false } as const
    })
    await repository.commit({ events, schema: 1, expectedVersion: first + from })
  }
  while (engine.status().version < first + count) await turn()
  const rate = count / ((performance.now() - start) / 1_000)
  print(`${title}: a follower applies ${rate.toFixed(0)} events a second, with their commits (at least 5,000)`)
}

/** The time from the start of an engine until it decides, with a snapshot of this many principals, each with a credential. */
async function startUp(principals: number, bound: number): Promise<void> {
  const share = principals / (large.users + large.teams + large.virtualAccounts)
  const teams = Math.round(large.teams * share)
  const virtualAccounts = Math.round(large.virtualAccounts * share)
  const users = principals - teams - virtualAccounts
  const size = { ...large, name: `${principals}`, users, teams, virtualAccounts }
  const population = makePopulation(size)
  const version = kinds.reduce((sum, kind) => sum + population[kind].length, 0)
  const restored = fromSnapshot({ format: 'portcullis', schema: snapshotSchema, version, ...population })
  if (!restored.ok) throw new Error(JSON.stringify(restored.faults[0]))
  const repository = createMemoryRepository()
  await repository.saveSnapshot({ version, schema: snapshotSchema, parts: [...snapshotParts(restored.state)] })
  globalThis.gc?.()
  const start = performance.now()
  const engine = createEngine({ repository })
  const isReady = await engine.ready(120_000)
  const seconds = (performance.now() - start) / 1_000
  print(
    `start from a snapshot of ${principals} principals: ${seconds.toFixed(2)} s (at most ${bound}), ${isReady ? 'ready' : 'NOT READY'}`,
  )
  await engine.close()
}

await inMemory()
const memory = createMemoryRepository()
const follower = createEngine({ repository: memory })
await follow('memory', memory, follower)
await follower.close()
await startUp(isQuick ? 1_000 : 100_000, 2)
const server = await startPostgres()
try {
  const one = await openOnPostgres(server.url)
  const two = await openOnPostgres(server.url)
  await foundPolicy(one.engine)
  await onPostgres(one)
  await propagation(one, two.engine)
  await follow('PostgreSQL', one.repository, two.engine)
  await one.close()
  await two.close()
} finally {
  await server.close()
}
if (!isSmall) await startUp(1_000_000, 20)
