import fc from 'fast-check'
import { createMemoryClock, createMemoryCreditLedger } from '../../../src/adapter/memory/index.ts'
import type { CreditLedger, LedgerViolation } from '../../../src/ledger/index.ts'
import { day, start } from '../../../src/testing/conformance/ledger-fixture.ts'
import {
  arbitraryProgramStep,
  foundProgram,
  type ProgramStep,
  programWallets,
  takeStep,
} from '../../../src/testing/conformance/ledger-programs.ts'
import { auditLedger, noteWrites, type SentWrite } from '../../../src/testing/reference/ledger.ts'

/** Random programs. */
export const steps = fc.array(arbitraryProgramStep, { maxLength: 60, size: 'max' })

/** What a ledger does otherwise. */
export type Methods = Partial<CreditLedger>

/** Runs a program on a ledger in memory that does some things otherwise, and audits it. */
export async function auditOf(
  program: readonly ProgramStep[],
  breakIt: (ledger: CreditLedger) => Methods = () => ({}),
  atOnce = 1,
  met?: (rule: string) => void,
): Promise<readonly LedgerViolation[]> {
  const clock = createMemoryClock(start)
  const inner = createMemoryCreditLedger({ clock, idRetention: 1_000 * day })
  const methods = breakIt(inner)
  const ledger = new Proxy(inner, {
    get(target, name) {
      const value: unknown = Reflect.get(methods, name) ?? Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  const test = { ledger, pass: (milliseconds: number) => clock.advance(milliseconds), close: () => ledger.close() }
  const notes: SentWrite[] = []
  const noted = noteWrites(ledger, notes)
  await foundProgram(noted)
  for (let i = 0; i < program.length; i += atOnce) {
    await Promise.all(program.slice(i, i + atOnce).map((one) => takeStep(test, noted, one)))
  }
  return await auditLedger(ledger, programWallets, notes, met)
}
