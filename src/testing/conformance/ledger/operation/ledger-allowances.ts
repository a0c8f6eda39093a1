import type { Period } from '../../../../model/value/period.ts'
import type { Entry } from '../../../../port/ledger-result.ts'
import { expectLike, expectSame, expectTrue } from '../../assert.ts'
import { day, done, hour, type LedgerCases, type LedgerFixture, start, team } from '../ledger-fixture.ts'

export const utcDay: Period = { every: 'day', timeZone: 'UTC' }
export const utcMonth: Period = { every: 'month', timeZone: 'UTC' }
export const year = 365 * day

/** Puts the allowance `free` of the team. */
export async function allow(fixture: LedgerFixture, amount: bigint, period: Period, rollover?: bigint): Promise<void> {
  const rolls = rollover === undefined ? {} : { rollover }
  const put = { key: fixture.key(), wallet: team, allowance: 'free', amount, period, ...rolls }
  expectSame(await fixture.ledger.putAllowance(put), done)
}

/** Spends an amount of the team's credits. */
export async function spend(fixture: LedgerFixture, amount: bigint): Promise<void> {
  expectLike(await fixture.ledger.charge({ hold: fixture.key(), wallet: team, amount }), done)
}

/** Returns the entries that granted credits of the allowance. */
async function granted(fixture: LedgerFixture): Promise<readonly Entry[]> {
  return (await fixture.statement()).filter(({ type }) => type === 'granted')
}

/** Returns the instants at which the allowance granted credits, in hours since `start`. */
async function rolls(fixture: LedgerFixture): Promise<readonly number[]> {
  return (await granted(fixture)).map(({ at }) => (at - start) / hour)
}

/** The conformance cases for allowances: periods, rollover and calendars. */
export const allowances: LedgerCases = {
  'an allowance for an unknown wallet creates the wallet, as a grant does': async (fixture) => {
    await allow(fixture, 5n, utcDay)
    await fixture.expectAmounts({ granted: 5n, available: 5n })
    expectLike(await fixture.ledger.wallet(team), { funding: 'own', status: 'open' })
  },
  'an allowance is granted at once, then exactly at each period start, once under concurrent calls': async (
    fixture,
  ) => {
    await fixture.put(team)
    await allow(fixture, 5n, utcDay)
    await fixture.expectAmounts({ granted: 5n, available: 5n })
    await fixture.reserve('h', 2n)
    await fixture.settle('h', 2n)
    await fixture.pass(day - 1)
    await fixture.expectAmounts({ granted: 5n, available: 3n, spent: 2n })
    expectLike(await fixture.reserve('i', 4n), { retry: 'at_reset', resetsAt: start + day })
    await fixture.pass(1)
    const both = await Promise.all([fixture.reserve('j', 5n), fixture.reserve('k', 5n)])
    expectSame(both.filter(({ ok }) => ok).length, 1)
    await fixture.expectAmounts({ granted: 10n, reserved: 5n, spent: 2n, expired: 3n })
    expectLike((await fixture.statement()).at(-2), { grant: 'free', period: start + day, at: start + day })
  },
  'each period repays overdraft at its start, whether any call is made in it or not': async (fixture) => {
    await fixture.put(team)
    await allow(fixture, 5n, utcDay)
    await spend(fixture, 17n)
    await fixture.expectAmounts({ granted: 5n, spent: 17n, overdraft: 12n })
    await fixture.pass(3 * day)
    await fixture.expectAmounts({ granted: 20n, available: 3n, spent: 17n })
    await fixture.pass(day)
    await fixture.expectAmounts({ granted: 25n, available: 5n, spent: 17n, expired: 3n })
    expectSame(await rolls(fixture), [0, 24, 48, 72, 72, 96])
  },
  'unspent credits roll over up to `rollover`': async (fixture) => {
    await fixture.put(team)
    await allow(fixture, 5n, utcDay, 3n)
    await fixture.pass(day)
    await fixture.expectAmounts({ granted: 13n, available: 8n, expired: 5n })
    await fixture.pass(day)
    await fixture.expectAmounts({ granted: 13n, available: 8n, expired: 5n })
    await spend(fixture, 7n)
    await fixture.expectAmounts({ granted: 21n, available: 1n, spent: 7n, expired: 13n })
    await fixture.pass(day)
    await fixture.expectAmounts({ granted: 27n, available: 6n, spent: 7n, expired: 14n })
  },
  'a rollover of up to 120 times the amount grows period by period, and more is refused': async (fixture) => {
    const put = { key: 'a', wallet: team, allowance: 'free', amount: 5n, period: utcDay, rollover: 601n }
    expectLike(await fixture.ledger.putAllowance(put), { ok: false, reason: 'request_invalid' })
    await allow(fixture, 5n, utcDay, 600n)
    for (const days of [1, 2, 7, 110]) await fixture.pass(days * day)
    await fixture.expectAmounts({ granted: 605n * 61n, available: 605n, expired: 605n * 60n })
    await fixture.pass(20 * year)
    expectLike(await fixture.ledger.balance(team), { available: 605n })
    expectTrue((await fixture.statement()).length <= 2 * 121, 'the statement has more than two entries for each growth')
  },
  'a daily period is a local day, which has 25 hours when the clocks are set back': async (fixture) => {
    await fixture.put(team)
    await fixture.pass(23 * day)
    await allow(fixture, 1n, { every: 'day', timeZone: 'Europe/Berlin' })
    for (let days = 0; days < 3; days += 1) {
      await spend(fixture, 1n)
      await fixture.pass(day)
    }
    // Local midnight of the 25th is 22:00 UTC of the day before, that of the 26th is 23:00.
    expectSame(await rolls(fixture), [23 * 24, 23 * 24 + 22, 24 * 24 + 23, 25 * 24 + 23])
  },
  'a monthly period starts on its day, or on the last day of a shorter month': async (fixture) => {
    await fixture.put(team)
    await allow(fixture, 1n, { every: 'month', timeZone: 'UTC', startsOn: 31 })
    const dates: string[] = []
    for (let days = 0; days < 190; days += 5) {
      const state = (await fixture.ledger.wallet(team))?.allowances[0]
      const date = new Date(state?.rollsAt ?? 0).toISOString().slice(0, 10)
      if (date !== dates.at(-1)) dates.push(date)
      await fixture.pass(5 * day)
    }
    expectSame(dates, [
      '2026-10-31',
      '2026-11-30',
      '2026-12-31',
      '2027-01-31',
      '2027-02-28',
      '2027-03-31',
      '2027-04-30',
    ])
  },
  'a closed wallet gets no allowance, reopening it grants no missed periods, and a put brings the current one': async (
    fixture,
  ) => {
    await fixture.put(team)
    await allow(fixture, 5n, utcDay)
    await fixture.put(team, { status: 'closed' })
    await fixture.pass(40 * year)
    await fixture.put(team)
    await fixture.expectAmounts({ granted: 5n, expired: 5n })
    await allow(fixture, 5n, utcDay)
    await fixture.expectAmounts({ granted: 10n, available: 5n, expired: 5n })
    await spend(fixture, 1n)
    await fixture.pass(day)
    await fixture.expectAmounts({ granted: 15n, available: 5n, spent: 1n, expired: 9n })
  },
}

/** The conformance cases for changes of an allowance within a period. */
export const allowanceChanges: LedgerCases = {
  'a raised amount brings the difference at once, as one entry of the grant of the period': async (fixture) => {
    await allow(fixture, 5n, utcDay)
    await spend(fixture, 5n)
    await fixture.pass(hour)
    await allow(fixture, 7n, utcDay)
    await fixture.expectAmounts({ granted: 7n, available: 2n, spent: 5n })
    expectSame(
      (await granted(fixture)).map(({ amount, period }) => [amount, period]),
      [
        [5n, start],
        [2n, start],
      ],
    )
    await fixture.pass(day - hour)
    await fixture.expectAmounts({ granted: 14n, available: 7n, spent: 5n, expired: 2n })
  },
  'a lowered amount takes nothing back and counts from the next period': async (fixture) => {
    await allow(fixture, 7n, utcDay)
    await allow(fixture, 2n, utcDay)
    await fixture.expectAmounts({ granted: 7n, available: 7n })
    await allow(fixture, 7n, utcDay)
    await fixture.expectAmounts({ granted: 7n, available: 7n })
    await allow(fixture, 2n, utcDay)
    await fixture.pass(day)
    await fixture.expectAmounts({ granted: 9n, available: 2n, expired: 7n })
  },
  'an amount of zero ends the allowance after the period, and a put within it brings only what exceeds': async (
    fixture,
  ) => {
    await allow(fixture, 5n, utcDay)
    await allow(fixture, 0n, utcDay)
    await allow(fixture, 5n, utcDay)
    await fixture.expectAmounts({ granted: 5n, available: 5n })
    await allow(fixture, 0n, utcDay)
    await allow(fixture, 6n, utcDay)
    await fixture.expectAmounts({ granted: 6n, available: 6n })
    await allow(fixture, 0n, utcDay)
    await fixture.pass(5 * day)
    await fixture.expectAmounts({ granted: 6n, expired: 6n })
    expectLike(await fixture.ledger.wallet(team), { allowances: [] })
    await allow(fixture, 2n, utcDay)
    await fixture.expectAmounts({ granted: 8n, available: 2n, expired: 6n })
  },
  'another calendar starts at once with the difference, and the old period ends at its own end': async (fixture) => {
    await allow(fixture, 10n, utcDay)
    await fixture.pass(hour)
    await allow(fixture, 300n, utcMonth)
    await fixture.expectAmounts({ granted: 300n, available: 300n })
    expectLike((await granted(fixture))[1], { amount: 290n, at: start + hour, period: start + hour })
    expectLike((await fixture.ledger.wallet(team))?.allowances[0], { rollsAt: start + 31 * day })
    await fixture.pass(day)
    await fixture.expectAmounts({ granted: 300n, available: 290n, expired: 10n })
    await allow(fixture, 10n, utcDay)
    await fixture.pass(29 * day)
    await fixture.expectAmounts({ granted: 300n, available: 290n, expired: 10n })
    await fixture.pass(day)
    await fixture.expectAmounts({ granted: 310n, available: 10n, expired: 300n })
  },
  'changing the calendar back and forth brings nothing twice': async (fixture) => {
    const calendars = [utcMonth, utcDay, { every: 'week', timeZone: 'Asia/Tokyo' }, utcMonth] as const
    await fixture.pass(hour)
    for (let round = 0; round < 5; round += 1) {
      for (const calendar of calendars) await allow(fixture, 20n, calendar)
      for (let startsOn = 2; startsOn < 9; startsOn += 1) await allow(fixture, 20n, { ...utcMonth, startsOn })
      await fixture.pass(1)
    }
    await fixture.expectAmounts({ granted: 20n, available: 20n })
    for (let startsOn = 1; startsOn < 28; startsOn += 1) {
      await allow(fixture, 20n + BigInt(startsOn), { ...utcMonth, startsOn })
    }
    await fixture.expectAmounts({ granted: 47n, available: 47n })
    const grants = (await fixture.ledger.wallet(team))?.grants ?? []
    expectSame(new Set(grants.map(({ period }) => period)).size, grants.length, 'periods')
  },
  'credits that were spent or revoked count as brought': async (fixture) => {
    await allow(fixture, 10n, utcDay)
    await spend(fixture, 4n)
    const revoked = await fixture.ledger.revoke({ key: 'r', wallet: team, grant: 'free', period: start })
    expectSame(revoked, { ...done, revoked: 6n })
    await allow(fixture, 10n, utcDay)
    await fixture.expectAmounts({ granted: 10n, spent: 4n, revoked: 6n })
    await allow(fixture, 13n, utcDay)
    await fixture.expectAmounts({ granted: 13n, available: 3n, spent: 4n, revoked: 6n })
    await allow(fixture, 14n, utcDay)
    await fixture.expectAmounts({ granted: 14n, available: 4n, spent: 4n, revoked: 6n })
    await fixture.pass(day)
    await fixture.expectAmounts({ granted: 28n, available: 14n, spent: 4n, expired: 4n, revoked: 6n })
  },
  'a wallet has at most 100 allowances, and one that has ended makes room for another': async (fixture) => {
    const put = (i: number, amount: bigint) =>
      fixture.ledger.putAllowance({
        key: fixture.key(),
        wallet: team,
        allowance: `a${i}`,
        amount,
        period: utcDay,
      })
    for (let i = 0; i < 100; i += 1) expectSame(await put(i, 1n), done)
    expectSame(await put(100, 1n), { ok: false, reason: 'too_many_allowances' })
    expectSame(await put(7, 0n), done)
    expectSame(await put(100, 1n), { ok: false, reason: 'too_many_allowances' })
    await fixture.pass(day)
    expectSame(await put(100, 1n), done)
    expectSame(await put(7, 1n), { ok: false, reason: 'too_many_allowances' })
  },
}
