import fc from 'fast-check'
import { createMemoryClock, createMemoryCreditLedger } from '../../../src/adapter/memory/index.ts'
import type { CreditLedger, LedgerViolation } from '../../../src/ledger/index.ts'
import { day, start } from '../../../src/testing/conformance/ledger/ledger-fixture.ts'
import {
  arbitraryProgramStep,
  type ProgramStep,
  programWallets,
  runStep,
  setUpProgram,
} from '../../../src/testing/conformance/ledger/program/ledger-programs.ts'
import { auditLedger, recordWrites, type SentWrite } from '../../../src/testing/reference/ledger.ts'

/** Generates programs of random ledger calls. */
export const steps = fc.array(arbitraryProgramStep, { maxLength: 60, size: 'max' })

/** The methods of a ledger that a test replaces. */
export type Methods = Partial<CreditLedger>

/**
 * Runs a program on an in-memory ledger with some methods replaced. Returns the violations that the audit of the ledger
 * finds.
 */
export async function auditOf(
  program: readonly ProgramStep[],
  breakIt: (ledger: CreditLedger) => Methods = () => ({}),
  atOnce = 1,
  met?: (rule: string) => void,
): Promise<readonly LedgerViolation[]> {
  const clock = createMemoryClock(start)
  const inner = createMemoryCreditLedger({ clock, idRetention: 100_000 * day })
  const methods = breakIt(inner)
  const ledger = new Proxy(inner, {
    get(target, name) {
      const value: unknown = Reflect.get(methods, name) ?? Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  const test = { ledger, pass: (milliseconds: number) => clock.advance(milliseconds), close: () => ledger.close() }
  const writes: SentWrite[] = []
  const recorded = recordWrites(ledger, writes)
  await setUpProgram(recorded)
  for (let i = 0; i < program.length; i += atOnce) {
    await Promise.all(program.slice(i, i + atOnce).map((one) => runStep(test, recorded, one)))
  }
  return await auditLedger(ledger, programWallets, writes, met)
}
