import { isDeepStrictEqual } from 'node:util'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createMemoryCreditLedger } from '../../src/adapter/memory/index.ts'
import {
  createPostgresCreditLedger,
  fromPglite,
  fromPool,
  migrate,
  type SqlClient,
} from '../../src/adapter/postgres/index.ts'
import { type CreditLedger, LedgerError } from '../../src/ledger/index.ts'
import type { WalletLevel } from '../../src/model/noun/wallet.ts'
import { day, hour, start } from '../../src/testing/conformance/ledger/ledger-fixture.ts'
import { openPglite, type Pglite } from './pglite.ts'
import { newSchema } from './postgres-make.ts'
import { type PostgresServer, startPostgres } from './postgres-server.ts'
import { TwinProgram, type TwinStep, twinWallets } from './twin-program.ts'

/** The number of occurrences of each kind of result. The tests assert that the programs cover every kind. */
const met = new Map<string, number>()
const meet = (what: string) => met.set(what, (met.get(what) ?? 0) + 1)

async function send(ledger: CreditLedger, { write, request }: TwinStep, signal?: AbortSignal): Promise<unknown> {
  const call = Reflect.get(ledger, write) as (request: object, options?: object) => Promise<unknown>
  return await call.call(ledger, request, signal && { signal })
}

/**
 * An in-memory ledger and a PostgreSQL ledger that receive the same writes. Several processes share the PostgreSQL
 * ledger.
 */
class Twins {
  readonly #program: TwinProgram
  readonly #memory: CreditLedger
  readonly #processes: readonly CreditLedger[]
  #now = start

  constructor(seed: number, unit: bigint, clients: readonly SqlClient[], schema: string) {
    this.#program = new TwinProgram(seed, unit)
    const options = { clock: { now: () => this.#now }, idRetention: 2 * day }
    this.#memory = createMemoryCreditLedger(options)
    this.#processes = clients.map((client) => createPostgresCreditLedger({ ...options, client, schema }))
  }

  async live(steps: number, atOnce: number): Promise<void> {
    const { random } = this.#program
    let ahead = this.#program.creation()
    for (let sent = 0; sent < steps; ) {
      const batch =
        ahead.length > 0
          ? ahead
          : Array.from({ length: random.between(1, atOnce) }, () => this.#program.step(this.#now))
      ahead = []
      sent += batch.length
      await this.#sendAll(batch)
      if (random.chance(0.3))
        this.#now += random.pick([0, 1, 999, hour, hour, 5 * hour, day, random.chance(0.1) ? 40 * day : day])
      if (random.chance(0.05)) await this.#process().sweep(random.pick([1, 100]))
      if (random.chance(0.04)) await this.#compare()
    }
    await this.#compare()
  }

  #process(): CreditLedger {
    return this.#program.random.pick(this.#processes)
  }

  async #sendAll(batch: readonly TwinStep[]): Promise<void> {
    const process = this.#process()
    const answers = await Promise.all(batch.map((step) => this.#sendOne(process, step)))
    for (const [i, step] of batch.entries()) {
      const answer = answers[i]
      if (answer === 'not_applied') continue
      const expected = (await send(this.#memory, step)) as {
        readonly ok: boolean
        readonly reason?: string
        replay?: boolean
      }
      if (answer === 'unknown') continue
      meet(`${step.write} ${expected.ok ? (expected.replay ? 'replay' : 'ok') : expected.reason}`)
      expect(
        answer,
        JSON.stringify(step, (_, value) => (typeof value === 'bigint' ? `${value}` : value)),
      ).toEqual(expected)
    }
  }

  /** Sends a step. Returns the result, or for an aborted step the outcome in the error: `not_applied` or `unknown`. */
  async #sendOne(process: CreditLedger, step: TwinStep): Promise<unknown> {
    if (!step.isAborted) return await send(process, step)
    const controller = new AbortController()
    const call = send(process, step, controller.signal)
    const giveUp = () => controller.abort()
    this.#program.random.pick<() => unknown>([
      giveUp,
      () => queueMicrotask(giveUp),
      () => setImmediate(giveUp),
      () => setTimeout(giveUp, 2),
    ])()
    try {
      return await call
    } catch (error) {
      if (!(error instanceof LedgerError) || error.code !== 'call_aborted') throw error
      meet(error.outcome)
      return error.outcome
    }
  }

  /** Asserts that every read returns the same result from both ledgers. */
  async #compare(): Promise<void> {
    const process = this.#process()
    for (const wallet of twinWallets) {
      expect(await process.wallet(wallet)).toEqual(await this.#memory.wallet(wallet))
      await this.#comparePast(process, wallet)
    }
    for (let i = 0; i < 20; i += 1) {
      const hold = this.#program.oldHold()
      expect(await process.hold(hold)).toEqual(await this.#memory.hold(hold))
    }
    for (const ledger of [process, this.#memory]) expect(await ledger.verify()).toEqual([])
  }

  async #comparePast(process: CreditLedger, wallet: WalletLevel): Promise<void> {
    const { random } = this.#program
    const entries = await statement(this.#memory, wallet)
    expect(isDeepStrictEqual(await statement(process, wallet), entries), `statement of ${JSON.stringify(wallet)}`).toBe(
      true,
    )
    if (entries.length > 0) meet('statement')
    const at = entries.length === 0 ? start : (random.pick(entries) as { at: number }).at
    const sequence = random.below(entries.length + 2)
    for (const when of [{ sequence }, { sequence: sequence + 0.5 }, { at }, { at: at - 1 }, { at: at + 0.5 }]) {
      expect(await process.balance(wallet, when)).toEqual(await this.#memory.balance(wallet, when))
    }
    const after = random.pick([sequence, sequence + 0.5, -3, Number.NaN, 2 ** 63, -1e300, Number.POSITIVE_INFINITY])
    expect(await statement(process, wallet, after)).toEqual(await statement(this.#memory, wallet, after))
  }
}

async function statement(ledger: CreditLedger, wallet: WalletLevel, after = 0): Promise<readonly unknown[]> {
  const entries: unknown[] = []
  for await (const entry of ledger.statement(wallet, after)) entries.push(entry)
  return entries
}

/** A very large unit of credits: 101 units exceed 2^63 - 1, the largest bigint of PostgreSQL. */
const huge = 2n ** 63n / 100n

async function live(clients: readonly SqlClient[], seed: number, unit: bigint, steps: number, atOnce: number) {
  const [client, schema] = [clients[0] as SqlClient, newSchema()]
  await migrate(client, { schema })
  await new Twins(seed, unit, clients, schema).live(steps, atOnce)
  const { rows } = await client.query(foundTooLate.replaceAll('{schema}', `"${schema}"`), [])
  expect(rows).toEqual([])
}

/**
 * SQL: selects wallets whose `due_at` is later than their next due item, so that a sweep would find them too late. Nothing
 * is due for the lot of a dormant allowance, which is live after its expiry.
 */
const foundTooLate = `select w.id from {schema}.wallet w where coalesce(w.due_at, 9e18) > least(
  (select min(h.expires_at) from {schema}.hold h
    where h.state = 'held' and w.number::text = any (string_to_array(h.path, ','))),
  (select min(case l.state when 'scheduled' then l.effective_at else l.expires_at end) from {schema}.lot l
    where l.wallet = w.number and l.is_open and (l.state = 'scheduled' or l.state = 'live' and (l.expires_at is null or l.expires_at > w.at))))`

describe('a ledger in a database returns the same results and history as a ledger in memory', () => {
  let server: PostgresServer
  let pools: readonly pg.Pool[]
  let database: Pglite
  beforeAll(async () => {
    server = await startPostgres(['fsync=off'])
    pools = Array.from({ length: 3 }, () => new pg.Pool({ connectionString: server.url, max: 2 }))
    for (const pool of pools) pool.on('error', () => undefined)
    database = await openPglite()
  })
  afterAll(async () => {
    for (const pool of pools) await pool.end()
    await database.close()
    await server.close()
  })

  test.each([1, 2, 3])('in PostgreSQL, with concurrent writes (%i)', async (seed) =>
    live([fromPool(pools[0] as pg.Pool)], seed, 1n, 600, 24),
  )
  test.each([4, 5])('in PostgreSQL, with three processes taking turns (%i)', async (seed) =>
    live(
      pools.map((pool) => fromPool(pool)),
      seed,
      1n,
      500,
      8,
    ),
  )
  test('in PostgreSQL, with one write at a time', async () => live([fromPool(pools[0] as pg.Pool)], 6, 1n, 300, 1))
  test('in PostgreSQL, with amounts close to 2^63 - 1', async () =>
    live([fromPool(pools[0] as pg.Pool)], 7, huge, 1_000, 16))
  test('in PGlite, with concurrent writes', async () => live([fromPglite(database)], 8, 1n, 250, 24))

  test('the programs produced each of the rarer results at least three times', () => {
    const rare = [
      'unknown',
      'not_applied',
      'statement',
      'reserve ok',
      'settle ok',
      'refund ok',
      'refund entry_unknown',
      'refund spent_exceeded',
      'refund grant_expired',
      'extend ok',
      'release ok',
      'charge ok',
      'reserve amount_too_large',
      'reserve cap_exceeded',
      'reserve wallet_overdrawn',
      'settle hold_lapsed',
      'release replay',
      'grant grant_expired',
    ]
    expect(rare.filter((what) => (met.get(what) ?? 0) < 3)).toEqual([])
  })
})
