import fc from 'fast-check'
import type { WalletLevel } from '../../../../model/noun/wallet.ts'
import type { CreditLedger } from '../../../../port/credit-ledger.ts'
import { expectSame, expectTrue } from '../../assert.ts'
import type { ConformanceCase } from '../../case.ts'
import {
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
} from '../ledger-fixture.ts'
import { entriesOf, exportOf } from './ledger-pair.ts'
import { arbitraryProgramStep, type ProgramStep, programWallets, runStep, setUpProgram } from './ledger-programs.ts'

/** A wallet without a parent in common with the other wallets, so that their paths share no wallet. */
const apart: WalletLevel = { type: 'virtualAccount', id: 'apart', incarnation: 1 }

const daily = (timeZone: string) => ({ every: 'day', timeZone }) as const

/**
 * Returns the results of every read of these wallets and holds. Excludes `sweep`, whose result depends on earlier
 * reads.
 */
export async function readsOf(
  ledger: CreditLedger,
  wallets: readonly WalletLevel[],
  holds: readonly string[],
): Promise<object> {
  const results: unknown[] = []
  for (const wallet of wallets) {
    results.push(await entriesOf(ledger, wallet), await ledger.balance(wallet), await ledger.wallet(wallet))
    results.push(await ledger.balance(wallet, { at: start + 5 * hour }))
  }
  for (const hold of holds) results.push((await ledger.hold(hold)) ?? 'unknown')
  return { results, export: await exportOf(ledger), violations: await ledger.verify() }
}

/** Closes a ledger and reopens it. Checks that every read returns the same result before and after. */
async function reopen(
  fixture: LedgerFixture,
  wallets: readonly WalletLevel[],
  holds: readonly string[],
): Promise<void> {
  const before = await readsOf(fixture.ledger, wallets, holds)
  await fixture.ledger.close()
  expectTrue(fixture.test.crash !== undefined, '`isDurable` is claimed, but the factory returns no `crash`')
  fixture.ledger = await fixture.test.crash()
  expectSame(await readsOf(fixture.ledger, wallets, holds), before, 'reads of the reopened ledger')
}

type Call = (ledger: CreditLedger, round: number) => unknown

/** Calls that write nothing themselves but book due items: reads, refused writes and replayed writes. */
const readers: Readonly<Record<string, Call>> = {
  'a balance': (ledger) => ledger.balance(team),
  'a past balance': (ledger) => ledger.balance(team, { at: start }),
  'a read of a wallet': (ledger) => ledger.wallet(team),
  'a read of a hold': (ledger, round) => ledger.hold(`due ${round}`),
  'a statement': (ledger) => entriesOf(ledger, team),
  'a sweep': (ledger) => ledger.sweep(1_000),
  'a sweep of one': (ledger) => ledger.sweep(1),
  'a verify': (ledger) => ledger.verify(),
  'a verify of one wallet': (ledger) => ledger.verify(organization),
  'an export': (ledger) => exportOf(ledger),
  'a refused import': (ledger) => ledger.import(['']),
  'a refused reserve': (ledger) => ledger.reserve({ hold: 'never', wallet: user, amount: 10n ** 9n, ttl: hour }),
  'a refused extend': (ledger, round) => ledger.extend({ key: `never ${round}`, hold: `due ${round}`, ttl: hour }),
  'a refused settle': (ledger, round) => ledger.settle({ hold: `due ${round}`, amount: 1n, late: 'reject' }),
  'a refused grant': (ledger) => ledger.grant({ key: 'never', wallet: team, amount: 2n ** 63n - 1n }),
  'a refused revoke': (ledger) => ledger.revoke({ key: 'never', wallet: team, grant: 'never' }),
  'a refused refund': (ledger) => ledger.refund({ key: 'never', hold: 'never', amount: 1n }),
  'a replayed grant': (ledger) => ledger.grant({ key: 'first', wallet: apart, amount: 1_000n }),
  'a replayed charge': (ledger) => ledger.charge({ hold: 'paid', wallet: apart, amount: 500n }),
}

/** One write of every kind, to the wallet `apart` or one of its holds. */
const writers: readonly Call[] = [
  (ledger, round) => ledger.grant({ key: `g ${round}`, wallet: apart, amount: 5n }),
  (ledger, round) => ledger.putWallet({ key: `w ${round}`, wallet: apart, funding: 'own', overdraftLimit: 9n }),
  (ledger, round) => ledger.revoke({ key: `v ${round}`, wallet: apart, grant: 'spare' }),
  (ledger, round) =>
    ledger.putAllowance({ key: `a ${round}`, wallet: apart, allowance: 'y', amount: 3n, period: daily('UTC') }),
  (ledger, round) => ledger.reserve({ hold: `r ${round}`, wallet: apart, amount: 2n, ttl: hour }),
  (ledger, round) => ledger.extend({ key: `e ${round}`, hold: `open ${round}`, ttl: 24 * hour, increase: 1n }),
  (ledger, round) => ledger.settle({ hold: `open ${round}`, amount: 3n }),
  (ledger, round) => ledger.settle({ hold: `open ${round}`, amount: 1n, part: `p ${round}` }),
  (ledger, round) => ledger.release({ hold: `open ${round}` }),
  (ledger, round) => ledger.release({ hold: `tombstone ${round}` }),
  (ledger, round) => ledger.charge({ hold: `c ${round}`, wallet: apart, amount: 1n }),
  (ledger, round) => ledger.refund({ key: `f ${round}`, hold: 'paid', amount: 1n }),
]

async function setUp(fixture: LedgerFixture): Promise<void> {
  const cap = { amount: 10_000n, period: daily('UTC'), softLimits: [5n] }
  await fixture.put(organization, { funding: 'postpaid', cap })
  await fixture.put(team, { parent: organization, overdraftLimit: 5n, cap })
  await fixture.put(user, { funding: 'parent', parent: team, cap: { amount: 50n, period: daily('America/New_York') } })
  await fixture.put(other, { parent: organization })
  await fixture.grant(1_000n, { key: 'first', wallet: apart })
  await fixture.grant(3n, { key: 'spare', wallet: apart })
  await fixture.ledger.charge({ hold: 'paid', wallet: apart, amount: 500n })
  for (const wallet of [team, other]) {
    for (const timeZone of ['UTC', 'Asia/Tokyo', 'America/New_York']) {
      const terms = { allowance: timeZone, amount: 20n, period: daily(timeZone), rollover: 4n }
      await fixture.ledger.putAllowance({ key: fixture.key(), wallet, ...terms })
    }
  }
}

/**
 * Creates items of every kind that become due before the next round. Some are at a wallet that several paths share,
 * others are not.
 */
async function makeDue({ ledger, now }: LedgerFixture, round: number): Promise<void> {
  for (const wallet of [team, other]) {
    const key = `${wallet.type} ${round}`
    await ledger.grant({ key: `brief ${key}`, wallet, amount: 9n, expiresAt: now + 3 * hour, priority: 1 })
    await ledger.grant({
      key: `late ${key}`,
      wallet,
      amount: 9n,
      effectiveAt: now + 4 * hour,
      expiresAt: now + 9 * hour,
    })
  }
  await ledger.reserve({ hold: `due ${round}`, wallet: user, amount: 12n, ttl: 5 * hour })
  await ledger.reserve({ hold: `shared ${round}`, wallet: other, amount: 3n, ttl: 2 * hour })
  await ledger.charge({ hold: `cost ${round}`, wallet: user, amount: 4n })
  await ledger.reserve({ hold: `open ${round}`, wallet: apart, amount: 4n, ttl: 24 * hour })
}

const wallets = [organization, team, user, other, apart]
const holdsOf = (round: number) => ['due', 'shared', 'cost', 'open', 'r', 'c'].map((name) => `${name} ${round}`)

/**
 * Returns one case per reader, by name. Each case runs its reader before every n-th writer. Different readers select
 * different writers.
 */
const pairs = (n: number) =>
  Object.fromEntries(
    Object.entries(readers).map(([name, read], reader) => [
      `due items booked by ${name}, before a write to another wallet, are in the reopened ledger`,
      async (fixture: LedgerFixture) => {
        await setUp(fixture)
        for (const [round, write] of writers.entries()) {
          if ((round + reader) % n > 0) continue
          await makeDue(fixture, round)
          await fixture.pass(20 * hour)
          await read(fixture.ledger, round)
          await write(fixture.ledger, round)
          await reopen(fixture, wallets, holdsOf(round))
        }
      },
    ]),
  )

/** One read step of a generated test program. */
interface ProgramRead {
  readonly read: 'balance' | 'wallet' | 'statement' | 'verify' | 'sweep' | 'export' | 'hold'
  readonly wallet: WalletLevel
  readonly hold: string
}

const arbitraryRead: fc.Arbitrary<ProgramRead> = fc.record({
  read: fc.constantFrom('balance', 'wallet', 'statement', 'verify', 'sweep', 'export', 'hold'),
  wallet: fc.constantFrom(...programWallets),
  hold: fc.integer({ min: 0, max: 9 }).map((i) => `h${i}`),
})

async function runRead(ledger: CreditLedger, { read, wallet, hold }: ProgramRead): Promise<unknown> {
  if (read === 'statement') return await entriesOf(ledger, wallet)
  if (read === 'export') return await exportOf(ledger)
  if (read === 'sweep') return await ledger.sweep(1)
  if (read === 'hold') return await ledger.hold(hold)
  return await ledger[read](wallet)
}

type ReopenStep = ProgramStep | ProgramRead

/** Generates programs that repeatedly advance the clock, read and write. */
export const arbitraryReopenProgram: fc.Arbitrary<readonly ReopenStep[]> = fc
  .array(
    fc.tuple(
      fc.constantFrom(1, hour, 7 * hour, 24 * hour).map((milliseconds): ReopenStep => {
        return { write: 'pass', request: { milliseconds } }
      }),
      arbitraryRead,
      fc.oneof(arbitraryProgramStep, arbitraryRead),
      arbitraryProgramStep,
    ),
    { minLength: 1, maxLength: 10, size: 'max' },
  )
  .map((rounds) => rounds.flat())

/** Sets up the wallets of a program, each with a grant and a daily allowance. */
async function setUpAllowances(ledger: CreditLedger): Promise<void> {
  await setUpProgram(ledger)
  for (const [i, wallet] of programWallets.entries()) {
    await ledger.grant({ key: `brief ${i}`, wallet, amount: 5n, expiresAt: start + 3 * hour })
    const period = daily(['UTC', 'Asia/Tokyo', 'America/New_York', 'Europe/Berlin'][i % 4] ?? 'UTC')
    await ledger.putAllowance({ key: `allowance ${i}`, wallet, allowance: 'x', amount: 6n, period, rollover: 2n })
  }
}

const programHolds = Array.from({ length: 10 }, (_, i) => `h${i}`)

/** Runs a program on a ledger that is closed and reopened after every step. */
export async function runReopening(make: MakeLedger, steps: readonly ReopenStep[]): Promise<void> {
  const test = await make({ at: start, idRetention: retention })
  try {
    const fixture = new LedgerFixture(test)
    await setUpAllowances(fixture.ledger)
    for (const step of steps) {
      if ('read' in step) await runRead(fixture.ledger, step)
      else await runStep(test, fixture.ledger, step)
      await reopen(fixture, programWallets, programHolds)
    }
  } finally {
    await test.close()
  }
}

/** The minimum `runs` at which every reader runs before every writer. */
const manyRuns = 40

/** Returns the cases that compare reads before a ledger is closed with the same reads after it is reopened. */
export function reopenCases(make: MakeLedger, runs: number): readonly ConformanceCase[] {
  const run = async () =>
    await fc.assert(
      fc.asyncProperty(arbitraryReopenProgram, (steps) => runReopening(make, steps)),
      { numRuns: Math.ceil(runs / 8), seed: 20_260_804 },
    )
  return [
    ...casesOf(make, 'reopen', pairs(runs < manyRuns ? 4 : 1)),
    { name: 'reopen: a ledger reopened after every step of a program returns the same reads as before', run },
  ]
}
