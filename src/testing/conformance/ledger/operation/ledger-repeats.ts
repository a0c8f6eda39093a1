import { expectLike, expectSame, expectTrue } from '../../assert.ts'
import {
  day,
  done,
  hour,
  keyReused,
  type LedgerCases,
  type LedgerFixture,
  levelCost,
  replayed,
  retention,
  start,
  team,
  user,
} from '../ledger-fixture.ts'

/** Writes of every kind and form, in an order in which all of them succeed. */
const writes = [
  ['putWallet', { key: 'w', wallet: team, funding: 'own', cap: { amount: 1_000n, softLimits: [500n] } }],
  ['grant', { key: 'g', wallet: team, amount: 100n, expiresAt: start + 300 * day, only: ['a'] }],
  ['grant', { key: 'free', wallet: team, amount: 100n }],
  [
    'putAllowance',
    { key: 'a', wallet: team, allowance: 'x', amount: 5n, period: { every: 'month', timeZone: 'Asia/Tokyo' } },
  ],
  ['reserve', { hold: 'h', wallet: team, amount: 30n, minAmount: 20n, ttl: hour, tags: ['a', 'b'] }],
  ['extend', { key: 'e', hold: 'h', ttl: 2 * hour, increase: 10n }],
  ['settle', { hold: 'h', part: 'p', amount: 7n }],
  ['settle', { hold: 'h', amount: 13n, overrun: 'charge' }],
  ['refund', { key: 'r', hold: 'h', amount: 2n }],
  ['charge', { hold: 'c', wallet: team, amount: 3n, tags: ['b'] }],
  ['reserve', { hold: 'i', wallet: team, amount: 30n, ttl: hour }],
  ['release', { hold: 'i' }],
  ['reserve', { hold: 'j', wallet: team, amount: 30n, minAmount: 30n, ttl: hour }],
  ['settle', { hold: 'j', amount: 31n }],
  ['revoke', { key: 'v', wallet: team, grant: 'g' }],
] as const

type Sent = (typeof writes)[number]

const send = (fixture: LedgerFixture, [write, request]: Sent | readonly [Sent[0], object]) =>
  fixture.ledger[write](request as never) as Promise<{ readonly ok: boolean }>

/** Yields variants of a write that each differ in one field. */
function* changes([write, request]: Sent): IterableIterator<readonly [Sent[0], object]> {
  if (write === 'release') return
  const wallet = { ...team, incarnation: 8 }
  if ('amount' in request) yield [write, { ...request, amount: request.amount + 1n }]
  if ('wallet' in request) yield [write, { ...request, wallet }]
  if ('ttl' in request) yield [write, { ...request, ttl: 5 }]
  if ('tags' in request) yield [write, { ...request, tags: ['a'] }]
  if ('minAmount' in request) yield [write, { ...request, minAmount: 1n }]
  if ('increase' in request) yield [write, { ...request, increase: 9n }]
  if ('only' in request) yield [write, { ...request, only: ['b'] }]
  if ('cap' in request) yield [write, { ...request, cap: { amount: 1_000n } }]
  if ('period' in request) yield [write, { ...request, period: { every: 'day', timeZone: 'Asia/Tokyo' } }]
  if ('overrun' in request) yield [write, { hold: request.hold, amount: request.amount, overrun: 'reject' }]
}

/** The conformance cases for retries: a retried write takes effect once. */
export const repeats: LedgerCases = {
  'a write that is retried at once and a day later takes effect once, and every retry replays the first result': async (
    fixture,
  ) => {
    const results: object[] = []
    for (const one of writes) {
      const result = await send(fixture, one)
      expectLike(result, done, one[0])
      results.push(result)
      for (let i = 0; i < 3; i += 1) expectSame(await send(fixture, one), { ...result, replay: true }, one[0])
    }
    const before = await fixture.statement()
    await fixture.pass(day)
    for (const [i, one] of writes.entries()) {
      // The retry of a reserve whose hold was released since is refused: the hold is not open any more.
      const again = one[1] === writes[10][1] ? { ok: false, reason: 'hold_released' } : { ...results[i], replay: true }
      expectSame(await send(fixture, one), again, one[0])
    }
    expectSame(await fixture.statement(), before, 'statement')
  },
  'a write that is sent five times concurrently takes effect once, and all five return the same result': async (
    fixture,
  ) => {
    for (const one of writes) {
      const results = await Promise.all(Array.from({ length: 5 }, () => send(fixture, one)))
      const first = results.filter((result) => 'replay' in result && !result.replay)
      expectSame(first.length, 1, `number of ${one[0]} that took effect`)
      for (const result of results) expectSame({ ...result, replay: false }, first[0], one[0])
    }
  },
  'a used key or hold id with another request is refused as `key_reused` and writes nothing': async (fixture) => {
    for (const one of writes) {
      await send(fixture, one)
      const before = await fixture.statement()
      for (const change of changes(one)) expectSame(await send(fixture, change), keyReused, `${one[0]} changed`)
      expectSame(await fixture.statement(), before, 'statement')
    }
    const used = { key: 'g', hold: 'c', ttl: hour, increase: 1n }
    expectSame(await fixture.ledger.extend(used), keyReused)
    expectSame(await fixture.ledger.revoke({ key: 'g', wallet: team, grant: 'free' }), keyReused)
    expectSame(await fixture.reserve('c', 3n), keyReused)
    expectSame(await fixture.ledger.charge({ hold: 'h', wallet: team, amount: 3n }), keyReused)
  },
  'keys and hold ids are separate namespaces': async (fixture) => {
    await fixture.grant(10n, { key: 'same' })
    expectLike(await fixture.reserve('same', 5n), done)
    expectLike(await fixture.settle('same', 2n), done)
  },
  'a refused write is not remembered: its retry can succeed': async (fixture) => {
    await fixture.put(team)
    expectLike(await fixture.reserve('h', 5n), { reason: 'credits_insufficient' })
    await fixture.grant(5n)
    expectLike(await fixture.reserve('h', 5n), done)
    expectLike(await fixture.ledger.extend({ key: 'e', hold: 'h', ttl: hour, increase: 1n }), { ok: false })
    await fixture.grant(5n)
    expectLike(await fixture.ledger.extend({ key: 'e', hold: 'h', ttl: hour, increase: 1n }), done)
  },
  'a release of an unknown hold id prevents a later reserve under that id': async (fixture) => {
    await fixture.grant(10n)
    expectSame(await fixture.ledger.release({ hold: 'h' }), { ...done, returned: 0n })
    expectSame(await fixture.ledger.release({ hold: 'h' }), { ...replayed, returned: 0n })
    expectSame(await fixture.reserve('h', 5n), { ok: false, reason: 'hold_released' })
    expectSame(await fixture.ledger.settle({ hold: 'h', amount: 1n }), { ok: false, reason: 'hold_released' })
    expectLike(await fixture.ledger.hold('h'), { state: 'released', path: [], amount: 0n })
    await fixture.expectAmounts({ granted: 10n, available: 10n })
  },
  'the retry of a reserve replays its first result while the hold is open, lapsed and settled': async (fixture) => {
    await fixture.grant(10n)
    const first = await fixture.reserve('h', 5n, { ttl: 100 })
    await fixture.pass(100)
    expectSame(await fixture.reserve('h', 5n, { ttl: 100 }), { ...first, replay: true })
    await fixture.settle('h', 1n)
    expectSame(await fixture.reserve('h', 5n, { ttl: 100 }), { ...first, replay: true })
    await fixture.expectAmounts({ granted: 10n, available: 9n, spent: 1n })
  },
  'every write on a hold that was extended and settled in parts replays its first result': async (fixture) => {
    await fixture.grant(20n)
    const reserved = await fixture.reserve('h', 5n)
    const more = { key: 'e', hold: 'h', ttl: 2 * hour, increase: 3n }
    const extended = await fixture.ledger.extend(more)
    const part = await fixture.settle('h', 2n, { part: 'p' })
    const settled = await fixture.settle('h', 4n)
    expectSame(settled.levels, [levelCost(team, { fromReserved: 4n, returned: 2n })])
    for (let i = 0; i < 2; i += 1) {
      expectSame(await fixture.reserve('h', 5n), { ...reserved, replay: true })
      expectSame(await fixture.ledger.extend(more), { ...extended, replay: true })
      expectSame(await fixture.settle('h', 2n, { part: 'p' }), { ...part, replay: true })
      expectSame(await fixture.settle('h', 4n), { ...settled, replay: true })
      expectLike(await fixture.ledger.hold('h'), { state: 'settled', amount: 8n, held: 0n, spent: 6n })
      await fixture.pass(hour)
    }
  },
  'the writes on a hold that was only settled in parts, or only extended, replay their first results': async (
    fixture,
  ) => {
    await fixture.grant(20n)
    await fixture.reserve('parts', 5n)
    await fixture.settle('parts', 2n, { part: 'p' })
    const settled = await fixture.settle('parts', 1n)
    expectSame(await fixture.settle('parts', 1n), { ...settled, replay: true })
    expectSame(await fixture.ledger.settle({ hold: 'parts', amount: 3n }), keyReused)
    const reserved = await fixture.reserve('more', 5n)
    await fixture.ledger.extend({ key: 'e', hold: 'more', ttl: hour, increase: 3n })
    await fixture.settle('more', 8n)
    expectSame(await fixture.reserve('more', 5n), { ...reserved, replay: true })
    expectSame(await fixture.reserve('more', 8n), keyReused)
  },
  'keys and hold ids are known for `idRetention`, and the keys of grants indefinitely': async (fixture) => {
    expectTrue(fixture.ledger.capabilities.idRetention === retention, 'the factory ignores the requested `idRetention`')
    await fixture.grant(10n, { key: 'g' })
    await fixture.reserve('h', 5n)
    await fixture.settle('h', 2n)
    await fixture.put(user, { key: 'w' })
    await fixture.pass(retention - 1)
    expectLike(await fixture.settle('h', 2n), replayed)
    expectSame(await fixture.put(user, { key: 'w', status: 'closed' }), keyReused)
    await fixture.pass(100 * day)
    expectSame(await fixture.grant(10n, { key: 'g' }), replayed)
    await fixture.expectAmounts({ granted: 10n, available: 8n, spent: 2n })
  },
  'an open hold is known until it ends': async (fixture) => {
    await fixture.grant(10n)
    await fixture.reserve('h', 5n, { ttl: day })
    await fixture.pass(day - 1)
    expectSame((await fixture.settle('h', 5n)).levels, [levelCost(team, { fromReserved: 5n })])
  },
  'a reserve under the id of a released hold returns `key_reused` for another request and `hold_released` for the same one':
    async (fixture) => {
      await fixture.grant(100n)
      await fixture.reserve('h', 10n)
      await fixture.ledger.release({ hold: 'h' })
      expectSame(await fixture.reserve('h', 9n), keyReused)
      expectSame(await fixture.reserve('h', 10n), { ok: false, reason: 'hold_released' })
      await fixture.ledger.release({ hold: 'never made' })
      expectSame(await fixture.reserve('never made', 9n), { ok: false, reason: 'hold_released' })
    },
  'an extend returns the total amount of the hold, including settled parts': async (fixture) => {
    await fixture.grant(100n)
    await fixture.reserve('h', 10n)
    await fixture.settle('h', 6n, { part: 'p' })
    expectLike(await fixture.ledger.extend({ key: 'e', hold: 'h', ttl: hour, increase: 5n }), { amount: 15n })
    expectLike(await fixture.ledger.hold('h'), { amount: 15n, held: 9n, spent: 6n })
  },
}
