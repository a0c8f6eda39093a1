import { createPostgresRepository, migratePolicy, type SqlClient } from '../../src/adapter/postgres/index.ts'
import type { MakeRepository } from '../../src/testing/conformance/repository/repository-fixture.ts'
import { type Connection, newSchema } from './postgres-make.ts'

/**
 * Returns a function that makes repositories, each in its own schema. Empties and reuses the schema of a closed
 * repository. `connect` opens new connections, like another process.
 */
export function makeRepositoryIn(connect: () => Promise<Connection>): MakeRepository {
  const free: string[] = []
  return async () => {
    const used = free.pop()
    const schema = used ?? newSchema()
    const opened: (() => Promise<void>)[] = []
    const open = async () => {
      const { client, close } = await connect()
      if (opened.length === 0) await (used === undefined ? migratePolicy(client, { schema }) : empty(client, schema))
      const repository = createPostgresRepository({ client, schema })
      opened.push(async () => {
        await repository.close()
        await close()
      })
      return repository
    }
    return {
      repository: await open(),
      // Abandons the old repository with its calls in progress.
      crash: open,
      open,
      close: async () => {
        await Promise.all(opened.map((close) => close()))
        free.push(schema)
      },
    }
  }
}

/** Deletes all rows of a policy log, which begins again with another id. */
async function empty(client: SqlClient, schema: string): Promise<void> {
  await client.transaction(async (session) => {
    for (const table of ['event', 'event_subject', 'command', 'snapshot', 'snapshot_part', 'cursor']) {
      await session.query(`delete from "${schema}".${table}`, [])
    }
    await session.query(`update "${schema}".head set log = $1, base = 0, version = 0`, [crypto.randomUUID()])
  })
}
