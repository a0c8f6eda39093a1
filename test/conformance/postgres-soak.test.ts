import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createPostgresCreditLedger, fromPool, migrate } from '../../src/adapter/postgres/index.ts'
import { LedgerError } from '../../src/ledger/index.ts'
import type { CreditLedger } from '../../src/port/credit-ledger.ts'
import { auditLedger, type SentWrite } from '../../src/testing/reference/ledger.ts'
import { Random } from '../bench/random.ts'
import { openRig, prepare, type Rig } from './network-rig.ts'
import { newSchema } from './postgres-make.ts'
import { type PostgresServer, startPostgres } from './postgres-server.ts'
import { type Failing, moments, type NetworkFault } from './proxy.ts'

const seed = Number(process.env['SOAK_SEED'] ?? 20_260_101)
const enough = Number(process.env['SOAK_FAULTS'] ?? 100)
const schema = newSchema()
let server: PostgresServer
let direct: pg.Pool
let plain: CreditLedger
let rigs: readonly Rig[]
beforeAll(async () => {
  server = await startPostgres(['fsync=off'])
  direct = new pg.Pool({ connectionString: server.url, max: 4 })
  direct.on('error', () => undefined)
  const client = fromPool(direct)
  await migrate(client, { schema })
  plain = createPostgresCreditLedger({ client, schema })
  rigs = await Promise.all(Array.from({ length: 4 }, () => openRig(server.url, schema, {}, 250)))
})
afterAll(async () => {
  await Promise.all(rigs.map((rig) => rig.close()))
  await direct.end()
  await server.close()
})

/** The numbers of faults and outcomes so far. */
const seen = { faults: 0, unknown: 0, notApplied: 0, replays: 0, abandoned: 0 }

function nextFault(random: Random): NetworkFault | undefined {
  if (seen.faults >= enough || !random.chance(0.3)) return undefined
  seen.faults += 1
  const at = moments[random.below(moments.length)] ?? 'before the answer'
  const kind = random.below(100)
  const slow: Failing = { delay: kind < 85 ? 30 : 500 }
  return { at, how: kind < 35 ? 'reset' : kind < 60 ? 'end' : kind < 75 ? 'vanish' : slow }
}

interface Answered {
  readonly ok: boolean
  readonly replay?: boolean
}

/** Retries a write until it returns a result. Records the write and the result, with `replay` set to false. */
async function send<R extends object>(
  notes: SentWrite[],
  write: string,
  call: (request: R) => Promise<Answered>,
  request: R,
  onUnknown: () => boolean = () => true,
): Promise<Answered | undefined> {
  for (;;) {
    try {
      const answer = await call(request)
      if (answer.ok && answer.replay) seen.replays += 1
      const heard = answer.ok ? { ...answer, replay: false } : { ...answer }
      notes.push({ write, request: { ...request } as SentWrite['request'], result: heard })
      return answer
    } catch (error) {
      if (!(error instanceof LedgerError)) throw error
      if (error.outcome === 'not_applied') seen.notApplied += 1
      else {
        seen.unknown += 1
        if (!onUnknown()) return undefined
      }
    }
  }
}

test(`every write of 16 callers takes effect exactly once through ${enough} network faults (seed ${seed})`, async () => {
  const random = new Random(seed)
  const wallet = await prepare(plain, 'soak')
  const parent = { type: 'organization', id: 'soak', incarnation: 1 } as const
  const notes: SentWrite[] = [
    { write: 'grant', request: { key: 'soak grant', wallet, amount: 1_000n }, result: { ok: true, replay: false } },
    { write: 'charge', request: { hold: 'soak charge', wallet, amount: 10n }, result: { ok: true, replay: false } },
  ]
  let spent = 10n
  for (const rig of rigs) rig.proxy.plan = () => nextFault(random)
  const call = async (caller: number): Promise<void> => {
    const { ledger } = rigs[caller % rigs.length] as Rig
    for (let i = 0; i < 80 && seen.faults < enough; i += 1) {
      const id = `${caller} ${i}`
      // Distinct priorities, since the order of creation, which would break ties, is unknown.
      if (i % 4 === 0)
        await send(notes, 'grant', (r) => ledger.grant(r), {
          key: `g ${id}`,
          wallet,
          amount: 40n,
          priority: 101 + caller * 20 + i / 4,
        })
      const ask = { hold: id, wallet, amount: 20n, ttl: 3_600_000 }
      const reserved = await send(
        notes,
        'reserve',
        (r) => ledger.reserve(r),
        ask,
        () => random.chance(0.8),
      )
      if (reserved === undefined) {
        // A caller that gives up on a reservation releases it, whether or not it was made.
        seen.abandoned += 1
        await send(notes, 'release', (r) => ledger.release(r), { hold: id })
        continue
      }
      if (!reserved.ok) continue
      if (i % 3 === 0) {
        const more = { key: `e ${id}`, hold: id, ttl: 7_200_000 }
        expect(await send(notes, 'extend', (r) => ledger.extend(r), more)).toMatchObject({ ok: true })
      }
      if (i % 5 === 1) {
        expect(await send(notes, 'release', (r) => ledger.release(r), { hold: id })).toMatchObject({ ok: true })
        continue
      }
      const amount = BigInt(random.between(5, 24))
      expect(await send(notes, 'settle', (r) => ledger.settle(r), { hold: id, amount })).toMatchObject({ ok: true })
      spent += amount
      if (i % 7 === 2) {
        const back = { key: `r ${id}`, hold: id, amount: 2n }
        expect(await send(notes, 'refund', (r) => ledger.refund(r), back)).toMatchObject({ ok: true })
        spent -= 2n
      }
    }
  }
  await Promise.all(Array.from({ length: 16 }, (_, caller) => call(caller)))
  expect(seen.faults).toBe(enough)
  expect(seen.unknown).toBeGreaterThan(enough / 4)
  expect(seen.replays).toBeGreaterThan(enough / 20)
  expect(seen.abandoned).toBeGreaterThan(0)
  for (const rig of rigs) await rig.untilAtRest()
  expect(await plain.balance(wallet)).toMatchObject({ spent, reserved: 10n })
  expect((await plain.balance(parent)).spent).toBe(spent)
  for (const { write, request } of notes) {
    if (write === 'release')
      expect(await plain.hold(String(request['hold']))).toMatchObject({ state: 'released', held: 0n })
  }
  expect(await plain.verify()).toEqual([])
  expect(await auditLedger(plain, [wallet, parent], notes)).toEqual([])
})
