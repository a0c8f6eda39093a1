import { expectLike, expectSame, expectTrue } from '../../assert.ts'
import { day, done, hour, type LedgerCases, type LedgerFixture, start, team } from '../ledger-fixture.ts'
import { allow, spend, utcDay, utcMonth, year } from './ledger-allowances.ts'

/** Returns the grant of the allowance as `wallet` reports it, and the end of the current period. */
async function current(fixture: LedgerFixture): Promise<object> {
  const state = await fixture.ledger.wallet(team)
  const [grant] = state?.grants ?? []
  return {
    period: grant?.period,
    effectiveAt: grant?.effectiveAt,
    expiresAt: grant?.expiresAt,
    rollsAt: state?.allowances[0]?.rollsAt,
  }
}

/** The conformance cases for allowances of which no credits are used for many periods. */
export const dormantAllowances: LedgerCases = {
  'periods in which no credits were used are booked as one entry, with the next write': async (fixture) => {
    await allow(fixture, 5n, utcDay)
    await fixture.pass(4 * day + hour)
    await fixture.expectAmounts({ granted: 5n, available: 5n })
    await spend(fixture, 1n)
    await fixture.expectAmounts({ granted: 25n, available: 4n, spent: 1n, expired: 20n })
    expectSame((await fixture.summary()).slice(1), [
      'expired available expired 5 free',
      'granted granted expired 15 free',
      'granted granted available 5 free',
      'charged available spent 1 free',
    ])
    const entries = await fixture.statement()
    expectSame(
      entries.map(({ at }) => at - start),
      [0, ...Array(4).fill(4 * day + hour)],
    )
    expectSame(
      entries.map(({ period }) => period),
      [start, start, start + day, start + 4 * day, start + 4 * day],
    )
  },
  'the available credits are right at every instant, before and after the periods are booked': async (fixture) => {
    await allow(fixture, 5n, utcDay)
    await spend(fixture, 2n)
    const instants = [start, start + day - 1, start + day, start + 3 * day, start + 400 * day]
    const expected = [3n, 3n, 5n, 5n, 5n]
    const seen = async () => {
      const balances = await Promise.all(instants.map((at) => fixture.ledger.balance(team, { at })))
      return balances.map(({ available }) => available)
    }
    await fixture.pass(400 * day)
    expectSame(await seen(), expected)
    await spend(fixture, 1n)
    expectSame(await seen(), [...expected.slice(0, -1), 4n])
    expectLike(await fixture.ledger.balance(team), { granted: 401n * 5n, available: 4n, spent: 3n })
  },
  'no read, sweep or refused write books a period in which no credits were used': async (fixture) => {
    await allow(fixture, 5n, utcDay)
    await fixture.reserve('old', 1n)
    await fixture.ledger.release({ hold: 'old' })
    const before = await fixture.statement()
    await fixture.pass(6 * day)
    await fixture.ledger.balance(team)
    await fixture.ledger.wallet(team)
    expectSame(await fixture.ledger.sweep(1_000), { booked: 0, isDone: true })
    expectSame(await fixture.ledger.verify(team), [], 'violations')
    expectLike(await fixture.reserve('h', 6n), { reason: 'credits_insufficient', available: 5n })
    expectLike(await fixture.grant(2n ** 63n - 35n), { reason: 'amount_too_large' })
    expectLike(await fixture.ledger.revoke({ key: 'r', wallet: team, grant: 'free', period: start }), { ok: false })
    expectLike(await fixture.ledger.release({ hold: 'old' }), { replay: true })
    for await (const _ of fixture.ledger.export());
    expectSame(await fixture.statement(), before)
    expectSame(await fixture.reserve('h', 5n), { ...done, amount: 5n, expiresAt: fixture.now + hour })
    await fixture.expectAmounts({ granted: 35n, reserved: 5n, expired: 30n })
  },
  '`wallet` and the advice of a refusal report the current period, by the calendar': async (fixture) => {
    await allow(fixture, 5n, { every: 'month', timeZone: 'Europe/Berlin', startsOn: 31 })
    await fixture.ledger.putAllowance({
      key: 'b',
      wallet: team,
      allowance: 'x',
      amount: 50n,
      period: utcMonth,
      only: ['a'],
    })
    await fixture.pass(485 * day)
    const [startsAt, endsAt] = [Date.UTC(2027, 11, 30, 23), Date.UTC(2028, 0, 30, 23)]
    expectSame(await current(fixture), { period: startsAt, effectiveAt: startsAt, expiresAt: endsAt, rollsAt: endsAt })
    expectLike(await fixture.reserve('h', 56n, { tags: ['a'] }), { available: 55n, retry: 'after_top_up' })
    expectSame(await fixture.ledger.revoke({ key: 'r', wallet: team, grant: 'x', period: Date.UTC(2028, 0, 1) }), {
      ...done,
      revoked: 50n,
    })
    expectLike(await fixture.reserve('h', 50n, { tags: ['a'] }), { retry: 'at_reset', resetsAt: Date.UTC(2028, 1, 1) })
    await fixture.expectAmounts({ granted: 55n * 16n, available: 5n, expired: 55n * 15n, revoked: 50n })
    expectSame(await current(fixture), { period: startsAt, effectiveAt: startsAt, expiresAt: endsAt, rollsAt: endsAt })
  },
  'a hold that lapses, a grant that starts and a grant that expires leave unused periods unbooked': async (fixture) => {
    await allow(fixture, 5n, utcDay)
    await fixture.grant(3n, { key: 'first', priority: 1 })
    await fixture.grant(2n, { key: 'later', effectiveAt: start + 3 * day, expiresAt: start + 5 * day })
    await fixture.reserve('h', 2n, { ttl: day })
    await fixture.pass(6 * day)
    await fixture.expectAmounts({ granted: 10n, available: 8n, expired: 2n })
    await spend(fixture, 7n)
    await fixture.expectAmounts({ granted: 40n, available: 1n, spent: 7n, expired: 32n })
  },
  'twenty daily allowances unused for thirty years cost at most three entries each': async (fixture) => {
    const zones = ['UTC', 'America/New_York', 'Europe/Berlin', 'Pacific/Apia', 'Australia/Lord_Howe']
    for (let i = 0; i < 20; i += 1) {
      const period = { every: 'day', timeZone: zones[i % 5] ?? 'UTC' } as const
      const put = { key: `a${i}`, wallet: team, allowance: `a${i}`, amount: 3n, period, rollover: BigInt(i % 4) }
      expectSame(await fixture.ledger.putAllowance(put), done)
    }
    await spend(fixture, 1n)
    await fixture.pass(30 * year)
    expectLike(await fixture.ledger.balance(team), { available: 90n })
    await spend(fixture, 1n)
    expectLike(await fixture.ledger.balance(team), { available: 89n })
    expectTrue((await fixture.statement()).length < 150, 'the statement is long')
  },
  'a clock that jumps to the last instant of the ledger is answered at once': async (fixture) => {
    await allow(fixture, 5n, { every: 'day', timeZone: 'Asia/Kolkata' })
    await spend(fixture, 3n)
    await fixture.pass(100_000_000_000_000 - start)
    expectLike(await fixture.ledger.balance(team), { available: 5n })
    await spend(fixture, 1n)
    expectLike(await fixture.ledger.balance(team), { available: 4n, spent: 4n })
    expectTrue((await fixture.statement()).length < 10, 'the statement is long')
  },
  'a tagged allowance that repays no overdraft stays unused beside it': async (fixture) => {
    await fixture.ledger.putAllowance({
      key: 'a',
      wallet: team,
      allowance: 'x',
      amount: 50n,
      period: utcDay,
      only: ['a'],
    })
    await spend(fixture, 4n)
    await fixture.pass(10 * year)
    expectLike(await fixture.ledger.balance(team), { available: 50n, overdraft: 4n })
    await fixture.grant(5n)
    expectLike(await fixture.ledger.balance(team), { available: 51n, overdraft: 0n })
    expectTrue((await fixture.statement()).length < 10, 'the statement is long')
  },
  'unused periods never raise `granted` above 2^63 - 1, and the credits of the present period are kept': async (
    fixture,
  ) => {
    await allow(fixture, 2n ** 61n, utcDay)
    await fixture.pass(100 * day)
    expectLike(await fixture.ledger.balance(team), { available: 2n ** 61n })
    expectLike(await fixture.grant(1n), { reason: 'amount_too_large' })
    await spend(fixture, 5n)
    await fixture.expectAmounts({
      granted: 2n ** 63n - 1n,
      available: 2n ** 61n - 5n,
      spent: 5n,
      expired: 2n ** 63n - 1n - 2n ** 61n,
    })
    await fixture.pass(100 * day)
    await fixture.expectAmounts({ granted: 2n ** 63n - 1n, spent: 5n, expired: 2n ** 63n - 6n })
  },
}
