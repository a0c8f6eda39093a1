import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openFolderJournal } from '../../src/adapter/folder/index.ts'
import { createMemoryClock, createMemoryCreditLedger, openMemoryCreditLedger } from '../../src/adapter/memory/index.ts'
import type { CreditLedger } from '../../src/ledger/index.ts'
import { day, hour, start, team } from '../../src/testing/conformance/ledger/ledger-fixture.ts'
import { fullProgram } from '../../src/testing/conformance/ledger/program/ledger-full-program.ts'
import { exportOf } from '../../src/testing/conformance/ledger/program/ledger-pair.ts'
import { runStep } from '../../src/testing/conformance/ledger/program/ledger-programs.ts'
import { copyJournal, tailOf } from './journal-rig.ts'

let folder = ''
let files = 0
/** The records of an export. They are more than one batch of a journal can contain. */
let texts: readonly string[] = []
let now = start

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-journal-import-'))
  const clock = createMemoryClock(start)
  const ledger = createMemoryCreditLedger({ clock })
  const pass = (milliseconds: number) => clock.advance(milliseconds)
  for (const step of fullProgram) await runStep({ ledger, pass, close: async () => undefined }, ledger, step)
  for (let i = 0; i < 700; i += 1) await ledger.charge({ hold: `charge ${i}`, wallet: team, amount: 1n })
  now = clock.now()
  texts = await exportOf(ledger)
  expect(texts.length).toBeGreaterThan(2_000)
})
afterAll(() => rm(folder, { recursive: true }))

const newPath = () => {
  files += 1
  return join(folder, `${files}.journal`)
}

const openAt = async (path: string, idRetention = day) =>
  await openMemoryCreditLedger({ clock: createMemoryClock(now), idRetention, journal: await openFolderJournal(path) })

async function withLines(path: string, change: (lines: readonly string[]) => readonly string[]): Promise<string> {
  const lines = (await readFile(tailOf(path), 'utf8')).split('\n').slice(0, -1)
  const changed = newPath()
  copyJournal(path, changed)
  await writeFile(
    tailOf(changed),
    change(lines)
      .map((line) => `${line}\n`)
      .join(''),
  )
  return changed
}

async function imported(): Promise<string> {
  const path = newPath()
  const ledger = await openAt(path)
  expect(await ledger.import(texts)).toEqual({ ok: true, records: texts.length })
  await ledger.close()
  return path
}

async function grant(ledger: CreditLedger, key: string): Promise<void> {
  expect(await ledger.grant({ key, wallet: team, amount: 1n })).toEqual({ ok: true, replay: false })
}

/** Opens a ledger from a journal, and returns the records of the ledger's export. */
async function reopened(path: string): Promise<readonly string[]> {
  const ledger = await openAt(path)
  const all = await exportOf(ledger)
  await ledger.close()
  return all
}

describe('a journal that begins with an import', () => {
  test('reopens with the imported records and later writes', async () => {
    const path = await imported()
    expect(await reopened(path)).toEqual(texts)
    const ledger = await openAt(path)
    await grant(ledger, 'since')
    expect(await ledger.settle({ hold: 'd', amount: 3n })).toMatchObject({ ok: true })
    const after = await exportOf(ledger)
    await ledger.close()
    expect(after).not.toEqual(texts)
    expect(await reopened(path)).toEqual(after)
  })

  test('opens as a usable empty ledger when it is cut off before the end of the import', async () => {
    const whole = await imported()
    const { length } = (await readFile(tailOf(whole), 'utf8')).split('\n').slice(0, -1)
    expect(length).toBeGreaterThan(3)
    for (let lines = 1; lines < length; lines += 1) {
      const cut = await withLines(whole, (all) => all.slice(0, lines))
      expect(await reopened(cut)).toHaveLength(2)
      const written = await withLines(cut, (all) => all)
      const ledger = await openAt(written)
      await grant(ledger, 'instead')
      const after = await exportOf(ledger)
      await ledger.close()
      expect(await reopened(written)).toEqual(after)
      const again = await openAt(cut)
      expect(await again.import(texts)).toMatchObject({ ok: true })
      await again.close()
      expect(await reopened(cut)).toEqual(texts)
    }
  })

  test('is corrupt when an acknowledged line is missing', async () => {
    const path = await imported()
    const ledger = await openAt(path)
    await grant(ledger, 'since')
    await ledger.close()
    const { length } = (await readFile(tailOf(path), 'utf8')).split('\n').slice(0, -1)
    for (let line = 0; line < length - 1; line += 1) {
      const damaged = await withLines(path, (all) => all.filter((_, i) => i !== line))
      await expect(openAt(damaged)).rejects.toMatchObject({ code: 'ledger_corrupt' })
    }
  })
})

describe('a failed import', () => {
  test('with a damaged end record leaves the journal of an empty ledger', async () => {
    const path = newPath()
    const ledger = await openAt(path)
    const refused = await ledger.import([...texts.slice(0, -1), '{"record":"end","records":5,"checksum":"0"}'])
    expect(refused).toMatchObject({ ok: false, reason: 'export_invalid', record: texts.length })
    expect((await readFile(tailOf(path), 'utf8')).length).toBeGreaterThan(10_000)
    await ledger.close()
    expect(await reopened(path)).toHaveLength(2)
    const again = await openAt(path)
    expect(await again.import(texts)).toMatchObject({ ok: true })
    await again.close()
    expect(await reopened(path)).toEqual(texts)
  })

  test('because of a concurrent write leaves that write in place', async () => {
    const path = newPath()
    const ledger = await openAt(path)
    const slowly = async function* () {
      for (const [i, text] of texts.entries()) {
        if (i === 1_500) await grant(ledger, 'meanwhile')
        yield text
      }
    }
    expect(await ledger.import(slowly())).toEqual({ ok: false, reason: 'ledger_not_empty' })
    const after = await exportOf(ledger)
    await ledger.close()
    expect(await reopened(path)).toEqual(after)
  })

  test('because another import finished first leaves that import in place', async () => {
    const path = newPath()
    const ledger = await openAt(path)
    const answers = await Promise.all([ledger.import(texts), ledger.import(texts), ledger.import(texts)])
    expect(answers.map(({ ok }) => ok)).toEqual([true, false, false])
    await ledger.close()
    expect(await reopened(path)).toEqual(texts)
  })
})

test('forgotten ids stay forgotten after the retention is increased', async () => {
  const path = newPath()
  const wallet = { type: 'user', id: 'a', incarnation: 1 } as const
  const clock = createMemoryClock(start)
  const openFor = async (idRetention: number) =>
    await openMemoryCreditLedger({ clock, idRetention, journal: await openFolderJournal(path) })
  const brief = await openFor(hour)
  await brief.charge({ hold: 'c', wallet: team, amount: 1n })
  await brief.grant({ key: 'g', wallet, amount: 9n })
  await brief.reserve({ hold: 'h', wallet, amount: 1n, ttl: hour })
  await brief.settle({ hold: 'h', amount: 1n })
  clock.advance(3 * hour)
  await brief.grant({ key: 'g2', wallet, amount: 1n })
  await brief.close()
  const settle = { hold: 'h2', amount: 1n, ifUnknown: { wallet, startedAt: start + hour } }
  for (let times = 0; times < 2; times += 1) {
    const long = await openFor(9 * day)
    expect(await long.settle(settle)).toEqual({ ok: false, reason: 'hold_unknown' })
    await long.close()
  }
})
