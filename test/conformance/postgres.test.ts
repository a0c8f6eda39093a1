import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { fromPglite, fromPool } from '../../src/adapter/postgres/index.ts'
import { creditLedgerConformance } from '../../src/testing/conformance/credit-ledger.ts'
import { openPglite, type Pglite } from './pglite.ts'
import { type Connection, dropSchemas, makeIn } from './postgres-make.ts'
import { type PostgresServer, startPostgres } from './postgres-server.ts'

const fleet = { isDurable: true, isShared: true }

function conform(connect: () => Promise<Connection>, programRuns: number, claims = fleet): void {
  for (const { name, run } of creditLedgerConformance(makeIn(connect), claims, { programRuns })) test(name, run)
}

const pooled = (connectionString: string) => async (): Promise<Connection> => {
  const pool = new pg.Pool({ connectionString, max: 2 })
  pool.on('error', () => undefined)
  return { client: fromPool(pool), close: () => pool.end() }
}

/** `npm run proof:pglite` runs the suite in memory too: the same engine and the same SQL as in a folder, without its files. */
const isMemoryTested = process.env['PORTCULLIS_TEST_PGLITE_MEMORY'] !== undefined

if (isMemoryTested) {
  describe('a ledger in PGlite in memory passes the conformance suite', () => {
    let database: Pglite
    beforeAll(async () => {
      database = await openPglite()
    })
    afterAll(() => database.close())
    const claims = { isDurable: false, isShared: false }
    conform(async () => ({ client: fromPglite(database), close: async () => undefined }), 4, claims)
  })
}

describe('a ledger in PGlite in a folder passes the conformance suite', () => {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-pglite-'))
  let database: Pglite
  beforeAll(async () => {
    database = await openPglite(folder)
  })
  afterAll(async () => {
    await database.close()
    rmSync(folder, { recursive: true })
  })
  conform(async () => ({ client: fromPglite(database), close: async () => undefined }), 4, {
    isDurable: true,
    isShared: false,
  })
})

describe('a ledger in PostgreSQL passes the conformance suite', () => {
  let server: PostgresServer
  beforeAll(async () => {
    server = await startPostgres()
  })
  afterAll(() => server.close())
  conform(async () => pooled(server.url)(), 8)
})

const given = process.env['PORTCULLIS_TEST_POSTGRES_URL']
if (given !== undefined && given !== '') {
  describe('a ledger in the PostgreSQL of PORTCULLIS_TEST_POSTGRES_URL passes the conformance suite', () => {
    afterAll(() => dropSchemas(given))
    conform(pooled(given), 8)
  })
}
