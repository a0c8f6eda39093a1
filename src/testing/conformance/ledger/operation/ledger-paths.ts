import type { WalletLevel } from '../../../../model/noun/wallet.ts'
import { expectLike, expectSame } from '../../assert.ts'
import {
  day,
  done,
  hour,
  type LedgerCases,
  type LedgerFixture,
  levelCost,
  organization,
  start,
  team,
  user,
} from '../ledger-fixture.ts'

/**
 * Puts a user below a team below an organization. Only the team has own credits; the user and the organization only
 * count usage.
 */
async function levels(fixture: LedgerFixture, amount = 100n): Promise<void> {
  await fixture.put(organization, { funding: 'postpaid' })
  await fixture.put(team, { parent: organization })
  await fixture.put(user, { funding: 'parent', parent: team })
  await fixture.grant(amount)
}

const below = { wallet: user }
const monthly = { every: 'month', timeZone: 'UTC' } as const

/** The conformance cases for wallets with parents or caps. */
export const paths: LedgerCases = {
  'a hold is reserved, settled and booked at every level of its path': async (fixture) => {
    await levels(fixture)
    expectLike(await fixture.reserve('h', 7n, below), { ok: true })
    await fixture.expectAmounts({ drawn: 7n, reserved: 7n }, user)
    await fixture.expectAmounts({ granted: 100n, available: 93n, reserved: 7n })
    await fixture.expectAmounts({ drawn: 7n, reserved: 7n }, organization)
    expectSame((await fixture.settle('h', 9n)).levels, [
      levelCost(user, { fromReserved: 7n, fromDrawn: 2n }),
      levelCost(team, { fromReserved: 7n, fromAvailable: 2n }),
      levelCost(organization, { fromReserved: 7n, fromDrawn: 2n }),
    ])
    await fixture.expectAmounts({ drawn: 9n, spent: 9n }, user)
    await fixture.expectAmounts({ granted: 100n, available: 91n, spent: 9n })
    expectLike(await fixture.ledger.hold('h'), { path: [user, team, organization] })
  },
  'a release, lapse, settle and refund return credits at every level': async (fixture) => {
    await levels(fixture)
    for (const end of ['release', 'lapse', 'settle', 'refund']) {
      await fixture.reserve(end, 7n, below)
      if (end === 'release') await fixture.ledger.release({ hold: end })
      if (end === 'lapse') await fixture.pass(hour)
      if (end === 'settle') await fixture.settle(end, 0n)
      if (end === 'refund') await fixture.settle(end, 8n)
      if (end === 'refund') expectSame(await fixture.ledger.refund({ key: 'r', hold: end, amount: 8n }), done)
      for (const level of [user, organization]) await fixture.expectAmounts({}, level)
      await fixture.expectAmounts({ granted: 100n, available: 100n })
    }
  },
  'a refusal names the first reason of the list, and the lowest level that it applies to': async (fixture) => {
    await levels(fixture, 10n)
    expectLike(await fixture.reserve('h', 11n, below), { reason: 'credits_insufficient', wallet: team, available: 10n })
    await fixture.put(user, { funding: 'parent', parent: team, cap: { amount: 5n } })
    expectLike(await fixture.reserve('h', 11n, below), { reason: 'cap_exceeded', wallet: user, available: 5n })
    await fixture.put(organization, { funding: 'postpaid', cap: { amount: 4n } })
    expectLike(await fixture.reserve('h', 11n, below), { reason: 'cap_exceeded', wallet: user })
    expectLike(await fixture.reserve('h', 5n, below), { reason: 'cap_exceeded', wallet: organization })
    await fixture.put(organization, { funding: 'postpaid', status: 'frozen' })
    expectLike(await fixture.reserve('h', 11n, below), { reason: 'wallet_frozen', wallet: organization })
    await fixture.put(team, { parent: organization, status: 'closed' })
    expectLike(await fixture.reserve('h', 1n, below), { reason: 'wallet_closed', wallet: team })
  },
  'a reservation that one level refuses is held at none': async (fixture) => {
    await levels(fixture, 10n)
    await fixture.reserve('h', 11n, below)
    for (const level of [user, organization]) await fixture.expectAmounts({}, level)
    expectLike(await fixture.reserve('i', 12n, { ...below, minAmount: 3n }), { ok: true, amount: 10n })
    for (const level of [user, organization]) await fixture.expectAmounts({ drawn: 10n, reserved: 10n }, level)
  },
  'every level with `funding: own` must have the credits itself': async (fixture) => {
    await fixture.put(team)
    await fixture.put(user, { parent: team })
    await fixture.grant(10n)
    await fixture.grant(4n, below)
    expectLike(await fixture.reserve('h', 5n, below), { reason: 'credits_insufficient', wallet: user, available: 4n })
    await fixture.reserve('h', 4n, below)
    await fixture.expectAmounts({ granted: 4n, reserved: 4n }, user)
    await fixture.expectAmounts({ granted: 10n, available: 6n, reserved: 4n })
    expectSame((await fixture.settle('h', 6n)).levels, [
      levelCost(user, { fromReserved: 4n, fromOverdraft: 2n }),
      levelCost(team, { fromReserved: 4n, fromAvailable: 2n }),
    ])
  },
  'a wallet can change its parent, and open holds keep their path': async (fixture) => {
    await levels(fixture)
    await fixture.reserve('h', 7n, below)
    await fixture.put(user, { funding: 'postpaid' })
    await fixture.reserve('i', 2n, below)
    await fixture.expectAmounts({ drawn: 9n, reserved: 9n }, user)
    await fixture.expectAmounts({ granted: 100n, available: 93n, reserved: 7n })
    await fixture.settle('h', 8n)
    await fixture.settle('i', 2n)
    await fixture.expectAmounts({ drawn: 10n, spent: 10n }, user)
    await fixture.expectAmounts({ granted: 100n, available: 92n, spent: 8n })
  },
  'a parent must exist and not be below its child, and a path has at most eight levels': async (fixture) => {
    expectSame(await fixture.put(user, { parent: team }), { ok: false, reason: 'parent_unknown' })
    await fixture.put(team)
    expectSame(await fixture.put(team, { parent: team }), { ok: false, reason: 'parent_circular' })
    await fixture.put(user, { parent: team })
    expectSame(await fixture.put(team, { parent: user }), { ok: false, reason: 'parent_circular' })
    let parent: WalletLevel = user
    for (let depth = 3; depth <= 8; depth += 1) {
      const wallet = { ...user, incarnation: 100 + depth }
      expectSame(await fixture.put(wallet, { parent }), done)
      parent = wallet
    }
    expectSame(await fixture.put(organization, { parent }), { ok: false, reason: 'path_too_long' })
    await fixture.put(organization)
    expectSame(await fixture.put(team, { parent: organization }), { ok: false, reason: 'path_too_long' })
  },
  'a cap bounds reservations by spent + reserved, and never refuses a cost': async (fixture) => {
    await fixture.put(team, { funding: 'postpaid', cap: { amount: 10n } })
    await fixture.reserve('h', 6n)
    const exceeded = { reason: 'cap_exceeded', needed: 5n, available: 4n, reserved: 6n }
    expectLike(await fixture.reserve('i', 5n), { ...exceeded, retry: 'when_holds_clear' })
    expectLike(await fixture.reserve('i', 11n), { ...exceeded, needed: 11n, retry: 'never' })
    await fixture.settle('h', 12n)
    await fixture.expectAmounts({ drawn: 12n, spent: 12n })
    expectLike(await fixture.reserve('i', 1n), { ...exceeded, needed: 1n, available: 0n, reserved: 0n, retry: 'never' })
    await fixture.ledger.refund({ key: 'r', hold: 'h', amount: 5n })
    expectLike(await fixture.reserve('i', 4n, { minAmount: 1n }), { ok: true, amount: 3n })
  },
  'a cap starts at zero spent in each period, and open holds count in every period': async (fixture) => {
    await fixture.put(team, { funding: 'postpaid', cap: { amount: 10n, period: monthly } })
    await fixture.reserve('h', 8n)
    await fixture.settle('h', 8n)
    const resetsAt = Date.UTC(2026, 10, 1)
    expectLike(await fixture.reserve('i', 3n), { reason: 'cap_exceeded', retry: 'at_reset', resetsAt })
    expectLike(await fixture.ledger.wallet(team), { capUse: { spent: 8n, reserved: 0n, resetsAt } })
    await fixture.pass(resetsAt - start - 1)
    await fixture.reserve('j', 2n)
    expectLike(await fixture.reserve('i', 3n), { reason: 'cap_exceeded' })
    await fixture.pass(1)
    expectLike(await fixture.reserve('i', 9n), { reason: 'cap_exceeded', available: 8n, reserved: 2n })
    expectLike(await fixture.reserve('i', 8n), { ok: true })
  },
  'a cap that is set later counts the spend of its current period before that': async (fixture) => {
    await fixture.grant(100n)
    await fixture.reserve('h', 8n)
    await fixture.settle('h', 8n)
    await fixture.pass(day)
    await fixture.reserve('i', 3n)
    await fixture.settle('i', 3n)
    await fixture.put(team, { cap: { amount: 20n, period: monthly } })
    expectLike(await fixture.ledger.wallet(team), {
      capUse: { spent: 11n, reserved: 0n, resetsAt: Date.UTC(2026, 10, 1) },
    })
    await fixture.put(team, { cap: { amount: 20n, period: { every: 'day', timeZone: 'UTC' } } })
    expectLike(await fixture.ledger.wallet(team), { capUse: { spent: 3n, reserved: 0n, resetsAt: start + 2 * day } })
    await fixture.put(team, { cap: { amount: 20n } })
    expectLike(await fixture.ledger.wallet(team), { capUse: { spent: 11n, reserved: 0n } })
  },
  'the settle that reaches a soft limit reports it, at every level': async (fixture) => {
    await levels(fixture)
    await fixture.put(user, { funding: 'parent', parent: team, cap: { amount: 9n, softLimits: [3n, 6n, 9n] } })
    await fixture.put(organization, { funding: 'postpaid', cap: { amount: 99n, softLimits: [6n] } })
    await fixture.reserve('h', 2n, below)
    expectSame((await fixture.settle('h', 2n)).softLimitsReached, [])
    await fixture.reserve('i', 4n, below)
    expectSame((await fixture.settle('i', 4n)).softLimitsReached, [
      { wallet: user, softLimit: 3n, used: 6n },
      { wallet: user, softLimit: 6n, used: 6n },
      { wallet: organization, softLimit: 6n, used: 6n },
    ])
  },
  'the settle or charge that takes a wallet below a low balance reports it once, at every level with own credits':
    async (fixture) => {
      await fixture.put(team, { lowBalances: [2n, 5n, 8n] })
      await fixture.put(user, { parent: team, lowBalances: [95n] })
      await fixture.grant(10n)
      await fixture.grant(90n, { wallet: user })
      await fixture.grant(10n, { wallet: user, only: ['a'] })
      await fixture.reserve('h', 6n, below)
      expectSame((await fixture.settle('h', 1n, { part: 'p' })).lowBalancesReached, [])
      await fixture.reserve('r', 1n, below)
      const crossed = await fixture.settle('h', 4n)
      const lows = [{ wallet: team, threshold: 8n, left: 5n }]
      expectSame(crossed.lowBalancesReached, lows)
      expectSame(await fixture.ledger.settle({ hold: 'h', amount: 4n }), { ...crossed, replay: true })
      const charge = { hold: 'c', wallet: user, amount: 4n }
      const charged = await fixture.ledger.charge(charge)
      expectLike(charged, {
        lowBalancesReached: [
          { wallet: user, threshold: 95n, left: 91n },
          { wallet: team, threshold: 2n, left: 1n },
          { wallet: team, threshold: 5n, left: 1n },
        ],
      })
      expectSame(await fixture.ledger.charge(charge), { ...charged, replay: true })
      expectLike(await fixture.ledger.charge({ ...charge, hold: 'd', amount: 1n }), { lowBalancesReached: [] })
      await fixture.grant(20n)
      const again = await fixture.ledger.charge({ hold: 'e', wallet: team, amount: 16n })
      expectLike(again, {
        lowBalancesReached: [
          { wallet: team, threshold: 5n, left: 4n },
          { wallet: team, threshold: 8n, left: 4n },
        ],
      })
      expectLike(await fixture.ledger.wallet(team), { lowBalances: [2n, 5n, 8n] })
      expectLike(await fixture.put(team, { lowBalances: [5n, 5n] }), { reason: 'request_invalid' })
      expectLike(await fixture.put(team, { lowBalances: [0n] }), { reason: 'request_invalid' })
    },
  'an expiry below a low balance is not reported, nor is the next charge, and other funding reports none': async (
    fixture,
  ) => {
    await fixture.put(team, { lowBalances: [5n] })
    await fixture.grant(8n, { expiresAt: start + hour })
    await fixture.grant(4n)
    await fixture.pass(hour)
    expectLike(await fixture.ledger.charge({ hold: 'c', wallet: team, amount: 1n }), { lowBalancesReached: [] })
    await fixture.put(team, { funding: 'postpaid', lowBalances: [2n] })
    expectLike(await fixture.ledger.charge({ hold: 'd', wallet: team, amount: 9n }), { lowBalancesReached: [] })
  },
  'a refund of a cost in an earlier period makes no room beyond the cap': async (fixture) => {
    await fixture.put(team, { cap: { amount: 10n, period: { every: 'day', timeZone: 'UTC' } } })
    await fixture.grant(100n)
    await fixture.ledger.charge({ hold: 'c', wallet: team, amount: 10n })
    await fixture.pass(day)
    await fixture.ledger.refund({ key: 'r', hold: 'c', amount: 10n })
    expectLike(await fixture.reserve('h', 11n), { reason: 'cap_exceeded', available: 10n })
    expectLike(await fixture.reserve('h', 10n), { ok: true })
  },
  'a level in overdraft refuses reservations, even after its funding changed, until a grant or hold repays it': async (
    fixture,
  ) => {
    await levels(fixture)
    await fixture.put(user, { parent: team })
    await fixture.grant(5n, { wallet: user })
    await fixture.reserve('h', 3n, below)
    await fixture.ledger.charge({ hold: 'c', wallet: user, amount: 4n })
    await fixture.put(user, { funding: 'parent', parent: team })
    await fixture.expectAmounts({ granted: 5n, reserved: 3n, spent: 4n, overdraft: 2n }, user)
    const owed = { reason: 'wallet_overdrawn', wallet: user, available: 0n, reserved: 3n }
    expectLike(await fixture.reserve('i', 50n, below), { ...owed, needed: 50n, retry: 'when_holds_clear' })
    const more = { key: 'e', hold: 'h', ttl: hour, increase: 9n, minIncrease: 1n }
    expectLike(await fixture.ledger.extend(more), { ...owed, needed: 1n, retry: 'when_holds_clear' })
    await fixture.ledger.release({ hold: 'h' })
    expectLike(await fixture.reserve('i', 50n, below), { ok: true })

    await fixture.put(user, { parent: team })
    await fixture.ledger.charge({ hold: 'd', wallet: user, amount: 4n })
    await fixture.put(user, { funding: 'postpaid' })
    expectLike(await fixture.reserve('j', 50n, below), { reason: 'wallet_overdrawn', retry: 'after_top_up' })
    await fixture.grant(2n, { wallet: user })
    expectLike(await fixture.reserve('j', 50n, below), { reason: 'wallet_overdrawn', retry: 'after_top_up' })
    await fixture.ledger.putAllowance({ key: 'x', wallet: user, allowance: 'free', amount: 1n, period: monthly })
    expectLike(await fixture.reserve('j', 50n, below), { ok: true })
  },
  '`at_reset` is not advised for overdraft when the only allowance is bound to tags': async (fixture) => {
    await fixture.grant(1n)
    const bound = { key: 'x', wallet: team, allowance: 'bound', amount: 50n, period: monthly, only: ['a'] }
    await fixture.ledger.putAllowance(bound)
    const call = { tags: ['a'] }
    expectLike(await fixture.reserve('h', 50n, call), { ok: true })
    expectLike(await fixture.reserve('i', 2n, call), { reason: 'credits_insufficient', retry: 'when_holds_clear' })
    await fixture.settle('h', 50n)
    expectLike(await fixture.reserve('i', 2n, call), { reason: 'credits_insufficient', retry: 'at_reset' })
    await fixture.ledger.charge({ hold: 'c', wallet: team, amount: 3n })
    expectLike(await fixture.reserve('i', 2n, call), { reason: 'wallet_overdrawn', retry: 'after_top_up' })
  },
}
