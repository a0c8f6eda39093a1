import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fromPglite, fromPool, type SqlClient } from '../../src/adapter/postgres/index.ts'
import type { LedgerInvariant } from '../../src/ledger/index.ts'
import type { CreditLedger } from '../../src/port/credit-ledger.ts'
import { day, hour, organization, start, team, user } from '../../src/testing/conformance/ledger-fixture.ts'
import { openPglite, type Pglite } from './pglite.ts'
import { type PostgresServer, startPostgres } from './postgres-server.ts'
import { type Stage, stage } from './purge-stage.ts'

/** A ledger to which everything has happened that there is something to recount of. */
async function live(one: Stage): Promise<CreditLedger> {
  const ledger = one.open()
  const monthly = { amount: 10_000n, period: { every: 'month', timeZone: 'UTC' } } as const
  const daily = { every: 'day', timeZone: 'UTC' } as const
  await ledger.putWallet({ key: 'w1', wallet: organization, funding: 'postpaid', cap: monthly })
  await ledger.putWallet({ key: 'w2', wallet: team, funding: 'own', parent: organization })
  await ledger.putWallet({ key: 'w3', wallet: user, funding: 'parent', parent: team })
  await ledger.grant({ key: 'short', wallet: team, amount: 50n, expiresAt: start + 2 * hour })
  await ledger.grant({ key: 'long', wallet: team, amount: 1_000n })
  await ledger.grant({ key: 'scheduled', wallet: team, amount: 10n, effectiveAt: start + 9 * day })
  await ledger.grant({ key: 'taken', wallet: team, amount: 10n, only: ['x'] })
  await ledger.revoke({ key: 'v', wallet: team, grant: 'taken' })
  await ledger.putAllowance({ key: 'a', wallet: team, allowance: 'daily', amount: 7n, period: daily })
  const reserve = (hold: string, amount: bigint, ttl = day) => ledger.reserve({ hold, wallet: user, amount, ttl })
  await reserve('early', 20n)
  await reserve('lapsed', 3n, hour)
  await reserve('settled', 100n)
  await reserve('held', 60n)
  await ledger.settle({ hold: 'settled', amount: 90n })
  await ledger.settle({ hold: 'held', amount: 10n, part: 'p' })
  one.now += 3 * hour
  await ledger.release({ hold: 'early' })
  await ledger.release({ hold: 'tombstone' })
  await ledger.charge({ hold: 'charge', wallet: user, amount: 5n })
  await ledger.refund({ key: 'r', hold: 'settled', amount: 88n })
  one.now += day
  await ledger.extend({ key: 'e', hold: 'none', ttl: 1 })
  await ledger.charge({ hold: 'late', wallet: user, amount: 5n })
  // An id that was forgotten, and is another hold's now.
  one.now += 10 * hour
  await ledger.charge({ hold: 'charge', wallet: user, amount: 6n })
  await reserve('again', 30n)
  await reserve('settled', 9n)
  return ledger
}

const of = (type: string) => `(select number from {}.wallet where type = '${type}')`
const sheetOf = (hold: string, type: string, movement: string) =>
  `wallet = ${of(type)} and exists (select from {}.entry e where e.wallet = sheet.wallet and e.sequence = sheet.last
     and e.hold = '${hold}' and e.movement % 100 in (${movement}))`

/** Harm, and what is to be said of it. What keeps it from being done is taken away first. */
const harms: readonly (readonly [invariant: LedgerInvariant, message: string, ...harm: readonly string[]])[] = [
  [
    'conservation',
    'what came in is not what became of it',
    `update {}.wallet set expired = expired + 1 where type = 'team'`,
  ],
  ['non_negative', 'an amount is below zero', `update {}.wallet set overdraft = -1 where type = 'team'`],
  [
    'overdraft_repaid',
    'there is overdraft and something available to repay it',
    `update {}.wallet set overdraft = 1, spent = spent + 1 where type = 'team'`,
  ],
  ['hold_sum', 'what is reserved is not what holds hold', `update {}.hold set held = held - 1 where id = 'again'`],
  [
    'hold_sum',
    'its entries hold another amount than it does',
    `update {}.hold set amount = amount + 1 where id = 'again'`,
  ],
  [
    'hold_sum',
    'its entries hold another amount than it does',
    `delete from {}.sheet where ${sheetOf('again', 'team', '45')}`,
  ],
  [
    'hold_sum',
    'what it holds is not of its grants',
    `update {}.hold set body = jsonb_set(body::jsonb, '{11,0,2}', '1')::text where id = 'again'`,
  ],
  [
    'grant_sum',
    'what is available is not what its grants have',
    `update {}.lot set available = available - 1 where name = 'long'`,
  ],
  [
    'grant_sum',
    'what is held of grant `long` is not what holds hold',
    `update {}.lot set reserved = reserved + 1 where name = 'long'`,
  ],
  ['grant_sum', 'grant `long` has more than it brought', `update {}.lot set amount = 1 where name = 'long'`],
  [
    'grant_sum',
    'grant `long` is not what its entries made of it',
    `update {}.lot set amount = amount + 1 where name = 'long'`,
  ],
  [
    'grant_sum',
    'grant `short` is not what its entries made of it',
    `update {}.lot set amount = amount + 1 where name = 'short'`,
  ],
  [
    'grant_sum',
    'grant `r` is not what its entries made of it',
    `update {}.lot set amount = amount + 1 where name = 'r'`,
  ],
  [
    'grant_sum',
    'grant `taken` is not what its entries made of it',
    `update {}.sheet set lot[1] = -1 where wallet = ${of('team')} and movement[1] = 848`,
  ],
  ['hold_lifecycle', 'a hold that has ended holds something', `update {}.hold set held = 1 where id = 'charge'`],
  [
    'hold_lifecycle',
    'a hold that has ended holds something',
    `update {}.hold set state = 'released', held = 0 where id = 'again'`,
  ],
  ['hold_lifecycle', 'a hold holds more than it was given', `update {}.hold set held = amount + 1 where id = 'again'`],
  ['hold_lifecycle', 'more was refunded than it has cost', `update {}.hold set refunded = spent + 1 where id = 'late'`],
  [
    'reserve_limits',
    'what the cap counts is not what was spent in its period',
    `update {}.wallet set cap_spent = cap_spent - 1 where type = 'organization'`,
  ],
  [
    'reserve_limits',
    'what the cap counts is not what was spent in its period',
    `update {}.wallet set cap_starts_at = ${start + day} where type = 'organization'`,
  ],
  [
    'hold_path',
    'it is not on every level of its path',
    `delete from {}.hold_above where wallet = ${of('organization')}`,
  ],
  ['hold_path', 'it is not on every level of its path', `insert into {}.hold_above values (${of('team')}, 5, 'gone')`],
  [
    'hold_path',
    'it is not on every level of its path',
    `update {}.hold set path = wallet || ',' || ${of('team')} where id = 'late'`,
  ],
  [
    'hold_path',
    'it is not on every level of its path',
    `delete from {}.sheet where ${sheetOf('late', 'organization', '16')}`,
  ],
  [
    'balance_sum',
    'the balance is not the sum of the entries',
    `update {}.sheet set amount[1] = amount[1] + 1 where wallet = ${of('team')} and last = 1`,
  ],
  [
    'balance_sum',
    'the balance is not the sum of the entries',
    `update {}.sheet set movement[1] = 14 where wallet = ${of('team')} and last = 1`,
  ],
  [
    'entry_sequence',
    'an entry is missing, or there are more than the wallet knows of',
    `update {}.wallet set sequence = sequence + 1`,
  ],
  [
    'entry_sequence',
    'an entry is missing, or there are more than the wallet knows of',
    `delete from {}.sheet where wallet = ${of('team')} and last = 1`,
  ],
  [
    'entry_sequence',
    'an entry is missing, or there are more than the wallet knows of',
    `update {}.sheet set last = last + 1000 where wallet = ${of('team')} and last = 1`,
  ],
  [
    'entry_sequence',
    'an entry took effect before the one before it',
    `update {}.sheet set at[1] = 5 where ${sheetOf('late', 'user', '16')}`,
  ],
  [
    'idempotency',
    'grant `daily` was granted twice',
    `insert into {}.lot select wallet, ordinal + 100000, name, period, kind, priority, effective_at, expires_at, tags, amount, available,
       reserved, state, is_open from {}.lot where name = 'daily' and period = ${start}`,
  ],
  [
    'idempotency',
    'grant `long` was granted twice',
    `insert into {}.lot select ${of('user')}, ordinal + 100000, name, period, kind, priority, effective_at, expires_at, tags, amount,
       available, reserved, state, is_open from {}.lot where name = 'long'`,
  ],
  [
    'hold_cost',
    'its entries cost another amount than it does',
    `update {}.hold set spent = spent + 1 where id = 'late'`,
  ],
  ['hold_cost', 'its entries cost another amount than it does', `update {}.hold set refunded = 1 where id = 'late'`],
  [
    'hold_cost',
    'its entries cost another amount than it does',
    `delete from {}.sheet where ${sheetOf('late', 'team', '46')}`,
  ],
  ['grant_expiry', 'grant `short` expired, but not all of it', `update {}.lot set available = 1 where name = 'short'`],
  [
    'grant_expiry',
    'grant `short` expired, but not all of it',
    `update {}.lot set expires_at = expires_at - 1 where name = 'short'`,
  ],
  ['grant_expiry', 'grant `short` expired, but not all of it', `update {}.lot set state = 'live' where name = 'short'`],
  [
    'grant_expiry',
    'grant `short` expired, and came back',
    `update {}.sheet set movement = array_replace(movement, 357::smallint, 354::smallint) where wallet = ${of('team')}`,
  ],
]

const unguard = [
  'alter table {}.sheet disable trigger sheet_is_final',
  'alter domain {}.amount drop constraint amount_check',
  'alter table {}.hold drop constraint hold_check',
  'alter table {}.lot drop constraint lot_check',
]

function promises(client: () => SqlClient): void {
  let one: Stage
  let ledger: CreditLedger
  beforeAll(async () => {
    one = await stage(client())
    ledger = await live(one)
  })

  test('a ledger that everything has happened to adds up, whole and wallet by wallet', async () => {
    for (const wallet of [undefined, organization, team, user]) expect(await ledger.verify(wallet)).toEqual([])
    const { rows } = await client().query(`select distinct state from "${one.schema}".hold`, [])
    expect(rows.length).toBe(4)
  })

  test.each(harms)('%s: %s', async (invariant, message, ...harm) => {
    const run = (text: string) => client().query(text.replaceAll('{}', `"${one.schema}"`), [])
    await run('begin')
    try {
      for (const text of unguard) await run(text)
      for (const text of harm) await run(text)
      const violations = await ledger.verify()
      expect(violations).toContainEqual(expect.objectContaining({ invariant, message }))
      const found = violations.find((one) => one.message === message)
      expect(await ledger.verify(found?.wallet)).toContainEqual(found)
    } finally {
      await run('rollback')
    }
    expect(await ledger.verify()).toEqual([])
  })
}

describe('in PostgreSQL, what was damaged is named', () => {
  let server: PostgresServer
  let pool: pg.Pool
  let client: SqlClient
  beforeAll(async () => {
    server = await startPostgres(['fsync=off'])
    // One connection, so that what is damaged is seen by who recounts, and undone.
    pool = new pg.Pool({ connectionString: server.url, max: 1 })
    pool.on('error', () => undefined)
    client = fromPool(pool)
  })
  afterAll(async () => {
    await pool.end()
    await server.close()
  })
  promises(() => client)

  test('thousands of grants that have expired are recounted in one pass, not each with every entry', async () => {
    const one = await stage(client)
    const ledger = one.open(undefined, fromPool(pool, { timeout: 5_000 }))
    const grant = (i: number) => ({ key: `g${i}`, wallet: team, amount: 3n, expiresAt: start + 500 })
    await Promise.all(Array.from({ length: 5_000 }, (_, i) => ledger.grant(grant(i))))
    const reserve = (i: number) => ({ hold: `h${i}`, wallet: team, amount: 3n, ttl: 400 })
    await Promise.all(Array.from({ length: 5_000 }, (_, i) => ledger.reserve(reserve(i))))
    one.now += 500
    expect((await ledger.balance(team)).expired).toBe(15_000n)
    expect(await ledger.verify()).toEqual([])
  })
})

describe('in PGlite, what was damaged is named', () => {
  let database: Pglite
  let client: SqlClient
  beforeAll(async () => {
    database = await openPglite()
    client = fromPglite(database)
  })
  afterAll(() => database.close())
  promises(() => client)
})
