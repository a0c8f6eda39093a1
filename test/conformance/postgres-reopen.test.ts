import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createMemoryCreditLedger } from '../../src/adapter/memory/index.ts'
import { createPostgresCreditLedger, fromPglite, migrate } from '../../src/adapter/postgres/index.ts'
import type { CreditLedger } from '../../src/port/credit-ledger.ts'
import { type MakeLedger, retention, start } from '../../src/testing/conformance/ledger/ledger-fixture.ts'
import {
  arbitraryReopenProgram,
  readsOf,
  runReopening,
} from '../../src/testing/conformance/ledger/program/ledger-reopen.ts'
import { Random } from '../bench/random.ts'
import { openPglite } from './pglite.ts'
import { TwinProgram, twinWallets } from './twin-program.ts'

let folder = ''
let folders = 0
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-reopen-'))
})
afterAll(() => rm(folder, { recursive: true }))

/**
 * The timeout of the tests in milliseconds. Opening a PGlite database takes a second, and much longer on a busy
 * machine.
 */
const patience = 240_000

/**
 * Makes ledgers, each in its own PGlite database. When the test reopens a ledger, the database is closed and opened
 * again.
 */
const inFolder: MakeLedger = async ({ at, idRetention }) => {
  folders += 1
  const place = join(folder, String(folders))
  let now = at
  let database = await openPglite(place)
  await migrate(fromPglite(database))
  const open = () =>
    createPostgresCreditLedger({ client: fromPglite(database), clock: { now: () => now }, idRetention })
  let ledger = open()
  return {
    ledger,
    pass: (milliseconds) => {
      now += milliseconds
    },
    crash: async () => {
      await ledger.close()
      await database.close()
      database = await openPglite(place)
      ledger = open()
      return ledger
    },
    close: async () => {
      await ledger.close()
      await database.close()
    },
  }
}

test(
  'a PGlite in a folder that is opened again after every write and reading gives the answers of before',
  async () => {
    for (const steps of fc.sample(arbitraryReopenProgram, { numRuns: 1, seed: 20_260_805 }))
      await runReopening(inFolder, steps.slice(0, 8))
  },
  patience,
)

test('a ledger in PGlite shows no past that an answer has left behind, when the clock is set back', async () => {
  const database = await openPglite()
  const client = fromPglite(database)
  await migrate(client)
  let now = start
  const open = () => createPostgresCreditLedger({ client, clock: { now: () => now } })
  const wallet = { type: 'team', id: 'a', incarnation: 1 } as const
  await open().grant({ key: 'g', wallet, amount: 50n })
  const questions: readonly ((ledger: CreditLedger) => Promise<unknown>)[] = [
    (ledger) => ledger.hold('h0'),
    (ledger) => ledger.balance(wallet),
    (ledger) => ledger.settle({ hold: 'h2', amount: 1n, late: 'reject' }),
  ]
  for (const [i, question] of questions.entries()) {
    await open().reserve({ hold: `h${i}`, wallet, amount: 7n, ttl: 1_000 })
    now += 2_000
    const answer = await question(open())
    now -= 1_999
    expect(await question(open())).toEqual(answer)
    expect(await open().hold(`h${i}`)).toMatchObject({ state: 'lapsed' })
    now += 2_000
  }
  await database.close()
}, 240_000)

test(
  'a PGlite in a folder answers what a ledger in memory does that was never closed and never asked',
  async () => {
    let now = start
    const twin = createMemoryCreditLedger({ clock: { now: () => now }, idRetention: retention })
    const made = await inFolder({ at: start, idRetention: retention })
    let ledger = made.ledger
    const program = new TwinProgram(7, 1n)
    const random = new Random(7)
    const pass = async (milliseconds: number) => {
      now += milliseconds
      await made.pass(milliseconds)
    }
    for (const { write, request } of [...program.creation(), ...Array.from({ length: 40 }, () => program.step(now))]) {
      if (random.chance(0.3)) await pass(random.pick([1, 3_600_000, 20 * 3_600_000]))
      if (random.chance(0.5)) await ledger.wallet(random.pick(twinWallets))
      if (random.chance(0.5)) for await (const _ of ledger.statement(random.pick(twinWallets))) break
      const answers = [ledger, twin].map((one) => Reflect.get(one, write).call(one, request))
      expect(await answers[0]).toEqual(await answers[1])
      if (random.chance(0.06)) ledger = (await made.crash?.()) ?? ledger
    }
    expect(await readsOf(ledger, twinWallets, [])).toEqual(await readsOf(twin, twinWallets, []))
    await made.close()
  },
  patience,
)
