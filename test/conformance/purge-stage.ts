import pg from 'pg'
import { afterAll, beforeAll, describe } from 'vitest'
import {
  createPostgresCreditLedger,
  fromPglite,
  fromPool,
  migrate,
  type SqlClient,
} from '../../src/adapter/postgres/index.ts'
import { purgeMargin } from '../../src/adapter/postgres/schema/purge.ts'
import type { CreditLedger } from '../../src/port/credit-ledger.ts'
import { hour, organization, start, team, user } from '../../src/testing/conformance/ledger-fixture.ts'
import { openPglite, type Pglite } from './pglite.ts'
import { newSchema } from './postgres-make.ts'
import { type PostgresServer, startPostgres } from './postgres-server.ts'

/** For how long the ledgers here know ids, where nothing else is said. */
export const idRetention = 10 * hour
/** From when on what ended at the start is removed. */
export const removedAfter = idRetention + purgeMargin

/** A schema of its own, a clock that stands still until it is moved, and ledgers over both. */
export class Stage {
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

  /** How many rows a table has. */
  async count(table: string, which = 'true'): Promise<number> {
    const text = `select count(*)::text as count from "${this.schema}".${table} where ${which}`
    const { rows } = await this.client.query(text, [])
    return Number(rows[0]?.['count'])
  }
}

/** Makes a stage, with the tables in it. */
export async function stage(client: SqlClient): Promise<Stage> {
  const made = new Stage(client)
  await migrate(client, { schema: made.schema })
  return made
}

/** A user below a team with credits below an organization. */
export async function found(ledger: CreditLedger): Promise<void> {
  await ledger.putWallet({ key: 'w1', wallet: organization, funding: 'postpaid' })
  await ledger.putWallet({ key: 'w2', wallet: team, funding: 'own', parent: organization })
  await ledger.putWallet({ key: 'w3', wallet: user, funding: 'parent', parent: team })
  await ledger.grant({ key: 'g', wallet: team, amount: 1_000n })
}

/** A hold of the user's that lapses after an hour. */
export const reserve = (hold: string, amount = 10n) => ({ hold, wallet: user, amount, ttl: hour })
/** What is answered about a hold that nobody knows. */
export const unknown = { ok: false, reason: 'hold_unknown' }

/** Sweeps until there is nothing left. Says how often. */
export async function sweepAll(ledger: CreditLedger, limit: number): Promise<number> {
  for (let sweeps = 1; ; sweeps += 1) {
    if ((await ledger.sweep(limit)).isDone) return sweeps
    if (sweeps > 1_000) throw new Error('the sweeps have no end')
  }
}

/** A client that calls back before the next commit is sent, once. */
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

/** Says the same of a database server and of PGlite. */
export function inBoth(promises: (client: () => SqlClient) => void): void {
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
}
