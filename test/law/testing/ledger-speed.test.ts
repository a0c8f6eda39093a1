import { expect, test } from 'vitest'
import { createMemoryCreditLedger } from '../../../src/adapter/memory/index.ts'
import { ledgerCycle, measureCycle } from '../../../src/testing/conformance/ledger/ledger-speed.ts'

const wallet = { type: 'team', id: 'hot', incarnation: 1 } as const

test('`measureCycle` counts exactly the cycles that the ledger booked', async () => {
  const ledger = createMemoryCreditLedger()
  await ledger.grant({ key: 'g', wallet, amount: 10n ** 15n })
  const cycle = ledgerCycle(ledger, wallet)
  const first = await measureCycle(cycle, { name: 'one', callers: 1, milliseconds: 20 })
  const second = await measureCycle(cycle, { name: 'two', callers: 16, milliseconds: 20 })
  expect(first.callers).toBe(1)
  expect(second.callers).toBe(16)
  expect(first.cycles).toBeGreaterThan(0)
  expect(await ledger.balance(wallet)).toMatchObject({
    spent: 60n * BigInt(first.cycles + second.cycles),
    reserved: 0n,
  })
  for (const { p50, p99, rate } of [first, second]) {
    expect(p50).toBeLessThanOrEqual(p99)
    expect(rate).toBeGreaterThan(0)
  }
})

test('`measureCycle` throws when the ledger refuses a reserve', async () => {
  const ledger = createMemoryCreditLedger()
  await ledger.grant({ key: 'g', wallet, amount: 150n })
  const measuring = measureCycle(ledgerCycle(ledger, wallet), { name: 'x', callers: 1, milliseconds: 1_000 })
  await expect(measuring).rejects.toThrow('credits_insufficient')
})
