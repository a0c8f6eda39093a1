import { afterAll, beforeAll, expect, test } from 'vitest'
import { createMemoryCreditLedger } from '../../src/adapter/memory/index.ts'
import { createPostgresCreditLedger, fromPglite, migrate, type SqlClient } from '../../src/adapter/postgres/index.ts'
import type { Wallet, WalletLevel } from '../../src/model/noun/wallet.ts'
import type { CreditLedger } from '../../src/port/credit-ledger.ts'
import { organization, start, team, user } from '../../src/testing/conformance/ledger/ledger-fixture.ts'
import { openPglite, type Pglite } from './pglite.ts'
import { newSchema } from './postgres-make.ts'

/** The number of holds in the tests. Higher than the number of lapsed holds that one `load` returns. */
const many = 2_300

let database: Pglite
beforeAll(async () => {
  database = await openPglite()
})
afterAll(() => database.close())

/** Opens an in-memory ledger and a PostgreSQL ledger with the same data, and a second process with an empty cache. */
async function both() {
  let now = start
  const clock = { now: () => now }
  const [client, schema] = [fromPglite(database), newSchema()]
  await migrate(client, { schema })
  const [memory, one, other] = [
    createMemoryCreditLedger({ clock }),
    createPostgresCreditLedger({ client, schema, clock }),
    createPostgresCreditLedger({ client, schema, clock }),
  ]
  for (const ledger of [memory, one]) {
    await ledger.putWallet({ key: 'o', wallet: organization, funding: 'postpaid' })
    for (const wallet of [team, user]) {
      await ledger.putWallet({ key: wallet.type, wallet, funding: 'own', parent: organization })
      await ledger.grant({ key: `g ${wallet.type}`, wallet, amount: 100_000n })
    }
  }
  const pass = (milliseconds: number) => {
    now += milliseconds
  }
  return { memory, one, other, pass }
}

async function statement(ledger: CreditLedger, wallet: WalletLevel): Promise<readonly unknown[]> {
  const entries: unknown[] = []
  for await (const entry of ledger.statement(wallet)) entries.push(entry)
  return entries
}

test.each([
  ['at different instants', (i: number) => many - i],
  ['at two instants', (i: number) => 500 + (i % 2)],
  ['at one instant', () => 500],
])('more holds than are loaded at once that lapse %s do so in order at every level', async (_, ttl) => {
  const { memory, one, other, pass } = await both()
  for (const ledger of [memory, one]) {
    const reserve = (i: number) => ({ hold: `h${(i * 7) % many}`, wallet: user, amount: 1n, ttl: ttl(i) })
    await Promise.all(Array.from({ length: many }, (__, i) => ledger.reserve(reserve(i))))
    await ledger.reserve({ hold: 'last', wallet: team, amount: 1n, ttl: many + 1 })
  }
  pass(many + 2)
  const charge = { hold: 'c', wallet: team, amount: 1n }
  expect(await other.charge(charge)).toEqual(await memory.charge(charge))
  for (const wallet of [organization, team, user]) {
    expect(await statement(other, wallet)).toEqual(await statement(memory, wallet))
  }
  expect((await statement(other, organization)).length).toBe(2 * many + 3)
  expect(await other.verify()).toEqual([])
})

test('a sweep returns the number of booked entries, in however many steps it books them', async () => {
  const { memory, one, other, pass } = await both()
  for (const ledger of [memory, one]) {
    const reserve = (i: number) => ({ hold: `h${i}`, wallet: user, amount: 1n, ttl: 1 + i })
    await Promise.all(Array.from({ length: many }, (__, i) => ledger.reserve(reserve(i))))
  }
  pass(many)
  expect(await memory.sweep(5)).toEqual({ booked: 2 * many, isDone: true })
  expect(await other.sweep(5)).toEqual({ booked: 2 * many, isDone: true })
  for (const limit of [0, 1, 5]) expect(await other.sweep(limit)).toEqual({ booked: 0, isDone: true })
})

test('other writes take their turn between the batches of a large sweep', async () => {
  const [client, schema, clock] = [fromPglite(database), newSchema(), { now: () => start }]
  await migrate(client, { schema })
  let commits = 0
  const counting: SqlClient = {
    transaction: (run) => client.transaction(run),
    query: (text, values) => {
      if (text.includes('.commit(')) commits += 1
      return client.query(text, values)
    },
  }
  const before = createPostgresCreditLedger({ client, schema, clock })
  const wallets = Array.from({ length: 2_500 }, (_, i) => ({ type: 'user', id: `u${i}`, incarnation: 0 }) as const)
  const grant = (wallet: Wallet) => before.grant({ key: wallet.id, wallet, amount: 1n, expiresAt: start + 1 })
  await Promise.all(wallets.map(grant))
  const ledger = createPostgresCreditLedger({ client: counting, schema, clock: { now: () => start + 1 } })
  const order: string[] = []
  const sweep = ledger.sweep(2_500).then((swept) => {
    order.push('swept')
    return swept
  })
  while (commits === 0) await new Promise((resolve) => setTimeout(resolve))
  await ledger.charge({ hold: 'c', wallet: wallets[0] as Wallet, amount: 0n })
  order.push('charged')
  expect(await sweep).toEqual({ booked: 2_500, isDone: true })
  expect(order).toEqual(['charged', 'swept'])
})
