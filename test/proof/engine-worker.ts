import { createHash, randomUUID } from 'node:crypto'
import { appendFileSync, writeSync } from 'node:fs'
import pg from 'pg'
import { createPostgresCreditLedger, createPostgresRepository, fromPool } from '../../src/adapter/postgres/index.ts'
import { toSnapshot } from '../../src/model/snapshot/to-snapshot.ts'
import { type CommandBody, createEngine } from '../../src/runtime/index.ts'

/*
 * A gateway of the proof: executes commands and makes calls until it is killed, or until it reads `stop`. Appends a line to
 * its file before each command and after each result. Prints the version of the policy whenever it changes. At `stop` it
 * prints the digest of its policy once it has reached the given version.
 */
const [, , url = '', file = '', name = '', skew = '0'] = process.argv
const system = { actor: { type: 'system' } } as const

const pool = new pg.Pool({ connectionString: url, max: 4 })
pool.on('error', () => undefined)
const client = fromPool(pool, { timeout: 2_000 })
const repository = createPostgresRepository({ client })
const ledger = createPostgresCreditLedger({ client })
const clock = { now: () => Date.now() + Number(skew) }
const engine = createEngine({ repository, ledger, clock, requestTimeout: 2_000, holdTtl: 2_000, snapshotEvery: 40 })

let isStopping = false
const note = (line: object): void => appendFileSync(file, `${JSON.stringify(line)}\n`)
const print = (line: object): void => void writeSync(1, `${JSON.stringify(line)}\n`)
const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds))

function bodyOf(i: number): CommandBody {
  const kinds: readonly CommandBody[] = [
    { type: 'AllocateCredits', principal: { type: 'team', id: 'dev' }, amount: '0.000001' },
    { type: 'CreateUser', user: `user ${i % 50}` },
    { type: 'SuspendUser', user: `user ${(i * 7) % 50}` },
    { type: 'ActivateUser', user: `user ${(i * 3) % 50}` },
    { type: 'DeleteUser', user: `user ${(i * 11) % 50}` },
    { type: 'SetTeamPlan', team: 'dev', plan: i % 2 === 0 ? 'once' : 'monthly' },
  ]
  return kinds[Math.floor(Math.random() * kinds.length)] as CommandBody
}

async function changes(): Promise<void> {
  for (let i = 0; !isStopping; i += 1) {
    const body = bodyOf(i)
    const id = `${name} ${randomUUID()}`
    note({ sent: id, body })
    const startedAt = Date.now()
    const executed = await engine.execute(body, { ...system, id })
    if (executed.ok) {
      note({ done: id, version: executed.version, events: executed.events.length })
      if (executed.events.length > 0) print({ committed: executed.version, startedAt, at: Date.now() })
    } else note({ refused: id, reason: executed.reason })
    await pause(Math.random() * 20)
  }
}

async function calls(): Promise<void> {
  while (!isStopping) {
    const admission = await engine.admit({ token: 'secret', model: 'fast', operation: 'chat', estimate: 10n })
    if (admission.admitted) {
      admission.start()
      await pause(Math.random() * 5)
      const ended = await (Math.random() < 0.8 ? admission.settle(7n) : admission.release())
      note({ call: admission.hold, ended: ended.ok ? ended.ending : ended.reason })
    } else {
      note({ notAdmitted: admission.reason })
      await pause(10)
    }
  }
}

async function report(): Promise<void> {
  let last = 0
  while (!isStopping) {
    const { version } = engine.status()
    if (version > last) print({ seen: version, at: Date.now() })
    last = version
    await pause(1)
  }
}

async function stop(version: number): Promise<void> {
  isStopping = true
  await Promise.all(working)
  const late = await engine.waitFor(version, 30_000)
  const text = engine.read((state) => JSON.stringify(toSnapshot(state)))
  const digest = typeof text === 'string' ? createHash('sha256').update(text).digest('hex') : text.message
  print({ digest, version: engine.status().version, late: late?.message })
  await engine.close()
  await repository.close()
  await ledger.close()
  await pool.end()
  process.exit(0)
}

process.stdin.setEncoding('utf8').on('data', (text: string) => {
  const [, version] = /stop (\d+)/.exec(text) ?? []
  if (text.startsWith('rest')) isStopping = true
  if (version !== undefined) void stop(Number(version))
})
await engine.ready(60_000)
print({ ready: name })
const working = [changes(), calls(), calls(), calls(), report()]
