import { type ChildProcess, spawn } from 'node:child_process'
import { buildSync } from 'esbuild'
import { openFolderJournal } from '../../src/adapter/folder/index.ts'
import { openMemoryCreditLedger } from '../../src/adapter/memory/index.ts'
import type { CreditLedger } from '../../src/ledger/index.ts'

export const wallet = { type: 'team', id: 'a', incarnation: 1 } as const

/** A comparison of the results that a killed process had printed with the journal that it left. */
export interface JournalRound {
  /** Results that were printed: reserves and settles. */
  readonly acknowledged: number
  readonly settled: number
  /** Printed results that are missing in the ledger. */
  readonly lost: number
  /** Costs that are booked more than once. */
  readonly doubled: number
  /** Holds without a printed settle, whose settle may or may not have taken effect. */
  readonly unknown: number
  readonly faults: readonly string[]
}

let bundle: string | undefined

/**
 * Starts a process that writes to a journal until it is killed. `limit` is the maximum size of its files in kilobytes,
 * `checkpointSize` the option of the ledger.
 */
export function startVictim(path: string, name: string, limit?: number, checkpointSize = 8_000_000): ChildProcess {
  bundle ??= bundleVictim()
  const command = [process.execPath, bundle, path, name, String(checkpointSize)]
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

/** Starts a process and kills it with SIGKILL after it printed `answers` lines. Returns the printed lines. */
export function killAfter(
  path: string,
  name: string,
  answers: number,
  checkpointSize?: number,
): Promise<readonly string[]> {
  const child = startVictim(path, name, undefined, checkpointSize)
  return linesOf(child, (count) => {
    if (count >= answers) child.kill('SIGKILL')
  })
}

/** The lines that a process prints until it ends. */
export function linesOf(child: ChildProcess, onMore: (count: number) => void = () => undefined) {
  let output = ''
  return new Promise<readonly string[]>((resolve, reject) => {
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      output += text
      onMore(output.split('\n').length - 1)
    })
    child.on('error', reject)
    child.on('close', () => resolve(output.split('\n').slice(0, -1)))
  })
}

/** Reopens a journal, as the next process would. */
export async function reopen(path: string): Promise<CreditLedger> {
  return await openMemoryCreditLedger({ journal: await openFolderJournal(path) })
}

/** Compares the printed lines with the ledger, and retries the settle of every reserved hold under its id. */
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
  for (const [hold, printed] of words) {
    const state = await ledger.hold(hold)
    const isSettled = printed.includes('settled')
    const isReserved = printed.includes('reserved')
    counts.acknowledged += Number(isReserved) + Number(isSettled)
    counts.settled += Number(isSettled)
    if ((isReserved && state === undefined) || (isSettled && state?.state !== 'settled')) {
      counts.lost += 1
      faults.push(`${hold} was acknowledged as ${printed.join(' and ')}, but is ${state?.state ?? 'missing'}`)
    }
    if ((costs.get(hold) ?? 0) > 1) {
      counts.doubled += 1
      faults.push(`the cost of ${hold} is booked ${costs.get(hold)} times`)
    }
    if (!isReserved && printed.some((word) => word.endsWith('not_applied')) && state !== undefined)
      faults.push(`${hold} was reported as not applied, but is ${state.state}`)
    if (!isSettled) counts.unknown += 1
    if (!isReserved) continue
    // A caller that did not get the result retries.
    const again = await ledger.settle({ hold, amount: 5n })
    if (!again.ok || (isSettled && !again.replay))
      faults.push(`the retried settle of ${hold} is refused or takes effect again`)
  }
  const { spent } = await ledger.balance(wallet)
  let holds = 0n
  for await (const { to } of ledger.statement(wallet)) if (to === 'spent') holds += 5n
  if (spent !== holds) faults.push(`the balance has ${spent} spent, but the entries sum to ${holds}`)
  for (const { invariant, message } of await ledger.verify()) faults.push(`${invariant}: ${message}`)
  return { ...counts, faults }
}
