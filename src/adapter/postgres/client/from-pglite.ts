import type { SqlClient, SqlListener, SqlRow } from './sql-client.ts'

interface PgliteSession {
  query(text: string, values?: unknown[]): Promise<{ rows: unknown[] }>
}

/** A PGlite database of the package `@electric-sql/pglite`, reduced to the members that `fromPglite` uses. */
export interface PgliteDatabase extends PgliteSession {
  /** The data folder. If it is missing or `memory://`, data is lost when the process ends. */
  readonly dataDir?: string | undefined
  transaction<T>(run: (session: PgliteSession) => Promise<T>): Promise<T>
  /** Subscribes to a notification channel. Returns a function that ends the subscription. */
  listen?(channel: string, callback: (payload: string) => void): Promise<() => Promise<void>>
}

/** Creates a client for a PGlite database. Only this process can use the database. The caller closes the database. */
export function fromPglite(database: PgliteDatabase): SqlClient {
  return {
    query: (text, values) => query(database, text, values),
    transaction: (run) =>
      database.transaction((session) => run({ query: (text, values) => query(session, text, values) })),
    ...(database.listen === undefined ? {} : { listen: (channel, onNotify) => listen(database, channel, onNotify) }),
    isDurable: database.dataDir !== undefined && !database.dataDir.startsWith('memory://'),
    isShared: false,
  }
}

async function query(session: PgliteSession, text: string, values: readonly (string | null)[]) {
  const { rows } = await session.query(text, [...values])
  return { rows: rows as SqlRow[] }
}

async function listen(
  database: PgliteDatabase,
  channel: string,
  onNotify: (payload: string) => void,
): Promise<SqlListener> {
  const unlisten = await database.listen?.(channel, onNotify)
  let end = (): void => undefined
  const ended = new Promise<void>((resolve) => {
    end = resolve
  })
  return {
    ended,
    // The database runs in this process, so it has no connection that can be lost.
    check: async () => undefined,
    close: async () => {
      end()
      // Rejects when the database was closed, which ends the subscription as well.
      await unlisten?.().catch(() => undefined)
    },
  }
}
