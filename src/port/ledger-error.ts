import type { LedgerErrorCode, LedgerOutcome } from './credit-ledger.ts'

/** Thrown when a ledger cannot return a result. `outcome` tells whether the write took effect. */
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
