import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createMemoryClock, createMemoryRepository } from '../../../src/adapter/memory/index.ts'
import { snapshotSchema } from '../../../src/model/snapshot/snapshot.ts'
import { snapshotParts } from '../../../src/model/snapshot/snapshot-parts.ts'
import { emptyState } from '../../../src/model/state/state.ts'
import { authorize } from '../../../src/policy/authorize.ts'
import { stateOf } from '../../../src/runtime/follow/past.ts'
import { runs } from '../runs.ts'
import { accepted, call, found, start, system } from './gateway.ts'

const noon = Date.parse('2026-03-02T12:00:00Z')

describe('the policy as of an instant', () => {
  test('is that after the last event at or before it, also when the clocks of the writers disagree', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 12 }), { maxLength: 12 }),
        fc.integer({ min: -1, max: 13 }),
        async (times, instant) => {
          const repository = createMemoryRepository()
          for (const [i, time] of times.entries()) {
            const event = { type: 'UserCreated', actor: { type: 'system' }, at: noon + time, user: `u${i}` } as const
            await repository.commit({ events: [{ ...event, metered: false } as never], schema: 1, expectedVersion: i })
          }
          const expected = times.findLastIndex((time) => time <= instant) + 1
          expect((await stateOf(repository, { at: noon + instant })).version).toBe(expected)
        },
      ),
      runs(300),
    )
  })

  test('decides a request at that instant as it was decided then', async () => {
    const clock = createMemoryClock(noon)
    const { engine } = await found({ clock, maxStaleness: 86_400_000 })
    const team = { type: 'team', id: 'dev' } as const
    const request = { type: 'use', who: team, model: 'fast' } as const
    const then = engine.authorize(request)
    clock.advance(1_000)
    accepted(await engine.execute({ type: 'SuspendTeam', team: 'dev' }, system))
    expect(engine.authorize(request)).toMatchObject({ reason: 'principal_suspended' })
    expect(await engine.authorizeAt({ ...request, at: noon })).toEqual(then)
    expect(await engine.authorizeAt({ ...request, at: noon + 999 })).toMatchObject({ effect: 'allow' })
    expect(await engine.authorizeAt({ ...request, at: noon + 1_000 })).toMatchObject({ reason: 'principal_suspended' })
    expect(await engine.authorizeAt({ ...request, at: noon - 1 })).toMatchObject({ reason: 'principal_unknown' })
    const manage = { type: 'manage', who: { type: 'user', id: 'ann' }, thing: team, at: noon } as const
    expect(await engine.authorizeAt(manage)).toEqual(authorize(manage, await engine.stateAt({ at: noon })))
  })

  test('before a log that begins with a snapshot, is the snapshot', async () => {
    const repository = createMemoryRepository()
    const parts = [...snapshotParts({ ...emptyState, version: 40 })]
    await repository.saveSnapshot({ version: 40, schema: snapshotSchema, parts })
    const clock = createMemoryClock(noon)
    const { engine } = await start({ repository, clock, maxStaleness: 86_400_000 })
    accepted(await engine.execute({ type: 'CreateUser', user: 'ann' }, system))
    expect((await engine.stateAt({ at: noon - 1 })).version).toBe(40)
    expect((await engine.stateAt({ at: noon })).version).toBe(41)
    expect((await engine.stateAt({ at: noon + 86_400_000 })).version).toBe(41)
  })

  test.each([undefined, null, {}, { at: 5 }, { at: '2026-03-02' }, { at: Number.NaN }])(
    'for %j, throws a `RangeError` that says what is expected',
    async (bad) => {
      const { engine } = await found()
      await expect(engine.stateAt(bad as never)).rejects.toThrow(RangeError)
      await expect(engine.authorizeAt({ ...call, ...bad } as never)).rejects.toThrow('expected an instant')
    },
  )
})
