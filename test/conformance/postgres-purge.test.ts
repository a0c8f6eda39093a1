import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CreditLedger } from '../../src/port/credit-ledger.ts'
import { createPostgresCreditLedger, fromPglite, fromPool, migrate, type SqlClient } from '../../src/postgres.ts'
import { hour, organization, start, team, user } from '../../src/testing/conformance/ledger-scene.ts'
import { openPglite, type Pglite } from './pglite.ts'
import { newSchema } from './postgres-make.ts'
import { type PostgresServer, startPostgres } from './postgres-server.ts'

const idRetention = 10 * hour

/** A schema of its own, a clock that stands still until it is moved, and ledgers over both. */
class Stage {
  readonly schema = newSchema()
  readonly client: SqlClient
  now = start

  constructor(client: SqlClient) {
    this.client = client
  }

  open(retention = idRetention): CreditLedger {
    const { client, schema } = this
    return createPostgresCreditLedger({ client, schema, clock: { now: () => this.now }, idRetention: retention })
  }

  /** How many rows a table has. */
  async count(table: string, which = 'true'): Promise<number> {
    const text = `select count(*)::text as count from "${this.schema}".${table} where ${which}`
    const { rows } = await this.client.query(text, [])
    return Number(rows[0]?.['count'])
  }
}

async function stage(client: SqlClient): Promise<Stage> {
  const made = new Stage(client)
  await migrate(client, { schema: made.schema })
  return made
}

/** A user below a team with credits below an organization. */
async function found(ledger: CreditLedger): Promise<void> {
  await ledger.putWallet({ key: 'w1', wallet: organization, funding: 'postpaid' })
  await ledger.putWallet({ key: 'w2', wallet: team, funding: 'own', parent: organization })
  await ledger.putWallet({ key: 'w3', wallet: user, funding: 'parent', parent: team })
  await ledger.grant({ key: 'g', wallet: team, amount: 1_000n })
}

const reserve = (hold: string, amount = 10n) => ({ hold, wallet: user, amount, ttl: hour })

/** What is promised wherever the tables are. */
function promises(client: () => SqlClient): void {
  describe('a hold that lapsed so long ago that it is forgotten when that is noticed', () => {
    test.each([
      [
        'is booked as lapsed by whoever asks for it',
        (ledger: CreditLedger) => ledger.settle({ hold: 'h', amount: 1n }),
      ],
      ['leaves nothing at any level when its id is taken anew', (ledger: CreditLedger) => ledger.reserve(reserve('h'))],
    ])('%s', async (_, ask) => {
      const one = await stage(client())
      await found(one.open())
      await one.open().reserve(reserve('h'))
      one.now += hour + idRetention
      const ledger = one.open()
      const answer = await ask(ledger)
      expect(answer).toMatchObject(answer.ok ? { replay: false } : { reason: 'hold_unknown' })
      expect(await ledger.verify()).toEqual([])
      expect(await ledger.balance(team)).toMatchObject({ reserved: answer.ok ? 10n : 0n })
      expect(await one.count('hold_above')).toBe(answer.ok ? 2 : 0)
    })
  })
}

describe('in PostgreSQL', () => {
  let server: PostgresServer
  let pool: pg.Pool
  let client: SqlClient
  beforeAll(async () => {
    server = await startPostgres(['fsync=off'])
    pool = new pg.Pool({ connectionString: server.url, max: 24 })
    pool.on('error', () => undefined)
    client = fromPool(pool)
  })
  afterAll(async () => {
    await pool.end()
    await server.close()
  })
  promises(() => client)
})

describe('in PGlite', () => {
  let database: Pglite
  let client: SqlClient
  beforeAll(async () => {
    database = await openPglite()
    client = fromPglite(database)
  })
  afterAll(() => database.close())
  promises(() => client)
})
