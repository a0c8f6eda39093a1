import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createMemoryClock } from '../../src/adapter/memory/index.ts'
import { createPostgresCreditLedger, fromPglite, migrate, migratePolicy } from '../../src/adapter/postgres/index.ts'
import { start } from '../../src/testing/conformance/ledger/ledger-fixture.ts'
import { fullProgram, fullProgramWallets } from '../../src/testing/conformance/ledger/program/ledger-full-program.ts'
import { runStep } from '../../src/testing/conformance/ledger/program/ledger-programs.ts'
import { openPglite, type Pglite } from './pglite.ts'

interface Row {
  readonly at: Date
  readonly amount: number
}

let pglite: Pglite
beforeAll(async () => {
  pglite = await openPglite()
})
afterAll(() => pglite.close())

const documents = ['../../README.md', '../../src/adapter/postgres/README.md']
const queries = documents
  .map((path) => readFileSync(new URL(path, import.meta.url), 'utf8'))
  .flatMap((text) => [...text.matchAll(/```sql\n([\s\S]*?)```/g)].map(([, query = '']) => query))

test('the queries of the READMEs return the entries of `statement`', async () => {
  const client = fromPglite(pglite)
  const clock = createMemoryClock(start)
  await migrate(client)
  const ledger = createPostgresCreditLedger({ client, clock })
  const test = { ledger, pass: (milliseconds: number) => clock.advance(milliseconds), close: () => ledger.close() }
  for (const step of fullProgram) await runStep(test, ledger, step)
  const expected: unknown[] = []
  for (const wallet of fullProgramWallets)
    for await (const entry of ledger.statement(wallet)) {
      const { sequence, at, type, from, to, amount, grant = null, hold = null, call } = entry
      expected.push({
        wallet_type: wallet.type,
        wallet: wallet.type === 'member' ? wallet.user : wallet.id,
        sequence,
        at,
        type,
        from,
        to,
        amount,
        grant_key: grant,
        hold,
        path: call?.path ?? null,
        tags: call?.tags ?? null,
        note: call?.note ?? null,
      })
    }
  const ofStatement = queries.filter((query) => query.includes('portcullis.statement'))
  expect(ofStatement.length).toBeGreaterThan(0)
  for (const query of ofStatement) {
    const rows = (await pglite.query(query)).rows as readonly Row[]
    const actual = rows.map((row) => ({ ...row, at: row.at.getTime(), amount: BigInt(row.amount) }))
    expect(new Set(actual.map((row) => JSON.stringify(row, text)))).toEqual(
      new Set(expected.map((row) => JSON.stringify(row, text))),
    )
  }
  expect(expected.length).toBeGreaterThan(60)
})

test('the queries of the READMEs about the policy run on its schema', async () => {
  const ofPolicy = queries.filter((query) => !query.includes('portcullis.statement'))
  expect(ofPolicy.length).toBeGreaterThan(0)
  await migratePolicy(fromPglite(pglite))
  await pglite.query('create role application')
  for (const query of ofPolicy) {
    for (const statement of query.split(';').filter((part) => part.trim() !== '')) await pglite.query(statement)
  }
})

const text = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value)
