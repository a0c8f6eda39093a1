import { realpath, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { quote } from '../../../model/value/quote.ts'
import type { Journal } from '../../../port/journal.ts'
import { LedgerError } from '../../../port/ledger-error.ts'
import { isSystemError } from '../file/folder-error.ts'
import { isSameFile, lockFile, type Unlock } from '../file/lock.ts'
import { checkOptions, type FolderJournalOptions } from '../folder-options.ts'
import { makeFolder } from '../open-folder.ts'
import { FolderJournal } from './folder-journal.ts'
import { type JournalFiles, journalLockName, listJournal } from './journal-layout.ts'

/**
 * Opens a journal in a folder. Creates a missing folder (mode 0700), and an empty journal in an empty folder, unless
 * `create` is false. Each batch
 * is one line with a checksum, followed by `fdatasync`. Reading removes an incomplete last line, which was never
 * acknowledged. Any other damage is refused, and nothing is changed. The folder is locked: see `lockFile` for the
 * processes that the lock excludes.
 * @throws {LedgerError} `ledger_locked` when the journal is already open in this process or another, `ledger_corrupt` when
 * the folder has something else or files are missing, `ledger_unavailable` when it cannot be opened, or has no journal and
 * `create` is false
 */
export async function openFolderJournal(path: string, options: FolderJournalOptions = {}): Promise<Journal> {
  const { create } = checkOptions(path, options)
  let unlock: Unlock | undefined
  try {
    const folder = await findFolder(path, create)
    refuseForeign(path, await listJournal(folder))
    const identity = await stat(folder, { bigint: true })
    unlock = await lockFile(join(folder, journalLockName), identity)
    if (unlock === undefined) {
      const message = `the journal ${quote(path)} is already open in this process or another; close it there first`
      throw new LedgerError('ledger_locked', 'not_applied', message)
    }
    if (!isSameFile(identity, await stat(folder, { bigint: true }))) {
      throw new Error('it was replaced while it was opened')
    }
    const files = await listJournal(folder)
    if (!create && isEmpty(files)) throw missing(path)
    return await FolderJournal.open(folder, files, unlock)
  } catch (cause) {
    await unlock?.()
    if (cause instanceof LedgerError) throw cause
    throw new LedgerError('ledger_unavailable', 'not_applied', `the journal ${quote(path)} cannot be opened`, { cause })
  }
}

/** Returns the real path of a folder. If it is missing, creates it, or refuses it if `create` is false. */
async function findFolder(path: string, create: boolean): Promise<string> {
  const found = await stat(path).catch((error: unknown) => {
    if (isSystemError(error, 'ENOENT')) return undefined
    throw error
  })
  if (found?.isDirectory() === false) throw new Error('it is not a folder')
  if (found === undefined) {
    if (!create) throw missing(path)
    await makeFolder(resolve(path))
  }
  return await realpath(path)
}

function missing(path: string): LedgerError {
  const message = `the folder ${quote(path)} has no journal, and \`create\` is false`
  return new LedgerError('ledger_unavailable', 'not_applied', message)
}

/** Whether a folder has no complete file of a journal. */
function isEmpty({ tails, checkpoints, archives }: JournalFiles): boolean {
  return tails.length + checkpoints.length + archives.length === 0
}

function refuseForeign(path: string, files: JournalFiles): void {
  const [other] = files.others
  if (!isEmpty(files) || other === undefined) return
  const message = `the folder ${quote(path)} is not a journal and has other files, such as ${quote(other)}; name an empty folder`
  throw new LedgerError('ledger_corrupt', 'not_applied', message)
}
