import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createPostgresCreditLedger, fromPool, migrate } from '../../src/adapter/postgres/index.ts'
import type { CreditLedger } from '../../src/port/credit-ledger.ts'
import { isCommit, openRig, patience, pause, pictureOf, prepare, type Rig, writes } from './network-rig.ts'
import { newSchema } from './postgres-make.ts'
import { type PostgresServer, startPostgres } from './postgres-server.ts'
import { type Moment, moments, type NetworkFault } from './proxy.ts'

const schema = newSchema()
let server: PostgresServer
let direct: pg.Pool
let plain: CreditLedger
let rigs: ReadonlyMap<string, Rig>
beforeAll(async () => {
  server = await startPostgres(['fsync=off'])
  direct = new pg.Pool({ connectionString: server.url, max: 4 })
  direct.on('error', () => undefined)
  const client = fromPool(direct)
  await migrate(client, { schema })
  plain = createPostgresCreditLedger({ client, schema })
  rigs = new Map(
    await Promise.all(Object.keys(writes).map(async (write) => [write, await openRig(server.url, schema)] as const)),
  )
})
afterAll(async () => {
  await Promise.all([...rigs.values()].map((rig) => rig.close()))
  await direct.end()
  await server.close()
})

const unavailable = (outcome: string) => ({ name: 'LedgerError', code: 'ledger_unavailable', outcome })
const late = { name: 'LedgerError', code: 'ledger_timeout', outcome: 'unknown' }

let twins = 0
/**
 * Makes the same write on two wallets: through a failing network, and directly. Asserts that both wallets have the same
 * state and entries.
 */
async function twin(
  write: string,
  through: (send: () => ReturnType<(typeof writes)[string]>, rig: Rig) => Promise<void>,
) {
  const rig = rigs.get(write)
  const send = writes[write]
  if (rig === undefined || send === undefined) throw new Error(`unknown write: ${write}`)
  twins += 1
  const names = [`${write} ${twins} network`, `${write} ${twins} direct`] as const
  const wallets = [await prepare(rig.ledger, names[0]), await prepare(plain, names[1])] as const
  await through(() => send(rig.ledger, names[0], wallets[0]), rig)
  rig.proxy.plan = () => undefined
  expect(await send(plain, names[1], wallets[1])).toMatchObject({ ok: true, replay: false })
  expect(await pictureOf(plain, wallets[0])).toEqual(await pictureOf(plain, wallets[1]))
  expect(await plain.verify(wallets[0])).toEqual([])
  await rig.untilAtRest()
}

const everyWrite = (run: (write: string) => Promise<void>) => Promise.all(Object.keys(writes).map(run))
const isDone = (at: Moment) => at === 'before the answer' || at === 'within the answer'

describe('a connection cut during a write', () => {
  const cuts = moments.flatMap((at) => (['reset', 'end'] as const).map((how) => [at, how] as const))
  test.each(cuts)('%s, by a %s, leaves the outcome unknown, and a retry takes effect once', async (at, how) => {
    await everyWrite((write) =>
      twin(write, async (send, rig) => {
        const isMet = rig.fail({ at, how })
        await expect(send()).rejects.toMatchObject(unavailable('unknown'))
        expect(isMet()).toBe(true)
        expect(await send()).toMatchObject({ ok: true, replay: isDone(at) })
      }),
    )
  })
})

describe('a connection that goes half open during a write', () => {
  test.each(moments)('%s times out, and a retry takes effect once', async (at) => {
    await everyWrite((write) =>
      twin(write, async (send, rig) => {
        const isMet = rig.fail({ at, how: 'vanish' })
        const start = performance.now()
        await expect(send()).rejects.toMatchObject(late)
        expect(performance.now() - start).toBeLessThan(patience + 1_000)
        expect(isMet()).toBe(true)
        expect(await send()).toMatchObject({ ok: true, replay: isDone(at) })
      }),
    )
  })
})

describe('a network that is slow during a write', () => {
  test.each(moments)('%s, for less than the timeout, only delays the write', async (at) => {
    await everyWrite((write) =>
      twin(write, async (send, rig) => {
        const isMet = rig.fail({ at, how: { delay: 50 } })
        expect(await send()).toMatchObject({ ok: true, replay: false })
        expect(isMet()).toBe(true)
      }),
    )
  })

  test.each(moments)(
    '%s, for longer than the timeout, leaves the outcome unknown, and the write takes effect once',
    async (at) => {
      await everyWrite((write) =>
        twin(write, async (send, rig) => {
          const isMet = rig.fail({ at, how: { delay: 3 * patience } })
          await expect(send()).rejects.toMatchObject(late)
          expect(isMet()).toBe(true)
          expect(await send()).toMatchObject({ ok: true, replay: isDone(at) })
          await pause(2 * patience + 100)
          expect(await send()).toMatchObject({ ok: true, replay: true })
        }),
      )
    },
  )

  test('a reservation that arrives after its release has no effect', async () => {
    const rig = rigs.get('reserve') as Rig
    const wallet = await prepare(rig.ledger, 'given up')
    const reserve = () => rig.ledger.reserve({ hold: 'given up', wallet, amount: 7n, ttl: 60_000 })
    rig.fail({ at: 'before the statement', how: { delay: 2 * patience } })
    await expect(reserve()).rejects.toMatchObject(late)
    expect(await rig.ledger.release({ hold: 'given up' })).toMatchObject({ ok: true, returned: 0n })
    await pause(patience + 200)
    expect(await plain.hold('given up')).toMatchObject({ state: 'released', amount: 0n })
    expect(await reserve()).toMatchObject({ ok: false, reason: 'hold_released' })
    expect((await plain.balance(wallet)).reserved).toBe(10n)
  })
})

describe('a batch of 40 callers', () => {
  const faults: readonly NetworkFault[] = moments.flatMap((at) => [
    { at, how: 'reset' },
    { at, how: 'vanish' },
  ])
  test.each(faults)(
    'whose connection fails $at, by $how, is unknown as a whole and takes effect once',
    async (fault) => {
      const rig = rigs.get('reserve') as Rig
      const name = `batch ${fault.at} ${String(fault.how)}`
      const wallet = await prepare(rig.ledger, name)
      const all = () =>
        Promise.allSettled(
          Array.from({ length: 40 }, (_, i) =>
            rig.ledger.reserve({ hold: `${name} ${i}`, wallet, amount: 30n, ttl: 60_000 }),
          ),
        )
      const isMet = rig.fail(fault)
      const first = await all()
      expect(isMet()).toBe(true)
      const lost = first.filter(({ status }) => status === 'rejected')
      expect(lost.length).toBeGreaterThan(1)
      for (const one of lost) expect(one).toMatchObject({ reason: { name: 'LedgerError', outcome: 'unknown' } })
      const known = first.filter((one) => one.status === 'fulfilled' && one.value.ok).length
      const second = await all()
      const admitted = second.filter((one) => one.status === 'fulfilled' && one.value.ok)
      expect(second.filter(({ status }) => status === 'rejected')).toEqual([])
      // The available 980 credits suffice for 32 holds of 30.
      expect(admitted).toHaveLength(32)
      const replays = admitted.filter((one) => one.status === 'fulfilled' && one.value.ok && one.value.replay).length
      expect(replays).toBeGreaterThanOrEqual(isDone(fault.at) ? Math.max(known, 1) : known)
      expect(await plain.balance(wallet)).toMatchObject({ reserved: 970n, available: 20n })
      expect(await plain.verify(wallet)).toEqual([])
      await rig.untilAtRest()
    },
  )
})

describe('when the network fails during a read that precedes a write', () => {
  const reads: readonly (readonly [what: string, isMeant: (text: string) => boolean])[] = [
    ['the clock', (text) => text.includes('clock_timestamp')],
    ['the existence of the schema', (text) => text.includes('to_regclass')],
    ['the version of the schema', (text) => text.includes('max(version)')],
    ['the wallet', (text) => text.includes('.load(')],
  ]
  const faults = moments.flatMap((at) => (['reset', 'vanish'] as const).map((how): NetworkFault => ({ at, how })))
  test.each(reads)('%s: nothing is written, and the next call succeeds', async (what, isMeant) => {
    await Promise.all(
      faults.map(async ({ at, how }) => {
        const { ledger, fail, untilAtRest, close } = await openRig(server.url, schema)
        const wallet = { type: 'user', id: `${what} ${at} ${String(how)}`, incarnation: 0 } as const
        const isMet = fail({ at, how }, isMeant)
        const code = how === 'reset' ? 'ledger_unavailable' : 'ledger_timeout'
        const failed = { name: 'LedgerError', code, outcome: 'not_applied' }
        const grant = () => ledger.grant({ key: wallet.id, wallet, amount: 1n })
        if (at === 'before the answer') await expect(ledger.balance(wallet)).rejects.toMatchObject(failed)
        else await expect(grant()).rejects.toMatchObject(failed)
        expect(isMet()).toBe(true)
        expect(await grant()).toMatchObject({ ok: true, replay: false })
        await untilAtRest()
        await close()
      }),
    )
  })
})

describe('a call aborted by its signal while the network is slow', () => {
  test.each(moments)('%s: the outcome is unknown, and a retry takes effect once', async (at) => {
    const rig = rigs.get('charge') as Rig
    const name = `given up ${at}`
    const wallet = await prepare(rig.ledger, name)
    const charge = (signal?: AbortSignal) =>
      rig.ledger.charge({ hold: name, wallet, amount: 6n }, signal === undefined ? {} : { signal })
    const isMet = rig.fail({ at, how: { delay: patience / 2 } })
    const start = performance.now()
    const given = charge(AbortSignal.timeout(80))
    await expect(given).rejects.toMatchObject({ name: 'LedgerError', code: 'call_aborted', outcome: 'unknown' })
    expect(performance.now() - start).toBeLessThan(patience / 2)
    expect(isMet()).toBe(true)
    expect(await charge()).toMatchObject({ ok: true, replay: true })
    expect((await plain.balance(wallet)).spent).toBe(16n)
    await rig.untilAtRest()
  })
})

describe('a server that cannot be reached', () => {
  test.each(['refused', 'silent'] as const)(
    'because connections are %s fails a call in time, and nothing is written',
    async (door) => {
      const rig = await openRig(server.url, schema, { connectionTimeoutMillis: 5 * patience })
      const wallet = await prepare(rig.ledger, `door ${door}`)
      const reserve = () => rig.ledger.reserve({ hold: `door ${door}`, wallet, amount: 1n, ttl: 60_000 })
      rig.fail({ at: 'before the statement', how: 'reset' })
      rig.proxy.door = door
      await expect(reserve()).rejects.toMatchObject(unavailable('unknown'))
      // Closes the other idle connections too.
      await Promise.all(
        Array.from({ length: rig.pool.idleCount }, async () => (await rig.pool.connect()).release(true)),
      )
      const start = performance.now()
      await expect(reserve()).rejects.toMatchObject(unavailable('not_applied'))
      expect(performance.now() - start).toBeLessThan(patience + 1_000)
      await expect(rig.ledger.balance(wallet)).rejects.toMatchObject(unavailable('not_applied'))
      rig.proxy.door = 'open'
      expect(await reserve()).toMatchObject({ ok: true, replay: false })
      await rig.untilAtRest()
      await rig.close()
    },
  )
})

test('while the network returns nothing, a caller waits for at most two batches and its own', async () => {
  const rig = await openRig(server.url, schema)
  const wallet = await prepare(rig.ledger, 'silence')
  rig.proxy.plan = () => ({ at: 'before the statement', how: 'vanish' })
  const waits: number[] = []
  await Promise.all(
    Array.from({ length: 12 }, async (_, caller) => {
      await pause((caller * patience) / 8)
      for (let i = 0; i < 2; i += 1) {
        const start = performance.now()
        const reserve = rig.ledger.reserve({ hold: `silence ${caller} ${i}`, wallet, amount: 1n, ttl: 60_000 })
        await expect(reserve).rejects.toMatchObject({ name: 'LedgerError', code: 'ledger_timeout' })
        waits.push(performance.now() - start)
      }
    }),
  )
  expect(waits).toHaveLength(24)
  expect(Math.max(...waits)).toBeLessThan(3 * patience + 400)
  rig.proxy.plan = () => undefined
  expect(await rig.ledger.reserve({ hold: 'silence', wallet, amount: 1n, ttl: 60_000 })).toMatchObject({ ok: true })
  expect((await rig.ledger.balance(wallet)).reserved).toBe(11n)
  await rig.untilAtRest()
  await rig.close()
})

test('a pool whose idle connections are all half open recovers after they have timed out', async () => {
  const rig = await openRig(server.url, schema)
  const wallet = await prepare(rig.ledger, 'idle')
  const all = await Promise.all(Array.from({ length: 4 }, () => rig.pool.connect()))
  for (const one of all) one.release()
  expect(rig.pool.idleCount).toBe(4)
  let dead = 0
  rig.proxy.plan = (text) => {
    dead += 1
    return dead <= 4 && isCommit(text) ? { at: 'before the statement', how: 'vanish' } : undefined
  }
  let failures = 0
  for (let done = false; !done; ) {
    await rig.ledger.reserve({ hold: 'idle', wallet, amount: 1n, ttl: 60_000 }).then(
      () => {
        done = true
      },
      (error: unknown) => {
        failures += 1
        expect(error).toMatchObject({ outcome: 'unknown' })
      },
    )
    expect(failures).toBeLessThanOrEqual(4)
  }
  expect(failures).toBeGreaterThan(0)
  await rig.untilAtRest()
  await rig.close()
})
