import pg from 'pg'
import { afterAll, beforeAll, describe } from 'vitest'
import { purgeMargin } from '../../src/adapter/postgres/batch/retention.ts'
import {
  createPostgresCreditLedger,
  fromPglite,
  fromPool,
  migrate,
  type SqlClient,
} from '../../src/adapter/postgres/index.ts'
import type { CreditLedger } from '../../src/port/credit-ledger.ts'
import { hour, organization, start, team, user } from '../../src/testing/conformance/ledger/ledger-fixture.ts'
import { openPglite, type Pglite } from './pglite.ts'
import { newSchema } from './postgres-make.ts'
import { type PostgresServer, startPostgres } from './postgres-server.ts'

/** The default retention in milliseconds of the ledgers in the purge tests. */
export const idRetention = 10 * hour
/** The milliseconds after which a sweep deletes an ended hold or key: the retention plus the purge margin. */
export const purgedAfter = idRetention + purgeMargin

/** A new schema with a manual clock. `open` opens any number of ledgers on the schema. */
export class PurgeFixture {
  readonly schema = newSchema()
  readonly client: SqlClient
  now = start

  constructor(client: SqlClient) {
    this.client = client
  }

  open(retention = idRetention, client = this.client): CreditLedger {
    const { schema } = this
    return createPostgresCreditLedger({ client, schema, clock: { now: () => this.now }, idRetention: retention })
  }

  /** Counts the rows of a table that satisfy an SQL condition. */
  async count(table: string, which = 'true'): Promise<number> {
    const text = `select count(*)::text as count from "${this.schema}".${table} where ${which}`
    const { rows } = await this.client.query(text, [])
    return Number(rows[0]?.['count'])
  }
}

/** Makes a fixture, and creates the tables of its schema. */
export async function createFixture(client: SqlClient): Promise<PurgeFixture> {
  const fixture = new PurgeFixture(client)
  await migrate(client, { schema: fixture.schema })
  return fixture
}

/**
 * Creates three wallets: a postpaid organization, a team with 1,000 credits below the organization, and a user below
 * the team.
 */
export async function setUpWallets(ledger: CreditLedger): Promise<void> {
  await ledger.putWallet({ key: 'w1', wallet: organization, funding: 'postpaid' })
  await ledger.putWallet({ key: 'w2', wallet: team, funding: 'own', parent: organization })
  await ledger.putWallet({ key: 'w3', wallet: user, funding: 'parent', parent: team })
  await ledger.grant({ key: 'g', wallet: team, amount: 1_000n })
}

/** Returns the request of a reservation on the user's wallet, with a time to live of one hour. */
export const reserve = (hold: string, amount = 10n) => ({ hold, wallet: user, amount, ttl: hour })
/** The result of a write to an unknown hold. */
export const unknown = { ok: false, reason: 'hold_unknown' }

/** Sweeps until the ledger reports that nothing is left to sweep. Returns the number of sweeps. */
export async function sweepAll(ledger: CreditLedger, limit: number): Promise<number> {
  for (let sweeps = 1; ; sweeps += 1) {
    if ((await ledger.sweep(limit)).isDone) return sweeps
    if (sweeps > 1_000) throw new Error('the sweeps never finish')
  }
}

/** Returns a client with a method `arm`. After `arm`, the client runs the callback before it sends the next commit. */
export function pausing(client: SqlClient, before: () => Promise<unknown>): SqlClient & { arm(): void } {
  let isArmed = false
  return {
    arm: () => {
      isArmed = true
    },
    transaction: (run) => client.transaction(run),
    query: async (text, values) => {
      if (isArmed && text.includes('.commit(')) {
        isArmed = false
        await before()
      }
      return client.query(text, values)
    },
  }
}

/** Defines the tests of `testEach` twice: for a PostgreSQL server and for PGlite. */
export function inBoth(testEach: (client: () => SqlClient) => void): void {
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
    testEach(() => client)
  })

  describe('in PGlite', () => {
    let database: Pglite
    let client: SqlClient
    beforeAll(async () => {
      database = await openPglite()
      client = fromPglite(database)
    })
    afterAll(() => database.close())
    testEach(() => client)
  })
}
