import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { buildSync } from 'esbuild'
import { openFolderJournal, openFolderRepository } from '../../src/adapter/folder/index.ts'
import { openMemoryCreditLedger } from '../../src/adapter/memory/index.ts'
import { getRow } from '../../src/model/table/table.ts'
import { credit } from '../../src/model/value/credit.ts'
import type { CreditLedger } from '../../src/port/credit-ledger.ts'
import type { Repository } from '../../src/port/repository.ts'
import { createEngine, loadState } from '../../src/runtime/index.ts'
import { linesOf } from './journal.ts'

/** What the gateways on folders acknowledged before they were killed, and the promises that they broke. */
export interface FolderProof {
  kills: number
  commands: number
  calls: number
  checkpoints: number
  readonly broken: string[]
}

/**
 * Runs a gateway on a folder repository and a folder journal, kills it by `kill -9` at a random moment, and examines what
 * it left, `rounds` times. The journal makes a checkpoint every 20 kB, so some kills hit one.
 */
export async function proveFolders(folder: string, rounds: number): Promise<FolderProof> {
  const proof: FolderProof = { kills: 0, commands: 0, calls: 0, checkpoints: 0, broken: [] }
  const bundle = bundleVictim(folder)
  const lines: string[] = []
  for (let round = 0; round < rounds; round += 1) {
    const child = spawn(process.execPath, [bundle, folder, `round ${round}`, '20000'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let isWaiting = false
    const printed = await linesOf(child, (count) => {
      if (count === 0 || isWaiting) return
      isWaiting = true
      setTimeout(() => child.kill('SIGKILL'), 150 + Math.random() * 700)
    })
    if (child.signalCode !== 'SIGKILL') proof.broken.push(`the gateway of round ${round} ended by itself`)
    proof.kills += 1
    lines.push(...printed)
    await examine(folder, lines, proof)
  }
  return proof
}

function bundleVictim(folder: string): string {
  const outfile = join(folder, 'victim.mjs')
  const options = { bundle: true, platform: 'node', target: 'es2023', format: 'esm' } as const
  buildSync({ entryPoints: ['test/proof/folder-victim.ts'], ...options, outfile })
  return outfile
}

/** Opens the folders as the next process would, and compares them with all lines printed so far. */
async function examine(folder: string, lines: readonly string[], proof: FolderProof): Promise<void> {
  const repository = await openFolderRepository(join(folder, 'policy'))
  const ledger = await openMemoryCreditLedger({ journal: await openFolderJournal(join(folder, 'journal')) })
  const engine = createEngine({ repository, ledger })
  await engine.ready()
  if (!(await engine.booked())) proof.broken.push('the allocations are not booked')
  const words = lines.map((line) => line.split('\t'))
  const idsOf = (word: string) => words.flatMap(([first, id = '']) => (first === word ? [id] : []))
  proof.checkpoints = idsOf('checkpoint_written').length

  const done = words.filter(([word]) => word === 'done')
  proof.commands = done.length
  for (const [, id = '', version] of done) {
    const found = await repository.findCommand(id)
    if (found?.version !== Number(version)) proof.broken.push(`the acknowledged command ${id} is not at ${version}`)
  }

  const { state } = await loadState(repository)
  const wallet = { type: 'team', id: 'dev', incarnation: getRow(state.teams, 'dev').incarnation } as const
  const costs = new Map(words.flatMap(([word, id = '', cost = '']) => (word === 'call' ? [[id, cost] as const] : [])))
  const settled = new Set(idsOf('settled'))
  proof.calls = settled.size
  const spent = new Map<string, bigint>()
  const sums = { granted: 0n, spent: 0n }
  for await (const { type, to, hold = '', amount } of ledger.statement(wallet)) {
    if (type === 'granted') sums.granted += amount
    if (to !== 'spent') continue
    sums.spent += amount
    spent.set(hold, (spent.get(hold) ?? 0n) + amount)
  }
  for (const id of settled) {
    if (String(spent.get(id)) !== costs.get(id))
      proof.broken.push(`call ${id} cost ${costs.get(id)}, not ${spent.get(id)}`)
  }
  for (const [id, amount] of spent) {
    // The process may have been killed after the ledger wrote and before it printed.
    if (costs.has(id) && costs.get(id) !== String(amount)) proof.broken.push(`call ${id} is booked as ${amount}`)
  }
  await compareBalance(ledger, repository, wallet, sums, proof)
  await engine.close()
  await ledger.close()
  await repository.close()
}

async function compareBalance(
  ledger: CreditLedger,
  repository: Repository,
  wallet: Parameters<CreditLedger['balance']>[0],
  sums: { readonly granted: bigint; readonly spent: bigint },
  proof: FolderProof,
): Promise<void> {
  let allocated = 0n
  for (let after: number | undefined = 0; after !== undefined; ) {
    const page = await repository.readLog({ after, limit: 1_000 })
    for (const { event } of page.events) {
      const { type, amount = '0' } = event as { readonly type: string; readonly amount?: string }
      if (type === 'CreditsAllocated') allocated += credit(amount)
    }
    after = page.next
  }
  const balance = await ledger.balance(wallet)
  if (balance.granted !== allocated || sums.granted !== allocated)
    proof.broken.push(`${allocated} units are allocated, ${balance.granted} granted, ${sums.granted} in the entries`)
  if (balance.spent !== sums.spent)
    proof.broken.push(`the balance has ${balance.spent} spent, the entries ${sums.spent}`)
  for (const { invariant, message } of await ledger.verify()) proof.broken.push(`${invariant}: ${message}`)
}
