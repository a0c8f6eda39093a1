import { mkdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openFolderRepository } from '../../src/adapter/folder/index.ts'
import { commitEach, expectRefused, FolderRig, namesOf, rewrite, saveSnapshot, usersOf } from './folder-rig.ts'

const rig = new FolderRig()
beforeAll(() => rig.begin())
afterAll(() => rig.end())

const first = 'log-00000001-0000000000000000'
const second = 'log-00000002-0000000000000002'
const third = 'log-00000003-0000000000000004'
const early = 'snapshot-0000000000000002'
const late = 'snapshot-0000000000000004'

/** A closed repository of three events, without a snapshot. */
async function threeEvents(): Promise<string> {
  const path = rig.newPath()
  const repository = await rig.open(path)
  await commitEach(repository, 'a', 'b', 'c')
  await repository.close()
  return path
}

/** A closed repository of five events, with snapshots of versions 2 and 4, and so three segments. */
async function threeSegments(): Promise<string> {
  const path = rig.newPath()
  const repository = await rig.open(path)
  await commitEach(repository, 'a', 'b')
  await saveSnapshot(repository, 2)
  await commitEach(repository, 'c', 'd')
  await saveSnapshot(repository, 4)
  await commitEach(repository, 'e')
  await repository.close()
  expect(await namesOf(path)).toEqual([first, second, third, 'portcullis.head', early, late])
  return path
}

async function flip(path: string, name: string, at: number): Promise<void> {
  const bytes = await readFile(join(path, name))
  bytes[at] = (bytes[at] ?? 0) ^ 1
  await writeFile(join(path, name), bytes)
}

async function lengthOfLines(path: string, name: string, count: number): Promise<number> {
  const text = await readFile(join(path, name), 'latin1')
  return text
    .split('\n')
    .slice(0, count)
    .reduce((sum, line) => sum + line.length + 1, 0)
}

describe('a last line that is torn', () => {
  test('at any byte is cut in silence, and nothing else is lost', async () => {
    const path = await threeEvents()
    const { length } = await readFile(join(path, first))
    const start = await lengthOfLines(path, first, 3)
    for (let size = start; size < length; size += 1) {
      const torn = await rig.copy(path)
      await truncate(join(torn, first), size)
      const repository = await rig.open(torn)
      expect(await usersOf(repository)).toEqual(['a', 'b'])
      await commitEach(repository, 'x')
      await repository.close()
      const again = await rig.open(torn)
      expect(await usersOf(again)).toEqual(['a', 'b', 'x'])
      await again.close()
    }
  })

  test('in a closed segment is not a torn append, and is refused', async () => {
    const path = await threeSegments()
    await rm(join(path, late))
    const { length } = await readFile(join(path, second))
    await truncate(join(path, second), length - 3)
    await expectRefused(path, 'repository_corrupt', new RegExp(`the file ${second} .*has lost its last lines`))
  })
})

describe('a damaged log is refused as `repository_corrupt`', () => {
  test('when any byte of any line was changed, and the message names the line', async () => {
    const path = await threeEvents()
    const bytes = await readFile(join(path, first))
    for (let at = 0; at < bytes.length - 1; at += 5) {
      const line = bytes.subarray(0, at).toString('latin1').split('\n').length
      if (bytes[at] === 0x0a) continue
      const edited = await rig.copy(path)
      await flip(edited, first, at)
      const message = new RegExp(`^line ${line} of the file ${first} of the repository .*${basename(edited)}.*checksum`)
      await expectRefused(edited, 'repository_corrupt', message)
    }
  })

  test('when a line was removed, repeated or swapped', async () => {
    for (const [change, line] of [
      [(lines: readonly string[]) => lines.toSpliced(2, 1), 3],
      [(lines: readonly string[]) => lines.toSpliced(2, 0, lines[2] ?? ''), 4],
      [(lines: readonly string[]) => lines.toSpliced(1, 2, lines[2] ?? '', lines[1] ?? ''), 2],
    ] as const) {
      const path = await threeEvents()
      const text = await readFile(join(path, first), 'utf8')
      await writeFile(join(path, first), `${change(text.split('\n').slice(0, -1)).join('\n')}\n`)
      await expectRefused(path, 'repository_corrupt', new RegExp(`^line ${line} of the file ${first} .*checksum`))
    }
  })

  test('when the versions have a gap, even with right checksums', async () => {
    const path = await threeEvents()
    await rewrite(path, first, (lines) => lines.toSpliced(2, 1))
    const message = new RegExp(`^line 3 of the file ${first} .*after version 2, but the log is at version 1`)
    await expectRefused(path, 'repository_corrupt', message)
  })

  test.each([
    ['is not JSON', '{"after":3'],
    ['is another JSON value', 'null'],
    ['has no events', '{"after":3,"schema":1}'],
    ['begins the log again', '{"first":10}'],
    ['names a wrong next segment', '{"next":7}'],
    ['is a second first line', '{"segment":1,"log":"x","after":3,"first":0}'],
  ])('when a line with a right checksum %s', async (_, line) => {
    const path = await threeEvents()
    await rewrite(path, first, (lines) => [...lines, line])
    await expectRefused(path, 'repository_corrupt', new RegExp(`^line 5 of the file ${first} `))
  })

  test('when a segment is missing: the first, the next or the last', async () => {
    for (const [name, pattern] of [
      [first, 'log-00000001-…'],
      [second, 'log-00000002-…'],
      [third, 'log-00000003-…'],
    ] as const) {
      const path = await threeSegments()
      await rm(join(path, name))
      await expectRefused(path, 'repository_corrupt', new RegExp(`the file ${pattern} of the repository .* is missing`))
      // Without the snapshots, the log itself shows it.
      await rm(join(path, early))
      await rm(join(path, late))
      await expectRefused(path, 'repository_corrupt', new RegExp(`the file ${pattern} of the repository .* is missing`))
    }
  })

  test('when a segment belongs to another log, or to another place', async () => {
    const [path, other] = [await threeSegments(), await threeSegments()]
    await writeFile(join(path, third), await readFile(join(other, third)))
    await expectRefused(path, 'repository_corrupt', new RegExp(`^line 1 of the file ${third} .*belongs to the log`))
    await writeFile(join(other, third), await readFile(join(other, second)))
    await expectRefused(other, 'repository_corrupt', new RegExp(`^line 1 of the file ${third} .*file ${second}`))
  })

  test('when it is shorter than a snapshot says', async () => {
    const path = rig.newPath()
    const repository = await rig.open(path)
    await commitEach(repository, 'a', 'b', 'c', 'd')
    // The snapshot is older than the log, so opening reads the segment before the newest one.
    await saveSnapshot(repository, 3)
    await repository.close()
    const shorter = await rig.copy(path)
    await truncate(join(shorter, first), await lengthOfLines(path, first, 3))
    const message = new RegExp(`line 4 of the file ${first} .*ends at version 2, but snapshot-0000000000000003 exists`)
    await expectRefused(shorter, 'repository_corrupt', message)
    await rm(join(shorter, 'log-00000002-0000000000000004'))
    await expectRefused(shorter, 'repository_corrupt', message)
    // The log has reached the snapshot, but not the segment after it.
    await truncate(join(path, first), await lengthOfLines(path, first, 4))
    await expectRefused(path, 'repository_corrupt', new RegExp(`the file ${first} .*has lost its last lines`))
  })

  test('when the segment before the newest snapshot has lost its last lines', async () => {
    const path = await threeSegments()
    await truncate(join(path, second), await lengthOfLines(path, second, 3))
    await expectRefused(path, 'repository_corrupt', new RegExp(`the file ${second} .*has lost its last lines`))
  })

  test('when the last segment is empty', async () => {
    const path = await threeSegments()
    await truncate(join(path, third), 0)
    await expectRefused(path, 'repository_corrupt', new RegExp(`line 1 of the file ${third} .*is missing`))
  })
})

describe('a damaged snapshot is refused as `repository_corrupt`', () => {
  test('when any byte of any line was changed, and the message names the line', async () => {
    const path = await threeSegments()
    const bytes = await readFile(join(path, late))
    for (let at = 0; at < bytes.length - 1; at += 11) {
      const line = bytes.subarray(0, at).toString('latin1').split('\n').length
      if (bytes[at] === 0x0a) continue
      const edited = await rig.copy(path)
      await flip(edited, late, at)
      await expectRefused(edited, 'repository_corrupt', new RegExp(`^line ${line} of the file ${late} .*checksum`))
    }
  })

  test('when a part is missing, cut off, or added', async () => {
    const path = await threeSegments()
    const { length } = await readFile(join(path, late))
    const missing = new RegExp(`^line 4 of the file ${late} .*has 2 of its 3 parts`)
    await truncate(join(path, late), length - 1)
    await expectRefused(path, 'repository_corrupt', missing)
    await truncate(join(path, late), await lengthOfLines(path, late, 3))
    await expectRefused(path, 'repository_corrupt', missing)
    await truncate(join(path, late), 0)
    await expectRefused(path, 'repository_corrupt', new RegExp(`^line 1 of the file ${late} `))
    const other = await threeSegments()
    await rewrite(other, late, (lines) => [...lines, '[]'])
    await expectRefused(other, 'repository_corrupt', new RegExp(`^line 5 of the file ${late} .*after the last part`))
  })

  test('when it belongs to another log or version', async () => {
    const [path, other] = [await threeSegments(), await threeSegments()]
    await writeFile(join(path, late), await readFile(join(other, late)))
    await expectRefused(path, 'repository_corrupt', new RegExp(`^line 1 of the file ${late} .*belongs to the log`))
    await writeFile(join(other, late), await readFile(join(other, early)))
    await expectRefused(other, 'repository_corrupt', new RegExp(`^line 1 of the file ${late} .*not the first line`))
  })

  test('when the log began with it, and it is missing', async () => {
    const path = rig.newPath()
    const repository = await rig.open(path)
    await saveSnapshot(repository, 10)
    await commitEach(repository, 'k')
    await saveSnapshot(repository, 11)
    await repository.close()
    await rm(join(path, 'snapshot-0000000000000010'))
    await expectRefused(path, 'repository_corrupt', /the file snapshot-0000000000000010 .*is missing/)
  })
})

test('damage of the log before the newest snapshot is found by the calls that read it', async () => {
  const path = await threeSegments()
  await flip(path, first, (await readFile(join(path, first))).length - 30)
  const repository = await rig.open(path)
  expect((await repository.load()).version).toBe(5)
  const corrupt = {
    code: 'repository_corrupt',
    message: expect.stringMatching(new RegExp(`^line \\d of the file ${first} `)),
  }
  await expect(repository.readLog()).rejects.toMatchObject(corrupt)
  await expect(repository.load(1)).rejects.toMatchObject(corrupt)
  const watch = repository.watch(0)
  await expect(watch.next()).rejects.toMatchObject(corrupt)
  expect(await watch.next()).toEqual({ done: true, value: undefined })
  await commitEach(repository, 'f')
  await repository.close()
})

describe('another folder is refused', () => {
  test('as `repository_foreign` when it has files and is not a repository', async () => {
    const path = rig.newPath()
    await mkdir(path)
    await writeFile(join(path, 'notes.txt'), 'mine')
    await expectRefused(path, 'repository_foreign', new RegExp(`${basename(path)}.* such as \`notes.txt\``))
    const file = rig.newPath()
    await writeFile(file, 'mine')
    const refused = { code: 'repository_foreign', message: expect.stringMatching(/is not a folder/) }
    await expect(openFolderRepository(file)).rejects.toMatchObject(refused)
    expect(await readFile(file, 'utf8')).toBe('mine')
  })

  test('but not for `lost+found`, and a repository may have files of others in it', async () => {
    const path = rig.newPath()
    await mkdir(join(path, 'lost+found'), { recursive: true })
    const repository = await rig.open(path)
    await commitEach(repository, 'a')
    await repository.close()
    await writeFile(join(path, 'notes.txt'), 'mine')
    const again = await rig.open(path)
    expect(await usersOf(again)).toEqual(['a'])
    await again.close()
  })

  test('as `repository_newer` when a later version has written it', async () => {
    const path = await threeEvents()
    const head = await readFile(join(path, 'portcullis.head'), 'utf8')
    await writeFile(join(path, 'portcullis.head'), head.replace('"version":1', '"version":2'))
    await expectRefused(path, 'repository_newer', new RegExp(`${basename(path)}.* has format version 2`))
  })

  test('as `repository_corrupt` when its head is damaged or missing', async () => {
    const path = await threeEvents()
    const head = await readFile(join(path, 'portcullis.head'), 'utf8')
    for (const text of ['', 'x\n', head.replace('"log":"', '"log":"0'), head.slice(0, -1), `${head}${head}`]) {
      await writeFile(join(path, 'portcullis.head'), text)
      await expectRefused(path, 'repository_corrupt', /line \d of the file portcullis\.head /)
    }
    await rm(join(path, 'portcullis.head'))
    await expectRefused(path, 'repository_corrupt', /the file portcullis\.head .*is missing/)
  })

  test('as `repository_locked` while it is open, under any name, and by the name that the caller used', async () => {
    const path = rig.newPath()
    const repository = await rig.open(path)
    const link = rig.newPath()
    await symlink(path, link)
    for (const name of [path, link]) {
      const message = expect.stringContaining(`the repository \`${name}\` is already open in this process or another`)
      const locked = { name: 'RepositoryError', code: 'repository_locked', outcome: 'not_applied', message }
      await expect(openFolderRepository(name)).rejects.toMatchObject(locked)
    }
    await repository.close()
    await (await openFolderRepository(link)).close()
    expect(await namesOf(path, 'portcullis')).toEqual(['portcullis.head'])
  })

  test('as `repository_unavailable` when it cannot be created', async () => {
    const file = rig.newPath()
    await writeFile(file, '')
    for (const path of [join(file, 'x'), '/proc/portcullis']) {
      const unavailable = { name: 'RepositoryError', code: 'repository_unavailable', outcome: 'not_applied' }
      await expect(openFolderRepository(path), path).rejects.toMatchObject(unavailable)
    }
  })
})

describe('options', () => {
  test('of another shape are refused with a `TypeError` that names them', async () => {
    const path = rig.newPath()
    for (const [options, name] of [
      [{ create: 1 }, '`create`'],
      [{ created: true }, '`created`'],
      ['create', '`options`'],
      [null, '`options`'],
    ] as const) {
      const error = await openFolderRepository(path, options as never).catch((reason: unknown) => reason)
      expect(error).toBeInstanceOf(TypeError)
      expect(String(error)).toContain(name)
    }
    for (const other of ['', 'a\0b', undefined, 7]) {
      await expect(openFolderRepository(other as never)).rejects.toThrow('`path`')
    }
    expect(await namesOf(rig.root)).not.toContain(basename(path))
  })

  test('`create: false` opens a repository and creates none', async () => {
    const path = rig.newPath()
    const missing = {
      code: 'repository_unavailable',
      message: expect.stringContaining(`the folder \`${path}\` has no repository`),
    }
    await expect(openFolderRepository(path, { create: false })).rejects.toMatchObject(missing)
    await mkdir(path)
    await expect(openFolderRepository(path, { create: false })).rejects.toMatchObject(missing)
    expect(await namesOf(path)).toEqual([])
    await (await openFolderRepository(path)).close()
    await (await openFolderRepository(path, { create: false })).close()
  })
})
