import pg from 'pg'
import { createPostgresRepository, fromPool } from '../../src/adapter/postgres/index.ts'
import { events } from '../../src/testing/conformance/repository/repository-fixture.ts'

/*
 * A process that commits to a shared log. Its arguments are the database, the schema, its name, the number of commits and
 * the pause in milliseconds between them. It prints one line for each commit: the version, and the instants before and
 * after the commit on the clock that all processes of the machine share.
 */
const [, , url = '', schema = '', name = '', count = '0', pause = '0'] = process.argv
const pool = new pg.Pool({ connectionString: url, max: 2 })
pool.on('error', () => undefined)
const repository = createPostgresRepository({ client: fromPool(pool), schema })

const now = (): number => performance.timeOrigin + performance.now()

let version = await repository.version()
for (let i = 0; i < Number(count); ) {
  const command = { id: `${name} ${i}`, digest: 'a' }
  const sentAt = now()
  const result = await repository.commit({
    events: events(`${name} ${i}`),
    schema: 1,
    expectedVersion: version,
    command,
  })
  if (result.type === 'command_id_reused') throw new Error(`the command id ${command.id} is used`)
  version = result.version
  if (result.type === 'conflict') continue
  process.stdout.write(`${JSON.stringify({ version, sentAt, storedAt: now() })}\n`)
  i += 1
  await new Promise((resolve) => {
    setTimeout(resolve, Number(pause))
  })
}
await repository.close()
await pool.end()
