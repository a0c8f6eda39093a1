import type { WalletLevel } from '../../../../model/noun/wallet.ts'
import type { RefundResult } from '../../../../port/ledger-result.ts'
import type { GrantState } from '../../../../port/ledger-state.ts'
import { expectLike, expectSame, expectTrue } from '../../assert.ts'
import {
  day,
  done,
  hour,
  type LedgerCases,
  type LedgerFixture,
  organization,
  replayed,
  retention,
  start,
  team,
  user,
} from '../ledger-fixture.ts'

const gpt = { tags: ['gpt'] }
const claude = { tags: ['claude'] }

/** The conformance cases for overdraft that is restricted to tags. */
export const debts: LedgerCases = {
  'one unit over the credits of a model leaves the other models usable': async (fixture) => {
    await fixture.grant(5n, { key: 'for gpt', only: ['gpt', 'gpt-mini'] })
    await fixture.grant(9n, { key: 'for claude', only: ['claude'] })
    await fixture.reserve('h', 5n, { tags: ['chat', 'gpt'] })
    await fixture.settle('h', 6n)
    expectLike((await fixture.statement()).at(-1), { from: 'overdraft', to: 'spent', amount: 1n, only: ['gpt'] })
    await fixture.expectAmounts({ granted: 14n, available: 9n, spent: 6n, overdraft: 1n })
    const barred = { reason: 'wallet_overdrawn', available: 0n, retry: 'after_top_up' }
    expectLike(await fixture.reserve('i', 1n, gpt), barred)
    expectLike(await fixture.reserve('i', 1n, { tags: ['gpt', 'claude'] }), { ...barred, available: 9n })
    expectLike(await fixture.reserve('i', 9n, claude), { ok: true })
    expectLike(await fixture.reserve('j', 1n), { reason: 'credits_insufficient' })
  },
  'the credits of other tags repay no restricted overdraft, those of its tags do, and unrestricted ones do': async (
    fixture,
  ) => {
    await fixture.grant(5n, { only: ['gpt'] })
    await fixture.ledger.charge({ hold: 'c', wallet: team, amount: 9n, ...gpt })
    await fixture.grant(3n, { key: 'other', only: ['claude'] })
    await fixture.expectAmounts({ granted: 8n, available: 3n, spent: 9n, overdraft: 4n })
    await fixture.grant(1n, { key: 'same', only: ['gpt', 'claude'] })
    await fixture.expectAmounts({ granted: 9n, available: 3n, spent: 9n, overdraft: 3n })
    await fixture.grant(5n, { key: 'any' })
    await fixture.expectAmounts({ granted: 14n, available: 5n, spent: 9n })
    const repaid = (await fixture.statement()).filter(({ to }) => to === 'overdraft')
    expectSame(
      repaid.map(({ grant, amount, only }) => ({ grant, amount, only })),
      [
        { grant: 'same', amount: 1n, only: ['gpt'] },
        { grant: 'any', amount: 3n, only: ['gpt'] },
      ],
    )
  },
  'unrestricted credits repay restricted overdraft first, and restricted ones never repay unrestricted overdraft':
    async (fixture) => {
      await fixture.grant(1n, { key: 'any' })
      await fixture.ledger.charge({ hold: 'c', wallet: team, amount: 3n, ...gpt })
      await fixture.grant(1n, { key: 'for claude', only: ['claude'] })
      await fixture.ledger.charge({ hold: 'd', wallet: team, amount: 3n, ...claude })
      await fixture.expectAmounts({ granted: 2n, spent: 6n, overdraft: 4n })
      expectLike(await fixture.reserve('h', 1n, { tags: ['other'] }), { reason: 'wallet_overdrawn' })
      await fixture.grant(3n, { key: 'more', only: ['gpt'] })
      await fixture.expectAmounts({ granted: 5n, available: 3n, spent: 6n, overdraft: 4n })
      await fixture.grant(3n, { key: 'top-up' })
      await fixture.expectAmounts({ granted: 8n, available: 3n, spent: 6n, overdraft: 1n })
      const repaid = (await fixture.statement()).filter(({ to }) => to === 'overdraft')
      expectSame(
        repaid.map(({ amount, only }) => [amount, ...(only ?? [])]),
        [[2n, 'claude'], [1n]],
      )
    },
  'a charge that nothing pays is restricted when spent credits or an allowance fit its tags, and else bars every call':
    async (fixture) => {
      await fixture.grant(5n, { key: 'g', only: ['gpt'], expiresAt: start + day })
      await fixture.ledger.charge({ hold: 'c', wallet: team, amount: 5n, ...gpt })
      await fixture.ledger.charge({ hold: 'd', wallet: team, amount: 1n, ...gpt })
      const period = { every: 'day', timeZone: 'UTC' } as const
      const put = { key: 'a', wallet: team, allowance: 'x', amount: 0n, period, only: ['claude'] }
      await fixture.ledger.putAllowance({ ...put, amount: 2n })
      await fixture.ledger.charge({ hold: 'e', wallet: team, amount: 4n, ...claude })
      const owed = async () => (await fixture.statement()).filter(({ from }) => from === 'overdraft')
      expectSame(
        (await owed()).map(({ only }) => only),
        [['gpt'], ['claude']],
      )
      await fixture.pass(day)
      await fixture.ledger.charge({ hold: 'f', wallet: team, amount: 1n, ...gpt })
      expectSame((await owed()).at(-1)?.only, undefined)
      expectLike(await fixture.reserve('h', 1n, { tags: ['other'] }), { reason: 'wallet_overdrawn' })
    },
  'the advice for restricted overdraft: held credits and an allowance of its tags count, others do not': async (
    fixture,
  ) => {
    await fixture.grant(5n, { key: 'g', only: ['gpt'] })
    await fixture.reserve('h', 3n, gpt)
    await fixture.ledger.charge({ hold: 'c', wallet: team, amount: 3n, ...gpt })
    const barred = { reason: 'wallet_overdrawn', available: 0n }
    expectLike(await fixture.reserve('i', 2n, gpt), { ...barred, retry: 'when_holds_clear' })
    expectLike(await fixture.reserve('i', 3n, gpt), { ...barred, retry: 'after_top_up' })
    const period = { every: 'day', timeZone: 'UTC' } as const
    const put = (only: string, amount: bigint) => ({
      key: fixture.key(),
      wallet: team,
      allowance: only,
      amount,
      period,
    })
    await fixture.ledger.putAllowance({ ...put('claude', 9n), only: ['claude'] })
    expectLike(await fixture.reserve('i', 3n, gpt), { ...barred, retry: 'after_top_up' })
    await fixture.ledger.charge({ hold: 'd', wallet: team, amount: 9n, ...claude })
    await fixture.ledger.putAllowance({ ...put('gpt', 9n), only: ['gpt'] })
    await fixture.ledger.charge({ hold: 'e', wallet: team, amount: 9n, ...gpt })
    await fixture.ledger.release({ hold: 'h' })
    expectLike(await fixture.reserve('i', 9n, gpt), { retry: 'at_reset', resetsAt: start + day })
    expectLike(await fixture.reserve('i', 10n, gpt), { retry: 'after_top_up' })
  },
  'of credits that start at the same instant, restricted ones start first': async (fixture) => {
    await fixture.grant(1n, { key: 'g', only: ['gpt'] })
    await fixture.ledger.charge({ hold: 'c', wallet: team, amount: 3n, ...gpt })
    await fixture.grant(5n, { key: 'any', effectiveAt: start + hour })
    await fixture.grant(5n, { key: 'bound', effectiveAt: start + hour, only: ['gpt'] })
    await fixture.pass(hour)
    expectSame((await fixture.summary()).slice(-3), [
      'granted granted overdraft 2 bound',
      'granted granted available 3 bound',
      'granted granted available 5 any',
    ])
  },
}

/** Spends 4 of a grant of team credits with a charge that has the tag `gpt`. */
async function spend(fixture: LedgerFixture, terms: object): Promise<void> {
  await fixture.grant(10n, { key: 'g', ...terms })
  await fixture.ledger.charge({ hold: 'c', wallet: team, amount: 4n, ...gpt })
}

const refundOf = (fixture: LedgerFixture, amount: bigint, more: object = {}): Promise<RefundResult> =>
  fixture.ledger.refund({ key: fixture.key(), hold: 'c', amount, ...more })

async function grantsOf(fixture: LedgerFixture): Promise<readonly GrantState[]> {
  return (await fixture.ledger.wallet(team))?.grants ?? []
}

/** Returns the sequence number of the last entry to `spent` at a wallet. */
async function lastCost(fixture: LedgerFixture, wallet: WalletLevel = team): Promise<number> {
  return (await fixture.statement(wallet)).findLast(({ to }) => to === 'spent')?.sequence ?? 0
}

/** The conformance cases for refunds: conditions, and the cost named by an entry. */
export const refunds: LedgerCases = {
  'credits return to a live grant and pay only for its tags until its expiry': async (fixture) => {
    await spend(fixture, { only: ['gpt'], expiresAt: start + day })
    expectSame(await refundOf(fixture, 3n), done)
    expectLike((await fixture.statement()).at(-1), { grant: 'g', to: 'available', hold: 'c', refunds: 2 })
    expectLike(await fixture.reserve('h', 1n), { reason: 'credits_insufficient' })
    await fixture.pass(day)
    await fixture.expectAmounts({ granted: 10n, spent: 1n, expired: 9n })
  },
  'credits return to a spent grant, which then pays again': async (fixture) => {
    await spend(fixture, { amount: 4n, only: ['gpt'] })
    expectSame(await grantsOf(fixture), [])
    expectSame(await refundOf(fixture, 3n), done)
    expectLike((await grantsOf(fixture))[0], { grant: 'g', available: 3n, only: ['gpt'] })
    expectLike(await fixture.reserve('h', 3n, gpt), { ok: true })
  },
  'credits return expired to an expired grant, unless the refund says until when they are good': async (fixture) => {
    await spend(fixture, { priority: 7, only: ['gpt'], expiresAt: start + day })
    await fixture.pass(day)
    expectSame(await refundOf(fixture, 1n), done)
    expectLike((await fixture.statement()).at(-1), { grant: 'g', to: 'expired', amount: 1n, refunds: 2 })
    const past = { ok: false, reason: 'grant_expired' }
    expectSame(await refundOf(fixture, 2n, { expiresAt: start + day }), past)
    const again = { key: 'r', hold: 'c', amount: 2n, expiresAt: start + 2 * day }
    expectSame(await fixture.ledger.refund(again), done)
    expectSame(await fixture.ledger.refund(again), replayed)
    const added = { grant: 'r', kind: 'refund', priority: 7, only: ['gpt'], expiresAt: start + 2 * day, available: 2n }
    expectLike((await grantsOf(fixture))[0], added)
    await fixture.expectAmounts({ granted: 10n, available: 2n, spent: 1n, expired: 7n })
    await fixture.pass(day)
    await fixture.expectAmounts({ granted: 10n, spent: 1n, expired: 9n })
  },
  'a spent grant expires too: what it paid returns expired': async (fixture) => {
    await spend(fixture, { amount: 4n, expiresAt: start + day })
    await fixture.pass(day)
    expectSame(await refundOf(fixture, 4n), done)
    await fixture.expectAmounts({ granted: 4n, expired: 4n })
  },
  'credits return revoked to a revoked grant, also when it was spent before': async (fixture) => {
    await spend(fixture, { amount: 4n })
    expectSame(await fixture.ledger.revoke({ key: 'v', wallet: team, grant: 'g' }), { ...done, revoked: 0n })
    expectSame(await fixture.ledger.revoke({ key: 'w', wallet: team, grant: 'g' }), {
      ok: false,
      reason: 'grant_unknown',
    })
    expectSame(await refundOf(fixture, 3n, { expiresAt: start + day }), done)
    expectLike((await fixture.statement()).at(-1), { grant: 'g', to: 'revoked' })
    await fixture.expectAmounts({ granted: 4n, spent: 1n, revoked: 3n })
  },
  'a refund of overdraft cancels what is owed, and returns what was repaid as the credits that repaid it': async (
    fixture,
  ) => {
    await fixture.grant(1n, { key: 'g', only: ['gpt'] })
    await fixture.ledger.charge({ hold: 'c', wallet: team, amount: 6n, ...gpt })
    const repaying = { key: 'h', only: ['gpt', 'claude'], priority: 3, expiresAt: start + day }
    await fixture.grant(3n, repaying)
    expectSame(await refundOf(fixture, 4n), done)
    const [first, second] = (await fixture.statement()).slice(-2)
    expectLike(first, { to: 'overdraft', amount: 2n, only: ['gpt'], grant: undefined })
    expectLike(second, { to: 'available', amount: 2n, refunds: 3 })
    const added = { kind: 'refund', priority: 3, only: ['gpt', 'claude'], expiresAt: start + day, available: 2n }
    expectLike((await grantsOf(fixture))[0], added)
    await fixture.ledger.revoke({ key: 'v', wallet: team, grant: 'h' })
    await fixture.pass(day)
    expectSame(await refundOf(fixture, 1n), done)
    expectLike((await fixture.statement()).at(-1), { amount: 1n, grant: 'h', to: 'revoked' })
  },
  'many refunds of expired credits leave one grant, and those of live ones none': async (fixture) => {
    await fixture.grant(1_000n, { key: 'g', expiresAt: start + day })
    for (let i = 0; i < 100; i += 1) await fixture.ledger.charge({ hold: `c ${i}`, wallet: team, amount: 2n })
    const refund = (key: string, more: object) =>
      fixture.ledger.refund({ key: `${key} ${more}`, hold: key, amount: 1n, ...more })
    for (let i = 0; i < 50; i += 1) expectSame(await refund(`c ${i}`, {}), done)
    expectSame((await grantsOf(fixture)).length, 1)
    await fixture.pass(day)
    for (let i = 50; i < 100; i += 1) expectSame(await refund(`c ${i}`, { expiresAt: start + 9 * day }), done)
    const [merged, ...others] = await grantsOf(fixture)
    expectLike(merged, { amount: 50n, available: 50n })
    expectSame(others, [])
  },
  'an entry names its cost at every level, after weeks too, and all refunds together never exceed the cost': async (
    fixture,
  ) => {
    await fixture.put(organization, { funding: 'postpaid' })
    await fixture.put(team, { parent: organization })
    await fixture.put(user, { funding: 'parent', parent: team })
    await fixture.grant(10n, { key: 'g' })
    await fixture.ledger.charge({ hold: 'c', wallet: user, amount: 9n })
    const entries = await Promise.all(
      [user, team, organization].map(async (wallet) => ({ wallet, sequence: await lastCost(fixture, wallet) })),
    )
    const refund = (at: number, amount: bigint) =>
      fixture.ledger.refund({ key: fixture.key(), entry: entries[at] as (typeof entries)[0], amount })
    expectSame(await refund(1, 2n), done)
    expectLike(await fixture.ledger.hold('c'), { spent: 7n })
    await fixture.pass(3 * retention)
    await fixture.reserve('other', 1n)
    await fixture.ledger.sweep(1_000)
    expectSame(await fixture.ledger.hold('c'), undefined)
    expectSame(await refundOf(fixture, 1n), { ok: false, reason: 'hold_unknown' })
    expectSame(await refund(2, 8n), { ok: false, reason: 'spent_exceeded', refundable: 7n })
    expectSame(await refund(0, 3n), done)
    await fixture.ledger.release({ hold: 'other' })
    await fixture.expectAmounts({ granted: 10n, available: 6n, spent: 4n })
    await fixture.expectAmounts({ drawn: 4n, spent: 4n }, organization)
    await fixture.pass(3 * retention)
    expectSame(await refund(1, 4n), done)
    expectSame(await refund(1, 1n), { ok: false, reason: 'spent_exceeded', refundable: 0n })
    await fixture.expectAmounts({}, user)
  },
  'an entry that does not exist or books no cost is `entry_unknown`': async (fixture) => {
    await spend(fixture, {})
    const refund = (wallet: WalletLevel, sequence: number) =>
      fixture.ledger.refund({ key: 'r', entry: { wallet, sequence }, amount: 1n })
    const unknown = { ok: false, reason: 'entry_unknown' }
    for (const sequence of [0, 1, 3, 2 ** 53 - 1]) expectSame(await refund(team, sequence), unknown)
    expectSame(await refund(user, 1), unknown)
    expectSame(await refund(team, 2), done)
    expectSame(await refund(team, 2), replayed)
    const both = { key: 's', hold: 'c', entry: { wallet: team, sequence: 2 }, amount: 1n } as never
    expectLike(await fixture.ledger.refund(both), { reason: 'request_invalid' })
    expectLike(await fixture.ledger.refund({ key: 's', amount: 1n } as never), { reason: 'request_invalid' })
  },
  'an id that is used again after its retention names the new cost, and the entry of the old one the old cost': async (
    fixture,
  ) => {
    await spend(fixture, {})
    const sequence = await lastCost(fixture)
    await fixture.pass(2 * retention)
    await fixture.ledger.sweep(1_000)
    await fixture.ledger.charge({ hold: 'c', wallet: team, amount: 2n })
    const entry = { wallet: team, sequence }
    expectSame(await fixture.ledger.refund({ key: 'r', entry, amount: 3n }), done)
    expectLike(await fixture.ledger.hold('c'), { spent: 2n })
    expectSame(await refundOf(fixture, 3n), { ok: false, reason: 'spent_exceeded', refundable: 2n })
    expectSame(await refundOf(fixture, 2n), done)
    expectSame(await fixture.ledger.refund({ key: 's', entry, amount: 2n }), {
      ok: false,
      reason: 'spent_exceeded',
      refundable: 1n,
    })
    await fixture.expectAmounts({ granted: 10n, available: 9n, spent: 1n })
    expectTrue((await fixture.ledger.verify()).length === 0, 'the ledger verifies')
  },
}
