import { foldEntries } from '../../../reference/ledger.ts'
import { expectSame, expectTrue } from '../../assert.ts'
import { day, hour, type LedgerCases, type LedgerFixture, organization, start, team, user } from '../ledger-fixture.ts'

/** Runs one operation of most kinds, and calls `after` after each one. */
async function runSteps(fixture: LedgerFixture, after: () => Promise<void>): Promise<void> {
  const steps: (() => Promise<unknown>)[] = [
    () => fixture.put(organization, { funding: 'postpaid', cap: { amount: 10_000n } }),
    () => fixture.put(team, { parent: organization, overdraftLimit: 5n }),
    () => fixture.put(user, { funding: 'parent', parent: team }),
    () => fixture.grant(20n, { key: 'brief', expiresAt: start + 2 * hour }),
    () => fixture.grant(20n, { key: 'soon', effectiveAt: start + hour }),
    () => fixture.reserve('a', 8n, { wallet: user }),
    () => fixture.reserve('b', 8n, { wallet: user, ttl: 10 }),
    () => fixture.settle('a', 5n),
    () => fixture.pass(3 * hour),
    () => fixture.ledger.charge({ hold: 'c', wallet: user, amount: 40n }),
    () => fixture.ledger.refund({ key: 'r', hold: 'c', amount: 30n }),
    () => fixture.ledger.revoke({ key: 'v', wallet: team, grant: 'soon' }),
    () => fixture.pass(day),
  ]
  for (const step of steps) {
    await step()
    await after()
  }
}

/** The conformance cases for statements: the entries of a statement explain the balance. */
export const statements: LedgerCases = {
  'the sum of the entries equals the balance, at every sequence number and instant': async (fixture) => {
    const wallets = [user, team, organization]
    const seen = new Map<string, { at: number; balance: unknown }[]>()
    await runSteps(fixture, async () => {
      for (const wallet of wallets) {
        const entries = await fixture.statement(wallet)
        const balance = await fixture.ledger.balance(wallet)
        expectSame(foldEntries(entries), balance, 'sum of the entries')
        seen.set(wallet.type, [...(seen.get(wallet.type) ?? []), { at: fixture.now, balance }])
        for (const sequence of [0, 1, Math.floor(entries.length / 2), entries.length, entries.length + 5]) {
          expectSame(await fixture.ledger.balance(wallet, { sequence }), foldEntries(entries.slice(0, sequence)))
        }
      }
    })
    for (const wallet of wallets) {
      const last = new Map(seen.get(wallet.type)?.map(({ at, balance }) => [at, balance]))
      for (const [at, balance] of last)
        expectSame(await fixture.ledger.balance(wallet, { at }), balance, `balance at ${at}`)
      expectSame(await fixture.ledger.balance(wallet, { at: start - 1 }), foldEntries([]))
    }
  },
  'a statement only grows, is numbered from 1 without a gap, and can be read from any number on': async (fixture) => {
    let before: readonly unknown[] = []
    await runSteps(fixture, async () => {
      const entries = await fixture.statement()
      expectSame(entries.slice(0, before.length), before, 'entries written before')
      expectSame(
        entries.map(({ sequence }) => sequence),
        entries.map((_, i) => i + 1),
      )
      expectTrue(
        entries.every(({ amount }) => amount > 0n),
        'an entry has an amount that is not above zero',
      )
      expectSame(await fixture.statement(team, 3), entries.slice(3))
      before = entries
    })
  },
  'leaving a statement early does not disturb later reads': async (fixture) => {
    await fixture.grant(10n)
    await fixture.reserve('h', 1n)
    for await (const { sequence } of fixture.ledger.statement(team)) {
      expectSame(sequence, 1)
      break
    }
    expectSame((await fixture.statement()).length, 2)
  },
}
