import { foldEntries } from '../reference/ledger.ts'
import { expectSame, expectTrue } from './assert.ts'
import { day, hour, type LedgerFixture, organization, start, team, user } from './ledger-fixture.ts'

/** A little of everything. Calls back after each step. */
async function live(scene: LedgerFixture, after: () => Promise<void>): Promise<void> {
  const steps: (() => Promise<unknown>)[] = [
    () => scene.put(organization, { funding: 'postpaid', cap: { amount: 10_000n } }),
    () => scene.put(team, { parent: organization, overdraftLimit: 5n }),
    () => scene.put(user, { funding: 'parent', parent: team }),
    () => scene.grant(20n, { key: 'brief', expiresAt: start + 2 * hour }),
    () => scene.grant(20n, { key: 'soon', effectiveAt: start + hour }),
    () => scene.reserve('a', 8n, { wallet: user }),
    () => scene.reserve('b', 8n, { wallet: user, ttl: 10 }),
    () => scene.settle('a', 5n),
    () => scene.pass(3 * hour),
    () => scene.ledger.charge({ hold: 'c', wallet: user, amount: 40n }),
    () => scene.ledger.refund({ key: 'r', hold: 'c', amount: 30n }),
    () => scene.ledger.revoke({ key: 'v', wallet: team, grant: 'soon' }),
    () => scene.pass(day),
  ]
  for (const step of steps) {
    await step()
    await after()
  }
}

/** Chapter H: the statement tells everything. */
export const statements: Readonly<Record<string, (scene: LedgerFixture) => Promise<void>>> = {
  'the sum of the entries is the balance, at every number and instant': async (scene) => {
    const wallets = [user, team, organization]
    const seen = new Map<string, { at: number; balance: unknown }[]>()
    await live(scene, async () => {
      for (const wallet of wallets) {
        const entries = await scene.statement(wallet)
        const balance = await scene.ledger.balance(wallet)
        expectSame(foldEntries(entries), balance, 'sum of the entries')
        seen.set(wallet.type, [...(seen.get(wallet.type) ?? []), { at: scene.now, balance }])
        for (const sequence of [0, 1, Math.floor(entries.length / 2), entries.length, entries.length + 5]) {
          expectSame(await scene.ledger.balance(wallet, { sequence }), foldEntries(entries.slice(0, sequence)))
        }
      }
    })
    for (const wallet of wallets) {
      const last = new Map(seen.get(wallet.type)?.map(({ at, balance }) => [at, balance]))
      for (const [at, balance] of last)
        expectSame(await scene.ledger.balance(wallet, { at }), balance, `balance at ${at}`)
      expectSame(await scene.ledger.balance(wallet, { at: start - 1 }), foldEntries([]))
    }
  },
  'it only grows, is numbered without a gap, and goes on after a number': async (scene) => {
    let before: readonly unknown[] = []
    await live(scene, async () => {
      const entries = await scene.statement()
      expectSame(entries.slice(0, before.length), before, 'entries written before')
      expectSame(
        entries.map(({ sequence }) => sequence),
        entries.map((_, i) => i + 1),
      )
      expectTrue(
        entries.every(({ amount }) => amount > 0n),
        'every entry moves something',
      )
      expectSame(await scene.statement(team, 3), entries.slice(3))
      before = entries
    })
  },
  'a statement that is left early does no harm': async (scene) => {
    await scene.grant(10n)
    await scene.reserve('h', 1n)
    for await (const { sequence } of scene.ledger.statement(team)) {
      expectSame(sequence, 1)
      break
    }
    expectSame((await scene.statement()).length, 2)
  },
}
