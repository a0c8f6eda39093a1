import { describe, expect, test } from 'vitest'
import type { Event } from '../../../src/change/message/event.ts'
import { replay } from '../../../src/change/replay.ts'
import { toSnapshot } from '../../../src/model/snapshot/to-snapshot.ts'
import { RepositoryError } from '../../../src/port/repository-error.ts'
import type { CommandBody } from '../../../src/runtime/index.ts'
import { hang, withMethods } from './faulty.ts'
import { accepted, found, open, start, system, until } from './gateway.ts'

const createUser = (user: string): CommandBody => ({ type: 'CreateUser', user })

describe('commands', () => {
  test('an accepted command is in the state at once, and in the log', async () => {
    const { engine, repository } = await start()
    const executed = accepted(await engine.execute(createUser('ann'), system))
    expect(executed).toMatchObject({ version: 1, replay: false, events: [{ type: 'UserCreated', user: 'ann' }] })
    expect(engine.status().version).toBe(1)
    expect(await repository.version()).toBe(1)
  })

  test('the engine sets `at` from its clock, and a body that has `at` or `actor` is rejected', async () => {
    const { engine } = await start({ clock: { now: () => 1_790_000_000_000 } })
    const executed = accepted(await engine.execute(createUser('ann'), system))
    expect(executed.events[0]?.at).toBe(1_790_000_000_000)
    for (const field of ['at', 'actor']) {
      const body = { ...createUser('bob'), [field]: 1_790_000_000_000 } as CommandBody
      expect(await engine.execute(body, system)).toMatchObject({
        reason: 'rejected',
        rejection: { code: 'command_invalid', path: [field] },
      })
    }
  })

  test('several commands are one commit: all of them, in order, or none', async () => {
    const { engine, repository } = await start()
    const refused = await engine.execute([createUser('ann'), createUser('ann'), createUser('bob')], system)
    expect(refused).toMatchObject({ ok: false, reason: 'rejected', index: 1, rejection: { code: 'user_exists' } })
    expect(await repository.version()).toBe(0)
    accepted(await engine.execute([createUser('ann'), { type: 'SuspendUser', user: 'ann' }], system))
    expect((await repository.load()).events.map(({ event }) => event.type)).toEqual(['UserCreated', 'UserSuspended'])
  })

  test('a caller is decided as `applyAs` decides it', async () => {
    const { engine } = await found()
    const denied = await engine.execute(createUser('ann'), { who: { type: 'user', id: 'eve' } })
    expect(denied).toMatchObject({ ok: false, reason: 'denied', denial: { reason: 'principal_unknown' } })
    accepted(await engine.execute(createUser('eve'), system))
    const powerless = await engine.execute(createUser('ann'), { who: { type: 'user', id: 'eve' } })
    expect(powerless).toMatchObject({ ok: false, reason: 'denied', denial: { reason: 'management_not_granted' } })
  })

  test('a command that changes nothing is accepted without events and without a commit', async () => {
    const { engine, repository } = await start()
    accepted(await engine.execute([createUser('ann'), { type: 'SuspendUser', user: 'ann' }], system))
    const executed = await engine.execute({ type: 'SuspendUser', user: 'ann' }, system)
    expect(executed).toEqual({ ok: true, version: 2, events: [], replay: false })
    expect(await repository.version()).toBe(2)
  })

  test.each([
    ['no options', undefined],
    ['neither `actor` nor `who`', {}],
    ['both `actor` and `who`', { ...system, who: { type: 'user', id: 'ann' } }],
    ['an empty id', { ...system, id: '' }],
    ['an unknown name', { ...system, idd: 'x' }],
    ['a version that is not one', { ...system, expectVersion: -1 }],
    ['a `caller` without `who`', { ...system, caller: 'ann' }],
    ['a `caller` that is no string', { who: { type: 'user', id: 'ann' }, caller: 5 }],
  ])('options with %s are refused, and nothing is written', async (_, options) => {
    const { engine, repository } = await start()
    const refused = await engine.execute(createUser('ann'), options as never)
    expect(refused).toMatchObject({ ok: false, reason: 'options_invalid' })
    expect(await repository.version()).toBe(0)
  })

  test('a body of any shape is rejected, and nothing is written', async () => {
    const { engine, repository } = await start()
    const hostile = {
      get type() {
        throw new Error('no')
      },
    }
    for (const body of [undefined, null, 'CreateUser', { type: 'Nothing' }, hostile, [null]]) {
      expect(await engine.execute(body as never, system)).toMatchObject({ ok: false, reason: 'rejected' })
    }
    expect(await repository.version()).toBe(0)
  })
})

describe('idempotency', () => {
  test('a command with an id takes effect once, and a retry returns the first result', async () => {
    const { engine } = await start()
    const first = accepted(await engine.execute(createUser('ann'), { ...system, id: 'c1' }))
    accepted(await engine.execute(createUser('bob'), system))
    const again = accepted(await engine.execute(createUser('ann'), { ...system, id: 'c1' }))
    expect(again).toEqual({ ...first, replay: true })
    expect(engine.status().version).toBe(2)
  })

  test('the id is known to every engine on the repository', async () => {
    const { engine, repository } = await start()
    const first = accepted(await engine.execute(createUser('ann'), { ...system, id: 'c1' }))
    const other = await start({ repository })
    expect(await other.engine.execute(createUser('ann'), { ...system, id: 'c1' })).toEqual({ ...first, replay: true })
  })

  test('an id with other content is refused', async () => {
    const { engine } = await start()
    accepted(await engine.execute(createUser('ann'), { ...system, id: 'c1' }))
    const reused = { ok: false, reason: 'command_id_reused' }
    expect(await engine.execute(createUser('bob'), { ...system, id: 'c1' })).toEqual(reused)
    const actor = { actor: { type: 'user', id: 'ann' }, id: 'c1' } as const
    expect(await engine.execute(createUser('ann'), actor)).toEqual(reused)
  })

  test('a retry in the name of the same `caller` may have another `who`, and any other is refused', async () => {
    const { engine } = await start()
    const admins = ['root', 'eve'].flatMap((id): CommandBody[] => [
      createUser(id),
      { type: 'AddAdministrator', administrator: { type: 'user', id } },
    ])
    accepted(await engine.execute(admins, system))
    const by = (id: string, caller?: string) =>
      engine.execute(createUser('ann'), { who: { type: 'user', id }, caller, id: 'c1' })
    const first = accepted(await by('root', 'one person'))
    expect(await by('eve', 'one person')).toEqual({ ...first, replay: true })
    const reused = { ok: false, reason: 'command_id_reused' }
    expect(await by('root', 'another person')).toEqual(reused)
    expect(await by('root')).toEqual(reused)
    expect(await engine.execute(createUser('ann'), { ...system, id: 'c1' })).toEqual(reused)
  })

  test('a command that changed nothing changes nothing when it is retried later', async () => {
    const { engine } = await start()
    accepted(await engine.execute([createUser('ann'), { type: 'SuspendUser', user: 'ann' }], system))
    const suspend = { type: 'SuspendUser', user: 'ann' } as const
    accepted(await engine.execute(suspend, { ...system, id: 'c1' }))
    accepted(await engine.execute({ type: 'ActivateUser', user: 'ann' }, system))
    const again = accepted(await engine.execute(suspend, { ...system, id: 'c1' }))
    expect(again).toMatchObject({ events: [], replay: true })
  })

  test('a commit whose result is lost is looked up, and takes effect once', async () => {
    const { repository } = await start()
    let losses = 0
    const lossy = withMethods(repository, {
      commit: async (commit) => {
        const result = await repository.commit(commit)
        losses += 1
        if (losses % 2 === 1) throw new RepositoryError('repository_unavailable', 'unknown', 'the connection was lost')
        return result
      },
    })
    const { engine } = await start({ repository: lossy })
    for (const name of ['ann', 'bob', 'cay']) accepted(await engine.execute(createUser(name), system))
    const { events } = await repository.load()
    expect(events.map(({ event }) => (event as Event & { type: 'UserCreated' }).user)).toEqual(['ann', 'bob', 'cay'])
  })

  test('when the outcome stays unknown, the result says so and names the id', async () => {
    const { repository } = await start()
    const broken = withMethods(repository, {
      commit: async () => {
        throw new RepositoryError('repository_unavailable', 'unknown', 'the connection was lost')
      },
    })
    const { engine } = await start({ repository: broken, requestTimeout: 50 })
    const lost = await engine.execute(createUser('ann'), { ...system, id: 'c1' })
    expect(lost).toMatchObject({ ok: false, reason: 'policy_unavailable', outcome: 'unknown', id: 'c1' })
  })
})

describe('concurrency', () => {
  test('commands of many engines on one repository all take effect, each once', async () => {
    const first = await start()
    const { repository } = first
    const engines = [first.engine, (await start({ repository })).engine, (await start({ repository })).engine]
    const names = Array.from({ length: 60 }, (_, i) => `u${i}`)
    const results = await Promise.all(
      names.map((name, i) => (engines[i % 3] as typeof first.engine).execute(createUser(name), system)),
    )
    results.map(accepted)
    await until(() => engines.every((engine) => engine.status().version === 60))
    const { events } = await repository.load()
    const replayed = toSnapshot(replay(events.map(({ event }) => event as Event)))
    for (const engine of engines) expect(engine.read((state) => toSnapshot(state))).toEqual(replayed)
  })

  test('of contradicting commands on two engines one is accepted and the other rejected', async () => {
    const { engine, repository } = await start()
    const other = (await start({ repository })).engine
    for (let i = 0; i < 20; i += 1) {
      const results = await Promise.all([engine, other].map((each) => each.execute(createUser(`u${i}`), system)))
      expect(results.filter(({ ok }) => ok)).toHaveLength(1)
      expect(results.find(({ ok }) => !ok)).toMatchObject({ reason: 'rejected', rejection: { code: 'user_exists' } })
    }
  })

  test('`expectVersion` refuses a command at any other version', async () => {
    const { engine } = await start()
    accepted(await engine.execute(createUser('ann'), { ...system, expectVersion: 0 }))
    const conflict = await engine.execute(createUser('bob'), { ...system, expectVersion: 0 })
    expect(conflict).toEqual({ ok: false, reason: 'version_conflict', version: 1 })
    accepted(await engine.execute(createUser('bob'), { ...system, expectVersion: 1 }))
  })

  test('a refusal counts only on a state that was checked to be current', async () => {
    const { engine, repository } = await start()
    // The engine's first watch yields nothing, so only the check finds the user.
    let watches = 0
    const deafWatch = (version: number) => repository.watch(watches++ === 0 ? 1_000_000 : version)
    const { engine: deaf } = await start({ repository: withMethods(repository, { watch: deafWatch }) })
    accepted(await engine.execute(createUser('ann'), system))
    expect(deaf.status().version).toBe(0)
    accepted(await deaf.execute({ type: 'SuspendUser', user: 'ann' }, system))
  })
})

test('an engine that is not ready refuses commands and does not lose them in silence', async () => {
  const { repository } = await start()
  const { engine } = open({ repository: withMethods(repository, { load: hang }) })
  const refused = await engine.execute(createUser('ann'), system)
  expect(refused).toMatchObject({ ok: false, reason: 'policy_unavailable', outcome: 'not_applied' })
})
