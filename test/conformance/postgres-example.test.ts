import { execFileSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const tsx = createRequire(import.meta.url).resolve('tsx/cli')

/** Runs an example as `npx tsx` does. Returns what it prints. */
function printedBy(example: string): string {
  return execFileSync(process.execPath, [tsx, `examples/${example}`], { cwd: root, encoding: 'utf8' }).trimEnd()
}

test('the example of a gateway on PGlite keeps policy and credits in one folder', () => {
  expect(printedBy('21-pglite.ts')).toMatchInlineSnapshot(`
    "first start: policy schema 0 to 1, ledger schema 0 to 1
    version 5
    [{"note":"first","amount":250000000}]
    second start: policy schema 1 to 1, ledger schema 1 to 1
    version_conflict
    [{"note":"first","amount":250000000},{"note":"second","amount":250000000}]"
  `)
})

test('the example of a fleet: the other processes refuse a revoked key within five seconds', () => {
  const lines = printedBy('22-fleet.ts').split('\n')
  const times = lines.map((line) => Number(/after (\d+) ms/.exec(line)?.[1] ?? 0))
  expect(lines.map((line) => line.replace(/\d+ ms/, '… ms'))).toEqual([
    'east and west admit calls with the key',
    'the first process revokes it, and refuses at once: credential_revoked',
    'east refuses after … ms: credential_revoked',
    'west refuses after … ms: credential_revoked',
  ])
  expect(Math.max(...times)).toBeLessThan(5_000)
})
