import { startPostgres } from '../conformance/postgres-server.ts'
import { drainWith, killClient, killDatabase, type Round } from './round.ts'
import { killPoints } from './task.ts'

/**
 * `npm run proof:ledger` kills clients and the database with `kill -9` while they work, many times, and prints what it
 * counted. `-- 5` multiplies the rounds. It ends with an error when a promise was broken.
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
  if (round.faults.length > 0) print(`${name}: ${round.faults.length} broken, as in ${round.faults[0]}`)
}

const admitted = await drainWith(server, 4, 1_000)
const sum = admitted.reduce((all, one) => all + one, 0)
print(`four processes on credit for 1,000 holds: ${admitted.join(' + ')} = ${sum} admitted`)
if (sum !== 1_000) broken.push(`${sum} were admitted`)

for (let i = 0; i < 4 * times; i += 1) {
  for (const point of killPoints) {
    const isBatch = point.includes('batch')
    count(`client killed ${point}`, await killClient(server, point, isBatch ? 2 + i * 7 : 5 + i * 120))
  }
}
print(
  `clients killed at ${killPoints.length} points, ${rounds} rounds: ${acknowledged} holds acknowledged, ${unknown} steps unknown, of which ${unknownDone} were done`,
)

const before = { rounds, acknowledged, unknown, unknownDone }
for (let i = 0; i < 20 * times; i += 1) count('database killed', await killDatabase(server, 200 + ((i * 137) % 700)))
print(
  `database killed under load of 64 callers, ${rounds - before.rounds} rounds: ${acknowledged - before.acknowledged} holds acknowledged, ` +
    `${unknown - before.unknown} steps unknown, of which ${unknownDone - before.unknownDone} were done`,
)
print(`${rounds} rounds, ${entries} entries, ${broken.length} promises broken`)
await server.close()
process.exitCode = broken.length === 0 ? 0 : 1
