import type { LedgerWallet } from '../../model/noun/wallet.ts'
import { expectLike, expectSame } from './assert.ts'
import { day, done, hour, type LedgerFixture, organization, start, taken, team, user } from './ledger-fixture.ts'

/** A user below a team below an organization: the team has credits, the others count. */
async function levels(scene: LedgerFixture, amount = 100n): Promise<void> {
  await scene.put(organization, { funding: 'postpaid' })
  await scene.put(team, { parent: organization })
  await scene.put(user, { funding: 'parent', parent: team })
  await scene.grant(amount)
}

const below = { wallet: user }
const monthly = { every: 'month', timeZone: 'UTC' } as const

/** Chapter A: levels and caps. */
export const paths: Readonly<Record<string, (scene: LedgerFixture) => Promise<void>>> = {
  'a hold is held at every level': async (scene) => {
    await levels(scene)
    expectLike(await scene.reserve('h', 7n, below), { ok: true })
    await scene.expectAmounts({ drawn: 7n, reserved: 7n }, user)
    await scene.expectAmounts({ granted: 100n, available: 93n, reserved: 7n })
    await scene.expectAmounts({ drawn: 7n, reserved: 7n }, organization)
    expectSame((await scene.settle('h', 9n)).levels, [
      taken(user, { fromReserved: 7n, fromDrawn: 2n }),
      taken(team, { fromReserved: 7n, fromAvailable: 2n }),
      taken(organization, { fromReserved: 7n, fromDrawn: 2n }),
    ])
    await scene.expectAmounts({ drawn: 9n, spent: 9n }, user)
    await scene.expectAmounts({ granted: 100n, available: 91n, spent: 9n })
    expectLike(await scene.ledger.hold('h'), { path: [user, team, organization] })
  },
  'what comes back comes back at every level': async (scene) => {
    await levels(scene)
    for (const end of ['release', 'lapse', 'settle', 'refund']) {
      await scene.reserve(end, 7n, below)
      if (end === 'release') await scene.ledger.release({ hold: end })
      if (end === 'lapse') await scene.pass(hour)
      if (end === 'settle') await scene.settle(end, 0n)
      if (end === 'refund') await scene.settle(end, 8n)
      if (end === 'refund') expectSame(await scene.ledger.refund({ key: 'r', hold: end, amount: 8n }), done)
      for (const level of [user, organization]) await scene.expectAmounts({}, level)
      await scene.expectAmounts({ granted: 100n, available: 100n })
    }
  },
  'the level that refuses is named, the lowest for one reason, the first reason of all': async (scene) => {
    await levels(scene, 10n)
    expectLike(await scene.reserve('h', 11n, below), { reason: 'credits_insufficient', wallet: team, available: 10n })
    await scene.put(user, { funding: 'parent', parent: team, cap: { amount: 5n } })
    expectLike(await scene.reserve('h', 11n, below), { reason: 'cap_exceeded', wallet: user, available: 5n })
    await scene.put(organization, { funding: 'postpaid', cap: { amount: 4n } })
    expectLike(await scene.reserve('h', 11n, below), { reason: 'cap_exceeded', wallet: user })
    expectLike(await scene.reserve('h', 5n, below), { reason: 'cap_exceeded', wallet: organization })
    await scene.put(organization, { funding: 'postpaid', status: 'frozen' })
    expectLike(await scene.reserve('h', 11n, below), { reason: 'wallet_frozen', wallet: organization })
    await scene.put(team, { parent: organization, status: 'closed' })
    expectLike(await scene.reserve('h', 1n, below), { reason: 'wallet_closed', wallet: team })
  },
  'what is refused at one level is held at none': async (scene) => {
    await levels(scene, 10n)
    await scene.reserve('h', 11n, below)
    for (const level of [user, organization]) await scene.expectAmounts({}, level)
    expectLike(await scene.reserve('i', 12n, { ...below, minAmount: 3n }), { ok: true, amount: 10n })
    for (const level of [user, organization]) await scene.expectAmounts({ drawn: 10n, reserved: 10n }, level)
  },
  'each level with credits of its own must have them': async (scene) => {
    await scene.put(team)
    await scene.put(user, { parent: team })
    await scene.grant(10n)
    await scene.grant(4n, below)
    expectLike(await scene.reserve('h', 5n, below), { reason: 'credits_insufficient', wallet: user, available: 4n })
    await scene.reserve('h', 4n, below)
    await scene.expectAmounts({ granted: 4n, reserved: 4n }, user)
    await scene.expectAmounts({ granted: 10n, available: 6n, reserved: 4n })
    expectSame((await scene.settle('h', 6n)).levels, [
      taken(user, { fromReserved: 4n, fromOverdraft: 2n }),
      taken(team, { fromReserved: 4n, fromAvailable: 2n }),
    ])
  },
  'a wallet with nothing under way may change its parent, and holds keep their path': async (scene) => {
    await levels(scene)
    await scene.reserve('h', 7n, below)
    await scene.put(user, { funding: 'postpaid' })
    await scene.reserve('i', 2n, below)
    await scene.expectAmounts({ drawn: 9n, reserved: 9n }, user)
    await scene.expectAmounts({ granted: 100n, available: 93n, reserved: 7n })
    await scene.settle('h', 8n)
    await scene.settle('i', 2n)
    await scene.expectAmounts({ drawn: 10n, spent: 10n }, user)
    await scene.expectAmounts({ granted: 100n, available: 92n, spent: 8n })
  },
  'a parent exists, is not below its child, and a path has at most eight levels': async (scene) => {
    expectSame(await scene.put(user, { parent: team }), { ok: false, reason: 'parent_unknown' })
    await scene.put(team)
    expectSame(await scene.put(team, { parent: team }), { ok: false, reason: 'parent_circular' })
    await scene.put(user, { parent: team })
    expectSame(await scene.put(team, { parent: user }), { ok: false, reason: 'parent_circular' })
    let parent: LedgerWallet = user
    for (let depth = 3; depth <= 8; depth += 1) {
      const wallet = { ...user, incarnation: 100 + depth }
      expectSame(await scene.put(wallet, { parent }), done)
      parent = wallet
    }
    expectSame(await scene.put(organization, { parent }), { ok: false, reason: 'path_too_long' })
    await scene.put(organization)
    expectSame(await scene.put(team, { parent: organization }), { ok: false, reason: 'path_too_long' })
  },
  'a cap bounds what is spent and reserved, and never what has cost': async (scene) => {
    await scene.put(team, { funding: 'postpaid', cap: { amount: 10n } })
    await scene.reserve('h', 6n)
    const exceeded = { reason: 'cap_exceeded', needed: 5n, available: 4n, reserved: 6n }
    expectLike(await scene.reserve('i', 5n), { ...exceeded, retry: 'when_holds_clear' })
    expectLike(await scene.reserve('i', 11n), { ...exceeded, needed: 11n, retry: 'never' })
    await scene.settle('h', 12n)
    await scene.expectAmounts({ drawn: 12n, spent: 12n })
    expectLike(await scene.reserve('i', 1n), { ...exceeded, needed: 1n, available: 0n, reserved: 0n, retry: 'never' })
    await scene.ledger.refund({ key: 'r', hold: 'h', amount: 5n })
    expectLike(await scene.reserve('i', 4n, { minAmount: 1n }), { ok: true, amount: 3n })
  },
  'a cap counts anew with each period; what is held counts in every one': async (scene) => {
    await scene.put(team, { funding: 'postpaid', cap: { amount: 10n, period: monthly } })
    await scene.reserve('h', 8n)
    await scene.settle('h', 8n)
    const resetsAt = Date.UTC(2026, 10, 1)
    expectLike(await scene.reserve('i', 3n), { reason: 'cap_exceeded', retry: 'at_reset', resetsAt })
    expectLike(await scene.ledger.wallet(team), { capUse: { spent: 8n, reserved: 0n, resetsAt } })
    await scene.pass(resetsAt - start - 1)
    await scene.reserve('j', 2n)
    expectLike(await scene.reserve('i', 3n), { reason: 'cap_exceeded' })
    await scene.pass(1)
    expectLike(await scene.reserve('i', 9n), { reason: 'cap_exceeded', available: 8n, reserved: 2n })
    expectLike(await scene.reserve('i', 8n), { ok: true })
  },
  'a cap that is put later counts what was spent before': async (scene) => {
    await scene.grant(100n)
    await scene.reserve('h', 8n)
    await scene.settle('h', 8n)
    await scene.pass(day)
    await scene.reserve('i', 3n)
    await scene.settle('i', 3n)
    await scene.put(team, { cap: { amount: 20n, period: monthly } })
    expectLike(await scene.ledger.wallet(team), {
      capUse: { spent: 11n, reserved: 0n, resetsAt: Date.UTC(2026, 10, 1) },
    })
    await scene.put(team, { cap: { amount: 20n, period: { every: 'day', timeZone: 'UTC' } } })
    expectLike(await scene.ledger.wallet(team), { capUse: { spent: 3n, reserved: 0n, resetsAt: start + 2 * day } })
    await scene.put(team, { cap: { amount: 20n } })
    expectLike(await scene.ledger.wallet(team), { capUse: { spent: 11n, reserved: 0n } })
  },
  'soft limits are told by the cost that reaches them, at every level': async (scene) => {
    await levels(scene)
    await scene.put(user, { funding: 'parent', parent: team, cap: { amount: 9n, softLimits: [3n, 6n, 9n] } })
    await scene.put(organization, { funding: 'postpaid', cap: { amount: 99n, softLimits: [6n] } })
    await scene.reserve('h', 2n, below)
    expectSame((await scene.settle('h', 2n)).crossed, [])
    await scene.reserve('i', 4n, below)
    expectSame((await scene.settle('i', 4n)).crossed, [
      { wallet: user, softLimit: 3n, used: 6n },
      { wallet: user, softLimit: 6n, used: 6n },
      { wallet: organization, softLimit: 6n, used: 6n },
    ])
  },
  'a refund of what an earlier period has cost makes no room beyond the cap': async (scene) => {
    await scene.put(team, { cap: { amount: 10n, period: { every: 'day', timeZone: 'UTC' } } })
    await scene.grant(100n)
    await scene.ledger.charge({ hold: 'c', wallet: team, amount: 10n })
    await scene.pass(day)
    await scene.ledger.refund({ key: 'r', hold: 'c', amount: 10n })
    expectLike(await scene.reserve('h', 11n), { reason: 'cap_exceeded', available: 10n })
    expectLike(await scene.reserve('h', 10n), { ok: true })
  },
  'what a level owes refuses there, wherever its credits come from by now, until a grant or a hold repays it': async (
    scene,
  ) => {
    await levels(scene)
    await scene.put(user, { parent: team })
    await scene.grant(5n, { wallet: user })
    await scene.reserve('h', 3n, below)
    await scene.ledger.charge({ hold: 'c', wallet: user, amount: 4n })
    await scene.put(user, { funding: 'parent', parent: team })
    await scene.expectAmounts({ granted: 5n, reserved: 3n, spent: 4n, overdraft: 2n }, user)
    const owed = { reason: 'wallet_overdrawn', wallet: user, available: 0n, reserved: 3n }
    expectLike(await scene.reserve('i', 50n, below), { ...owed, needed: 50n, retry: 'when_holds_clear' })
    const more = { key: 'e', hold: 'h', ttl: hour, increase: 9n, minIncrease: 1n }
    expectLike(await scene.ledger.extend(more), { ...owed, needed: 1n, retry: 'when_holds_clear' })
    await scene.ledger.release({ hold: 'h' })
    expectLike(await scene.reserve('i', 50n, below), { ok: true })

    await scene.put(user, { parent: team })
    await scene.ledger.charge({ hold: 'd', wallet: user, amount: 4n })
    await scene.put(user, { funding: 'postpaid' })
    expectLike(await scene.reserve('j', 50n, below), { reason: 'wallet_overdrawn', retry: 'after_top_up' })
    await scene.grant(2n, { wallet: user })
    expectLike(await scene.reserve('j', 50n, below), { reason: 'wallet_overdrawn', retry: 'after_top_up' })
    await scene.ledger.putAllowance({ key: 'x', wallet: user, allowance: 'free', amount: 1n, period: monthly })
    expectLike(await scene.reserve('j', 50n, below), { ok: true })
  },
  'an allowance that is bound to tags repays nothing, so no reset is worth waiting for': async (scene) => {
    await scene.grant(1n)
    const bound = { key: 'x', wallet: team, allowance: 'bound', amount: 50n, period: monthly, only: ['a'] }
    await scene.ledger.putAllowance(bound)
    const call = { tags: ['a'] }
    expectLike(await scene.reserve('h', 50n, call), { ok: true })
    expectLike(await scene.reserve('i', 2n, call), { reason: 'credits_insufficient', retry: 'when_holds_clear' })
    await scene.settle('h', 50n)
    expectLike(await scene.reserve('i', 2n, call), { reason: 'credits_insufficient', retry: 'at_reset' })
    await scene.ledger.charge({ hold: 'c', wallet: team, amount: 3n })
    expectLike(await scene.reserve('i', 2n, call), { reason: 'wallet_overdrawn', retry: 'after_top_up' })
  },
}
