import type { StoredEvent } from '../../../port/repository.ts'
import { expectSame, expectTrue, expectTypeError } from '../assert.ts'
import { committed, events, type RepositoryCases, start } from './repository-fixture.ts'

const command = { id: '__proto__', digest: 'a' }

/** The conformance cases for commits. */
export const commits: RepositoryCases = {
  'a new repository is empty, at version 0, and has an id': async ({ repository }) => {
    const { log, ...rest } = await repository.load()
    expectSame(rest, { events: [], version: 0 })
    expectTrue(/^[0-9a-f-]{36}$/.test(log), 'the id is not a UUID')
    expectSame((await repository.load()).log, log, 'the id of a second load')
    expectSame(await repository.version(), 0)
  },
  'stored events come back as they were sent, with version, schema and command': async ({ repository }) => {
    const event = {
      type: 'Later',
      actor: { type: 'user', id: 'constructor' },
      at: start,
      text: '𝒳 \u0000 \\u0000 "\n\t',
      list: [1, 1e21, -0.5, true, null, { a: [] }],
    } as const
    const other = { ...event, actor: { type: 'virtualAccount', id: 'v' } } as const
    const commit = { events: [event, other], schema: 7, expectedVersion: 0, command }
    expectSame(await repository.commit(commit), committed(0, 2))
    const stored = { schema: 7, command: command.id }
    const expected = [
      { version: 1, event, ...stored },
      { version: 2, event: other, ...stored },
    ]
    expectSame((await repository.load()).events, expected)
    expectSame((await repository.readLog()).events, expected)
  },
  'a commit is stored if it expects the version of the log, and otherwise learns this version': async (fixture) => {
    expectSame(await fixture.commit(['a', 'b'], 0), committed(0, 2))
    for (const wrong of [0, 1, 3, -1, 0.5, Number.NaN]) {
      expectSame(await fixture.commit(['c'], wrong), { type: 'conflict', version: 2 }, `expected version ${wrong}`)
    }
    expectSame(await fixture.commit(['c'], 2), committed(2, 3))
    await fixture.expectUsers('a', 'b', 'c')
  },
  'of concurrent commits that expect the same version exactly one is stored': async (fixture) => {
    const names = Array.from({ length: 16 }, (_, i) => `u${i}`)
    const results = await Promise.all(names.map((name) => fixture.commit([name, 'too'], 0)))
    expectSame(results.filter(({ type }) => type === 'committed').length, 1, 'committed')
    expectSame(results.filter(({ type }) => type === 'conflict').length, 15, 'conflicts')
    expectSame(await fixture.repository.version(), 2)
  },
  'callers that retry after a conflict lose no event and repeat none': async (fixture) => {
    const names = Array.from({ length: 12 }, (_, i) => `u${i}`)
    await Promise.all(
      names.map(async (name) => {
        for (let version = 0; ; ) {
          const result = await fixture.commit([name], version)
          if (result.type === 'committed') return
          version = result.type === 'conflict' ? result.version : version
        }
      }),
    )
    const { events: stored } = await fixture.repository.load()
    expectSame(stored.map(({ event }) => (event as { user?: string }).user).sort(), names.sort())
  },
  'a repeated command returns its first result, whatever version it expects': async (fixture) => {
    expectSame(await fixture.commit(['a', 'b'], 0, command), committed(0, 2))
    await fixture.commitEach('c')
    for (const version of [0, 3, 99]) {
      expectSame(await fixture.commit(['x'], version, command), committed(0, 2, true), `expected version ${version}`)
    }
    await fixture.expectUsers('a', 'b', 'c')
  },
  'a command id stores nothing for another command': async (fixture) => {
    await fixture.commit(['a'], 0, command)
    expectSame(await fixture.commit(['a'], 1, { ...command, digest: 'b' }), { type: 'command_id_reused' })
    await fixture.expectUsers('a')
  },
  'a conflict leaves the command id unused': async (fixture) => {
    await fixture.commitEach('a')
    expectSame(await fixture.commit(['b'], 0, command), { type: 'conflict', version: 1 })
    expectSame(await fixture.repository.findCommand(command.id), undefined)
    expectSame(await fixture.commit(['c'], 1, { ...command, digest: 'b' }), committed(1, 2))
  },
  'of concurrent commits of one command exactly one is stored': async (fixture) => {
    const results = await Promise.all(Array.from({ length: 8 }, () => fixture.commit(['a'], 0, command)))
    expectSame(results.filter((result) => result.type === 'committed' && !result.replay).length, 1, 'stored')
    const others = results.filter(({ type }) => type !== 'committed')
    expectTrue(
      others.every(({ type }) => type === 'conflict'),
      'a retry of the same command may only conflict',
    )
    expectSame(await fixture.commit(['a'], 0, command), committed(0, 1, true))
    await fixture.expectUsers('a')
  },
  'an event that its caller changes after the call is stored as it was': async ({ repository }) => {
    const event = { type: 'Later', actor: { type: 'system' }, at: start, list: ['a'] } as const
    const sent = { ...event, list: ['a'] }
    const pending = repository.commit({ events: [sent], schema: 1, expectedVersion: 0 })
    sent.list.push('b')
    expectSame(await pending, committed(0, 1))
    expectSame((await repository.load()).events, [{ version: 1, schema: 1, event }])
  },
  'of concurrent commits without events of one command one is stored, and the others repeat it': async (fixture) => {
    const results = await Promise.all(Array.from({ length: 8 }, () => fixture.commit([], 0, command)))
    expectSame(results.filter((result) => result.type === 'committed' && !result.replay).length, 1, 'stored')
    expectTrue(
      results.every(({ type }) => type === 'committed'),
      'the log is at the expected version',
    )
    expectSame(await fixture.repository.findCommand(command.id), { after: 0, version: 0, digest: 'a' })
  },
  'of concurrent commits with one command id and different digests exactly one is stored': async (fixture) => {
    const results = await Promise.all(
      ['a', 'b', 'c'].map((digest) => fixture.commit([digest], 0, { id: command.id, digest })),
    )
    expectSame(results.filter(({ type }) => type === 'committed').length, 1, 'stored')
    expectSame(await fixture.repository.version(), 1)
    const found = await fixture.repository.findCommand(command.id)
    expectSame(await fixture.commit(['x'], 1, { id: command.id, digest: found?.digest ?? '' }), committed(0, 1, true))
  },
  'later changes to the objects of a commit do not change what is stored': async ({ repository }) => {
    const [event] = events('a') as [StoredEvent]
    const key = { ...command }
    const sent = { events: [{ ...event }], schema: 1, expectedVersion: 0, command: key }
    const pending = repository.commit(sent)
    Object.assign(sent.events[0] as object, { user: 'changed' })
    Object.assign(key, { id: 'changed', digest: 'changed' })
    Object.assign(sent, { schema: 2, expectedVersion: 9 })
    sent.events.push(event)
    expectSame(await pending, committed(0, 1))
    expectSame((await repository.load()).events, [{ version: 1, schema: 1, event, command: command.id }])
    expectSame(await repository.findCommand(command.id), { after: 0, version: 1, digest: 'a' })
  },
  'a commit without events stores its command': async (fixture) => {
    await fixture.commitEach('a')
    expectSame(await fixture.commit([], 0, command), { type: 'conflict', version: 1 })
    expectSame(await fixture.commit([], 1, command), committed(1, 1))
    await fixture.commitEach('b')
    expectSame(await fixture.commit(['x'], 2, command), committed(1, 1, true))
    expectSame(await fixture.repository.findCommand(command.id), { after: 1, version: 1, digest: 'a' })
  },
  '`findCommand` returns the place of a commit': async (fixture) => {
    await fixture.commitEach('a')
    await fixture.commit(['b', 'c'], 1, command)
    expectSame(await fixture.repository.findCommand(command.id), { after: 1, version: 3, digest: 'a' })
    for (const unknown of ['constructor', 'a']) {
      expectSame(await fixture.repository.findCommand(unknown), undefined, `command ${unknown}`)
    }
  },
  'a commit of 5,000 events is stored whole': async (fixture) => {
    const users = Array.from({ length: 5_000 }, (_, i) => `u${i}`)
    expectSame(await fixture.commit(users, 0), committed(0, 5_000))
    await fixture.expectUsers(...users)
  },
  'arguments of another shape are refused and nothing is stored': async ({ repository }) => {
    const good = { events: events('a'), schema: 1, expectedVersion: 0 }
    const bad: readonly unknown[] = [
      undefined,
      { ...good, events: 'a' },
      { ...good, events: [{ type: 'UserCreated' }] },
      { ...good, events: [{ ...good.events[0], at: 0 }] },
      { ...good, events: [null] },
      { ...good, schema: 0 },
      { ...good, command: 'c' },
      { ...good, command: { id: '', digest: 'a' } },
      { ...good, command: { id: 'c' } },
      { ...good, command: { id: 'c'.repeat(257), digest: 'a' } },
    ]
    for (const [i, commit] of bad.entries()) {
      await expectTypeError(() => repository.commit(commit as never), `commit ${i}`)
    }
    await expectTypeError(() => repository.findCommand('' as never), 'findCommand')
    expectSame(await repository.version(), 0)
  },
}
