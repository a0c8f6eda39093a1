import { quote } from '../../model/value/quote.ts'
import { RepositoryError } from '../../port/repository-error.ts'

/** A place in a folder: a file, and in most cases a line of it. Lines count from 1. */
export interface Place {
  readonly folder: string
  readonly file: string
  readonly line?: number
}

/** Creates the error for data that a repository cannot have written. */
export function corrupt({ folder, file, line }: Place, problem: string): RepositoryError {
  const where = line === undefined ? `the file ${file}` : `line ${line} of the file ${file}`
  const message = `${where} of the repository ${quote(folder)} ${problem}; restore the folder from a backup`
  return new RepositoryError('repository_corrupt', 'not_applied', message)
}

/** Creates the error for a folder that cannot be read. */
export function unreadable(folder: string, cause: unknown): RepositoryError {
  const message = `the repository ${quote(folder)} cannot be read`
  return new RepositoryError('repository_unavailable', 'not_applied', message, { cause })
}

/** Whether the system error code of an error is `code`, for example `ENOENT`. */
export function isSystemError(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code
}
