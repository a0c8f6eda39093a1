import pg from 'pg'
import { createPostgresCreditLedger, fromPool } from '../../src/adapter/postgres/index.ts'

/*
 * A client process with a shifted date. Its arguments are the database, the schema and its name. It prints what its clock
 * shows and what its reservations returned, and on a line of input, what it sees of another process's holds.
 */
const [, , url = '', schema = '', name = ''] = process.argv
const wallet = { type: 'team', id: 'clock', incarnation: 1 } as const
const pool = new pg.Pool({ connectionString: url, max: 2 })
pool.on('error', () => undefined)
const ledger = createPostgresCreditLedger({ client: fromPool(pool), schema })

function say(value: object): void {
  process.stdout.write(`${JSON.stringify(value, (_, field) => (typeof field === 'bigint' ? Number(field) : field))}\n`)
}

const short = await ledger.reserve({ hold: `${name} short`, wallet, amount: 5n, ttl: 1_500 })
const long = await ledger.reserve({ hold: `${name} long`, wallet, amount: 7n, ttl: 3_600_000 })
say({ date: Date.now(), text: new Date().toISOString(), short, long })

process.stdin.on('data', async () => {
  const [one, other] = [await ledger.hold('straight short'), await ledger.hold('straight long')]
  const { available, expired, granted } = await ledger.balance(wallet)
  const late = await ledger.settle({ hold: `${name} short`, amount: 1n })
  const onTime = await ledger.settle({ hold: `${name} long`, amount: 1n })
  say({ states: [one?.state, other?.state], available, expired, granted, late, onTime })
})
process.stdin.on('end', async () => {
  await ledger.close()
  await pool.end()
})
