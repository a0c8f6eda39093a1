import type { WalletLevel } from '../../../../model/noun/wallet.ts'
import { expectLike, expectSame } from '../../assert.ts'
import {
  counted,
  credential,
  done,
  hour,
  keyReused,
  type LedgerCases,
  levelCost,
  member,
  organization,
  otherMember,
  otherPath,
  path,
  retention,
  start,
  team,
  user,
} from '../ledger-fixture.ts'

const monthly = { every: 'month', timeZone: 'UTC' } as const

/** The conformance cases for calls along the path of a decision. */
export const levels: LedgerCases = {
  'the budget of a key bounds its calls inside the credits of its team, and others share the rest': async (fixture) => {
    await fixture.foundTeam()
    await fixture.put(credential, { ...counted, cap: { amount: 30n, period: monthly } })
    expectSame(await fixture.reserve('h', 20n, { path }), { ...done, amount: 20n, expiresAt: start + hour })
    expectLike(await fixture.ledger.hold('h'), { path: [credential, team], call: { path } })
    expectLike(await fixture.reserve('i', 11n, { path }), {
      reason: 'cap_exceeded',
      wallet: credential,
      available: 10n,
    })
    expectLike(await fixture.reserve('i', 80n, { path: otherPath }), { ok: true })
    expectLike(await fixture.reserve('j', 1n, { path }), { reason: 'credits_insufficient', wallet: team })
    expectSame((await fixture.settle('h', 25n)).levels, [
      levelCost(credential, { fromReserved: 20n, fromDrawn: 5n }),
      levelCost(team, { fromReserved: 20n, fromOverdraft: 5n }),
    ])
    await fixture.expectAmounts({ drawn: 25n, spent: 25n }, credential)
    await fixture.expectAmounts({ granted: 100n, reserved: 80n, spent: 25n, overdraft: 5n })
    expectSame(await fixture.ledger.refund({ key: 'r', hold: 'h', amount: 25n }), done)
    await fixture.expectAmounts({}, credential)
  },
  'each member has an allowance within each team, and the team pays too': async (fixture) => {
    await fixture.foundTeam()
    for (const [i, wallet] of [member, otherMember, { ...member, user: 'bob' }].entries()) {
      await fixture.put(wallet)
      const terms = { allowance: 'share', amount: BigInt(10 * (i + 1)), period: monthly }
      expectSame(await fixture.ledger.putAllowance({ key: `a${i}`, wallet, ...terms }), done)
    }
    expectLike(await fixture.reserve('h', 11n, { path }), {
      reason: 'credits_insufficient',
      wallet: member,
      available: 10n,
    })
    expectLike(await fixture.reserve('h', 10n, { path }), { ok: true })
    expectLike(await fixture.reserve('i', 30n, { path: otherPath }), { ok: true })
    await fixture.settle('h', 4n)
    await fixture.expectAmounts({ granted: 10n, available: 6n, spent: 4n }, member)
    await fixture.expectAmounts({ granted: 30n, reserved: 30n }, { ...member, user: 'bob' })
    await fixture.expectAmounts({ granted: 20n, available: 20n }, otherMember)
    await fixture.expectAmounts({ granted: 100n, available: 66n, reserved: 30n, spent: 4n })
  },
  'a level without a wallet bounds nothing, but the wallet of a principal must exist': async (fixture) => {
    await fixture.put(credential, { ...counted, cap: { amount: 5n } })
    await fixture.put(organization, { funding: 'postpaid' })
    const refused = { ok: false, reason: 'wallet_unknown' }
    expectSame(await fixture.reserve('h', 1n, { path }), {
      ...refused,
      wallet: team,
      needed: 1n,
      available: 0n,
      reserved: 0n,
      retry: 'never',
    })
    expectSame(await fixture.ledger.charge({ hold: 'c', path, amount: 1n }), refused)
    const ifUnknown = { path, startedAt: start }
    expectSame(await fixture.ledger.settle({ hold: 's', amount: 1n, ifUnknown }), refused)
    for (const wallet of [credential, organization]) await fixture.expectAmounts({}, wallet)
    await fixture.foundTeam()
    expectLike(await fixture.reserve('h', 4n, { path }), { ok: true })
    expectLike(await fixture.ledger.charge({ hold: 'c', path, amount: 1n }), { ok: true })
    expectLike(await fixture.ledger.settle({ hold: 's', amount: 1n, ifUnknown }), { isLate: true })
    expectLike(await fixture.ledger.hold('s'), { path: [credential, team, organization], call: { path } })
    await fixture.expectAmounts({ drawn: 6n, reserved: 4n, spent: 2n }, organization)
  },
  'a refusal names the narrowest level that its reason applies to': async (fixture) => {
    await fixture.foundTeam(10n)
    const capped = (amount: bigint) => ({ ...counted, cap: { amount } })
    await fixture.put(organization, { funding: 'postpaid', cap: { amount: 3n } })
    expectLike(await fixture.reserve('h', 4n, { path }), { reason: 'cap_exceeded', wallet: organization })
    await fixture.put(member, capped(3n))
    expectLike(await fixture.reserve('h', 4n, { path }), { reason: 'cap_exceeded', wallet: member })
    await fixture.put(credential, capped(3n))
    expectLike(await fixture.reserve('h', 4n, { path }), { reason: 'cap_exceeded', wallet: credential })
    expectLike(await fixture.reserve('h', 9n, { path, minAmount: 1n }), { ok: true, amount: 3n })
    await fixture.put(organization, { funding: 'postpaid', status: 'frozen' })
    expectLike(await fixture.reserve('i', 1n, { path }), { reason: 'wallet_frozen', wallet: organization })
    await fixture.put(credential, { ...counted, status: 'frozen' })
    expectLike(await fixture.reserve('i', 1n, { path }), { reason: 'wallet_frozen', wallet: credential })
  },
  'a call without a payer whose levels have no wallet is held, settled, refunded and released, and books nothing':
    async (fixture) => {
      const free = { path: [credential, organization] }
      expectSame(await fixture.reserve('h', 9n, free), { ...done, amount: 9n, expiresAt: start + hour })
      expectSame(await fixture.reserve('h', 9n, free), { ok: true, replay: true, amount: 9n, expiresAt: start + hour })
      expectSame(await fixture.reserve('h', 8n, free), keyReused)
      expectLike(await fixture.ledger.hold('h'), { state: 'held', path: [], call: free, amount: 9n, held: 9n })
      const more = { key: 'e', hold: 'h', ttl: 2 * hour, increase: 2n }
      expectSame(await fixture.ledger.extend(more), { ...done, amount: 11n, expiresAt: start + 2 * hour })
      const settled = { ...done, isLate: false, levels: [], softLimitsReached: [], lowBalancesReached: [] }
      expectSame(await fixture.ledger.settle({ hold: 'h', amount: 4n, part: 'p' }), settled)
      expectLike(await fixture.ledger.settle({ hold: 'h', amount: 9n, overrun: 'reject' }), { reason: 'hold_exceeded' })
      expectSame(await fixture.ledger.settle({ hold: 'h', amount: 9n }), settled)
      expectSame(await fixture.ledger.settle({ hold: 'h', amount: 9n }), { ...settled, replay: true })
      expectSame(await fixture.ledger.settle({ hold: 'h', amount: 8n }), keyReused)
      expectLike(await fixture.ledger.release({ hold: 'h' }), { reason: 'hold_settled' })
      expectSame(await fixture.ledger.refund({ key: 'r', hold: 'h', amount: 10n }), done)
      expectLike(await fixture.ledger.refund({ key: 'r2', hold: 'h', amount: 4n }), { refundable: 3n })
      await fixture.reserve('i', 5n, free)
      expectSame(await fixture.ledger.release({ hold: 'i' }), { ...done, returned: 5n })
      expectSame(await fixture.ledger.release({ hold: 'i' }), { ok: true, replay: true, returned: 5n })
      expectLike(await fixture.ledger.settle({ hold: 'i', amount: 5n }), { reason: 'hold_released' })
      await fixture.reserve('j', 5n, { ...free, ttl: 10 })
      expectSame(await fixture.ledger.charge({ hold: 'c', ...free, amount: 3n }), settled)
      await fixture.pass(10)
      expectLike(await fixture.ledger.hold('j'), { state: 'lapsed', held: 0n })
      expectSame(await fixture.ledger.settle({ hold: 'j', amount: 1n }), { ...settled, isLate: true })
      for (const wallet of free.path) expectSame(await fixture.ledger.wallet(wallet), undefined)
      await fixture.pass(retention)
      await fixture.ledger.sweep(100)
      for (const hold of ['h', 'i', 'j', 'c'])
        expectSame(await fixture.ledger.hold(hold), undefined, `forgotten ${hold}`)
      expectLike(await fixture.reserve('h', 8n, free), { ok: true, replay: false })
    },
  'a wallet bounds the calls after its creation, and open holds keep their path': async (fixture) => {
    await fixture.foundTeam()
    await fixture.reserve('before', 20n, { path })
    await fixture.reserve('free', 20n, { path: [credential] })
    await fixture.put(credential, { ...counted, cap: { amount: 5n } })
    expectLike(await fixture.reserve('after', 6n, { path }), { reason: 'cap_exceeded', wallet: credential })
    expectLike(await fixture.reserve('after', 5n, { path }), { ok: true })
    expectLike(await fixture.ledger.extend({ key: 'e', hold: 'before', ttl: hour, increase: 9n }), { amount: 29n })
    expectSame((await fixture.settle('before', 21n)).levels, [levelCost(team, { fromReserved: 21n, returned: 8n })])
    expectSame((await fixture.settle('free', 9n)).levels, [])
    await fixture.expectAmounts({ drawn: 5n, reserved: 5n }, credential)
    expectLike(await fixture.reserve('before', 20n, { path }), { replay: true })
  },
  'the parents of each wallet follow it, no wallet occurs twice, and a path has at most eight levels': async (
    fixture,
  ) => {
    const holding = { ...organization, id: 'holding' }
    await fixture.put(holding, { funding: 'postpaid' })
    await fixture.put(organization, { funding: 'postpaid', parent: holding })
    const department = { ...team, id: 'department' }
    await fixture.put(department, { parent: organization })
    await fixture.grant(50n, { wallet: department })
    await fixture.put(team, { funding: 'parent', parent: department })
    await fixture.put(member, counted)
    await fixture.reserve('h', 5n, { path })
    expectLike(await fixture.ledger.hold('h'), { path: [member, team, department, organization, holding] })
    await fixture.reserve('i', 5n, { path: [credential, member, team] })
    expectLike(await fixture.ledger.hold('i'), { path: [member, team, department, organization, holding] })
    await fixture.expectAmounts({ granted: 50n, available: 40n, reserved: 10n }, department)
    let parent: WalletLevel = holding
    for (const id of ['a', 'b', 'c']) {
      const above = { ...organization, id }
      await fixture.put(above, { funding: 'postpaid' })
      await fixture.put(parent, { funding: 'postpaid', parent: above })
      parent = above
    }
    expectLike(await fixture.reserve('j', 5n, { path }), { ok: true })
    await fixture.put(credential, counted)
    const tooLong = { ok: false, reason: 'path_too_long' }
    expectSame(await fixture.reserve('k', 5n, { path }), tooLong)
    expectSame(await fixture.ledger.charge({ hold: 'k', path, amount: 5n }), tooLong)
    const unknown = { hold: 'k', amount: 1n, ifUnknown: { path, startedAt: start } }
    expectSame(await fixture.ledger.settle(unknown), tooLong)
  },
  'a path in another order, a wallet twice, or neither or both of `path` and `wallet` is invalid': async (fixture) => {
    await fixture.foundTeam()
    await fixture.put(credential)
    await fixture.put(member, counted)
    const refused = { ok: false, reason: 'request_invalid' }
    const common = { hold: 'h', amount: 1n, ttl: hour }
    const named: readonly object[] = [
      {},
      { path, wallet: team },
      { path: [] },
      { path: [team, credential] },
      { path: [member, credential, team] },
      { path: [organization, team] },
      { path: [team, { ...team }] },
      { path: [credential, credential, team] },
      { path: Array.from({ length: 9 }, (_, i) => ({ ...credential, id: `k${i}` })) },
      { path: [{ ...team, type: 'member' }] },
      { path: team },
      { wallet: credential },
      { wallet: member },
      { wallet: [team] },
      { path, note: '' },
      { path, note: 'a\nb' },
      { path, note: 'n'.repeat(257) },
      { path, note: 5 },
    ]
    for (const one of named) {
      expectLike(await fixture.ledger.reserve({ ...common, ...one } as never), refused, JSON.stringify(one))
      expectLike(await fixture.ledger.charge({ hold: 'h', amount: 1n, ...one } as never), refused, JSON.stringify(one))
      const settle = { hold: 'h', amount: 1n, ifUnknown: { startedAt: start, ...one } }
      expectLike(await fixture.ledger.settle(settle as never), refused, JSON.stringify(one))
    }
    expectLike(await fixture.reserve('h', 1n, { path: [user, team] }), { reason: 'wallet_unknown', wallet: user })
    const keys = Array.from({ length: 6 }, (_, i) => ({ ...credential, id: `k${i}` }))
    expectLike(await fixture.reserve('h', 1n, { path: [...keys, member, team], note: 'n'.repeat(256) }), { ok: true })
  },
  'a retry is recognized by its path, tags and note, and a `wallet` equals a path of this one wallet': async (
    fixture,
  ) => {
    await fixture.foundTeam()
    const call = { path, tags: ['a'], note: 'first' }
    const others = [
      { path: path.slice(1), tags: ['a'], note: 'first' },
      { path: [...path.slice(0, 3), { ...organization, incarnation: 1 }], tags: ['a'], note: 'first' },
      { ...call, tags: ['b'] },
      { ...call, note: 'other' },
      { path, tags: ['a'] },
    ]
    const charged = { hold: 'c', amount: 1n }
    expectLike(await fixture.reserve('h', 1n, call), { replay: false })
    expectLike(await fixture.ledger.charge({ ...charged, ...call }), { replay: false })
    for (const other of others) {
      expectSame(await fixture.reserve('h', 1n, other), keyReused, JSON.stringify(other))
      expectSame(await fixture.ledger.charge({ ...charged, ...other }), keyReused, JSON.stringify(other))
    }
    expectLike(await fixture.reserve('h', 1n, { ...call, path: path.map((level) => ({ ...level })) }), { replay: true })
    expectLike(await fixture.ledger.charge({ ...charged, ...call }), { replay: true })
    expectLike(await fixture.reserve('i', 1n), { replay: false })
    expectLike(await fixture.reserve('i', 1n, { path: [team] }), { replay: true })
    await fixture.settle('h', 1n)
    expectLike(await fixture.reserve('h', 1n, call), { replay: true })
    expectSame(await fixture.reserve('h', 1n, others[3]), keyReused)
  },
}
