import { expectLike, expectSame } from '../../assert.ts'
import { day, done, hour, keyReused, type LedgerCases, levelCost, replayed, start, team } from '../ledger-fixture.ts'

const insufficient = { ok: false, reason: 'credits_insufficient', wallet: team }

/** The conformance cases for grants: burn order, tags, expiry, revocation and refunds. */
export const grants: LedgerCases = {
  'grants burn by priority, then by expiry with no expiry last, then by age': async (fixture) => {
    await fixture.grant(1n, { key: 'never' })
    await fixture.grant(1n, { key: 'late', expiresAt: start + 2 * day })
    await fixture.grant(1n, { key: 'early', expiresAt: start + day })
    await fixture.grant(1n, { key: 'early too', expiresAt: start + day })
    await fixture.grant(1n, { key: 'urgent', priority: 0 })
    await fixture.grant(1n, { key: 'last', priority: 1000, expiresAt: start + hour })
    await fixture.reserve('h', 6n)
    await fixture.settle('h', 6n)
    const spent = (await fixture.statement()).filter(({ to }) => to === 'spent')
    expectSame(
      spent.map(({ grant }) => grant),
      ['urgent', 'early', 'early too', 'late', 'never', 'last'],
    )
  },
  'grants with `only` pay only for calls with one of their tags, and repay no unrestricted overdraft': async (
    fixture,
  ) => {
    await fixture.grant(5n, { key: 'any' })
    await fixture.grant(10n, { key: 'bound', only: ['gpt', 'claude'], priority: 0 })
    const needs = { reason: 'credits_insufficient', available: 5n, retry: 'after_top_up' }
    expectLike(await fixture.reserve('h', 6n), needs)
    expectLike(await fixture.reserve('h', 6n, { tags: ['gemini'] }), needs)
    expectLike(await fixture.reserve('h', 12n, { tags: ['gemini', 'claude'] }), { ok: true })
    await fixture.reserve('i', 3n)
    expectSame((await fixture.settle('i', 4n)).levels, [levelCost(team, { fromReserved: 3n, fromOverdraft: 1n })])
    await fixture.ledger.release({ hold: 'h' })
    await fixture.expectAmounts({ granted: 15n, available: 11n, spent: 4n })
    await fixture.ledger.charge({ hold: 'c', wallet: team, amount: 2n })
    await fixture.expectAmounts({ granted: 15n, available: 10n, spent: 6n, overdraft: 1n })
    expectLike(await fixture.reserve('j', 1n, { tags: ['gpt'] }), { reason: 'wallet_overdrawn' })
    await fixture.grant(5n, { only: ['gpt'] })
    await fixture.expectAmounts({ granted: 20n, available: 15n, spent: 6n, overdraft: 1n })
  },
  'at expiry the available credits of a grant expire, and held ones expire when their hold returns them': async (
    fixture,
  ) => {
    await fixture.grant(10n, { key: 'brief', expiresAt: start + 50 })
    await fixture.reserve('h', 6n)
    await fixture.pass(49)
    await fixture.expectAmounts({ granted: 10n, available: 4n, reserved: 6n })
    await fixture.pass(1)
    await fixture.expectAmounts({ granted: 10n, expired: 4n, reserved: 6n })
    expectSame((await fixture.settle('h', 2n)).levels, [levelCost(team, { fromReserved: 2n, lost: 4n })])
    await fixture.expectAmounts({ granted: 10n, expired: 8n, spent: 2n })
  },
  'a grant that expires at the instant a hold lapses expires first': async (fixture) => {
    await fixture.grant(2n, { key: 'brief', expiresAt: start + 100 })
    await fixture.reserve('h', 1n, { ttl: 100 })
    await fixture.pass(100)
    expectSame((await fixture.summary()).slice(2), [
      'expired available expired 1 brief',
      'lapsed reserved expired 1 brief',
    ])
  },
  'a grant that has already expired is refused, whether its wallet exists or not, and its key stays free': async (
    fixture,
  ) => {
    const refused = { ok: false, reason: 'grant_expired' }
    expectSame(await fixture.grant(5n, { key: 'g', expiresAt: start }), refused)
    expectSame(await fixture.ledger.wallet(team), undefined)
    await fixture.grant(1n)
    await fixture.ledger.charge({ hold: 'c', wallet: team, amount: 3n })
    expectSame(await fixture.grant(5n, { key: 'g', expiresAt: start }), refused)
    expectSame(await fixture.grant(5n, { key: 'g', effectiveAt: start - 2, expiresAt: start - 1 }), refused)
    await fixture.expectAmounts({ granted: 1n, spent: 3n, overdraft: 2n })
    expectSame(await fixture.grant(5n, { key: 'g', expiresAt: start + 1 }), done)
    await fixture.pass(1)
    expectSame(await fixture.grant(5n, { key: 'g', expiresAt: start + 1 }), { ok: true, replay: true })
    await fixture.expectAmounts({ granted: 6n, spent: 3n, expired: 3n })
  },
  'a scheduled grant becomes available at `effectiveAt`': async (fixture) => {
    await fixture.grant(5n, { key: 'soon', effectiveAt: start + 100, expiresAt: start + 200 })
    await fixture.expectAmounts({})
    expectLike(await fixture.reserve('h', 1n), { reason: 'credits_insufficient' })
    await fixture.pass(100)
    await fixture.expectAmounts({ granted: 5n, available: 5n })
    expectLike((await fixture.statement())[0], { at: start + 100, grant: 'soon' })
    await fixture.pass(100)
    await fixture.expectAmounts({ granted: 5n, expired: 5n })
  },
  'a revoke of an amount takes at most that much of what is available, and the grant lives on': async (fixture) => {
    await fixture.grant(10n, { key: 'g', priority: 1 })
    await fixture.grant(3n, { key: 'soon', effectiveAt: start + hour })
    await fixture.reserve('h', 4n)
    const revoke = { key: 'r', wallet: team, grant: 'g', amount: 2n }
    expectSame(await fixture.ledger.revoke(revoke), { ...done, revoked: 2n })
    expectSame(await fixture.ledger.revoke(revoke), { ...replayed, revoked: 2n })
    expectSame(await fixture.ledger.revoke({ ...revoke, amount: 3n }), keyReused)
    expectSame(await fixture.ledger.revoke({ ...revoke, key: 's', amount: 50n }), { ...done, revoked: 4n })
    expectSame(await fixture.ledger.revoke({ ...revoke, key: 't' }), { ...done, revoked: 0n })
    const early = { key: 'u', wallet: team, grant: 'soon', amount: 1n }
    expectSame(await fixture.ledger.revoke(early), { ...done, revoked: 0n })
    await fixture.expectAmounts({ granted: 10n, reserved: 4n, revoked: 6n })
    await fixture.settle('h', 1n)
    await fixture.expectAmounts({ granted: 10n, available: 3n, spent: 1n, revoked: 6n })
    await fixture.pass(hour)
    await fixture.expectAmounts({ granted: 13n, available: 6n, spent: 1n, revoked: 6n })
    expectSame(await fixture.ledger.revoke({ key: 'v', wallet: team, grant: 'g' }), { ...done, revoked: 3n })
    expectLike(await fixture.ledger.revoke({ ...revoke, key: 'w', amount: 0n }), { reason: 'request_invalid' })
  },
  'a revoke takes available credits at once, held ones when their hold returns them, and cancels a scheduled grant':
    async (fixture) => {
      await fixture.grant(10n, { key: 'g' })
      await fixture.grant(5n, { key: 'soon', effectiveAt: start + 100 })
      await fixture.reserve('h', 6n)
      const revoke = { key: 'r', wallet: team, grant: 'g' }
      expectSame(await fixture.ledger.revoke(revoke), { ...done, revoked: 4n })
      expectSame(await fixture.ledger.revoke(revoke), { ...replayed, revoked: 4n })
      expectSame(await fixture.ledger.revoke({ key: 's', wallet: team, grant: 'soon' }), { ...done, revoked: 0n })
      const unknown = { ok: false, reason: 'grant_unknown' }
      expectSame(await fixture.ledger.revoke({ key: 't', wallet: team, grant: 'x' }), unknown)
      expectSame((await fixture.settle('h', 5n)).levels, [levelCost(team, { fromReserved: 5n, lost: 1n })])
      await fixture.pass(100)
      await fixture.expectAmounts({ granted: 10n, revoked: 5n, spent: 5n })
    },
  'a settle of an extended hold burns its slices in burn order and returns the rest': async (fixture) => {
    await fixture.grant(10n, { key: 'late' })
    await fixture.reserve('h', 4n)
    await fixture.grant(10n, { key: 'early', expiresAt: start + day })
    await fixture.ledger.extend({ key: 'e', hold: 'h', ttl: hour, increase: 4n })
    await fixture.settle('h', 5n)
    expectSame((await fixture.summary()).slice(-3), [
      'settled reserved spent 4 early',
      'settled reserved spent 1 late',
      'settled reserved available 3 late',
    ])
  },
  '`when_holds_clear` is advised only when the held credits would return to available for this call': async (
    fixture,
  ) => {
    await fixture.grant(5n, { key: 'bound', only: ['a'] })
    await fixture.grant(5n, { key: 'over' })
    await fixture.reserve('h', 10n, { tags: ['a'] })
    const refused = { ...insufficient, available: 0n, reserved: 10n }
    expectLike(await fixture.reserve('i', 6n), { ...refused, retry: 'after_top_up' })
    expectLike(await fixture.reserve('i', 6n, { tags: ['a'] }), { ...refused, retry: 'when_holds_clear' })
    await fixture.ledger.revoke({ key: 'r', wallet: team, grant: 'over' })
    expectLike(await fixture.reserve('i', 1n), { ...refused, retry: 'after_top_up' })
    expectLike(await fixture.reserve('i', 5n, { tags: ['a'] }), { ...refused, retry: 'when_holds_clear' })
    expectLike(await fixture.reserve('i', 6n, { tags: ['a'] }), { ...refused, retry: 'after_top_up' })
  },
  'partial settles and refunds in any order never return more to a grant than it gave': async (fixture) => {
    await fixture.grant(10n, { key: 'g' })
    await fixture.reserve('h', 5n)
    await fixture.settle('h', 5n, { part: 'p' })
    await fixture.ledger.refund({ key: 'r1', hold: 'h', amount: 3n })
    await fixture.settle('h', 4n, { part: 'q', overrun: 'cap' })
    await fixture.ledger.refund({ key: 'r2', hold: 'h', amount: 2n })
    await fixture.expectAmounts({ granted: 10n, available: 8n, spent: 4n, writtenOff: 2n })
    await fixture.ledger.refund({ key: 'r3', hold: 'h', amount: 4n })
    await fixture.expectAmounts({ granted: 10n, available: 10n })
  },
  'a refund of repaid overdraft becomes a new grant, after it has cancelled the remaining overdraft': async (
    fixture,
  ) => {
    await fixture.put(team)
    await fixture.ledger.charge({ hold: 'c', wallet: team, amount: 9n })
    await fixture.grant(5n, { key: 'g', priority: 0 })
    await fixture.ledger.refund({ key: 'r', hold: 'c', amount: 7n })
    expectSame((await fixture.summary()).slice(-2), ['refunded spent overdraft 4', 'refunded spent available 3 r'])
    const added = { grant: 'r', kind: 'refund', priority: 0, expiresAt: undefined, available: 3n }
    expectLike((await fixture.ledger.wallet(team))?.grants.at(-1), added)
  },
  'the grant of a refund can be spent and refunded again, and the ledger verifies': async (fixture) => {
    await fixture.grant(5n, { key: 'over', expiresAt: start + 1 })
    await fixture.pass(1)
    await fixture.ledger.charge({ hold: 'c', wallet: team, amount: 5n })
    await fixture.grant(5n, { key: 'later' })
    const expiresAt = start + day
    expectSame(await fixture.ledger.refund({ key: 'r', hold: 'c', amount: 5n, expiresAt }), done)
    await fixture.ledger.charge({ hold: 'd', wallet: team, amount: 4n })
    expectSame(await fixture.ledger.refund({ key: 'r2', hold: 'd', amount: 3n }), done)
    expectSame((await fixture.summary()).slice(-2), ['charged available spent 4 r', 'refunded spent available 3 r'])
    expectSame(await fixture.ledger.verify(), [], 'violations')
  },
  '`wallet` lists the grants in burn order with their amounts': async (fixture) => {
    await fixture.grant(10n, { key: 'a' })
    await fixture.grant(5n, { key: 'b', priority: 1, kind: 'promotional', only: ['x'] })
    await fixture.grant(5n, { key: 'c', effectiveAt: start + 1 })
    await fixture.reserve('h', 4n)
    const known = (await fixture.ledger.wallet(team))?.grants ?? []
    const common = { effectiveAt: start, reserved: 0n }
    expectSame(known, [
      { ...common, grant: 'b', kind: 'promotional', priority: 1, only: ['x'], amount: 5n, available: 5n },
      { ...common, grant: 'a', kind: 'paid', priority: 100, amount: 10n, available: 6n, reserved: 4n },
      { ...common, grant: 'c', kind: 'paid', priority: 100, effectiveAt: start + 1, amount: 5n, available: 0n },
    ])
  },
}
