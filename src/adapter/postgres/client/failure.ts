import { LedgerError } from '../../../port/ledger-error.ts'
import { NotAnsweredError, NotSentError } from './sql-client.ts'

/** A batch was decided on what is not true any more: nothing was written, and it is to be decided anew. */
export class ConflictError extends Error {
  override readonly name = 'Conflict'
}

/** The database refused a statement for what it says: nothing was written, and it would refuse it again. */
export class InvalidWriteError extends Error {
  override readonly name = 'Refusal'
}

/** Serialization failure, deadlock, a unique id that is taken, a lock that was not to be had. */
const conflicts = ['40001', '40P01', '23505', '55P03']
/** Cannot connect now, too many connections; and what a connection is refused for. */
const unconnected = ['57P03', '53300', '3D000', 'ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EACCES', 'ENOENT']
const connection = /^(08|57P|58|40003)/
const state = /^(?=.*[0-9])[0-9A-Z]{5}$/
/** What ends a session, besides what says so by its severity, which is in the language of the server. */
const endings = /^(08|57P|25P0[34])/

/** What the failure of a statement that writes means. */
export function failureOfWrite(cause: unknown): Error {
  return failureOf(cause, 'unknown')
}

/** What the failure of a statement that only reads means. */
export function failureOfRead(cause: unknown): Error {
  return failureOf(cause, 'not_applied')
}

function failureOf(cause: unknown, lost: 'unknown' | 'not_applied'): Error {
  if (cause instanceof LedgerError || cause instanceof ConflictError || cause instanceof InvalidWriteError) return cause
  if (cause instanceof NotSentError) {
    const message = `there is no connection to the database${because(cause.cause ?? cause)}`
    return new LedgerError('ledger_unavailable', 'not_applied', message, { cause })
  }
  if (cause instanceof NotAnsweredError) {
    return new LedgerError('ledger_timeout', lost, 'the database did not answer in time', { cause })
  }
  const code = codeOf(cause)
  if (conflicts.includes(code)) return new ConflictError(`the database says ${code}`, { cause })
  if (unconnected.includes(code) || code.startsWith('28')) {
    return new LedgerError('ledger_unavailable', 'not_applied', `the database cannot be reached${because(cause)}`, {
      cause,
    })
  }
  if (code === '57014')
    return new LedgerError('ledger_timeout', 'not_applied', 'the statement took too long', { cause })
  if (state.test(code) && !connection.test(code) && !isEnding(cause))
    return new InvalidWriteError(`the database refused: ${messageOf(cause)}`, { cause })
  return new LedgerError('ledger_unavailable', lost, `the connection was lost: ${messageOf(cause)}`, { cause })
}

/** What a caller is told of a failure that nothing is tried again after. */
export function failureForCaller(error: unknown): unknown {
  if (error instanceof InvalidWriteError)
    return new LedgerError('ledger_unavailable', 'not_applied', error.message, { cause: error.cause })
  if (error instanceof ConflictError)
    return new LedgerError('ledger_unavailable', 'not_applied', 'too many others are in the way', {
      cause: error.cause,
    })
  return error
}

/** Whether it was the database that failed a statement, and the session goes on. */
export function isOfStatement(failure: unknown): boolean {
  return state.test(codeOf(failure)) && !isEnding(failure)
}

function isEnding(cause: unknown): boolean {
  if (endings.test(codeOf(cause))) return true
  if (typeof cause !== 'object' || cause === null || !('severity' in cause)) return false
  return cause.severity === 'FATAL' || cause.severity === 'PANIC'
}

function codeOf(cause: unknown): string {
  const code: unknown = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined
  return typeof code === 'string' ? code : ''
}

/** Why, as the end of a message. Of a name with several addresses the first one tells. */
function because(cause: unknown): string {
  const [first = cause] = cause instanceof AggregateError ? (cause.errors as unknown[]) : []
  return first instanceof Error && first.message !== '' ? `: ${first.message}` : ''
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}
