import fc from 'fast-check'
import { lastInstant } from '../../../../model/value/instant.ts'
import type { SentWrite } from '../../../reference/ledger.ts'
import { expectLike, expectSame, expectTrue } from '../../assert.ts'
import type { ConformanceCase } from '../../case.ts'
import { day, hour, type MakeLedger, retention, start, team, user } from '../ledger-fixture.ts'
import {
  daily,
  followUpProgram,
  fullProgram,
  fullProgramHolds,
  fullProgramWallets,
  month,
  pass,
  write,
} from '../program/ledger-full-program.ts'
import { exportOf, LedgerPair, pairAfter } from '../program/ledger-pair.ts'
import {
  arbitraryProgramStep,
  type ProgramStep,
  programWallets,
  runStep,
  setUpProgram,
} from '../program/ledger-programs.ts'
import { damagedExports, recordChanges, resealed } from './ledger-transfer-damage.ts'

/** Retries every successful write on both ledgers. Returns the number of replays. */
async function replayAll(pair: LedgerPair, sent: readonly SentWrite[]): Promise<number> {
  let replays = 0
  for (const write of sent) {
    if (!write.result.ok) continue
    const result = (await pair.run(write)) as SentWrite['result']
    if (result.ok && result['replay'] === true) replays += 1
  }
  return replays
}

/** The conformance cases for export and import, by name. */
const namedCases: Readonly<Record<string, (make: MakeLedger) => Promise<void>>> = {
  'a copy returns the same result as the original for every read, retry and later write': async (make) => {
    const { pair, sent } = await pairAfter(make, fullProgram, retention)
    try {
      await pair.compare(fullProgramWallets, fullProgramHolds)
      const done = sent.filter(({ result }) => result.ok)
      expectSame(done.length, sent.length, 'successful writes')
      // Two retries are refused: the hold of one retry was released, and the hold of the other was settled as unknown.
      expectTrue((await replayAll(pair, sent)) >= sent.length - 2, 'too few retries are replays')
      for (const step of followUpProgram) await pair.run(step)
      await pair.compare(fullProgramWallets, fullProgramHolds)
    } finally {
      await pair.close()
    }
  },
  'a hold that would lapse after the last instant is exported and imported': async (make) => {
    const setting = { at: lastInstant - hour, idRetention: retention }
    const pair = new LedgerPair(await make(setting), await make(setting))
    try {
      const { ledger } = pair.original
      await ledger.grant({ key: 'g', wallet: team, amount: 50n })
      const daily = { every: 'day', timeZone: 'UTC' } as const
      await ledger.putAllowance({ key: 'x', wallet: team, allowance: 'x', amount: 9n, period: daily })
      for (const hold of ['h', 'i', 'j']) await ledger.reserve({ hold, wallet: team, amount: 5n, ttl: day })
      await ledger.extend({ key: 'e', hold: 'i', ttl: day })
      await ledger.settle({ hold: 'j', amount: 1n })
      const texts = await exportOf(ledger)
      expectSame(await pair.copy.ledger.import(texts), { ok: true, records: texts.length })
      await pair.compare([team], ['h', 'i', 'j'])
      await pair.run({ write: 'extend', request: { key: 'e', hold: 'i', ttl: day } })
      await pair.run({ write: 'reserve', request: { hold: 'h', wallet: team, amount: 5n, ttl: day } })
      await pair.run({ write: 'settle', request: { hold: 'h', amount: 1n } })
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
      await pair.compare(fullProgramWallets, fullProgramHolds)
      expectSame(await pair.copy.ledger.hold('a'), undefined, 'forgotten hold')
      for (const step of followUpProgram) await pair.run(step)
      await pair.compare(fullProgramWallets, fullProgramHolds)
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

/**
 * Returns the conformance cases for export and import. `runs` is the number of random programs whose ledgers are
 * copied.
 */
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
