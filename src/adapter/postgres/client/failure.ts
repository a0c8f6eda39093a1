import { LedgerError } from '../../../port/ledger-error.ts'
import { NotAnsweredError, NotSentError } from './sql-client.ts'

/**
 * The database refused a batch that was decided on outdated rows or lost a race with another writer. Nothing was
 * written. The batch can be decided again.
 */
export class ConflictError extends Error {
  override readonly name = 'ConflictError'
}

/** The database rejected a statement because of its content. Nothing was written, and a retry would fail the same way. */
class StatementRejectedError extends Error {
  override readonly name = 'StatementRejectedError'
}

/** The SQLSTATE codes of conflicts: serialization failure, deadlock, unique violation, lock not available. */
const conflicts = ['40001', '40P01', '23505', '55P03']
/**
 * The error codes of a failure to connect. The server was not found, accepts no connections now, has too many
 * connections, or does not have the database.
 */
const unconnected = ['57P03', '53300', '3D000', 'ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EACCES', 'ENOENT']
const connection = /^(08|57P|58|40003)/
const state = /^(?=.*[0-9])[0-9A-Z]{5}$/
/**
 * The SQLSTATE codes of errors that end the session. Errors of severity `FATAL` end the session too, but the server may
 * localize the severity, so the codes are checked as well.
 */
const endings = /^(08|57P|25P0[34])/

/**
 * Returns the error to throw when a statement that writes fails. Its outcome is `unknown` after a lost connection or a
 * missing response.
 */
export function failureOfWrite(cause: unknown): Error {
  return failureOf(cause, 'unknown')
}

/** Returns the error to throw when a statement that only reads fails. A `LedgerError` has the outcome `not_applied`. */
export function failureOfRead(cause: unknown): Error {
  return failureOf(cause, 'not_applied')
}

function failureOf(cause: unknown, lost: 'unknown' | 'not_applied'): Error {
  if (cause instanceof LedgerError || cause instanceof ConflictError || cause instanceof StatementRejectedError)
    return cause
  if (cause instanceof NotSentError) {
    const message = `no connection to the database${because(cause.cause ?? cause)}`
    return new LedgerError('ledger_unavailable', 'not_applied', message, { cause })
  }
  if (cause instanceof NotAnsweredError) {
    return new LedgerError('ledger_timeout', lost, 'the database did not answer in time', { cause })
  }
  const code = codeOf(cause)
  if (conflicts.includes(code)) return new ConflictError(`the database reported a conflict: ${code}`, { cause })
  if (unconnected.includes(code) || code.startsWith('28')) {
    return new LedgerError('ledger_unavailable', 'not_applied', `cannot connect to the database${because(cause)}`, {
      cause,
    })
  }
  if (code === '57014')
    return new LedgerError('ledger_timeout', 'not_applied', 'the statement was canceled by a timeout', { cause })
  if (state.test(code) && !connection.test(code) && !isEnding(cause))
    return new StatementRejectedError(`the database rejected the statement: ${messageOf(cause)}`, { cause })
  return new LedgerError('ledger_unavailable', lost, `the connection was lost: ${messageOf(cause)}`, { cause })
}

/**
 * Turns an internal error of the adapter into the `LedgerError` for the caller. Returns any other error unchanged.
 * Called after the last retry.
 */
export function failureForCaller(error: unknown): unknown {
  if (error instanceof StatementRejectedError)
    return new LedgerError('ledger_unavailable', 'not_applied', error.message, { cause: error.cause })
  if (error instanceof ConflictError) return conflictForCaller(error.cause)
  return error
}

/** Returns the `LedgerError` for a call whose retries have all failed with a conflict. */
export function conflictForCaller(cause: unknown): LedgerError {
  const message = 'gave up after repeated conflicts with concurrent writers'
  return new LedgerError('ledger_unavailable', 'not_applied', message, { cause })
}

/** Whether a failure concerns the statement only, so that the session can still be used. */
export function isOfStatement(failure: unknown): boolean {
  return state.test(codeOf(failure)) && !isEnding(failure)
}

function isEnding(cause: unknown): boolean {
  if (endings.test(codeOf(cause))) return true
  if (typeof cause !== 'object' || cause === null || !('severity' in cause)) return false
  return cause.severity === 'FATAL' || cause.severity === 'PANIC'
}

/**
 * Returns the `code` of an error: an SQLSTATE of PostgreSQL or an error code of Node.js. Returns an empty string when
 * the error has no code.
 */
export function codeOf(cause: unknown): string {
  const code: unknown = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined
  return typeof code === 'string' ? code : ''
}

/**
 * Formats the cause of a failure as the end of an error message. When the connection to every address of a host failed,
 * reports the error of the first address.
 */
function because(cause: unknown): string {
  const [first = cause] = cause instanceof AggregateError ? (cause.errors as unknown[]) : []
  return first instanceof Error && first.message !== '' ? `: ${first.message}` : ''
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}
