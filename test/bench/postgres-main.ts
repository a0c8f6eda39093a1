import { cpus, loadavg } from 'node:os'
import pg from 'pg'
import { createPostgresCreditLedger, fromPool, migrate, type SqlClient } from '../../src/adapter/postgres/index.ts'
import type { CreditLedger } from '../../src/ledger/index.ts'
import {
  type CycleSpeed,
  type LedgerCycle,
  ledgerCycle,
  measureCycle,
} from '../../src/testing/conformance/ledger/ledger-speed.ts'
import { startPostgres } from '../conformance/postgres-server.ts'
import { median } from './measure.ts'
import { naiveCycle, naiveSchema, stepwiseCycle } from './postgres-naive.ts'
import { type Target, writeTable, writeTargets } from './report.ts'

/**
 * `npm run bench:postgres` measures the ledger on its own durable PostgreSQL server, with one hot wallet, within two minutes.
 * Competitors take turns in one process, and the median of the rounds is reported. `-- --quick` only checks that it runs.
 */
const isQuick = process.argv.includes('--quick')
const rounds = isQuick ? 1 : 3
const roundTime = isQuick ? 300 : 2_500
const grown = isQuick ? 2_000 : 100_000

const wallet = { type: 'team', id: 'hot', incarnation: 1 } as const
const print = (text: string): void => void process.stdout.write(`${text}\n`)

let names = 0

/** Runs cycles with this many concurrent callers for this many milliseconds. */
function drive(cycle: LedgerCycle, callers: number, milliseconds: number): Promise<CycleSpeed> {
  names += 1
  return measureCycle(cycle, { name: String(names), callers, milliseconds })
}

function medianRun(runs: readonly CycleSpeed[]): CycleSpeed {
  const of = (pick: (run: CycleSpeed) => number) => median(runs.map(pick))
  return {
    callers: of((run) => run.callers),
    cycles: of((run) => run.cycles),
    rate: of((run) => run.rate),
    p50: of((run) => run.p50),
    p99: of((run) => run.p99),
  }
}

/** A recorded statement that writes, to be replayed without the library. */
type Statement = readonly [text: string, values: readonly (string | null)[]]

/** Opens a ledger with ample credits in a new schema. `recorded` collects the statements that write. */
async function openLedger(pool: pg.Pool, schema: string, recorded?: Statement[], batchLimit = 256) {
  const plain = fromPool(pool)
  await migrate(plain, { schema })
  const query: SqlClient['query'] = (text, values) => {
    if (recorded !== undefined && /\.(commit|create_wallet_rows)\(/.test(text)) recorded.push([text, values])
    return plain.query(text, values)
  }
  const ledger = createPostgresCreditLedger({ client: { ...plain, query }, schema, batchLimit })
  await ledger.grant({ key: 'credit', wallet, amount: 4_000_000_000_000_000_000n })
  const cycle = ledgerCycle(ledger, wallet)
  return { ledger, cycle }
}

/** A cycle that uses `count` wallets in turn. */
async function overMany(ledger: CreditLedger, count: number): Promise<LedgerCycle> {
  const wallets = Array.from(
    { length: count },
    (_, i) => ({ type: 'team', id: `one of many ${i}`, incarnation: 1 }) as const,
  )
  await Promise.all(wallets.map((one) => ledger.grant({ key: one.id, wallet: one, amount: 4_000_000_000_000_000n })))
  const cycles = wallets.map((one) => ledgerCycle(ledger, one))
  let next = 0
  return {
    reserve: (hold) => {
      next = (next + 1) % count
      return (cycles[next] as LedgerCycle).reserve(hold)
    },
    settle: (hold) => (cycles[0] as LedgerCycle).settle(hold),
  }
}

/** Replays recorded statements on an empty schema: the rate that the database reaches without the library. */
async function sendAgain(pool: pg.Pool, statements: readonly Statement[], from: string, to: string, pairs: number) {
  const client = fromPool(pool)
  await migrate(client, { schema: to })
  const start = performance.now()
  for (const [text, values] of statements) await client.query(text.replace(`"${from}"`, `"${to}"`), values)
  return pairs / ((performance.now() - start) / 1_000)
}

/** The median time in milliseconds of lone settles of these holds. */
async function timeSettles(cycle: LedgerCycle, holds: readonly string[]): Promise<number> {
  const times: number[] = []
  for (const hold of holds) {
    const start = performance.now()
    await cycle.settle(hold)
    times.push(performance.now() - start)
  }
  return median(times)
}

/** Times settles on tables that were empty when their plans were made, and were never analyzed. */
async function timeGrowth(pool: pg.Pool): Promise<{ readonly small: number; readonly large: number }> {
  const { ledger, cycle } = await openLedger(pool, 'grown')
  for (const table of ['wallet', 'lot', 'hold', 'hold_ancestor', 'key', 'entry_block']) {
    await pool.query(`alter table grown.${table} set (autovacuum_enabled = off)`)
  }
  const reserve = async (from: number, to: number) => {
    for (let i = from; i < to; i += 2_000) {
      const ends = Math.min(to, i + 2_000)
      await Promise.all(Array.from({ length: ends - i }, (_, j) => cycle.reserve(`grown-${i + j}`)))
    }
  }
  const pick = (from: number, step: number) => Array.from({ length: 200 }, (_, i) => `grown-${from + i * step}`)
  // A second ledger, whose cache is empty, has to load each hold.
  const settleElsewhere = async (holds: readonly string[]) => {
    const stranger = createPostgresCreditLedger({ client: fromPool(pool), schema: 'grown' })
    const time = await timeSettles(
      { ...cycle, settle: async (hold) => void (await stranger.settle({ hold, amount: 60n })) },
      holds,
    )
    await stranger.close()
    return time
  }
  await reserve(0, 500)
  await settleElsewhere(pick(0, 1))
  const small = await settleElsewhere(pick(200, 1))
  await reserve(500, grown)
  await ledger.close()
  const large = await settleElsewhere(pick(1_000, Math.floor((grown - 1_000) / 200)).slice(0, 199))
  return { small, large }
}

async function run(): Promise<void> {
  const server = await startPostgres()
  const pool = new pg.Pool({ connectionString: server.url, max: 32 })
  pool.on('error', () => undefined)
  const { rows } = await pool.query(
    "select version() as version, current_setting('fsync') as fsync, current_setting('synchronous_commit') as sync",
  )
  print(`node ${process.version}, ${cpus().length} cores, load ${loadavg()[0]?.toFixed(1)}`)
  print(
    `${String(rows[0].version).split(' on ')[0]}, fsync ${rows[0].fsync}, synchronous_commit ${rows[0].sync}, loopback\n`,
  )
  await pool.query(naiveSchema)
  const naive = naiveCycle(pool)
  const stepwise = stepwiseCycle(pool)
  const { ledger, cycle } = await openLedger(pool, 'hot')
  const single = await openLedger(pool, 'single', undefined, 1)
  await drive(naive, 32, roundTime / 5)
  await drive(cycle, 256, roundTime)

  const runs = {
    naive: [] as CycleSpeed[],
    stepwise: [] as CycleSpeed[],
    single: [] as CycleSpeed[],
    ours: [] as CycleSpeed[],
    naiveAlone: [] as CycleSpeed[],
    stepwiseAlone: [] as CycleSpeed[],
    oursAlone: [] as CycleSpeed[],
  }
  const many = await overMany(ledger, 1_000)
  const ours64: CycleSpeed[] = []
  const oursMany: CycleSpeed[] = []
  const shares: number[] = []
  const alone: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    runs.naive.push(await drive(naive, 256, roundTime))
    runs.ours.push(await drive(cycle, 256, roundTime))
    runs.stepwise.push(await drive(stepwise, 256, roundTime))
    runs.single.push(await drive(single.cycle, 256, roundTime / 2))
    oursMany.push(await drive(many, 256, roundTime / 2))
    ours64.push(await drive(cycle, 64, roundTime / 2))
    runs.naiveAlone.push(await drive(naive, 1, roundTime / 2))
    runs.stepwiseAlone.push(await drive(stepwise, 1, roundTime / 2))
    runs.oursAlone.push(await drive(cycle, 1, roundTime / 2))
    const statements: Statement[] = []
    const recorded = await openLedger(pool, `recorded_${round}`, statements)
    const measured = await drive(recorded.cycle, 256, roundTime)
    const again = await sendAgain(pool, statements, `recorded_${round}`, `again_${round}`, measured.cycles)
    await recorded.ledger.close()
    shares.push(measured.rate / again)
    alone.push(again)
  }
  const violations = await ledger.verify()
  await ledger.close()
  await single.ledger.close()
  const growth = await timeGrowth(pool)
  const [one, steps, unbatched, ours, naive1, steps1, ours1, ours64m] = [
    runs.naive,
    runs.stepwise,
    runs.single,
    runs.ours,
    runs.naiveAlone,
    runs.stepwiseAlone,
    runs.oursAlone,
    ours64,
  ].map(medianRun) as [CycleSpeed, CycleSpeed, CycleSpeed, CycleSpeed, CycleSpeed, CycleSpeed, CycleSpeed, CycleSpeed]

  const row = (name: string, { rate, p50, p99 }: CycleSpeed) => [
    name,
    rate.toFixed(0),
    `${p50.toFixed(2)} ms`,
    `${p99.toFixed(2)} ms`,
  ]
  print(
    writeTable([
      ['one hot wallet, reserve and settle', 'cycles a second', 'p50 of a call', 'p99 of a call'],
      row('256 callers, ledger', ours),
      row('256 callers, the same ledger, one transaction a call', unbatched),
      row('256 callers, one transaction a call, of one statement', one),
      row('256 callers, one transaction a call, step by step', steps),
      ['256 callers, the same statements without the library', median(alone).toFixed(0), '', ''],
      row('64 callers, ledger', ours64m),
      row('256 callers and 1,000 wallets, ledger', medianRun(oursMany)),
      row('1 caller, ledger', ours1),
      row('1 caller, one transaction a call, of one statement', naive1),
      row('1 caller, one transaction a call, step by step', steps1),
    ]),
  )
  print(`\nsettle alone: ${growth.small.toFixed(2)} ms with 500 holds, ${growth.large.toFixed(2)} ms with ${grown}`)
  print(`violations: ${violations.length}\n`)
  const target = (name: string, measured: number, bound: Target['bound'], limit: number): Target => {
    return { name, measured, unit: '×', bound, limit }
  }
  const targets = [
    target('256 callers against the same ledger, one transaction a call', ours.rate / unbatched.rate, 'at least', 30),
    target('256 callers against one transaction a call, step by step', ours.rate / steps.rate, 'at least', 30),
    target('256 callers against one transaction a call, of one statement', ours.rate / one.rate, 'at least', 30),
    target('of the same statements without the library', median(shares), 'at least', 0.7),
    target('p99 against the p50 of one transaction a call, of one statement', ours.p99 / one.p50, 'at most', 1),
    target('1 caller against one transaction a call, step by step', ours1.rate / steps1.rate, 'at least', 1),
    target('1 caller against one transaction a call, of one statement', ours1.rate / naive1.rate, 'at least', 1),
    target('settle on a table that grew from empty', growth.large / growth.small, 'at most', 1.5),
  ]
  print(isQuick ? 'too little for these numbers to mean anything' : writeTargets(targets))
  await pool.end()
  await server.close()
}

await run()
