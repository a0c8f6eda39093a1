import pg from 'pg'
import { createPostgresCreditLedger, migrate, type SqlClient } from '../../src/adapter/postgres/index.ts'
import type { Clock } from '../../src/port/clock.ts'
import type { MakeLedger } from '../../src/testing/conformance/ledger/ledger-fixture.ts'

/** A client for a ledger, and a function that closes the connections of the client. */
export interface Connection {
  readonly client: SqlClient
  close(): Promise<void>
}

/** Returns a new schema name, which no other test run uses in the same database. */
export const newSchema = (() => {
  let made = 0
  return () => {
    made += 1
    return `portcullis_${process.pid}_${Date.now()}_${made}`
  }
})()

/**
 * Returns a function that makes ledgers, each in its own schema. Empties and reuses the schema of a closed ledger.
 * `connect` opens new connections, like another process.
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
      // Abandons the old ledger with its cache and its writes in flight.
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

/** Deletes all rows of every table of the schema. Only the owner of the schema can do this. */
async function empty(client: SqlClient, schema: string): Promise<void> {
  await client.transaction(async (session) => {
    await session.query(`alter table "${schema}".entry_block disable trigger entry_block_is_append_only`, [])
    for (const table of ['entry_block', 'refunded', 'key', 'hold_ancestor', 'hold', 'lot', 'wallet', 'retention']) {
      await session.query(`delete from "${schema}".${table}`, [])
    }
    await session.query(`alter table "${schema}".entry_block enable trigger entry_block_is_append_only`, [])
  })
}

/** Drops the schemas of this test run from a database that the tests did not create. */
export async function dropSchemas(connectionString: string): Promise<void> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  const made = `portcullis\\_${process.pid}\\_%`
  const { rows } = await client.query('select nspname as name from pg_namespace where nspname like $1', [made])
  for (const { name } of rows) await client.query(`drop schema "${name}" cascade`)
  await client.end()
}
