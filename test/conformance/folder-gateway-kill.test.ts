import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { proveFolders } from '../proof/folder-gateway.ts'

/** Four rounds of the second half of `npm run proof:engine`. */
test('a gateway on folders that is killed among its checkpoints keeps what it acknowledged', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-folder-proof-'))
  const { broken, kills, commands, calls, checkpoints } = await proveFolders(folder, 4)
  expect(broken).toEqual([])
  expect(kills).toBe(4)
  for (const count of [commands, calls, checkpoints]) expect(count).toBeGreaterThan(0)
  await rm(folder, { recursive: true })
})
