import fc from 'fast-check'
import type { LedgerWallet } from '../../model/noun/wallet.ts'
import type { CreditLedger } from '../../port/credit-ledger.ts'
import type { Entry } from '../../port/ledger-result.ts'
import { noteWrites, type SentWrite } from '../reference/ledger.ts'
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
import { arbitraryProgramStep, foundProgram, type ProgramStep, programWallets, takeStep } from './ledger-programs.ts'
import { damages, damageTo, resealed } from './ledger-transfer-damage.ts'

/** Every text of an export. */
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

/** Everything that can be in a ledger: holds in every state and of every origin, grants and keys of every kind. */
export const wholeLife: readonly ProgramStep[] = [
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

/** What may happen to a ledger afterwards. */
const afterLife: readonly ProgramStep[] = [
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

const lifeHolds = ['a', 'b', 'c', 'd', 'f', 'g', 'i', 'j', 'k', 'l', 'p', 'gone', 'late', 'tombstone', 'nobody']

/** A ledger and a copy of it, on clocks that go alike. */
class Twins {
  readonly original: LedgerUnderTest
  readonly copy: LedgerUnderTest

  constructor(original: LedgerUnderTest, copy: LedgerUnderTest) {
    this.original = original
    this.copy = copy
  }

  /** Does the same to both, and the answers must be the same. */
  async take(step: ProgramStep): Promise<unknown> {
    const [one, other] = [this.original, this.copy]
    const answer = await takeStep(one, one.ledger, step)
    expectSame(await takeStep(other, other.ledger, step), answer, `${step.write} of the copy`)
    return answer
  }

  /** Asks both everything, and the answers must be the same. */
  async compare(wallets: readonly LedgerWallet[], holds: readonly string[]): Promise<void> {
    const [one, other] = [this.original.ledger, this.copy.ledger]
    for (const wallet of wallets) {
      expectSame(await other.wallet(wallet), await one.wallet(wallet), `wallet ${wallet.id} of the copy`)
      expectSame(await other.balance(wallet), await one.balance(wallet), `balance of ${wallet.id} in the copy`)
      const entries = await entriesOf(one, wallet)
      expectSame(await entriesOf(other, wallet), entries, `statement of ${wallet.id} in the copy`)
      const instants = entries.flatMap(({ at }) => [{ at: at - 1 }, { at }])
      const numbers = entries.map(({ sequence }) => ({ sequence }))
      // Where there are many entries, some tell as much as all.
      const every = Math.ceil((instants.length + numbers.length) / 24)
      for (const when of [...instants, ...numbers].filter((_, i) => i % every === 0)) {
        expectSame(await other.balance(wallet, when), await one.balance(wallet, when), 'balance of then')
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

/** Lives a life, and makes a copy of what has come of it. Hands over what was written. */
async function twinsAfter(
  make: MakeLedger,
  steps: readonly ProgramStep[],
  idRetention: number,
  found?: (ledger: CreditLedger) => Promise<void>,
): Promise<{ twins: Twins; notes: readonly SentWrite[] }> {
  const original = await make({ at: start, idRetention })
  const notes: SentWrite[] = []
  const ledger = noteWrites(original.ledger, notes)
  await found?.(ledger)
  let now = start
  for (const step of steps) {
    await takeStep(original, ledger, step)
    if (step.write === 'pass') now += step.request['milliseconds'] as number
  }
  const copy = await make({ at: now, idRetention })
  const texts = await exportOf(original.ledger)
  expectSame(await copy.ledger.import(texts), { ok: true, records: texts.length })
  return { twins: new Twins(original, copy), notes }
}

/** Sends every write again that was done, to both. Says how many are known to have been done. */
async function replayAll(twins: Twins, notes: readonly SentWrite[]): Promise<number> {
  let replays = 0
  for (const note of notes) {
    if (!note.answer.ok) continue
    const answer = (await twins.take(note)) as SentWrite['answer']
    if (answer.ok && answer['replay'] === true) replays += 1
  }
  return replays
}

/** Chapter H: a ledger is carried to another. */
const plays: Readonly<Record<string, (make: MakeLedger) => Promise<void>>> = {
  'a copy answers every question, every repeat and every write to come as the original does': async (make) => {
    const { twins, notes } = await twinsAfter(make, wholeLife, retention)
    try {
      await twins.compare([user, team, organization], lifeHolds)
      const done = notes.filter(({ answer }) => answer.ok)
      expectSame(done.length, notes.length, 'writes that were done')
      // Two reservations were released, or settled as unknown, and say so.
      expectTrue((await replayAll(twins, notes)) >= notes.length - 2, 'what was done is known to have been done')
      for (const step of afterLife) await twins.take(step)
      await twins.compare([user, team, organization], lifeHolds)
    } finally {
      await twins.close()
    }
  },
  'what is forgotten is not carried, and neither is it known any better by who keeps ids for longer': async (make) => {
    const { twins } = await twinsAfter(make, [...wholeLife, pass(2 * day)], day)
    const longer = await make({ at: start + 4 * day, idRetention: 9 * day })
    try {
      await twins.compare([user, team, organization], lifeHolds)
      expectSame(await twins.copy.ledger.hold('a'), undefined, 'hold of long ago')
      for (const step of afterLife) await twins.take(step)
      await twins.compare([user, team, organization], lifeHolds)
      const texts = await exportOf(twins.copy.ledger)
      expectLike(await longer.ledger.import(texts), { ok: true })
      const old = { hold: 'older', amount: 1n, ifUnknown: { wallet: user, startedAt: start + 3 * hour } }
      expectLike(await longer.ledger.settle(old), { ok: false, reason: 'hold_unknown' })
    } finally {
      await twins.close()
      await longer.close()
    }
  },
  'a damaged export is refused, and leaves nothing': async (make) => {
    const texts = await lifeOf(make)
    const test = await make({ at: start, idRetention: retention })
    try {
      const { ledger } = test
      let refused = 0
      for (const damaged of damages(texts)) {
        expectLike(await ledger.import(damaged), { ok: false, reason: 'export_invalid' }, 'import of what is damaged')
        refused += 1
      }
      expectTrue(refused > 5 * texts.length, 'every record was damaged in several ways')
      for (const [kind, change] of damageTo) {
        const damaged = resealed(texts, kind, change)
        expectTrue(damaged !== undefined, `there is a ${kind} to be damaged`)
        expectLike(await ledger.import(damaged), { ok: false, reason: 'export_invalid' }, `import of another ${kind}`)
      }
      expectSame(await ledger.balance(team), await ledger.balance({ ...team, id: 'nobody' }), 'balance of nothing')
      expectSame(await ledger.wallet(team), undefined)
      expectSame((await exportOf(ledger)).length, 2, 'records of nothing')
      expectLike(await ledger.import(texts), { ok: true })
      expectSame(await ledger.verify(), [])
    } finally {
      await test.close()
    }
  },
  'whatever is sent instead of an export is answered, and what its texts throw is thrown on': async (make) => {
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
      expectSame(await ledger.import(failing()).catch((error: unknown) => error === failure), true, 'what was thrown')
      expectSame(await ledger.import(await exportOf(ledger)), { ok: true, records: 2 }, 'import of nothing')
    } finally {
      await test.close()
    }
  },
  'an import listens from the call on, so that a stream which waits for nobody loses nothing': async (make) => {
    const test = await make({ at: start, idRetention: retention })
    try {
      let isHeard = false
      const nothing = await exportOf(test.ledger)
      async function* stream() {
        yield* nothing
      }
      const listen = () => {
        isHeard = true
        return stream()
      }
      const importing = test.ledger.import({ [Symbol.asyncIterator]: listen })
      const wasHeard = isHeard
      expectLike(await importing, { ok: true }, 'import of a stream')
      expectTrue(wasHeard, 'it is listened to before the call is given back')
    } finally {
      await test.close()
    }
  },
  'a ledger to which anything has happened imports nothing, not even itself': async (make) => {
    const texts = await lifeOf(make)
    const beginnings: readonly ProgramStep[] = [
      write('release', { hold: 'h' }),
      write('putWallet', { key: 'w', wallet: team, funding: 'own' }),
      write('grant', { key: 'g', wallet: team, amount: 1n }),
    ]
    for (const step of beginnings) {
      const test = await make({ at: start, idRetention: retention })
      try {
        await takeStep(test, test.ledger, step)
        const before = await exportOf(test.ledger)
        const refused = { ok: false, reason: 'ledger_not_empty' }
        expectSame(await test.ledger.import(texts), refused)
        expectSame(await test.ledger.import(before), refused)
        expectSame(await exportOf(test.ledger), before, 'what there was')
      } finally {
        await test.close()
      }
    }
  },
  'an export is of the moment that its first text is asked for, and may be left early': async (make) => {
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
      expectSame(texts, before, 'export that a write came into')
      for await (const _ of ledger.export()) break
      expectLike(await ledger.grant({ key: 'after', wallet: team, amount: 5n }), { ok: true })
      expectSame((await exportOf(ledger)).length, before.length + 6, 'records of two more grants')
    } finally {
      await test.close()
    }
  },
}

async function lifeOf(make: MakeLedger): Promise<readonly string[]> {
  const test = await make({ at: start, idRetention: retention })
  try {
    for (const step of wholeLife) await takeStep(test, test.ledger, step)
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
  const { twins, notes } = await twinsAfter(make, steps, idRetention, foundProgram)
  try {
    await twins.compare(programWallets, programHolds)
    await replayAll(twins, notes)
    for (const step of more) await twins.take(step)
    await twins.compare(programWallets, programHolds)
  } finally {
    await twins.close()
  }
}

/** The cases of carrying a ledger, of which each makes several. `runs` is how many random programs are carried. */
export function transferCases(make: MakeLedger, runs: number): readonly ConformanceCase[] {
  const program = fc.array(transferredStep, { maxLength: 50, size: 'max' })
  const retentions = fc.constantFrom(1_000 * retention, 4 * hour)
  return [
    ...Object.entries(plays).map(([name, play]) => ({ name: `H: ${name}`, run: () => play(make) })),
    {
      name: 'H: whatever happened to a ledger, a copy goes on as it does',
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
