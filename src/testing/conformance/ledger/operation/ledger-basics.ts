import { creditLimit } from '../../../../model/value/credit.ts'
import { hostileMakers } from '../../../arbitrary/anything.ts'
import { expectLike, expectSame, expectTrue, expectTypeError } from '../../assert.ts'
import {
  credential,
  day,
  done,
  hour,
  type LedgerCases,
  levelCost,
  member,
  other,
  otherMember,
  replayed,
  start,
  team,
  user,
} from '../ledger-fixture.ts'

const insufficient = { ok: false, reason: 'credits_insufficient' }

/** The conformance cases for each operation by itself, on one wallet. */
export const basics: LedgerCases = {
  'an unknown wallet has an empty balance, and a reserve or charge there is refused as `wallet_unknown`': async (
    fixture,
  ) => {
    await fixture.expectAmounts({})
    expectSame(await fixture.ledger.wallet(team), undefined)
    expectSame(await fixture.statement(), [])
    expectSame(await fixture.ledger.hold('h'), undefined)
    const refused = {
      ...insufficient,
      reason: 'wallet_unknown',
      needed: 1n,
      available: 0n,
      reserved: 0n,
      retry: 'never',
    }
    expectSame(await fixture.reserve('h', 1n), { ...refused, wallet: team })
    expectSame(await fixture.ledger.charge({ hold: 'c', wallet: team, amount: 1n }), {
      ok: false,
      reason: 'wallet_unknown',
    })
  },
  'a grant creates its wallet, and wallets with similar names stay separate': async (fixture) => {
    expectSame(await fixture.grant(10n), done)
    expectSame(await fixture.grant(3n, { wallet: user }), done)
    await fixture.expectAmounts({ granted: 10n, available: 10n })
    await fixture.expectAmounts({ granted: 3n, available: 3n }, user)
    await fixture.expectAmounts({}, other)
    await fixture.expectAmounts({}, { ...team, incarnation: 8 })
    await fixture.expectAmounts({}, { ...team, type: 'organization' })
    expectLike(await fixture.ledger.wallet(team), { funding: 'own', status: 'open', allowances: [] })
  },
  'a credential and a membership have wallets of their own, funded by grants or by nothing, and stay apart': async (
    fixture,
  ) => {
    const wallets = [credential, member, otherMember, team, { ...member, incarnation: 8 }, { ...credential, id: '7' }]
    for (const [i, wallet] of wallets.entries()) expectSame(await fixture.grant(BigInt(i + 1), { wallet }), done)
    for (const [i, wallet] of wallets.entries()) {
      await fixture.expectAmounts({ granted: BigInt(i + 1), available: BigInt(i + 1) }, wallet)
      expectLike(await fixture.ledger.wallet(wallet), { wallet })
      expectSame(
        (await fixture.statement(wallet)).map(({ amount }) => amount),
        [BigInt(i + 1)],
      )
    }
    expectSame(await fixture.ledger.wallet({ ...member, user: 'ann' }), undefined)
    expectSame(await fixture.put(credential, { funding: 'parent', cap: { amount: 5n } }), done)
    expectLike(await fixture.ledger.wallet(credential), { funding: 'parent', cap: { amount: 5n } })
    const refused = { ok: false, reason: 'request_invalid' }
    expectLike(await fixture.put(member, { parent: team }), refused)
    expectLike(await fixture.put(team, { parent: member }), refused)
    expectLike(await fixture.put(user, { funding: 'parent' }), refused)
    expectLike(await fixture.grant(1n, { wallet: { type: 'member', id: 'm', incarnation: 0 } as never }), refused)
    expectLike(await fixture.grant(1n, { wallet: { ...credential, team: 't' } as never }), refused)
  },
  'a settle spends the cost and returns the rest of the hold': async (fixture) => {
    await fixture.grant(10n)
    expectSame(await fixture.reserve('h', 7n), { ...done, amount: 7n, expiresAt: start + hour })
    await fixture.expectAmounts({ granted: 10n, available: 3n, reserved: 7n })
    const settled = { ...done, isLate: false, softLimitsReached: [], lowBalancesReached: [] }
    expectSame(await fixture.settle('h', 4n), {
      ...settled,
      levels: [levelCost(team, { fromReserved: 4n, returned: 3n })],
    })
    await fixture.expectAmounts({ granted: 10n, available: 6n, spent: 4n })
    expectLike(await fixture.ledger.hold('h'), { state: 'settled', amount: 7n, held: 0n, spent: 4n, path: [team] })
  },
  'a settle of zero ends the hold and returns all of it': async (fixture) => {
    await fixture.grant(10n)
    await fixture.reserve('h', 7n)
    expectSame((await fixture.settle('h', 0n)).levels, [levelCost(team, { returned: 7n })])
    await fixture.expectAmounts({ granted: 10n, available: 10n })
  },
  'a release returns the whole hold, and a hold is either released or settled': async (fixture) => {
    await fixture.grant(10n)
    await fixture.reserve('h', 7n)
    expectSame(await fixture.ledger.release({ hold: 'h' }), { ...done, returned: 7n })
    await fixture.expectAmounts({ granted: 10n, available: 10n })
    expectSame(await fixture.ledger.settle({ hold: 'h', amount: 1n }), { ok: false, reason: 'hold_released' })
    await fixture.reserve('i', 7n)
    await fixture.settle('i', 1n)
    expectSame(await fixture.ledger.release({ hold: 'i' }), { ok: false, reason: 'hold_settled' })
  },
  'a reservation that does not fit is refused with the available and reserved amounts, and writes nothing': async (
    fixture,
  ) => {
    await fixture.grant(10n)
    await fixture.reserve('h', 6n)
    const held = { ...insufficient, wallet: team, available: 4n, reserved: 6n }
    const waits = { retry: 'when_holds_clear', retryAfter: 1_000 }
    expectSame(await fixture.reserve('i', 5n), { ...held, needed: 5n, ...waits })
    expectSame(await fixture.reserve('i', 10n), { ...held, needed: 10n, ...waits })
    expectSame(await fixture.reserve('i', 11n), { ...held, needed: 11n, retry: 'after_top_up' })
    expectSame((await fixture.statement()).length, 2)
    expectSame(await fixture.ledger.hold('i'), undefined)
    expectSame(await fixture.reserve('i', 4n), { ...done, amount: 4n, expiresAt: start + hour })
  },
  '`minAmount` reserves what is available, but not less than that': async (fixture) => {
    await fixture.grant(10n)
    expectLike(await fixture.reserve('h', 12n, { minAmount: 11n }), { ...insufficient, needed: 11n, available: 10n })
    expectLike(await fixture.reserve('h', 12n, { minAmount: 1n }), { ok: true, amount: 10n })
    expectLike(await fixture.reserve('i', 1n, { minAmount: 1n }), { ok: false })
    await fixture.expectAmounts({ granted: 10n, reserved: 10n })
  },
  'a hold lapses exactly at its expiry, and once': async (fixture) => {
    await fixture.grant(10n)
    await fixture.reserve('h', 10n, { ttl: 100 })
    await fixture.pass(99)
    await fixture.expectAmounts({ granted: 10n, reserved: 10n })
    await fixture.pass(1)
    expectLike(await fixture.reserve('i', 10n, { ttl: 100 }), { ok: true })
    expectLike(await fixture.ledger.hold('h'), { state: 'lapsed', held: 0n, amount: 10n })
    await fixture.pass(1_000)
    await fixture.expectAmounts({ granted: 10n, available: 10n })
    const lapsed = (await fixture.statement()).filter(({ type }) => type === 'lapsed')
    expectSame(
      lapsed.map(({ at, hold }) => [at, hold]),
      [
        [start + 100, 'h'],
        [start + 200, 'i'],
      ],
    )
  },
  'a lapsed hold can be settled late, and `late: reject` refuses that': async (fixture) => {
    await fixture.grant(10n)
    await fixture.reserve('h', 8n, { ttl: 100 })
    await fixture.pass(100)
    const lapsed = { ok: false, reason: 'hold_lapsed' }
    expectSame(await fixture.ledger.settle({ hold: 'h', amount: 15n, late: 'reject' }), lapsed)
    const levels = [levelCost(team, { fromAvailable: 10n, fromOverdraft: 5n })]
    expectSame(await fixture.settle('h', 15n), {
      ...done,
      isLate: true,
      levels,
      softLimitsReached: [],
      lowBalancesReached: [],
    })
    await fixture.expectAmounts({ granted: 10n, spent: 15n, overdraft: 5n })
    expectSame(await fixture.settle('h', 15n), {
      ...replayed,
      isLate: true,
      levels,
      softLimitsReached: [],
      lowBalancesReached: [],
    })
  },
  'a lapsed hold can be released, and then it cannot be settled': async (fixture) => {
    await fixture.grant(10n)
    await fixture.reserve('h', 8n, { ttl: 100 })
    await fixture.pass(100)
    expectSame(await fixture.ledger.release({ hold: 'h' }), { ...done, returned: 0n })
    expectSame(await fixture.ledger.settle({ hold: 'h', amount: 1n }), { ok: false, reason: 'hold_released' })
    await fixture.expectAmounts({ granted: 10n, available: 10n })
  },
  'an overrun takes from the hold, then from available credits, then overdraft, which later credits repay first':
    async (fixture) => {
      await fixture.grant(10n)
      await fixture.reserve('h', 4n)
      await fixture.reserve('i', 3n)
      const levels = [levelCost(team, { fromReserved: 4n, fromAvailable: 3n, fromOverdraft: 5n })]
      expectSame((await fixture.settle('h', 12n)).levels, levels)
      await fixture.expectAmounts({ granted: 10n, reserved: 3n, spent: 12n, overdraft: 5n })
      const overdrawn = { reason: 'wallet_overdrawn', needed: 1n, available: 0n, reserved: 3n }
      expectLike(await fixture.reserve('j', 1n), { ...overdrawn, retry: 'after_top_up' })
      expectSame(await fixture.ledger.release({ hold: 'i' }), { ...done, returned: 3n })
      await fixture.expectAmounts({ granted: 10n, spent: 12n, overdraft: 2n })
      await fixture.grant(2n)
      expectLike(await fixture.reserve('j', 1n), insufficient)
      await fixture.grant(1n)
      expectLike(await fixture.reserve('j', 1n), { ok: true })
    },
  'an overrun beyond the overdraft limit is written off': async (fixture) => {
    await fixture.put(team, { overdraftLimit: 2n })
    await fixture.grant(10n)
    await fixture.reserve('h', 10n)
    const levels = [levelCost(team, { fromReserved: 10n, fromOverdraft: 2n, fromWrittenOff: 3n })]
    expectSame((await fixture.settle('h', 15n)).levels, levels)
    await fixture.expectAmounts({ granted: 10n, spent: 15n, overdraft: 2n, writtenOff: 3n })
  },
  'an overrun with `overrun: cap` is written off, even when credits are available': async (fixture) => {
    await fixture.grant(10n)
    await fixture.reserve('h', 4n)
    const levels = [levelCost(team, { fromReserved: 4n, fromWrittenOff: 2n })]
    expectSame((await fixture.settle('h', 6n, { overrun: 'cap' })).levels, levels)
    await fixture.expectAmounts({ granted: 10n, available: 6n, spent: 6n, writtenOff: 2n })
  },
  'an overrun with `overrun: reject` is refused and leaves the hold unchanged': async (fixture) => {
    await fixture.grant(10n)
    await fixture.reserve('h', 4n)
    const exceeded = { ok: false, reason: 'hold_exceeded' }
    expectSame(await fixture.ledger.settle({ hold: 'h', amount: 5n, overrun: 'reject' }), exceeded)
    await fixture.expectAmounts({ granted: 10n, available: 6n, reserved: 4n })
    expectSame((await fixture.settle('h', 4n, { overrun: 'reject' })).levels, [levelCost(team, { fromReserved: 4n })])
  },
  'a settle of a part leaves the hold open with the rest': async (fixture) => {
    await fixture.grant(10n)
    await fixture.reserve('h', 6n)
    expectSame((await fixture.settle('h', 2n, { part: 'p1' })).levels, [levelCost(team, { fromReserved: 2n })])
    expectLike(await fixture.ledger.hold('h'), { state: 'held', held: 4n, spent: 2n })
    const levels = [levelCost(team, { fromReserved: 4n, fromAvailable: 1n })]
    expectSame((await fixture.settle('h', 5n, { part: 'p2' })).levels, levels)
    expectLike(await fixture.ledger.hold('h'), { state: 'held', held: 0n, spent: 7n })
    await fixture.expectAmounts({ granted: 10n, available: 3n, spent: 7n })
    expectSame((await fixture.settle('h', 1n)).levels, [levelCost(team, { fromAvailable: 1n })])
    expectSame(await fixture.ledger.settle({ hold: 'h', amount: 1n, part: 'p3' }), {
      ok: false,
      reason: 'hold_settled',
    })
  },
  'a release of a partly settled hold returns the rest': async (fixture) => {
    await fixture.grant(10n)
    await fixture.reserve('h', 6n)
    await fixture.settle('h', 2n, { part: 'p1' })
    expectSame(await fixture.ledger.release({ hold: 'h' }), { ...done, returned: 4n })
    await fixture.expectAmounts({ granted: 10n, available: 8n, spent: 2n })
  },
  'an extend moves the expiry to now + `ttl`, never earlier, and to one day after the reserve at most': async (
    fixture,
  ) => {
    await fixture.grant(10n)
    await fixture.reserve('h', 4n, { ttl: 1_000 })
    const extend = (ttl: number) => fixture.ledger.extend({ key: fixture.key(), hold: 'h', ttl })
    for (let beat = 1; beat <= 1_000; beat += 1) {
      await fixture.pass(500)
      expectSame(await extend(1_000), { ...done, amount: 4n, expiresAt: start + beat * 500 + 1_000 })
    }
    expectLike(await extend(10), { ok: true, expiresAt: start + 501_000 })
    expectLike(await extend(day), { ok: true, expiresAt: start + day })
    await fixture.pass(day - 500_000)
    expectLike(await extend(1), { ok: false, reason: 'hold_lapsed' })
  },
  'an extend whose increase does not fit is refused and leaves the hold unchanged': async (fixture) => {
    await fixture.grant(10n)
    await fixture.reserve('h', 4n)
    const more = { hold: 'h', ttl: 2 * hour, increase: 7n }
    expectLike(await fixture.ledger.extend({ ...more, key: 'x' }), { ...insufficient, needed: 7n, available: 6n })
    expectLike(await fixture.ledger.hold('h'), { amount: 4n, expiresAt: start + hour })
    const some = { ...more, key: 'x', minIncrease: 5n }
    expectSame(await fixture.ledger.extend(some), { ...done, amount: 10n, expiresAt: start + 2 * hour })
    await fixture.expectAmounts({ granted: 10n, reserved: 10n })
    expectSame((await fixture.settle('h', 9n)).levels, [levelCost(team, { fromReserved: 9n, returned: 1n })])
  },
  'a charge books a cost without a hold, even at a closed wallet': async (fixture) => {
    await fixture.grant(10n)
    await fixture.put(team, { status: 'closed' })
    const levels = [levelCost(team, { fromAvailable: 10n, fromOverdraft: 2n })]
    const charged = { ...done, isLate: false, levels, softLimitsReached: [], lowBalancesReached: [] }
    expectSame(await fixture.ledger.charge({ hold: 'c', wallet: team, amount: 12n }), charged)
    expectLike(await fixture.ledger.hold('c'), { state: 'settled', amount: 0n, spent: 12n })
    expectSame(await fixture.ledger.release({ hold: 'c' }), { ok: false, reason: 'hold_settled' })
  },
  'a settle of an unknown hold charges the `ifUnknown` wallet, unless the ledger may have forgotten the hold': async (
    fixture,
  ) => {
    await fixture.grant(10n)
    const unknown = { ok: false, reason: 'hold_unknown' }
    expectSame(await fixture.ledger.settle({ hold: 'h', amount: 3n }), unknown)
    await fixture.pass(30 * day)
    const { idRetention } = fixture.ledger.capabilities
    const since = (startedAt: number) => ({ hold: 'h', amount: 3n, ifUnknown: { wallet: team, startedAt } })
    expectSame(await fixture.ledger.settle(since(fixture.now - idRetention - 1)), unknown)
    const levels = [levelCost(team, { fromAvailable: 3n })]
    const settled = { isLate: true, levels, softLimitsReached: [], lowBalancesReached: [] }
    expectSame(await fixture.ledger.settle(since(fixture.now - idRetention)), { ...done, ...settled })
    expectSame(await fixture.ledger.settle(since(fixture.now - idRetention)), { ...replayed, ...settled })
    expectLike(await fixture.reserve('h', 3n), { reason: 'key_reused' })
    await fixture.expectAmounts({ granted: 10n, available: 7n, spent: 3n })
  },
  'a refund returns credits to the grants that paid, last taken first, and never exceeds the cost': async (fixture) => {
    await fixture.grant(4n, { key: 'early', expiresAt: start + day })
    await fixture.grant(4n, { key: 'late' })
    await fixture.reserve('h', 6n)
    await fixture.settle('h', 6n)
    const refund = (key: string, amount: bigint) => fixture.ledger.refund({ key, hold: 'h', amount })
    expectSame(await refund('r1', 7n), { ok: false, reason: 'spent_exceeded', refundable: 6n })
    expectSame(await refund('r1', 3n), done)
    expectSame(await refund('r2', 4n), { ok: false, reason: 'spent_exceeded', refundable: 3n })
    expectSame((await fixture.summary()).slice(-2), [
      'refunded spent available 2 late',
      'refunded spent available 1 early',
    ])
    await fixture.pass(day)
    expectSame(await refund('r3', 3n), done)
    await fixture.expectAmounts({ granted: 8n, available: 4n, expired: 4n })
    expectSame((await fixture.summary()).slice(-1), ['refunded spent expired 3 early'])
  },
  'a refund first reduces the write-off, then the overdraft': async (fixture) => {
    await fixture.put(team, { overdraftLimit: 2n })
    await fixture.grant(5n)
    await fixture.reserve('h', 5n)
    await fixture.settle('h', 10n)
    await fixture.ledger.refund({ key: 'r1', hold: 'h', amount: 4n })
    await fixture.expectAmounts({ granted: 5n, spent: 6n, overdraft: 1n })
    await fixture.grant(1n)
    await fixture.ledger.refund({ key: 'r2', hold: 'h', amount: 1n })
    await fixture.expectAmounts({ granted: 6n, available: 1n, spent: 5n })
  },
  'a frozen wallet refuses reservations, a closed one also grants, and both book costs': async (fixture) => {
    await fixture.grant(10n)
    await fixture.reserve('h', 4n)
    await fixture.put(team, { status: 'frozen' })
    expectLike(await fixture.reserve('i', 1n), { reason: 'wallet_frozen', retry: 'never', available: 6n, reserved: 4n })
    expectSame(await fixture.grant(1n), done)
    await fixture.put(team, { status: 'closed' })
    expectLike(await fixture.reserve('i', 1n), { reason: 'wallet_closed', retry: 'never' })
    expectSame(await fixture.grant(1n), { ok: false, reason: 'wallet_closed' })
    await fixture.settle('h', 3n)
    await fixture.expectAmounts({ granted: 11n, available: 8n, spent: 3n })
    await fixture.put(team)
    expectLike(await fixture.reserve('i', 1n), { ok: true })
  },
  'amounts are exact up to 2^63 - 1, and a write that would exceed it is refused': async (fixture) => {
    expectSame(await fixture.grant(creditLimit - 1n), done)
    expectSame(await fixture.grant(2n), { ok: false, reason: 'amount_too_large', wallet: team })
    expectSame(await fixture.grant(1n), done)
    expectLike(await fixture.reserve('h', creditLimit), { ok: true })
    await fixture.settle('h', creditLimit - 1n)
    await fixture.expectAmounts({ granted: creditLimit, available: 1n, spent: creditLimit - 1n })
    const tooLarge = { ok: false, reason: 'amount_too_large', wallet: team }
    expectSame(await fixture.ledger.charge({ hold: 'c', wallet: team, amount: 2n }), tooLarge)
    expectLike(await fixture.ledger.charge({ hold: 'c', wallet: team, amount: 1n }), { ok: true })
  },
  'a malformed request returns `request_invalid`, never throws, and writes nothing': async (fixture) => {
    await fixture.grant(10n)
    const writes = ['putWallet', 'grant', 'revoke', 'putAllowance', 'reserve', 'extend', 'settle', 'release'] as const
    const invalid = { ok: false, reason: 'request_invalid' }
    for (const make of hostileMakers()) {
      for (const write of [...writes, 'charge', 'refund'] as const) {
        expectLike(await fixture.ledger[write](make() as never), invalid, write)
      }
      await expectTypeError(() => fixture.ledger.balance(make() as never), 'balance of a malformed wallet')
      await expectTypeError(() => fixture.ledger.wallet(make() as never), 'state of a malformed wallet')
      await expectTypeError(() => fixture.statement((make() ?? null) as never), 'statement of a malformed wallet')
      await expectTypeError(() => fixture.ledger.verify((make() ?? null) as never), 'verify of a malformed wallet')
      expectSame(await fixture.ledger.hold(make() as never), undefined)
    }
    for (const wrong of [
      { ...team, id: '' },
      { ...team, incarnation: -1 },
      { type: 'team', id: 'a' },
      { ...team, x: 1 },
    ])
      await expectTypeError(() => fixture.ledger.balance(wrong as never), 'balance of a malformed wallet')
    // A `Date` is read as its instant. A value that is not a number selects no entries, in a balance and in a statement.
    expectLike(await fixture.ledger.balance(team, { at: new Date(start) } as never), { granted: 10n })
    for (const when of [{}, { at: 'now' }, { sequence: Symbol('1') }, 5, null, { at: undefined }]) {
      expectLike(
        await fixture.ledger.balance(team, when as never),
        { sequence: 0, granted: 0n },
        'balance at an unreadable time',
      )
    }
    for (const at of [start / 1000, start * 1000]) {
      const wrong = await fixture.ledger.balance(team, { at }).catch((error: unknown) => error)
      expectTrue(wrong instanceof RangeError, `the balance at ${at}, which is not in milliseconds, is refused`)
    }
    for (const after of [{}, 'now', Symbol('0'), Number.NaN, 1n])
      expectSame(await fixture.statement(team, after as never), [], 'statement after an unreadable number')
    for (const amount of [0n, -1n, creditLimit + 1n, 1, 0.5, '1', null, undefined]) {
      expectLike(await fixture.grant(amount as bigint), invalid)
      expectLike(await fixture.reserve('h', amount as bigint), invalid)
      expectLike(await fixture.ledger.refund({ key: 'k', hold: 'h', amount: amount as bigint }), invalid)
    }
    for (const ttl of [0, -1, 0.5, day + 1, Number.NaN]) expectLike(await fixture.reserve('h', 1n, { ttl }), invalid)
    expectLike(await fixture.reserve('h', 1n, { minAmount: 2n }), invalid)
    expectLike(await fixture.reserve('h', 1n, { expiresAt: 9 } as object), invalid)
    expectLike(await fixture.reserve('', 1n), invalid)
    expectLike(await fixture.put(team, { funding: 'parent' }), invalid)
    const misspelt = { wallet: { ...team, id: 'new' }, cap: { amount: 1n, period: { every: 'day', timeZone: 'Mars' } } }
    expectLike(await fixture.put(team, misspelt as object), invalid)
    await fixture.expectAmounts({ granted: 10n, available: 10n })
  },
}
