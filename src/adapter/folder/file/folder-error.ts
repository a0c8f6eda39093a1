import { quote } from '../../../model/value/quote.ts'
import { LedgerError } from '../../../port/ledger-error.ts'
import { RepositoryError } from '../../../port/repository-error.ts'

/** A place in a folder: a file, and in most cases a line of it. Lines count from 1. */
export interface Place {
  readonly folder: string
  readonly file: string
  readonly line?: number
  /** What the folder contains. Default: a repository. */
  readonly content?: 'repository' | 'journal'
}

/** Creates the error for data that a repository or a journal cannot have written. */
export function corrupt({ folder, file, line, content = 'repository' }: Place, problem: string) {
  const where = line === undefined ? `the file ${file}` : `line ${line} of the file ${file}`
  const message = `${where} of the ${content} ${quote(folder)} ${problem}; restore the folder from a backup`
  if (content === 'journal') return new LedgerError('ledger_corrupt', 'not_applied', message)
  return new RepositoryError('repository_corrupt', 'not_applied', message)
}

/** Creates the error for a folder that cannot be read. */
export function unreadable({ folder, content = 'repository' }: Omit<Place, 'file'>, cause: unknown) {
  const message = `the ${content} ${quote(folder)} cannot be read`
  if (content === 'journal') return new LedgerError('ledger_unavailable', 'not_applied', message, { cause })
  return new RepositoryError('repository_unavailable', 'not_applied', message, { cause })
}

/** Whether the system error code of an error is `code`, for example `ENOENT`. */
export function isSystemError(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code
}
