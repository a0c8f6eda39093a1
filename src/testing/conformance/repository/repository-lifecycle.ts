import type { Repository } from '../../../port/repository.ts'
import { RepositoryError } from '../../../port/repository-error.ts'
import { DifferenceError, expectSame } from '../assert.ts'
import {
  committed,
  events,
  type RepositoryCases,
  type RepositoryClaims,
  type RepositoryFixture,
  readUntil,
  snapshotAt,
  summary,
  within,
} from './repository-fixture.ts'

const command = { id: 'command', digest: 'a' }

async function crash(fixture: RepositoryFixture): Promise<void> {
  if (fixture.test.crash === undefined) throw new DifferenceError('a durable repository needs `crash`')
  fixture.repository = await fixture.test.crash()
}

async function open({ test }: RepositoryFixture): Promise<Repository> {
  if (test.open === undefined) throw new DifferenceError('a shared repository needs `open`')
  return await test.open()
}

/** The conformance cases for durability. */
export const crashes: RepositoryCases = {
  'after a crash every acknowledged write is there': async (fixture) => {
    await fixture.commitEach('a', 'b')
    await fixture.repository.saveSnapshot(snapshotAt(2, 'x', 'y'))
    await fixture.commit(['c', 'd'], 2, command)
    await fixture.repository.advanceCursor('ledger', 3)
    const before = await fixture.repository.load()
    await crash(fixture)
    expectSame(await fixture.repository.load(), before)
    expectSame(await fixture.repository.version(), 4)
    expectSame(await fixture.repository.cursor('ledger'), 3)
    expectSame(await fixture.repository.findCommand(command.id), { after: 2, version: 4, digest: 'a' })
    expectSame(await fixture.commit(['x'], 4, command), committed(2, 4, true))
    expectSame(summary((await fixture.repository.readLog()).events), ['1 a', '2 b', '3 c', '4 d'])
    expectSame(await fixture.commit(['e'], 4), committed(4, 5))
  },
  'a log that began with a snapshot still does after a crash': async (fixture) => {
    await fixture.repository.saveSnapshot(snapshotAt(10))
    await crash(fixture)
    expectSame(await fixture.repository.version(), 10)
    expectSame(await fixture.commit(['k'], 10), committed(10, 11))
    await crash(fixture)
    expectSame((await fixture.repository.load()).version, 11)
    await fixture.repository.saveSnapshot(snapshotAt(11))
    await fixture.commitEach('l')
    await fixture.repository.saveSnapshot(snapshotAt(12))
    await crash(fixture)
    expectSame((await fixture.repository.load()).version, 12)
    expectSame((await fixture.repository.load(10)).snapshot, snapshotAt(10))
    expectSame(summary((await fixture.repository.readLog()).events), ['11 k', '12 l'])
  },
  'after a snapshot and a crash the whole log can be read': async (fixture) => {
    await fixture.commitEach('a', 'b', 'c')
    await fixture.repository.advanceCursor('ledger', 2)
    await fixture.repository.saveSnapshot(snapshotAt(2))
    await fixture.commitEach('d')
    await fixture.repository.saveSnapshot(snapshotAt(4))
    await crash(fixture)
    const all = ['1 a', '2 b', '3 c', '4 d']
    expectSame(summary((await fixture.repository.readLog()).events), all)
    expectSame(await fixture.repository.cursor('ledger'), 2)
    for (let version = 0; version <= 4; version += 1) {
      const loaded = await fixture.repository.load(version)
      expectSame((loaded.snapshot?.version ?? 0) + loaded.events.length, version, `the load of version ${version}`)
    }
    const watch = fixture.repository.watch(0)
    expectSame(summary(await readUntil(watch, 4)), all)
    await watch.return()
  },
  'the command ids of the last 10,000 commits survive a snapshot and a crash': async (fixture) => {
    const ids = Array.from({ length: 300 }, (_, i) => `command ${i}`)
    for (const [i, id] of ids.entries()) await fixture.commit([`u${i}`], i, { id, digest: 'a' })
    await fixture.repository.saveSnapshot(snapshotAt(300))
    await crash(fixture)
    await fixture.repository.saveSnapshot(snapshotAt(300))
    for (const [i, id] of ids.entries()) {
      const found = await fixture.repository.findCommand(id)
      expectSame(found, { after: i, version: i + 1, digest: 'a' }, id)
    }
  },
}

/** The conformance cases for a repository that several processes share. */
export const fleets: RepositoryCases = {
  'another process sees each commit, and its watch yields it': async (fixture) => {
    const other = await open(fixture)
    expectSame((await other.load()).log, (await fixture.repository.load()).log, 'the id of the log')
    const watch = other.watch(0)
    const waiting = readUntil(watch, 3)
    await fixture.commitEach('a', 'b')
    expectSame(await other.commit({ events: events('c'), schema: 1, expectedVersion: 2 }), committed(2, 3))
    expectSame(summary(await waiting), ['1 a', '2 b', '3 c'])
    expectSame(await fixture.repository.version(), 3)
    await watch.return()
  },
  'of one command in several processes exactly one commit is stored': async (fixture) => {
    const all = [fixture.repository, await open(fixture), await open(fixture)]
    for (let i = 0; i < 10; i += 1) {
      const key = { id: `command ${i}`, digest: 'a' }
      // Commits of even numbers have no events, so the version of the log does not tell them apart.
      const users = i % 2 === 0 ? [] : ['a']
      const expectedVersion = await fixture.repository.version()
      const sent = { events: events(...users), schema: 1, expectedVersion, command: key }
      const results = await Promise.all([...all, ...all].map((each) => each.commit(sent)))
      const stored = results.filter((result) => result.type === 'committed' && !result.replay)
      expectSame(stored, [committed(expectedVersion, expectedVersion + users.length)], `stored for ${key.id}`)
      expectSame(results.filter(({ type }) => type === 'command_id_reused').length, 0, 'reused')
    }
    expectSame(await fixture.repository.version(), 5)
  },
  'a snapshot and a cursor of one process are seen by another': async (fixture) => {
    const other = await open(fixture)
    await fixture.commitEach('a', 'b')
    await fixture.repository.saveSnapshot(snapshotAt(1, 'x', 'y'))
    expectSame((await other.load()).snapshot, snapshotAt(1, 'x', 'y'))
    await Promise.all([fixture.repository.advanceCursor('ledger', 1), other.advanceCursor('ledger', 2)])
    expectSame(await fixture.repository.cursor('ledger'), 2)
    await Promise.all([fixture.repository.saveSnapshot(snapshotAt(2)), other.saveSnapshot(snapshotAt(2))])
    expectSame((await other.load()).snapshot, snapshotAt(2))
  },
  'processes that commit at once never both succeed at one version': async (fixture) => {
    const all = [fixture.repository, await open(fixture), await open(fixture)]
    for (let version = 0; version < 10; version += 1) {
      const sent = all.map((each, i) => each.commit({ events: events(`u${i}`), schema: 1, expectedVersion: version }))
      const results = await Promise.all(sent)
      expectSame(results.filter(({ type }) => type === 'committed').length, 1, `committed at version ${version}`)
    }
    expectSame(await fixture.repository.version(), 10)
  },
}

/** The conformance cases for capabilities and `close`. */
export function lifecycle(claims: RepositoryClaims): RepositoryCases {
  return {
    'reports the claimed capabilities': async ({ repository }) => {
      expectSame({ ...repository.capabilities }, claims)
    },
    '`close` waits for pending calls': async ({ repository }) => {
      const pending = [
        repository.commit({ events: events('a'), schema: 1, expectedVersion: 0 }),
        repository.load(),
        repository.advanceCursor('ledger', 1),
      ] as const
      let settled = 0
      for (const call of pending) void call.then(() => (settled += 1))
      await repository.close()
      expectSame(settled, pending.length, 'the calls that settled before `close`')
      expectSame(await pending[0], committed(0, 1))
    },
    'after close every call throws `repository_closed`, and every watch has ended': async ({ repository }) => {
      const watch = repository.watch(0)
      const pending = watch.next()
      await repository.close()
      await repository.close()
      expectSame(await within(pending, 5_000, 'a pending `next`'), { done: true, value: undefined })
      const calls: Readonly<Record<string, () => Promise<unknown>>> = {
        load: () => repository.load(),
        version: () => repository.version(),
        commit: () => repository.commit({ events: events('a'), schema: 1, expectedVersion: 0 }),
        findCommand: () => repository.findCommand('a'),
        watch: () => repository.watch(0).next(),
        readLog: () => repository.readLog(),
        saveSnapshot: () => repository.saveSnapshot(snapshotAt(0)),
        cursor: () => repository.cursor('a'),
        advanceCursor: () => repository.advanceCursor('a', 1),
      }
      for (const [name, call] of Object.entries(calls)) {
        const error = await call().catch((reason: unknown) => reason)
        const found = error instanceof RepositoryError ? error.code : error
        expectSame(found, 'repository_closed', `the error of \`${name}\``)
      }
    },
  }
}
