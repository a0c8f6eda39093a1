import { link, mkdir, mkdtemp, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises'
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
  code: 'ledger_unavailable',
  outcome: 'not_applied',
  message: expect.stringMatching(/is already open in this process or another$/),
}

describe('one process at a time has a journal', () => {
  test('through any hard link, in another folder too', async () => {
    const path = await withCredit('linked.journal')
    await mkdir(join(folder, 'elsewhere'))
    for (const other of [join(folder, 'other.journal'), join(folder, 'elsewhere', 'linked.journal')]) {
      await link(path, other)
      expect(await refusalOf(path, other)).toMatchObject(taken)
      expect(await refusalOf(other, path)).toMatchObject(taken)
      const journal = await openFolderJournal(path)
      await expect(openFolderJournal(other)).rejects.toMatchObject(taken)
      await journal.close()
      await (await openFolderJournal(other)).close()
    }
  })

  test('by a symlink whose target did not exist yet', async () => {
    for (const [name, first] of [
      ['a', 'link'],
      ['b', 'target'],
    ] as const) {
      const target = join(folder, `${name}.target`)
      const path = join(folder, `${name}.link`)
      await symlink(target, path)
      const [held, wanted] = first === 'link' ? [path, target] : [target, path]
      const holder = await openFolderJournal(held)
      await expect(openFolderJournal(wanted)).rejects.toMatchObject(taken)
      await holder.close()
      await rm(target)
      expect(await refusalOfNew(held, wanted)).toMatchObject(taken)
    }
  })

  test('after a cleanup job removed its socket', async () => {
    const path = await withCredit('cleaned.journal')
    const clean = async () => {
      const sockets = (await readdir(folder)).filter((name) => name.startsWith('cleaned.journal.lock-'))
      expect(sockets).toHaveLength(1)
      for (const name of sockets) await rm(join(folder, name))
    }
    expect(await refusalOf(path, path, clean)).toMatchObject(taken)
    await (await reopen(path)).close()
  })

  test('while another file that takes its name is another journal', async () => {
    const path = await withCredit('moved.journal')
    const journal = await openFolderJournal(path)
    await rename(path, `${path}.old`)
    await expect(openFolderJournal(`${path}.old`)).rejects.toMatchObject(taken)
    await journal.close()
    await writeFile(path, '')
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
