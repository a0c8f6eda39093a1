import { mkdtemp, readdir, rename, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openFolderJournal } from '../../src/adapter/folder/index.ts'
import { linesOf, reopen, startVictim, wallet } from '../proof/journal.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-lock-'))
})
afterAll(() => rm(folder, { recursive: true }))

/**
 * Opens the journal `held` in another process, which reserves and settles until it is killed. Returns the error with
 * which this process fails to open `wanted` meanwhile.
 */
async function refusalOf(held: string, wanted: string, meanwhile: () => Promise<unknown> = async () => undefined) {
  const child = startVictim(held, 'holder')
  let refused: Promise<unknown> | undefined
  await linesOf(child, (count) => {
    if (count < 2 || refused !== undefined) return
    refused = meanwhile().then(() => {
      return openFolderJournal(wanted).then(
        (journal) => journal.close(),
        (error: unknown) => error,
      )
    })
    void refused.finally(() => child.kill('SIGKILL'))
  })
  return await refused
}

async function withCredit(name: string): Promise<string> {
  const path = join(folder, name)
  const ledger = await reopen(path)
  await ledger.grant({ key: 'g', wallet, amount: 10n ** 15n })
  await ledger.close()
  return path
}

const taken = {
  name: 'LedgerError',
  code: 'ledger_locked',
  outcome: 'not_applied',
  message: expect.stringMatching(/is already open in this process or another; close it there first$/),
}

describe('one process at a time has a journal', () => {
  test('through any symlink, of its folder or of a folder above', async () => {
    const path = await withCredit('linked.journal')
    await symlink(folder, join(folder, 'elsewhere'))
    await symlink(path, join(folder, 'other.journal'))
    for (const other of [join(folder, 'other.journal'), join(folder, 'elsewhere', 'linked.journal')]) {
      expect(await refusalOf(path, other)).toMatchObject(taken)
      expect(await refusalOf(other, path)).toMatchObject(taken)
      const journal = await openFolderJournal(path)
      await expect(openFolderJournal(other)).rejects.toMatchObject(taken)
      await journal.close()
      await (await openFolderJournal(other)).close()
    }
  })

  test('when it is new and both open it at once', async () => {
    const path = join(folder, 'new.journal')
    expect(await refusalOfNew(path, path)).toMatchObject(taken)
  })

  test('after a cleanup job removed its socket', async () => {
    const path = await withCredit('cleaned.journal')
    const clean = async () => {
      const sockets = (await readdir(path)).filter((name) => name.startsWith('journal.lock-'))
      expect(sockets).toHaveLength(1)
      for (const name of sockets) await rm(join(path, name))
    }
    expect(await refusalOf(path, path, clean)).toMatchObject(taken)
    await (await reopen(path)).close()
  })

  test('while another folder that takes its name is another journal', async () => {
    const path = await withCredit('moved.journal')
    const journal = await openFolderJournal(path)
    await rename(path, `${path}.old`)
    await expect(openFolderJournal(`${path}.old`)).rejects.toMatchObject(taken)
    await journal.close()
    await (await openFolderJournal(path)).close()
  })
})

/** Like `refusalOf`, but for a new journal without credits. The other process opens the journal and writes nothing. */
async function refusalOfNew(held: string, wanted: string): Promise<unknown> {
  const child = startVictim(held, 'holder')
  let refused: Promise<unknown> | undefined
  await linesOf(child, () => {
    if (refused !== undefined) return
    refused = openFolderJournal(wanted).then(
      (journal) => journal.close(),
      (error: unknown) => error,
    )
    void refused.finally(() => child.kill('SIGKILL'))
  })
  return await refused
}
