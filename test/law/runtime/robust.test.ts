import { describe, expect, test } from 'vitest'
import { createMemoryCreditLedger, createMemoryRepository } from '../../../src/adapter/memory/index.ts'
import { RepositoryError } from '../../../src/port/repository-error.ts'
import { type CommandBody, createEngine } from '../../../src/runtime/index.ts'
import { hang, withMethods } from './faulty.ts'
import { accepted, call, found, start, system, until } from './gateway.ts'

const createUser = (user: string): CommandBody => ({ type: 'CreateUser', user })
const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds))

describe('a version that is late', () => {
  test('is not a shortened log when commits arrive while the repository answers', async () => {
    const repository = createMemoryRepository()
    const slow = withMethods(repository, {
      version: async () => {
        const version = await repository.version()
        await pause(30)
        return version
      },
    })
    const { engine, notices } = await start({ repository: slow, maxStaleness: 400 })
    const { engine: writer } = await start({ repository })
    for (let i = 0; i < 150; i += 1) {
      accepted(await writer.execute(createUser(`u${i}`), system))
      expect(engine.status().isReady).toBe(true)
      await pause(5)
    }
    expect(notices).toEqual([])
  })
})

describe('outcomes', () => {
  const lost = new RepositoryError('repository_unavailable', 'unknown', 'the connection was lost')

  test('a change that took effect is not reported as `not_applied` when its events cannot be read again', async () => {
    const repository = createMemoryRepository()
    let losses = 1
    const faulty = withMethods(repository, {
      commit: async (commit) => {
        const result = await repository.commit(commit)
        losses -= 1
        if (losses === 0) throw lost
        return result
      },
      readLog: () => Promise.reject(new Error('no log')),
    })
    const { engine } = await start({ repository: faulty, requestTimeout: 200 })
    expect(await engine.execute(createUser('ann'), system)).toMatchObject({ ok: false, outcome: 'unknown' })
  })

  test('a retry with an id that cannot look the id up is `unknown`', async () => {
    const repository = createMemoryRepository()
    const faulty = withMethods(repository, { findCommand: () => Promise.reject(new Error('no answer')) })
    const { engine } = await start({ repository: faulty, requestTimeout: 100 })
    const result = await engine.execute(createUser('ann'), { ...system, id: 'c1' })
    expect(result).toMatchObject({ ok: false, reason: 'policy_unavailable', outcome: 'unknown' })
  })

  test('arguments that change while the call waits do not change the command', async () => {
    const { engine, repository } = await start()
    const body = { type: 'CreateUser', user: 'ann' } as { type: 'CreateUser'; user: string }
    const executing = engine.execute(body, system)
    body.user = 'bob'
    expect(accepted(await executing).events).toMatchObject([{ user: 'ann' }])
    expect(await repository.version()).toBe(1)
  })
})

describe('`close`', () => {
  test('returns although calls of the stores hang, and refuses new calls from the start', async () => {
    const repository = createMemoryRepository()
    const ledger = createMemoryCreditLedger()
    const gateway = await found({ repository, ledger })
    await gateway.engine.close()
    const faulty = withMethods(repository, { cursor: hang, saveSnapshot: hang, readLog: hang })
    const stuck = withMethods(ledger, { settle: hang })
    const engine = createEngine({ repository: faulty, ledger: stuck, requestTimeout: 200, snapshotEvery: 1 })
    await engine.ready()
    const admission = await engine.admit(call)
    if (!admission.admitted) throw new Error(admission.reason)
    void admission.settle(1n)
    accepted(await engine.execute(createUser('ann'), system))
    const closing = engine.close()
    expect(await engine.admit(call)).toMatchObject({ admitted: false, reason: 'policy_unavailable' })
    expect(await engine.execute(createUser('bob'), system)).toMatchObject({ ok: false, reason: 'policy_unavailable' })
    const before = performance.now()
    await closing
    expect(performance.now() - before).toBeLessThan(5_000)
    expect(await engine.waitFor(99, 60_000)).toMatchObject({ reason: 'policy_unavailable' })
  })

  test('a call that is being admitted when the engine closes is not admitted, and holds nothing', async () => {
    const ledger = createMemoryCreditLedger()
    const slow = withMethods(ledger, {
      reserve: async (request) => {
        const result = await ledger.reserve(request)
        await pause(100)
        return result
      },
    })
    const { engine } = await found({ ledger: slow })
    const admitting = engine.admit(call)
    await pause(20)
    const closing = engine.close()
    expect(await admitting).toMatchObject({ admitted: false, reason: 'policy_unavailable' })
    await closing
    await until(async () => (await ledger.listWallets()).wallets.every(({ balance }) => balance.reserved === 0n))
    expect((await ledger.listWallets()).wallets.length).toBeGreaterThan(0)
  })
})

test('values that cannot be read are refused, and nothing throws', async () => {
  const { engine } = await found({ onNotice: (() => Promise.reject(new Error('no'))) as () => void })
  const unreadable = new Proxy(
    {},
    {
      get() {
        throw new Error('no')
      },
      ownKeys() {
        throw new Error('no')
      },
    },
  ) as never
  expect(await engine.execute(unreadable, system)).toMatchObject({ ok: false })
  expect(await engine.execute(createUser('ann'), unreadable)).toMatchObject({ ok: false, reason: 'options_invalid' })
  expect(await engine.admit(unreadable)).toMatchObject({ admitted: false, reason: 'request_invalid' })
  expect(engine.authorize(unreadable)).toMatchObject({ effect: 'deny', reason: 'request_invalid' })
  expect(engine.authorize('x'.repeat(5_000_000) as never)).toMatchObject({ effect: 'deny', reason: 'request_invalid' })
  expect(engine.listModels({ type: 'team', id: 'dev' }, unreadable)).toMatchObject({ ok: false })
  const failing = () => Promise.reject(Object.create(null))
  expect(await engine.admit({ ...call, estimate: failing as never })).toMatchObject({ reason: 'request_invalid' })
  expect(await engine.ready(Number.POSITIVE_INFINITY)).toBe(true)
})
