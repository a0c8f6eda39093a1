import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createMemoryClock, createMemoryCreditLedger } from '../../../src/memory.ts'
import {
  arbitraryProgramStep,
  foundProgram,
  programWallets,
  takeStep,
} from '../../../src/testing/conformance/ledger-programs.ts'
import { start } from '../../../src/testing/conformance/ledger-scene.ts'
import { auditLedger, noteWrites, type SentWrite } from '../../../src/testing/reference/ledger.ts'
import { runs } from '../runs.ts'

const steps = fc.array(arbitraryProgramStep, { maxLength: 60, size: 'max' })

test('finds nothing wrong', async () => {
  const counts = new Map<string, number>()
  await fc.assert(
    fc.asyncProperty(steps, fc.constantFrom(1, 8), async (all, atOnce) => {
      const clock = createMemoryClock(start)
      const ledger = createMemoryCreditLedger({ clock, idRetention: 1_000 * 86_400_000 })
      const test = { ledger, pass: (milliseconds: number) => clock.advance(milliseconds), close: () => ledger.close() }
      const notes: SentWrite[] = []
      const noted = noteWrites(ledger, notes)
      await foundProgram(noted)
      for (let i = 0; i < all.length; i += atOnce) {
        await Promise.all(all.slice(i, i + atOnce).map((one) => takeStep(test, noted, one)))
      }
      expect(
        await auditLedger(ledger, programWallets, notes, (rule) => counts.set(rule, (counts.get(rule) ?? 0) + 1)),
      ).toEqual([])
    }),
    runs(600),
  )
})
