/** One row of a result: the values by column name. */
export type SqlRow = Readonly<Record<string, unknown>>

/** A connection to a database, or a pool of connections, that runs single statements. */
export interface SqlSession {
  /** Runs one statement. `values` are the parameters `$1`, `$2` and so on, as strings or null, for every SQL type. */
  query(text: string, values: readonly (string | null)[]): Promise<{ readonly rows: readonly SqlRow[] }>
}

/**
 * The driver interface of the adapter. Single statements may run on any connection; a transaction runs on one
 * connection. Sends each statement at most once. Throws driver errors unchanged. Throws a `NotSentError` when the database
 * did not receive the statement; after any other error of a connection, the outcome of a write is `unknown`.
 */
export interface SqlClient extends SqlSession {
  /**
   * Runs a function in a transaction on one connection. Commits when the function returns, and rolls back when the
   * function throws.
   */
  transaction<T>(run: (session: SqlSession) => Promise<T>): Promise<T>
  /**
   * Subscribes to a notification channel (`LISTEN`) on a connection of its own. Calls `onNotify` with the payload of
   * each notification. A notification may be lost without an error. A client without `listen` is polled.
   */
  listen?(channel: string, onNotify: (payload: string) => void): Promise<SqlListener>
  /** Whether committed data survives a crash of this process and of the database. Default: true. */
  readonly isDurable?: boolean
  /** Whether other processes may use the same database at the same time. Default: true. */
  readonly isShared?: boolean
}

/** A subscription to a notification channel. */
export interface SqlListener {
  /** Resolves when the subscription has ended: when its connection was lost, or after `close`. Never rejects. */
  readonly ended: Promise<void>
  /** Makes a round trip on the connection of the subscription. Rejects when the connection does not respond in time. */
  check(): Promise<void>
  /** Ends the subscription and closes its connection. */
  close(): Promise<void>
}

/** The statement was not sent, because no connection was available. */
export class NotSentError extends Error {
  override readonly name = 'NotSentError'
}

/** The statement was sent, and the client stopped waiting for the result. */
export class NotAnsweredError extends Error {
  override readonly name = 'NotAnsweredError'
}
