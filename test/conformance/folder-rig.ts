import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { LineEncoder } from '../../src/adapter/folder/file/checked-line.ts'
import { openFolderRepository } from '../../src/adapter/folder/index.ts'
import type { Repository, StoredEvent } from '../../src/index.ts'

/** A temporary folder in which each test finds fresh paths. */
export class FolderRig {
  #root = ''
  #count = 0
  readonly #opened: Repository[] = []

  async begin(): Promise<void> {
    this.#root = await mkdtemp(join(tmpdir(), 'portcullis-repository-'))
  }

  async end(): Promise<void> {
    await this.closeAll()
    await rm(this.#root, { recursive: true })
  }

  get root(): string {
    return this.#root
  }

  newPath(): string {
    this.#count += 1
    return join(this.#root, `${this.#count}`)
  }

  /** Opens a repository that `closeAll` closes. */
  async open(path: string): Promise<Repository> {
    const repository = await openFolderRepository(path)
    this.#opened.push(repository)
    return repository
  }

  async closeAll(): Promise<void> {
    for (const repository of this.#opened.splice(0)) await repository.close()
  }

  /** Copies a folder as it is at this moment: what a process would leave that is killed now. */
  async copy(path: string): Promise<string> {
    const copy = this.newPath()
    await cp(path, copy, { recursive: true, filter: (name) => !name.includes('.lock-') })
    return copy
  }
}

/** The event that a user was created. */
export function created(user: string): StoredEvent {
  return { type: 'UserCreated', actor: { type: 'system' }, at: 1_790_000_000_000, user } as StoredEvent
}

/** Commits one event for each user. */
export async function commitEach(repository: Repository, ...users: readonly string[]): Promise<void> {
  for (const user of users) {
    const expectedVersion = await repository.version()
    const result = await repository.commit({ events: [created(user)], schema: 1, expectedVersion })
    expect(result).toMatchObject({ type: 'committed', replay: false })
  }
}

export async function saveSnapshot(repository: Repository, version: number): Promise<void> {
  await repository.saveSnapshot({ version, schema: 1, parts: [`{"version":${version}}`, '[1]', '[2]'] })
}

/** The users of the whole log. */
export async function usersOf(repository: Repository): Promise<readonly unknown[]> {
  const { events } = await repository.readLog({ limit: 1_000 })
  return events.map(({ event }) => (event as { user?: string }).user)
}

/** The names and bytes of all files in a folder, except the sockets of locks. */
async function bytesOf(path: string): Promise<Readonly<Record<string, string>>> {
  const names = (await readdir(path)).filter((name) => !name.includes('.lock-')).sort()
  return Object.fromEntries(
    await Promise.all(
      names.map(async (name) => [name, (await readFile(join(path, name))).toString('latin1')] as const),
    ),
  )
}

/** The names of the files in a folder that start with `prefix`, sorted. */
export async function namesOf(path: string, prefix = ''): Promise<readonly string[]> {
  return (await readdir(path)).filter((name) => name.startsWith(prefix)).sort()
}

/** Changes the lines of a file, without their checksums, and writes them with right checksums. */
export async function rewrite(
  path: string,
  name: string,
  change: (lines: readonly string[]) => readonly string[],
): Promise<void> {
  const lines = (await readFile(join(path, name), 'utf8')).split('\n').slice(0, -1)
  const encoder = new LineEncoder()
  for (const line of change(lines.map((each) => each.slice(9)))) encoder.add(line)
  await writeFile(join(path, name), encoder.take())
}

/** Expects that a folder cannot be opened, with this code, and a message about the place, and that no byte changes. */
export async function expectRefused(path: string, code: string, message: RegExp): Promise<void> {
  const before = await bytesOf(path)
  const error = await openFolderRepository(path).then(
    async (repository) => {
      await repository.close()
      return 'opened'
    },
    (reason: unknown) => reason,
  )
  expect(error).toMatchObject({ name: 'RepositoryError', code, outcome: 'not_applied' })
  expect((error as Error).message).toMatch(message)
  expect(await bytesOf(path)).toEqual(before)
}
