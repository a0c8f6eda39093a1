import { type ChildProcess, spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createPostgresCreditLedger, fromPool, migrate } from '../../src/adapter/postgres/index.ts'
import { pause } from './network-rig.ts'
import { newSchema } from './postgres-make.ts'
import { type PostgresServer, startPostgres } from './postgres-server.ts'

const schema = newSchema()
const wallet = { type: 'team', id: 'clock', incarnation: 1 } as const
const day = 86_400_000
/**
 * The maximum error in milliseconds of a process's estimate of the database's clock. Large enough for a busy machine.
 */
const slack = 500
const shifts = { straight: 0, ahead: day, behind: -day }
let server: PostgresServer
let pool: pg.Pool
const children: ChildProcess[] = []
beforeAll(async () => {
  server = await startPostgres(['fsync=off'])
  pool = new pg.Pool({ connectionString: server.url, max: 2 })
  pool.on('error', () => undefined)
  await migrate(fromPool(pool), { schema })
})
afterAll(async () => {
  for (const child of children) child.kill()
  await pool.end()
  await server.close()
})

const databaseNow = async (): Promise<number> => {
  const { rows } = await pool.query('select (extract(epoch from clock_timestamp()) * 1000)::float8 as now')
  return rows[0].now
}

/**
 * Returns the source of a module that shifts the system time of a process. The process loads the module before any
 * other.
 */
const shiftDate = (by: number) =>
  `data:text/javascript,${encodeURIComponent(`
    const Real = Date
    globalThis.Date = class Date extends Real {
      constructor(...given) { given.length === 0 ? super(Real.now() + ${by}) : super(...given) }
      static now() { return Real.now() + ${by} }
    }`)}`

/** Starts a process whose system time is shifted. */
function openClient(name: string, by: number) {
  const loader = createRequire(import.meta.url).resolve('tsx')
  const worker = fileURLToPath(new URL('clock-worker.ts', import.meta.url))
  const args = ['--import', shiftDate(by), '--import', loader, worker, server.url, schema, name]
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  children.push(child)
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    hear: async () => JSON.parse((await lines.next()).value ?? 'null'),
    ask: () => child.stdin.write('?\n'),
    end: () => {
      child.stdin.end()
      return new Promise((resolve) => {
        child.once('close', resolve)
      })
    },
  }
}

test('processes whose clocks are a day ahead or behind see and do the same at the same time', async () => {
  const ledger = createPostgresCreditLedger({ client: fromPool(pool), schema })
  const start = await databaseNow()
  await ledger.grant({ key: 'stays', wallet, amount: 100n, priority: 5 })
  await ledger.grant({
    key: 'soon gone',
    wallet,
    amount: 50n,
    expiresAt: Math.floor(start) + 8 * 3_600_000,
    priority: 900,
  })
  const clients = Object.entries(shifts).map(([name, by]) => ({ name, by, client: openClient(name, by) }))
  let lastLapse = 0
  for (const { by, client } of clients) {
    const { date, text, short, long } = await client.hear()
    const now = await databaseNow()
    // The system time of the process is really shifted.
    expect(Math.abs(date - now - by)).toBeLessThan(60_000)
    expect(Math.abs(Date.parse(text) - now - by)).toBeLessThan(60_000)
    expect(short).toMatchObject({ ok: true, replay: false })
    for (const [answer, ttl] of [
      [short, 1_500],
      [long, 3_600_000],
    ]) {
      expect(answer.expiresAt - ttl).toBeGreaterThan(start - slack)
      expect(answer.expiresAt - ttl).toBeLessThan(now + slack)
    }
    lastLapse = Math.max(lastLapse, short.expiresAt)
  }
  await pause(Math.max(0, lastLapse - (await databaseNow())) + slack)
  const seen: Awaited<ReturnType<(typeof clients)[number]['client']['hear']>>[] = []
  for (const { client } of clients) {
    client.ask()
    seen.push(await client.hear())
  }
  seen.forEach((one, i) => {
    expect(one).toMatchObject({
      states: i === 0 ? ['lapsed', 'held'] : ['settled', 'settled'],
      granted: 150,
      expired: 0,
    })
    expect(one.late).toMatchObject({ ok: true, isLate: true })
    expect(one.onTime).toMatchObject({ ok: true, isLate: false })
  })
  expect(seen.map(({ available }) => available)).toEqual([129, 134, 139])
  for (const { client } of clients) await client.end()
  expect(await ledger.balance(wallet)).toMatchObject({ spent: 6n, reserved: 0n, available: 144n })
  expect(await ledger.verify()).toEqual([])
})
