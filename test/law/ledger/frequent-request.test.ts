import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readReserve } from '../../../src/ledger/read-frequent-request.ts'
import { readRequest } from '../../../src/ledger/read-request.ts'

const level = fc.constantFrom<unknown>(
  { type: 'credential', id: 'key', incarnation: 0 },
  { type: 'member', team: 'dev', user: 'ann', incarnation: 0 },
  { type: 'team', id: 'dev', incarnation: 1 },
  { type: 'organization', id: 'acme', incarnation: 0 },
  { type: 'team', id: '', incarnation: 0 },
  { type: 'team', id: 'dev', incarnation: -1 },
  { type: 'team', id: 'dev', incarnation: 0, more: 1 },
  null,
)
const amount = fc.constantFrom<unknown>(-1n, 0n, 1n, 2n, 3n, 2n ** 63n - 1n, 2n ** 63n, 1, '1', undefined)
const reserve = fc.record(
  {
    hold: fc.constantFrom<unknown>('h', '', 'a\nb', 1),
    wallet: level,
    path: fc.array(level, { maxLength: 3 }),
    amount,
    minAmount: amount,
    ttl: fc.constantFrom<unknown>(1, 60_000, 0, 1.5, 2 ** 40),
    tags: fc.constantFrom<unknown>(['a'], undefined),
  },
  { requiredKeys: [] },
)
const valid = fc.record(
  {
    hold: fc.constant('h'),
    path: fc.constant([
      { type: 'credential', id: 'key', incarnation: 0 },
      { type: 'team', id: 'dev', incarnation: 1 },
    ]),
    amount: fc.constantFrom(1n, 2n, 3n),
    minAmount: fc.constantFrom<unknown>(0n, 1n, 2n, 3n, 4n, 1),
    ttl: fc.constant(60_000),
  },
  { requiredKeys: ['hold', 'path', 'amount', 'ttl'] },
)

test('the fast way of reading a reserve accepts only what the schema accepts, and reads it equally', () => {
  let count = 0
  fc.assert(
    fc.property(fc.oneof(reserve, valid), (input) => {
      const fast = readReserve(input)
      if (fast === undefined) return
      count += 1
      expect(readRequest('reserve', input)).toMatchObject({ ok: true, request: fast })
    }),
    { numRuns: 2_000 },
  )
  expect(count).toBeGreaterThan(200)
})

test('the fast way of reading a reserve reads a smallest amount', () => {
  const path = [{ type: 'team', id: 'dev', incarnation: 1 }]
  const input = { hold: 'h', path, amount: 2n, ttl: 60_000, minAmount: 1n }
  expect(readReserve(input)).toEqual(input)
  expect(readReserve({ ...input, minAmount: 3n })).toBeUndefined()
})
