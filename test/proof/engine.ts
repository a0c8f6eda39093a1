import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import {
  createPostgresCreditLedger,
  createPostgresRepository,
  fromPool,
  migrate,
  migratePolicy,
} from '../../src/adapter/postgres/index.ts'
import { toSnapshot } from '../../src/model/snapshot/to-snapshot.ts'
import { getRow } from '../../src/model/table/table.ts'
import { credit } from '../../src/model/value/credit.ts'
import type { Recorded } from '../../src/port/repository.ts'
import { type CommandBody, createEngine, loadState } from '../../src/runtime/index.ts'
import { quantile } from '../bench/measure.ts'
import { startPostgres } from '../conformance/postgres-server.ts'
import { delaysOf, lineWith, type Member, startMember } from './engine-fleet.ts'
import { proveFolders } from './folder-gateway.ts'

/**
 * `npm run proof:engine` runs a fleet of gateways on one PostgreSQL: commands, access requests, rotations of a token and
 * calls at once, with clocks that are minutes apart. Kills gateways and the database by `kill -9` at random moments and cuts their connections, 100 times in
 * all. Then compares what every gateway acknowledged with the log and the ledger, and prints its counts. After that, kills
 * a gateway on folders among the checkpoints of its journal, 25 times. `-- 10` makes ten rounds, and three of the latter.
 * Exits with code 1 when a promise was broken.
 */
const rounds = Number(process.argv[2] ?? '100')
const print = (text: string): void => void process.stdout.write(`${text}\n`)
const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds))
const system = { actor: { type: 'system' } } as const
const digest = createHash('sha256').update('secret').digest('hex')
const month = { every: 'month', timeZone: 'UTC' } as const
const broken: string[] = []

const founding: readonly CommandBody[] = [
  { type: 'CreateOrganization', organization: 'acme', entitlement: { type: 'unlimited' } },
  { type: 'CreateProviderAccount', providerAccount: 'openai', models: ['gpt-5'] },
  { type: 'CreateModelAlias', alias: 'fast', targets: [{ providerAccount: 'openai', model: 'gpt-5' }] },
  { type: 'CreateAccessGroup', accessGroup: 'standard', members: [{ type: 'alias', alias: 'fast' }] },
  { type: 'CreatePlan', plan: 'once', accessGroups: ['standard'], credits: { amount: '0.000002' } },
  { type: 'CreatePlan', plan: 'monthly', accessGroups: ['standard'], credits: { amount: '0.000003', period: month } },
  { type: 'CreateTeam', team: 'dev', organization: 'acme', metered: true, accessGroups: ['standard'] },
  { type: 'IssueCredential', credential: 'key', owner: { type: 'team', id: 'dev' }, digest, scope: { type: 'all' } },
  { type: 'CreateUser', user: 'asker' },
  {
    type: 'IssueCredential',
    credential: 'turning',
    owner: { type: 'team', id: 'dev' },
    digest: createHash('sha256').update('first').digest('hex'),
    scope: { type: 'all' },
  },
]

const folder = await mkdtemp(join(tmpdir(), 'portcullis-proof-'))
const server = await startPostgres()
const pool = new pg.Pool({ connectionString: server.url, max: 4 })
pool.on('error', () => undefined)
const client = fromPool(pool)
await migrate(client)
await migratePolicy(client)
const repository = createPostgresRepository({ client })
const ledger = createPostgresCreditLedger({ client })
const founder = createEngine({ repository, ledger })
await founder.ready()
await founder.execute(founding, system)
await founder.close()

/** The clocks of the gateways differ by up to ten minutes. */
const skews = [0, 300_000, -300_000]
const all: Member[] = []
const files: string[] = []
const start = (place: number): Member => {
  const name = `gateway ${place}.${all.length}`
  const file = join(folder, `${all.length}.log`)
  files.push(file)
  const member = startMember(server.url, file, name, skews[place] ?? 0)
  all.push(member)
  return member
}
const fleet = skews.map((_, place) => start(place))
await Promise.all(fleet.map((member) => lineWith(member, 'ready')))

const counts = { gateway: 0, database: 0, connections: 0 }
for (let round = 0; round < rounds; round += 1) {
  await pause(200 + Math.random() * 600)
  const what = Math.random()
  if (what < 0.7) {
    const place = Math.floor(Math.random() * fleet.length)
    const victim = fleet[place] as Member
    victim.child.kill('SIGKILL')
    await victim.ended
    fleet[place] = start(place)
    counts.gateway += 1
  } else if (what < 0.8) {
    await server.kill()
    await pause(Math.random() * 300)
    await server.start()
    counts.database += 1
  } else {
    const text =
      'select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and usename = current_user'
    await pool.query(text).catch(() => undefined)
    counts.connections += 1
  }
}
await pause(3_000)
for (const { child } of fleet) child.stdin?.write('rest\n')
await pause(3_000)
print(
  `killed ${counts.gateway} gateways and ${counts.database} databases, cut all connections ${counts.connections} times`,
)

// Every command that was sent is retried with its id: an acknowledged one must have its first result.
interface Line {
  readonly sent?: string
  readonly body?: CommandBody
  readonly actor?: { readonly type: 'system' } | { readonly type: 'user'; readonly id: string }
  readonly type?: string
  readonly used?: number
  readonly at?: number
  readonly done?: string
  readonly version?: number
  readonly events?: number
  readonly call?: string
  readonly ended?: string
  readonly refused?: string
  readonly reason?: string
}
const lines = files
  .filter((file) => existsSync(file))
  .flatMap((file) => readFileSync(file, 'utf8').split('\n').slice(0, -1))
  .flatMap((text): Line[] => {
    try {
      return [JSON.parse(text) as Line]
    } catch {
      return []
    }
  })
const engine = createEngine({ repository, ledger })
await engine.ready()
const acknowledged = new Map(lines.flatMap((line) => (line.done === undefined ? [] : [[line.done, line] as const])))
for (const [id, { version, events }] of acknowledged) {
  const found = await repository.findCommand(id)
  if (found === undefined) broken.push(`the acknowledged command ${id} is not in the log`)
  else if (found.version !== version || found.version - found.after !== events)
    broken.push(`the command ${id} was acknowledged at ${version} and is at ${found.version}`)
}
const refused = new Set(lines.flatMap((line) => (line.reason === 'rejected' ? [line.refused] : [])))
let unknown = 0
for (const { sent, body, actor = system.actor } of lines) {
  if (sent === undefined || body === undefined || acknowledged.has(sent) || refused.has(sent)) continue
  unknown += 1
  const again = await engine.execute(body, { actor, id: sent })
  const twice = await engine.execute(body, { actor, id: sent })
  if (again.ok && (!twice.ok || twice.version !== again.version)) broken.push(`the command ${sent} took effect twice`)
}
print(
  `${acknowledged.size} commands acknowledged, ${refused.size} rejected, ${unknown} without a result, ${lines.filter((line) => line.call).length} calls`,
)

// The log is one order, and every follower has the same policy.
await founderUntilBooked()
const { state } = await loadState(repository)
const expected = createHash('sha256')
  .update(JSON.stringify(toSnapshot(state)))
  .digest('hex')
for (const member of fleet) {
  member.child.stdin?.write(`stop ${state.version}\n`)
  const line = await lineWith(member, 'digest')
  if (line?.['digest'] !== expected) broken.push(`${member.name} has another policy: ${JSON.stringify(line)}`)
}
await Promise.all(fleet.map(({ ended }) => ended))

// Every decision reached the subscribers of its gateway.
for (const { name, lines: printed } of fleet) {
  const last = printed.find((line) => 'digest' in line)
  if (last === undefined) continue
  const [asked, decided, dropped] = [last['asked'], last['decided'], last['droppedEvents']].map(Number)
  const used = Number(last['used'])
  if (used > (decided ?? 0) || (used === 0 && decided !== 0))
    broken.push(`the usage of ${name} has ${used} of ${decided} decisions`)
  if (asked !== (decided ?? 0) + (dropped ?? 0))
    broken.push(`${name} asked ${asked} times, and ${decided} decisions were reported`)
}

// A replaced secret is dead on every gateway within the bound of the policy's age.
const rotations = readFileSync(join(folder, 'secrets'), 'utf8')
  .split('\n')
  .slice(0, -1)
  .map((text) => JSON.parse(text) as { readonly version: number; readonly at: number })
const late = lines.flatMap(({ used, at }) => {
  if (used === undefined || at === undefined) return []
  const diedAt = Math.min(...rotations.flatMap((one) => (one.version > used ? [one.at] : [])))
  return at > diedAt ? [at - diedAt] : []
})
const longest = late.reduce((most, each) => Math.max(most, each), 0)
if (longest > 2_000) broken.push(`a replaced secret was accepted ${longest} ms later`)
const approvals = lines.filter(({ done, type }) => done !== undefined && type === 'ApproveAccess').length
print(
  `${rotations.length} rotations acknowledged, ${approvals} approvals; a replaced secret was accepted for at most ${longest} ms`,
)

const recorded: Recorded[] = []
for (let after = 0; ; ) {
  const page = await repository.readLog({ after, limit: 1_000 })
  recorded.push(...page.events)
  if (page.next === undefined) break
  after = page.next
}
const commands = new Map<string, number>()
for (const { command, version } of recorded) {
  const last = command === undefined ? undefined : commands.get(command)
  if (last !== undefined && last !== version - 1) broken.push(`the command ${command} has events at two places`)
  if (command !== undefined) commands.set(command, version)
}

// Credits: each allocation once, no overspend, and the ledger is right.
const wallet = { type: 'team', id: 'dev', incarnation: getRow(state.teams, 'dev').incarnation } as const
const allocated = recorded.reduce((sum, { event }) => {
  const amount = event.type === 'CreditsAllocated' ? (event as unknown as { readonly amount: string }).amount : '0'
  return sum + credit(amount)
}, 0n)
const balance = await ledger.balance(wallet)
const grants: Record<string, bigint> = {}
for await (const { type, grant = '', amount } of ledger.statement(wallet)) {
  if (type === 'granted')
    grants[grant === 'plan' ? 'plan' : 'events'] = (grants[grant === 'plan' ? 'plan' : 'events'] ?? 0n) + amount
}
if ((grants['events'] ?? 0n) !== allocated)
  broken.push(`${grants['events']} units are granted, and ${allocated} were allocated`)
if ((grants['plan'] ?? 0n) > 3_000n * 2n) broken.push(`the monthly plan brought ${grants['plan']} units`)
if (balance.overdraft > 0n || balance.writtenOff > 0n) broken.push(`the wallet is overspent: ${balance.overdraft}`)
await pause(2_500)
const { reserved } = await ledger.balance(wallet)
if (reserved !== 0n) broken.push(`${reserved} units are reserved by processes that ended`)
for (const { invariant, message } of await ledger.verify()) broken.push(`the ledger breaks ${invariant}: ${message}`)
print(`${recorded.length} events, ${allocated} units allocated and granted, ${balance.spent} spent`)

const delays = delaysOf(all)
const delay = (share: number): string => quantile([...delays], share).toFixed(0)
print(
  `a commit is on another node after ${delay(0.5)} ms at the median, ${delay(0.99)} ms at the 99th percentile (${delays.length} sightings, kills included)`,
)

await engine.close()
await repository.close()
await ledger.close()
await pool.end()
await server.close()

// A gateway on folders, among the checkpoints of its journal.
const alone = join(folder, 'alone')
await mkdir(alone)
const proof = await proveFolders(alone, Math.ceil(rounds / 4))
broken.push(...proof.broken)
print(
  `killed ${proof.kills} gateways on folders: ${proof.commands} commands and ${proof.calls} calls acknowledged, ${proof.checkpoints} checkpoints`,
)
await rm(folder, { recursive: true, force: true })
for (const each of broken.slice(0, 20)) print(`BROKEN: ${each}`)
print(broken.length === 0 ? 'every promise held' : `${broken.length} broken promises`)
process.exit(broken.length === 0 ? 0 : 1)

/** Waits until this process's engine has seen every booking made. */
async function founderUntilBooked(): Promise<void> {
  await engine.waitFor(await repository.version())
  for (let i = 0; i < 600 && engine.status().pendingBookings > 0; i += 1) await pause(50)
  if (engine.status().pendingBookings > 0) broken.push(`${engine.status().pendingBookings} bookings are not made`)
}
