import { writeSync } from 'node:fs'
import pg from 'pg'
import { createPostgresCreditLedger, fromPool, type SqlClient } from '../../src/adapter/postgres/index.ts'
import type { KillPoint, Task } from './task.ts'

/*
 * A worker process, which runs the task of its first argument. It prints every step and result at once, as a gateway would to
 * its own journal: printed lines survive the kill.
 */
const task = JSON.parse(process.argv[2] ?? '{}') as Task
const wallet = { type: 'team', id: 'team', incarnation: 1 } as const

function print(...words: readonly (string | number | bigint)[]): void {
  writeSync(1, `${words.join(' ')}\n`)
}

let times = 0
/** Kills this process when the task's kill point is reached for the `after`th time. */
function reach(point: KillPoint): void {
  if (point !== task.killAt) return
  times += 1
  if (times >= task.after) process.kill(process.pid, 'SIGKILL')
}

const pool = new pg.Pool({ connectionString: task.url, max: 4 })
const plain = fromPool(pool)
const client: SqlClient = {
  ...plain,
  query: (text, values) => {
    const isCommit = text.includes('.commit(')
    if (isCommit) reach('before a batch is sent')
    const answer = plain.query(text, values)
    if (isCommit) setImmediate(() => reach('after a batch is sent'))
    return answer
  },
}
const ledger = createPostgresCreditLedger({ client, schema: task.schema })

/** Makes the ledger calls of a gateway until the process is killed. */
async function serve(caller: number): Promise<void> {
  for (let i = 0; ; i += 1) {
    const hold = `${task.name}-${caller}-${i}`
    reach('before a reserve')
    print('reserving', hold)
    const reserved = await ledger.reserve({ hold, wallet, amount: 100n, ttl: 600_000 })
    if (!reserved.ok) throw new Error(`reserve refused: ${reserved.reason}`)
    print('reserved', hold)
    reach('after a reserve')
    if (i % 5 === 4) {
      reach('before a release')
      const releasing = ledger.release({ hold })
      reach('while a release is in flight')
      await releasing
      print('released', hold)
      continue
    }
    reach('during the upstream call')
    const cost = BigInt(40 + ((caller * 7 + i * 13) % 90))
    print('cost', hold, cost)
    reach('after the cost is recorded')
    const settling = ledger.settle({ hold, amount: cost })
    reach('while a settle is in flight')
    const settled = await settling
    if (!settled.ok) throw new Error(`settle refused: ${settled.reason}`)
    print('settled', hold)
    reach('after a settle')
  }
}

/** Reserves until the first refusal. Returns the number of admitted holds. */
async function drain(caller: number): Promise<number> {
  for (let i = 0; ; i += 1) {
    const answer = await ledger.reserve({ hold: `${task.name}-${caller}-${i}`, wallet, amount: 7n, ttl: 600_000 })
    if (!answer.ok) return i
  }
}

const callers = Array.from({ length: task.callers }, (_, caller) => caller)
if (task.type === 'drain') {
  const admitted = await Promise.all(callers.map(drain))
  print(
    'admitted',
    admitted.reduce((sum, one) => sum + one, 0),
  )
  await ledger.close()
  await pool.end()
} else await Promise.all(callers.map(serve))
