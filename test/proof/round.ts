import { spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { buildSync } from 'esbuild'
import pg from 'pg'
import { createPostgresCreditLedger, fromPool, migrate } from '../../src/adapter/postgres/index.ts'
import { LedgerError } from '../../src/ledger/index.ts'
import type { CreditLedger } from '../../src/port/credit-ledger.ts'
import { newSchema } from '../conformance/postgres-make.ts'
import type { PostgresServer } from '../conformance/postgres-server.ts'
import type { KillPoint, Task } from './task.ts'

const team = { type: 'team', id: 'team', incarnation: 1 } as const
const organization = { type: 'organization', id: 'organization', incarnation: 1 } as const
const granted = 1_000_000_000n

/** The counts of a round, and its faults: the broken promises of the ledger. */
export interface Round {
  readonly acknowledged: number
  /** Calls with an unknown outcome, and how many of them had taken effect. */
  readonly unknown: number
  readonly unknownDone: number
  readonly entries: number
  readonly faults: readonly string[]
}

let bundle: string | undefined

/** Runs a worker process until it ends and returns the complete lines it printed. */
function runWorker(task: Task): Promise<readonly string[]> {
  bundle ??= bundleWorker()
  const child = spawn(process.execPath, [bundle, JSON.stringify(task)], { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.on('data', (part: Buffer) => {
    output += part.toString()
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => {
      const isRight = task.killAt === undefined ? code === 0 : signal === 'SIGKILL'
      if (isRight)
        resolve(
          output
            .slice(0, output.lastIndexOf('\n') + 1)
            .trimEnd()
            .split('\n'),
        )
      else reject(new Error(`a worker ended with ${code ?? signal}`))
    })
  })
}

function bundleWorker(): string {
  const outfile = 'node_modules/.cache/portcullis/proof-worker.mjs'
  buildSync({
    entryPoints: ['test/proof/worker.ts'],
    bundle: true,
    packages: 'external',
    platform: 'node',
    target: 'es2023',
    format: 'esm',
    outfile,
  })
  return outfile
}

/** Opens a ledger in a new schema, with a team that has credits below a postpaid organization. */
async function openLedger(server: PostgresServer, credits: bigint) {
  const schema = newSchema()
  const pool = new pg.Pool({ connectionString: server.url, max: 8 })
  pool.on('error', () => undefined)
  const client = fromPool(pool, { timeout: 5_000 })
  await migrate(client, { schema })
  const ledger = createPostgresCreditLedger({ client, schema })
  await ledger.putWallet({ key: 'put organization', wallet: organization, funding: 'postpaid' })
  await ledger.putWallet({ key: 'put team', wallet: team, funding: 'own', parent: organization })
  await ledger.grant({ key: 'grant', wallet: team, amount: credits })
  const close = async () => {
    await ledger.close()
    await client.query(`drop schema "${schema}" cascade`, [])
    await pool.end()
  }
  return { schema, client, ledger, close }
}

/** Lets several processes drain a wallet with credit for `holds` holds. Returns the number admitted by each process. */
export async function drainWith(server: PostgresServer, processes: number, holds: number): Promise<readonly number[]> {
  const { schema, ledger, close } = await openLedger(server, BigInt(holds) * 7n)
  const tasks = Array.from({ length: processes }, (_, i): Task => {
    return { type: 'drain', name: `p${i}`, url: server.url, schema, callers: 16, after: 0 }
  })
  const outputs = await Promise.all(tasks.map(runWorker))
  const violations = await ledger.verify()
  const { available, reserved } = await ledger.balance(team)
  await close()
  if (violations.length > 0 || available !== 0n || reserved !== BigInt(holds) * 7n)
    throw new Error('the drained ledger has violations or a wrong balance')
  return outputs.map(([line = '']) => Number(line.split(' ')[1]))
}

/** The caller's knowledge of one hold. */
interface HoldKnowledge {
  cost: bigint | undefined
  /** The last acknowledged write; `undefined` when no call returned. */
  answered: 'reserved' | 'settled' | 'released' | undefined
}

/** Runs two clients of one wallet, kills one of them at a point, and finishes its calls from the lines it printed. */
export async function killClient(server: PostgresServer, killAt: KillPoint, after: number): Promise<Round> {
  const { schema, ledger, close } = await openLedger(server, granted)
  const task: Task = { type: 'serve', name: 'victim', url: server.url, schema, callers: 16, killAt, after }
  const others = Promise.all(
    Array.from({ length: 20 }, (_, i) =>
      ledger.reserve({ hold: `other ${i}`, wallet: team, amount: 5n, ttl: 600_000 }),
    ),
  )
  const lines = await runWorker(task)
  await others
  const known = new Map<string, HoldKnowledge>()
  for (const line of lines) {
    const [word = '', hold = '', amount] = line.split(' ')
    const one = known.get(hold) ?? { cost: undefined, answered: undefined }
    known.set(hold, one)
    if (word === 'cost') one.cost = BigInt(amount ?? '0')
    else if (word === 'reserved' || word === 'settled' || word === 'released') one.answered = word
  }
  const round = await finish(ledger, known, 100n)
  await close()
  return round
}

/**
 * Kills the database under 64 callers, this many milliseconds after the first acknowledged write. Then restarts the
 * database, and finishes the calls.
 */
export async function killDatabase(server: PostgresServer, milliseconds: number): Promise<Round> {
  const { ledger, close } = await openLedger(server, granted)
  const known = new Map<string, HoldKnowledge>()
  const first = new EventEmitter()
  const start = performance.now()
  const call = async (caller: number): Promise<void> => {
    for (let i = 0; performance.now() - start < 30_000; i += 1) {
      const hold = `${caller}-${i}`
      const one: HoldKnowledge = { cost: undefined, answered: undefined }
      known.set(hold, one)
      const reserved = await ledger.reserve({ hold, wallet: team, amount: 100n, ttl: 600_000 })
      if (!reserved.ok) throw new Error(`reserve refused: ${reserved.reason}`)
      one.answered = 'reserved'
      first.emit('acknowledged')
      one.cost = BigInt(40 + ((caller * 7 + i * 13) % 90))
      const settled = await ledger.settle({ hold, amount: one.cost })
      if (!settled.ok) throw new Error(`settle refused: ${settled.reason}`)
      one.answered = 'settled'
    }
  }
  const acknowledged = once(first, 'acknowledged')
  const calls = Promise.allSettled(Array.from({ length: 64 }, (_, caller) => call(caller)))
  await Promise.race([acknowledged, calls])
  await new Promise((resolve) => {
    setTimeout(resolve, milliseconds)
  })
  await server.kill()
  const outcomes = await calls
  await server.start()
  const round = await finish(ledger, known, 100n)
  await close()
  const wrong = outcomes.flatMap((outcome) =>
    outcome.status === 'rejected' && !(outcome.reason instanceof LedgerError) ? [String(outcome.reason)] : [],
  )
  return { ...round, faults: [...round.faults, ...wrong] }
}

/** Retries every unfinished call under the same id, and compares the ledger with the callers' knowledge. */
async function finish(ledger: CreditLedger, known: ReadonlyMap<string, HoldKnowledge>, held: bigint): Promise<Round> {
  const faults: string[] = []
  let acknowledged = 0
  let unknown = 0
  let unknownDone = 0
  let spent = 0n
  for (const [hold, { cost, answered }] of known) {
    const state = await ledger.hold(hold)
    if (answered !== undefined) acknowledged += 1
    if (answered !== undefined && state === undefined) faults.push(`${hold} was ${answered}, but is missing`)
    if (answered === 'settled' && state?.state !== 'settled') faults.push(`${hold} was settled, but is ${state?.state}`)
    if (answered === 'released' && state?.state !== 'released')
      faults.push(`${hold} was released, but is ${state?.state}`)
    if (answered === undefined || (cost !== undefined && answered === 'reserved')) {
      unknown += 1
      if (answered === undefined ? state !== undefined : state?.state === 'settled') unknownDone += 1
    }
    if (state !== undefined && state.amount !== held) faults.push(`${hold} holds ${state.amount}`)
    if (cost !== undefined && answered !== 'released') {
      const settled = await ledger.settle({ hold, amount: cost })
      if (!settled.ok) faults.push(`${hold} cannot be settled: ${settled.reason}`)
      else if (answered === 'settled' && !settled.replay) faults.push(`${hold} was settled twice`)
      spent += cost
    } else if (answered !== 'released') {
      const released = await ledger.release({ hold })
      if (!released.ok) faults.push(`${hold} cannot be released: ${released.reason}`)
    }
  }
  for (let i = 0; i < 20; i += 1) await ledger.release({ hold: `other ${i}` })
  const balance = await ledger.balance(team)
  if (balance.spent !== spent) faults.push(`the balance has ${balance.spent} spent, but the calls cost ${spent}`)
  if (balance.reserved !== 0n) faults.push(`${balance.reserved} is still reserved after every hold ended`)
  if (balance.available - balance.overdraft !== granted - spent) faults.push('credits were lost or created')
  if ((await ledger.balance(organization)).spent !== spent)
    faults.push('the spend of the organization differs from that of the team')
  for (const { invariant, message } of await ledger.verify()) faults.push(`${invariant}: ${message}`)
  return { acknowledged, unknown, unknownDone, entries: balance.sequence, faults }
}
