import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { openFileJournal } from '../../src/journal.ts'
import { type Entry, openMemoryCreditLedger } from '../../src/memory.ts'
import { auditLedger } from '../../src/testing/reference/ledger.ts'

const rounds = Number(process.env['KILL_ROUNDS'] ?? 3)
const wallet = { type: 'team', id: 'a', incarnation: 1 } as const
const victim = fileURLToPath(new URL('journal-victim.ts', import.meta.url))
const loader = createRequire(import.meta.url).resolve('tsx')

/** Lets a process work, and kills it without warning after so many answers. What it had said by then. */
function killAfter(path: string, name: string, answers: number): Promise<readonly string[]> {
  const child = spawn(process.execPath, ['--import', loader, victim, path, name], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  return new Promise((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text
      if (said.split('\n').length > answers) child.kill('SIGKILL')
    })
    child.on('error', reject)
    child.on('close', () => resolve(said.split('\n').slice(0, -1)))
  })
}

test('a process killed while it writes loses nothing that it answered, and settles nothing twice', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-kill-'))
  const path = join(folder, 'ledger.journal')
  try {
    const first = await openMemoryCreditLedger({ journal: await openFileJournal(path) })
    await first.grant({ key: 'g', wallet, amount: 10n ** 15n })
    await first.close()
    const settled = new Set<string>()
    for (let round = 0; round < rounds; round += 1) {
      const answers = await killAfter(path, `round ${round}`, 50 + 137 * round)
      expect(answers.length).toBeGreaterThanOrEqual(50)
      const ledger = await openMemoryCreditLedger({ journal: await openFileJournal(path) })
      for (const answer of answers) {
        const [verb, ...hold] = answer.split(' ')
        const state = await ledger.hold(hold.join(' '))
        expect(state, answer).toBeDefined()
        if (verb === 'settled') {
          expect(state).toMatchObject({ state: 'settled', spent: 5n })
          settled.add(hold.join(' '))
          // Whoever did not hear the answer asks again.
          expect(await ledger.settle({ hold: hold.join(' '), amount: 5n })).toMatchObject({ ok: true, replay: true })
        }
      }
      const { spent } = await ledger.balance(wallet)
      expect(spent % 5n).toBe(0n)
      expect(spent).toBeGreaterThanOrEqual(5n * BigInt(settled.size))
      expect(await ledger.verify()).toEqual([])
      await ledger.close()
    }
    const last = await openMemoryCreditLedger({ journal: await openFileJournal(path) })
    const entries: Entry[] = []
    for await (const entry of last.statement(wallet)) entries.push(entry)
    const costs = entries.filter(({ to }) => to === 'spent')
    expect(new Set(costs.map(({ hold }) => hold)).size).toBe(costs.length)
    // What the victim was answered and did not live to say is in the entries too: that they hold no more than was said is not asked.
    const violations = await auditLedger(last, [wallet], [])
    expect(violations.filter(({ invariant }) => invariant !== 'I12')).toEqual([])
    await last.close()
  } finally {
    await rm(folder, { recursive: true })
  }
})
