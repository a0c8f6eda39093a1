import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createMemoryCreditLedger } from '../../src/adapter/memory/index.ts'
import { createPostgresCreditLedger, fromPglite, migrate } from '../../src/adapter/postgres/index.ts'
import type { CreditLedger } from '../../src/port/credit-ledger.ts'
import { day, hour, start, team, user } from '../../src/testing/conformance/ledger/ledger-fixture.ts'
import {
  arbitraryProgramStep,
  type ProgramStep,
  programWallets,
  runStep,
  setUpProgram,
} from '../../src/testing/conformance/ledger/program/ledger-programs.ts'
import { openPglite, type Pglite } from './pglite.ts'
import { newSchema } from './postgres-make.ts'

let database: Pglite
beforeAll(async () => {
  database = await openPglite()
})
afterAll(() => database.close())

/** Opens a ledger in memory and a ledger in PGlite that share one clock, and a function that moves the clock. */
async function openTwins(at: number) {
  let now = at
  const [client, schema] = [fromPglite(database), newSchema()]
  await migrate(client, { schema })
  const options = { clock: { now: () => now }, idRetention: day }
  const move = (milliseconds: number) => {
    now += milliseconds
  }
  const open = () => createPostgresCreditLedger({ ...options, client, schema })
  return { memory: createMemoryCreditLedger(options), pglite: open(), open, move }
}

async function statementOf(ledger: CreditLedger, wallet: (typeof programWallets)[number]) {
  const entries: unknown[] = []
  for await (const entry of ledger.statement(wallet)) entries.push(entry)
  return entries
}

const back = fc
  .constantFrom(-1, -hour, -3 * hour, -day)
  .map((milliseconds): ProgramStep => ({ write: 'pass', request: { milliseconds } }))
const read = fc
  .constantFrom(...programWallets)
  .map((wallet): ProgramStep => ({ write: 'balance', request: wallet as never }))
const look = fc.integer({ min: 0, max: 9 }).map((i): ProgramStep => ({ write: 'hold', request: `h${i}` as never }))
const steps = fc.array(
  fc.oneof(
    { weight: 12, arbitrary: arbitraryProgramStep },
    { weight: 8, arbitrary: back },
    { weight: 5, arbitrary: read },
    { weight: 3, arbitrary: look },
  ),
  { maxLength: 40, size: 'max' },
)

test('PGlite and memory return the same results under a clock that runs backwards', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (program) => {
      const { memory, pglite, move } = await openTwins(start)
      const pair = [memory, pglite].map((ledger) => ({ ledger, pass: () => undefined, close: async () => undefined }))
      for (const { ledger } of pair) await setUpProgram(ledger)
      for (const step of program) {
        if (step.write === 'pass') move(step.request['milliseconds'] as number)
        else {
          const [one, other] = pair.map((test) => runStep(test, test.ledger, step))
          expect(await other, step.write).toEqual(await one)
        }
      }
      for (const wallet of programWallets) {
        expect(await pglite.wallet(wallet)).toEqual(await memory.wallet(wallet))
        expect(await statementOf(pglite, wallet)).toEqual(await statementOf(memory, wallet))
      }
      expect(await pglite.verify()).toEqual([])
    }),
    { numRuns: 16, seed: 20_260_801 },
  )
})

test('the time of a call to one wallet counts for every other wallet', async () => {
  const { memory, pglite, move } = await openTwins(start)
  for (const ledger of [memory, pglite]) {
    await ledger.grant({ key: 'g', wallet: team, amount: 10n, expiresAt: start + hour })
    await ledger.grant({ key: 'u', wallet: user, amount: 10n })
  }
  move(hour)
  for (const ledger of [memory, pglite]) await ledger.balance(user)
  move(-hour)
  for (const ledger of [memory, pglite]) {
    expect(await ledger.balance(team)).toMatchObject({ available: 0n, expired: 10n })
    expect(await ledger.reserve({ hold: 'h', wallet: user, amount: 1n, ttl: 5 })).toMatchObject({
      expiresAt: start + hour + 5,
    })
  }
})

test('a ledger that is opened again does not go back before the latest write', async () => {
  const { pglite, open, move } = await openTwins(start)
  await pglite.grant({ key: 'g', wallet: team, amount: 10n, expiresAt: start + hour })
  move(hour)
  await pglite.grant({ key: 'u', wallet: user, amount: 10n })
  move(-hour)
  expect(await open().balance(team)).toMatchObject({ available: 0n, expired: 10n })
})
