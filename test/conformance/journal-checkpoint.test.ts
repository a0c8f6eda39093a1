import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createMemoryCreditLedger, openMemoryCreditLedger } from '../../src/adapter/memory/index.ts'
import type { CreditLedger, JournalCheckpoints } from '../../src/ledger/index.ts'
import { day, hour, start } from '../../src/testing/conformance/ledger/ledger-fixture.ts'
import { readsOf } from '../../src/testing/conformance/ledger/program/ledger-reopen.ts'
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

  test('refunds an archived entry by its wallet and sequence, also when its hold is forgotten, and no more than its cost', async () => {
    const stored = emptyJournal()
    let now = start
    const options = { clock: { now: () => now }, idRetention: hour }
    const twin = createMemoryCreditLedger(options)
    const reopened = () =>
      openMemoryCreditLedger({ ...options, journal: journalWithCheckpoints(stored), checkpointSize: 1_000 })
    let ledger = await reopened()
    const wallet = { type: 'team', id: 'a', incarnation: 1 } as const
    const both = async (step: Omit<TwinStep, 'isAborted'>) => {
      const answer = await write(ledger, { ...step, isAborted: false })
      expect(answer).toEqual(await write(twin, { ...step, isAborted: false }))
      return answer
    }
    await both({ write: 'putWallet', request: { key: 'w', wallet, funding: 'own', overdraftLimit: 100n } })
    await both({ write: 'grant', request: { key: 'g', wallet, amount: 500n, expiresAt: start + 200 * hour } })
    for (let i = 0; i < 300; i += 1) {
      now += hour
      await both({ write: 'charge', request: { hold: `c${i}`, wallet, amount: 4n } })
    }
    expect(stored.blocks.length).toBeGreaterThan(3)
    for (let round = 0; round < 2; round += 1) {
      for (const sequence of [2, 3, 100, 127, 128, 129, 180, 250]) {
        const request = { key: `r${sequence}`, entry: { wallet, sequence }, amount: 3n }
        expect(await both({ write: 'refund', request })).toMatchObject({ ok: true, replay: round === 1 })
        const more = { key: `m${sequence}`, entry: { wallet, sequence }, amount: 2n }
        expect(await both({ write: 'refund', request: more })).toMatchObject({
          reason: 'spent_exceeded',
          refundable: 1n,
        })
      }
      await ledger.close()
      ledger = await reopened()
      expect(await readsOf(ledger, [wallet], [])).toEqual(await readsOf(twin, [wallet], []))
    }
    expect(
      await both({ write: 'refund', request: { key: 'x', entry: { wallet, sequence: 1 }, amount: 1n } }),
    ).toMatchObject({
      reason: 'entry_unknown',
    })
    await ledger.close()
  })

  test('reads no block of the archive to open, to call, and to answer balances', async () => {
    const stored = emptyJournal()
    const journal = journalWithCheckpoints(stored)
    const options = { clock: { now: () => start }, checkpointSize: 1_000 }
    const ledger = await openMemoryCreditLedger({ ...options, journal })
    const wallet = { type: 'team', id: 'a', incarnation: 1 } as const
    await ledger.grant({ key: 'g', wallet, amount: 10_000n })
    for (let i = 0; i < 300; i += 1) await ledger.charge({ hold: `c${i}`, wallet, amount: 4n })
    await ledger.close()
    let blocks = 0
    const counted = journalWithCheckpoints(stored)
    const readBlock = (block: number) => {
      blocks += 1
      return counted.checkpoints?.readBlock(block) ?? ''
    }
    const again = await openMemoryCreditLedger({
      ...options,
      journal: { ...counted, checkpoints: { ...journal.checkpoints, readBlock } as JournalCheckpoints },
    })
    expect(await again.balance(wallet)).toMatchObject({ spent: 1_200n })
    await again.reserve({ hold: 'h', wallet, amount: 9n, ttl: hour })
    await again.settle({ hold: 'h', amount: 7n })
    await again.grant({ key: 'g2', wallet, amount: 5n })
    await again.listWallets()
    await again.wallet(wallet)
    expect(blocks).toBe(0)
    for await (const _ of again.statement(wallet));
    expect(blocks).toBeGreaterThanOrEqual(stored.blocks.length)
    await again.close()
  })

  test('knows what a reserve asked for at least, after its call has ended and a checkpoint was read', async () => {
    const stored = emptyJournal()
    const options = { clock: { now: () => start }, checkpointSize: 1_000 }
    const open = () => openMemoryCreditLedger({ ...options, journal: journalWithCheckpoints(stored) })
    const ledger = await open()
    const wallet = { type: 'team', id: 'a', incarnation: 1 } as const
    await ledger.grant({ key: 'g', wallet, amount: 10_000n })
    const reserves = Array.from({ length: 50 }, (_, i) => {
      return { hold: `h${i}`, wallet, amount: 9n, ttl: hour, ...(i % 2 === 0 ? { minAmount: 5n } : {}) }
    })
    for (const reserve of reserves) {
      await ledger.reserve(reserve)
      await ledger.settle({ hold: reserve.hold, amount: 4n })
    }
    await ledger.close()
    const again = await open()
    for (const reserve of reserves) {
      expect(await again.reserve(reserve)).toMatchObject({ replay: true, amount: 9n })
      expect(await again.reserve({ ...reserve, minAmount: 3n })).toMatchObject({ reason: 'key_reused' })
    }
    await again.close()
  })

  test.each([999, 1_000.5, Number.NaN, '8000'])('refuses the size %s', async (checkpointSize) => {
    const journal = journalWithCheckpoints(emptyJournal())
    const opened = openMemoryCreditLedger({ journal, checkpointSize: checkpointSize as number })
    await expect(opened).rejects.toBeInstanceOf(RangeError)
  })
})
