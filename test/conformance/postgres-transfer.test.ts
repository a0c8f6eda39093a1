import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openFolderJournal } from '../../src/adapter/folder/index.ts'
import { createMemoryClock, createMemoryCreditLedger, openMemoryCreditLedger } from '../../src/adapter/memory/index.ts'
import {
  createPostgresCreditLedger,
  fromPglite,
  fromPool,
  migrate,
  type SqlClient,
} from '../../src/adapter/postgres/index.ts'
import type { CreditLedger } from '../../src/ledger/index.ts'
import {
  hour,
  type LedgerUnderTest,
  type MakeLedger,
  retention,
  start,
  team,
} from '../../src/testing/conformance/ledger/ledger-fixture.ts'
import { fullProgram } from '../../src/testing/conformance/ledger/program/ledger-full-program.ts'
import { exportOf } from '../../src/testing/conformance/ledger/program/ledger-pair.ts'
import {
  arbitraryProgramStep,
  runStep,
  setUpProgram,
} from '../../src/testing/conformance/ledger/program/ledger-programs.ts'
import { openPglite, type Pglite } from './pglite.ts'
import { makeIn, newSchema } from './postgres-make.ts'
import { type PostgresServer, startPostgres } from './postgres-server.ts'

let folder = ''
let pglite: Pglite
let server: PostgresServer
let inPglite: MakeLedger
let inPostgres: MakeLedger

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-transfer-'))
  pglite = await openPglite()
  server = await startPostgres()
  inPglite = makeIn(async () => ({ client: fromPglite(pglite), close: async () => undefined }))
  inPostgres = makeIn(async () => {
    const pool = new pg.Pool({ connectionString: server.url, max: 2 })
    pool.on('error', () => undefined)
    return { client: fromPool(pool), close: () => pool.end() }
  })
})
afterAll(async () => {
  await pglite.close()
  await server.close()
  await rm(folder, { recursive: true })
})

const inMemory: MakeLedger = async ({ at, idRetention }) => {
  const clock = createMemoryClock(at)
  const ledger = createMemoryCreditLedger({ clock, idRetention })
  return { ledger, pass: (milliseconds) => clock.advance(milliseconds), close: () => ledger.close() }
}

async function entriesOf(ledger: CreditLedger): Promise<readonly unknown[]> {
  const entries: unknown[] = []
  for await (const entry of ledger.statement(team)) entries.push(entry)
  return entries
}

const setting = { at: start, idRetention: retention }

async function lived(make: MakeLedger): Promise<LedgerUnderTest> {
  const made = await make(setting)
  for (const step of fullProgram) await runStep(made, made.ledger, step)
  return made
}

describe('an exported and imported ledger equals its source', () => {
  test('from memory to PGlite, to PostgreSQL, to a journal, and back to memory', async () => {
    const origin = await lived(inMemory)
    const texts = await exportOf(origin.ledger)
    expect(texts.length).toBeGreaterThan(100)
    const at = (JSON.parse(texts[0] ?? '') as { at: number }).at
    const clock = createMemoryClock(at)
    const path = join(folder, 'transfer.journal')
    const journaled = async () =>
      await openMemoryCreditLedger({ clock, idRetention: retention, journal: await openFolderJournal(path) })
    const here = { at, idRetention: retention }
    const [lite, postgres] = [await inPglite(here), await inPostgres(here)]
    let from: CreditLedger = origin.ledger
    for (const to of [lite.ledger, postgres.ledger, await journaled()]) {
      expect(await to.import(from.export())).toEqual({ ok: true, records: texts.length })
      expect(await exportOf(to)).toEqual(texts)
      expect(await to.verify()).toEqual([])
      from = to
    }
    await from.close()
    const again = await journaled()
    const last = createMemoryCreditLedger({ clock, idRetention: retention })
    expect(await last.import(again.export())).toMatchObject({ ok: true })
    expect(await exportOf(last)).toEqual(texts)
    for (const ledger of [origin, lite, postgres, again, last]) await ledger.close()
  })

  test('two adapters with the same history have equal exports', async () => {
    const [one, other] = [await lived(inMemory), await lived(inPostgres)]
    expect(await exportOf(other.ledger)).toEqual(await exportOf(one.ledger))
    await one.close()
    await other.close()
    const steps = fc.array(arbitraryProgramStep, { maxLength: 60, size: 'max' })
    await fc.assert(
      fc.asyncProperty(steps, fc.constantFrom(retention, 4 * hour), async (all, idRetention) => {
        const texts: (readonly string[])[] = []
        for (const make of [inMemory, inPglite]) {
          const made = await make({ at: start, idRetention })
          await setUpProgram(made.ledger)
          for (const step of all) await runStep(made, made.ledger, step)
          texts.push(await exportOf(made.ledger))
          await made.close()
        }
        expect(texts[1]).toEqual(texts[0])
      }),
      { numRuns: 10, seed: 20_260_803 },
    )
  })

  test('with thousands of entries in one wallet and more than a thousand wallets', async () => {
    const origin = await inMemory(setting)
    const { ledger } = origin
    await ledger.grant({ key: 'g', wallet: team, amount: 1_000_000n })
    for (let i = 0; i < 1_100; i += 1)
      await ledger.grant({ key: `g${i}`, wallet: { ...team, incarnation: i }, amount: 5n })
    for (let i = 0; i < 9_000; i += 1) {
      await ledger.reserve({ hold: `h${i}`, wallet: team, amount: 3n, ttl: hour })
      if (i % 10 > 0) await ledger.settle({ hold: `h${i}`, amount: 2n })
    }
    const texts = await exportOf(ledger)
    const copy = await inPglite(setting)
    expect(await copy.ledger.import(texts)).toEqual({ ok: true, records: texts.length })
    expect(await exportOf(copy.ledger)).toEqual(texts)
    await origin.close()
    await copy.close()
  })
})

describe('an export from PostgreSQL', () => {
  test('is a snapshot that excludes writes made while it is read', async () => {
    const source = await lived(inPostgres)
    const before = await exportOf(source.ledger)
    const texts: string[] = []
    for await (const text of source.ledger.export()) {
      if (texts.length % 20 === 0)
        await source.ledger.charge({ hold: `during ${texts.length}`, wallet: team, amount: 1n })
      texts.push(text)
    }
    expect(texts).toEqual(before)
    expect((await exportOf(source.ledger)).length).toBeGreaterThan(before.length)
    await source.close()
  })

  test('completes although something is always due, and can be imported', async () => {
    const schema = newSchema()
    const client = fromPglite(pglite)
    await migrate(client, { schema })
    let now = start
    const clock = { now: () => now }
    const busy = { ...team, id: 'busy' }
    const other = createPostgresCreditLedger({ client, schema, clock })
    let snapshots = 0
    // Before each snapshot, time passes and another process writes, so that the snapshot contains an unbooked due item.
    const slow: SqlClient = {
      ...client,
      transaction: async (run) => {
        snapshots += 1
        now += 10
        await other.charge({ hold: `c${snapshots}`, wallet: busy, amount: 1n })
        return client.transaction(run)
      },
    }
    const ledger = createPostgresCreditLedger({ client: slow, schema, clock })
    await other.putWallet({ key: 'w', wallet: busy, funding: 'postpaid' })
    await other.grant({ key: 'g', wallet: team, amount: 10_000n })
    for (let i = 1; i <= 200; i += 1) await other.reserve({ hold: `h${i}`, wallet: team, amount: 1n, ttl: i })
    const texts = await exportOf(ledger)
    expect(snapshots).toBeGreaterThan(1)
    const records = texts.map((text) => JSON.parse(text) as Record<string, unknown>)
    const at = records[0]?.['at'] as number
    const isLate = ({ state, expiresAt }: Record<string, unknown>) => state === 'held' && Number(expiresAt) <= at
    expect(records.filter(isLate).length).toBeGreaterThan(0)
    const copy = createMemoryCreditLedger({ clock: createMemoryClock(start + hour) })
    expect(await copy.import(texts)).toMatchObject({ ok: true })
    now = start + hour
    expect(await copy.balance(team)).toEqual(await other.balance(team))
    expect(await entriesOf(copy)).toEqual(await entriesOf(other))
    expect(await copy.verify()).toEqual([])
    for (const one of [ledger, other]) await one.close()
  })

  test('is imported in one transaction, and concurrent writers then see the imported ledger', async () => {
    const source = await lived(inMemory)
    const texts = await exportOf(source.ledger)
    const copy = await inPostgres(setting)
    const other = await copy.open?.()
    expect(other).toBeDefined()
    let isHalf = (): void => undefined
    const half = new Promise<void>((resolve) => {
      isHalf = resolve
    })
    const slowly = async function* () {
      for (const [i, text] of texts.entries()) {
        if (i === 50) isHalf()
        if (i >= 50 && i < 60) await new Promise((resolve) => setTimeout(resolve, 20))
        yield text
      }
    }
    const imported = copy.ledger.import(slowly())
    await half
    const late = [
      other?.grant({ key: 'paid', wallet: team, amount: 100n }),
      other?.release({ hold: 'tombstone' }),
      other?.import(texts),
    ]
    expect(await imported).toMatchObject({ ok: true })
    const [granted, released, refused] = await Promise.all(late)
    expect(granted).toEqual({ ok: true, replay: true })
    expect(released).toEqual({ ok: true, replay: true, returned: 0n })
    expect(refused).toEqual({ ok: false, reason: 'ledger_not_empty' })
    expect(await copy.ledger.verify()).toEqual([])
    await source.close()
    await copy.close()
  })
})
