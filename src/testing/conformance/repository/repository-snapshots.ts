import { DifferenceError, expectSame, expectTrue, expectTypeError } from '../assert.ts'
import { committed, type RepositoryCases, readUntil, snapshotAt, summary } from './repository-fixture.ts'

/** Asserts that a call rejects with a `RangeError`. */
async function expectRangeError(call: () => Promise<unknown>, what: string): Promise<void> {
  const error = await call().then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!(error instanceof RangeError)) throw new DifferenceError(`${what}: expected a RangeError, got ${String(error)}`)
}

/** The conformance cases for snapshots and for loading at a version. */
export const snapshots: RepositoryCases = {
  'loads the newest snapshot and the events after it': async (fixture) => {
    await fixture.commitEach('a', 'b', 'c')
    const snapshot = snapshotAt(2, '{"frame":"𝒳\\n"}', '', '[2]')
    await fixture.repository.saveSnapshot(snapshot)
    const { log: _, events, ...loaded } = await fixture.repository.load()
    expectSame(loaded, { snapshot, version: 3 })
    expectSame(summary(events), ['3 c'])
  },
  'a snapshot removes no event from the log or from a watch': async (fixture) => {
    await fixture.commitEach('a', 'b', 'c')
    await fixture.repository.saveSnapshot(snapshotAt(3))
    expectSame(summary((await fixture.repository.readLog()).events), ['1 a', '2 b', '3 c'])
    const watch = fixture.repository.watch(0)
    expectSame(summary(await readUntil(watch, 3)), ['1 a', '2 b', '3 c'])
    await watch.return()
  },
  'an older snapshot does not replace a newer one': async ({ repository, ...fixture }) => {
    await fixture.test.repository.commit({ events: [], schema: 1, expectedVersion: 0 })
    await repository.saveSnapshot(snapshotAt(0, 'first'))
    expectSame((await repository.load()).snapshot?.parts, ['first'])
    await repository.saveSnapshot(snapshotAt(0, 'second'))
    expectSame((await repository.load()).snapshot?.parts, ['first'])
  },
  'loads the state at every version, whatever snapshots there are': async (fixture) => {
    await fixture.commitEach('a', 'b', 'c', 'd', 'e')
    for (const version of [1, 2, 3, 4]) await fixture.repository.saveSnapshot(snapshotAt(version))
    for (let version = 0; version <= 5; version += 1) {
      const { snapshot, events, version: loaded } = await fixture.repository.load(version)
      expectSame(loaded, version, 'the version of the load')
      const from = snapshot?.version ?? 0
      expectTrue(from <= version, `the snapshot of version ${from} is too late for version ${version}`)
      expectSame(
        events.map((each) => each.version),
        Array.from({ length: version - from }, (_, i) => from + 1 + i),
        `the events of version ${version}`,
      )
    }
    await expectRangeError(() => fixture.repository.load(6), 'version 6')
    await expectTypeError(() => fixture.repository.load(-1), 'version -1')
  },
  'an empty log can begin with a snapshot of a later version': async (fixture) => {
    const { repository } = fixture
    await repository.saveSnapshot(snapshotAt(10))
    expectSame(await repository.version(), 10)
    expectSame(await fixture.commit(['k'], 0), { type: 'conflict', version: 10 })
    expectSame(await fixture.commit(['k', 'l'], 10), committed(10, 12))
    await repository.saveSnapshot(snapshotAt(12))
    const early = await repository.load(11)
    expectSame([early.snapshot?.version, summary(early.events)], [10, ['11 k']])
    await expectRangeError(() => repository.load(9), 'version 9')
    await expectRangeError(() => repository.watch(9).next(), 'a watch of version 9')
  },
  'a snapshot that the log has not reached is refused, and changes nothing': async (fixture) => {
    await fixture.commitEach('a')
    await expectRangeError(() => fixture.repository.saveSnapshot(snapshotAt(2)), 'version 2')
    await expectTypeError(() => fixture.repository.saveSnapshot({ version: 1 } as never), 'without parts')
    await fixture.expectUsers('a')
  },
}
