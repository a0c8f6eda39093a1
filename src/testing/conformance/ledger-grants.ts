import type { Period } from '../../port/ledger-request.ts'
import { expectLike, expectSame } from './assert.ts'
import { day, done, hour, type LedgerFixture, replayed, start, taken, team } from './ledger-fixture.ts'

const insufficient = { ok: false, reason: 'credits_insufficient', wallet: team }

/** Chapter B: grants and allowances, which burn in order, expire and roll. */
export const grants: Readonly<Record<string, (scene: LedgerFixture) => Promise<void>>> = {
  'burn by priority, then the earliest expiry, never last, then the oldest': async (scene) => {
    await scene.grant(1n, { key: 'never' })
    await scene.grant(1n, { key: 'late', expiresAt: start + 2 * day })
    await scene.grant(1n, { key: 'early', expiresAt: start + day })
    await scene.grant(1n, { key: 'early too', expiresAt: start + day })
    await scene.grant(1n, { key: 'urgent', priority: 0 })
    await scene.grant(1n, { key: 'last', priority: 1000, expiresAt: start + hour })
    await scene.reserve('h', 6n)
    await scene.settle('h', 6n)
    const spent = (await scene.statement()).filter(({ to }) => to === 'spent')
    expectSame(
      spent.map(({ grant }) => grant),
      ['urgent', 'early', 'early too', 'late', 'never', 'last'],
    )
  },
  'bound to tags pay only for what has one of them, and repay no overdraft': async (scene) => {
    await scene.grant(5n, { key: 'any' })
    await scene.grant(10n, { key: 'bound', only: ['gpt', 'claude'], priority: 0 })
    const needs = { reason: 'credits_insufficient', available: 5n, retry: 'after_top_up' }
    expectLike(await scene.reserve('h', 6n), needs)
    expectLike(await scene.reserve('h', 6n, { tags: ['gemini'] }), needs)
    expectLike(await scene.reserve('h', 12n, { tags: ['gemini', 'claude'] }), { ok: true })
    await scene.reserve('i', 3n)
    expectSame((await scene.settle('i', 4n)).levels, [taken(team, { fromReserved: 3n, fromOverdraft: 1n })])
    await scene.ledger.release({ hold: 'h' })
    await scene.expectAmounts({ granted: 15n, available: 11n, spent: 4n })
    await scene.ledger.charge({ hold: 'c', wallet: team, amount: 2n })
    await scene.expectAmounts({ granted: 15n, available: 10n, spent: 6n, overdraft: 1n })
    expectLike(await scene.reserve('j', 1n, { tags: ['gpt'] }), { reason: 'wallet_overdrawn' })
    await scene.grant(5n, { only: ['gpt'] })
    await scene.expectAmounts({ granted: 20n, available: 15n, spent: 6n, overdraft: 1n })
  },
  'expire when neither spent nor held, and what is held when it comes back': async (scene) => {
    await scene.grant(10n, { key: 'brief', expiresAt: start + 50 })
    await scene.reserve('h', 6n)
    await scene.pass(49)
    await scene.expectAmounts({ granted: 10n, available: 4n, reserved: 6n })
    await scene.pass(1)
    await scene.expectAmounts({ granted: 10n, expired: 4n, reserved: 6n })
    expectSame((await scene.settle('h', 2n)).levels, [taken(team, { fromReserved: 2n, lost: 4n })])
    await scene.expectAmounts({ granted: 10n, expired: 8n, spent: 2n })
  },
  'at the instant that a hold lapses expire first': async (scene) => {
    await scene.grant(2n, { key: 'brief', expiresAt: start + 100 })
    await scene.reserve('h', 1n, { ttl: 100 })
    await scene.pass(100)
    expectSame((await scene.story()).slice(2), ['expired available expired 1 brief', 'lapsed reserved expired 1 brief'])
  },
  'that are over already expire at once, and repay nothing': async (scene) => {
    await scene.grant(1n)
    await scene.ledger.charge({ hold: 'c', wallet: team, amount: 3n })
    expectSame(await scene.grant(5n, { expiresAt: start }), done)
    await scene.expectAmounts({ granted: 6n, expired: 5n, spent: 3n, overdraft: 2n })
  },
  'are not there before they are effective': async (scene) => {
    await scene.grant(5n, { key: 'soon', effectiveAt: start + 100, expiresAt: start + 200 })
    await scene.expectAmounts({})
    expectLike(await scene.reserve('h', 1n), { reason: 'credits_insufficient' })
    await scene.pass(100)
    await scene.expectAmounts({ granted: 5n, available: 5n })
    expectLike((await scene.statement())[0], { at: start + 100, grant: 'soon' })
    await scene.pass(100)
    await scene.expectAmounts({ granted: 5n, expired: 5n })
  },
  'are revoked: what is available at once, what is held when it comes back, what is to come never': async (scene) => {
    await scene.grant(10n, { key: 'g' })
    await scene.grant(5n, { key: 'soon', effectiveAt: start + 100 })
    await scene.reserve('h', 6n)
    const revoke = { key: 'r', wallet: team, grant: 'g' }
    expectSame(await scene.ledger.revoke(revoke), { ...done, revoked: 4n })
    expectSame(await scene.ledger.revoke(revoke), { ...replayed, revoked: 4n })
    expectSame(await scene.ledger.revoke({ key: 's', wallet: team, grant: 'soon' }), { ...done, revoked: 0n })
    const unknown = { ok: false, reason: 'grant_unknown' }
    expectSame(await scene.ledger.revoke({ key: 't', wallet: team, grant: 'x' }), unknown)
    expectSame((await scene.settle('h', 5n)).levels, [taken(team, { fromReserved: 5n, lost: 1n })])
    await scene.pass(100)
    await scene.expectAmounts({ granted: 10n, revoked: 5n, spent: 5n })
  },
  'of a hold that was extended burn in order, and the rest comes back': async (scene) => {
    await scene.grant(10n, { key: 'late' })
    await scene.reserve('h', 4n)
    await scene.grant(10n, { key: 'early', expiresAt: start + day })
    await scene.ledger.extend({ key: 'e', hold: 'h', ttl: hour, increase: 4n })
    await scene.settle('h', 5n)
    expectSame((await scene.story()).slice(-3), [
      'settled reserved spent 4 early',
      'settled reserved spent 1 late',
      'settled reserved available 3 late',
    ])
  },
  'are waited for only if they come back to whom asks': async (scene) => {
    await scene.grant(5n, { key: 'bound', only: ['a'] })
    await scene.grant(5n, { key: 'over' })
    await scene.reserve('h', 10n, { tags: ['a'] })
    const refused = { ...insufficient, available: 0n, reserved: 10n }
    expectLike(await scene.reserve('i', 6n), { ...refused, retry: 'after_top_up' })
    expectLike(await scene.reserve('i', 6n, { tags: ['a'] }), { ...refused, retry: 'when_holds_clear' })
    await scene.ledger.revoke({ key: 'r', wallet: team, grant: 'over' })
    expectLike(await scene.reserve('i', 1n), { ...refused, retry: 'after_top_up' })
    expectLike(await scene.reserve('i', 5n, { tags: ['a'] }), { ...refused, retry: 'when_holds_clear' })
    expectLike(await scene.reserve('i', 6n, { tags: ['a'] }), { ...refused, retry: 'after_top_up' })
  },
  'get back no more than they gave, however parts and refunds follow each other': async (scene) => {
    await scene.grant(10n, { key: 'g' })
    await scene.reserve('h', 5n)
    await scene.settle('h', 5n, { part: 'p' })
    await scene.ledger.refund({ key: 'r1', hold: 'h', amount: 3n })
    await scene.settle('h', 4n, { part: 'q', overrun: 'cap' })
    await scene.ledger.refund({ key: 'r2', hold: 'h', amount: 2n })
    await scene.expectAmounts({ granted: 10n, available: 8n, spent: 4n, writtenOff: 2n })
    await scene.ledger.refund({ key: 'r3', hold: 'h', amount: 4n })
    await scene.expectAmounts({ granted: 10n, available: 10n })
  },
  'of a refund take what was owed and is repaid by now, and what is owed still is repaid by them': async (scene) => {
    await scene.put(team)
    await scene.ledger.charge({ hold: 'c', wallet: team, amount: 9n })
    await scene.grant(5n, { key: 'g', priority: 0 })
    await scene.ledger.refund({ key: 'r', hold: 'c', amount: 7n })
    expectSame((await scene.story()).slice(-2), ['refunded spent overdraft 4 r', 'refunded spent available 3 r'])
    const added = { grant: 'r', kind: 'refund', priority: 100, expiresAt: undefined, available: 3n }
    expectLike((await scene.ledger.wallet(team))?.grants.at(-1), added)
  },
  'of a refund are spent and refunded like any other, and add up': async (scene) => {
    await scene.grant(5n, { key: 'over', expiresAt: start })
    await scene.ledger.charge({ hold: 'c', wallet: team, amount: 5n })
    await scene.grant(5n, { key: 'later' })
    expectSame(await scene.ledger.refund({ key: 'r', hold: 'c', amount: 5n }), done)
    await scene.ledger.charge({ hold: 'd', wallet: team, amount: 4n })
    expectSame(await scene.ledger.refund({ key: 'r2', hold: 'd', amount: 3n }), done)
    expectSame((await scene.story()).slice(-2), ['charged available spent 4 r', 'refunded spent available 3 r'])
    expectSame(await scene.ledger.verify(), [], 'violations')
  },
  'are listed in burn order, with what they have': async (scene) => {
    await scene.grant(10n, { key: 'a' })
    await scene.grant(5n, { key: 'b', priority: 1, kind: 'promotional', only: ['x'] })
    await scene.grant(5n, { key: 'c', effectiveAt: start + 1 })
    await scene.reserve('h', 4n)
    const known = (await scene.ledger.wallet(team))?.grants ?? []
    const common = { effectiveAt: start, reserved: 0n }
    expectSame(known, [
      { ...common, grant: 'b', kind: 'promotional', priority: 1, only: ['x'], amount: 5n, available: 5n },
      { ...common, grant: 'a', kind: 'paid', priority: 100, amount: 10n, available: 6n, reserved: 4n },
      { ...common, grant: 'c', kind: 'paid', priority: 100, effectiveAt: start + 1, amount: 5n, available: 0n },
    ])
  },
}

const utcDay: Period = { every: 'day', timeZone: 'UTC' }

async function allow(scene: LedgerFixture, amount: bigint, period: Period, rollover?: bigint): Promise<void> {
  const rolls = rollover === undefined ? {} : { rollover }
  const put = { key: scene.key(), wallet: team, allowance: 'free', amount, period, ...rolls }
  expectSame(await scene.ledger.putAllowance(put), done)
}

/** When each period was granted, in days and hours after the start. */
async function rolls(scene: LedgerFixture): Promise<readonly number[]> {
  const granted = (await scene.statement()).filter(({ type }) => type === 'granted')
  return granted.map(({ at }) => (at - start) / hour)
}

/** Chapter B: allowances. */
export const allowances: Readonly<Record<string, (scene: LedgerFixture) => Promise<void>>> = {
  'an allowance is for a wallet that is there': async (scene) => {
    const put = { key: 'a', wallet: team, allowance: 'free', amount: 5n, period: utcDay }
    expectSame(await scene.ledger.putAllowance(put), { ok: false, reason: 'wallet_unknown' })
  },
  'it is granted at once, then at the exact boundary, once however often it is asked': async (scene) => {
    await scene.put(team)
    await allow(scene, 5n, utcDay)
    await scene.expectAmounts({ granted: 5n, available: 5n })
    await scene.reserve('h', 2n)
    await scene.settle('h', 2n)
    await scene.pass(day - 1)
    await scene.expectAmounts({ granted: 5n, available: 3n, spent: 2n })
    expectLike(await scene.reserve('i', 4n), { retry: 'at_reset', resetsAt: start + day })
    await scene.pass(1)
    const both = await Promise.all([scene.reserve('j', 5n), scene.reserve('k', 5n)])
    expectSame(both.filter(({ ok }) => ok).length, 1)
    await scene.expectAmounts({ granted: 10n, reserved: 5n, spent: 2n, expired: 3n })
    expectLike((await scene.statement()).at(-2), { grant: 'free', period: start + day, at: start + day })
  },
  'periods that nobody looked at were granted and expired all the same': async (scene) => {
    await scene.put(team)
    await allow(scene, 5n, utcDay)
    await scene.ledger.charge({ hold: 'c', wallet: team, amount: 17n })
    await scene.expectAmounts({ granted: 5n, spent: 17n, overdraft: 12n })
    await scene.pass(4 * day)
    await scene.expectAmounts({ granted: 25n, available: 5n, spent: 17n, expired: 3n })
    expectSame(await rolls(scene), [0, 24, 48, 72, 72, 96])
  },
  'what is left rolls over, up to the limit': async (scene) => {
    await scene.put(team)
    await allow(scene, 5n, utcDay, 3n)
    await scene.pass(day)
    await scene.expectAmounts({ granted: 13n, available: 8n, expired: 5n })
    await scene.pass(day)
    await scene.expectAmounts({ granted: 21n, available: 8n, expired: 13n })
    await scene.reserve('h', 7n)
    await scene.settle('h', 7n)
    await scene.pass(day)
    await scene.expectAmounts({ granted: 27n, available: 6n, spent: 7n, expired: 14n })
  },
  'a change counts from the next period, and zero ends it': async (scene) => {
    await scene.put(team)
    await allow(scene, 5n, utcDay)
    await allow(scene, 7n, utcDay)
    await scene.expectAmounts({ granted: 5n, available: 5n })
    await scene.pass(day)
    await scene.expectAmounts({ granted: 12n, available: 7n, expired: 5n })
    await allow(scene, 0n, utcDay)
    await scene.pass(5 * day)
    await scene.expectAmounts({ granted: 12n, expired: 12n })
    await allow(scene, 2n, utcDay)
    await scene.expectAmounts({ granted: 14n, available: 2n, expired: 12n })
  },
  'a day is a local day, of 25 hours when the clocks are set back': async (scene) => {
    await scene.put(team)
    await scene.pass(23 * day)
    await allow(scene, 1n, { every: 'day', timeZone: 'Europe/Berlin' })
    await scene.pass(3 * day)
    // Local midnight of the 25th is 22:00 UTC of the day before, that of the 26th is 23:00.
    expectSame(await rolls(scene), [23 * 24, 23 * 24 + 22, 24 * 24 + 23, 25 * 24 + 23])
  },
  'a month begins on its day, or on its last': async (scene) => {
    await scene.put(team)
    await allow(scene, 1n, { every: 'month', timeZone: 'UTC', startsOn: 31 })
    await scene.pass(190 * day)
    const granted = (await scene.statement()).filter(({ type }) => type === 'granted')
    const dates = granted.map(({ period }) => new Date(period ?? 0).toISOString().slice(0, 10))
    expectSame(dates, [
      '2026-09-30',
      '2026-10-31',
      '2026-11-30',
      '2026-12-31',
      '2027-01-31',
      '2027-02-28',
      '2027-03-31',
    ])
  },
  'a closed wallet gets nothing, and is not made up to it': async (scene) => {
    await scene.put(team)
    await allow(scene, 5n, utcDay)
    await scene.put(team, { status: 'closed' })
    await scene.pass(2 * day)
    await scene.put(team)
    await allow(scene, 5n, utcDay)
    await scene.expectAmounts({ granted: 5n, expired: 5n })
    await scene.pass(day)
    await scene.expectAmounts({ granted: 10n, available: 5n, expired: 5n })
  },
}
