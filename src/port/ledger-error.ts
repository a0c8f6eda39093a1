import type { LedgerErrorCode, LedgerOutcome } from './credit-ledger.ts'

/** The error that is thrown when a ledger cannot return a result. `outcome` states whether the write took effect. */
export class LedgerError extends Error {
  override readonly name = 'LedgerError'
  readonly code: LedgerErrorCode
  readonly outcome: LedgerOutcome

  constructor(code: LedgerErrorCode, outcome: LedgerOutcome, message: string, options?: { readonly cause?: unknown }) {
    super(message, options)
    this.code = code
    this.outcome = outcome
  }
}
