import type { WalletLevel } from '../../../../model/noun/wallet.ts'
import type { CreditLedger } from '../../../../port/credit-ledger.ts'
import { expectLike, expectSame, expectTrue } from '../../assert.ts'
import {
  counted,
  credential,
  day,
  hour,
  type LedgerCases,
  member,
  organization,
  otherPath,
  path,
  team,
} from '../ledger-fixture.ts'

async function admitted(tries: readonly Promise<{ readonly ok: boolean }>[]): Promise<number> {
  return (await Promise.all(tries)).filter(({ ok }) => ok).length
}

/** The conformance cases for concurrent calls along paths. */
export const levelRaces: LedgerCases = {
  'of the concurrent calls of two members, as many are admitted as each member and their team allow': async (
    fixture,
  ) => {
    await fixture.foundTeam(700n)
    await fixture.put(member, { ...counted, cap: { amount: 350n } })
    await fixture.put({ ...member, user: 'bob' }, { ...counted, cap: { amount: 7_000n } })
    const send = (name: string, levels: readonly WalletLevel[]) =>
      Array.from({ length: 150 }, (_, i) => fixture.reserve(`${name}${i}`, 7n, { path: levels }))
    const [ann, bob] = await Promise.all([admitted(send('a', path)), admitted(send('b', otherPath))])
    expectSame(ann + bob, 100, 'admitted calls')
    expectTrue(ann <= 50, 'a member exceeds its cap')
    await fixture.expectAmounts({ granted: 700n, reserved: 700n })
    await fixture.expectAmounts(ann === 0 ? {} : { drawn: BigInt(7 * ann), reserved: BigInt(7 * ann) }, member)
  },
  'concurrent calls along paths that cross in any way all succeed': async (fixture) => {
    const teams = ['t0', 't1', 't2'].map((id) => ({ ...team, id }))
    const organizations = ['o0', 'o1'].map((id) => ({ ...organization, id }))
    for (const wallet of organizations) await fixture.put(wallet, { funding: 'postpaid' })
    for (const wallet of teams) await fixture.grant(100_000n, { wallet })
    const keys = ['k0', 'k1', 'k2'].map((id) => ({ ...credential, id }))
    const members = teams.map(({ id }) => ({ ...member, team: id }))
    for (const wallet of [...keys, ...members]) await fixture.put(wallet, counted)
    const ledgers: CreditLedger[] = [fixture.ledger]
    if (fixture.test.open !== undefined) ledgers.push(await fixture.test.open(), await fixture.test.open())
    const callers = Array.from({ length: 24 }, async (_, caller) => {
      for (let i = 0; i < 6; i += 1) {
        const n = caller * 7 + i * 5
        const levels = [keys[n % 3], members[(n + i) % 3], teams[(caller + i) % 3], organizations[n % 2]]
        const hold = `${caller} ${i}`
        const ledger = ledgers[caller % ledgers.length] as CreditLedger
        expectLike(await ledger.reserve({ hold, path: levels as WalletLevel[], amount: 5n, ttl: hour }), { ok: true })
        expectLike(await ledger.settle({ hold, amount: BigInt(i) }), { ok: true })
      }
    })
    await Promise.all(callers)
    const total = (wallets: readonly WalletLevel[]) =>
      Promise.all(wallets.map((wallet) => fixture.ledger.balance(wallet))).then((all) =>
        all.reduce((sum, { spent, reserved }) => sum + spent + reserved, 0n),
      )
    for (const wallets of [keys, members, teams, organizations]) expectSame(await total(wallets), 24n * 15n)
  },
  'of concurrent settle and release of a hold that is booked nowhere exactly one wins': async (fixture) => {
    const ledgers: CreditLedger[] = [fixture.ledger]
    if (fixture.test.open !== undefined) ledgers.push(await fixture.test.open())
    for (let round = 0; round < 20; round += 1) {
      const hold = `h${round}`
      await fixture.reserve(hold, 5n, { path: [credential] })
      const settles = ledgers.map((ledger) => ledger.settle({ hold, amount: 2n }))
      const releases = ledgers.map((ledger) => ledger.release({ hold }))
      const [settled, released] = await Promise.all([admitted(settles), admitted(releases)])
      expectSame([settled, released].sort(), [0, ledgers.length], 'winners')
      const refunds = ledgers.map((ledger, i) => ledger.refund({ key: `${hold} ${i}`, hold, amount: 2n }))
      expectSame(await admitted(refunds), settled > 0 ? 1 : 0, 'refunds')
      expectLike(await fixture.ledger.hold(hold), { state: settled > 0 ? 'settled' : 'released', spent: 0n })
    }
  },
  'a wallet that is created during calls bounds every call that begins afterwards': async (fixture) => {
    await fixture.foundTeam(100_000n)
    const ledgers: CreditLedger[] = [fixture.ledger]
    if (fixture.test.open !== undefined) ledgers.push(await fixture.test.open())
    for (let round = 0; round < 8; round += 1) {
      const key = { ...credential, id: `k${round}` }
      let isCreated = false
      const callers = Array.from({ length: 16 }, async (_, caller) => {
        for (let i = 0; i < 6; i += 1) {
          const wasCreated = isCreated
          const ledger = ledgers[caller % ledgers.length] as CreditLedger
          const hold = `${round} ${caller} ${i}`
          const result = await ledger.reserve({ hold, path: [key, team], amount: 1n, ttl: day })
          if (wasCreated) expectLike(result, { reason: 'cap_exceeded', wallet: key })
        }
      })
      await Promise.resolve()
      await fixture.put(key, { ...counted, cap: { amount: 0n } })
      isCreated = true
      await Promise.all(callers)
      expectLike(await fixture.reserve(`${round} last`, 1n, { path: [key, team] }), { reason: 'cap_exceeded' })
    }
  },
}
