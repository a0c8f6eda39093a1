import { writeSync } from 'node:fs'
import pg from 'pg'
import { createPostgresCreditLedger, fromPool, type SqlClient } from '../../src/adapter/postgres/index.ts'
import type { KillPoint, Task } from './task.ts'

/*
 * A process of a fleet, told by its first argument what to do. What it knows it writes to its output, line by line and at
 * once, as a gateway would to a journal of its own: what was written survives the kill.
 */
const task = JSON.parse(process.argv[2] ?? '{}') as Task
const wallet = { type: 'team', id: 'team', incarnation: 1 } as const

function note(...words: readonly (string | number | bigint)[]): void {
  writeSync(1, `${words.join(' ')}\n`)
}

let passed = 0
function pass(point: KillPoint): void {
  if (point !== task.killAt) return
  passed += 1
  if (passed >= task.after) process.kill(process.pid, 'SIGKILL')
}

const pool = new pg.Pool({ connectionString: task.url, max: 4 })
const plain = fromPool(pool)
const client: SqlClient = {
  ...plain,
  query: (text, values) => {
    const isCommit = text.includes('.commit(')
    if (isCommit) pass('before a batch is sent')
    const answer = plain.query(text, values)
    if (isCommit) setImmediate(() => pass('after a batch is sent'))
    return answer
  },
}
const ledger = createPostgresCreditLedger({ client, schema: task.schema })

/** Calls as a gateway makes them, until it is killed. */
async function serve(caller: number): Promise<void> {
  for (let i = 0; ; i += 1) {
    const hold = `${task.name}-${caller}-${i}`
    pass('before a reservation')
    note('reserving', hold)
    const reserved = await ledger.reserve({ hold, wallet, amount: 100n, ttl: 600_000 })
    if (!reserved.ok) throw new Error(`refused: ${reserved.reason}`)
    note('reserved', hold)
    pass('after a reservation')
    if (i % 5 === 4) {
      pass('before a release')
      const releasing = ledger.release({ hold })
      pass('after a release is asked for')
      await releasing
      note('released', hold)
      continue
    }
    pass('during the call')
    const cost = BigInt(40 + ((caller * 7 + i * 13) % 90))
    note('cost', hold, cost)
    pass('after the cost is noted')
    const settling = ledger.settle({ hold, amount: cost })
    pass('after a settlement is asked for')
    const settled = await settling
    if (!settled.ok) throw new Error(`not settled: ${settled.reason}`)
    note('settled', hold)
    pass('after a settlement')
  }
}

/** Reserves until there is nothing left, and says how often that went well. */
async function drain(caller: number): Promise<number> {
  for (let i = 0; ; i += 1) {
    const answer = await ledger.reserve({ hold: `${task.name}-${caller}-${i}`, wallet, amount: 7n, ttl: 600_000 })
    if (!answer.ok) return i
  }
}

const callers = Array.from({ length: task.callers }, (_, caller) => caller)
if (task.type === 'drain') {
  const admitted = await Promise.all(callers.map(drain))
  note(
    'admitted',
    admitted.reduce((sum, one) => sum + one, 0),
  )
  await ledger.close()
  await pool.end()
} else await Promise.all(callers.map(serve))
