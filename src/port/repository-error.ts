/** The reason for a `RepositoryError`. */
export type RepositoryErrorCode =
  /** The store cannot be reached, read or written. */
  | 'repository_unavailable'
  /** Another process has the store open, and the store can be open only once. */
  | 'repository_locked'
  /** The repository was closed. */
  | 'repository_closed'
  /** The folder or database schema exists and holds something else. */
  | 'repository_foreign'
  /** The store was written by a later version of the library. */
  | 'repository_newer'
  /** The store contains data that a repository cannot have written. The message names the place. */
  | 'repository_corrupt'

/**
 * Whether a write that threw a `RepositoryError` took effect. After `unknown`, repeat the commit with the same command
 * id, or look the id up with `findCommand`.
 */
export type RepositoryOutcome = 'not_applied' | 'unknown'

/** The error that is thrown when a repository cannot return a result. `outcome` states whether a write took effect. */
export class RepositoryError extends Error {
  override readonly name = 'RepositoryError'
  readonly code: RepositoryErrorCode
  readonly outcome: RepositoryOutcome

  constructor(
    code: RepositoryErrorCode,
    outcome: RepositoryOutcome,
    message: string,
    options?: { readonly cause?: unknown },
  ) {
    super(message, options)
    this.code = code
    this.outcome = outcome
  }
}
