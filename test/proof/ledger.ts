import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startPostgres } from '../conformance/postgres-server.ts'
import { examine, killAfter, reopen, wallet } from './journal.ts'
import { drainWith, killClient, killDatabase, type Round } from './round.ts'
import { killPoints } from './task.ts'

/**
 * `npm run proof:ledger` kills clients, the database, and processes with a journal by `kill -9` under load, many times, and
 * prints its counts. `-- 5` multiplies the rounds. Exits with code 1 when a promise was broken.
 */
const times = Number(process.argv[2] ?? '1')
const print = (text: string): void => void process.stdout.write(`${text}\n`)

const server = await startPostgres()
const broken: string[] = []
let rounds = 0
let acknowledged = 0
let unknown = 0
let unknownDone = 0
let entries = 0

function count(name: string, round: Round): void {
  rounds += 1
  acknowledged += round.acknowledged
  unknown += round.unknown
  unknownDone += round.unknownDone
  entries += round.entries
  for (const fault of round.faults) broken.push(`${name}: ${fault}`)
  if (round.faults.length > 0) print(`${name}: ${round.faults.length} faults, the first: ${round.faults[0]}`)
}

const admitted = await drainWith(server, 4, 1_000)
const sum = admitted.reduce((all, one) => all + one, 0)
print(`four processes on credit for 1,000 holds: ${admitted.join(' + ')} = ${sum} admitted`)
if (sum !== 1_000) broken.push(`${sum} holds were admitted instead of 1,000`)

for (let i = 0; i < 4 * times; i += 1) {
  for (const point of killPoints) {
    const isBatch = point.includes('batch')
    count(`client killed ${point}`, await killClient(server, point, isBatch ? 2 + i * 7 : 5 + i * 120))
  }
}
print(
  `clients killed at ${killPoints.length} points, ${rounds} rounds: ${acknowledged} holds acknowledged, ${unknown} calls with unknown outcome, of which ${unknownDone} had taken effect`,
)

const before = { rounds, acknowledged, unknown, unknownDone }
for (let i = 0; i < 20 * times; i += 1) count('database killed', await killDatabase(server, 200 + ((i * 137) % 700)))
print(
  `database killed under load of 64 callers, ${rounds - before.rounds} rounds: ${acknowledged - before.acknowledged} holds acknowledged, ` +
    `${unknown - before.unknown} calls with unknown outcome, of which ${unknownDone - before.unknownDone} had taken effect`,
)
await server.close()

const journals = { rounds: 0, acknowledged: 0, settled: 0, unknown: 0, lost: 0, doubled: 0 }
const folder = await mkdtemp(join(tmpdir(), 'portcullis-proof-'))
for (let i = 0; i < 60 * times; i += 1) {
  // Ten rounds share a journal, so some journals are new and some have survived many kills.
  const path = join(folder, `${Math.floor(i / 10)}.journal`)
  if (i % 10 === 0) {
    const first = await reopen(path)
    await first.grant({ key: 'grant', wallet, amount: 10n ** 15n })
    await first.close()
  }
  const lines = await killAfter(path, `round ${i}`, 2 + ((i * 97) % 900), i % 2 === 0 ? undefined : 10_000)
  const ledger = await reopen(path)
  const round = await examine(ledger, lines)
  if (i % 10 === 9) entries += (await ledger.balance(wallet)).sequence
  await ledger.close()
  journals.rounds += 1
  for (const count of ['acknowledged', 'settled', 'unknown', 'lost', 'doubled'] as const)
    journals[count] += round[count]
  for (const fault of round.faults) broken.push(`journal: ${fault}`)
  if (round.faults.length > 0) print(`journal: ${round.faults.length} faults, the first: ${round.faults[0]}`)
}
await rm(folder, { recursive: true })
print(
  `processes with a journal killed under load of 32 callers, ${journals.rounds} rounds: ${journals.acknowledged} results acknowledged, ` +
    `${journals.settled} of them settles, ${journals.unknown} holds without an acknowledged settle, ${journals.lost} results lost, ${journals.doubled} costs booked twice`,
)
print(`${rounds + journals.rounds} rounds, ${entries} entries, ${broken.length} faults`)
process.exitCode = broken.length === 0 ? 0 : 1
