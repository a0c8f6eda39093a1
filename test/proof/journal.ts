import { type ChildProcess, spawn } from 'node:child_process'
import { buildSync } from 'esbuild'
import { openFileJournal } from '../../src/adapter/file/index.ts'
import { openMemoryCreditLedger } from '../../src/adapter/memory/index.ts'
import type { CreditLedger } from '../../src/ledger/index.ts'

export const wallet = { type: 'team', id: 'a', incarnation: 1 } as const

/** What was said by a process that worked on a journal, and what is found of it by the next. */
export interface JournalRound {
  /** Answers that were given: reservations and settlements. */
  readonly acknowledged: number
  readonly settled: number
  /** Answers that nothing is found of. */
  readonly lost: number
  /** Costs that are booked more often than once. */
  readonly doubled: number
  /** What was under way and is there although nobody was told, or is not there. */
  readonly unknown: number
  readonly faults: readonly string[]
}

let bundle: string | undefined

/** Starts a process that works on a journal until something stops it. `limit` is how large its files may get, in kilobytes. */
export function startVictim(path: string, name: string, limit?: number): ChildProcess {
  bundle ??= bundleVictim()
  const command = [process.execPath, bundle, path, name]
  const args = limit === undefined ? command : ['bash', '-c', `ulimit -f ${limit}; exec "$@"`, 'bash', ...command]
  return spawn(args[0] ?? '', args.slice(1), { stdio: ['ignore', 'pipe', 'inherit'] })
}

function bundleVictim(): string {
  const outfile = 'node_modules/.cache/portcullis/proof-journal-victim.mjs'
  const entryPoints = ['test/proof/journal-victim.ts']
  const format = 'esm'
  buildSync({ entryPoints, bundle: true, packages: 'external', platform: 'node', target: 'es2023', format, outfile })
  return outfile
}

/** Lets a process work, and kills it without warning after so many answers. The lines that it had said by then. */
export function killAfter(path: string, name: string, answers: number): Promise<readonly string[]> {
  const child = startVictim(path, name)
  return linesOf(child, (count) => {
    if (count >= answers) child.kill('SIGKILL')
  })
}

/** The lines that a process says until it ends. */
export function linesOf(child: ChildProcess, onMore: (count: number) => void = () => undefined) {
  let said = ''
  return new Promise<readonly string[]>((resolve, reject) => {
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      said += text
      onMore(said.split('\n').length - 1)
    })
    child.on('error', reject)
    child.on('close', () => resolve(said.split('\n').slice(0, -1)))
  })
}

/** Opens a journal again, as the next process does. */
export async function reopen(path: string): Promise<CreditLedger> {
  return await openMemoryCreditLedger({ journal: await openFileJournal(path) })
}

/** Compares what was said with what is there, and finishes what was under way with the same ids. */
export async function examine(ledger: CreditLedger, lines: readonly string[]): Promise<JournalRound> {
  const faults: string[] = []
  const words = new Map<string, readonly string[]>()
  for (const line of lines) {
    const [word = '', hold] = line.split('\t')
    if (hold !== undefined) words.set(hold, [...(words.get(hold) ?? []), word])
  }
  const counts = { acknowledged: 0, settled: 0, lost: 0, doubled: 0, unknown: 0 }
  const costs = new Map<string, number>()
  for await (const { to, hold } of ledger.statement(wallet)) {
    if (to === 'spent' && hold !== undefined) costs.set(hold, (costs.get(hold) ?? 0) + 1)
  }
  for (const [hold, said] of words) {
    const state = await ledger.hold(hold)
    const isSettled = said.includes('settled')
    const isReserved = said.includes('reserved')
    counts.acknowledged += Number(isReserved) + Number(isSettled)
    counts.settled += Number(isSettled)
    if ((isReserved && state === undefined) || (isSettled && state?.state !== 'settled')) {
      counts.lost += 1
      faults.push(`${hold} was ${said.join(' and ')}, and is ${state?.state ?? 'lost'}`)
    }
    if ((costs.get(hold) ?? 0) > 1) {
      counts.doubled += 1
      faults.push(`${hold} has cost ${costs.get(hold)} times`)
    }
    if (!isReserved && said.some((word) => word.endsWith('not_applied')) && state !== undefined)
      faults.push(`${hold} was said not to be done, and is ${state.state}`)
    if (!isSettled) counts.unknown += 1
    if (!isReserved) continue
    // Whoever did not hear the answer asks again.
    const again = await ledger.settle({ hold, amount: 5n })
    if (!again.ok || (isSettled && !again.replay)) faults.push(`${hold} cannot be settled once more`)
  }
  const { spent } = await ledger.balance(wallet)
  let holds = 0n
  for await (const { to } of ledger.statement(wallet)) if (to === 'spent') holds += 5n
  if (spent !== holds) faults.push(`${spent} is spent, and the holds have cost ${holds}`)
  for (const { invariant, message } of await ledger.verify()) faults.push(`${invariant}: ${message}`)
  return { ...counts, faults }
}
