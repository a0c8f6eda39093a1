import { describe, test } from 'vitest'
import { createMemoryClock, createMemoryCreditLedger } from '../../src/adapter/memory/index.ts'
import { creditLedgerConformance } from '../../src/testing/conformance/ledger/credit-ledger.ts'
import type { MakeLedger } from '../../src/testing/conformance/ledger/ledger-fixture.ts'

const inMemory: MakeLedger = async ({ at, idRetention }) => {
  const clock = createMemoryClock(at)
  const ledger = createMemoryCreditLedger({ clock, idRetention })
  return { ledger, pass: (milliseconds) => clock.advance(milliseconds), close: () => ledger.close() }
}

describe('a ledger in memory keeps its promises', () => {
  const cases = creditLedgerConformance(inMemory, { isDurable: false, isShared: false }, { programRuns: 300 })
  for (const { name, run } of cases) test(name, run)
})
