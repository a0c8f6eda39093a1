import { LedgerError } from '../../../port/ledger-error.ts'
import { NotAnsweredError, NotSentError } from './sql-client.ts'

/**
 * The database refused a batch because of a conflict with another writer, and wrote nothing. The batch can be decided
 * again on newer rows.
 */
export class ConflictError extends Error {
  override readonly name = 'ConflictError'
}

/**
 * The database rejected a statement because of its content. Nothing was written, and a retry would fail the same way.
 */
class StatementRejectedError extends Error {
  override readonly name = 'StatementRejectedError'
}

/** The SQLSTATE codes of conflicts: serialization failure, deadlock, unique violation, lock not available. */
const conflicts = ['40001', '40P01', '23505', '55P03']
/**
 * The error codes of a failed connection: the server was not found, refuses connections, has too many connections, or
 * does not have the database. The client may have lost a first connection after it sent the statement, and reports the
 * failure of the second: only a `NotSentError` proves that the statement was not sent.
 */
const unconnected = ['57P03', '53300', '3D000', 'ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EACCES', 'ENOENT']
const connection = /^(08|57P|58|40003)/
const state = /^(?=.*[0-9])[0-9A-Z]{5}$/
/**
 * The SQLSTATE codes of errors that end the session. The severity `FATAL` also ends the session, but a server may
 * localize the severity.
 */
const endings = /^(08|57P|25P0[34])/

/**
 * Returns the error to throw after a failed write statement. After a lost connection or a missing response, the outcome
 * is `unknown`.
 */
export function failureOfWrite(cause: unknown): Error {
  return failureOf(cause, 'unknown')
}

/**
 * Returns the error to throw after a failed read statement. If the error is a `LedgerError`, its outcome is
 * `not_applied`.
 */
export function failureOfRead(cause: unknown): Error {
  return failureOf(cause, 'not_applied')
}

function failureOf(cause: unknown, lost: 'unknown' | 'not_applied'): Error {
  if (cause instanceof LedgerError || cause instanceof ConflictError || cause instanceof StatementRejectedError)
    return cause
  const { kind, outcome, message } = classifyFailure(cause, lost)
  if (kind === 'conflict') return new ConflictError(message, { cause })
  if (kind === 'rejected') return new StatementRejectedError(message, { cause })
  return new LedgerError(kind === 'timeout' ? 'ledger_timeout' : 'ledger_unavailable', outcome, message, { cause })
}

/** The meaning of a driver's error for the failed statement. */
export interface ClassifiedFailure {
  /** `conflict` may succeed when it is tried again; `rejected` fails the same way every time. */
  readonly kind: 'conflict' | 'rejected' | 'timeout' | 'unavailable'
  /** Whether the statement took effect. */
  readonly outcome: 'unknown' | 'not_applied'
  readonly message: string
}

/** Classifies an error of a client. `lost` is the outcome of a statement whose response was lost. */
export function classifyFailure(cause: unknown, lost: 'unknown' | 'not_applied'): ClassifiedFailure {
  const unapplied = { kind: 'unavailable', outcome: 'not_applied' } as const
  if (cause instanceof NotSentError)
    return { ...unapplied, message: `no connection to the database${because(cause.cause ?? cause)}` }
  if (cause instanceof NotAnsweredError)
    return { kind: 'timeout', outcome: lost, message: 'the database did not answer in time' }
  const code = codeOf(cause)
  if (conflicts.includes(code))
    return { ...unapplied, kind: 'conflict', message: `the database reported a conflict: ${code}` }
  if (unconnected.includes(code) || code.startsWith('28'))
    return { kind: 'unavailable', outcome: lost, message: `cannot connect to the database${because(cause)}` }
  if (code === '57014') return { ...unapplied, kind: 'timeout', message: 'the statement was canceled by a timeout' }
  if (state.test(code) && !connection.test(code) && !isEnding(cause))
    return { ...unapplied, kind: 'rejected', message: `the database rejected the statement: ${messageOf(cause)}` }
  return { kind: 'unavailable', outcome: lost, message: `the connection was lost: ${messageOf(cause)}` }
}

/** Returns the error to throw when a call fails after its write took effect. The outcome of a `LedgerError` is `unknown`. */
export function failureAfterWrite(error: unknown): unknown {
  const failure = failureForCaller(error)
  if (!(failure instanceof LedgerError)) return failure
  return new LedgerError(failure.code, 'unknown', failure.message, { cause: failure })
}

/**
 * Converts an internal error of the adapter to a `LedgerError` for the caller. Returns any other error unchanged. Call
 * after the last retry.
 */
export function failureForCaller(error: unknown): unknown {
  if (error instanceof StatementRejectedError)
    return new LedgerError('ledger_unavailable', 'not_applied', error.message, { cause: error.cause })
  if (error instanceof ConflictError) return conflictForCaller(error.cause)
  return error
}

/** Returns the `LedgerError` for a call whose last retry failed with a conflict. */
export function conflictForCaller(cause: unknown): LedgerError {
  const message = 'gave up after repeated conflicts with concurrent writers'
  return new LedgerError('ledger_unavailable', 'not_applied', message, { cause })
}

/** Whether a failure concerns only the statement. The session then remains usable. */
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
 * Formats the cause of a failure as the last part of an error message. If a host has several addresses and all failed,
 * uses the error of the first address.
 */
function because(cause: unknown): string {
  const [first = cause] = cause instanceof AggregateError ? (cause.errors as unknown[]) : []
  return first instanceof Error && first.message !== '' ? `: ${first.message}` : ''
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}
