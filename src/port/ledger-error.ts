import type { LedgerErrorCode, LedgerOutcome } from './credit-ledger.ts'

/** A ledger could not answer. `outcome` is the one thing a caller must know: whether the write was done. */
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
