import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { openFolderJournal } from '../../src/adapter/folder/index.ts'
import { createMemoryClock, openMemoryCreditLedger } from '../../src/adapter/memory/index.ts'
import type { CreditLedger } from '../../src/ledger/index.ts'
import type { Wallet } from '../../src/model/noun/wallet.ts'

const calls = 100_000
const callers = 64
const hour = 3_600_000
const wallets = ['a', 'b', 'c', 'd'].map((id): Wallet => ({ type: 'team', id, incarnation: 1 }))

/** What a journal costs after `calls` calls. Sizes are in megabytes, times in milliseconds. */
interface JournalCost {
  readonly read: number
  readonly archived: number
  readonly opening: number
  readonly heap: number
  /** The longest time for which the process answered nothing, while the calls were made. */
  readonly pause: number
  readonly statement: number
}

/** Makes `calls` calls in `days` days, opens the journal again, and reads a statement. */
async function costOf(checkpointSize: number, days: number): Promise<JournalCost> {
  const path = await mkdtemp(join(tmpdir(), 'portcullis-journal-'))
  const clock = createMemoryClock(1_700_000_000_000)
  const open = async () =>
    await openMemoryCreditLedger({
      clock,
      idRetention: 24 * hour,
      journal: await openFolderJournal(path),
      checkpointSize,
    })
  const fill = async () => {
    const ledger = await open()
    for (const wallet of wallets) await ledger.grant({ key: wallet.id, wallet, amount: 10n ** 15n })
    const longest = await longestPause(() => callAll(ledger, (days * 24 * hour) / calls, clock))
    await ledger.close()
    return longest
  }
  const pause = await fill()
  const names = await readdir(path)
  const sizes = await Promise.all(names.map(async (name) => ({ name, size: (await stat(join(path, name))).size })))
  const sizeOf = (isArchive: boolean) =>
    sizes.filter(({ name }) => name.startsWith('archive') === isArchive).reduce((sum, { size }) => sum + size, 0) / 1e6
  await collect()
  const before = process.memoryUsage()
  const openedAt = performance.now()
  const again = await open()
  const opening = performance.now() - openedAt
  await collect()
  const after = process.memoryUsage()
  const heap = (after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers) / 1e6
  const readAt = performance.now()
  let entries = 0
  for await (const _ of again.statement(wallets[0] as Wallet)) entries += 1
  const statement = performance.now() - readAt
  if (entries !== 1 + (3 * calls) / wallets.length) throw new Error(`the statement has ${entries} entries`)
  await again.close()
  await rm(path, { recursive: true })
  return { read: sizeOf(false), archived: sizeOf(true), opening, heap, pause, statement }
}

/** Collects garbage. Buffers that were read are freed only in a later turn. */
async function collect(): Promise<void> {
  for (let i = 0; i < 3; i += 1) {
    globalThis.gc?.()
    await new Promise((resolve) => {
      setTimeout(resolve, 10)
    })
  }
}

async function callAll(ledger: CreditLedger, step: number, clock: { advance(milliseconds: number): void }) {
  let next = 0
  const call = async () => {
    for (let i = next; i < calls; i = next) {
      next += 1
      if (step >= 1) clock.advance(Math.floor(step))
      const wallet = wallets[i % wallets.length] as Wallet
      await ledger.reserve({ hold: `call ${i}`, wallet, amount: 70n, ttl: 24 * hour })
      await ledger.settle({ hold: `call ${i}`, amount: 50n })
    }
  }
  await Promise.all(Array.from({ length: callers }, call))
}

/** Returns the longest time between two turns of the event loop while a function runs. */
async function longestPause(run: () => Promise<void>): Promise<number> {
  let longest = 0
  let last = performance.now()
  const timer = setInterval(() => {
    const now = performance.now()
    longest = Math.max(longest, now - last)
    last = now
  }, 1)
  await run()
  clearInterval(timer)
  return longest
}

/** Prints what checkpoints change for `calls` calls, with all ids retained and with a tenth of them. */
export async function reportJournal(): Promise<void> {
  for (const days of [1, 10]) {
    const without = await costOf(Number.MAX_SAFE_INTEGER, days)
    const by = await costOf(8_000_000, days)
    console.log(`journal, ${calls.toLocaleString('en')} calls in ${days} days, ids retained for one:`)
    for (const [name, unit] of [
      ['read', 'MB read by opening'],
      ['archived', 'MB in the archive'],
      ['opening', 'ms to open'],
      ['heap', 'MB of memory after opening'],
      ['pause', 'ms longest pause while writing'],
      ['statement', 'ms for a statement of 75,001 entries'],
    ] as const) {
      const ratio = (without[name] / by[name]).toFixed(2)
      console.log(
        `  ${without[name].toFixed(1).padStart(8)} -> ${by[name].toFixed(1).padStart(8)} ${unit} (ratio ${ratio})`,
      )
    }
  }
}
