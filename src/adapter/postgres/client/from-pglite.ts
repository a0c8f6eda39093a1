import type { SqlClient, SqlRow } from './sql-client.ts'

interface PgliteSession {
  query(text: string, values?: unknown[]): Promise<{ rows: unknown[] }>
}

/** A database in this process, as the package `@electric-sql/pglite` has it. */
export interface PgliteDatabase extends PgliteSession {
  /** The folder, if there is one: without one, and for `memory://`, nothing outlives the process. */
  readonly dataDir?: string | undefined
  transaction<T>(run: (session: PgliteSession) => Promise<T>): Promise<T>
}

/** A client on a PGlite: in memory, or durable in a folder, and this process's alone. It stays the caller's, to be closed by the caller. */
export function fromPglite(database: PgliteDatabase): SqlClient {
  return {
    query: (text, values) => ask(database, text, values),
    transaction: (run) =>
      database.transaction((session) => run({ query: (text, values) => ask(session, text, values) })),
    isDurable: database.dataDir !== undefined && !database.dataDir.startsWith('memory://'),
    isShared: false,
  }
}

async function ask(session: PgliteSession, text: string, values: readonly (string | null)[]) {
  const { rows } = await session.query(text, [...values])
  return { rows: rows as SqlRow[] }
}
