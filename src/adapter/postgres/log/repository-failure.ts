import { RepositoryError } from '../../../port/repository-error.ts'
import { classifyFailure } from '../client/failure.ts'

/** The statement conflicted with another writer, and wrote nothing. It can be tried again. */
export class LogConflictError extends Error {
  override readonly name = 'LogConflictError'
}

/**
 * Converts an error of a client to the error to throw: a `LogConflictError` for a statement to try again, otherwise a
 * `RepositoryError`. `lost` is the outcome of a statement whose response was lost. Returns other errors of the adapter
 * unchanged.
 */
export function repositoryFailure(cause: unknown, lost: 'unknown' | 'not_applied'): Error {
  if (cause instanceof RepositoryError || cause instanceof LogConflictError || cause instanceof RangeError) return cause
  const { kind, outcome, message } = classifyFailure(cause, lost)
  if (kind === 'conflict') return new LogConflictError(message, { cause })
  return new RepositoryError('repository_unavailable', outcome, message, { cause })
}

/** Creates the error for data in the schema that no repository wrote. The message names the place. */
export function corrupt(message: string): RepositoryError {
  return new RepositoryError('repository_corrupt', 'not_applied', message)
}

/** The maximum number of tries of a statement that conflicts with other writers. */
const maxTries = 10

/**
 * Runs a statement or transaction until it does not conflict, with growing random pauses.
 * @throws {RepositoryError} after the last try, with the outcome `not_applied`
 */
export async function withoutConflict<T>(lost: 'unknown' | 'not_applied', run: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await run()
    } catch (cause) {
      const failure = repositoryFailure(cause, lost)
      if (!(failure instanceof LogConflictError)) throw failure
      if (tries === maxTries) throw givenUp(failure)
      await pause(Math.random() * 2 ** tries)
    }
  }
}

/** Creates the error of a statement whose last try conflicted with another writer. */
function givenUp(cause: unknown): RepositoryError {
  const message = 'gave up after repeated conflicts with concurrent writers'
  return new RepositoryError('repository_unavailable', 'not_applied', message, { cause })
}

/** Resolves after a number of milliseconds. */
export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds)
  })
}
