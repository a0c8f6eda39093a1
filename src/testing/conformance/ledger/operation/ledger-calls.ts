import type { WalletLevel } from '../../../../model/noun/wallet.ts'
import { expectSame, expectTrue } from '../../assert.ts'
import {
  counted,
  credential,
  type LedgerCases,
  type LedgerFixture,
  member,
  otherPath,
  path,
  retention,
  start,
  team,
} from '../ledger-fixture.ts'

const callsOf = async ({ ledger }: LedgerFixture, wallet: WalletLevel) => {
  const calls = new Map<string, unknown>()
  for await (const { hold, call } of ledger.statement(wallet)) if (hold !== undefined) calls.set(hold, call)
  return Object.fromEntries(calls)
}

/** The conformance cases for the call that each entry shows. */
export const calls: LedgerCases = {
  'a statement of a team shows the member, credential, tags and note of each call, also after `idRetention`': async (
    fixture,
  ) => {
    await fixture.foundTeam()
    await fixture.put(member, counted)
    const first = { path, tags: ['gpt-4', 'batch "7"'], note: 'report {1,2}\\ é' }
    await fixture.reserve('h', 9n, first)
    await fixture.reserve('i', 5n, { path: otherPath })
    await fixture.reserve('j', 2n, { path, note: 'lapses', ttl: 1 })
    await fixture.ledger.charge({ hold: 'c', wallet: team, amount: 1n, tags: ['gpt-4'] })
    await fixture.settle('h', 10n)
    await fixture.settle('i', 5n)
    await fixture.pass(1)
    const late = { path: otherPath, tags: ['late'], note: 'late' }
    await fixture.settle('s', 1n, { ifUnknown: { ...late, startedAt: start } })
    await fixture.ledger.refund({ key: 'r', hold: 'h', amount: 3n })
    const expected = {
      h: first,
      i: { path: otherPath },
      j: { path, note: 'lapses' },
      c: { path: [team], tags: ['gpt-4'] },
      s: late,
    }
    expectSame(await callsOf(fixture, team), expected)
    expectSame(await callsOf(fixture, member), { h: first, j: expected.j })
    const [granted, reserved] = await fixture.statement()
    expectTrue(granted?.call === undefined && reserved?.call !== undefined, 'only the entries of a hold have a call')
    await fixture.put({ ...credential, id: 'k2' }, counted)
    await fixture.pass(2 * retention)
    await fixture.ledger.sweep(100)
    expectSame(await fixture.ledger.hold('h'), undefined)
    expectSame(await callsOf(fixture, team), expected, 'calls after the retention')
    await fixture.reserve('h', 1n, { path: otherPath })
    const entries = await fixture.statement()
    expectSame(
      entries.filter(({ hold }) => hold === 'h').map(({ call }) => call?.path[0]),
      [
        ...entries
          .filter(({ hold }) => hold === 'h')
          .slice(1)
          .map(() => credential),
        otherPath[0],
      ],
    )
    expectSame(await fixture.statement(team, 4), entries.slice(4))
  },
  'the entries of many concurrent calls show the call of each': async (fixture) => {
    await fixture.foundTeam(10_000n)
    const callOf = (i: number) => ({
      // The same users in two teams: only the team tells their memberships apart.
      path: [{ ...credential, id: `k${i % 3}` }, { ...member, team: `t${i % 2}`, user: `u${i % 3}` }, team],
      ...(i % 3 === 0 ? {} : { tags: [`m${i % 3}`] }),
      ...(i % 4 === 0 ? { note: `n${i}` } : {}),
    })
    await Promise.all(
      Array.from({ length: 120 }, async (_, i) => {
        await fixture.reserve(`h${i}`, 3n, callOf(i))
        if (i % 2 === 0) await fixture.ledger.settle({ hold: `h${i}`, amount: BigInt(i % 5) })
        else await fixture.ledger.release({ hold: `h${i}` })
      }),
    )
    for (const { hold, call } of await fixture.statement()) {
      if (hold !== undefined) expectSame(call, callOf(Number(hold.slice(1))), `call of hold ${hold}`)
    }
  },
}
