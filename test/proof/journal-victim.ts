import { writeSync } from 'node:fs'
import { openFolderJournal } from '../../src/adapter/folder/index.ts'
import { openMemoryCreditLedger } from '../../src/adapter/memory/index.ts'
import { LedgerError } from '../../src/ledger/index.ts'

/*
 * Reserves and settles with 32 callers until it is killed or the journal fails. Writes a line for each result after the ledger
 * returned it: `reserved`, `settled`, or the code and outcome of the error.
 */
const [, , path = '', name = '', checkpointSize = '8000000'] = process.argv
const wallet = { type: 'team', id: 'a', incarnation: 1 } as const
const journal = await openFolderJournal(path).catch(failed)
if (journal instanceof LedgerError) {
  writeSync(1, `${journal.code} ${journal.outcome}\n`)
  process.exit(0)
}
const ledger = await openMemoryCreditLedger({ journal, checkpointSize: Number(checkpointSize) })
writeSync(1, 'opened\n')

async function call(caller: number): Promise<void> {
  for (let i = 0; ; i += 1) {
    const hold = `${name} ${caller} ${i}`
    const reserved = await ledger.reserve({ hold, wallet, amount: 7n, ttl: 3_600_000 }).catch(failed)
    if (reserved instanceof LedgerError) return writeLine(`${reserved.code} ${reserved.outcome}`, hold)
    if (reserved.ok) writeLine('reserved', hold)
    const settled = await ledger.settle({ hold, amount: 5n }).catch(failed)
    if (settled instanceof LedgerError) return writeLine(`${settled.code} ${settled.outcome}`, hold)
    if (settled.ok) writeLine('settled', hold)
  }
}

function writeLine(word: string, hold: string): void {
  writeSync(1, `${word}\t${hold}\n`)
}

function failed(error: unknown): LedgerError {
  if (error instanceof LedgerError) return error
  throw error
}

await Promise.all(Array.from({ length: 32 }, (_, caller) => call(caller)))
// The journal has failed: every further write throws, and `close` still works.
const after = await ledger.reserve({ hold: `${name} after`, wallet, amount: 7n, ttl: 9 }).catch(failed)
writeLine(after instanceof LedgerError ? `${after.code} ${after.outcome}` : 'reserved', `${name} after`)
await ledger.close()
