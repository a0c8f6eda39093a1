import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { auditLedger } from '../../src/testing/reference/ledger.ts'
import { Random } from '../bench/random.ts'
import { examine, killAfter, linesOf, reopen, startVictim, wallet } from '../proof/journal.ts'

/* A handful of what `npm run proof:ledger` does many times. */

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-kill-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function openWithCredit(path: string): Promise<void> {
  const ledger = await reopen(path)
  await ledger.grant({ key: 'g', wallet, amount: 10n ** 15n })
  await ledger.close()
}

test('a process killed while it writes loses nothing that it answered, and settles nothing twice', async () => {
  const path = join(folder, 'killed.journal')
  await openWithCredit(path)
  for (let round = 0; round < 3; round += 1) {
    const lines = await killAfter(path, `round ${round}`, 50 + 137 * round)
    const ledger = await reopen(path)
    const { acknowledged, settled, faults } = await examine(ledger, lines)
    expect(faults).toEqual([])
    expect(acknowledged).toBeGreaterThanOrEqual(49)
    expect(settled).toBeGreaterThan(0)
    await ledger.close()
  }
  const last = await reopen(path)
  // The victim may have died before it reported a result, so the ledger may contain costs that no report mentions.
  const violations = await auditLedger(last, [wallet], [])
  expect(violations.filter(({ invariant }) => invariant !== 'hold_cost')).toEqual([])
  await last.close()
})

test('a process killed while it writes checkpoints loses nothing that it answered, whenever it is killed', async () => {
  const path = join(folder, 'checkpointed.journal')
  await openWithCredit(path)
  const random = new Random(Date.now())
  let checkpoints = 0
  for (let round = 0; round < 6; round += 1) {
    // A checkpoint of all known holds is written about every hundred calls.
    const lines = await killAfter(path, `round ${round}`, random.between(40, 900), 10_000)
    const ledger = await reopen(path)
    const { acknowledged, faults } = await examine(ledger, lines)
    expect(faults, `round ${round}`).toEqual([])
    expect(acknowledged).toBeGreaterThan(30)
    await ledger.close()
    const last = (await readdir(path)).filter((name) => name.startsWith('checkpoint-')).at(-1)
    checkpoints = Number(last?.slice(-8) ?? 1) - 1
  }
  expect(checkpoints).toBeGreaterThan(3)
}, 60_000)

describe('a journal belongs to one process', () => {
  test('while it is alive, under any name of the folder, and to the next process once it is killed', async () => {
    const path = join(folder, 'held.journal')
    await openWithCredit(path)
    for (let round = 0; round < 2; round += 1) {
      const child = startVictim(path, `holder ${round}`)
      let refused: unknown
      const lines = await linesOf(child, (count) => {
        if (count < 2 || refused !== undefined) return
        refused = reopen(join(folder, '.', 'held.journal')).catch((error: unknown) => error)
        void Promise.resolve(refused).finally(() => child.kill('SIGKILL'))
      })
      expect(await refused).toMatchObject({ name: 'LedgerError', code: 'ledger_locked', outcome: 'not_applied' })
      const ledger = await reopen(path)
      expect((await examine(ledger, lines)).faults).toEqual([])
      await ledger.close()
    }
    expect(await readdir(path)).toEqual(['tail-00000001'])
  })

  test('of many that want it at once, and of those one at most has it', async () => {
    const path = join(folder, 'wanted.journal')
    await openWithCredit(path)
    let served = 0
    let refused = 0
    for (let round = 0; round < 3; round += 1) {
      const children = Array.from({ length: 4 }, (_, i) => startVictim(path, `wants ${round} ${i}`))
      // The process that has the journal continues until the other processes are refused.
      const counts = children.map(() => 0)
      const said = await Promise.all(
        children.map((child, i) =>
          linesOf(child, (count) => {
            counts[i] = count
            if (counts.every((one) => one > 0) && counts.some((one) => one > 60))
              for (const one of children) one.kill('SIGKILL')
          }),
        ),
      )
      const owners = said.filter(([first]) => first === 'opened')
      expect(owners.length).toBeLessThanOrEqual(1)
      const others = said.filter(([first]) => first !== undefined && first !== 'opened')
      for (const lines of others) expect(lines).toEqual(['ledger_locked not_applied'])
      refused += others.length
      served += owners.length
      const ledger = await reopen(path)
      expect((await examine(ledger, owners.flat())).faults).toEqual([])
      await ledger.close()
    }
    expect(served).toBeGreaterThan(0)
    expect(refused).toBeGreaterThan(0)
  })
})

describe('a disk that is full', () => {
  test.each([13, 21, 40])(
    'at %d kilobytes is reported, and what was answered is there when it has space again',
    async (size) => {
      const path = join(folder, `full ${size}.journal`)
      await openWithCredit(path)
      const lines = await linesOf(startVictim(path, 'full', size))
      const last = lines.at(-1)
      expect(last).toBe('ledger_unavailable not_applied\tfull after')
      const failures = lines.filter((line) => line.startsWith('ledger_'))
      expect(failures.filter((line) => line.includes('ledger_unavailable unknown')).length).toBeGreaterThan(0)
      expect(failures).toHaveLength(33)
      const ledger = await reopen(path)
      const { acknowledged, settled, faults } = await examine(ledger, lines)
      expect(faults).toEqual([])
      expect(acknowledged).toBeGreaterThan(10)
      expect(settled).toBeGreaterThan(0)
      expect(await ledger.grant({ key: 'more', wallet, amount: 1n })).toMatchObject({ ok: true, replay: false })
      await ledger.close()
      const again = await reopen(path)
      expect((await again.balance(wallet)).granted).toBe(10n ** 15n + 1n)
      await again.close()
    },
  )
})
