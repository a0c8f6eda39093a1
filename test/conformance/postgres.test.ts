import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { fromPglite, fromPool } from '../../src/adapter/postgres/index.ts'
import { creditLedgerConformance } from '../../src/testing/conformance/ledger/credit-ledger.ts'
import { openPglite, type Pglite } from './pglite.ts'
import { type Connection, dropSchemas, makeIn } from './postgres-make.ts'
import { type PostgresServer, startPostgres } from './postgres-server.ts'

const fleet = { isDurable: true, isShared: true }

function conform(connect: () => Promise<Connection>, programRuns: number, claims = fleet, skipped = /^$/): void {
  for (const { name, run } of creditLedgerConformance(makeIn(connect), claims, { programRuns })) {
    if (!skipped.test(name)) test(name, run)
  }
}

const pooled = (connectionString: string) => async (): Promise<Connection> => {
  const pool = new pg.Pool({ connectionString, max: 2 })
  pool.on('error', () => undefined)
  return { client: fromPool(pool), close: () => pool.end() }
}

/** `npm run proof:pglite` runs the whole suite in a folder and in memory: the same engine and SQL, without files. */
const isWhole = process.env['PORTCULLIS_TEST_PGLITE_MEMORY'] !== undefined

if (isWhole) {
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
  // The long cases run in PostgreSQL below, and with `npm run proof:pglite` here too.
  const long = isWhole ? /^$/ : /^(transfer|programs|histories): /
  const claims = { isDurable: true, isShared: false }
  conform(async () => ({ client: fromPglite(database), close: async () => undefined }), 4, claims, long)
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
