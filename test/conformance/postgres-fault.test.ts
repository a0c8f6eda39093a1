import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  createPostgresCreditLedger,
  fromPool,
  migrate,
  NotAnsweredError,
  NotSentError,
  type SqlClient,
  type SqlSession,
} from '../../src/adapter/postgres/index.ts'
import { newSchema } from './postgres-make.ts'
import { type PostgresServer, startPostgres } from './postgres-server.ts'

const wallet = { type: 'team', id: 'a', incarnation: 1 } as const

let server: PostgresServer
let pool: pg.Pool
let client: SqlClient
beforeAll(async () => {
  server = await startPostgres(['fsync=off'])
  pool = new pg.Pool({ connectionString: server.url, max: 8 })
  pool.on('error', () => undefined)
  client = fromPool(pool)
})
afterAll(async () => {
  await pool.end()
  await server.close()
})

/**
 * Opens a ledger with credits in a new schema. Calls `tamper` before each statement, and throws the error that `tamper`
 * returns, if any.
 */
async function open(tamper: (text: string, values: readonly (string | null)[]) => unknown = () => undefined) {
  const schema = newSchema()
  await migrate(client, { schema })
  const sent: string[] = []
  const tampered = (session: SqlSession): SqlSession['query'] => {
    return async (text, values) => {
      sent.push(text)
      const fault = tamper(text, values)
      if (fault instanceof Promise) {
        await session.query(text, values)
        throw await fault
      }
      if (fault !== undefined) throw fault
      return session.query(text, values)
    }
  }
  const ledger = createPostgresCreditLedger({
    client: {
      query: tampered(client),
      transaction: (run) => client.transaction((session) => run({ query: tampered(session) })),
    },
    schema,
  })
  await ledger.grant({ key: 'g', wallet, amount: 1_000n })
  return { ledger, schema, sent }
}

/** Makes an error with a code, like an error of a driver. */
const coded = (code: string) => Object.assign(new Error(code), { code })
const isCommit = (text: string) => text.includes('.commit(')
const reserve = (hold: string, amount = 10n) => ({ hold, wallet, amount, ttl: 60_000 })

describe('a statement that fails', () => {
  test.each(['40001', '40P01', '55P03'])('with %s is retried with the same ids', async (code) => {
    let faults = 0
    const { ledger } = await open((text) => {
      if (!isCommit(text) || faults >= 3) return undefined
      faults += 1
      return coded(code)
    })
    expect(await ledger.reserve(reserve('h'))).toMatchObject({ ok: true, replay: false })
    expect(faults).toBe(3)
    expect((await ledger.balance(wallet)).reserved).toBe(10n)
  })

  test('with 40001 at every try fails, and nothing is written', async () => {
    let isBroken = false
    const { ledger } = await open((text) => (isBroken && isCommit(text) ? coded('40001') : undefined))
    isBroken = true
    const refused = { name: 'LedgerError', code: 'ledger_unavailable', outcome: 'not_applied' }
    await expect(ledger.reserve(reserve('h'))).rejects.toMatchObject(refused)
    isBroken = false
    expect((await ledger.balance(wallet)).reserved).toBe(0n)
    expect(await ledger.reserve(reserve('h'))).toMatchObject({ ok: true, replay: false })
  })

  const failures: readonly (readonly [name: string, error: unknown, code: string, outcome: string])[] = [
    ['a connection reset', coded('ECONNRESET'), 'ledger_unavailable', 'unknown'],
    ['a connection that closes', new Error('Connection terminated unexpectedly'), 'ledger_unavailable', 'unknown'],
    ['a server that shuts down', coded('57P01'), 'ledger_unavailable', 'unknown'],
    ['a timeout of the client', new NotAnsweredError('late'), 'ledger_timeout', 'unknown'],
    ['a statement canceled by the server', coded('57014'), 'ledger_timeout', 'not_applied'],
    ['no connection in the pool', new NotSentError('no connection'), 'ledger_unavailable', 'not_applied'],
    ['a full disk', coded('53100'), 'ledger_unavailable', 'not_applied'],
    ['a server that panics', Object.assign(coded('53100'), { severity: 'PANIC' }), 'ledger_unavailable', 'unknown'],
  ]
  test.each(failures)('for %s reports the code and the outcome', async (_, error, code, outcome) => {
    let isBroken = false
    const { ledger } = await open((text) => (isBroken && isCommit(text) ? error : undefined))
    isBroken = true
    await expect(ledger.reserve(reserve('h'))).rejects.toMatchObject({ name: 'LedgerError', code, outcome })
    isBroken = false
    expect(await ledger.reserve(reserve('h'))).toMatchObject({ ok: true, replay: false })
    expect((await ledger.balance(wallet)).reserved).toBe(10n)
    expect(await ledger.verify()).toEqual([])
  })

  test('after the server has committed takes effect once when it is retried', async () => {
    let isBroken = false
    const { ledger } = await open((text) => {
      return isBroken && isCommit(text) ? Promise.resolve(coded('ECONNRESET')) : undefined
    })
    for (const call of [
      () => ledger.reserve(reserve('h')),
      () => ledger.settle({ hold: 'h', amount: 4n }),
      () => ledger.grant({ key: 'more', wallet, amount: 5n }),
    ]) {
      isBroken = true
      await expect(call()).rejects.toMatchObject({ outcome: 'unknown' })
      isBroken = false
      expect(await call()).toMatchObject({ ok: true, replay: true })
    }
    expect(await ledger.balance(wallet)).toMatchObject({ granted: 1_005n, available: 1_001n, spent: 4n })
  })

  /** What a client reports that lost the connection after the statement was sent, and then failed to connect again. */
  const redials = [
    ['ECONNREFUSED', 'ledger_unavailable'],
    ['ENOTFOUND', 'ledger_unavailable'],
    ['EAI_AGAIN', 'ledger_unavailable'],
    ['ENOENT', 'ledger_unavailable'],
    ['57P03', 'ledger_unavailable'],
    ['53300', 'ledger_unavailable'],
    ['3D000', 'ledger_unavailable'],
    ['28P01', 'ledger_unavailable'],
    ['08001', 'ledger_unavailable'],
  ] as const
  test.each(redials)('and a redial that fails with %s have an unknown outcome', async (error, code) => {
    let isBroken = false
    const { ledger } = await open((text) => (isBroken && isCommit(text) ? Promise.resolve(coded(error)) : undefined))
    isBroken = true
    const unknown = { name: 'LedgerError', code, outcome: 'unknown' }
    await expect(ledger.reserve(reserve('h'))).rejects.toMatchObject(unknown)
    isBroken = false
    expect(await ledger.reserve(reserve('h'))).toMatchObject({ ok: true, replay: true })
  })

  test.each(redials)('before any write, with %s at the load, was not applied', async (error, code) => {
    let isBroken = false
    const { ledger } = await open((text) => (isBroken && text.includes('.load(') ? coded(error) : undefined))
    isBroken = true
    const unsent = { name: 'LedgerError', code, outcome: 'not_applied' }
    await expect(ledger.settle({ hold: 'unseen', amount: 1n })).rejects.toMatchObject(unsent)
  })

  test.each(redials)('at the commit of a transaction, and a redial with %s, have an unknown outcome', async (error) => {
    const { schema } = await open()
    let conflicts = 0
    let isBroken = false
    const ledger = createPostgresCreditLedger({
      client: {
        query: (text, values) => {
          if (!isBroken || !isCommit(text)) return client.query(text, values)
          conflicts += 1
          return Promise.reject(coded('40001'))
        },
        transaction: async (run) => {
          const result = await client.transaction(run)
          if (isBroken) throw coded(error)
          return result
        },
      },
      schema,
    })
    await ledger.balance(wallet)
    isBroken = true
    await expect(ledger.reserve(reserve('h'))).rejects.toMatchObject({ name: 'LedgerError', outcome: 'unknown' })
    expect(conflicts).toBe(4)
    isBroken = false
    expect(await ledger.reserve(reserve('h'))).toMatchObject({ ok: true, replay: true })
  })

  test('after the commit of an import has an unknown outcome', async () => {
    const { ledger: full } = await open()
    const texts: string[] = []
    for await (const text of full.export()) texts.push(text)
    const schema = newSchema()
    await migrate(client, { schema })
    let isCommitted = false
    const ledger = createPostgresCreditLedger({
      client: {
        query: (text, values) => {
          return isCommitted ? Promise.reject(coded('ECONNREFUSED')) : client.query(text, values)
        },
        transaction: async (run) => {
          const result = await client.transaction(run)
          isCommitted = true
          return result
        },
      },
      schema,
    })
    await expect(ledger.import(texts)).rejects.toMatchObject({ name: 'LedgerError', outcome: 'unknown' })
    isCommitted = false
    expect(await ledger.import(texts)).toMatchObject({ reason: 'ledger_not_empty' })
  })

  test('because of one operation of a batch rejects only that operation', async () => {
    const { ledger } = await open((text, values) => {
      return isCommit(text) && values.some((value) => value?.includes('"poison"')) ? coded('22P02') : undefined
    })
    const holds = Array.from({ length: 40 }, (_, i) => (i === 17 ? 'poison' : `h${i}`))
    const answers = await Promise.allSettled(holds.map((hold) => ledger.reserve(reserve(hold))))
    const bad = answers.filter(({ status }) => status === 'rejected')
    expect(bad).toHaveLength(1)
    expect(answers[17]).toMatchObject({ reason: { name: 'LedgerError', outcome: 'not_applied' } })
    expect((await ledger.balance(wallet)).reserved).toBe(390n)
  })

  test('on an ended pool is reported as not applied', async () => {
    const ended = new pg.Pool({ connectionString: server.url })
    const { schema } = await open()
    const ledger = createPostgresCreditLedger({ client: fromPool(ended), schema })
    await ledger.balance(wallet)
    await ended.end()
    const refused = { name: 'LedgerError', code: 'ledger_unavailable', outcome: 'not_applied' }
    await expect(ledger.reserve(reserve('h'))).rejects.toMatchObject(refused)
  })

  test('for a lock held too long times out, and the pool stays usable', async () => {
    const { schema } = await open()
    const slow = createPostgresCreditLedger({ client: fromPool(pool, { timeout: 300 }), schema })
    await slow.balance(wallet)
    const blocker = await pool.connect()
    await blocker.query('begin')
    await blocker.query(`select 1 from "${schema}".wallet for update`)
    await expect(slow.reserve(reserve('h'))).rejects.toMatchObject({ code: 'ledger_timeout', outcome: 'unknown' })
    await blocker.query('rollback')
    blocker.release()
    expect(await slow.reserve(reserve('h'))).toMatchObject({ ok: true })
    expect((await slow.balance(wallet)).reserved).toBe(10n)
  })
})

describe('group commit', () => {
  test('sends one statement for many calls, with the results of a sequential order', async () => {
    const { ledger, sent } = await open()
    sent.length = 0
    const calls = Array.from({ length: 250 }, (_, i) => ledger.reserve(reserve(`h${i}`, 5n)))
    const answers = await Promise.all(calls)
    expect(answers.map(({ ok }) => ok)).toEqual(answers.map((_, i) => i < 200))
    expect(sent.filter(isCommit).length).toBeLessThanOrEqual(2)
  })

  test('decides each operation on the outcome of the earlier ones in its batch', async () => {
    const { ledger, sent } = await open()
    sent.length = 0
    const answers = await Promise.all([
      ledger.reserve(reserve('h', 1_000n)),
      ledger.reserve(reserve('i', 1n)),
      ledger.settle({ hold: 'h', amount: 400n }),
      ledger.settle({ hold: 'h', amount: 400n }),
      ledger.reserve(reserve('i', 600n)),
      ledger.release({ hold: 'i' }),
      ledger.charge({ hold: 'c', wallet, amount: 700n }),
    ])
    expect(answers.map((answer) => answer.ok && answer.replay)).toEqual([
      false,
      false,
      false,
      true,
      false,
      false,
      false,
    ])
    expect(answers[1]).toMatchObject({ ok: false, reason: 'credits_insufficient' })
    expect(sent.filter(isCommit).length).toBeLessThanOrEqual(2)
    expect(await ledger.balance(wallet)).toMatchObject({ spent: 1_100n, overdraft: 100n, available: 0n })
    expect(await ledger.verify()).toEqual([])
  })

  test('never refuses a write on outdated rows', async () => {
    const { ledger, schema } = await open()
    const other = createPostgresCreditLedger({ client, schema })
    expect(await ledger.reserve(reserve('h', 1_001n))).toMatchObject({ ok: false })
    for (let i = 1; i <= 20; i += 1) {
      await other.grant({ key: `more ${i}`, wallet, amount: 1n })
      expect(await ledger.reserve(reserve(`h${i}`, 1_000n + BigInt(i)))).toMatchObject({ ok: true })
      expect(await other.reserve(reserve('x', 1n))).toMatchObject({ ok: false })
      await other.release({ hold: `h${i}` })
    }
  })
})

describe('the schema', () => {
  test('is created once by concurrent migrations', async () => {
    const schema = newSchema()
    const made = await Promise.all(Array.from({ length: 6 }, () => migrate(client, { schema })))
    expect(made.filter(({ from }) => from === 0).length).toBeGreaterThan(0)
    expect(made.every(({ to }) => to === made[0]?.to)).toBe(true)
    expect(await migrate(client, { schema })).toMatchObject({ from: made[0]?.to })
    const { rows } = await pool.query(`select count(*)::int as count from "${schema}".migration`)
    expect(rows[0].count).toBe(made[0]?.to)
  })

  test('is refused when it is newer than the library, or does not exist', async () => {
    const { schema } = await open()
    await pool.query(`insert into "${schema}".migration (version) values (1000)`)
    const refused = { name: 'LedgerError', code: 'ledger_unavailable', outcome: 'not_applied' }
    await expect(migrate(client, { schema })).rejects.toMatchObject(refused)
    await expect(createPostgresCreditLedger({ client, schema }).balance(wallet)).rejects.toMatchObject(refused)
    const nowhere = createPostgresCreditLedger({ client, schema: newSchema() })
    await expect(nowhere.reserve(reserve('h'))).rejects.toMatchObject(refused)
  })

  test('may have any name', async () => {
    const schema = `"; drop schema public; -- ${newSchema()}`.slice(0, 60)
    await migrate(client, { schema })
    const ledger = createPostgresCreditLedger({ client, schema })
    expect(await ledger.grant({ key: 'g', wallet, amount: 1n })).toMatchObject({ ok: true })
  })

  test('refuses to change or delete an entry, and negative amounts', async () => {
    const { ledger, schema } = await open()
    await ledger.reserve(reserve('h'))
    for (const text of [
      `update "${schema}".entry_block set last = 1`,
      `delete from "${schema}".entry_block`,
      `truncate "${schema}".entry_block`,
    ]) {
      await expect(pool.query(text)).rejects.toMatchObject({ code: '23001' })
    }
    await expect(pool.query(`update "${schema}".wallet set available = -1`)).rejects.toMatchObject({ code: '23514' })
  })

  test.each([
    ['balance_sum', 'update {}.wallet set spent = spent + 1, available = available - 1'],
    ['hold_sum', 'update {}.hold set held = held - 1'],
    ['grant_sum', 'update {}.lot set available = available - 1'],
    ['entry_sequence', 'update {}.wallet set sequence = sequence + 1'],
  ])('reports a violation after tampering: %s', async (invariant, text) => {
    const { ledger, schema } = await open()
    await ledger.reserve(reserve('h'))
    await pool.query(text.replace('{}', `"${schema}"`))
    const violations = await ledger.verify()
    expect(violations.map((violation) => violation.invariant)).toContain(invariant)
    expect(await ledger.verify(wallet)).toEqual(violations)
    expect(await ledger.verify({ ...wallet, incarnation: 2 })).toEqual([])
  })

  test('uses indexes on tables that grew from empty, under plans made when they were empty', async () => {
    const { ledger, schema } = await open()
    const one = new pg.Pool({ connectionString: server.url, max: 1 })
    one.on('error', () => undefined)
    const explained = createPostgresCreditLedger({ client: fromPool(one), schema })
    await ledger.grant({ key: 'all', wallet, amount: 1_000_000n })
    for (let i = 0; i < 12; i += 1) {
      await explained.reserve(reserve(`first ${i}`))
      await explained.settle({ hold: `first ${i}`, amount: 1n })
    }
    for (let i = 0; i < 8; i += 1) {
      await Promise.all(Array.from({ length: 1_000 }, (_, j) => ledger.reserve(reserve(`h${i * 1_000 + j}`))))
    }
    const plans: string[] = []
    const session = await one.connect()
    session.on('notice', ({ message = '' }) => plans.push(message))
    await session.query(`load 'auto_explain'`)
    await session.query('set auto_explain.log_min_duration = 0')
    await session.query('set auto_explain.log_nested_statements = on')
    await session.query('set client_min_messages = log')
    session.release()
    await explained.settle({ hold: 'h77', amount: 1n })
    const planned = plans.join('\n')
    expect(planned).toContain('Index Scan')
    expect(planned).not.toMatch(/Seq Scan on (hold|hold_ancestor|lot|wallet|entry|key)\b/)
    await explained.close()
    await one.end()
  })
})

describe('time', () => {
  test("is the database's, even when the date of this machine is wrong", async () => {
    const { ledger } = await open()
    const realNow = Date.now
    try {
      for (const shift of [86_400_000, -86_400_000]) {
        Date.now = () => realNow() + shift
        const answer = await ledger.reserve(reserve(`h${shift}`))
        const { rows } = await pool.query('select (extract(epoch from clock_timestamp()) * 1000)::float8 as now')
        expect(answer).toMatchObject({ ok: true })
        if (answer.ok && 'expiresAt' in answer)
          expect(Math.abs(answer.expiresAt - 60_000 - rows[0].now)).toBeLessThan(2_000)
      }
    } finally {
      Date.now = realNow
    }
  })

  test('lapses thousands of holds of a process that has ended, at every level', async () => {
    const { schema } = await open()
    let at = 1_900_000_000_000
    const clock = { now: () => at }
    const gone = createPostgresCreditLedger({ client, schema, clock })
    const organization = { type: 'organization', id: 'o', incarnation: 1 } as const
    await gone.putWallet({ key: 'o', wallet: organization, funding: 'postpaid' })
    await gone.putWallet({ key: 't', wallet, funding: 'own', parent: organization })
    await gone.grant({ key: 'many', wallet, amount: 100_000n })
    await Promise.all(Array.from({ length: 2_500 }, (_, i) => gone.reserve(reserve(`h${i}`))))
    const other = createPostgresCreditLedger({ client, schema, clock })
    expect((await other.balance(organization)).reserved).toBe(25_000n)
    at += 60_000
    expect(await other.charge({ hold: 'c', wallet: organization, amount: 1n })).toMatchObject({ ok: true })
    expect(await other.balance(organization)).toMatchObject({ reserved: 0n, spent: 1n })
    expect(await gone.balance(wallet)).toMatchObject({ reserved: 0n, available: 101_000n })
    expect(await gone.verify()).toEqual([])
  })

  test('a sweep books what is due at no more wallets than its limit, until nothing is due', async () => {
    const { schema } = await open()
    let at = 1_900_000_000_000
    const ledger = createPostgresCreditLedger({ client, schema, clock: { now: () => at } })
    const teams = Array.from({ length: 5 }, (_, i) => ({ type: 'team', id: `t${i}`, incarnation: 0 }) as const)
    for (const team of teams) {
      await ledger.grant({ key: team.id, wallet: team, amount: 50n, expiresAt: at + 90_000 })
      await ledger.reserve({ hold: team.id, wallet: team, amount: 20n, ttl: 60_000 })
    }
    expect(await ledger.sweep(100)).toEqual({ booked: 0, isDone: true })
    at += 60_000
    expect(await ledger.sweep(2)).toEqual({ booked: 2, isDone: false })
    expect(await ledger.sweep(100)).toEqual({ booked: 3, isDone: true })
    expect(await ledger.sweep(100)).toEqual({ booked: 0, isDone: true })
    at += 30_000
    expect(await ledger.sweep(100)).toEqual({ booked: 5, isDone: true })
    const { rows } = await pool.query(`select sum(expired)::text as expired from "${schema}".wallet`)
    expect(rows[0].expired).toBe('250')
  })
})

test('amounts beyond 2^53 are exact, even when the pool parses bigints as numbers', async () => {
  const loose = new pg.Pool({
    connectionString: server.url,
    types: { getTypeParser: (type: number) => (text: string) => (type === 25 ? text : Number(text) || text) },
  })
  const { schema } = await open()
  loose.on('error', () => undefined)
  const ledger = createPostgresCreditLedger({ client: fromPool(loose), schema })
  const most = 9_223_372_036_854_775_807n
  const whale = { type: 'user', id: 'whale', incarnation: 0 } as const
  await ledger.grant({ key: 'most', wallet: whale, amount: most })
  await ledger.reserve({ hold: 'w', wallet: whale, amount: most - 2n, ttl: 60_000 })
  const other = createPostgresCreditLedger({ client: fromPool(loose), schema })
  expect(await other.settle({ hold: 'w', amount: most - 3n })).toMatchObject({
    levels: [{ fromReserved: most - 3n, returned: 1n }],
  })
  expect(await other.settle({ hold: 'w', amount: most - 3n })).toMatchObject({
    replay: true,
    levels: [{ fromReserved: most - 3n }],
  })
  expect(await other.balance(whale)).toMatchObject({ granted: most, spent: most - 3n, available: 3n })
  expect(await other.balance(whale, { sequence: 2 })).toMatchObject({
    granted: most,
    reserved: most - 2n,
    available: 2n,
  })
  await loose.end()
})
