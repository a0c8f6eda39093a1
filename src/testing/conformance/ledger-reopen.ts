import fc from 'fast-check'
import type { LedgerWallet } from '../../model/noun/wallet.ts'
import type { CreditLedger } from '../../port/credit-ledger.ts'
import type { Entry } from '../../port/ledger-result.ts'
import { expectSame, expectTrue } from './assert.ts'
import {
  type ConformanceCase,
  casesOf,
  hour,
  LedgerFixture,
  type MakeLedger,
  organization,
  other,
  retention,
  start,
  team,
  user,
} from './ledger-fixture.ts'
import { exportOf } from './ledger-pair.ts'
import { arbitraryProgramStep, type ProgramStep, programWallets, runStep, setUpProgram } from './ledger-programs.ts'

/** A wallet that shares no level with the others. */
const apart: LedgerWallet = { type: 'virtualAccount', id: 'apart', incarnation: 1 }

const daily = (timeZone: string) => ({ every: 'day', timeZone }) as const

/** Every answer of a ledger about some wallets and holds. The count of a sweep is not among them: it depends on who asked. */
export async function answersOf(
  ledger: CreditLedger,
  wallets: readonly LedgerWallet[],
  holds: readonly string[],
): Promise<object> {
  const answers: unknown[] = []
  for (const wallet of wallets) {
    answers.push(await entriesOf(ledger, wallet), await ledger.balance(wallet), await ledger.wallet(wallet))
    answers.push(await ledger.balance(wallet, { at: start + 5 * hour }))
  }
  for (const hold of holds) answers.push((await ledger.hold(hold)) ?? 'unknown')
  return { answers, export: await exportOf(ledger), violations: await ledger.verify() }
}

async function entriesOf(ledger: CreditLedger, wallet: LedgerWallet): Promise<readonly Entry[]> {
  const entries: Entry[] = []
  for await (const entry of ledger.statement(wallet)) entries.push(entry)
  return entries
}

/** Closes a ledger, opens it again and compares every answer of before. */
async function reopen(scene: LedgerFixture, wallets: readonly LedgerWallet[], holds: readonly string[]): Promise<void> {
  const before = await answersOf(scene.ledger, wallets, holds)
  await scene.ledger.close()
  expectTrue(scene.test.crash !== undefined, 'durability is claimed, so the factory can open the ledger again')
  scene.ledger = await scene.test.crash()
  expectSame(await answersOf(scene.ledger, wallets, holds), before, 'answers of the ledger that was opened again')
}

type Act = (ledger: CreditLedger, turn: number) => unknown

/** Every call that books what is due and is not a write that is done. */
const readers: Readonly<Record<string, Act>> = {
  'a balance': (ledger) => ledger.balance(team),
  'a balance of the past': (ledger) => ledger.balance(team, { at: start }),
  'the state of a wallet': (ledger) => ledger.wallet(team),
  'the state of a hold': (ledger, turn) => ledger.hold(`due ${turn}`),
  'a statement': (ledger) => entriesOf(ledger, team),
  'a sweep': (ledger) => ledger.sweep(1_000),
  'a sweep of one': (ledger) => ledger.sweep(1),
  'a verification': (ledger) => ledger.verify(),
  'a verification of one wallet': (ledger) => ledger.verify(organization),
  'an export': (ledger) => exportOf(ledger),
  'a refused import': (ledger) => ledger.import(['']),
  'a refused reserve': (ledger) => ledger.reserve({ hold: 'never', wallet: user, amount: 10n ** 9n, ttl: hour }),
  'a refused extend': (ledger, turn) => ledger.extend({ key: `never ${turn}`, hold: `due ${turn}`, ttl: hour }),
  'a refused settle': (ledger, turn) => ledger.settle({ hold: `due ${turn}`, amount: 1n, late: 'reject' }),
  'a refused grant': (ledger) => ledger.grant({ key: 'never', wallet: team, amount: 2n ** 63n - 1n }),
  'a refused revoke': (ledger) => ledger.revoke({ key: 'never', wallet: team, grant: 'never' }),
  'a refused refund': (ledger) => ledger.refund({ key: 'never', hold: 'never', amount: 1n }),
  'a repeated grant': (ledger) => ledger.grant({ key: 'first', wallet: apart, amount: 1_000n }),
  'a repeated charge': (ledger) => ledger.charge({ hold: 'paid', wallet: apart, amount: 500n }),
}

/** Every kind of write, to the wallet that stands apart. */
const writers: readonly Act[] = [
  (ledger, turn) => ledger.grant({ key: `g ${turn}`, wallet: apart, amount: 5n }),
  (ledger, turn) => ledger.putWallet({ key: `w ${turn}`, wallet: apart, funding: 'own', overdraftLimit: 9n }),
  (ledger, turn) => ledger.revoke({ key: `v ${turn}`, wallet: apart, grant: 'spare' }),
  (ledger, turn) =>
    ledger.putAllowance({ key: `a ${turn}`, wallet: apart, allowance: 'y', amount: 3n, period: daily('UTC') }),
  (ledger, turn) => ledger.reserve({ hold: `r ${turn}`, wallet: apart, amount: 2n, ttl: hour }),
  (ledger, turn) => ledger.extend({ key: `e ${turn}`, hold: `open ${turn}`, ttl: 24 * hour, increase: 1n }),
  (ledger, turn) => ledger.settle({ hold: `open ${turn}`, amount: 3n }),
  (ledger, turn) => ledger.settle({ hold: `open ${turn}`, amount: 1n, part: `p ${turn}` }),
  (ledger, turn) => ledger.release({ hold: `open ${turn}` }),
  (ledger, turn) => ledger.release({ hold: `tombstone ${turn}` }),
  (ledger, turn) => ledger.charge({ hold: `c ${turn}`, wallet: apart, amount: 1n }),
  (ledger, turn) => ledger.refund({ key: `f ${turn}`, hold: 'paid', amount: 1n }),
]

async function found(scene: LedgerFixture): Promise<void> {
  const cap = { amount: 10_000n, period: daily('UTC'), softLimits: [5n] }
  await scene.put(organization, { funding: 'postpaid', cap })
  await scene.put(team, { parent: organization, overdraftLimit: 5n, cap })
  await scene.put(user, { funding: 'parent', parent: team, cap: { amount: 50n, period: daily('America/New_York') } })
  await scene.put(other, { parent: organization })
  await scene.grant(1_000n, { key: 'first', wallet: apart })
  await scene.grant(3n, { key: 'spare', wallet: apart })
  await scene.ledger.charge({ hold: 'paid', wallet: apart, amount: 500n })
  for (const wallet of [team, other]) {
    for (const timeZone of ['UTC', 'Asia/Tokyo', 'America/New_York']) {
      const terms = { allowance: timeZone, amount: 20n, period: daily(timeZone), rollover: 4n }
      await scene.ledger.putAllowance({ key: scene.key(), wallet, ...terms })
    }
  }
}

/** Something of every kind that comes due before the next turn, at levels that are shared and at others. */
async function makeDue({ ledger, now }: LedgerFixture, turn: number): Promise<void> {
  for (const wallet of [team, other]) {
    const key = `${wallet.type} ${turn}`
    await ledger.grant({ key: `brief ${key}`, wallet, amount: 9n, expiresAt: now + 3 * hour, priority: 1 })
    await ledger.grant({
      key: `late ${key}`,
      wallet,
      amount: 9n,
      effectiveAt: now + 4 * hour,
      expiresAt: now + 9 * hour,
    })
  }
  await ledger.reserve({ hold: `due ${turn}`, wallet: user, amount: 12n, ttl: 5 * hour })
  await ledger.reserve({ hold: `shared ${turn}`, wallet: other, amount: 3n, ttl: 2 * hour })
  await ledger.charge({ hold: `cost ${turn}`, wallet: user, amount: 4n })
  await ledger.reserve({ hold: `open ${turn}`, wallet: apart, amount: 4n, ttl: 24 * hour })
}

const wallets = [organization, team, user, other, apart]
const holdsOf = (turn: number) => ['due', 'shared', 'cost', 'open', 'r', 'c'].map((name) => `${name} ${turn}`)

/** Each reader before every n-th writer. Which ones is different for each reader. */
const pairs = (n: number) =>
  Object.fromEntries(
    Object.entries(readers).map(([name, read], reader) => [
      `what ${name} books before a write to another wallet is there when the ledger is opened again`,
      async (scene: LedgerFixture) => {
        await found(scene)
        for (const [turn, write] of writers.entries()) {
          if ((turn + reader) % n > 0) continue
          await makeDue(scene, turn)
          await scene.pass(20 * hour)
          await read(scene.ledger, turn)
          await write(scene.ledger, turn)
          await reopen(scene, wallets, holdsOf(turn))
        }
      },
    ]),
  )

/** A question that a program asks. */
interface Reading {
  readonly read: 'balance' | 'wallet' | 'statement' | 'verify' | 'sweep' | 'export' | 'hold'
  readonly wallet: LedgerWallet
  readonly hold: string
}

const arbitraryReading: fc.Arbitrary<Reading> = fc.record({
  read: fc.constantFrom('balance', 'wallet', 'statement', 'verify', 'sweep', 'export', 'hold'),
  wallet: fc.constantFrom(...programWallets),
  hold: fc.integer({ min: 0, max: 9 }).map((i) => `h${i}`),
})

async function takeReading(ledger: CreditLedger, { read, wallet, hold }: Reading): Promise<unknown> {
  if (read === 'statement') return await entriesOf(ledger, wallet)
  if (read === 'export') return await exportOf(ledger)
  if (read === 'sweep') return await ledger.sweep(1)
  if (read === 'hold') return await ledger.hold(hold)
  return await ledger[read](wallet)
}

type Step = ProgramStep | Reading

/** Time passes, something is read and something is written, over and over. */
export const arbitraryReadingProgram: fc.Arbitrary<readonly Step[]> = fc
  .array(
    fc.tuple(
      fc.constantFrom(1, hour, 7 * hour, 24 * hour).map((milliseconds): Step => {
        return { write: 'pass', request: { milliseconds } }
      }),
      arbitraryReading,
      fc.oneof(arbitraryProgramStep, arbitraryReading),
      arbitraryProgramStep,
    ),
    { minLength: 1, maxLength: 10, size: 'max' },
  )
  .map((turns) => turns.flat())

/** The wallets of a program, each of which gets something every day. */
async function foundAllowances(ledger: CreditLedger): Promise<void> {
  await setUpProgram(ledger)
  for (const [i, wallet] of programWallets.entries()) {
    await ledger.grant({ key: `brief ${i}`, wallet, amount: 5n, expiresAt: start + 3 * hour })
    const period = daily(['UTC', 'Asia/Tokyo', 'America/New_York', 'Europe/Berlin'][i % 4] ?? 'UTC')
    await ledger.putAllowance({ key: `allowance ${i}`, wallet, allowance: 'x', amount: 6n, period, rollover: 2n })
  }
}

const programHolds = Array.from({ length: 10 }, (_, i) => `h${i}`)

/** Runs a program on a ledger that is closed and opened again after every step. */
export async function runReopening(make: MakeLedger, steps: readonly Step[]): Promise<void> {
  const test = await make({ at: start, idRetention: retention })
  try {
    const scene = new LedgerFixture(test)
    await foundAllowances(scene.ledger)
    for (const step of steps) {
      if ('read' in step) await takeReading(scene.ledger, step)
      else await runStep(test, scene.ledger, step)
      await reopen(scene, programWallets, programHolds)
    }
  } finally {
    await test.close()
  }
}

/** From how many runs on every reader meets every writer. */
const manyRuns = 40

/** Chapter F: a ledger that is closed and opened again gives every answer that it gave before. */
export function reopenCases(make: MakeLedger, runs: number): readonly ConformanceCase[] {
  const run = async () =>
    await fc.assert(
      fc.asyncProperty(arbitraryReadingProgram, (steps) => runReopening(make, steps)),
      { numRuns: Math.ceil(runs / 8), seed: 20_260_804 },
    )
  return [
    ...casesOf(make, 'F', pairs(runs < manyRuns ? 4 : 1)),
    { name: 'F: a ledger that is opened again after every write and reading gives the answers of before', run },
  ]
}
