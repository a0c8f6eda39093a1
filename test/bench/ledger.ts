import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openFolderJournal } from '../../src/adapter/folder/index.ts'
import { createMemoryCreditLedger, openMemoryCreditLedger } from '../../src/adapter/memory/index.ts'
import type { CreditLedger } from '../../src/ledger/index.ts'
import type { Wallet } from '../../src/model/noun/wallet.ts'
import { type LedgerCycle, ledgerCycle, measureCycle } from '../../src/testing/conformance/ledger/ledger-speed.ts'
import { reportJournal } from './journal.ts'
import { median } from './measure.ts'

/*
 * `npm run bench:ledger`: the CPU time of a reserve and its settle in memory, through the port, against a bare Map of balances
 * that does the two steps without other checks, hold ids or a statement. The contenders take turns in one process. CPU time
 * excludes other processes on the machine.
 */

const pairs = 100_000
const rounds = 7
const cost = 60n
const amount = 100n
const funds = 10n ** 12n

/** One implementation of the two steps. `run` gets fresh hold ids and the wallet of each. */
interface Contender {
  readonly name: string
  run(holds: readonly string[], wallets: readonly Wallet[]): Promise<void>
}

/** A Map of balances. The caller must remember the held amounts. */
function balancesAlone(wallets: readonly Wallet[]): Contender {
  const balances = new Map(wallets.map(({ id }) => [id, funds]))
  const take = (id: string, units: bigint) => {
    const balance = balances.get(id) ?? 0n
    if (balance < units) throw new Error('overdrawn')
    balances.set(id, balance - units)
  }
  return {
    name: 'bare Map: balances',
    async run(_, own) {
      for (const { id } of own) {
        take(id, amount)
        take(id, cost - amount)
      }
    },
  }
}

/** Maps of balances and of holds by id, so that a retry is detected. */
function balancesAndHolds(wallets: readonly Wallet[]): Contender {
  const balances = new Map(wallets.map(({ id }) => [id, funds]))
  const held = new Map<string, bigint>()
  return {
    name: 'bare Maps: balances, ids',
    async run(holds, own) {
      for (const [i, hold] of holds.entries()) {
        const id = own[i]?.id ?? ''
        const balance = balances.get(id) ?? 0n
        if (balance < amount || held.has(hold)) throw new Error('overdrawn')
        balances.set(id, balance - amount)
        held.set(hold, amount)
        const back = held.get(hold) ?? 0n
        held.set(hold, 0n)
        balances.set(id, (balances.get(id) ?? 0n) + back - cost)
      }
    },
  }
}

function throughPort(ledger: CreditLedger): Contender {
  return {
    name: 'portcullis/memory',
    async run(holds, own) {
      for (const [i, hold] of holds.entries()) {
        const wallet = own[i] as Wallet
        const reserved = await ledger.reserve({ hold, wallet, amount, ttl: 60_000 })
        const settled = await ledger.settle({ hold, amount: cost })
        if (!reserved.ok || !settled.ok) throw new Error('refused')
      }
    },
  }
}

const cpu = () => {
  const { user, system } = process.cpuUsage()
  return user + system
}

let made = 0
/** Hold ids like those of a gateway: long enough to be unique, in increasing order. */
const freshHolds = () =>
  Array.from({ length: pairs }, () => {
    made += 1
    return Buffer.from(`01932b7e-${made.toString(16).padStart(12, '0')}`).toString('latin1')
  })

/** Nanoseconds per pair of steps, for each round of each contender. */
async function race(contenders: readonly Contender[], wallets: readonly Wallet[], count = rounds) {
  const times = new Map(contenders.map(({ name }) => [name, [] as number[]]))
  let random = 1
  for (let round = -2; round < count; round += 1) {
    const own = Array.from({ length: pairs }, () => {
      random = (Math.imul(random, 1_103_515_245) + 12_345) & 0x7f_ff_ff_ff
      return wallets[random % wallets.length] as Wallet
    })
    for (const { name, run } of contenders) {
      const holds = freshHolds()
      globalThis.gc?.()
      const before = cpu()
      await run(holds, own)
      if (round >= 0) times.get(name)?.push((1_000 * (cpu() - before)) / pairs)
    }
  }
  return times
}

function report(title: string, times: ReadonlyMap<string, readonly number[]>): void {
  const own = times.get('portcullis/memory') ?? []
  for (const [name, all] of times) {
    const share = median(all.map((time, i) => time / (own[i] ?? Number.NaN)))
    const ratio = name === 'portcullis/memory' ? '' : `; the ledger has ${(100 * share).toFixed(0)} % of its rate`
    console.log(`${title.padEnd(34)} ${name.padEnd(26)} ${median(all).toFixed(0).padStart(6)} ns a pair${ratio}`)
  }
}

for (const count of [1, 1_000, 1_000_000]) {
  const wallets = Array.from({ length: count }, (_, i): Wallet => ({ type: 'team', id: `team ${i}`, incarnation: 1 }))
  const ledger = createMemoryCreditLedger()
  for (const wallet of wallets) await ledger.grant({ key: `grant ${wallet.id}`, wallet, amount: funds })
  const contenders = [balancesAlone(wallets), balancesAndHolds(wallets), throughPort(ledger)]
  report(`${count.toLocaleString('en')} wallets`, await race(contenders, wallets))
  if (count !== 1) continue
  for (let before = 0; before < 1_000_000; before += pairs)
    await contenders[2]?.run(freshHolds(), new Array(pairs).fill(wallets[0]))
  report('1 wallet, after 1,000,000 holds', await race(contenders, wallets))
}

/** A file that appends and flushes each write before it returns. */
async function flushEach(path: string): Promise<LedgerCycle & { close(): Promise<void> }> {
  const file = await open(path, 'a')
  let last: Promise<void> = Promise.resolve()
  const write = (text: string): Promise<void> => {
    last = last.then(async () => {
      await file.appendFile(`${text.padEnd(140)}\n`)
      await file.datasync()
    })
    return last
  }
  return { reserve: write, settle: write, close: () => file.close() }
}

const folder = await mkdtemp(join(tmpdir(), 'portcullis-bench-'))
const hot: Wallet = { type: 'team', id: 'hot', incarnation: 1 }
const journaled = await openMemoryCreditLedger({ journal: await openFolderJournal(join(folder, 'ledger.journal')) })
await journaled.grant({ key: 'credit', wallet: hot, amount: 10n ** 18n })
const alone = await flushEach(join(folder, 'alone'))
for (const callers of [256, 1]) {
  const rates = { journal: [] as number[], each: [] as number[] }
  for (let round = 0; round < 5; round += 1) {
    const options = { name: `${callers}-${round}`, callers, milliseconds: 500 }
    rates.journal.push((await measureCycle(ledgerCycle(journaled, hot), options)).rate)
    rates.each.push((await measureCycle(alone, options)).rate)
  }
  const share = median(rates.journal.map((rate, i) => rate / (rates.each[i] ?? Number.NaN)))
  const [journal, each] = [rates.journal, rates.each].map((all) => median(all).toFixed(0).padStart(6))
  console.log(
    `${callers} callers, journal file: ${journal} cycles a second; a file flushed for each write: ${each}; ratio ${share.toFixed(2)}`,
  )
}
await alone.close()
await journaled.close()
const before = performance.now()
const reopened = await openMemoryCreditLedger({ journal: await openFolderJournal(join(folder, 'ledger.journal')) })
const took = performance.now() - before
const { sequence } = await reopened.balance(hot)
console.log(`reopening the journal: ${sequence.toLocaleString('en')} entries in ${(took / 1_000).toFixed(1)} s`)
await reopened.close()
await rm(folder, { recursive: true })

await reportJournal()
