import { describe, expect, test } from 'vitest'
import { createMemoryRepository } from '../../../src/adapter/memory/index.ts'
import { toSnapshot } from '../../../src/model/snapshot/to-snapshot.ts'
import type { Repository, StoredEvent } from '../../../src/port/repository.ts'
import { RepositoryError } from '../../../src/port/repository-error.ts'
import { createEngine } from '../../../src/runtime/index.ts'
import { hang, withMethods } from './faulty.ts'
import { accepted, call, found, open, start, system, until } from './gateway.ts'

const impatient = { maxStaleness: 200, requestTimeout: 50 }

/** A repository that can be switched off. */
function switchable(repository: Repository): { readonly faulty: Repository; isDown: boolean } {
  const down = { faulty: repository, isDown: false }
  const fail = async () => {
    throw new RepositoryError('repository_unavailable', 'not_applied', 'no connection')
  }
  const methods: Partial<Repository> = {
    version: () => (down.isDown ? fail() : repository.version()),
    load: (upTo) => (down.isDown ? fail() : repository.load(upTo)),
    commit: (commit) => (down.isDown ? fail() : repository.commit(commit)),
    watch: (version) => repository.watch(version),
  }
  down.faulty = withMethods(repository, methods)
  return down
}

async function append(repository: Repository, schema: number, ...events: readonly StoredEvent[]): Promise<void> {
  const committed = await repository.commit({ events, schema, expectedVersion: await repository.version() })
  expect(committed.type).toBe('committed')
}

const created = (user: string) =>
  ({ type: 'UserCreated', actor: { type: 'system' }, at: 1_790_000_000_000, user, metered: false }) as const

describe('followers', () => {
  test('a change is on every other engine without a restart', async () => {
    const { engine, repository } = await start()
    const others = [await start({ repository }), await start({ repository })]
    accepted(await engine.execute({ type: 'CreateUser', user: 'ann' }, system))
    for (const other of others) await until(() => other.engine.status().version === 1)
  })

  test('a commit of several events is visible whole or not at all', async () => {
    const { engine, repository } = await start()
    const { engine: other } = await start({ repository })
    const seen = new Set<number>()
    const commands = Array.from({ length: 50 }, (_, i) => ({ type: 'CreateUser', user: `u${i}` }) as const)
    const executing = engine.execute(commands, system)
    while (other.status().version < 50) {
      seen.add(other.status().version)
      await new Promise(setImmediate)
    }
    accepted(await executing)
    expect([...seen]).toEqual([0])
  })

  test('an engine whose load takes longer than the policy may be old is ready when it has loaded', async () => {
    const repository = createMemoryRepository()
    const load = async (upTo?: number) => {
      await new Promise((resolve) => setTimeout(resolve, 300))
      return repository.load(upTo)
    }
    const { engine } = open({ repository: withMethods(repository, { load }), maxStaleness: 200 })
    expect(await engine.ready()).toBe(true)
  })

  test('an engine that starts later loads the same policy, from snapshots too', async () => {
    const { engine, repository } = await found({ snapshotEvery: 5 })
    await until(async () => (await repository.load()).snapshot !== undefined)
    const { engine: late } = await start({ repository })
    expect(late.read(toSnapshot)).toEqual(engine.read(toSnapshot))
  })

  test('`waitFor` and `atLeast` wait for a version, and give up in time', async () => {
    const { engine, repository } = await found()
    const { engine: other } = await start({ repository, requestTimeout: 100 })
    const { version } = accepted(await engine.execute({ type: 'SuspendTeam', team: 'dev' }, system))
    expect(await other.waitFor(version)).toBeUndefined()
    expect(await other.admit({ ...call, atLeast: version })).toMatchObject({ reason: 'denied' })
    expect(await other.waitFor(version + 1, 20)).toMatchObject({ reason: 'policy_unavailable' })
    expect(await other.admit({ ...call, atLeast: version + 1 })).toMatchObject({ reason: 'policy_unavailable' })
  })

  test('a watch that yields nothing is replaced when the log has moved', async () => {
    const repository = createMemoryRepository()
    let watches = 0
    const deaf = withMethods(repository, {
      watch: (version) => repository.watch(watches++ === 0 ? 1_000_000 : version),
    })
    const { engine } = await start({ repository: deaf, maxStaleness: 400 })
    await append(repository, 1, created('ann'))
    await until(() => engine.status().version === 1)
    expect(watches).toBeGreaterThan(1)
  })
})

describe('degraded mode', () => {
  test('a repository that fails: decisions go on up to the bound, then `policy_unavailable`, then they come back', async () => {
    const down = switchable(createMemoryRepository())
    const { engine, notices } = await found({ repository: down.faulty, ...impatient })
    down.isDown = true
    await until(() => engine.status().problem !== undefined)
    expect(engine.authorize({ type: 'use', who: { type: 'team', id: 'dev' }, model: 'fast' }).effect).toBe('allow')
    await until(() => !engine.status().isReady)
    expect(await engine.admit(call)).toMatchObject({ admitted: false, reason: 'policy_unavailable' })
    const unavailable = { ok: false, effect: 'deny', reason: 'policy_unavailable' }
    expect(engine.authorize({ type: 'use', who: { type: 'team', id: 'dev' }, model: 'fast' })).toMatchObject(
      unavailable,
    )
    expect(engine.listModels({ type: 'team', id: 'dev' })).toMatchObject(unavailable)
    expect(engine.explain({ type: 'use', who: { type: 'team', id: 'dev' }, model: 'fast' })).toMatchObject(unavailable)
    expect(engine.preview([{ type: 'SuspendTeam', team: 'dev' }], { type: 'system' })).toMatchObject(unavailable)
    expect(await engine.execute({ type: 'SuspendTeam', team: 'dev' }, system)).toMatchObject({
      ...unavailable,
      outcome: 'not_applied',
    })
    expect(notices).toContainEqual({
      type: 'repository',
      problem: { code: 'repository_failed', message: 'no connection' },
    })
    down.isDown = false
    await until(() => engine.status().isReady)
    expect(engine.status().problem).toBeUndefined()
    const admission = await engine.admit(call)
    expect(admission.admitted).toBe(true)
    if (admission.admitted) await admission.release()
  })

  test('a repository that hangs is as one that fails', async () => {
    const repository = createMemoryRepository()
    let hangs = false
    const faulty = withMethods(repository, { version: () => (hangs ? hang() : repository.version()) })
    const { engine } = await start({ repository: faulty, ...impatient })
    hangs = true
    await until(() => !engine.status().isReady)
    hangs = false
    await until(() => engine.status().isReady)
  })

  test('started without a repository, the engine refuses and keeps trying', async () => {
    const down = switchable(createMemoryRepository())
    down.isDown = true
    const { engine } = open({ repository: down.faulty, ...impatient })
    expect(await engine.ready(100)).toBe(false)
    expect(await engine.admit(call)).toMatchObject({ admitted: false, reason: 'policy_unavailable' })
    down.isDown = false
    expect(await engine.ready(5_000)).toBe(true)
  })

  test('an event of a later version: the engine says so, decides from its last state up to the bound, and never crashes', async () => {
    const { engine, repository } = await found({ ...impatient })
    const { version } = engine.status()
    await append(repository, 2, { ...created('ann'), type: 'SomethingNew' })
    await append(repository, 1, created('bob'))
    await until(() => engine.status().problem?.code === 'events_newer')
    expect(engine.status().version).toBe(version)
    await until(() => !engine.status().isReady)
    expect(await engine.admit(call)).toMatchObject({
      reason: 'policy_unavailable',
      unavailable: { problem: { code: 'events_newer' } },
    })
  })

  test('the commits before an event of a later version count', async () => {
    const repository = createMemoryRepository()
    const { engine } = await start({ repository })
    const key = (id: string) => ({ id, digest: 'a' })
    await repository.commit({ events: [created('ann')], schema: 1, expectedVersion: 0, command: key('a') })
    await repository.commit({ events: [created('bob')], schema: 2, expectedVersion: 1, command: key('b') })
    await until(() => engine.status().problem?.code === 'events_newer')
    expect(engine.status().version).toBe(1)
  })

  test.each([
    ['has a field that is not known', { ...created('ann'), color: 'red' }],
    ['lacks a field', { type: 'UserCreated', actor: { type: 'system' }, at: 1_790_000_000_000, user: 'ann' } as const],
    [
      'cannot have happened',
      { type: 'UserSuspended', actor: { type: 'system' }, at: 1_790_000_000_000, user: 'x' } as const,
    ],
  ])('an event that %s is a problem that names its version', async (_, event) => {
    const { engine, repository } = await start()
    await append(repository, 1, event)
    await until(() => engine.status().problem?.code === 'log_invalid')
    expect(engine.status().problem?.message).toContain('event 1')
    expect(engine.status().version).toBe(0)
  })

  test('a log that was shortened is a problem, not an older policy', async () => {
    const repository = createMemoryRepository()
    let lost = 0
    const restored = withMethods(repository, { version: async () => (await repository.version()) - lost })
    const { engine } = await found({ repository: restored, ...impatient })
    lost = 1
    await until(() => engine.status().problem?.code === 'log_shortened')
    await until(() => !engine.status().isReady)
  })
})

describe('time travel', () => {
  test('`stateAt` returns the policy at every version of the log', async () => {
    const { engine, repository } = await found({ snapshotEvery: 4 })
    await until(async () => (await repository.load()).snapshot !== undefined)
    for (let version = 0; version <= engine.status().version; version += 1) {
      expect((await engine.stateAt(version)).version).toBe(version)
    }
    expect(toSnapshot(await engine.stateAt(engine.status().version))).toEqual(engine.read(toSnapshot))
    await expect(engine.stateAt(10_000)).rejects.toThrow(RangeError)
  })
})

describe('options', () => {
  const repository = createMemoryRepository()
  test.each([
    ['`repository`', {}],
    ['`repository`', { repository: {} }],
    ['`ledger`', { repository, ledger: 'none' }],
    ['`clock`', { repository, clock: { now: () => new Date() } }],
    ['`await`', { repository: Promise.resolve(repository) }],
    ['`onNotice`', { repository, onNotice: true }],
    ['`maxStaleness`', { repository, maxStaleness: 1 }],
    ['`requestTimeout`', { repository, requestTimeout: Number.NaN }],
    ['`holdTtl`', { repository, holdTtl: 1e12 }],
    ['`maxStalenes`', { repository, maxStalenes: 1_000 }],
  ])('a wrong or unknown option is refused by its name: %s', (name, options) => {
    expect(() => createEngine(options as never)).toThrow(name)
  })

  test('`close` ends the engine, which then refuses everything, and leaves the stores open', async () => {
    const { engine, repository: store } = await found()
    await engine.close()
    await engine.close()
    expect(await engine.admit(call)).toMatchObject({ reason: 'policy_unavailable' })
    expect(await engine.execute({ type: 'CreateUser', user: 'ann' }, system)).toMatchObject({
      reason: 'policy_unavailable',
    })
    expect(engine.status().isReady).toBe(false)
    expect(await store.version()).toBeGreaterThan(0)
  })
})
