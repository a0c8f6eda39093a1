import { createHash, randomUUID } from 'node:crypto'
import { appendFileSync, readFileSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import pg from 'pg'
import { createPostgresCreditLedger, createPostgresRepository, fromPool } from '../../src/adapter/postgres/index.ts'
import { toSnapshot } from '../../src/model/snapshot/to-snapshot.ts'
import { type CommandBody, createEngine, createUsage, type EngineEvent, tokenDigest } from '../../src/runtime/index.ts'

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
const engine = createEngine({
  ...{ repository, ledger, clock },
  ...{ maxStaleness: 2_000, requestTimeout: 2_000, holdTtl: 2_000, snapshotEvery: 40 },
})
/** The secrets of all rotations that were acknowledged, one line each, from all gateways. */
const secrets = join(dirname(file), 'secrets')
const usage = createUsage()
const counts = { asked: 0, decided: 0 }
engine.subscribe((events: readonly EngineEvent[]) => {
  counts.decided += events.filter(({ type }) => type === 'decided').length
  usage.record(events)
})

let isStopping = false
const note = (line: object): void => appendFileSync(file, `${JSON.stringify(line)}\n`)
const print = (line: object): void => void writeSync(1, `${JSON.stringify(line)}\n`)
const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds))

/** A command with its actor. */
interface Step {
  readonly body: CommandBody
  readonly actor: { readonly type: 'system' } | { readonly type: 'user'; readonly id: string }
}

const month = 30 * 24 * 3_600_000
const subject = { type: 'user', id: 'asker' } as const
const wanted = { type: 'accessGroup', id: 'standard' } as const

function stepOf(i: number): Step {
  const own = (body: CommandBody): Step => ({ body, actor: system.actor })
  const asking = (body: CommandBody): Step => ({ body, actor: subject })
  const request = `request ${name} ${i % 3}`
  const steps: readonly Step[] = [
    own({ type: 'AllocateCredits', principal: { type: 'team', id: 'dev' }, amount: '0.000001' }),
    own({ type: 'CreateUser', user: `user ${i % 50}` }),
    own({ type: 'SuspendUser', user: `user ${(i * 7) % 50}` }),
    own({ type: 'ActivateUser', user: `user ${(i * 3) % 50}` }),
    own({ type: 'DeleteUser', user: `user ${(i * 11) % 50}` }),
    own({ type: 'SetTeamPlan', team: 'dev', plan: i % 2 === 0 ? 'once' : 'monthly' }),
    asking({ type: 'RequestAccess', request, subject, wanted, reason: 'proof', duration: month }),
    asking({ type: 'WithdrawRequest', request: `request ${name} ${(i * 3) % 3}` }),
    own({ type: 'ApproveAccess', request: `request ${name} ${(i * 5) % 3}` }),
    own({ type: 'DenyAccess', request: `request ${name} ${(i * 2) % 3}` }),
  ]
  return steps[Math.floor(Math.random() * steps.length)] as Step
}

async function changes(): Promise<void> {
  for (let i = 0; !isStopping; i += 1) {
    const { body, actor } = stepOf(i)
    const id = `${name} ${randomUUID()}`
    note({ sent: id, body, actor })
    const startedAt = Date.now()
    const executed = await engine.execute(body, { actor, id })
    if (executed.ok) {
      note({ done: id, version: executed.version, events: executed.events.length, type: body.type })
      if (executed.events.length > 0) print({ committed: executed.version, startedAt, at: Date.now() })
    } else note({ refused: id, reason: executed.reason })
    await pause(Math.random() * 20)
  }
}

/**
 * Rotates a token at once, as after a leak, and tells the other gateways its secret. Only the gateway whose clock is ahead
 * does so: its instants are the future of the others.
 */
async function rotations(): Promise<void> {
  while (!isStopping && Number(skew) > 0) {
    const rotated = await engine.rotateToken({ credential: 'turning', overlap: 0 }, { ...system, id: randomUUID() })
    if (rotated.ok) {
      const line = { token: rotated.token, version: rotated.version, at: Date.now() }
      appendFileSync(secrets, `${JSON.stringify(line)}\n`)
    }
    await pause(100 + Math.random() * 200)
  }
}

/** Asks with the newest secrets, of which all but one have leaked, whether they are still good. */
async function leaks(): Promise<void> {
  while (!isStopping) {
    await pause(20)
    for (const { token, version } of readSecrets()) {
      const at = Date.now()
      const who = { type: 'credentialDigest', digest: tokenDigest(token) } as const
      const decision = engine.authorize({ type: 'use', who, model: 'fast', operation: 'chat' })
      counts.asked += 1
      if ('effect' in decision && decision.effect === 'allow') note({ used: version, at })
    }
  }
}

function readSecrets(): readonly { readonly token: string; readonly version: number }[] {
  try {
    return readFileSync(secrets, 'utf8')
      .split('\n')
      .slice(-31, -1)
      .map((line) => JSON.parse(line) as { readonly token: string; readonly version: number })
  } catch {
    return []
  }
}

async function calls(): Promise<void> {
  while (!isStopping) {
    counts.asked += 1
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
  await pause(50)
  const { droppedEvents } = engine.status()
  const used = usage.toJSON().entries.reduce((sum, { count = 1 }) => sum + count, 0)
  print({ digest, version: engine.status().version, late: late?.message, ...counts, used, droppedEvents })
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
const working = [changes(), calls(), calls(), calls(), rotations(), leaks(), report()]
