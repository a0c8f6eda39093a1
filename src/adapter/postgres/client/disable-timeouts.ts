import type { SqlSession } from './sql-client.ts'

/**
 * Turns off `statement_timeout` and `idle_in_transaction_session_timeout` for the current transaction. The duration of
 * an export or import depends on its consumer or source, so the timeouts of a pool must not interrupt it.
 */
export async function disableTimeouts(session: SqlSession): Promise<void> {
  const text = `select set_config('statement_timeout', '0', true), set_config('idle_in_transaction_session_timeout', '0', true)`
  await session.query(text, [])
}
