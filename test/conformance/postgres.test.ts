import { PGlite } from '@electric-sql/pglite'
import pg from 'pg'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { fromPglite, fromPool } from '../../src/postgres.ts'
import { creditLedgerConformance } from '../../src/testing/conformance/credit-ledger.ts'
import { type Connection, makeIn } from './postgres-make.ts'
import { type PostgresServer, startPostgres } from './postgres-server.ts'

const claims = { isDurable: true, isShared: true }

describe('PGlite in memory', () => {
  let database: PGlite
  beforeAll(async () => {
    database = await PGlite.create()
  })
  afterAll(() => database.close())
  const connect = async (): Promise<Connection> => ({ client: fromPglite(database), close: async () => undefined })
  const cases = creditLedgerConformance(makeIn(connect), claims, { programRuns: 20 })
  for (const { name, run } of cases) test(name, run)
})

describe('PostgreSQL', () => {
  let server: PostgresServer
  beforeAll(async () => {
    server = await startPostgres()
  })
  afterAll(() => server.close())
  const connect = async (): Promise<Connection> => {
    const pool = new pg.Pool({ connectionString: server.url, max: 4 })
    return { client: fromPool(pool), close: () => pool.end() }
  }
  const cases = creditLedgerConformance(makeIn(connect), claims, { programRuns: 20 })
  for (const { name, run } of cases) test(name, run)
})
