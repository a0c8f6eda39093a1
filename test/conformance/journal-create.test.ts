import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openFolderJournal } from '../../src/adapter/folder/index.ts'
import { openMemoryCreditLedger } from '../../src/adapter/memory/index.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-journal-create-'))
})
afterAll(() => rm(folder, { recursive: true }))

const wallet = { type: 'team', id: 'a', incarnation: 1 } as const

describe('the options of a journal in a folder', () => {
  test('with `create: false`, it is opened and not created', async () => {
    const path = join(folder, 'ledger.journal')
    const missing = {
      code: 'ledger_unavailable',
      outcome: 'not_applied',
      message: `the folder \`${path}\` has no journal, and \`create\` is false`,
    }
    await expect(openFolderJournal(path, { create: false })).rejects.toMatchObject(missing)
    expect(await readdir(folder)).toEqual([])
    await mkdir(path)
    await expect(openFolderJournal(path, { create: false })).rejects.toMatchObject(missing)
    expect(await readdir(path)).toEqual([])
    const created = await openMemoryCreditLedger({ journal: await openFolderJournal(path) })
    await created.grant({ key: 'invoice 1', wallet, amount: 1n })
    await created.close()
    const opened = await openMemoryCreditLedger({ journal: await openFolderJournal(path, { create: false }) })
    expect((await opened.balance(wallet)).granted).toBe(1n)
    await opened.close()
  })

  test('options of another shape are refused, and nothing is created', async () => {
    for (const [options, name] of [
      [null, '`options`'],
      [{ crate: false }, '`crate`'],
      [{ create: 'no' }, '`create`'],
    ] as const) {
      const error = await openFolderJournal(join(folder, 'other'), options as never).catch((reason: unknown) => reason)
      expect(error).toBeInstanceOf(TypeError)
      expect(String(error)).toContain(name)
    }
    expect(await readdir(folder)).not.toContain('other')
  })
})
