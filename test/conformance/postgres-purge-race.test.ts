import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createMemoryClock, createMemoryCreditLedger } from '../../src/adapter/memory/index.ts'
import { createPostgresCreditLedger, type SqlClient } from '../../src/adapter/postgres/index.ts'
import type { WalletLevel } from '../../src/model/noun/wallet.ts'
import type { CreditLedger } from '../../src/port/credit-ledger.ts'
import { hour, organization, other, start, team, user } from '../../src/testing/conformance/ledger/ledger-fixture.ts'
import {
  arbitraryProgramStep,
  type ProgramStep,
  setUpProgram,
} from '../../src/testing/conformance/ledger/program/ledger-programs.ts'
import {
  createFixture,
  idRetention,
  inBoth,
  pausing,
  purgedAfter,
  reserve,
  setUpWallets,
  sweepAll,
  unknown,
} from './purge-fixture.ts'

function testEach(client: () => SqlClient): void {
  test.each(['a hold that was settled', 'a hold that was released before it was made', 'a key'])(
    'two processes reuse the id of %s, past its retention, for different wallets: one of them gets it',
    async (what) => {
      const fixture = await createFixture(client())
      const ledger = fixture.open()
      await setUpWallets(ledger)
      await ledger.grant({ key: 'u', wallet: other, amount: 100n })
      if (what === 'a hold that was settled') await ledger.charge({ hold: 'h', wallet: user, amount: 1n })
      else await ledger.release({ hold: 'h' })
      const put = (wallet: WalletLevel) => ({ key: 'w3', wallet, funding: 'own' }) as const
      const take = (which: CreditLedger, wallet: WalletLevel) =>
        what === 'a key' ? which.putWallet(put(wallet)) : which.reserve({ ...reserve('h'), wallet })
      let [commits, first]: [number, unknown] = [0, undefined]
      const slow = pausing(client(), async () => {
        commits += 1
        // The first try assumes that the id is new. The second try finds the old row, whose retention is over.
        if (commits === 1) slow.arm()
        else first = await take(ledger, other)
      })
      const late = fixture.open(idRetention, slow)
      await late.balance(team)
      fixture.now += idRetention
      slow.arm()
      expect(await take(late, organization)).toEqual({ ok: false, reason: 'key_reused' })
      expect(first).toMatchObject({ ok: true, replay: false })
      expect(commits).toBe(2)
      expect(await ledger.verify()).toEqual([])
    },
  )

  const underWay: readonly (readonly [string, (ledger: CreditLedger) => Promise<unknown>, number, unknown, bigint])[] =
    [
      ['a late settle', (ledger) => ledger.settle({ hold: 'lapsed', amount: 2n }), idRetention - 1, unknown, 5n],
      [
        'a refund',
        (ledger) => ledger.refund({ key: 'r', hold: 'settled', amount: 2n }),
        idRetention - hour - 1,
        unknown,
        5n,
      ],
      [
        'a reservation that reuses the id',
        (ledger) => ledger.reserve(reserve('settled')),
        idRetention,
        { ok: true, replay: false },
        5n,
      ],
      [
        'a write that reuses a key',
        (ledger) => ledger.putWallet({ key: 'w1', wallet: organization, funding: 'postpaid' }),
        idRetention,
        { ok: true, replay: false },
        5n,
      ],
    ]
  test.each(underWay)(
    '%s takes effect at most once when the rows that it relies on are deleted before it commits',
    async (_, ask, after, answer, spent) => {
      const fixture = await createFixture(client())
      const ledger = fixture.open()
      await setUpWallets(ledger)
      await ledger.reserve(reserve('lapsed'))
      await ledger.reserve(reserve('settled'))
      await ledger.settle({ hold: 'settled', amount: 5n })
      fixture.now += hour
      await ledger.sweep(100)
      let removed = 0
      const slow = pausing(client(), async () => {
        const before = (await fixture.count('hold')) + (await fixture.count('key'))
        fixture.now += purgedAfter
        await sweepAll(ledger, 100)
        removed = before - (await fixture.count('hold')) - (await fixture.count('key'))
      })
      const other = fixture.open(idRetention, slow)
      await other.balance(team)
      fixture.now += after
      slow.arm()
      expect(await ask(other)).toMatchObject(answer as object)
      expect(removed).toBeGreaterThanOrEqual(5)
      expect((await ledger.balance(team)).spent).toBe(spent)
      expect(await ledger.verify()).toEqual([])
    },
  )

  test('two sweepers and sixteen callers that reuse ids during the sweep neither lose nor repeat a write', async () => {
    const fixture = await createFixture(client())
    const ledger = fixture.open()
    await setUpWallets(ledger)
    const ids = Array.from({ length: 240 }, (_, i) => `h${i}`)
    await Promise.all(ids.map((hold) => ledger.charge({ hold, wallet: user, amount: 1n })))
    fixture.now += purgedAfter
    const sweepers = [fixture.open(), fixture.open()]
    const processes = [fixture.open(), fixture.open()]
    let reused = 0
    const call = async (caller: number) => {
      const own = processes[caller % 2] as CreditLedger
      for (let i = caller; i < ids.length; i += 16) {
        const hold = ids[i] as string
        expect(await own.settle({ hold, amount: 9n })).toEqual(unknown)
        if (i % 3 === 0) continue
        expect(await own.reserve(reserve(hold, 2n))).toMatchObject({ ok: true, replay: false })
        reused += 1
        if (i % 3 === 1) expect(await own.settle({ hold, amount: 2n })).toMatchObject({ ok: true, isLate: false })
      }
    }
    const swept = sweepers.map((sweeper) => sweepAll(sweeper, 7))
    await Promise.all([...swept, ...Array.from({ length: 16 }, (_, caller) => call(caller))])
    await sweepAll(ledger, 100)
    expect(reused).toBe(160)
    expect(await fixture.count('hold')).toBe(160)
    expect(await ledger.balance(team)).toMatchObject({ spent: 240n + 160n, reserved: 160n })
    expect(await ledger.verify()).toEqual([])
    fixture.now += hour + purgedAfter
    await sweepAll(ledger, 50)
    expect([await fixture.count('hold'), await fixture.count('hold_ancestor'), await fixture.count('key')]).toEqual([
      0, 0, 1,
    ])
    expect(await ledger.verify()).toEqual([])
  })

  test('a process whose machine slept does not charge again for a hold deleted meanwhile', async () => {
    const fixture = await createFixture(client())
    let asleep = 0
    const later: SqlClient = {
      transaction: (run) => client().transaction(run),
      query: async (text, values) => {
        const { rows } = await client().query(text, values)
        return { rows: rows.map((row) => shiftRow(row, asleep)) }
      },
    }
    const open = () => createPostgresCreditLedger({ client: later, schema: fixture.schema, idRetention })
    const ledger = open()
    await setUpWallets(ledger)
    await ledger.reserve(reserve('h'))
    await ledger.settle({ hold: 'h', amount: 3n })
    const startedAt = Date.now() - 1_000
    asleep = 2 * purgedAfter
    await sweepAll(open(), 100)
    expect(await fixture.count('hold')).toBe(0)
    expect(await ledger.settle({ hold: 'h', amount: 3n, ifUnknown: { wallet: user, startedAt } })).toEqual(unknown)
  })

  test('random programs return the same results with and without sweeps, and in memory', async () => {
    const counts = { removed: 0, reused: 0 }
    const steps = fc.array(arbitraryStep, { minLength: 20, maxLength: 60, size: 'max' })
    await fc.assert(
      fc.asyncProperty(steps, (all) => compare(client(), all, counts)),
      { numRuns: 20, seed: 20_261_122 },
    )
    expect(counts.removed).toBeGreaterThan(50)
    expect(counts.reused).toBeGreaterThan(10)
  })
}

/** Generates a step of a random program: a step of the conformance suite, a sweep, or a settle of an unknown hold. */
const arbitraryStep: fc.Arbitrary<ProgramStep> = fc.oneof(
  { weight: 6, arbitrary: arbitraryProgramStep },
  { weight: 1, arbitrary: fc.constant({ write: 'pass', request: { milliseconds: 3 * hour - 1 } }) },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 9 }).map((limit) => ({ write: 'sweep', request: { limit } })) },
  {
    weight: 1,
    arbitrary: fc
      .record({ hold: fc.integer({ min: 0, max: 9 }).map((i) => `h${i}`), ago: fc.constantFrom(0, hour, 3 * hour) })
      .map(({ hold, ago }) => ({ write: 'settle', request: { hold, amount: 2n, ago } })),
  },
)

/** Runs a program on three ledgers: with sweeps, without sweeps, and in memory. Asserts that all results are equal. */
async function compare(
  client: SqlClient,
  steps: readonly ProgramStep[],
  counts: { removed: number; reused: number },
): Promise<void> {
  const short = 2 * hour
  const [swept, never] = [await createFixture(client), await createFixture(client)]
  const clock = createMemoryClock(start)
  const ledgers = [swept.open(short), never.open(short), createMemoryCreditLedger({ clock, idRetention: short })]
  for (const ledger of ledgers) await setUpProgram(ledger)
  const rows = async () => (await swept.count('hold')) + (await swept.count('key'))
  for (const { write, request } of steps) {
    if (write === 'pass') {
      const milliseconds = Number(request['milliseconds'])
      swept.now += milliseconds
      never.now += milliseconds
      clock.advance(milliseconds)
    } else if (write === 'sweep') {
      const before = await rows()
      await swept.open(short).sweep(Number(request['limit']))
      counts.removed += before - (await rows())
    } else {
      const { ago, ...rest } = request
      const asked =
        ago === undefined ? rest : { ...rest, ifUnknown: { wallet: user, startedAt: swept.now - Number(ago) } }
      const id = String(request['hold'])
      const wasStored = (await never.count('hold', `id = '${id}'`)) > 0
      const wasKnown = (await ledgers[1]?.hold(id)) !== undefined
      const answers: unknown[] = []
      for (const ledger of ledgers) {
        const call = Reflect.get(ledger, write) as (request: unknown) => Promise<unknown>
        answers.push(await call.call(ledger, asked), await ledger.hold(id))
      }
      expect(answers.slice(2, 4)).toEqual(answers.slice(0, 2))
      expect(answers.slice(4)).toEqual(answers.slice(0, 2))
      if (wasStored && !wasKnown && answers[1] !== undefined) counts.reused += 1
    }
  }
  for (const wallet of [organization, team, user]) {
    const states: unknown[] = []
    for (const ledger of ledgers) states.push(await ledger.wallet(wallet))
    expect(states[1]).toEqual(states[0])
    expect(states[2]).toEqual(states[0])
  }
  for (const ledger of ledgers) expect(await ledger.verify()).toEqual([])
  swept.now += 3 * 24 * hour
  await sweepAll(ledgers[0] as CreditLedger, 10)
  expect(await swept.count('hold')).toBe(0)
  expect(await swept.count('key', `type <> 'grant'`)).toBe(0)
  expect(await ledgers[0]?.verify()).toEqual([])
}

/** Returns a row as a database would return it if the database's clock were ahead by `by` milliseconds. */
function shiftRow(row: Readonly<Record<string, unknown>>, by: number): Record<string, unknown> {
  const shifted: Record<string, unknown> = { ...row }
  if (typeof row['now'] === 'string') shifted['now'] = String(Number(row['now']) + by)
  if (typeof row['result'] === 'string') {
    shifted['result'] = row['result'].replace(/"now" : (\d+)/, (_, now: string) => `"now" : ${Number(now) + by}`)
  }
  return shifted
}

inBoth(testEach)
