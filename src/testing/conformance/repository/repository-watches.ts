import type { Recorded } from '../../../port/repository.ts'
import { expectSame, expectTrue } from '../assert.ts'
import { committed, type RepositoryCases, readUntil, snapshotAt, summary, within } from './repository-fixture.ts'

/** Whether no batch ends within a commit. `ends` are the versions after the commits. */
function endsWithCommits(batches: readonly (readonly Recorded[])[], ends: readonly number[]): boolean {
  return batches.every((batch) => ends.includes(batch.at(-1)?.version ?? -1))
}

/** The conformance cases for watches. */
export const watches: RepositoryCases = {
  'a watch yields the stored events after its version, then each new event': async (fixture) => {
    await fixture.commitEach('a', 'b', 'c')
    const watch = fixture.repository.watch(1)
    expectSame(summary(await readUntil(watch, 3)), ['2 b', '3 c'])
    const waiting = readUntil(watch, 6)
    await fixture.commitEach('d')
    await fixture.commit(['e', 'f'], 4)
    expectSame(summary(await waiting), ['4 d', '5 e', '6 f'])
    await watch.return()
  },
  'a watch from a future version yields nothing before it': async (fixture) => {
    const watch = fixture.repository.watch(2)
    const waiting = readUntil(watch, 3)
    await fixture.commitEach('a', 'b', 'c')
    expectSame(summary(await waiting), ['3 c'])
    await watch.return()
  },
  'no batch ends within a commit': async (fixture) => {
    const ends: number[] = []
    const watch = fixture.repository.watch(0)
    const batches: (readonly Recorded[])[] = []
    const reading = (async () => {
      while ((batches.at(-1)?.at(-1)?.version ?? 0) < 3_330) {
        const { value } = await within(watch.next(), 20_000, 'a batch')
        if (value === undefined) return
        batches.push(value)
      }
    })()
    let version = 0
    for (const size of [1, 700, 2, 600, 27, 1_500, 500]) {
      await fixture.commit(
        Array.from({ length: size }, (_, i) => `u${i}`),
        version,
      )
      version += size
      ends.push(version)
    }
    await reading
    expectTrue(endsWithCommits(batches, ends), 'a batch ends within a commit')
    expectSame(
      batches.flat().map(({ version: each }) => each),
      Array.from({ length: version }, (_, i) => i + 1),
    )
    const late = fixture.repository.watch(1)
    const read: (readonly Recorded[])[] = []
    for (let at = 1; at < version; at = read.at(-1)?.at(-1)?.version ?? version) {
      const { value } = await within(late.next(), 20_000, 'a batch')
      if (value !== undefined) read.push(value)
    }
    expectTrue(endsWithCommits(read, ends), 'a later batch ends within a commit')
    await watch.return()
    await late.return()
  },
  'watches are independent, and a slow consumer misses nothing': async (fixture) => {
    const slow = fixture.repository.watch(0)
    const fast = fixture.repository.watch(0)
    for (let version = 0; version < 20; version += 1) {
      await fixture.commit([`u${version}`], version)
      await readUntil(fast, version + 1)
    }
    expectSame((await readUntil(slow, 20)).length, 20)
    await slow.return()
    await fast.return()
  },
  'a watch does not yield a commit without events': async (fixture) => {
    const watch = fixture.repository.watch(0)
    const pending = watch.next()
    await fixture.commit([], 0, { id: 'empty', digest: 'a' })
    await fixture.commitEach('a')
    expectSame(summary((await within(pending, 5_000, 'the first item')).value ?? []), ['1 a'])
    await watch.return()
  },
  'a watch that failed has ended': async (fixture) => {
    await fixture.repository.saveSnapshot(snapshotAt(10))
    const watch = fixture.repository.watch(9)
    const error = await watch.next().catch((reason: unknown) => reason)
    expectTrue(error instanceof RangeError, `expected a RangeError, got ${String(error)}`)
    expectSame(await watch.next(), { done: true, value: undefined })
    const later = fixture.repository.watch(10)
    await fixture.commitEach('k')
    expectSame(summary(await readUntil(later, 11)), ['11 k'])
    await later.return()
  },
  'a watch continues across snapshots, also from before the newest one': async (fixture) => {
    const early = fixture.repository.watch(0)
    await fixture.commitEach('a', 'b')
    expectSame(summary(await readUntil(early, 2)), ['1 a', '2 b'])
    await fixture.commitEach('c', 'd')
    await fixture.repository.saveSnapshot(snapshotAt(3))
    await fixture.commitEach('e')
    await fixture.repository.saveSnapshot(snapshotAt(5))
    expectSame(summary(await readUntil(early, 5)), ['3 c', '4 d', '5 e'])
    const late = fixture.repository.watch(1)
    expectSame(summary(await readUntil(late, 5)), ['2 b', '3 c', '4 d', '5 e'])
    const waiting = readUntil(late, 6)
    await fixture.commitEach('f')
    expectSame(summary(await waiting), ['6 f'])
    await early.return()
    await late.return()
  },
  '`return` ends a watch and its pending calls, and no other watch': async (fixture) => {
    const watch = fixture.repository.watch(0)
    const other = fixture.repository.watch(0)
    const pending = [watch.next(), watch.next()]
    expectSame(await within(watch.return(), 5_000, '`return`'), { done: true, value: undefined })
    for (const next of pending)
      expectSame(await within(next, 5_000, 'a pending `next`'), { done: true, value: undefined })
    expectSame(await watch.next(), { done: true, value: undefined })
    await fixture.commitEach('a')
    expectSame(summary(await readUntil(other, 1)), ['1 a'])
    await other.return()
  },
  'a watch is an async iterable that ends with the loop': async (fixture) => {
    await fixture.commitEach('a')
    const watch = fixture.repository.watch(0)
    for await (const batch of watch) {
      expectSame(summary(batch), ['1 a'])
      break
    }
    expectSame(await watch.next(), { done: true, value: undefined })
  },
  'two pending calls of `next` get different batches, in order': async (fixture) => {
    const watch = fixture.repository.watch(0)
    const pending = [watch.next(), watch.next()]
    expectSame(await fixture.commit(['a'], 0), committed(0, 1))
    expectSame(summary((await within(pending[0] as (typeof pending)[0], 5_000, 'the first')).value ?? []), ['1 a'])
    await fixture.commit(['b'], 1)
    expectSame(summary((await within(pending[1] as (typeof pending)[0], 5_000, 'the second')).value ?? []), ['2 b'])
    await watch.return()
  },
}
