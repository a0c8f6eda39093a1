import pg from 'pg'
import { expect, test } from 'vitest'
import { createPostgresCreditLedger, fromPool, NotSentError } from '../../../../src/adapter/postgres/index.ts'

const pool = { connect: () => Promise.reject(new Error('nobody is there')) }

test('what is no client, a pool itself included, is refused when the ledger is made', () => {
  const words = 'expected a client with `query` and `transaction`, as `fromPool` and `fromPglite` make one'
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
    expect(() => createPostgresCreditLedger(options as never)).toThrow(new TypeError(words))
  expect(() => createPostgresCreditLedger({ client: fromPool(pool) })).not.toThrow()
})

test('what is no pool is refused when the client is made', () => {
  for (const given of [undefined, null, 'postgres://', {}])
    expect(() => fromPool(given as never)).toThrow(new TypeError('expected a pool with `connect`, as `pg` has it'))
})

test('a timeout that no timer can keep is refused', () => {
  for (const timeout of [0, -1, 0.5, Number.NaN, 2 ** 31, '5']) {
    const words = `expected whole milliseconds, from 1 to 2147483647, not \`${timeout}\``
    expect(() => fromPool(pool, { timeout: timeout as number })).toThrow(new RangeError(words))
  }
})

test('why there is no connection is in the message', async () => {
  const none = new AggregateError([
    new Error('connect ECONNREFUSED ::1:1'),
    new Error('connect ECONNREFUSED 127.0.0.1:1'),
  ])
  const refused = new pg.Pool({ host: '127.0.0.1', port: 1 })
  const words = 'there is no connection to the database'
  for (const [given, why] of [
    [pool, `${words}: nobody is there`],
    [refused, `${words}: connect ECONNREFUSED 127.0.0.1:1`],
    [{ connect: () => Promise.reject(none) }, `${words}: connect ECONNREFUSED ::1:1`],
    [{ connect: () => new Promise<never>(() => undefined) }, `${words}: nothing for 20 ms`],
  ] as const) {
    const ledger = createPostgresCreditLedger({ client: fromPool(given, { timeout: given === refused ? 5_000 : 20 }) })
    const failure = { name: 'LedgerError', code: 'ledger_unavailable', outcome: 'not_applied', message: why }
    await expect(ledger.balance({ type: 'team', id: 'a', incarnation: 1 })).rejects.toMatchObject(failure)
  }
})

test('a client of your own says why a statement was not sent', async () => {
  const unsent = () => Promise.reject(new NotSentError('the connection is broken'))
  const ledger = createPostgresCreditLedger({ client: { query: unsent, transaction: unsent } })
  const message = 'there is no connection to the database: the connection is broken'
  await expect(ledger.verify()).rejects.toMatchObject({ outcome: 'not_applied', message })
})

test('options that are out of bounds are refused', () => {
  const client = fromPool(pool)
  const retention = 'expected whole milliseconds, at least 1000, not `5`'
  expect(() => createPostgresCreditLedger({ client, idRetention: 5 })).toThrow(new RangeError(retention))
  const writes = 'expected a whole number of writes, at least 1, not `0`'
  expect(() => createPostgresCreditLedger({ client, batchLimit: 0 })).toThrow(new RangeError(writes))
})
