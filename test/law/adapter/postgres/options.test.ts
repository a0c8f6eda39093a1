import pg from 'pg'
import { expect, test } from 'vitest'
import { createPostgresCreditLedger, fromPool, NotSentError } from '../../../../src/adapter/postgres/index.ts'

const pool = { connect: () => Promise.reject(new Error('connection refused')) }

test('createPostgresCreditLedger refuses a value that is not a client, including a pool', () => {
  const message = 'expected a client with `query` and `transaction`, made by `fromPool` or `fromPglite`'
  const given = [
    undefined,
    null,
    {},
    { client: undefined },
    { client: null },
    { client: 'postgres://' },
    { client: pool },
  ]
  for (const options of [...given, { client: { query: () => undefined } }])
    expect(() => createPostgresCreditLedger(options as never)).toThrow(new TypeError(message))
  expect(() => createPostgresCreditLedger({ client: fromPool(pool) })).not.toThrow()
})

test('fromPool refuses a value that is not a pool', () => {
  for (const given of [undefined, null, 'postgres://', {}])
    expect(() => fromPool(given as never)).toThrow(new TypeError('expected a pool with `connect`, such as one of `pg`'))
})

test('fromPool refuses a timeout that is out of range', () => {
  for (const timeout of [0, -1, 0.5, Number.NaN, 2 ** 31, '5']) {
    const message = `expected an integer of milliseconds from 1 to 2147483647, not \`${timeout}\``
    expect(() => fromPool(pool, { timeout: timeout as number })).toThrow(new RangeError(message))
  }
})

test('the message of a failed connection includes the reason', async () => {
  const none = new AggregateError([
    new Error('connect ECONNREFUSED ::1:1'),
    new Error('connect ECONNREFUSED 127.0.0.1:1'),
  ])
  const refused = new pg.Pool({ host: '127.0.0.1', port: 1 })
  const message = 'no connection to the database'
  for (const [given, why] of [
    [pool, `${message}: connection refused`],
    [refused, `${message}: connect ECONNREFUSED 127.0.0.1:1`],
    [{ connect: () => Promise.reject(none) }, `${message}: connect ECONNREFUSED ::1:1`],
    [{ connect: () => new Promise<never>(() => undefined) }, `${message}: no response within 20 ms`],
  ] as const) {
    const ledger = createPostgresCreditLedger({ client: fromPool(given, { timeout: given === refused ? 5_000 : 20 }) })
    const failure = { name: 'LedgerError', code: 'ledger_unavailable', outcome: 'not_applied', message: why }
    await expect(ledger.balance({ type: 'team', id: 'a', incarnation: 1 })).rejects.toMatchObject(failure)
  }
})

test("the message of a custom client's `NotSentError` is passed on", async () => {
  const unsent = () => Promise.reject(new NotSentError('the connection is broken'))
  const ledger = createPostgresCreditLedger({ client: { query: unsent, transaction: unsent } })
  const message = 'no connection to the database: the connection is broken'
  await expect(ledger.verify()).rejects.toMatchObject({ outcome: 'not_applied', message })
})

test('createPostgresCreditLedger refuses options that are out of range', () => {
  const client = fromPool(pool)
  const retention = 'expected an integer of at least 1000 milliseconds, not `5`'
  expect(() => createPostgresCreditLedger({ client, idRetention: 5 })).toThrow(new RangeError(retention))
  const writes = 'expected `batchLimit` to be an integer of at least 1, not `0`'
  expect(() => createPostgresCreditLedger({ client, batchLimit: 0 })).toThrow(new RangeError(writes))
})
