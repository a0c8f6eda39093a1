import fc from 'fast-check'
import type { WalletLevel } from '../../../../model/noun/wallet.ts'
import type { CreditLedger } from '../../../../port/credit-ledger.ts'
import { auditLedger, recordWrites, type SentWrite } from '../../../reference/ledger.ts'
import { expectSame } from '../../assert.ts'
import {
  credential,
  day,
  hour,
  type LedgerUnderTest,
  type MakeLedger,
  member,
  organization,
  otherMember,
  retention,
  start,
  team,
  user,
} from '../ledger-fixture.ts'

/** One step of a program: a write, or `pass`, which advances the clock. */
export interface ProgramStep {
  readonly write: string
  readonly request: { readonly [field: string]: unknown }
}

/** The wallets of a program that can be the only wallet of a call. */
const aloneWallets: readonly WalletLevel[] = [organization, team, user, { ...user, incarnation: 4 }]
export const programWallets: readonly WalletLevel[] = [...aloneWallets, credential, member]

const hold = fc.integer({ min: 0, max: 9 }).map((i) => `h${i}`)
const key = fc.integer({ min: 0, max: 60 }).map((i) => `k${i}`)
const wallet = fc.oneof({ weight: 3, arbitrary: fc.constant(user) }, fc.constantFrom(...aloneWallets))
/** Generates the paths of calls. Some levels never have a wallet, and some get one in the middle of a program. */
const paths = fc.constantFrom<readonly WalletLevel[]>(
  [credential, member, team, organization],
  [credential, member, team, organization],
  [credential, team],
  [member, team],
  [otherMember, team, organization],
  [{ ...credential, id: 'none' }, user, organization],
  [credential, user, team],
  [credential],
  [member, organization],
  [otherMember],
)
/** Generates the wallets and labels of a call: a `wallet` or a `path`. */
const calls = fc
  .tuple(
    fc.oneof(
      wallet.map((one) => ({ wallet: one })),
      paths.map((path) => ({ path })),
    ),
    fc.constantFrom({}, {}, { note: 'n' }),
  )
  .map(([wallets, labels]) => ({ ...wallets, ...labels }))
/** Generates the wallet of a grant. Usually the team, because most calls use credits of the team. */
const owner = fc.oneof(
  { weight: 4, arbitrary: fc.constant(team) },
  { weight: 1, arbitrary: fc.constantFrom(...programWallets) },
)
const amount = (max: number) => fc.integer({ min: 1, max }).map(BigInt)
const tags = fc.subarray(['a', 'b', 'c'], { minLength: 1 })
const instant = fc.integer({ min: 0, max: 20 }).map((i) => start + i * hour)

type Fields = Readonly<Record<string, fc.Arbitrary<unknown>>>

/** Generates requests with all required fields. Every other field is present with a probability of one in two. */
function someOf(fields: Fields, required: readonly string[]): fc.Arbitrary<ProgramStep['request']> {
  const maybe = Object.entries(fields).map(([name, field]): [string, fc.Arbitrary<unknown>] => [
    name,
    required.includes(name) ? field : fc.oneof(fc.constant(undefined), field),
  ])
  return fc
    .record(Object.fromEntries(maybe))
    .map((all) => Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)))
}

const period = fc.constantFrom(
  { every: 'day', timeZone: 'UTC' },
  { every: 'day', timeZone: 'America/New_York' },
  { every: 'week', timeZone: 'Asia/Tokyo', startsOn: 5 },
  { every: 'month', timeZone: 'Europe/Berlin', startsOn: 2 },
  { every: 'month', timeZone: 'UTC', startsOn: 3 },
)
const cap = someOf(
  { amount: fc.constantFrom(5n, 20n, 40n, 100n), period, softLimits: fc.constantFrom([10n], [15n, 30n]) },
  ['amount'],
)
const status = fc.constantFrom('open', 'open', 'open', 'open', 'open', 'open', 'frozen', 'closed')
const overdraftLimit = fc.constantFrom(0n, 5n, 25n)
/**
 * Generates the wallet, funding and parent of a `putWallet`. No wallet changes its parent. Only the user changes its
 * funding, and the credential, which a grant may create.
 */
const places = fc.constantFrom(
  { wallet: organization, funding: 'postpaid' },
  { wallet: team, funding: 'own', parent: organization },
  { wallet: user, funding: 'parent', parent: team },
  { wallet: user, funding: 'parent', parent: team },
  { wallet: user, funding: 'own', parent: team },
  { wallet: { ...user, incarnation: 4 }, funding: 'own' },
  { wallet: credential, funding: 'parent' },
  { wallet: member, funding: 'own' },
)
const lowBalances = fc.constantFrom([5n], [3n, 20n, 50n])
const terms = someOf({ key, cap, status, overdraftLimit, lowBalances }, ['key'])

const step = (write: string, fields: Fields, required: readonly string[]) =>
  someOf(fields, required).map((request): ProgramStep => ({ write, request }))

/** Adds the wallets and labels of a call to the request of a step. */
function ofCall(steps: fc.Arbitrary<ProgramStep>): fc.Arbitrary<ProgramStep> {
  return fc.tuple(steps, calls).map(([{ write, request }, call]) => ({ write, request: { ...request, ...call } }))
}

/** Generates a time to pass: usually up to a day, seldom weeks or years, in which allowances stay unused. */
const sleep = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom(0, 1, hour, 3 * hour, day) },
  { weight: 1, arbitrary: fc.constantFrom(3 * day, 45 * day, 900 * day) },
)

/** Generates any program step. Uses few holds and keys, so that steps often affect the same hold or key. */
export const arbitraryProgramStep: fc.Arbitrary<ProgramStep> = fc.oneof(
  {
    weight: 3,
    arbitrary: step('pass', { milliseconds: sleep }, ['milliseconds']),
  },
  {
    weight: 6,
    arbitrary: step(
      'grant',
      {
        key,
        wallet: owner,
        amount: amount(60),
        priority: fc.constantFrom(1, 100, 100),
        effectiveAt: instant,
        expiresAt: instant.map((at) => at + 30 * hour),
        only: tags,
      },
      ['key', 'wallet', 'amount'],
    ),
  },
  {
    weight: 8,
    arbitrary: ofCall(
      step(
        'reserve',
        { hold, amount: amount(20), minAmount: fc.constant(1n), ttl: fc.constantFrom(1, hour, day), tags },
        ['hold', 'amount', 'ttl'],
      ),
    ),
  },
  {
    weight: 6,
    arbitrary: step(
      'settle',
      {
        hold,
        amount: fc.oneof(fc.bigInt({ min: 0n, max: 12n }), fc.bigInt({ min: 0n, max: 30n })),
        part: key,
        overrun: fc.constantFrom('charge', 'cap', 'reject'),
      },
      ['hold', 'amount'],
    ),
  },
  { weight: 2, arbitrary: step('release', { hold }, ['hold']) },
  {
    weight: 2,
    arbitrary: step(
      'extend',
      { key, hold, ttl: fc.constantFrom(1, day), increase: amount(9), minIncrease: fc.constant(1n) },
      ['key', 'hold', 'ttl', 'increase'],
    ),
  },
  { weight: 3, arbitrary: ofCall(step('charge', { hold, amount: amount(20), tags }, ['hold', 'amount'])) },
  {
    weight: 3,
    arbitrary: step('refund', { key, hold, amount: amount(9), expiresAt: instant }, ['key', 'hold', 'amount']),
  },
  {
    weight: 2,
    arbitrary: step(
      'refund',
      {
        key,
        entry: fc.record({ wallet, sequence: fc.integer({ min: 0, max: 40 }) }),
        amount: amount(9),
        expiresAt: instant.map((at) => at + 40 * hour),
      },
      ['key', 'entry', 'amount'],
    ),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(places, terms)
      .map(([place, more]): ProgramStep => ({ write: 'putWallet', request: { ...place, ...more } })),
  },
  {
    weight: 1,
    arbitrary: step('revoke', { key, wallet: owner, grant: key, amount: amount(20) }, ['key', 'wallet', 'grant']),
  },
  {
    weight: 2,
    arbitrary: step(
      'putAllowance',
      {
        key,
        wallet: owner,
        allowance: fc.constantFrom('x', 'y'),
        amount: fc.bigInt({ min: 0n, max: 20n }),
        period,
        priority: fc.constantFrom(1, 100),
        only: tags,
        rollover: amount(5),
      },
      ['key', 'wallet', 'allowance', 'amount', 'period'],
    ),
  },
)

/** Puts a user below a team below an organization. */
export async function setUpProgram(ledger: CreditLedger): Promise<void> {
  await ledger.putWallet({ key: 'w1', wallet: organization, funding: 'postpaid', cap: { amount: 200n } })
  await ledger.putWallet({ key: 'w2', wallet: team, funding: 'own', parent: organization, overdraftLimit: 25n })
  const weekly = { every: 'week', timeZone: 'Asia/Tokyo', startsOn: 5 } as const
  await ledger.putWallet({
    key: 'w3',
    wallet: user,
    funding: 'parent',
    parent: team,
    cap: { amount: 30n, period: weekly },
  })
}

/** Runs one step and returns the ledger's result. */
export async function runStep(
  test: LedgerUnderTest,
  ledger: CreditLedger,
  { write, request }: ProgramStep,
): Promise<unknown> {
  if (write === 'pass') return await test.pass(request['milliseconds'] as number)
  return await (Reflect.get(ledger, write) as (request: unknown) => Promise<unknown>).call(ledger, request)
}

/** Runs a program on a fresh ledger, then audits the ledger. `atOnce` is the number of steps that run concurrently. */
async function runProgram(make: MakeLedger, steps: readonly ProgramStep[], atOnce: number): Promise<void> {
  const test = await make({ at: start, idRetention: 1_000 * retention })
  try {
    const sent: SentWrite[] = []
    const ledger = recordWrites(test.ledger, sent)
    await setUpProgram(ledger)
    for (let i = 0; i < steps.length; i += atOnce) {
      await Promise.all(steps.slice(i, i + atOnce).map((one) => runStep(test, ledger, one)))
    }
    for (const { wallet, balance } of (await test.ledger.listWallets()).wallets)
      expectSame(balance, await test.ledger.balance(wallet), 'balance in the list of wallets')
    expectSame(await auditLedger(test.ledger, programWallets, sent), [], 'violations')
    expectSame(await test.ledger.verify(), [], 'violations that `verify` reports')
  } finally {
    await test.close()
  }
}

/**
 * Returns the cases that run random programs. `auditLedger` audits the ledger after each program. A failure prints the
 * seed and a shrunk program.
 */
export function programCases(make: MakeLedger, runs: number) {
  const program = (atOnce: number) => async () => {
    const steps = fc.array(arbitraryProgramStep, { maxLength: 60, size: 'max' })
    await fc.assert(
      fc.asyncProperty(steps, (all) => runProgram(make, all, atOnce)),
      { numRuns: runs, seed: 20_260_801 },
    )
  }
  return [
    { name: 'programs: after any program, every invariant holds', run: program(1) },
    { name: 'programs: after any program of concurrent steps, every invariant holds', run: program(8) },
  ]
}
