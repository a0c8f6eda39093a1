import type { Instant } from '../../../model/value/instant.ts'
import { pullPages } from '../../transfer/pull-pages.ts'
import { disableTimeouts } from '../client/disable-timeouts.ts'
import { failureOfRead } from '../client/failure.ts'
import type { SqlClient, SqlSession } from '../client/sql-client.ts'
import { ExportReader, type PutPage } from './export-reader.ts'

/** The database schema to export, with the functions that the export needs. */
export interface ExportSource {
  readonly client: SqlClient
  /** The quoted name of the schema. */
  readonly schema: string
  readonly idRetention: number
  readonly now: () => Instant
  /** Books every item that is due by an instant. */
  readonly book: (at: Instant) => Promise<void>
}

/**
 * The maximum number of times that an export books due items before its snapshot. Further items may come due during the
 * booking. After the last booking, the export runs even if items are due.
 */
const maxBookings = 8

/**
 * Yields the records of an export, read from one snapshot. Memory grows with the number of wallets and grants, but not
 * with the number of holds or entries. With a client that is not shared, collects all records in memory first, so that
 * the consumer can use the ledger between records.
 */
export async function* exportStore(source: ExportSource): AsyncGenerator<string, undefined> {
  const { client, schema, idRetention } = source
  for (let tries = 1; ; tries += 1) {
    const now = source.now()
    await source.book(now)
    const options = { idRetention, now, allowsDue: tries === maxBookings }
    const run = (put: PutPage) => inSnapshot(client, (session) => new ExportReader(schema, session, options, put).run())
    let isExported = false
    for await (const page of client.isShared === false ? await collectPages(run) : pullPages(run)) {
      isExported = true
      yield* page
    }
    if (isExported) return
  }
}

async function inSnapshot(client: SqlClient, run: (session: SqlSession) => Promise<void>): Promise<void> {
  try {
    await client.transaction(async (session) => {
      // This must be the first statement of the transaction; all later ones see the same snapshot.
      await session.query('set transaction isolation level repeatable read', [])
      await disableTimeouts(session)
      await run(session)
    })
  } catch (cause) {
    throw failureOfRead(cause)
  }
}

async function collectPages(run: (put: PutPage) => Promise<void>): Promise<readonly (readonly string[])[]> {
  const pages: (readonly string[])[] = []
  await run(async (page) => {
    pages.push(page)
  })
  return pages
}
