import type { LogQuery, StoredEvent } from '../../../port/repository.ts'
import { expectSame, expectTypeError } from '../assert.ts'
import {
  events,
  type RepositoryCases,
  type RepositoryFixture,
  snapshotAt,
  start,
  summary,
} from './repository-fixture.ts'

/** Reads all pages of a query. */
async function readPages({ repository }: RepositoryFixture, query: LogQuery): Promise<readonly string[]> {
  const found: string[] = []
  for (let after = query.after ?? 0; ; ) {
    const { events: page, next } = await repository.readLog({ ...query, after })
    found.push(...summary(page))
    if (next === undefined) return found
    after = next
  }
}

/** The conformance cases for `readLog` and for cursors. */
export const logs: RepositoryCases = {
  'pages are in order, without gaps, and the last one has no `next`': async (fixture) => {
    await fixture.commitEach('a', 'b', 'c', 'd', 'e')
    for (const limit of [1, 2, 3, 5, 1_000]) {
      expectSame(await readPages(fixture, { limit }), ['1 a', '2 b', '3 c', '4 d', '5 e'], `pages of ${limit}`)
    }
    const whole = await fixture.repository.readLog({ limit: 5 })
    expectSame(whole.next, undefined, '`next` of the last page')
    expectSame(await readPages(fixture, { after: 2, upTo: 4, limit: 1 }), ['3 c', '4 d'])
    expectSame(await readPages(fixture, { after: 5 }), [])
  },
  'events are found by instant: from `since` on and before `before`': async (fixture) => {
    await fixture.repository.commit({ events: events('a', 'b', 'c', 'd'), schema: 1, expectedVersion: 0 })
    expectSame(await readPages(fixture, { since: start + 1_000 }), ['2 b', '3 c', '4 d'])
    expectSame(await readPages(fixture, { before: start + 1_000 }), ['1 a'])
    expectSame(await readPages(fixture, { since: start + 1_000, before: start + 3_000 }), ['2 b', '3 c'])
  },
  'events are found by actor, and actors of different types differ': async (fixture) => {
    const [event] = events('a') as [StoredEvent]
    const actors = [
      { type: 'system' },
      { type: 'user', id: 'x' },
      { type: 'virtualAccount', id: 'x' },
      { type: 'user', id: 'system' },
    ] as const
    const sent = actors.map((actor) => ({ ...event, actor }))
    await fixture.repository.commit({ events: [...sent, ...sent], schema: 1, expectedVersion: 0 })
    for (const [i, actor] of actors.entries()) {
      expectSame(await readPages(fixture, { actor, limit: 1 }), [`${i + 1} a`, `${i + 5} a`], JSON.stringify(actor))
    }
    expectSame(await readPages(fixture, { actor: { type: 'user', id: 'y' } }), [])
  },
  'events are found by the thing that they concern': async (fixture) => {
    await fixture.commitEach('ann', 'constructor', 'bob')
    const sent = { type: 'TeamMemberRemoved', actor: { type: 'system' }, at: start, team: 'ann', user: 'bob' } as const
    await fixture.repository.commit({ events: [sent], schema: 1, expectedVersion: 3 })
    const find = (type: string, id: string) => readPages(fixture, { subject: { type, id }, limit: 1 })
    expectSame(await find('user', 'ann'), ['1 ann'])
    expectSame(await find('user', 'constructor'), ['2 constructor'])
    expectSame(await find('user', 'bob'), ['3 bob', '4 bob'])
    expectSame(await find('team', 'ann'), ['4 bob'])
    expectSame(await find('team', 'bob'), [])
  },
  'an event must meet every condition of a query': async (fixture) => {
    const sent = ['a', 'b', 'a', 'b', 'a'].flatMap((user, i) =>
      (['x', 'y'] as const).map((id) => {
        const event = { type: 'Later', actor: { type: 'user', id }, at: start + i * 1_000, user } as const
        return event
      }),
    )
    await fixture.repository.commit({ events: sent, schema: 1, expectedVersion: 0 })
    const query = { subject: { type: 'user', id: 'a' }, actor: { type: 'user', id: 'y' } } as const
    expectSame(await readPages(fixture, { ...query, limit: 1 }), ['2 a', '6 a', '10 a'])
    expectSame(await readPages(fixture, { ...query, since: start + 1, before: start + 4_000 }), ['6 a'])
    expectSame(await readPages(fixture, { ...query, after: 2, upTo: 9 }), ['6 a'])
    expectSame(await readPages(fixture, { ...query, before: start }), [])
  },
  'events whose instants are out of order are found by instant, in the order of the log': async (fixture) => {
    const [event] = events('a') as [StoredEvent]
    const sent = [3, 1, 2, 0].map((seconds) => ({ ...event, at: start + seconds * 1_000 }))
    await fixture.repository.commit({ events: sent, schema: 1, expectedVersion: 0 })
    expectSame(await readPages(fixture, { since: start + 2_000, limit: 1 }), ['1 a', '3 a'])
    expectSame(await readPages(fixture, { before: start + 2_000, limit: 1 }), ['2 a', '4 a'])
  },
  'the log of a repository that began with a snapshot starts after its version': async (fixture) => {
    await fixture.repository.saveSnapshot(snapshotAt(10))
    await fixture.commitEach('k', 'l')
    expectSame(await readPages(fixture, { limit: 1 }), ['11 k', '12 l'])
  },
  'an event must meet every condition, and pages are the same before and after a snapshot': async (fixture) => {
    const actor = { type: 'user', id: 'x' } as const
    const sent = events('a', 'b', 'a', 'b', 'a', 'b').map((event, i) => (i % 3 === 0 ? { ...event, actor } : event))
    await fixture.repository.commit({ events: sent, schema: 1, expectedVersion: 0 })
    await fixture.commitEach('a')
    const query = { subject: { type: 'user', id: 'a' }, since: start + 1_000, before: start + 6_000, limit: 1 }
    for (const snapshot of [undefined, 6, 7]) {
      if (snapshot !== undefined) await fixture.repository.saveSnapshot(snapshotAt(snapshot))
      expectSame(await readPages(fixture, query), ['3 a', '5 a'])
      expectSame(await readPages(fixture, { ...query, upTo: 4 }), ['3 a'])
      expectSame(await readPages(fixture, { subject: query.subject, actor }), ['1 a'])
      expectSame((await readPages(fixture, { limit: 3 })).length, 7)
    }
  },
  'queries of another shape are refused': async ({ repository }) => {
    const bad: readonly unknown[] = [
      { limit: 0 },
      { limit: 1_001 },
      { after: -1 },
      { since: 1_790_000_000 },
      { actor: 'ann' },
      { subject: { type: 'user' } },
      'all',
    ]
    for (const [i, query] of bad.entries())
      await expectTypeError(() => repository.readLog(query as never), `query ${i}`)
  },
  'a cursor starts at 0 and only moves forwards': async ({ repository }) => {
    expectSame(await repository.cursor('ledger'), 0)
    await Promise.all([repository.advanceCursor('ledger', 3), repository.advanceCursor('ledger', 2)])
    expectSame(await repository.cursor('ledger'), 3)
    await repository.advanceCursor('ledger', 2)
    expectSame(await repository.cursor('ledger'), 3)
    expectSame(await repository.cursor('constructor'), 0)
    await expectTypeError(() => repository.cursor('' as never), 'a name')
    await expectTypeError(() => repository.advanceCursor('ledger', -1), 'a version')
  },
}
