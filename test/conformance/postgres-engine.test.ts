import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { buildSync } from 'esbuild'
import { expect, test } from 'vitest'

/** Three rounds of `npm run proof:engine`: a fleet of processes on PostgreSQL, killed and cut off at random moments. */
test('a fleet of engines keeps every promise while gateways and the database are killed', async () => {
  const outfile = 'node_modules/.cache/portcullis/proof-engine-test.mjs'
  const entryPoints = ['test/proof/engine.ts']
  const format = 'esm'
  buildSync({ entryPoints, bundle: true, packages: 'external', platform: 'node', target: 'es2023', format, outfile })
  const { stdout } = await promisify(execFile)(process.execPath, [outfile, '3'], { timeout: 170_000 })
  expect(stdout).toContain('every promise held')
})
