import { expectLike, expectSame, expectTrue } from './assert.ts'
import {
  day,
  done,
  hour,
  keyReused,
  type LedgerFixture,
  replayed,
  retention,
  start,
  taken,
  team,
  user,
} from './ledger-fixture.ts'

/** Everything that may be sent, each once, so that each finds the one before it done. */
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
  ['reserve', { hold: 'j', wallet: team, amount: 30n, ttl: hour }],
  ['settle', { hold: 'j', amount: 31n }],
  ['revoke', { key: 'v', wallet: team, grant: 'g' }],
] as const

type Sent = (typeof writes)[number]

const send = (scene: LedgerFixture, [write, request]: Sent | readonly [Sent[0], object]) =>
  scene.ledger[write](request as never) as Promise<{ readonly ok: boolean }>

/** Requests that differ in one field each. */
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

/** Chapter C: what is sent again is done once. */
export const repeats: Readonly<Record<string, (scene: LedgerFixture) => Promise<void>>> = {
  'every write is done once, however often it is sent, in a row and later': async (scene) => {
    const answers: object[] = []
    for (const one of writes) {
      const answer = await send(scene, one)
      expectLike(answer, done, one[0])
      answers.push(answer)
      for (let i = 0; i < 3; i += 1) expectSame(await send(scene, one), { ...answer, replay: true }, one[0])
    }
    const before = await scene.statement()
    await scene.pass(day)
    for (const [i, one] of writes.entries()) {
      // A hold that was released is not under way again for whoever asks late.
      const again = one[1] === writes[10][1] ? { ok: false, reason: 'hold_released' } : { ...answers[i], replay: true }
      expectSame(await send(scene, one), again, one[0])
    }
    expectSame(await scene.statement(), before, 'statement')
  },
  'every write is done once when it is sent five times at once': async (scene) => {
    for (const one of writes) {
      const answers = await Promise.all(Array.from({ length: 5 }, () => send(scene, one)))
      const first = answers.filter((answer) => 'replay' in answer && !answer.replay)
      expectSame(first.length, 1, `${one[0]} done`)
      for (const answer of answers) expectSame({ ...answer, replay: false }, first[0], one[0])
    }
  },
  'a key or hold that means something else is refused, without effect': async (scene) => {
    for (const one of writes) {
      await send(scene, one)
      const before = await scene.statement()
      for (const change of changes(one)) expectSame(await send(scene, change), keyReused, `${one[0]} changed`)
      expectSame(await scene.statement(), before, 'statement')
    }
    const used = { key: 'g', hold: 'c', ttl: hour, increase: 1n }
    expectSame(await scene.ledger.extend(used), keyReused)
    expectSame(await scene.ledger.revoke({ key: 'g', wallet: team, grant: 'free' }), keyReused)
    expectSame(await scene.reserve('c', 3n), keyReused)
    expectSame(await scene.ledger.charge({ hold: 'h', wallet: team, amount: 3n }), keyReused)
  },
  'keys and holds do not meet': async (scene) => {
    await scene.grant(10n, { key: 'same' })
    expectLike(await scene.reserve('same', 5n), done)
    expectLike(await scene.settle('same', 2n), done)
  },
  'what was refused is not remembered': async (scene) => {
    await scene.put(team)
    expectLike(await scene.reserve('h', 5n), { reason: 'credits_insufficient' })
    await scene.grant(5n)
    expectLike(await scene.reserve('h', 5n), done)
    expectLike(await scene.ledger.extend({ key: 'e', hold: 'h', ttl: hour, increase: 1n }), { ok: false })
    await scene.grant(5n)
    expectLike(await scene.ledger.extend({ key: 'e', hold: 'h', ttl: hour, increase: 1n }), done)
  },
  'a hold that was released before it was made is not made later': async (scene) => {
    await scene.grant(10n)
    expectSame(await scene.ledger.release({ hold: 'h' }), { ...done, returned: 0n })
    expectSame(await scene.ledger.release({ hold: 'h' }), { ...replayed, returned: 0n })
    expectSame(await scene.reserve('h', 5n), { ok: false, reason: 'hold_released' })
    expectSame(await scene.ledger.settle({ hold: 'h', amount: 1n }), { ok: false, reason: 'hold_released' })
    expectLike(await scene.ledger.hold('h'), { state: 'released', path: [], amount: 0n })
    await scene.expectAmounts({ granted: 10n, available: 10n })
  },
  'a reservation is the same whether its hold is under way, lapsed or settled': async (scene) => {
    await scene.grant(10n)
    const first = await scene.reserve('h', 5n, { ttl: 100 })
    await scene.pass(100)
    expectSame(await scene.reserve('h', 5n, { ttl: 100 }), { ...first, replay: true })
    await scene.settle('h', 1n)
    expectSame(await scene.reserve('h', 5n, { ttl: 100 }), { ...first, replay: true })
    await scene.expectAmounts({ granted: 10n, available: 9n, spent: 1n })
  },
  'a hold that was extended and settled in parts gives each first answer again': async (scene) => {
    await scene.grant(20n)
    const reserved = await scene.reserve('h', 5n)
    const more = { key: 'e', hold: 'h', ttl: 2 * hour, increase: 3n }
    const extended = await scene.ledger.extend(more)
    const part = await scene.settle('h', 2n, { part: 'p' })
    const settled = await scene.settle('h', 4n)
    expectSame(settled.levels, [taken(team, { fromReserved: 4n, returned: 2n })])
    for (let i = 0; i < 2; i += 1) {
      expectSame(await scene.reserve('h', 5n), { ...reserved, replay: true })
      expectSame(await scene.ledger.extend(more), { ...extended, replay: true })
      expectSame(await scene.settle('h', 2n, { part: 'p' }), { ...part, replay: true })
      expectSame(await scene.settle('h', 4n), { ...settled, replay: true })
      expectLike(await scene.ledger.hold('h'), { state: 'settled', amount: 8n, held: 0n, spent: 6n })
      await scene.pass(hour)
    }
  },
  'one that was only settled in parts does, too, and so does one that was only extended': async (scene) => {
    await scene.grant(20n)
    await scene.reserve('parts', 5n)
    await scene.settle('parts', 2n, { part: 'p' })
    const settled = await scene.settle('parts', 1n)
    expectSame(await scene.settle('parts', 1n), { ...settled, replay: true })
    expectSame(await scene.ledger.settle({ hold: 'parts', amount: 3n }), keyReused)
    const reserved = await scene.reserve('more', 5n)
    await scene.ledger.extend({ key: 'e', hold: 'more', ttl: hour, increase: 3n })
    await scene.settle('more', 8n)
    expectSame(await scene.reserve('more', 5n), { ...reserved, replay: true })
    expectSame(await scene.reserve('more', 8n), keyReused)
  },
  'ids are known for as long as is promised, and grants for ever': async (scene) => {
    expectTrue(scene.ledger.capabilities.idRetention === retention, 'the factory gives the retention that is asked for')
    await scene.grant(10n, { key: 'g' })
    await scene.reserve('h', 5n)
    await scene.settle('h', 2n)
    await scene.put(user, { key: 'w' })
    await scene.pass(retention - 1)
    expectLike(await scene.settle('h', 2n), replayed)
    expectSame(await scene.put(user, { key: 'w', status: 'closed' }), keyReused)
    await scene.pass(100 * day)
    expectSame(await scene.grant(10n, { key: 'g' }), replayed)
    await scene.expectAmounts({ granted: 10n, available: 8n, spent: 2n })
  },
  'a hold under way is known however long it lasts': async (scene) => {
    await scene.grant(10n)
    await scene.reserve('h', 5n, { ttl: day })
    await scene.pass(day - 1)
    expectSame((await scene.settle('h', 5n)).levels, [taken(team, { fromReserved: 5n })])
  },
  'a reservation with other content is told so before it is told that the hold was released': async (scene) => {
    await scene.grant(100n)
    await scene.reserve('h', 10n)
    await scene.ledger.release({ hold: 'h' })
    expectSame(await scene.reserve('h', 9n), keyReused)
    expectSame(await scene.reserve('h', 10n), { ok: false, reason: 'hold_released' })
    await scene.ledger.release({ hold: 'never made' })
    expectSame(await scene.reserve('never made', 9n), { ok: false, reason: 'hold_released' })
  },
  'an extension is answered with all that was held, what is settled already included': async (scene) => {
    await scene.grant(100n)
    await scene.reserve('h', 10n)
    await scene.settle('h', 6n, { part: 'p' })
    expectLike(await scene.ledger.extend({ key: 'e', hold: 'h', ttl: hour, increase: 5n }), { amount: 15n })
    expectLike(await scene.ledger.hold('h'), { amount: 15n, held: 9n, spent: 6n })
  },
}
