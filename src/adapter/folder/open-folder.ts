import { type FileHandle, mkdir, open, readFile, realpath, rm, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { quote } from '../../model/value/quote.ts'
import { RepositoryError } from '../../port/repository-error.ts'
import { countLines } from './file/checked-line.ts'
import { corrupt, isSystemError } from './file/folder-error.ts'
import { syncFolder } from './file/lines.ts'
import { isSameFile, lockFile, type Unlock } from './file/lock.ts'
import { writeWhole } from './file/write-file.ts'
import { type FolderFiles, formatVersion, headName, listFolder, lockName, segmentName } from './layout.ts'
import { formatLine, parseObject } from './log/log-line.ts'

/** The name of the format in the head file. */
const format = 'portcullis repository'

/** A folder that this process has locked, and whose head file is right. */
export interface LockedFolder {
  /** The real path. */
  readonly folder: string
  /** The id of the log. */
  readonly log: string
  readonly files: FolderFiles
  readonly unlock: Unlock
}

/**
 * Locks the folder of a repository. Creates the folder and an empty repository in it, if `create` is true and they are
 * missing.
 * @throws {RepositoryError} when the folder is locked, holds something else, or cannot be read or created
 */
export async function openFolder(path: string, create: boolean): Promise<LockedFolder> {
  let unlock: Unlock | undefined
  try {
    const folder = await findFolder(path, create)
    refuseForeign(folder, await listFolder(folder))
    const identity = await stat(folder, { bigint: true })
    unlock = await lockFile(join(folder, lockName), identity)
    if (unlock === undefined) {
      const message = `the repository ${quote(path)} is already open in this process or another; close it there first`
      throw new RepositoryError('repository_locked', 'not_applied', message)
    }
    if (!isSameFile(identity, await stat(folder, { bigint: true })))
      throw new Error('it was replaced while it was opened')
    let files = await listFolder(folder)
    refuseForeign(folder, files)
    if (!files.hasHead) {
      await refuseHeadless(folder, files)
      if (!create) throw missing(path)
      await createRepository(folder)
      files = await listFolder(folder)
    }
    return { folder, log: await readHead(folder), files, unlock }
  } catch (cause) {
    await unlock?.()
    if (cause instanceof RepositoryError) throw cause
    const message = `the repository ${quote(path)} cannot be opened`
    throw new RepositoryError('repository_unavailable', 'not_applied', message, { cause })
  }
}

async function findFolder(path: string, create: boolean): Promise<string> {
  const found = await stat(path).catch((error: unknown) => {
    if (isSystemError(error, 'ENOENT')) return undefined
    throw error
  })
  if (found?.isDirectory() === false) {
    throw new RepositoryError('repository_foreign', 'not_applied', `${quote(path)} is not a folder; name a folder`)
  }
  if (found === undefined) {
    if (!create) throw missing(path)
    await makeFolder(resolve(path))
  }
  return await realpath(path)
}

/** Creates a folder (mode 0700) and its missing parents. Not by `recursive`, which never returns for a path such as `/proc/new`. */
export async function makeFolder(path: string): Promise<void> {
  const parent = dirname(path)
  try {
    await mkdir(path, { mode: 0o700 })
  } catch (error) {
    if (isSystemError(error, 'EEXIST')) return
    const hasParent = await stat(parent).catch(() => undefined)
    if (!isSystemError(error, 'ENOENT') || hasParent !== undefined || parent === path) throw error
    await makeFolder(parent)
    await makeFolder(path)
  }
  await syncFolder(parent)
}

function missing(path: string): RepositoryError {
  const message = `the folder ${quote(path)} has no repository, and \`create\` is false`
  return new RepositoryError('repository_unavailable', 'not_applied', message)
}

function refuseForeign(folder: string, { hasHead, segments, snapshots, others }: FolderFiles): void {
  const [other] = others
  if (hasHead || segments.length > 0 || snapshots.length > 0 || other === undefined) return
  const message = `the folder ${quote(folder)} is not a repository and has other files, such as ${quote(other)}; name an empty folder`
  throw new RepositoryError('repository_foreign', 'not_applied', message)
}

/** Refuses a folder that has lost its head file. Accepts one in which a repository was about to be created. */
async function refuseHeadless(folder: string, { segments, snapshots }: FolderFiles): Promise<void> {
  const [segment] = segments
  const lines = segment === undefined ? 0 : await countLines({ folder, file: segmentName(segment) })
  if (snapshots.length > 0 || segments.length > 1 || lines > 1) throw corrupt({ folder, file: headName }, 'is missing')
}

/** Creates an empty repository. The head file comes last, so a folder with a head file has a first segment. */
async function createRepository(folder: string): Promise<void> {
  const log = crypto.randomUUID()
  const id = { number: 1, after: 0 }
  await writeWhole(folder, segmentName(id), [formatLine({ segment: 1, log, after: 0, first: 0 })])
  await writeWhole(folder, headName, [JSON.stringify({ format, version: formatVersion, log })])
}

/** Reads the head file and returns the id of the log. Reads the version first: a later format may have other checksums. */
async function readHead(folder: string): Promise<string> {
  const text = (await readFile(join(folder, headName), 'utf8')).split('\n')[0] ?? ''
  const head = parseObject(text.slice(9))
  const place = { folder, file: headName, line: 1 }
  if (head?.['format'] !== format) throw corrupt(place, 'does not name the format')
  const { version, log } = head
  if (typeof version === 'number' && version > formatVersion) {
    const message = `the repository ${quote(folder)} has format version ${version}, and this library reads up to ${formatVersion}; use a newer version`
    throw new RepositoryError('repository_newer', 'not_applied', message)
  }
  const lines = await countLines({ folder, file: headName })
  if (lines !== 1 || version !== formatVersion || typeof log !== 'string') throw corrupt(place, 'is not a head')
  return log
}

/** Removes a file if it exists. */
export async function removeFile(folder: string, name: string): Promise<void> {
  await rm(join(folder, name), { force: true })
}

/** Opens a file to append to it, cuts it to a length, and syncs it. */
export async function openCut(path: string, length: number): Promise<FileHandle> {
  const file = await open(path, 'a')
  try {
    if ((await file.stat()).size > length) await file.truncate(length)
    // Lines that another process has written but not synced become durable before this process returns them.
    await file.sync()
  } catch (error) {
    await file.close()
    throw error
  }
  return file
}
