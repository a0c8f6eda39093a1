import fc from 'fast-check'
import type { LedgerWallet } from '../../model/noun/wallet.ts'
import type { CreditLedger } from '../../port/credit-ledger.ts'
import type { Entry } from '../../port/ledger-result.ts'
import { recordWrites, type SentWrite } from '../reference/ledger.ts'
import { expectLike, expectSame, expectTrue } from './assert.ts'
import {
  type ConformanceCase,
  day,
  hour,
  type LedgerUnderTest,
  type MakeLedger,
  organization,
  retention,
  start,
  team,
  user,
} from './ledger-fixture.ts'
import { arbitraryProgramStep, type ProgramStep, programWallets, runStep, setUpProgram } from './ledger-programs.ts'
import { damagedExports, recordChanges, resealed } from './ledger-transfer-damage.ts'

/** Every record of an export, as JSON strings. */
export async function exportOf(ledger: CreditLedger): Promise<readonly string[]> {
  const texts: string[] = []
  for await (const text of ledger.export()) texts.push(text)
  return texts
}

const month = { every: 'month', timeZone: 'Europe/Berlin' } as const
const daily = { every: 'day', timeZone: 'Asia/Kolkata' } as const
const cap = { amount: 9_000n, period: month, softLimits: [10n, 40n, 60n] }
const write = (name: string, request: ProgramStep['request']): ProgramStep => ({ write: name, request })
const pass = (milliseconds: number) => write('pass', { milliseconds })

/** A program that leaves every kind of record in a ledger: holds in every state, grants and keys of every kind. */
export const fullProgram: readonly ProgramStep[] = [
  write('putWallet', { key: 'o', wallet: organization, funding: 'postpaid', cap }),
  write('putWallet', { key: 't', wallet: team, funding: 'own', parent: organization, overdraftLimit: 5n }),
  write('putWallet', { key: 'u', wallet: user, funding: 'parent', parent: team, cap: { amount: 500n, period: daily } }),
  write('grant', { key: 'brief', wallet: team, amount: 20n, expiresAt: start + 2 * hour }),
  write('grant', { key: 'soon', wallet: team, amount: 20n, effectiveAt: start + hour, kind: 'promotional' }),
  write('grant', { key: 'never', wallet: team, amount: 7n, effectiveAt: start + 9 * day }),
  write('grant', { key: 'later', wallet: team, amount: 8n, effectiveAt: start + 20 * day }),
  write('grant', { key: 'tagged', wallet: team, amount: 30n, only: ['a', 'b'], priority: 7 }),
  write('revoke', { key: 'v1', wallet: team, grant: 'never' }),
  write('putAllowance', { key: 'a', wallet: team, allowance: 'x', amount: 9n, period: daily, rollover: 4n }),
  write('putAllowance', { key: 'b', wallet: user, allowance: 'y', amount: 3n, period: month }),
  write('reserve', { hold: 'a', wallet: user, amount: 8n, ttl: hour }),
  write('reserve', { hold: 'b', wallet: user, amount: 8n, ttl: 10 }),
  write('settle', { hold: 'a', amount: 5n }),
  pass(3 * hour),
  write('charge', { hold: 'c', wallet: user, amount: 40n }),
  write('settle', { hold: 'b', amount: 2n, late: 'charge' }),
  write('refund', { key: 'r', hold: 'c', amount: 30n }),
  write('refund', { key: 'r2', hold: 'a', amount: 5n }),
  write('revoke', { key: 'v', wallet: team, grant: 'soon' }),
  write('release', { hold: 'tombstone' }),
  write('settle', { hold: 'late', amount: 3n, ifUnknown: { wallet: user, startedAt: start } }),
  write('settle', { hold: 'p', amount: 2n, part: 'p0', ifUnknown: { wallet: team, startedAt: start } }),
  write('putAllowance', { key: 'c', wallet: user, allowance: 'y', amount: 0n, period: month }),
  pass(day),
  write('grant', { key: 'paid', wallet: team, amount: 100n }),
  write('reserve', { hold: 'd', wallet: user, amount: 30n, minAmount: 5n, ttl: day, tags: ['a'] }),
  write('extend', { key: 'e', hold: 'd', ttl: day, increase: 12n, minIncrease: 1n }),
  write('settle', { hold: 'd', amount: 4n, part: 'p1' }),
  write('grant', { key: 'first', wallet: team, amount: 10n, priority: 1 }),
  write('extend', { key: 'e2', hold: 'd', ttl: day, increase: 3n }),
  write('refund', { key: 'r3', hold: 'd', amount: 1n }),
  write('reserve', { hold: 'f', wallet: user, amount: 6n, ttl: 5 * hour }),
  write('reserve', { hold: 'g', wallet: team, amount: 6n, ttl: 5 * hour }),
  write('reserve', { hold: 'i', wallet: team, amount: 6n, ttl: hour }),
  write('release', { hold: 'i' }),
  write('settle', { hold: 'g', amount: 8n, overrun: 'cap' }),
  write('reserve', { hold: 'gone', wallet: team, amount: 1n, ttl: 1 }),
]

/** Steps to run after `fullProgram`, on the original and on the copy. */
const followUpProgram: readonly ProgramStep[] = [
  write('settle', { hold: 'd', amount: 9n, part: 'p2' }),
  write('refund', { key: 'r4', hold: 'd', amount: 6n }),
  write('refund', { key: 'r5', hold: 'c', amount: 9n }),
  write('reserve', { hold: 'j', wallet: user, amount: 400n, ttl: hour }),
  write('reserve', { hold: 'k', wallet: user, amount: 20n, ttl: hour, tags: ['b'] }),
  write('settle', { hold: 'b', amount: 2n }),
  pass(5 * hour),
  write('settle', { hold: 'f', amount: 1n }),
  write('release', { hold: 'd' }),
  write('putWallet', { key: 'u2', wallet: user, funding: 'parent', parent: team, cap: { amount: 90n, period: month } }),
  write('putAllowance', { key: 'd', wallet: user, allowance: 'y', amount: 5n, period: month }),
  pass(3 * day),
  write('charge', { hold: 'l', wallet: user, amount: 60n, tags: ['a'] }),
  write('settle', { hold: 'a', amount: 1n, ifUnknown: { wallet: user, startedAt: start } }),
  pass(40 * day),
  write('reserve', { hold: 'a', wallet: user, amount: 1n, ttl: 1 }),
  write('grant', { key: 'paid', wallet: team, amount: 100n }),
]

const fullProgramHolds = ['a', 'b', 'c', 'd', 'f', 'g', 'i', 'j', 'k', 'l', 'p', 'gone', 'late', 'tombstone', 'unknown']

/** A ledger and a copy of it, whose clocks advance together. */
class LedgerPair {
  readonly original: LedgerUnderTest
  readonly copy: LedgerUnderTest

  constructor(original: LedgerUnderTest, copy: LedgerUnderTest) {
    this.original = original
    this.copy = copy
  }

  /** Runs a step on both, which must return the same result. */
  async run(step: ProgramStep): Promise<unknown> {
    const [one, other] = [this.original, this.copy]
    const answer = await runStep(one, one.ledger, step)
    expectSame(await runStep(other, other.ledger, step), answer, `${step.write} of the copy`)
    return answer
  }

  /** Compares every read of both. */
  async compare(wallets: readonly LedgerWallet[], holds: readonly string[]): Promise<void> {
    const [one, other] = [this.original.ledger, this.copy.ledger]
    for (const wallet of wallets) {
      expectSame(await other.wallet(wallet), await one.wallet(wallet), `wallet ${wallet.id} of the copy`)
      expectSame(await other.balance(wallet), await one.balance(wallet), `balance of ${wallet.id} in the copy`)
      const entries = await entriesOf(one, wallet)
      expectSame(await entriesOf(other, wallet), entries, `statement of ${wallet.id} in the copy`)
      const instants = entries.flatMap(({ at }) => [{ at: at - 1 }, { at }])
      const numbers = entries.map(({ sequence }) => ({ sequence }))
      // With many entries, a sample of 24 balances is enough.
      const every = Math.ceil((instants.length + numbers.length) / 24)
      for (const when of [...instants, ...numbers].filter((_, i) => i % every === 0)) {
        expectSame(await other.balance(wallet, when), await one.balance(wallet, when), 'balance in the past')
      }
    }
    for (const hold of holds) expectSame(await other.hold(hold), await one.hold(hold), `hold ${hold} of the copy`)
    expectSame(await exportOf(other), await exportOf(one), 'export of the copy')
    expectSame(await other.verify(), [], 'violations')
  }

  async close(): Promise<void> {
    await this.original.close()
    await this.copy.close()
  }
}

async function entriesOf(ledger: CreditLedger, wallet: LedgerWallet): Promise<readonly Entry[]> {
  const entries: Entry[] = []
  for await (const entry of ledger.statement(wallet)) entries.push(entry)
  return entries
}

/** Runs a program, then imports the ledger's export into a copy. Returns both and the writes that were sent. */
async function pairAfter(
  make: MakeLedger,
  steps: readonly ProgramStep[],
  idRetention: number,
  setUp?: (ledger: CreditLedger) => Promise<void>,
): Promise<{ pair: LedgerPair; sent: readonly SentWrite[] }> {
  const original = await make({ at: start, idRetention })
  const sent: SentWrite[] = []
  const ledger = recordWrites(original.ledger, sent)
  await setUp?.(ledger)
  let now = start
  for (const step of steps) {
    await runStep(original, ledger, step)
    if (step.write === 'pass') now += step.request['milliseconds'] as number
  }
  const copy = await make({ at: now, idRetention })
  const texts = await exportOf(original.ledger)
  expectSame(await copy.ledger.import(texts), { ok: true, records: texts.length })
  return { pair: new LedgerPair(original, copy), sent }
}

/** Retries every successful write on both ledgers. Returns how many were replays. */
async function replayAll(pair: LedgerPair, sent: readonly SentWrite[]): Promise<number> {
  let replays = 0
  for (const write of sent) {
    if (!write.answer.ok) continue
    const answer = (await pair.run(write)) as SentWrite['answer']
    if (answer.ok && answer['replay'] === true) replays += 1
  }
  return replays
}

/** Export and import. */
const namedCases: Readonly<Record<string, (make: MakeLedger) => Promise<void>>> = {
  'a copy returns the same result as the original for every read, retry and later write': async (make) => {
    const { pair, sent } = await pairAfter(make, fullProgram, retention)
    try {
      await pair.compare([user, team, organization], fullProgramHolds)
      const done = sent.filter(({ answer }) => answer.ok)
      expectSame(done.length, sent.length, 'successful writes')
      // Two of the retries are refused: the hold of one was released, and that of the other settled as unknown.
      expectTrue((await replayAll(pair, sent)) >= sent.length - 2, 'too few retries are replays')
      for (const step of followUpProgram) await pair.run(step)
      await pair.compare([user, team, organization], fullProgramHolds)
    } finally {
      await pair.close()
    }
  },
  'an export has no forgotten ids, and an import into a ledger with a longer `idRetention` does not know them': async (
    make,
  ) => {
    const { pair } = await pairAfter(make, [...fullProgram, pass(2 * day)], day)
    const longer = await make({ at: start + 4 * day, idRetention: 9 * day })
    try {
      await pair.compare([user, team, organization], fullProgramHolds)
      expectSame(await pair.copy.ledger.hold('a'), undefined, 'forgotten hold')
      for (const step of followUpProgram) await pair.run(step)
      await pair.compare([user, team, organization], fullProgramHolds)
      const texts = await exportOf(pair.copy.ledger)
      expectLike(await longer.ledger.import(texts), { ok: true })
      const old = { hold: 'older', amount: 1n, ifUnknown: { wallet: user, startedAt: start + 3 * hour } }
      expectLike(await longer.ledger.settle(old), { ok: false, reason: 'hold_unknown' })
    } finally {
      await pair.close()
      await longer.close()
    }
  },
  'an import of a damaged export is refused as `export_invalid` and writes nothing': async (make) => {
    const texts = await exportOfFullProgram(make)
    const test = await make({ at: start, idRetention: retention })
    try {
      const { ledger } = test
      let refused = 0
      for (const damaged of damagedExports(texts)) {
        expectLike(await ledger.import(damaged), { ok: false, reason: 'export_invalid' }, 'import of a damaged export')
        refused += 1
      }
      expectTrue(refused > 5 * texts.length, 'fewer than five damaged exports for each record')
      for (const [kind, change] of recordChanges) {
        const damaged = resealed(texts, kind, change)
        expectTrue(damaged !== undefined, `the export has no ${kind} record to damage`)
        expectLike(await ledger.import(damaged), { ok: false, reason: 'export_invalid' }, `import of a changed ${kind}`)
      }
      expectSame(
        await ledger.balance(team),
        await ledger.balance({ ...team, id: 'unknown' }),
        'balance after refused imports',
      )
      expectSame(await ledger.wallet(team), undefined)
      expectSame((await exportOf(ledger)).length, 2, 'records of an empty ledger')
      expectLike(await ledger.import(texts), { ok: true })
      expectSame(await ledger.verify(), [])
    } finally {
      await test.close()
    }
  },
  'an import of anything but an export returns `export_invalid`, and an error of its stream is rethrown': async (
    make,
  ) => {
    const test = await make({ at: start, idRetention: retention })
    try {
      const { ledger } = test
      const hostile = [
        undefined,
        null,
        5,
        {},
        '',
        'text',
        [],
        [5],
        [''],
        ['{}'],
        ['[]'],
        [null],
        [{}],
        new Map([[1, 2]]),
      ]
      for (const texts of hostile) {
        expectLike(await ledger.import(texts as never), { ok: false, reason: 'export_invalid' }, String(texts))
      }
      const failure = new Error('the disk is gone')
      const [header = ''] = await exportOf(ledger)
      const failing = async function* () {
        yield header
        throw failure
      }
      expectSame(
        await ledger.import(failing()).catch((error: unknown) => error === failure),
        true,
        'whether the error of the stream is rethrown',
      )
      expectSame(await ledger.import(await exportOf(ledger)), { ok: true, records: 2 }, 'import of an empty export')
    } finally {
      await test.close()
    }
  },
  'an import subscribes to its stream before the call returns, so a stream that does not wait loses nothing': async (
    make,
  ) => {
    const test = await make({ at: start, idRetention: retention })
    try {
      let isSubscribed = false
      const empty = await exportOf(test.ledger)
      async function* stream() {
        yield* empty
      }
      const subscribe = () => {
        isSubscribed = true
        return stream()
      }
      const importing = test.ledger.import({ [Symbol.asyncIterator]: subscribe })
      const wasSubscribed = isSubscribed
      expectLike(await importing, { ok: true }, 'import of a stream')
      expectTrue(wasSubscribed, 'the import subscribes only after the call returned')
    } finally {
      await test.close()
    }
  },
  'an import into a ledger with any record is refused as `ledger_not_empty`': async (make) => {
    const texts = await exportOfFullProgram(make)
    const firstSteps: readonly ProgramStep[] = [
      write('release', { hold: 'h' }),
      write('putWallet', { key: 'w', wallet: team, funding: 'own' }),
      write('grant', { key: 'g', wallet: team, amount: 1n }),
    ]
    for (const step of firstSteps) {
      const test = await make({ at: start, idRetention: retention })
      try {
        await runStep(test, test.ledger, step)
        const before = await exportOf(test.ledger)
        const refused = { ok: false, reason: 'ledger_not_empty' }
        expectSame(await test.ledger.import(texts), refused)
        expectSame(await test.ledger.import(before), refused)
        expectSame(await exportOf(test.ledger), before, 'export after refused imports')
      } finally {
        await test.close()
      }
    }
  },
  'an export is a snapshot at its first read, and can be left early': async (make) => {
    const test = await make({ at: start, idRetention: retention })
    try {
      const { ledger } = test
      for (let i = 0; i < 50; i += 1) await ledger.grant({ key: `g${i}`, wallet: team, amount: 5n })
      const before = await exportOf(ledger)
      const texts: string[] = []
      for await (const text of ledger.export()) {
        if (texts.length === 0) await ledger.grant({ key: 'meanwhile', wallet: team, amount: 5n })
        texts.push(text)
      }
      expectSame(texts, before, 'export with a write in between')
      for await (const _ of ledger.export()) break
      expectLike(await ledger.grant({ key: 'after', wallet: team, amount: 5n }), { ok: true })
      expectSame((await exportOf(ledger)).length, before.length + 6, 'records after two more grants')
    } finally {
      await test.close()
    }
  },
}

async function exportOfFullProgram(make: MakeLedger): Promise<readonly string[]> {
  const test = await make({ at: start, idRetention: retention })
  try {
    for (const step of fullProgram) await runStep(test, test.ledger, step)
    return await exportOf(test.ledger)
  } finally {
    await test.close()
  }
}

const capStep: fc.Arbitrary<ProgramStep> = fc
  .record({
    key: fc.integer({ min: 0, max: 60 }).map((i) => `k${i}`),
    wallet: fc.constantFrom(...programWallets),
    funding: fc.constant('own'),
    cap: fc.record({ amount: fc.constantFrom(20n, 100n), period: fc.constantFrom(daily, month) }),
  })
  .map((request) => write('putWallet', request))
const transferredStep = fc.oneof({ weight: 20, arbitrary: arbitraryProgramStep }, { weight: 1, arbitrary: capStep })
const programHolds = Array.from({ length: 10 }, (_, i) => `h${i}`)

async function transferProgram(
  make: MakeLedger,
  steps: readonly ProgramStep[],
  more: readonly ProgramStep[],
  idRetention: number,
): Promise<void> {
  const { pair, sent } = await pairAfter(make, steps, idRetention, setUpProgram)
  try {
    await pair.compare(programWallets, programHolds)
    await replayAll(pair, sent)
    for (const step of more) await pair.run(step)
    await pair.compare(programWallets, programHolds)
  } finally {
    await pair.close()
  }
}

/** The cases of export and import. `runs` is the number of random programs whose ledgers are copied. */
export function transferCases(make: MakeLedger, runs: number): readonly ConformanceCase[] {
  const program = fc.array(transferredStep, { maxLength: 50, size: 'max' })
  const retentions = fc.constantFrom(1_000 * retention, 4 * hour)
  return [
    ...Object.entries(namedCases).map(([name, run]) => ({ name: `transfer: ${name}`, run: () => run(make) })),
    {
      name: 'transfer: after any program, a copy behaves like the original',
      run: () =>
        fc.assert(
          fc.asyncProperty(program, program, retentions, (steps, more, idRetention) =>
            transferProgram(make, steps, more, idRetention),
          ),
          { numRuns: runs, seed: 20_260_802 },
        ),
    },
  ]
}
