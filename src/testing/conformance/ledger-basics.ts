import { creditLimit } from '../../model/value/credit.ts'
import { hostileMakers } from '../arbitrary/anything.ts'
import { expectLike, expectSame } from './assert.ts'
import { day, done, hour, type LedgerFixture, other, replayed, start, taken, team, user } from './ledger-fixture.ts'

const insufficient = { ok: false, reason: 'credits_insufficient' }

/** Chapter A: what each operation does, alone. */
export const basics: Readonly<Record<string, (scene: LedgerFixture) => Promise<void>>> = {
  'a wallet that nothing happened to is empty': async (scene) => {
    await scene.expectAmounts({})
    expectSame(await scene.ledger.wallet(team), undefined)
    expectSame(await scene.statement(), [])
    expectSame(await scene.ledger.hold('h'), undefined)
    const refused = {
      ...insufficient,
      reason: 'wallet_unknown',
      needed: 1n,
      available: 0n,
      reserved: 0n,
      retry: 'never',
    }
    expectSame(await scene.reserve('h', 1n), { ...refused, wallet: team })
    expectSame(await scene.ledger.charge({ hold: 'c', wallet: team, amount: 1n }), {
      ok: false,
      reason: 'wallet_unknown',
    })
  },
  'a grant makes the wallet, and wallets with similar names are apart': async (scene) => {
    expectSame(await scene.grant(10n), done)
    expectSame(await scene.grant(3n, { wallet: user }), done)
    await scene.expectAmounts({ granted: 10n, available: 10n })
    await scene.expectAmounts({ granted: 3n, available: 3n }, user)
    await scene.expectAmounts({}, other)
    await scene.expectAmounts({}, { ...team, incarnation: 8 })
    await scene.expectAmounts({}, { ...team, type: 'organization' })
    expectLike(await scene.ledger.wallet(team), { funding: 'own', status: 'open', allowances: [] })
  },
  'reserve, settle: the cost is spent and the rest comes back': async (scene) => {
    await scene.grant(10n)
    expectSame(await scene.reserve('h', 7n), { ...done, amount: 7n, expiresAt: start + hour })
    await scene.expectAmounts({ granted: 10n, available: 3n, reserved: 7n })
    const settled = { ...done, isLate: false, crossed: [] }
    expectSame(await scene.settle('h', 4n), { ...settled, levels: [taken(team, { fromReserved: 4n, returned: 3n })] })
    await scene.expectAmounts({ granted: 10n, available: 6n, spent: 4n })
    expectLike(await scene.ledger.hold('h'), { state: 'settled', amount: 7n, held: 0n, spent: 4n, path: [team] })
  },
  'zero is a cost like any other': async (scene) => {
    await scene.grant(10n)
    await scene.reserve('h', 7n)
    expectSame((await scene.settle('h', 0n)).levels, [taken(team, { returned: 7n })])
    await scene.expectAmounts({ granted: 10n, available: 10n })
  },
  'release gives all of it back, and excludes settling': async (scene) => {
    await scene.grant(10n)
    await scene.reserve('h', 7n)
    expectSame(await scene.ledger.release({ hold: 'h' }), { ...done, returned: 7n })
    await scene.expectAmounts({ granted: 10n, available: 10n })
    expectSame(await scene.ledger.settle({ hold: 'h', amount: 1n }), { ok: false, reason: 'hold_released' })
    await scene.reserve('i', 7n)
    await scene.settle('i', 1n)
    expectSame(await scene.ledger.release({ hold: 'i' }), { ok: false, reason: 'hold_settled' })
  },
  'what does not fit is refused, says what is there, and leaves no trace': async (scene) => {
    await scene.grant(10n)
    await scene.reserve('h', 6n)
    const held = { ...insufficient, wallet: team, available: 4n, reserved: 6n }
    const waits = { retry: 'when_holds_clear', retryAfter: 1_000 }
    expectSame(await scene.reserve('i', 5n), { ...held, needed: 5n, ...waits })
    expectSame(await scene.reserve('i', 10n), { ...held, needed: 10n, ...waits })
    expectSame(await scene.reserve('i', 11n), { ...held, needed: 11n, retry: 'after_top_up' })
    expectSame((await scene.statement()).length, 2)
    expectSame(await scene.ledger.hold('i'), undefined)
    expectSame(await scene.reserve('i', 4n), { ...done, amount: 4n, expiresAt: start + hour })
  },
  '`minAmount` takes what there is, down to it': async (scene) => {
    await scene.grant(10n)
    expectLike(await scene.reserve('h', 12n, { minAmount: 11n }), { ...insufficient, needed: 11n, available: 10n })
    expectLike(await scene.reserve('h', 12n, { minAmount: 1n }), { ok: true, amount: 10n })
    expectLike(await scene.reserve('i', 1n, { minAmount: 1n }), { ok: false })
    await scene.expectAmounts({ granted: 10n, reserved: 10n })
  },
  'a hold lapses at its expiry and not before, once': async (scene) => {
    await scene.grant(10n)
    await scene.reserve('h', 10n, { ttl: 100 })
    await scene.pass(99)
    await scene.expectAmounts({ granted: 10n, reserved: 10n })
    await scene.pass(1)
    expectLike(await scene.reserve('i', 10n, { ttl: 100 }), { ok: true })
    expectLike(await scene.ledger.hold('h'), { state: 'lapsed', held: 0n, amount: 10n })
    await scene.pass(1_000)
    await scene.expectAmounts({ granted: 10n, available: 10n })
    const lapsed = (await scene.statement()).filter(({ type }) => type === 'lapsed')
    expectSame(
      lapsed.map(({ at, hold }) => [at, hold]),
      [
        [start + 100, 'h'],
        [start + 200, 'i'],
      ],
    )
  },
  'a hold that has lapsed is settled all the same, or not where the caller says so': async (scene) => {
    await scene.grant(10n)
    await scene.reserve('h', 8n, { ttl: 100 })
    await scene.pass(100)
    const lapsed = { ok: false, reason: 'hold_lapsed' }
    expectSame(await scene.ledger.settle({ hold: 'h', amount: 15n, late: 'reject' }), lapsed)
    const levels = [taken(team, { fromAvailable: 10n, fromOverdraft: 5n })]
    expectSame(await scene.settle('h', 15n), { ...done, isLate: true, levels, crossed: [] })
    await scene.expectAmounts({ granted: 10n, spent: 15n, overdraft: 5n })
    expectSame(await scene.settle('h', 15n), { ...replayed, isLate: true, levels, crossed: [] })
  },
  'a hold that has lapsed is released for good': async (scene) => {
    await scene.grant(10n)
    await scene.reserve('h', 8n, { ttl: 100 })
    await scene.pass(100)
    expectSame(await scene.ledger.release({ hold: 'h' }), { ...done, returned: 0n })
    expectSame(await scene.ledger.settle({ hold: 'h', amount: 1n }), { ok: false, reason: 'hold_released' })
    await scene.expectAmounts({ granted: 10n, available: 10n })
  },
  'an overrun is charged: from the hold, then what is available, then overdraft, which is repaid first': async (
    scene,
  ) => {
    await scene.grant(10n)
    await scene.reserve('h', 4n)
    await scene.reserve('i', 3n)
    const levels = [taken(team, { fromReserved: 4n, fromAvailable: 3n, fromOverdraft: 5n })]
    expectSame((await scene.settle('h', 12n)).levels, levels)
    await scene.expectAmounts({ granted: 10n, reserved: 3n, spent: 12n, overdraft: 5n })
    const overdrawn = { reason: 'wallet_overdrawn', needed: 1n, available: 0n, reserved: 3n }
    expectLike(await scene.reserve('j', 1n), { ...overdrawn, retry: 'after_top_up' })
    expectSame(await scene.ledger.release({ hold: 'i' }), { ...done, returned: 3n })
    await scene.expectAmounts({ granted: 10n, spent: 12n, overdraft: 2n })
    await scene.grant(2n)
    expectLike(await scene.reserve('j', 1n), insufficient)
    await scene.grant(1n)
    expectLike(await scene.reserve('j', 1n), { ok: true })
  },
  'an overrun beyond the overdraft limit is written off': async (scene) => {
    await scene.put(team, { overdraftLimit: 2n })
    await scene.grant(10n)
    await scene.reserve('h', 10n)
    const levels = [taken(team, { fromReserved: 10n, fromOverdraft: 2n, fromWrittenOff: 3n })]
    expectSame((await scene.settle('h', 15n)).levels, levels)
    await scene.expectAmounts({ granted: 10n, spent: 15n, overdraft: 2n, writtenOff: 3n })
  },
  'an overrun that is capped is written off, whatever there is': async (scene) => {
    await scene.grant(10n)
    await scene.reserve('h', 4n)
    const levels = [taken(team, { fromReserved: 4n, fromWrittenOff: 2n })]
    expectSame((await scene.settle('h', 6n, { overrun: 'cap' })).levels, levels)
    await scene.expectAmounts({ granted: 10n, available: 6n, spent: 6n, writtenOff: 2n })
  },
  'an overrun that is rejected leaves the hold as it was': async (scene) => {
    await scene.grant(10n)
    await scene.reserve('h', 4n)
    const exceeded = { ok: false, reason: 'hold_exceeded' }
    expectSame(await scene.ledger.settle({ hold: 'h', amount: 5n, overrun: 'reject' }), exceeded)
    await scene.expectAmounts({ granted: 10n, available: 6n, reserved: 4n })
    expectSame((await scene.settle('h', 4n, { overrun: 'reject' })).levels, [taken(team, { fromReserved: 4n })])
  },
  'parts are settled one by one, and the hold stays with the rest': async (scene) => {
    await scene.grant(10n)
    await scene.reserve('h', 6n)
    expectSame((await scene.settle('h', 2n, { part: 'p1' })).levels, [taken(team, { fromReserved: 2n })])
    expectLike(await scene.ledger.hold('h'), { state: 'held', held: 4n, spent: 2n })
    const levels = [taken(team, { fromReserved: 4n, fromAvailable: 1n })]
    expectSame((await scene.settle('h', 5n, { part: 'p2' })).levels, levels)
    expectLike(await scene.ledger.hold('h'), { state: 'held', held: 0n, spent: 7n })
    await scene.expectAmounts({ granted: 10n, available: 3n, spent: 7n })
    expectSame((await scene.settle('h', 1n)).levels, [taken(team, { fromAvailable: 1n })])
    expectSame(await scene.ledger.settle({ hold: 'h', amount: 1n, part: 'p3' }), { ok: false, reason: 'hold_settled' })
  },
  'a hold that was settled in part is released with the rest': async (scene) => {
    await scene.grant(10n)
    await scene.reserve('h', 6n)
    await scene.settle('h', 2n, { part: 'p1' })
    expectSame(await scene.ledger.release({ hold: 'h' }), { ...done, returned: 4n })
    await scene.expectAmounts({ granted: 10n, available: 8n, spent: 2n })
  },
  'extending makes a hold last until so long from now, never shorter, and no longer than a day': async (scene) => {
    await scene.grant(10n)
    await scene.reserve('h', 4n, { ttl: 1_000 })
    const extend = (ttl: number) => scene.ledger.extend({ key: scene.key(), hold: 'h', ttl })
    for (let beat = 1; beat <= 1_000; beat += 1) {
      await scene.pass(500)
      expectSame(await extend(1_000), { ...done, amount: 4n, expiresAt: start + beat * 500 + 1_000 })
    }
    expectLike(await extend(10), { ok: true, expiresAt: start + 501_000 })
    expectLike(await extend(day), { ok: true, expiresAt: start + day })
    await scene.pass(day - 500_000)
    expectLike(await extend(1), { ok: false, reason: 'hold_lapsed' })
  },
  'extending by an amount that does not fit leaves the hold as it was': async (scene) => {
    await scene.grant(10n)
    await scene.reserve('h', 4n)
    const more = { hold: 'h', ttl: 2 * hour, increase: 7n }
    expectLike(await scene.ledger.extend({ ...more, key: 'x' }), { ...insufficient, needed: 7n, available: 6n })
    expectLike(await scene.ledger.hold('h'), { amount: 4n, expiresAt: start + hour })
    const some = { ...more, key: 'x', minIncrease: 5n }
    expectSame(await scene.ledger.extend(some), { ...done, amount: 10n, expiresAt: start + 2 * hour })
    await scene.expectAmounts({ granted: 10n, reserved: 10n })
    expectSame((await scene.settle('h', 9n)).levels, [taken(team, { fromReserved: 9n, returned: 1n })])
  },
  'a charge books a cost that nothing was held for, whatever the status': async (scene) => {
    await scene.grant(10n)
    await scene.put(team, { status: 'closed' })
    const levels = [taken(team, { fromAvailable: 10n, fromOverdraft: 2n })]
    const charged = { ...done, isLate: false, levels, crossed: [] }
    expectSame(await scene.ledger.charge({ hold: 'c', wallet: team, amount: 12n }), charged)
    expectLike(await scene.ledger.hold('c'), { state: 'settled', amount: 0n, spent: 12n })
    expectSame(await scene.ledger.release({ hold: 'c' }), { ok: false, reason: 'hold_settled' })
  },
  'an unknown hold is charged to whom the caller says, if the ledger cannot have forgotten it': async (scene) => {
    await scene.grant(10n)
    const unknown = { ok: false, reason: 'hold_unknown' }
    expectSame(await scene.ledger.settle({ hold: 'h', amount: 3n }), unknown)
    await scene.pass(30 * day)
    const { idRetention } = scene.ledger.capabilities
    const since = (startedAt: number) => ({ hold: 'h', amount: 3n, ifUnknown: { wallet: team, startedAt } })
    expectSame(await scene.ledger.settle(since(scene.now - idRetention - 1)), unknown)
    const levels = [taken(team, { fromAvailable: 3n })]
    const settled = { isLate: true, levels, crossed: [] }
    expectSame(await scene.ledger.settle(since(scene.now - idRetention)), { ...done, ...settled })
    expectSame(await scene.ledger.settle(since(scene.now - idRetention)), { ...replayed, ...settled })
    expectLike(await scene.reserve('h', 3n), { reason: 'key_reused' })
    await scene.expectAmounts({ granted: 10n, available: 7n, spent: 3n })
  },
  'a refund gives back to the grants that paid, the last first, and never more than it has cost': async (scene) => {
    await scene.grant(4n, { key: 'early', expiresAt: start + day })
    await scene.grant(4n, { key: 'late' })
    await scene.reserve('h', 6n)
    await scene.settle('h', 6n)
    const refund = (key: string, amount: bigint) => scene.ledger.refund({ key, hold: 'h', amount })
    expectSame(await refund('r1', 7n), { ok: false, reason: 'spent_exceeded', refundable: 6n })
    expectSame(await refund('r1', 3n), done)
    expectSame(await refund('r2', 4n), { ok: false, reason: 'spent_exceeded', refundable: 3n })
    expectSame((await scene.story()).slice(-2), ['refunded spent available 2 late', 'refunded spent available 1 early'])
    await scene.pass(day)
    expectSame(await refund('r3', 3n), done)
    await scene.expectAmounts({ granted: 8n, available: 7n, expired: 1n })
    expectSame((await scene.story()).slice(-1), ['refunded spent available 3 r3'])
  },
  'a refund first undoes what was written off, then what is owed': async (scene) => {
    await scene.put(team, { overdraftLimit: 2n })
    await scene.grant(5n)
    await scene.reserve('h', 5n)
    await scene.settle('h', 10n)
    await scene.ledger.refund({ key: 'r1', hold: 'h', amount: 4n })
    await scene.expectAmounts({ granted: 5n, spent: 6n, overdraft: 1n })
    await scene.grant(1n)
    await scene.ledger.refund({ key: 'r2', hold: 'h', amount: 1n })
    await scene.expectAmounts({ granted: 6n, available: 1n, spent: 5n })
  },
  'frozen refuses reservations, closed refuses grants too; what has cost is booked': async (scene) => {
    await scene.grant(10n)
    await scene.reserve('h', 4n)
    await scene.put(team, { status: 'frozen' })
    expectLike(await scene.reserve('i', 1n), { reason: 'wallet_frozen', retry: 'never', available: 6n, reserved: 4n })
    expectSame(await scene.grant(1n), done)
    await scene.put(team, { status: 'closed' })
    expectLike(await scene.reserve('i', 1n), { reason: 'wallet_closed', retry: 'never' })
    expectSame(await scene.grant(1n), { ok: false, reason: 'wallet_closed' })
    await scene.settle('h', 3n)
    await scene.expectAmounts({ granted: 11n, available: 8n, spent: 3n })
    await scene.put(team)
    expectLike(await scene.reserve('i', 1n), { ok: true })
  },
  'amounts are exact up to 2^63 - 1, and what would exceed it is refused': async (scene) => {
    expectSame(await scene.grant(creditLimit - 1n), done)
    expectSame(await scene.grant(2n), { ok: false, reason: 'amount_too_large', wallet: team })
    expectSame(await scene.grant(1n), done)
    expectLike(await scene.reserve('h', creditLimit), { ok: true })
    await scene.settle('h', creditLimit - 1n)
    await scene.expectAmounts({ granted: creditLimit, available: 1n, spent: creditLimit - 1n })
    const tooLarge = { ok: false, reason: 'amount_too_large', wallet: team }
    expectSame(await scene.ledger.charge({ hold: 'c', wallet: team, amount: 2n }), tooLarge)
    expectLike(await scene.ledger.charge({ hold: 'c', wallet: team, amount: 1n }), { ok: true })
  },
  'misuse is answered, never thrown, and changes nothing': async (scene) => {
    await scene.grant(10n)
    const writes = ['putWallet', 'grant', 'revoke', 'putAllowance', 'reserve', 'extend', 'settle', 'release'] as const
    const invalid = { ok: false, reason: 'request_invalid' }
    for (const make of hostileMakers()) {
      for (const write of [...writes, 'charge', 'refund'] as const) {
        expectLike(await scene.ledger[write](make() as never), invalid, write)
      }
      expectLike(await scene.ledger.balance(make() as never), { sequence: 0, granted: 0n })
      expectSame(await scene.ledger.wallet(make() as never), undefined)
      expectSame(await scene.ledger.hold(make() as never), undefined)
      expectSame(await scene.ledger.verify(make() as never), [], 'violations of no wallet')
    }
    // JavaScript has dates; what is no number at all is before everything, and a statement after it is empty.
    expectLike(await scene.ledger.balance(team, { at: new Date(start) } as never), { granted: 10n })
    for (const when of [{}, { at: 'now' }, { sequence: Symbol('1') }, 5, null, { at: undefined }]) {
      expectLike(await scene.ledger.balance(team, when as never), { sequence: 0, granted: 0n }, 'balance of no time')
    }
    for (const after of [{}, 'now', Symbol('0'), Number.NaN, 1n])
      expectSame(await scene.statement(team, after as never), [], 'statement after no number')
    for (const amount of [0n, -1n, creditLimit + 1n, 1, 0.5, '1', null, undefined]) {
      expectLike(await scene.grant(amount as bigint), invalid)
      expectLike(await scene.reserve('h', amount as bigint), invalid)
      expectLike(await scene.ledger.refund({ key: 'k', hold: 'h', amount: amount as bigint }), invalid)
    }
    for (const ttl of [0, -1, 0.5, day + 1, Number.NaN]) expectLike(await scene.reserve('h', 1n, { ttl }), invalid)
    expectLike(await scene.reserve('h', 1n, { minAmount: 2n }), invalid)
    expectLike(await scene.reserve('h', 1n, { expiresAt: 9 } as object), invalid)
    expectLike(await scene.reserve('', 1n), invalid)
    expectLike(await scene.put(team, { funding: 'parent' }), invalid)
    const misspelt = { wallet: { ...team, id: 'new' }, cap: { amount: 1n, period: { every: 'day', timeZone: 'Mars' } } }
    expectLike(await scene.put(team, misspelt as object), invalid)
    await scene.expectAmounts({ granted: 10n, available: 10n })
  },
}
