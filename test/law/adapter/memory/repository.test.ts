import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createMemoryRepository } from '../../../../src/adapter/memory/index.ts'
import { toSnapshot } from '../../../../src/model/snapshot/to-snapshot.ts'
import { emptyState } from '../../../../src/model/state/state.ts'
import { Defect } from '../../../../src/model/value/defect.ts'
import type { Repository, Watch } from '../../../../src/port/repository.ts'
import { isDeeplyFrozen } from '../../../../src/testing/frozen.ts'
import { runs } from '../../runs.ts'

/** A test event. A repository accepts events with any fields, since it does not read them. */
interface Note {
  readonly text: string
}
const notes = (...texts: string[]): Note[] => texts.map((text) => ({ text }))
const snapshot = { ...toSnapshot(emptyState), version: 10 }

/** Reads the next `count` events of a watch. */
async function pull(watch: Watch<Note>, count: number): Promise<readonly (readonly [number, string])[]> {
  const pulled: (readonly [number, string])[] = []
  for (let i = 0; i < count; i += 1) {
    const { value } = await watch.next()
    if (value) pulled.push([value.version, value.event.text])
  }
  return pulled
}

describe('load', () => {
  test('a repository is empty until something is committed', async () => {
    expect(await createMemoryRepository().load()).toEqual({ events: [], version: 0 })
  })

  test('gives the snapshot, the events after it, and the version after those', async () => {
    const repository = createMemoryRepository({ snapshot, events: notes('k') })
    expect(await repository.commit(notes('l', 'm'), 11)).toEqual({ type: 'committed', version: 13 })
    expect(await repository.load()).toEqual({ snapshot, events: notes('k', 'l', 'm'), version: 13 })
  })

  test('stored events are frozen copies', async () => {
    const events = [{ text: 'as sent', inner: { list: [1] } }]
    const repository = createMemoryRepository<(typeof events)[0]>()
    await repository.commit(events, 0)
    events[0]?.inner.list.push(2)
    const loaded = await repository.load()
    expect(loaded.events).toEqual([{ text: 'as sent', inner: { list: [1] } }])
    expect(isDeeplyFrozen(loaded.events[0])).toBe(true)
    ;(loaded.events as unknown[]).length = 0
    expect((await repository.load()).events).toHaveLength(1)
  })
})

describe('commit', () => {
  test('of many callers that expect the same version one is committed, and the others learn where the log is', async () => {
    const repository = createMemoryRepository<Note>()
    const results = await Promise.all(Array.from({ length: 64 }, (_, i) => repository.commit(notes(`${i}`, 'too'), 0)))
    expect(results.filter(({ type }) => type === 'committed')).toEqual([{ type: 'committed', version: 2 }])
    expect(results.filter(({ type }) => type === 'conflict')).toEqual(Array(63).fill({ type: 'conflict', version: 2 }))
    expect((await repository.load()).events).toEqual(notes('0', 'too'))
  })

  test.each([-1, 1, 0.5, Number.NaN])(
    'nothing is stored when the log is not at the expected version %s',
    async (expected) => {
      const repository = createMemoryRepository<Note>()
      expect(await repository.commit(notes('a'), expected)).toEqual({ type: 'conflict', version: 0 })
      expect(await repository.load()).toEqual({ events: [], version: 0 })
    },
  )

  test('retrying on conflict loses no event and repeats none', async () => {
    const repository = createMemoryRepository<Note>()
    const write = async (text: string) => {
      for (let version = 0; ; ) {
        const result = await repository.commit(notes(text), version)
        if (result.type === 'committed') return
        version = result.version
      }
    }
    const texts = Array.from({ length: 50 }, (_, i) => `${i}`)
    await Promise.all(texts.map(write))
    const { events, version } = await repository.load()
    expect(events.map(({ text }) => text).sort()).toEqual(texts.sort())
    expect(version).toBe(50)
  })

  test('a repeated commit with the same command id returns the first result, whatever its expected version', async () => {
    const repository = createMemoryRepository<{ a: number; b: number }>({ snapshot })
    const first = { type: 'committed', version: 11 }
    expect(await repository.commit([{ a: 1, b: 2 }], 10, 'command')).toEqual(first)
    expect(await repository.commit([{ a: 3, b: 3 }], 11, 'other')).toEqual({ type: 'committed', version: 12 })
    expect(await repository.commit([{ a: 1, b: 2 }], 10, 'command')).toEqual(first)
    expect(await repository.commit([{ b: 2, a: 1 }], 12, 'command')).toEqual(first)
    expect((await repository.load()).version).toBe(12)
  })

  test('a command id does not store other events', async () => {
    const repository = createMemoryRepository<Note>()
    await repository.commit(notes('a'), 0, '__proto__')
    for (const others of [notes('b'), notes('a', 'a'), []]) {
      expect(await repository.commit(others, 1, '__proto__')).toEqual({ type: 'command_id_reused', version: 1 })
    }
    expect(await repository.load()).toEqual({ events: notes('a'), version: 1 })
  })

  test('a conflict leaves the command id unused', async () => {
    const repository = createMemoryRepository<Note>({ events: notes('a') })
    expect(await repository.commit(notes('b'), 0, 'command')).toEqual({ type: 'conflict', version: 1 })
    expect(await repository.commit(notes('c'), 1, 'command')).toEqual({ type: 'committed', version: 2 })
  })

  test('no events are a commit too', async () => {
    const repository = createMemoryRepository<Note>()
    expect(await repository.commit([], 0, 'command')).toEqual({ type: 'committed', version: 0 })
    expect(await repository.commit([], 1)).toEqual({ type: 'conflict', version: 0 })
    expect(await repository.commit(notes('a'), 0, 'command')).toEqual({ type: 'command_id_reused', version: 0 })
  })
})

describe('watch', () => {
  test('gives first what is there and then what comes, each event once, in order', async () => {
    const repository = createMemoryRepository<Note>({ snapshot, events: notes('k', 'l') })
    const watch = repository.watch(11)
    expect(await pull(watch, 1)).toEqual([[12, 'l']])
    const waiting = pull(watch, 3)
    await repository.commit(notes('m'), 12)
    await repository.commit(notes('n', 'o'), 13)
    expect(await waiting).toEqual([
      [13, 'm'],
      [14, 'n'],
      [15, 'o'],
    ])
  })

  test('every watch sees every event after its version once and in order, however commits and reads interleave', async () => {
    const from = fc.array(fc.nat(8), { minLength: 1, maxLength: 4 })
    const move = fc.oneof(
      fc.record({ commit: fc.nat(3) }),
      fc.record({ watch: fc.nat(3), count: fc.integer({ min: 1, max: 5 }) }),
    )
    await fc.assert(
      fc.asyncProperty(from, fc.array(move, { maxLength: 40 }), async (versions, moves) => {
        const repository: Repository<Note> = createMemoryRepository<Note>({ events: notes('1', '2', '3') })
        const watches = versions.map((version) => ({
          version,
          watch: repository.watch(version),
          asked: [] as ReturnType<Watch<Note>['next']>[],
        }))
        let last = 3
        for (const each of moves) {
          if ('commit' in each) {
            const events = Array.from({ length: each.commit }, (_, i) => ({ text: `${last + i + 1}` }))
            await repository.commit(events, last)
            last += each.commit
          } else {
            const at = watches[each.watch % watches.length]
            for (let i = 0; i < each.count; i += 1) if (at) at.asked.push(at.watch.next())
          }
        }
        for (const { version, watch, asked } of watches) {
          await watch.return()
          const answers = await Promise.all(asked)
          const seen = answers.flatMap(({ value }) => (value ? [[value.version, value.event.text]] : []))
          const there = Math.max(0, last - version)
          expect(seen).toEqual(
            Array.from({ length: Math.min(asked.length, there) }, (_, i) => [version + i + 1, `${version + i + 1}`]),
          )
          expect(answers.every(({ done }, i) => done === i >= seen.length)).toBe(true)
        }
      }),
      runs(500),
    )
  })

  test('ends on return, for who waits and for who asks later, and alone', async () => {
    const repository = createMemoryRepository<Note>()
    const watch = repository.watch(0)
    const other = repository.watch(0)
    const waiting = [watch.next(), watch.next()]
    const left = other.next()
    const end = { done: true, value: undefined }
    expect(await watch.return()).toEqual(end)
    expect(await Promise.all(waiting)).toEqual([end, end])
    await repository.commit(notes('a'), 0)
    expect(await watch.next()).toEqual(end)
    expect(await left).toEqual({ done: false, value: { version: 1, event: { text: 'a' } } })
  })

  test('ends when a loop over it is left', async () => {
    const repository = createMemoryRepository<Note>({ events: notes('a', 'b') })
    const watch = repository.watch(0)
    for await (const { version } of watch) {
      if (version === 2) break
    }
    expect(await watch.next()).toEqual({ done: true, value: undefined })
  })

  test('from a version to come gives only what comes after it', async () => {
    const repository = createMemoryRepository<Note>()
    const waiting = pull(repository.watch(2), 1)
    await repository.commit(notes('a', 'b'), 0)
    await repository.commit(notes('c'), 2)
    expect(await waiting).toEqual([[3, 'c']])
  })

  test.each([9, -1, 10.5, Number.NaN])(
    'from version %s, whose events are not there, is a defect and the end',
    async (version) => {
      const watch = createMemoryRepository<Note>({ snapshot }).watch(version)
      await expect(watch.next()).rejects.toBeInstanceOf(Defect)
      expect(await watch.next()).toEqual({ done: true, value: undefined })
    },
  )
})
