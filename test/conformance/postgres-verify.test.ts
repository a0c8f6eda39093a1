import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fromPglite, fromPool, type SqlClient } from '../../src/adapter/postgres/index.ts'
import type { CreditLedger } from '../../src/port/credit-ledger.ts'
import type { LedgerInvariant } from '../../src/port/ledger-invariant.ts'
import { day, hour, organization, start, team, user } from '../../src/testing/conformance/ledger/ledger-fixture.ts'
import { openPglite, type Pglite } from './pglite.ts'
import { type PostgresServer, startPostgres } from './postgres-server.ts'
import { createFixture, type PurgeFixture } from './purge-fixture.ts'

/** Opens a ledger and makes every kind of write, so that every check of `verify` has rows to count. */
async function live(fixture: PurgeFixture): Promise<CreditLedger> {
  const ledger = fixture.open()
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
  fixture.now += 3 * hour
  await ledger.release({ hold: 'early' })
  await ledger.release({ hold: 'tombstone' })
  await ledger.charge({ hold: 'charge', wallet: user, amount: 5n })
  await ledger.refund({ key: 'r', hold: 'settled', amount: 88n, expiresAt: start + 90 * day })
  fixture.now += day
  await ledger.extend({ key: 'e', hold: 'none', ttl: 1 })
  await ledger.charge({ hold: 'late', wallet: user, amount: 5n })
  // The ids of two forgotten holds are reused.
  fixture.now += 10 * hour
  await ledger.charge({ hold: 'charge', wallet: user, amount: 6n })
  await reserve('again', 30n)
  await reserve('settled', 9n)
  return ledger
}

const of = (type: string) => `(select number from {}.wallet where type = '${type}')`
const blockOf = (hold: string, type: string, codes: string) =>
  `wallet = ${of(type)} and exists (select from {}.entry e where e.wallet = entry_block.wallet and e.sequence = entry_block.last
     and e.hold = '${hold}' and e.code % 100 in (${codes}))`

/**
 * Statements that damage a ledger, and the violation that `verify` must report. The test first drops the constraints of
 * the tables.
 */
const damages: readonly (readonly [invariant: LedgerInvariant, message: string, ...statements: readonly string[]])[] = [
  [
    'conservation',
    'the sources and the destinations of credits have different sums',
    `update {}.wallet set expired = expired + 1 where type = 'team'`,
  ],
  ['non_negative', 'an amount is negative', `update {}.wallet set overdraft = -1 where type = 'team'`],
  [
    'overdraft_repaid',
    'overdraft remains although credits that may repay it are available',
    `update {}.wallet set overdraft = 1, spent = spent + 1, debts = '[[[null,"1",null]],[]]' where type = 'team'`,
  ],
  [
    'overdraft_repaid',
    'the debts differ from the entries, or from the overdraft',
    `update {}.wallet set overdraft = 1, spent = spent + 1 where type = 'team'`,
  ],
  [
    'overdraft_repaid',
    'the debts differ from the entries, or from the overdraft',
    `update {}.wallet set overdraft = 1, spent = spent + 1, debts = '[[[["x"],"1",null]],[]]' where type = 'team'`,
  ],
  [
    'hold_lifecycle',
    'a refund names no cost entry of its hold',
    `update {}.entry_block set details = regexp_replace(details, '\\[null,[0-9]+\\]', '[null,1]', 'g')`,
  ],
  [
    'hold_lifecycle',
    'the refunds of an entry exceed it, or differ from their sum',
    `update {}.refunded set amount = amount + 1`,
  ],
  [
    'hold_sum',
    'the reserved amount differs from the sum of open holds',
    `update {}.hold set held = held - 1 where id = 'again'`,
  ],
  [
    'hold_sum',
    'the held amount differs from the entries of the hold',
    `update {}.hold set amount = amount + 1 where id = 'again'`,
  ],
  [
    'hold_sum',
    'the held amount differs from the entries of the hold',
    `delete from {}.entry_block where ${blockOf('again', 'team', '45')}`,
  ],
  [
    'hold_sum',
    'the held amount differs from the sum of its slices',
    `update {}.hold set body = jsonb_set(body::jsonb, '{11,0,2}', '1')::text where id = 'again'`,
  ],
  [
    'grant_sum',
    'the available amount differs from the sum of the grants',
    `update {}.lot set available = available - 1 where name = 'long'`,
  ],
  [
    'grant_sum',
    'the reserved amount of grant `long` differs from the sum of open holds',
    `update {}.lot set reserved = reserved + 1 where name = 'long'`,
  ],
  ['grant_sum', 'grant `long` has more credits than it brought', `update {}.lot set amount = 1 where name = 'long'`],
  [
    'grant_sum',
    'grant `long` differs from the sum of its entries',
    `update {}.lot set amount = amount + 1 where name = 'long'`,
  ],
  [
    'grant_sum',
    'grant `short` differs from the sum of its entries',
    `update {}.lot set amount = amount + 1 where name = 'short'`,
  ],
  [
    'grant_sum',
    'grant `r` differs from the sum of its entries',
    `update {}.lot set amount = amount + 1 where name = 'r'`,
  ],
  [
    'grant_sum',
    'grant `taken` differs from the sum of its entries',
    `update {}.entry_block set lot[1] = -1 where wallet = ${of('team')} and code[1] = 848`,
  ],
  ['hold_lifecycle', 'a hold that has ended still holds credits', `update {}.hold set held = 1 where id = 'charge'`],
  [
    'hold_lifecycle',
    'a hold that has ended still holds credits',
    `update {}.hold set state = 'released', held = 0 where id = 'again'`,
  ],
  [
    'hold_lifecycle',
    'the hold holds more than was reserved',
    `update {}.hold set held = amount + 1 where id = 'again'`,
  ],
  ['hold_lifecycle', 'more was refunded than was spent', `update {}.hold set refunded = spent + 1 where id = 'late'`],
  [
    'reserve_limits',
    'the amount counted by the cap differs from what was spent in its period',
    `update {}.wallet set cap_spent = cap_spent - 1 where type = 'organization'`,
  ],
  [
    'reserve_limits',
    'the amount counted by the cap differs from what was spent in its period',
    `update {}.wallet set cap_starts_at = ${start + day} where type = 'organization'`,
  ],
  [
    'hold_path',
    'the hold is not recorded at every level of its path',
    `delete from {}.hold_ancestor where wallet = ${of('organization')}`,
  ],
  [
    'hold_path',
    'the hold is not recorded at every level of its path',
    `insert into {}.hold_ancestor values (${of('team')}, 5, 'gone')`,
  ],
  [
    'hold_path',
    'the hold is not recorded at every level of its path',
    `update {}.hold set path = wallet || ',' || ${of('team')} where id = 'late'`,
  ],
  [
    'hold_path',
    'the hold is not recorded at every level of its path',
    `delete from {}.entry_block where ${blockOf('late', 'organization', '16')}`,
  ],
  [
    'balance_sum',
    'the balance differs from the sum of the entries',
    `update {}.entry_block set amount[1] = amount[1] + 1 where wallet = ${of('team')} and last = 1`,
  ],
  [
    'balance_sum',
    'the balance differs from the sum of the entries',
    `update {}.entry_block set code[1] = 14 where wallet = ${of('team')} and last = 1`,
  ],
  [
    'entry_sequence',
    'the entries are not numbered from 1 to the sequence of the wallet',
    `update {}.wallet set sequence = sequence + 1`,
  ],
  [
    'entry_sequence',
    'the entries are not numbered from 1 to the sequence of the wallet',
    `delete from {}.entry_block where wallet = ${of('team')} and last = 1`,
  ],
  [
    'entry_sequence',
    'the entries are not numbered from 1 to the sequence of the wallet',
    `update {}.entry_block set last = last + 1000 where wallet = ${of('team')} and last = 1`,
  ],
  [
    'entry_sequence',
    'an entry is dated before its predecessor',
    `update {}.entry_block set at[1] = 5 where ${blockOf('late', 'user', '16')}`,
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
    'the cost differs from the entries of the hold',
    `update {}.hold set spent = spent + 1 where id = 'late'`,
  ],
  ['hold_cost', 'the cost differs from the entries of the hold', `update {}.hold set refunded = 1 where id = 'late'`],
  [
    'hold_cost',
    'the cost differs from the entries of the hold',
    `delete from {}.entry_block where ${blockOf('late', 'team', '46')}`,
  ],
  [
    'grant_expiry',
    'grant `short` did not expire completely at its expiry',
    `update {}.lot set available = 1 where name = 'short'`,
  ],
  [
    'grant_expiry',
    'grant `short` did not expire completely at its expiry',
    `update {}.lot set expires_at = expires_at - 1 where name = 'short'`,
  ],
  [
    'grant_expiry',
    'grant `short` did not expire completely at its expiry',
    `update {}.lot set state = 'live' where name = 'short'`,
  ],
  [
    'grant_expiry',
    'grant `short` received credits after it expired',
    `update {}.entry_block set code = array_replace(code, 357::smallint, 354::smallint) where wallet = ${of('team')}`,
  ],
]

const dropConstraints = [
  'alter table {}.entry_block disable trigger entry_block_is_append_only',
  'alter domain {}.amount drop constraint amount_check',
  'alter table {}.hold drop constraint hold_check',
  'alter table {}.lot drop constraint lot_check',
]

function testEach(client: () => SqlClient): void {
  let fixture: PurgeFixture
  let ledger: CreditLedger
  beforeAll(async () => {
    fixture = await createFixture(client())
    ledger = await live(fixture)
  })

  test('a ledger with every kind of write has no violations, as a whole and by wallet', async () => {
    for (const wallet of [undefined, organization, team, user]) expect(await ledger.verify(wallet)).toEqual([])
    const { rows } = await client().query(`select distinct state from "${fixture.schema}".hold`, [])
    expect(rows.length).toBe(4)
  })

  test.each(damages)('%s: %s', async (invariant, message, ...statements) => {
    const run = (text: string) => client().query(text.replaceAll('{}', `"${fixture.schema}"`), [])
    await run('begin')
    try {
      for (const text of dropConstraints) await run(text)
      for (const text of statements) await run(text)
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

describe('in PostgreSQL `verify` names the damage', () => {
  let server: PostgresServer
  let pool: pg.Pool
  let client: SqlClient
  beforeAll(async () => {
    server = await startPostgres(['fsync=off'])
    // `verify` uses the same connection, so it sees the uncommitted damage. The damage is rolled back afterward.
    pool = new pg.Pool({ connectionString: server.url, max: 1 })
    pool.on('error', () => undefined)
    client = fromPool(pool)
  })
  afterAll(async () => {
    await pool.end()
    await server.close()
  })
  testEach(() => client)

  test('`verify` checks thousands of expired grants in one pass, without comparing each with every entry', async () => {
    const fixture = await createFixture(client)
    const ledger = fixture.open(undefined, fromPool(pool, { timeout: 5_000 }))
    const grant = (i: number) => ({ key: `g${i}`, wallet: team, amount: 3n, expiresAt: start + 500 })
    await Promise.all(Array.from({ length: 5_000 }, (_, i) => ledger.grant(grant(i))))
    const reserve = (i: number) => ({ hold: `h${i}`, wallet: team, amount: 3n, ttl: 400 })
    await Promise.all(Array.from({ length: 5_000 }, (_, i) => ledger.reserve(reserve(i))))
    fixture.now += 500
    expect((await ledger.balance(team)).expired).toBe(15_000n)
    expect(await ledger.verify()).toEqual([])
  })
})

describe('in PGlite `verify` names the damage', () => {
  let database: Pglite
  let client: SqlClient
  beforeAll(async () => {
    database = await openPglite()
    client = fromPglite(database)
  })
  afterAll(() => database.close())
  testEach(() => client)
})
