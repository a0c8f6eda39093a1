import { createPostgresCreditLedger, migrate, type SqlClient } from '../../src/adapter/postgres/index.ts'
import type { Clock } from '../../src/port/clock.ts'
import type { MakeLedger } from '../../src/testing/conformance/ledger-fixture.ts'

/** A client for a ledger, and how its connections are given back. */
export interface Connection {
  readonly client: SqlClient
  close(): Promise<void>
}

/** A name for a schema that no other run has in the same database. */
export const newSchema = (() => {
  let made = 0
  return () => {
    made += 1
    return `portcullis_${process.pid}_${Date.now()}_${made}`
  }
})()

/**
 * Makes ledgers, each in a schema of its own, which is emptied and used again once the ledger is closed. `connect` opens
 * connections as another process would; `crash` kills the database, where it can be killed.
 */
export function makeIn(connect: () => Promise<Connection>): MakeLedger {
  const free: string[] = []
  return async ({ at, idRetention }) => {
    const used = free.pop()
    const schema = used ?? newSchema()
    let now = at
    const clock: Clock = { now: () => now }
    const connections: Connection[] = []
    const open = async () => {
      const connection = await connect()
      connections.push(connection)
      return createPostgresCreditLedger({ client: connection.client, schema, clock, idRetention })
    }
    const ledger = await open()
    const { client } = connections[0] as Connection
    if (used === undefined) await migrate(client, { schema })
    else await empty(client, schema)
    return {
      ledger,
      pass: (milliseconds) => {
        now += milliseconds
      },
      // The ledger that was there is left alone with what it had under way; all that it knew is lost.
      crash: open,
      open,
      close: async () => {
        await ledger.close()
        for (const connection of connections) await connection.close()
        free.push(schema)
      },
    }
  }
}

/** Empties every table, which nobody but the owner can. */
async function empty(client: SqlClient, schema: string): Promise<void> {
  await client.transaction(async (session) => {
    await session.query(`alter table "${schema}".sheet disable trigger sheet_is_final`, [])
    for (const table of ['sheet', 'key', 'hold_above', 'hold', 'lot', 'wallet', 'retention']) {
      await session.query(`delete from "${schema}".${table}`, [])
    }
    await session.query(`alter table "${schema}".sheet enable trigger sheet_is_final`, [])
  })
}
