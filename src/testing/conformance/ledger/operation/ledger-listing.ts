import type { WalletLevel } from '../../../../model/noun/wallet.ts'
import type { ListWallets } from '../../../../port/ledger-request.ts'
import type { WalletPage } from '../../../../port/ledger-state.ts'
import { expectSame, expectTrue, expectTypeError } from '../../assert.ts'
import { day, hour, type LedgerCases, type LedgerFixture, organization, start, team, user } from '../ledger-fixture.ts'

const named = (type: Exclude<WalletLevel['type'], 'member'>, id: string, incarnation = 0) => ({ type, id, incarnation })

/** The wallets of a case in the order of `listWallets`: by type, then id by code point, then incarnation. */
const ordered = [
  named('organization', '__proto__'),
  named('team', 'B'),
  named('team', 'a', 2),
  named('team', 'a', 10),
  named('team', 'a b'),
  named('team', 'ab'),
  named('team', '\u{ff5e}'),
  named('team', '\u{1f600}'),
  named('user', 'a'),
  named('user', '{a,"b"}'),
  named('virtualAccount', "it's"),
]

/** Reads every page. Checks that each has at most `limit` wallets, and that only the last has no `next`. */
async function pagesOf({ ledger }: LedgerFixture, request: ListWallets): Promise<WalletPage['wallets']> {
  const all: WalletPage['wallets'][number][] = []
  for (let after = request.after; ; ) {
    const { wallets, next } = await ledger.listWallets(after === undefined ? request : { ...request, after })
    expectTrue(wallets.length <= (request.limit ?? 100), 'a page has more wallets than its limit')
    all.push(...wallets)
    if (next === undefined) return all
    expectTrue(JSON.stringify(next) !== JSON.stringify(after), 'a page does not advance')
    after = next
  }
}

const walletsOf = (found: WalletPage['wallets']) => found.map(({ wallet }) => wallet)
const idOf = (wallet: WalletLevel) => (wallet.type === 'member' ? wallet.user : wallet.id)

async function listed(fixture: LedgerFixture, request: ListWallets): Promise<readonly string[]> {
  return walletsOf(await pagesOf(fixture, request)).map(idOf)
}

/** The conformance cases for `listWallets`. */
export const listing: LedgerCases = {
  'an empty ledger has one empty page': async (fixture) => {
    expectSame(await fixture.ledger.listWallets(), { wallets: [] })
    expectSame(await fixture.ledger.listWallets({ after: team }), { wallets: [] })
  },
  'pages of any size have every wallet once, in order, with its balance': async (fixture) => {
    const levels: readonly WalletLevel[] = [
      named('credential', 'z'),
      { type: 'member', team: 'a', user: 'b', incarnation: 0 },
      { type: 'member', team: 'a', user: 'b', incarnation: 1 },
    ]
    for (const wallet of levels) await fixture.put(wallet, { funding: 'parent' })
    for (const wallet of [...ordered].sort((one, other) => (one.id.length % 3) - (other.id.length % 3)))
      await fixture.grant(5n, { wallet })
    expectSame(walletsOf(await pagesOf(fixture, { type: 'member', limit: 1 })), levels.slice(1))
    expectSame(walletsOf(await pagesOf(fixture, { after: levels[1] as WalletLevel })), [...levels.slice(2), ...ordered])
    for (const limit of [1, 2, 3, 13, 14, 15, undefined]) {
      const found = await pagesOf(fixture, limit === undefined ? {} : { limit })
      expectSame(walletsOf(found), [...levels, ...ordered], `the wallets in pages of ${limit}`)
      for (const { wallet, balance } of found) expectSame(balance, await fixture.ledger.balance(wallet))
    }
    const exact = await fixture.ledger.listWallets({ limit: levels.length + ordered.length })
    expectSame(exact.next, undefined, 'cursor after the last wallet')
    const partial = await fixture.ledger.listWallets({ limit: 3 })
    expectSame(partial.next, levels[2], 'cursor after three wallets')
  },
  'a type, a debt and an amount select wallets, together or alone': async (fixture) => {
    for (const [i, wallet] of ordered.entries()) {
      await fixture.grant(BigInt(i + 1), { wallet })
      if (i % 3 === 0) await fixture.ledger.charge({ hold: `c${i}`, wallet, amount: 100n })
    }
    const all = [...ordered.entries()]
    const select = (isListed: (i: number, wallet: WalletLevel) => boolean) =>
      all.filter(([i, wallet]) => isListed(i, wallet)).map(([, wallet]) => wallet)
    const cases: readonly (readonly [ListWallets, readonly WalletLevel[]])[] = [
      [{ type: 'team' }, select((_, { type }) => type === 'team')],
      [{ type: 'user' }, select((_, { type }) => type === 'user')],
      [{ type: 'virtualAccount' }, select((_, { type }) => type === 'virtualAccount')],
      [{ isOwing: true }, select((i) => i % 3 === 0)],
      [{ isOwing: false }, select((i) => i % 3 !== 0)],
      [{ availableBelow: 6n }, select((i) => i % 3 === 0 || i + 1 < 6)],
      [{ availableBelow: 0n }, []],
      [{ isOwing: false, availableBelow: 6n }, select((i) => i % 3 !== 0 && i + 1 < 6)],
      [{ type: 'team', isOwing: true }, select((i, { type }) => i % 3 === 0 && type === 'team')],
      [{ type: 'team', availableBelow: 3n }, select((i, { type }) => (i % 3 === 0 || i + 1 < 3) && type === 'team')],
    ]
    for (const [request, expected] of cases) {
      for (const limit of [1, 2, 100]) {
        expectSame(walletsOf(await pagesOf(fixture, { ...request, limit })), expected, JSON.stringify(limit))
      }
    }
  },
  'due items count as of now, as in `balance`': async (fixture) => {
    await fixture.grant(9n, { wallet: named('team', 'expires'), expiresAt: start + hour })
    await fixture.grant(9n, { wallet: named('team', 'starts'), effectiveAt: start + hour })
    await fixture.grant(9n, { wallet: named('team', 'lapses') })
    await fixture.reserve('h', 9n, { wallet: named('team', 'lapses'), ttl: hour })
    await fixture.put(named('team', 'rolls'))
    const daily = { every: 'day', timeZone: 'UTC' } as const
    const allowance = { key: 'x', wallet: named('team', 'rolls'), allowance: 'x', amount: 9n, period: daily }
    await fixture.ledger.putAllowance(allowance)
    await fixture.ledger.charge({ hold: 'c', wallet: named('team', 'rolls'), amount: 9n })
    expectSame(await listed(fixture, { availableBelow: 1n }), ['lapses', 'rolls', 'starts'])
    await fixture.pass(hour)
    expectSame(await listed(fixture, { availableBelow: 1n }), ['expires', 'rolls'])
    await fixture.pass(day)
    expectSame(await listed(fixture, { availableBelow: 1n, limit: 1 }), ['expires'])
    for (const { wallet, balance } of await pagesOf(fixture, {}))
      expectSame(balance, await fixture.ledger.balance(wallet), `balance of ${idOf(wallet)}`)
  },
  'a lapse counts at every level of the path': async (fixture) => {
    await fixture.put(organization, { funding: 'postpaid' })
    await fixture.put(team, { parent: organization })
    await fixture.put(user, { funding: 'parent', parent: team })
    await fixture.grant(9n)
    await fixture.reserve('h', 9n, { wallet: user, ttl: hour })
    await fixture.pass(hour)
    for (const { wallet, balance } of await pagesOf(fixture, { limit: 1 })) {
      expectSame(balance.reserved, 0n, `reserved amount of ${wallet.type}`)
      expectSame(balance, await fixture.ledger.balance(wallet))
    }
  },
  'a cursor may be any wallet, and pages continue while wallets are created': async (fixture) => {
    for (const id of ['b', 'd', 'f', 'h']) await fixture.grant(1n, { wallet: named('team', id) })
    expectSame(await listed(fixture, { after: named('team', 'c') }), ['d', 'f', 'h'])
    expectSame(await listed(fixture, { after: named('organization', 'z') }), ['b', 'd', 'f', 'h'])
    expectSame(await listed(fixture, { after: named('team', 'd', 7) }), ['f', 'h'])
    expectSame(await listed(fixture, { after: named('user', 'a') }), [])
    expectSame(await listed(fixture, { type: 'team', after: named('organization', 'z') }), ['b', 'd', 'f', 'h'])
    expectSame(await listed(fixture, { type: 'organization', after: named('team', 'a') }), [])
    const first = await fixture.ledger.listWallets({ limit: 2 })
    expectSame(first.next, named('team', 'd'))
    for (const id of ['a', 'e', 'i']) await fixture.grant(1n, { wallet: named('team', id) })
    expectSame(await listed(fixture, { limit: 2, after: named('team', 'd') }), ['e', 'f', 'h', 'i'])
  },
  'a refused write leaves no wallet in the list': async (fixture) => {
    await fixture.reserve('h', 1n)
    await fixture.grant(1n, { expiresAt: start })
    await fixture.ledger.charge({ hold: 'c', wallet: user, amount: 1n })
    expectSame(await fixture.ledger.listWallets(), { wallets: [] })
  },
  'a malformed request throws a `TypeError`': async ({ ledger }) => {
    const wrong = [
      null,
      5,
      { limit: 0 },
      { limit: 1_001 },
      { limit: 1.5 },
      { type: 'group' },
      { isOwing: 1 },
      { availableBelow: -1n },
      { availableBelow: 5 },
      { after: 'a' },
      { after: { type: 'team', id: 'a' } },
      { before: team },
    ]
    for (const request of wrong)
      await expectTypeError(
        () => ledger.listWallets(request as never),
        JSON.stringify(request, (_, one) => String(one)),
      )
  },
}
