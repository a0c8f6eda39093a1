import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createPostgresCreditLedger, fromPool, migrate, type SqlClient } from '../../src/adapter/postgres/index.ts'
import type { WalletLevel } from '../../src/model/noun/wallet.ts'
import type { CreditLedger } from '../../src/port/credit-ledger.ts'
import { auditLedger, recordWrites, type SentWrite } from '../../src/testing/reference/ledger.ts'
import { isCommit, openRig, patience, pause, prepare } from './network-rig.ts'
import { newSchema } from './postgres-make.ts'
import { type PostgresServer, startPostgres } from './postgres-server.ts'

const schema = newSchema()
let server: PostgresServer
let direct: pg.Pool
let plain: CreditLedger
beforeAll(async () => {
  server = await startPostgres(['fsync=off', 'deadlock_timeout=100ms'])
  direct = new pg.Pool({ connectionString: server.url, max: 8 })
  direct.on('error', () => undefined)
  const client = fromPool(direct)
  await migrate(client, { schema })
  plain = createPostgresCreditLedger({ client, schema })
})
afterAll(async () => {
  await direct.end()
  await server.close()
})

const failed = (code: string, outcome: string) => ({ name: 'LedgerError', code, outcome })

/**
 * Runs a function with a ledger on a new pool with session settings. Then checks that every connection is back in the
 * pool, and ends the pool.
 */
async function withLedger(
  options: pg.PoolConfig & { readonly settings?: string; readonly timeout?: number },
  run: (ledger: CreditLedger, pool: pg.Pool) => Promise<void>,
): Promise<void> {
  const { settings = '', timeout = 10_000, ...rest } = options
  const pool = new pg.Pool({ connectionString: server.url, max: 4, options: settings, ...rest })
  pool.on('error', () => undefined)
  await run(createPostgresCreditLedger({ client: fromPool(pool, { timeout }), schema }), pool)
  await expect.poll(() => [pool.waitingCount, pool.idleCount]).toEqual([0, pool.totalCount])
  await pool.end()
}

/** Runs a function while another session holds the locks of a statement. `free` releases the locks. */
async function locked<T>(text: string, run: (free: () => Promise<void>) => Promise<T>): Promise<T> {
  const session = await direct.connect()
  await session.query('begin')
  await session.query(text)
  try {
    return await run(async () => {
      await session.query('commit')
    })
  } finally {
    await session.query('rollback')
    session.release()
  }
}
const rowOf = (name: string) => `select 1 from "${schema}".wallet where id = '${name}' and type = 'team' for update`

describe('an exhausted pool', () => {
  const taken = async (pool: pg.Pool, run: () => Promise<void>) => {
    const all = await Promise.all(Array.from({ length: 2 }, () => pool.connect()))
    await run()
    for (const one of all) one.release()
  }

  test.each([
    ['`connectionTimeoutMillis` of the pool', { max: 2, connectionTimeoutMillis: 200 }],
    ['`timeout` of the client', { max: 2, timeout: 200 }],
  ])('fails a call after %s, and nothing is written', async (name, options) => {
    await withLedger(options, async (ledger, pool) => {
      const wallet = await prepare(ledger, `pool ${name}`)
      const reserve = () => ledger.reserve({ hold: `pool ${name}`, wallet, amount: 1n, ttl: 60_000 })
      await taken(pool, async () => {
        const start = performance.now()
        await expect(reserve()).rejects.toMatchObject(failed('ledger_unavailable', 'not_applied'))
        await expect(ledger.balance(wallet)).rejects.toMatchObject(failed('ledger_unavailable', 'not_applied'))
        expect(performance.now() - start).toBeLessThan(2_000)
      })
      expect(await reserve()).toMatchObject({ ok: true, replay: false })
    })
  })

  test('delays calls until a connection is free', async () => {
    await withLedger({ max: 2 }, async (ledger, pool) => {
      const wallet = await prepare(ledger, 'pool waits')
      let answers: Promise<readonly { readonly ok: boolean }[]> = Promise.resolve([])
      await taken(pool, async () => {
        answers = Promise.all(
          Array.from({ length: 20 }, (_, i) =>
            ledger.reserve({ hold: `pool waits ${i}`, wallet, amount: 1n, ttl: 60_000 }),
          ),
        )
        await pause(150)
      })
      expect((await answers).every(({ ok }) => ok)).toBe(true)
      expect((await ledger.balance(wallet)).reserved).toBe(30n)
    })
  })
})

describe('a row locked by another session', () => {
  test('fails a write after `lock_timeout` with nothing written, and a retry succeeds once it is free', async () => {
    await withLedger({ settings: '-c lock_timeout=50' }, async (ledger) => {
      const wallet = await prepare(ledger, 'lock')
      const reserve = () => ledger.reserve({ hold: 'lock', wallet, amount: 1n, ttl: 60_000 })
      await locked(rowOf('lock'), async () => {
        await expect(reserve()).rejects.toMatchObject(failed('ledger_unavailable', 'not_applied'))
        expect((await ledger.balance(wallet)).reserved).toBe(10n)
      })
      expect(await reserve()).toMatchObject({ ok: true, replay: false })
    })
  })

  test('delays a write when it is freed before the last try', async () => {
    await withLedger({ settings: '-c lock_timeout=50' }, async (ledger) => {
      const wallet = await prepare(ledger, 'lock a while')
      await locked(rowOf('lock a while'), async (free) => {
        const answer = ledger.reserve({ hold: 'lock a while', wallet, amount: 1n, ttl: 60_000 })
        await pause(120)
        await free()
        expect(await answer).toMatchObject({ ok: true, replay: false })
      })
    })
  })

  test('fails a write after `statement_timeout` with a known outcome', async () => {
    await withLedger({ settings: '-c statement_timeout=400' }, async (ledger) => {
      const wallet = await prepare(ledger, 'statement')
      const reserve = () => ledger.reserve({ hold: 'statement', wallet, amount: 1n, ttl: 60_000 })
      await locked(rowOf('statement'), async () => {
        await expect(reserve()).rejects.toMatchObject(failed('ledger_timeout', 'not_applied'))
      })
      expect(await reserve()).toMatchObject({ ok: true, replay: false })
      expect((await ledger.balance(wallet)).reserved).toBe(11n)
    })
  })

  test.each(['lock_timeout', 'statement_timeout'])('as part of a locked table fails reads too: %s', async (setting) => {
    // A statement that is not blocked must not time out on a busy machine.
    const settings = `-c ${setting}=${setting === 'lock_timeout' ? 50 : 400}`
    await withLedger({ settings }, async (ledger) => {
      const wallet = await prepare(ledger, `table ${setting}`)
      const code = setting === 'lock_timeout' ? 'ledger_unavailable' : 'ledger_timeout'
      await locked(`lock table "${schema}".wallet, "${schema}".hold in access exclusive mode`, async () => {
        for (const read of [
          () => ledger.balance(wallet),
          () => ledger.wallet(wallet),
          () => ledger.hold(`table ${setting} hold`),
          () => ledger.sweep(10),
          () => ledger.verify(wallet),
          () => ledger.statement(wallet)[Symbol.asyncIterator]().next(),
        ]) {
          await expect(read()).rejects.toMatchObject(failed(code, 'not_applied'))
        }
      })
      expect((await ledger.balance(wallet)).reserved).toBe(10n)
    })
  })
})

/**
 * Returns a function to call before each statement of a ledger. Before each commit, it writes to the wallet, so that
 * the commit conflicts. It stops once the ledger begins a transaction to lock its wallets.
 */
function overtake(name: string, wallet: WalletLevel): (text: string) => Promise<void> {
  let times = 0
  let isLocked = false
  return async (text) => {
    if (text.startsWith('begin')) isLocked = true
    if (!isCommit(text) || isLocked) return
    times += 1
    await plain.grant({ key: `${name} ${times}`, wallet, amount: 1n })
  }
}

describe('a session beyond `idle_in_transaction_session_timeout`', () => {
  test.each([
    ['while it locks', (text: string) => text.includes('no key update'), 'not_applied'],
    ['before it commits', (text: string) => text === 'commit', 'unknown'],
  ] as const)('%s is ended by the database, and nothing is written', async (name, isMeant, outcome) => {
    const settings = '-c idle_in_transaction_session_timeout=60'
    const rig = await openRig(server.url, schema, { options: settings })
    const wallet = await prepare(rig.ledger, `idle ${name}`)
    let isEnded = false
    const rival = overtake(`idle ${name}`, wallet)
    rig.proxy.plan = async (text) => {
      await rival(text)
      if (!isMeant(text) || isEnded) return undefined
      isEnded = true
      return { at: 'before the statement', how: { delay: 250 } }
    }
    const reserve = () => rig.ledger.reserve({ hold: `idle ${name}`, wallet, amount: 1n, ttl: 60_000 })
    await expect(reserve()).rejects.toMatchObject(failed('ledger_unavailable', outcome))
    expect(isEnded).toBe(true)
    expect(await reserve()).toMatchObject({ ok: true, replay: false })
    expect(await rig.ledger.verify(wallet)).toEqual([])
    await rig.untilAtRest()
    await rig.close()
  })
})

test('a transaction on a half-open connection fails after one timeout, not two', async () => {
  const rig = await openRig(server.url, schema)
  const wallet = await prepare(rig.ledger, 'one wait')
  const rival = overtake('one wait', wallet)
  rig.proxy.plan = async (text) => {
    await rival(text)
    return text.includes('no key update') ? { at: 'before the statement', how: 'vanish' } : undefined
  }
  const start = performance.now()
  const reserve = () => rig.ledger.reserve({ hold: 'one wait', wallet, amount: 1n, ttl: 60_000 })
  await expect(reserve()).rejects.toMatchObject(failed('ledger_timeout', 'not_applied'))
  expect(performance.now() - start).toBeLessThan(1.9 * patience)
  rig.proxy.plan = () => undefined
  expect(await reserve()).toMatchObject({ ok: true, replay: false })
  await rig.untilAtRest()
  await rig.close()
})

describe('a deadlock', () => {
  test('with a session that locks the highest level first is retried, and the write takes effect once', async () => {
    const codes: string[] = []
    const client = counting(fromPool(direct), codes)
    const ledger = createPostgresCreditLedger({ client, schema })
    const wallet = await prepare(ledger, 'deadlock')
    const foreign = await direct.connect()
    await foreign.query(`set deadlock_timeout = '20s'`)
    for (let round = 1; round <= 3; round += 1) {
      await foreign.query('begin')
      await foreign.query(`select 1 from "${schema}".wallet where id = 'deadlock' and type = 'organization' for update`)
      const answer = ledger.reserve({ hold: `deadlock ${round}`, wallet, amount: 1n, ttl: 60_000 })
      await expect
        .poll(async () => {
          const { rows } = await direct.query(`select 1 from pg_stat_activity where wait_event_type = 'Lock'`)
          return rows.length
        })
        .toBeGreaterThan(0)
      await foreign.query(rowOf('deadlock'))
      await foreign.query('commit')
      expect(await answer).toMatchObject({ ok: true, replay: false })
      expect(codes.filter((code) => code === '40P01')).toHaveLength(round)
    }
    foreign.release()
    expect((await ledger.balance(wallet)).reserved).toBe(13n)
    expect(await ledger.verify()).toEqual([])
  })

  test('never occurs between ledgers whose batches share wallets in different orders', async () => {
    const codes: string[] = []
    const wallets = await Promise.all(['one', 'two', 'three'].map((name) => prepare(plain, `order ${name}`)))
    const ledgers = [0, 1, 2].map(() =>
      createPostgresCreditLedger({ client: counting(fromPool(direct), codes), schema }),
    )
    await Promise.all(
      Array.from({ length: 48 }, async (_, caller) => {
        const ledger = ledgers[caller % 3] as CreditLedger
        for (let i = 0; i < 6; i += 1) {
          const wallet = wallets[(caller * 5 + i * 7) % 3]
          if (wallet === undefined) return
          const hold = `order ${caller} ${i}`
          expect(await ledger.reserve({ hold, wallet, amount: 2n, ttl: 60_000 })).toMatchObject({ ok: true })
          expect(await ledger.settle({ hold, amount: 1n })).toMatchObject({ ok: true, replay: false })
        }
      }),
    )
    expect(codes).not.toContain('40P01')
    expect(await plain.verify()).toEqual([])
  })
})

/** Returns a client that adds the code of each database error to `codes`. */
function counting(client: SqlClient, codes: string[]): SqlClient {
  const noted = <T>(answer: Promise<T>): Promise<T> =>
    answer.catch((error: unknown) => {
      if (error instanceof pg.DatabaseError && error.code !== undefined) codes.push(error.code)
      throw error
    })
  return {
    query: (text, values) => noted(client.query(text, values)),
    transaction: (run) =>
      client.transaction((session) => run({ query: (text, values) => noted(session.query(text, values)) })),
  }
}

describe.each(['repeatable read', 'serializable'])('a database whose default isolation is %s', (isolation) => {
  const database = `default_${isolation.replace(' ', '_')}`
  let pools: readonly pg.Pool[]
  const codes: string[] = []
  let clients: readonly SqlClient[]
  beforeAll(async () => {
    await direct.query(`create role ${database} login nosuperuser nocreatedb nocreaterole`)
    await direct.query(`create database ${database} owner ${database}`)
    await direct.query(`alter database ${database} set default_transaction_isolation = '${isolation}'`)
    const url = new URL(server.url)
    url.pathname = `/${database}`
    url.username = database
    pools = Array.from({ length: 4 }, () => new pg.Pool({ connectionString: url.href, max: 3 }))
    for (const pool of pools) pool.on('error', () => undefined)
    clients = pools.map((pool) => counting(fromPool(pool), codes))
    const { rows } = await (clients[0] as SqlClient).query(`select current_setting('transaction_isolation') as now`, [])
    expect(rows[0]?.['now']).toBe(isolation)
  })
  afterAll(() => Promise.all((pools ?? []).map((pool) => pool.end())))

  test('is migrated by concurrent processes whose role only owns the database', async () => {
    const made = await Promise.all(clients.map((client) => migrate(client)))
    expect(made.every(({ to }) => to === made[0]?.to)).toBe(true)
  })

  test('admits exactly the available credits during concurrent reads and serialization failures', async () => {
    const notes: SentWrite[] = []
    const ledgers = clients.map((client) => recordWrites(createPostgresCreditLedger({ client }), notes))
    const first = ledgers[0] as CreditLedger
    const wallet = await prepare(first, 'hot')
    const parent = { type: 'organization', id: 'hot', incarnation: 1 } as const
    let admitted = 0
    let isOver = false
    const reading = ledgers.map(async (ledger) => {
      for (let i = 0; !isOver; i += 1) {
        await ledger.balance(wallet)
        await ledger.hold('hot hold')
        if (i % 5 === 0) expect(await ledger.verify()).toEqual([])
        for await (const { sequence } of ledger.statement(parent)) expect(sequence).toBeGreaterThan(0)
      }
    })
    await Promise.all(
      Array.from({ length: 32 }, async (_, caller) => {
        const ledger = ledgers[caller % 4] as CreditLedger
        for (let i = 0; i < 10; i += 1) {
          const hold = `hot ${caller} ${i}`
          const reserved = await ledger.reserve({ hold, wallet, amount: 7n, ttl: 3_600_000 })
          if (reserved.ok) admitted += 1
          if (reserved.ok && i % 3 === 0) await ledger.settle({ hold, amount: 7n })
          if (i === 9) await ledger.grant({ key: hold, wallet, amount: 1n })
        }
      }),
    ).finally(() => {
      isOver = true
    })
    await Promise.all(reading)
    const { available, granted } = await first.balance(wallet)
    expect(granted).toBe(1_032n)
    expect(available).toBe(1_032n - 20n - 7n * BigInt(admitted))
    expect(admitted).toBeGreaterThanOrEqual(140)
    expect(codes).toContain('40001')
    expect(await auditLedger(first, [wallet, parent], notes)).toEqual([])
  })
})
