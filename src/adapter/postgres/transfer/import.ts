import type { ImportResult } from '../../../port/ledger-result.ts'
import { closeRecords, readAhead } from '../../transfer/read-ahead.ts'
import { exportInvalid, ledgerNotEmpty, readRecords } from '../../transfer/read-records.ts'
import { Store } from '../batch/statements.ts'
import { DatabaseClock } from '../client/database-clock.ts'
import { disableTimeouts } from '../client/disable-timeouts.ts'
import { failureOfWrite } from '../client/failure.ts'
import type { SqlClient, SqlSession } from '../client/sql-client.ts'
import { verifyStore } from '../read/verify.ts'
import { ImportWriter } from './import-writer.ts'

/** The error that rolls back the transaction of a refused import. `result` is the result that the import returns. */
class ImportRefusedError extends Error {
  override readonly name = 'ImportRefusedError'
  readonly result: ImportResult

  constructor(result: ImportResult) {
    super('the import was refused')
    this.result = result
  }
}

/**
 * Imports an export into an empty schema, in one transaction. Other writers wait for the transaction. Memory grows with
 * the number of wallets, grants and known ids, but not with the number of entries.
 */
export async function importStore(client: SqlClient, schema: string, records: unknown): Promise<ImportResult> {
  if (!(await isEmptySchema(schema, client))) {
    await closeRecords(records)
    return ledgerNotEmpty
  }
  const ahead = await readAhead(records)
  try {
    return await client.transaction(async (session) => {
      await disableTimeouts(session)
      const result = await importInto(schema, session, ahead.rest)
      if (!result.ok) throw new ImportRefusedError(result)
      return result
    })
  } catch (error) {
    if (error instanceof ImportRefusedError) return error.result
    throw ahead.failure === undefined ? failureOfWrite(error) : ahead.failure.error
  } finally {
    await ahead.close()
  }
}

async function importInto(schema: string, session: SqlSession, records: unknown): Promise<ImportResult> {
  const store = new Store(
    { query: (text, values) => session.query(text, values), transaction: (run) => run(session) },
    new DatabaseClock(),
    schema,
  )
  await session.query(`lock table ${schema}.wallet, ${schema}.hold, ${schema}.key in exclusive mode`, [])
  if (!(await isEmptySchema(schema, session))) return ledgerNotEmpty
  const writer = new ImportWriter(store, session)
  const refusal = await readRecords(records, writer.reader, () => writer.flushWhenFull())
  if (refusal !== undefined) return refusal
  await writer.finish()
  const [violation] = await verifyStore(store, undefined)
  const { records: count } = writer.reader
  if (violation === undefined) return { ok: true, records: count }
  return exportInvalid(count, `the exported ledger violates an invariant: ${violation.message}`)
}

/** Whether a schema contains no wallet, hold or key. */
async function isEmptySchema(schema: string, session: SqlSession): Promise<boolean> {
  const text = `select (not exists (select from ${schema}.wallet where version > 0)
    and not exists (select from ${schema}.hold) and not exists (select from ${schema}.key))::text as answer`
  const { rows } = await session.query(text, [])
  return rows[0]?.['answer'] === 'true'
}
