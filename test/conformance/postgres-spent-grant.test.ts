import { expect, test } from 'vitest'
import { fromPglite } from '../../src/adapter/postgres/index.ts'
import { day, hour, start, team } from '../../src/testing/conformance/ledger/ledger-fixture.ts'
import { openPglite } from './pglite.ts'
import { createFixture } from './purge-fixture.ts'

test('spent grants are not loaded with a reserve, and a refund loads the one that paid', async () => {
  const database = await openPglite()
  const client = fromPglite(database)
  const fixture = await createFixture(client)
  const ledger = fixture.open(30 * day)
  for (let i = 0; i < 100; i += 1) {
    await ledger.grant({ key: `g ${i}`, wallet: team, amount: 5n, expiresAt: start + day })
    await ledger.charge({ hold: `c ${i}`, wallet: team, amount: 5n })
  }
  const open = async () => {
    const { rows } = await client.query(`select name from "${fixture.schema}".lot where is_open order by ordinal`, [])
    return rows.map(({ name }) => name)
  }
  expect(await open()).toEqual([])
  await ledger.refund({ key: 'r', hold: 'c 7', amount: 3n })
  expect(await open()).toEqual(['g 7'])
  const other = fixture.open(30 * day)
  expect(await other.reserve({ hold: 'h', wallet: team, amount: 3n, ttl: hour })).toMatchObject({ ok: true })
  await other.settle({ hold: 'h', amount: 3n })
  expect(await open()).toEqual([])
  fixture.now += day
  await other.refund({ key: 's', hold: 'h', amount: 1n })
  expect((await other.statement(team)[Symbol.asyncIterator]().next()).value).toMatchObject({ type: 'granted' })
  expect(await other.balance(team)).toMatchObject({ available: 0n, expired: 1n, spent: 499n })
  expect(await other.verify()).toEqual([])
  await database.close()
})
