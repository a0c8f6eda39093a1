import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createMemoryCreditLedger, openMemoryCreditLedger } from '../../src/adapter/memory/index.ts'
import type { CreditLedger } from '../../src/ledger/index.ts'
import { day, hour, start } from '../../src/testing/conformance/ledger-fixture.ts'
import { readsOf } from '../../src/testing/conformance/ledger-reopen.ts'
import { Random } from '../bench/random.ts'
import { runs } from '../law/runs.ts'
import { emptyJournal, journalWithCheckpoints } from './journal-array.ts'
import { TwinProgram, type TwinStep, twinWallets } from './twin-program.ts'

const heldIds = Array.from({ length: 200 }, (_, i) => `h${i}'"\\,{}`)

const write = (ledger: CreditLedger, { write, request }: TwinStep): Promise<unknown> =>
  Reflect.get(ledger, write).call(ledger, request)

async function pagesOf(ledger: CreditLedger): Promise<unknown> {
  const first = await ledger.listWallets({ limit: 5 })
  return [first, await ledger.listWallets({ limit: 50 }), await ledger.sweep(0)]
}

describe('a ledger with checkpoints', () => {
  test('answers every call as one that has none, wherever it was checkpointed and opened again', async () => {
    let checkpoints = 0
    let archived = 0
    await fc.assert(
      fc.asyncProperty(fc.nat(), async (seed) => {
        const stored = emptyJournal()
        const program = new TwinProgram(seed, 1n)
        const random = new Random(seed)
        let now = start
        const clock = { now: () => now }
        const options = { clock, idRetention: 2 * day }
        const twin = createMemoryCreditLedger(options)
        const reopened = () =>
          openMemoryCreditLedger({ ...options, journal: journalWithCheckpoints(stored), checkpointSize: 1_000 })
        let ledger = await reopened()
        const steps: TwinStep[] = program.creation()
        for (let step = 0; step < 800; step += 1) {
          const again = random.chance(0.1) ? steps[random.below(steps.length)] : undefined
          const next = steps[step] ?? again ?? program.step(now)
          if (step >= steps.length) steps.push(next)
          expect(await write(ledger, next)).toEqual(await write(twin, next))
          if (random.chance(0.2)) now += random.pick([1, 1_000, hour, 5 * hour, day])
          if (random.chance(0.05)) {
            await ledger.close()
            ledger = await reopened()
          }
          if (random.chance(0.05)) expect(await pagesOf(ledger)).toEqual(await pagesOf(twin))
          if (random.chance(0.01)) {
            expect(await readsOf(ledger, twinWallets, heldIds)).toEqual(await readsOf(twin, twinWallets, heldIds))
          }
        }
        for (let open = 0; open < 2; open += 1) {
          expect(await readsOf(ledger, twinWallets, heldIds)).toEqual(await readsOf(twin, twinWallets, heldIds))
          await ledger.close()
          ledger = await reopened()
        }
        await ledger.close()
        checkpoints += stored.checkpoints
        archived += stored.blocks.length
      }),
      runs(6),
    )
    expect(checkpoints).toBeGreaterThan(12)
    expect(archived).toBeGreaterThan(12)
  }, 60_000)
})
