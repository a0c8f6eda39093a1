import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { buildSync } from 'esbuild'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openFolderRepository } from '../../src/adapter/folder/index.ts'
import type { Recorded, Repository } from '../../src/index.ts'
import { linesOf } from '../proof/journal.ts'
import { commitEach, FolderRig, namesOf } from './folder-rig.ts'

const rig = new FolderRig()
let bundle = ''
beforeAll(async () => {
  await rig.begin()
  bundle = join(rig.root, 'victim.mjs')
  const entryPoints = ['test/proof/repository-victim.ts']
  const options = { bundle: true, platform: 'node', target: 'es2023', format: 'esm' } as const
  buildSync({ entryPoints, ...options, outfile: bundle })
})
afterAll(() => rig.end())

/** Starts a process that commits until it is killed. `limit` is the maximum size of its files in kilobytes. */
function startVictim(path: string, name: string, limit?: number): ChildProcess {
  const command = [process.execPath, bundle, path, name]
  const args = limit === undefined ? command : ['bash', '-c', `ulimit -f ${limit}; exec "$@"`, 'bash', ...command]
  return spawn(args[0] ?? '', args.slice(1), { stdio: ['ignore', 'pipe', 'inherit'] })
}

async function wholeLog(repository: Repository): Promise<readonly Recorded[]> {
  const events: Recorded[] = []
  for (let after: number | undefined = 0; after !== undefined; ) {
    const page = await repository.readLog({ after, limit: 1_000 })
    events.push(...page.events)
    after = page.next
  }
  return events
}

const userOf = ({ event }: Recorded) => (event as { user?: string }).user ?? ''

/** Expects every printed result in the repository, and every commit whole. Returns the number of printed commits. */
async function examine(repository: Repository, lines: readonly string[]): Promise<number> {
  const log = await wholeLog(repository)
  expect(log.map(({ version }) => version)).toEqual(log.map((_, i) => i + 1))
  expect(await repository.version()).toBe(log.length)
  let committed = 0
  let cursor = 0
  for (const line of lines) {
    const [word, id = '', after, version] = line.split('\t')
    if (word === 'cursor') cursor = Math.max(cursor, Number(id))
    if (word === 'snapshot') expect((await repository.load()).snapshot?.version).toBeGreaterThanOrEqual(Number(id))
    if (word !== 'committed') continue
    committed += 1
    const stored = log.slice(Number(after), Number(version))
    expect(stored.length).toBe(Number(version) - Number(after))
    expect(stored.map((each) => [each.command, userOf(each)])).toEqual(
      stored.map((_, i) => [id, `${id} ${i} of ${stored.length}`]),
    )
    const found = await repository.findCommand(id)
    expect(found).toEqual({ after: Number(after), version: Number(version), digest: 'a' })
  }
  expect(await repository.cursor('ledger')).toBeGreaterThanOrEqual(cursor)
  // Each commit is there with all its events, next to each other, even if its result was never printed.
  for (const [i, each] of log.entries()) {
    const [, id, place, size] = /^(.*) (\d+) of (\d+)$/.exec(userOf(each)) ?? []
    expect(each.command).toBe(id)
    const begin = i - Number(place)
    expect(log.slice(begin, begin + Number(size)).map(userOf)).toEqual(
      Array.from({ length: Number(size) }, (_, at) => `${id} ${at} of ${size}`),
    )
  }
  return committed
}

test('a process killed at random moments loses no acknowledged commit, and leaves none half stored', async () => {
  const path = rig.newPath()
  let committed = 0
  for (let round = 0; round < 8; round += 1) {
    const child = startVictim(path, `round ${round}`)
    const most = 20 + 60 * round
    const delay = Math.random() * 40
    const lines = await linesOf(child, (count) => {
      if (count >= most) setTimeout(() => child.kill('SIGKILL'), delay)
    })
    const repository = await openFolderRepository(path)
    const { version } = await repository.load()
    committed += await examine(repository, lines)
    // The state at any version can be loaded.
    for (const at of [0, Math.floor(version / 2), version]) {
      const { snapshot, events } = await repository.load(at)
      expect((snapshot?.version ?? 0) + events.length).toBe(at)
    }
    await repository.close()
  }
  expect(committed).toBeGreaterThan(100)
  expect((await namesOf(path, 'log-')).length).toBeGreaterThan(1)
  expect((await namesOf(path)).filter((name) => /unfinished|lock/.test(name))).toEqual([])
})

test('a second process is refused by the name of the folder, and opens it once the first is killed', async () => {
  const path = rig.newPath()
  await (await openFolderRepository(path)).close()
  const child = startVictim(path, 'holder')
  let refused: Promise<unknown> | undefined
  const lines = await linesOf(child, (count) => {
    if (count < 2 || refused !== undefined) return
    refused = openFolderRepository(path).catch((error: unknown) => error)
    void refused.finally(() => child.kill('SIGKILL'))
  })
  expect(await refused).toMatchObject({
    name: 'RepositoryError',
    code: 'repository_locked',
    outcome: 'not_applied',
    message: `the repository \`${path}\` is already open in this process or another; close it there first`,
  })
  const repository = await rig.open(path)
  expect(await linesOf(startVictim(path, 'other'))).toEqual(['repository_locked not_applied'])
  await examine(repository, lines)
  await repository.close()
})

describe('a disk that is full', () => {
  test.each([8, 40, 90])('at %d kilobytes is reported, and every acknowledged commit is there', async (size) => {
    const path = rig.newPath()
    const lines = await linesOf(startVictim(path, 'full', size))
    expect(lines.at(-1)).toBe('repository_unavailable not_applied\tafter')
    const failures = lines.filter((line) => line.startsWith('repository_unavailable'))
    expect(failures.some((line) => line.includes('unknown'))).toBe(true)
    const repository = await rig.open(path)
    expect(await examine(repository, lines)).toBeGreaterThan(0)
    const version = await repository.version()
    await commitEach(repository, 'more')
    await repository.close()
    const again = await rig.open(path)
    expect(await again.version()).toBe(version + 1)
    await again.close()
  })
})
