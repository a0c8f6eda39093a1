/** One row of an answer, by the names of its columns. */
export type SqlRow = Readonly<Record<string, unknown>>

/** What can be asked of a database, or of one connection to it. */
export interface SqlSession {
  /** Runs one statement with `$1`, `$2` and so on. Every value is text or null, whatever the type of the parameter. */
  query(text: string, values: readonly (string | null)[]): Promise<{ readonly rows: readonly SqlRow[] }>
}

/**
 * All that the adapter needs of a driver: statements, each of which may run on another connection, and a way to run several
 * on one. What a driver throws is passed on as it is; a `NotSent` says that the database never saw the statement.
 */
export interface SqlClient extends SqlSession {
  /** Runs statements on one connection, between `begin` and `commit`, or `rollback` when the function throws. */
  transaction<T>(run: (session: SqlSession) => Promise<T>): Promise<T>
  /** Whether what was committed survives the process and the database, which it does unless this says otherwise. */
  readonly isDurable?: boolean
  /** Whether other processes may work on the same database, which they may unless this says otherwise. */
  readonly isShared?: boolean
}

/** A statement was not sent: there was no connection to send it on. */
export class NotSentError extends Error {
  override readonly name = 'NotSent'
}

/** A statement was sent, and the client stopped waiting for the answer. */
export class NotAnsweredError extends Error {
  override readonly name = 'NotAnswered'
}
