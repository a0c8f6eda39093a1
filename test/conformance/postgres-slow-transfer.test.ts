import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createMemoryClock, createMemoryCreditLedger } from '../../src/adapter/memory/index.ts'
import { createPostgresCreditLedger, fromPool, migrate } from '../../src/adapter/postgres/index.ts'
import { start } from '../../src/testing/conformance/ledger/ledger-fixture.ts'
import { fullProgram } from '../../src/testing/conformance/ledger/program/ledger-full-program.ts'
import { exportOf } from '../../src/testing/conformance/ledger/program/ledger-pair.ts'
import { runStep } from '../../src/testing/conformance/ledger/program/ledger-programs.ts'
import { newSchema } from './postgres-make.ts'
import { type PostgresServer, startPostgres } from './postgres-server.ts'

let server: PostgresServer
beforeAll(async () => {
  server = await startPostgres(['fsync=off'])
})
afterAll(() => server.close())

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))

test('an export with a slow reader and an import with a slow source are not cut short by the timeouts of a pool', async () => {
  const clock = createMemoryClock(start)
  const source = createMemoryCreditLedger({ clock })
  const life = {
    ledger: source,
    pass: (milliseconds: number) => clock.advance(milliseconds),
    close: () => source.close(),
  }
  for (const step of fullProgram) await runStep(life, source, step)
  const texts = await exportOf(source)

  const options = '-c statement_timeout=2000 -c idle_in_transaction_session_timeout=150'
  const pool = new pg.Pool({ connectionString: server.url, max: 2, options })
  pool.on('error', () => undefined)
  const client = fromPool(pool)
  const schema = newSchema()
  await migrate(client, { schema })
  const ledger = createPostgresCreditLedger({ client, schema, clock })
  const slowly = async function* () {
    for (const [i, text] of texts.entries()) {
      if (i % Math.ceil(texts.length / 3) === 2) await pause(400)
      yield text
    }
  }
  expect(await ledger.import(slowly())).toEqual({ ok: true, records: texts.length })
  const read: string[] = []
  for await (const text of ledger.export()) {
    if (read.length === 3) await pause(400)
    read.push(text)
  }
  expect(read).toEqual(texts)
  await ledger.close()
  await pool.end()
})
