import { expect, test } from 'vitest'
import { createPostgresCreditLedger, fromPool } from '../../../../src/postgres.ts'

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

test('options that are out of bounds are refused', () => {
  const client = fromPool(pool)
  const retention = 'expected whole milliseconds, at least 1000, not `5`'
  expect(() => createPostgresCreditLedger({ client, idRetention: 5 })).toThrow(new RangeError(retention))
  const writes = 'expected a whole number of writes, at least 1, not `0`'
  expect(() => createPostgresCreditLedger({ client, batchLimit: 0 })).toThrow(new RangeError(writes))
})
