import fc from 'fast-check'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { fromPool } from '../../src/adapter/postgres/index.ts'
import { historyCases } from '../../src/testing/conformance/ledger/race/history-cases.ts'
import { type Connection, makeIn } from './postgres-make.ts'
import { type PostgresServer, startPostgres } from './postgres-server.ts'

let server: PostgresServer
beforeAll(async () => {
  server = await startPostgres()
})
afterAll(() => server.close())

const connect = async (): Promise<Connection> => {
  const pool = new pg.Pool({ connectionString: server.url, max: 2 })
  pool.on('error', () => undefined)
  return { client: fromPool(pool), close: () => pool.end() }
}

/** Returns a function that makes broken ledgers: the SQL function `check_preconditions` always returns true. */
function makeUnchecked() {
  const make = makeIn(connect)
  return async (setting: Parameters<typeof make>[0]) => {
    const made = await make(setting)
    const { client, close } = await connect()
    const find = `select p.pronamespace::regnamespace::text as schema, pg_get_function_arguments(p.oid) as parameters
      from pg_proc p where p.proname = 'check_preconditions'`
    const { rows } = await client.query(find, [])
    expect(rows).toHaveLength(1)
    const { schema, parameters } = rows[0] ?? {}
    await client.query(
      `create or replace function ${schema}.check_preconditions(${parameters}) returns boolean language sql as 'select true'`,
      [],
    )
    await close()
    return made
  }
}

test('the histories of three processes detect a database that does not check the preconditions of refusals', {
  timeout: 180_000,
}, async () => {
  // The first history fails. To look for a smaller one takes over a minute, and is not what is tested.
  fc.configureGlobal({ endOnFailure: true })
  const [, three] = historyCases(makeUnchecked(), { isDurable: true, isShared: true }, 1_000)
  const failure = await three?.run().then(
    () => undefined,
    (error: unknown) => error as Error,
  )
  expect(failure?.message).toContain('seed: 20260801')
  expect(String(failure?.cause)).toContain('no sequential order of these calls explains their results')
})
