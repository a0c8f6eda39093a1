import { writeSync } from 'node:fs'
import { openFileJournal } from '../../src/journal.ts'
import { openMemoryCreditLedger } from '../../src/memory.ts'

/** Reserves and settles with 32 callers until it is killed, and says each answer only after it was given. */
const [, , path = '', name = ''] = process.argv
const wallet = { type: 'team', id: 'a', incarnation: 1 } as const
const ledger = await openMemoryCreditLedger({ journal: await openFileJournal(path) })

async function call(caller: number): Promise<void> {
  for (let i = 0; ; i += 1) {
    const hold = `${name} ${caller} ${i}`
    const reserved = await ledger.reserve({ hold, wallet, amount: 7n, ttl: 3_600_000 })
    if (reserved.ok) writeSync(1, `reserved ${hold}\n`)
    const settled = await ledger.settle({ hold, amount: 5n })
    if (settled.ok) writeSync(1, `settled ${hold}\n`)
  }
}
await Promise.all(Array.from({ length: 32 }, (_, caller) => call(caller)))
