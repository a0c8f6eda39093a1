import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  createPostgresRepository,
  fromPool,
  migratePolicy,
  type PostgresRepositoryOptions,
  type SqlClient,
} from '../../src/adapter/postgres/index.ts'
import type { Repository } from '../../src/port/repository.ts'
import { events, readUntil, summary, within } from '../../src/testing/conformance/repository/repository-fixture.ts'
import { pause } from './network-rig.ts'
import { newSchema } from './postgres-make.ts'
import { type PostgresServer, startPostgres } from './postgres-server.ts'
import { moments, type NetworkFault, startProxy } from './proxy.ts'

/** The timeout of the clients, in milliseconds. */
const patience = 500
let server: PostgresServer
let direct: pg.Pool
beforeAll(async () => {
  server = await startPostgres(['fsync=off'])
  direct = new pg.Pool({ connectionString: server.url, max: 4 })
  direct.on('error', () => undefined)
})
afterAll(async () => {
  await direct.end()
  await server.close()
})

let schema: string
let plain: Repository
beforeEach(async () => {
  schema = newSchema()
  await migratePolicy(fromPool(direct), { schema })
  plain = createPostgresRepository({ client: fromPool(direct), schema })
})

async function commit(repository: Repository, user: string): Promise<number> {
  const expectedVersion = await repository.version()
  const result = await repository.commit({ events: events(user), schema: 1, expectedVersion })
  expect(result.type).toBe('committed')
  return expectedVersion + 1
}

/** Opens a repository on its own pool, which connects through a network proxy that records and fails statements. */
async function openRig(options: Partial<PostgresRepositoryOptions> = {}, pool: pg.PoolConfig = {}) {
  const proxy = await startProxy(server.url)
  const connections = new pg.Pool({ connectionString: proxy.url, max: 4, ...pool })
  connections.on('error', () => undefined)
  const texts: string[] = []
  let planned: { readonly fault: NetworkFault; readonly isMeant: (text: string) => boolean } | undefined
  proxy.plan = (text) => {
    texts.push(text)
    if (planned?.isMeant(text) !== true) return undefined
    const { fault } = planned
    planned = undefined
    return fault
  }
  const client = fromPool(connections, { timeout: patience })
  const repository = createPostgresRepository({ client, schema, ...options })
  const count = (isCounted: (text: string) => boolean) => texts.filter(isCounted).length
  return {
    repository,
    proxy,
    count,
    /** Fails the network once, at the next statement for which `isMeant` returns true. */
    fail: (fault: NetworkFault, isMeant: (text: string) => boolean) => {
      planned = { fault, isMeant }
      return () => planned === undefined
    },
    until: async (isReached: () => boolean, what: string) => {
      for (let tries = 0; !isReached(); tries += 1) {
        if (tries === 500) throw new Error(`not reached: ${what}`)
        await pause(20)
      }
    },
    close: async () => {
      await repository.close()
      await connections.end()
      await proxy.close()
    },
  }
}

const isListen = (text: string) => text.startsWith('listen ')
const isCheck = (text: string) => text === 'select 1'
const isPull = (text: string) => text.includes('left join (select')
const isCommit = (text: string) => text.includes('with known as')

/** Commits through another connection, and returns the milliseconds until a watch yields the commit. */
async function latency(watch: ReturnType<Repository['watch']>, user: string): Promise<number> {
  const next = within(watch.next(), 10_000, user)
  await pause(10)
  const version = await commit(plain, user)
  const start = performance.now()
  expect(summary((await next).value ?? [])).toEqual([`${version} ${user}`])
  return performance.now() - start
}

describe('a watch', () => {
  test('yields the commits of other connections at once, without polls in between', async () => {
    const rig = await openRig({ pollInterval: 60_000 })
    const watch = rig.repository.watch(0)
    const first = watch.next()
    await rig.until(() => rig.count(isListen) === 1, 'a subscription')
    await pause(200)
    await commit(plain, 'a')
    await within(first, 5_000, 'the first commit')
    const times: number[] = []
    for (let i = 0; i < 20; i += 1) times.push(await latency(watch, `u${i}`))
    expect(times.sort((a, b) => a - b)[10]).toBeLessThan(50)
    await rig.close()
  })

  test('whose listener is terminated misses nothing, and subscribes again', async () => {
    const rig = await openRig({}, { application_name: `terminated ${schema}` })
    const watch = rig.repository.watch(0)
    const first = watch.next()
    await rig.until(() => rig.count(isListen) === 1, 'a subscription')
    // The server may show the statement later than the client sends it.
    const terminate = async () => {
      const { rowCount } = await direct.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1 and query like 'listen %'`,
        [`terminated ${schema}`],
      )
      return rowCount
    }
    let terminated = await terminate()
    for (let tries = 0; terminated === 0 && tries < 100; tries += 1) {
      await pause(20)
      terminated = await terminate()
    }
    expect(terminated).toBe(1)
    await commit(plain, 'a')
    expect(summary((await within(first, 2_000, 'the commit')).value ?? [])).toEqual(['1 a'])
    const next = watch.next()
    await rig.until(() => rig.count(isListen) === 2, 'another subscription')
    await pause(200)
    await commit(plain, 'b')
    await within(next, 5_000, 'the commit')
    expect(await latency(watch, 'c')).toBeLessThan(500)
    await rig.close()
  })

  test('whose connections are all terminated misses nothing', async () => {
    const rig = await openRig({}, { application_name: `all ${schema}` })
    const watch = rig.repository.watch(0)
    for (let i = 0; i < 3; i += 1) {
      const next = watch.next()
      await pause(300)
      await direct.query('select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1', [
        `all ${schema}`,
      ])
      await commit(plain, `u${i}`)
      expect(summary((await within(next, 5_000, 'the commit')).value ?? [])).toEqual([`${i + 1} u${i}`])
    }
    await rig.close()
  })

  test('whose listener is half open sees commits by polls, and subscribes again', async () => {
    const rig = await openRig()
    const watch = rig.repository.watch(0)
    let next = watch.next()
    await rig.until(() => rig.count(isListen) === 1, 'a subscription')
    const isMet = rig.fail({ at: 'before the answer', how: 'vanish' }, isCheck)
    await rig.until(isMet, 'a check of the subscription')
    await commit(plain, 'a')
    expect(summary((await within(next, 2_500, 'the commit')).value ?? [])).toEqual(['1 a'])
    next = watch.next()
    await rig.until(() => rig.count(isListen) === 2, 'another subscription')
    await pause(200)
    await commit(plain, 'b')
    await within(next, 5_000, 'the commit')
    expect(await latency(watch, 'c')).toBeLessThan(500)
    await rig.close()
  })

  test.each(moments)('whose subscription fails %s, half open, sees commits by polls', async (at) => {
    const rig = await openRig()
    const isMet = rig.fail({ at, how: 'vanish' }, isListen)
    const watch = rig.repository.watch(0)
    const next = watch.next()
    await rig.until(isMet, 'a subscription')
    await commit(plain, 'a')
    expect(summary((await within(next, 2_000, 'the commit')).value ?? [])).toEqual(['1 a'])
    await rig.close()
  })

  test('sees the commits of a writer that does not notify by polls, which then are more frequent', async () => {
    const silent = createPostgresRepository({ client: fromPool(direct), schema, notify: false })
    const rig = await openRig()
    const watch = rig.repository.watch(0)
    const reading = readUntil(watch, 12)
    await rig.until(() => rig.count(isListen) === 1, 'a subscription')
    for (let i = 0; i < 12; i += 1) {
      await commit(silent, `u${i}`)
      await pause(300)
    }
    expect(summary(await within(reading, 3_000, 'the commits'))).toEqual(
      Array.from({ length: 12 }, (_, i) => `${i + 1} u${i}`),
    )
    const before = rig.count(isPull)
    const next = watch.next()
    await pause(1_500)
    expect(rig.count(isPull) - before).toBeGreaterThan(5)
    await commit(plain, 'z')
    await next
    await rig.close()
  })

  test('without notifications polls, and its repository never subscribes', async () => {
    const rig = await openRig({ notify: false, pollInterval: 20 })
    const watch = rig.repository.watch(0)
    const reading = readUntil(watch, 5)
    for (let i = 0; i < 5; i += 1) await commit(plain, `u${i}`)
    expect(await reading).toHaveLength(5)
    await rig.repository.commit({ events: events('x'), schema: 1, expectedVersion: 5 })
    expect(rig.count((text) => isListen(text) || text.includes('pg_notify'))).toBe(0)
    await rig.close()
  })

  test('works on a pool of one connection, without a subscription', async () => {
    const rig = await openRig({}, { max: 1 })
    const reading = readUntil(rig.repository.watch(0), 3)
    for (let i = 0; i < 3; i += 1) await commit(rig.repository, `u${i}`)
    expect(await reading).toHaveLength(3)
    expect(rig.count(isListen)).toBe(0)
    await rig.close()
  })

  test('shares its subscription and its reads with the other watches of the repository', async () => {
    const rig = await openRig({ pollInterval: 60_000 })
    const watches = Array.from({ length: 20 }, () => rig.repository.watch(0))
    const first = watches.map((watch) => watch.next())
    await rig.until(() => rig.count(isListen) === 1, 'a subscription')
    await pause(300)
    await commit(plain, 'a')
    await Promise.all(first)
    const second = watches.map((watch) => watch.next())
    await pause(300)
    const before = rig.count(isPull)
    await commit(plain, 'b')
    for (const { value } of await Promise.all(second)) expect(summary(value ?? [])).toEqual(['2 b'])
    expect(rig.count(isPull) - before).toBe(1)
    expect(rig.count(isListen)).toBe(1)
    await rig.close()
  })

  test('of an unreachable server ends with an error, and a later watch continues', async () => {
    const rig = await openRig()
    const watch = rig.repository.watch(0)
    const first = watch.next()
    await commit(plain, 'a')
    await first
    rig.proxy.door = 'refused'
    rig.proxy.plan = () => ({ at: 'before the statement', how: 'reset' })
    const lost = { name: 'RepositoryError', code: 'repository_unavailable', outcome: 'not_applied' }
    await expect(within(watch.next(), 10_000, 'an error')).rejects.toMatchObject(lost)
    expect(await watch.next()).toEqual({ done: true, value: undefined })
    rig.proxy.door = 'open'
    rig.proxy.plan = () => undefined
    await commit(plain, 'b')
    expect(summary(await readUntil(rig.repository.watch(1), 2))).toEqual(['2 b'])
    await rig.close()
  })
})

describe('a commit', () => {
  const command = { id: 'command', digest: 'a' }
  const isStored = (at: NetworkFault['at']) => at === 'before the answer' || at === 'within the answer'
  const faults = moments.flatMap((at) => (['reset', 'vanish'] as const).map((how): NetworkFault => ({ at, how })))

  test.each(faults)(
    'whose connection fails $at, by $how, is `unknown`, and `findCommand` returns its outcome',
    async (fault) => {
      const rig = await openRig()
      const isMet = rig.fail(fault, isCommit)
      const send = () => rig.repository.commit({ events: events('a', 'b'), schema: 1, expectedVersion: 0, command })
      const lost = { name: 'RepositoryError', code: 'repository_unavailable', outcome: 'unknown' }
      await expect(send()).rejects.toMatchObject(lost)
      expect(isMet()).toBe(true)
      const found = isStored(fault.at) ? { after: 0, version: 2, digest: 'a' } : undefined
      expect(await rig.repository.findCommand(command.id)).toEqual(found)
      expect(await send()).toEqual({ type: 'committed', after: 0, version: 2, replay: found !== undefined })
      expect(await plain.version()).toBe(2)
      await rig.close()
    },
  )

  test('to a server that refuses connections is `not_applied`', async () => {
    const rig = await openRig()
    rig.proxy.door = 'refused'
    const send = () => rig.repository.commit({ events: events('a'), schema: 1, expectedVersion: 0, command })
    const refused = { name: 'RepositoryError', code: 'repository_unavailable', outcome: 'not_applied' }
    await expect(send()).rejects.toMatchObject(refused)
    rig.proxy.door = 'open'
    expect(await send()).toMatchObject({ type: 'committed', replay: false })
    await rig.close()
  })

  test.each(['repeatable read', 'serializable'])('races under %s like under read committed', async (isolation) => {
    const options = `-c default_transaction_isolation=${isolation.replace(' ', '\\ ')}`
    const pool = new pg.Pool({ connectionString: server.url, max: 8, options })
    const repository = createPostgresRepository({ client: fromPool(pool), schema })
    for (let version = 0; version < 20; version += 1) {
      const sent = Array.from({ length: 8 }, (_, i) =>
        repository.commit({ events: events(`u${i}`), schema: 1, expectedVersion: version }),
      )
      const results = await Promise.all(sent)
      expect(results.filter(({ type }) => type === 'committed')).toHaveLength(1)
      expect(results.filter(({ type }) => type === 'conflict')).toHaveLength(7)
    }
    await repository.close()
    await pool.end()
  })

  test.each(['40001', '40P01', '55P03'])('that the database refuses with %s is sent again', async (code) => {
    const inner = fromPool(direct)
    let refusals = 3
    const query: SqlClient['query'] = async (text, values) => {
      if (isCommit(text) && refusals > 0) {
        refusals -= 1
        throw Object.assign(new Error('restart transaction'), { code })
      }
      return await inner.query(text, values)
    }
    const repository = createPostgresRepository({ client: { ...inner, query }, schema })
    const result = await repository.commit({ events: events('a'), schema: 1, expectedVersion: 0 })
    expect(result).toMatchObject({ type: 'committed', version: 1 })
    expect(refusals).toBe(0)
    refusals = Number.POSITIVE_INFINITY
    const givenUp = { name: 'RepositoryError', code: 'repository_unavailable', outcome: 'not_applied' }
    await expect(repository.commit({ events: events('b'), schema: 1, expectedVersion: 1 })).rejects.toMatchObject(
      givenUp,
    )
    expect(await plain.version()).toBe(1)
  })

  test('of 20,000 events is stored whole, and a watch yields it whole', async () => {
    const users = Array.from({ length: 20_000 }, (_, i) => `u${i}`)
    const next = plain.watch(0).next()
    const result = await plain.commit({ events: events(...users), schema: 1, expectedVersion: 0 })
    expect(result).toMatchObject({ type: 'committed', version: 20_000 })
    expect((await within(next, 20_000, 'the commit')).value).toHaveLength(20_000)
    expect((await plain.load()).events).toHaveLength(20_000)
    await plain.close()
  })
})

/** Starts a process that commits to the log. Returns its commits when it ends. */
async function runWorker(name: string, count: number, wait = 0): Promise<readonly { readonly version: number }[]> {
  const loader = createRequire(import.meta.url).resolve('tsx')
  const worker = fileURLToPath(new URL('repository-worker.ts', import.meta.url))
  const args = ['--import', loader, worker, server.url, schema, name, String(count), String(wait)]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const lines: { readonly version: number }[] = []
  for await (const line of createInterface({ input: child.stdout })) lines.push(JSON.parse(line))
  return lines
}

test('three processes that race store every commit once, in one order, and a watch yields them', async () => {
  const reading = readUntil(plain.watch(0), 150, 60_000)
  const all = await Promise.all(['one', 'two', 'three'].map((name) => runWorker(name, 50)))
  const versions = all.flat().map(({ version }) => version)
  expect(versions.sort((a, b) => a - b)).toEqual(Array.from({ length: 150 }, (_, i) => i + 1))
  const seen = await reading
  expect(seen.map(({ version }) => version)).toEqual(versions)
  const users = seen.map(({ event }) => (event as { user?: string }).user)
  for (const name of ['one', 'two', 'three']) {
    expect(users.filter((user) => user?.startsWith(`${name} `))).toEqual(
      Array.from({ length: 50 }, (_, i) => `${name} ${i}`),
    )
  }
  await plain.close()
})
