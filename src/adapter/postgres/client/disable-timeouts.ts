import type { SqlSession } from './sql-client.ts'

/**
 * Lets a transaction take as long as it takes: what comes in or goes out at somebody else's pace is no stuck statement, and
 * a pool may be as impatient with all else as it likes.
 */
export async function disableTimeouts(session: SqlSession): Promise<void> {
  const text = `select set_config('statement_timeout', '0', true), set_config('idle_in_transaction_session_timeout', '0', true)`
  await session.query(text, [])
}
