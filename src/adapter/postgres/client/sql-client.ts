/** One row of a result: the values by column name. */
export type SqlRow = Readonly<Record<string, unknown>>

/** One connection to a database, or a pool of connections. */
export interface SqlSession {
  /**
   * Runs one statement with parameters `$1`, `$2` and so on. A parameter of any SQL type takes a string or null as its
   * value.
   */
  query(text: string, values: readonly (string | null)[]): Promise<{ readonly rows: readonly SqlRow[] }>
}

/**
 * What the adapter needs of a driver: single statements, each on any connection, and transactions on one connection. Driver
 * errors pass through unchanged; a `NotSentError` means that the database never received the statement.
 */
export interface SqlClient extends SqlSession {
  /** Runs a function between `begin` and `commit` on one connection, and rolls back when the function throws. */
  transaction<T>(run: (session: SqlSession) => Promise<T>): Promise<T>
  /** Whether committed data survives a crash of this process and of the database. Default: true. */
  readonly isDurable?: boolean
  /** Whether other processes may use the same database at the same time. Default: true. */
  readonly isShared?: boolean
}

/** The statement was not sent, because no connection was available. */
export class NotSentError extends Error {
  override readonly name = 'NotSentError'
}

/** The statement was sent, and the client stopped waiting for the result. */
export class NotAnsweredError extends Error {
  override readonly name = 'NotAnsweredError'
}
