import { copyFile, type FileHandle, mkdir, open, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { openFolderRepository } from '../../src/adapter/folder/index.ts'
import type { Repository } from '../../src/index.ts'
import { commitEach, created, expectRefused, FolderRig, namesOf, saveSnapshot, usersOf } from './folder-rig.ts'

const rig = new FolderRig()
/** The class of all file handles, to observe and to fail their calls. */
let handles: FileHandle
beforeAll(async () => {
  await rig.begin()
  const file = await open(join(rig.root, 'any'), 'w')
  handles = Object.getPrototypeOf(file) as FileHandle
  await file.close()
})
afterEach(() => vi.restoreAllMocks())
afterAll(() => rig.end())

const commit = (repository: Repository, user: string, expectedVersion: number, id = user) =>
  repository.commit({ events: [created(user)], schema: 1, expectedVersion, command: { id, digest: 'a' } })

describe('the cost of a commit', () => {
  test('is one `fdatasync`, which concurrent commits share in the order of their calls', async () => {
    const repository = await rig.open(rig.newPath())
    const sync = vi.spyOn(handles, 'datasync')
    await commit(repository, 'a', 0)
    expect(sync).toHaveBeenCalledTimes(1)
    const results = await Promise.all(Array.from({ length: 64 }, (_, i) => commit(repository, `u${i}`, i + 1)))
    expect(sync).toHaveBeenCalledTimes(2)
    expect(results.map((result) => result.type === 'committed' && result.version)).toEqual(results.map((_, i) => i + 2))
    await commit(repository, 'a', 65)
    await commit(repository, 'late', 3)
    await repository.advanceCursor('ledger', 0)
    expect(sync).toHaveBeenCalledTimes(2)
    await repository.close()
  })

  test('is paid before anything shows the commit: results, watches, versions, conflicts', async () => {
    const repository = await rig.open(rig.newPath())
    const watch = repository.watch(0)
    const seen: string[] = []
    const original = handles.datasync
    vi.spyOn(handles, 'datasync').mockImplementation(async function (this: FileHandle) {
      const [version, found, { events }] = [
        await repository.version(),
        await repository.findCommand('a'),
        await repository.load(),
      ]
      seen.push(`before the sync: ${version} ${found} ${events.length}`)
      await new Promise((resolve) => setTimeout(resolve, 20))
      await original.call(this)
      seen.push('synced')
    })
    const all = [
      commit(repository, 'a', 0).then(() => seen.push('committed')),
      commit(repository, 'b', 0).then(() => seen.push('conflict')),
      commit(repository, 'a', 0).then(() => seen.push('replay')),
      watch.next().then(() => seen.push('watched')),
    ]
    await Promise.all(all)
    expect(seen.slice(0, 2)).toEqual(['before the sync: 0 undefined 0', 'synced'])
    expect(seen.slice(2).sort()).toEqual(['committed', 'conflict', 'replay', 'watched'])
    await repository.close()
  })
})

describe('after a failed append', () => {
  test.each(['appendFile', 'datasync'] as const)(
    '(`%s`) writes are refused until the repository is reopened',
    async (name) => {
      const path = rig.newPath()
      const repository = await rig.open(path)
      await commit(repository, 'a', 0)
      vi.spyOn(handles, name).mockRejectedValueOnce(new Error('ENOSPC: no space left on device'))
      const failed = commit(repository, 'b', 1)
      await Promise.resolve()
      await Promise.resolve()
      const queued = commit(repository, 'c', 2)
      const unavailable = { name: 'RepositoryError', code: 'repository_unavailable' }
      await expect(failed).rejects.toMatchObject({ ...unavailable, outcome: 'unknown' })
      await expect(queued).rejects.toMatchObject(unavailable)
      const later = [
        () => commit(repository, 'd', 1),
        () => repository.advanceCursor('ledger', 1),
        () => saveSnapshot(repository, 1),
      ]
      for (const call of later) await expect(call()).rejects.toMatchObject({ ...unavailable, outcome: 'not_applied' })
      expect(await usersOf(repository)).toEqual(['a'])
      expect(await repository.version()).toBe(1)
      await repository.close()
      const again = await rig.open(path)
      expect(await usersOf(again)).toEqual(['a'])
      expect(await commit(again, 'b', 1)).toMatchObject({ type: 'committed', replay: false })
      await again.close()
    },
  )

  test('of a snapshot, commits go on', async () => {
    const path = rig.newPath()
    const repository = await rig.open(path)
    await commitEach(repository, 'a', 'b')
    vi.spyOn(handles, 'sync').mockRejectedValueOnce(new Error('ENOSPC: no space left on device'))
    const refused = { name: 'RepositoryError', code: 'repository_unavailable', outcome: 'not_applied' }
    await expect(saveSnapshot(repository, 2)).rejects.toMatchObject(refused)
    await commitEach(repository, 'c')
    await saveSnapshot(repository, 2)
    expect((await repository.load()).snapshot?.version).toBe(2)
    await repository.close()
    expect((await namesOf(path)).filter((name) => name.endsWith('.unfinished'))).toEqual([])
  })
})

describe('segments and snapshots', () => {
  test('a new segment begins with each snapshot, and the newest two snapshots and the first of the log are kept', async () => {
    const path = rig.newPath()
    const repository = await rig.open(path)
    await saveSnapshot(repository, 10)
    for (let version = 10; version < 15; version += 1) {
      await commitEach(repository, `u${version}`)
      await saveSnapshot(repository, version + 1)
    }
    expect(await namesOf(path, 'snapshot-')).toEqual([10, 14, 15].map((version) => `snapshot-00000000000000${version}`))
    expect((await namesOf(path, 'log-')).length).toBe(6)
    await repository.close()
    const again = await rig.open(path)
    for (let version = 10; version <= 15; version += 1) {
      const { snapshot, events } = await again.load(version)
      expect((snapshot?.version ?? 0) + events.length).toBe(version)
    }
    expect(await usersOf(again)).toEqual(['u10', 'u11', 'u12', 'u13', 'u14'])
    await again.close()
  })

  test('without its snapshots the log is still whole', async () => {
    const path = rig.newPath()
    const repository = await rig.open(path)
    await commit(repository, 'a', 0)
    await repository.advanceCursor('ledger', 1)
    await saveSnapshot(repository, 1)
    await commit(repository, 'b', 1)
    await saveSnapshot(repository, 2)
    await repository.close()
    for (const name of await namesOf(path, 'snapshot-')) await rm(join(path, name))
    const again = await rig.open(path)
    const { snapshot, events } = await again.load()
    expect([snapshot, events.length, await again.cursor('ledger')]).toEqual([undefined, 2, 1])
    expect(await again.findCommand('a')).toEqual({ after: 0, version: 1, digest: 'a' })
    await again.close()
  })

  test('the last 10,000 command ids and all cursors survive snapshots and reopening', async () => {
    const path = rig.newPath()
    const repository = await rig.open(path)
    const ids = Array.from({ length: 10_100 }, (_, i) => `command ${i}`)
    const send = (id: string) =>
      repository.commit({ events: [], schema: 1, expectedVersion: 0, command: { id, digest: id } })
    await Promise.all(ids.slice(0, 10_000).map(send))
    await commitEach(repository, 'a')
    await repository.advanceCursor('__proto__', 7)
    await saveSnapshot(repository, 1)
    for (const id of ids.slice(10_000)) {
      await repository.commit({ events: [], schema: 1, expectedVersion: 1, command: { id, digest: id } })
    }
    for (let round = 0; round < 3; round += 1) {
      const again = await rig.open(await rig.copy(path))
      for (const id of ids.slice(-10_000)) expect((await again.findCommand(id))?.digest).toBe(id)
      expect(await again.cursor('__proto__')).toBe(7)
      await commitEach(again, `${round}`)
      await saveSnapshot(again, 2)
      await again.close()
    }
    await repository.close()
  })

  test('a snapshot that is older than the log has the events after it, with commits in between', async () => {
    const path = rig.newPath()
    const repository = await rig.open(path)
    const users = Array.from({ length: 900 }, (_, i) => `u${i}`)
    await Promise.all(users.slice(0, 600).map((user, i) => commit(repository, user, i)))
    const saving = saveSnapshot(repository, 500)
    await Promise.all(users.slice(600).map((user, i) => commit(repository, user, 600 + i)))
    await saving
    for (const opened of [repository, await rig.open(await rig.copy(path))]) {
      const { snapshot, events, version } = await opened.load()
      expect([snapshot?.version, events.length, version]).toEqual([500, 400, 900])
      expect(events[0]).toMatchObject({ version: 501, command: 'u500' })
      expect(await usersOf(opened)).toEqual(users)
    }
    await repository.close()
  })

  test('parts are stored as they are, whatever characters they have, except lone surrogates', async () => {
    const path = rig.newPath()
    const repository = await rig.open(path)
    await commitEach(repository, 'a')
    const parts = ['', '"\r\u2028𝒳\u0000\t"', 'x'.repeat(3_000_000), ' ']
    await repository.saveSnapshot({ version: 1, schema: 4, parts })
    const again = await rig.open(await rig.copy(path))
    expect((await again.load()).snapshot).toEqual({ version: 1, schema: 4, parts })
    await commitEach(again, 'b')
    const lone = again.saveSnapshot({ version: 2, schema: 4, parts: ['x', '\ud800'] })
    await expect(lone).rejects.toThrow(new TypeError('`parts[1]` has a lone surrogate'))
    await commitEach(again, 'c')
    await again.close()
    await repository.close()
  })

  test('every file is readable by its owner only', async () => {
    const path = rig.newPath()
    const repository = await rig.open(path)
    await commitEach(repository, 'a')
    await saveSnapshot(repository, 1)
    await repository.close()
    for (const name of await namesOf(path)) expect((await stat(join(path, name))).mode & 0o077, name).toBe(0)
    expect((await stat(path)).mode & 0o077).toBe(0)
  })
})

test('a copy of an open folder, snapshots first and segments last, is a backup while commits go on', async () => {
  const path = rig.newPath()
  const repository = await rig.open(path)
  await commitEach(repository, 'a', 'b')
  await saveSnapshot(repository, 2)
  await commitEach(repository, 'c')
  for (let round = 0; round < 5; round += 1) {
    const copy = rig.newPath()
    await mkdir(copy)
    const before = await repository.version()
    const writing = Promise.all(Array.from({ length: 500 }, (_, i) => commit(repository, `${round} ${i}`, before + i)))
    const names = [...(await namesOf(path, 'portcullis.head')), ...(await namesOf(path, 'snapshot-'))]
    for (const name of [...names, ...(await namesOf(path, 'log-'))]) await copyFile(join(path, name), join(copy, name))
    const backup = await rig.open(copy)
    const version = await backup.version()
    expect(version).toBeGreaterThanOrEqual(before)
    await writing
    expect((await backup.load()).events).toEqual((await repository.load(version)).events)
    await backup.close()
  }
  await repository.close()
})

describe('a crash', () => {
  test('during the creation of a repository leaves a folder that can be opened', async () => {
    const path = rig.newPath()
    await (await rig.open(path)).close()
    const head = await readFile(join(path, 'portcullis.head'))
    await rm(join(path, 'portcullis.head'))
    await writeFile(join(path, 'portcullis.head.unfinished'), head.subarray(0, 20))
    const repository = await rig.open(path)
    await commitEach(repository, 'a')
    await repository.close()
    expect(await namesOf(path)).toEqual(['log-00000001-0000000000000000', 'portcullis.head'])
  })

  test('during the beginning of a segment leaves one that is removed', async () => {
    const path = rig.newPath()
    const repository = await rig.open(path)
    await commitEach(repository, 'a', 'b')
    const before = await readFile(join(path, 'log-00000001-0000000000000000'))
    await saveSnapshot(repository, 2)
    await repository.close()
    await rm(join(path, 'snapshot-0000000000000002'))
    await writeFile(join(path, 'snapshot-0000000000000002.unfinished'), 'x')
    const end = (await stat(join(path, 'log-00000001-0000000000000000'))).size
    for (let size = before.length; size < end; size += 1) {
      const crashed = await rig.copy(path)
      await truncate(join(crashed, 'log-00000001-0000000000000000'), size)
      const again = await rig.open(crashed)
      expect(await namesOf(crashed, 'log-')).toEqual(['log-00000001-0000000000000000'])
      expect(await namesOf(crashed, 'snapshot-')).toEqual([])
      await commitEach(again, 'c')
      await saveSnapshot(again, 3)
      await again.close()
      const last = await rig.open(crashed)
      expect(await usersOf(last)).toEqual(['a', 'b', 'c'])
      await last.close()
    }
    await truncate(join(path, 'log-00000001-0000000000000000'), before.length - 1)
    await expectRefused(path, 'repository_corrupt', /the file log-00000001-0+ .*has lost its last lines/)
  })

  test('between a first snapshot and the log leaves a log that begins with the snapshot', async () => {
    const path = rig.newPath()
    const repository = await rig.open(path)
    const before = (await stat(join(path, 'log-00000001-0000000000000000'))).size
    await saveSnapshot(repository, 10)
    await repository.close()
    await truncate(join(path, 'log-00000001-0000000000000000'), before)
    for (let round = 0; round < 2; round += 1) {
      const again = await rig.open(path)
      expect((await again.load()).version).toBe(10 + round)
      await expect(again.load(9)).rejects.toThrow(
        new RangeError(`the log has versions from 10 to ${10 + round}, not 9; load again`),
      )
      await commitEach(again, 'k')
      await again.close()
    }
  })
})

test('events before the newest snapshot are read from disk', async () => {
  const repository = await rig.open(rig.newPath())
  await Promise.all(Array.from({ length: 200 }, (_, i) => commit(repository, `u${i}`, i)))
  await saveSnapshot(repository, 200)
  const read = vi.spyOn(handles, 'read')
  expect((await repository.readLog({ after: 100, limit: 1 })).events[0]?.version).toBe(101)
  expect(read).toHaveBeenCalled()
  expect((await repository.load()).events).toEqual([])
  await repository.close()
})

test('reading an old log from its beginning reads each of its bytes a few times at most', async () => {
  const path = rig.newPath()
  const repository = await rig.open(path)
  const users = Array.from({ length: 12_000 }, (_, i) => `u${i} ${'x'.repeat(100)}`)
  await Promise.all(users.map((user, i) => commit(repository, user, i)))
  // Opening reads the end of this segment, and so knows places there.
  await saveSnapshot(repository, 11_000)
  await repository.close()
  const again = await rig.open(path)
  const { size } = await stat(join(path, 'log-00000001-0000000000000000'))
  const read = vi.spyOn(handles, 'read')
  const watch = again.watch(0)
  for (let seen = 0; seen < users.length; ) seen += (await watch.next()).value?.length ?? 0
  const lengths = read.mock.calls.map((call: readonly unknown[]) => Number(call[2]))
  const bytes = lengths.reduce((sum, length) => sum + length, 0)
  expect(size).toBeGreaterThan(4_000_000)
  expect(bytes).toBeLessThan(3 * size)
  await watch.return()
  await again.close()
})

test('a closed repository releases the folder, and an opened one that is refused does not keep it', async () => {
  const path = rig.newPath()
  const repository = await rig.open(path)
  const writing = commit(repository, 'a', 0)
  const reading = repository.load()
  await repository.close()
  expect(await writing).toMatchObject({ type: 'committed', version: 1 })
  await reading
  const head = await readFile(join(path, 'portcullis.head'))
  await writeFile(join(path, 'portcullis.head'), '')
  await expect(openFolderRepository(path)).rejects.toMatchObject({ code: 'repository_corrupt' })
  await writeFile(join(path, 'portcullis.head'), head)
  const again = await rig.open(path)
  expect(await usersOf(again)).toEqual(['a'])
  await again.close()
})
