import type { SqlClient, SqlRow } from './sql-client.ts'

interface PgliteSession {
  query(text: string, values?: unknown[]): Promise<{ rows: unknown[] }>
}

/** A PGlite database of the package `@electric-sql/pglite`, reduced to the members that `fromPglite` uses. */
export interface PgliteDatabase extends PgliteSession {
  /** The data folder. If it is missing or `memory://`, data is lost when the process ends. */
  readonly dataDir?: string | undefined
  transaction<T>(run: (session: PgliteSession) => Promise<T>): Promise<T>
}

/** Creates a client for a PGlite database. Only this process can use the database. The caller closes the database. */
export function fromPglite(database: PgliteDatabase): SqlClient {
  return {
    query: (text, values) => query(database, text, values),
    transaction: (run) =>
      database.transaction((session) => run({ query: (text, values) => query(session, text, values) })),
    isDurable: database.dataDir !== undefined && !database.dataDir.startsWith('memory://'),
    isShared: false,
  }
}

async function query(session: PgliteSession, text: string, values: readonly (string | null)[]) {
  const { rows } = await session.query(text, [...values])
  return { rows: rows as SqlRow[] }
}
