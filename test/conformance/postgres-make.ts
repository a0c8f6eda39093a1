import type { Clock } from '../../src/port/clock.ts'
import { createPostgresCreditLedger, migrate, type SqlClient } from '../../src/postgres.ts'
import type { MakeLedger } from '../../src/testing/conformance/ledger-scene.ts'

/** A client for a ledger, and how its connections are given back. */
export interface Connection {
  readonly client: SqlClient
  close(): Promise<void>
}

let schemas = 0

/** Makes a ledger in a schema of its own for each case. `connect` opens connections as another process would. */
export function makeIn(connect: () => Promise<Connection>, crash = true): MakeLedger {
  return async ({ at, idRetention }) => {
    schemas += 1
    const schema = `case_${process.pid}_${schemas}`
    let now = at
    const clock: Clock = { now: () => now }
    const connections: Connection[] = []
    const open = async () => {
      const connection = await connect()
      connections.push(connection)
      return createPostgresCreditLedger({ client: connection.client, schema, clock, idRetention })
    }
    const ledger = await open()
    const first = connections[0] as Connection
    await migrate(first.client, { schema })
    return {
      ledger,
      pass: (milliseconds) => {
        now += milliseconds
      },
      // The ledger that was there is left alone with what it had under way; all that it knew is lost.
      ...(crash ? { crash: open } : {}),
      open,
      close: async () => {
        await ledger.close()
        await first.client.query(`drop schema "${schema}" cascade`, [])
        for (const connection of connections) await connection.close()
      },
    }
  }
}
