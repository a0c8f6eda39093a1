import { cpSync, readdirSync } from 'node:fs'
import { mkdtemp, readdir, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { openFolderJournal } from '../../src/adapter/folder/index.ts'
import { createMemoryClock, type JournalNotice, openMemoryCreditLedger } from '../../src/adapter/memory/index.ts'
import type { CreditLedger, Entry } from '../../src/ledger/index.ts'
import { start } from '../../src/testing/conformance/ledger/ledger-fixture.ts'
import { exportOf } from '../../src/testing/conformance/ledger/program/ledger-pair.ts'
import { copyJournal } from './journal-rig.ts'

/** Called before every call that changes the disk, with its name and the path of the file. May throw. */
const disk = vi.hoisted(() => ({ before: (_call: string, _path: string): void => undefined }))

vi.mock('node:fs/promises', async (load) => {
  const real = await load<typeof import('node:fs/promises')>()
  const watched = async (path: string, ...rest: [string?, number?]) => {
    disk.before('open', path)
    const file = await real.open(path, ...rest)
    for (const call of ['appendFile', 'datasync', 'sync', 'truncate', 'close'] as const) {
      const own = file[call].bind(file) as (...args: readonly unknown[]) => unknown
      const spied = async (...args: readonly unknown[]) => {
        disk.before(call, path)
        return await own(...args)
      }
      Object.defineProperty(file, call, { value: spied })
    }
    return file
  }
  const rename = async (from: string, to: string) => {
    disk.before('rename', to)
    await real.rename(from, to)
  }
  const remove = async (path: string, options: object) => {
    disk.before('rm', path)
    await real.rm(path, options)
  }
  return { ...real, open: watched, rename, rm: remove }
})

let folder = ''
let files = 0
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-crash-'))
})
afterAll(() => rm(folder, { recursive: true }))
beforeEach(() => {
  disk.before = () => undefined
})

const newPath = () => {
  files += 1
  return join(folder, `${files}.journal`)
}
const wallet = { type: 'team', id: 'a', incarnation: 1 } as const
const clock = createMemoryClock(start)

async function openAt(path: string, notices: JournalNotice[] = []): Promise<CreditLedger> {
  const onNotice = (notice: JournalNotice) => void notices.push(notice)
  return await openMemoryCreditLedger({
    clock,
    journal: await openFolderJournal(path),
    checkpointSize: 12_000,
    onNotice,
  })
}

async function statementOf(ledger: CreditLedger): Promise<readonly Entry[]> {
  const entries: Entry[] = []
  for await (const entry of ledger.statement(wallet)) entries.push(entry)
  return entries
}

/** Charges one unit at a time, until `isDone` or `most` charges. Returns the number of acknowledged charges. */
async function charge(ledger: CreditLedger, from: number, most: number, isDone = () => false): Promise<number> {
  for (let i = from; i < from + most; i += 1) {
    expect(await ledger.charge({ hold: `c${i}`, wallet, amount: 1n })).toMatchObject({ ok: true })
    if (isDone()) return i + 1
  }
  return from + most
}

const copyOf = (path: string) => {
  const copy = newPath()
  copyJournal(path, copy)
  return copy
}

/** Writes a journal that has two checkpoints, an archive of two files and a tail. Returns its path. */
async function checkpointed(): Promise<{ path: string; charges: number }> {
  const path = newPath()
  const notices: JournalNotice[] = []
  const ledger = await openAt(path, notices)
  await ledger.grant({ key: 'g', wallet, amount: 1_000_000n })
  const charges = await charge(ledger, 0, 5_000, () => notices.length >= 2)
  const more = await charge(ledger, charges, 3)
  await ledger.close()
  expect(notices.map(({ type }) => type)).toEqual(['checkpoint_written', 'checkpoint_written'])
  return { path, charges: more }
}

describe('a crash at any step of a checkpoint', () => {
  test('leaves a journal that opens with every acknowledged write, and no other file after the next opening', async () => {
    const path = newPath()
    const notices: JournalNotice[] = []
    const ledger = await openAt(path, notices)
    await ledger.grant({ key: 'g', wallet, amount: 1_000_000n })
    const copies: { copy: string; acknowledged: number; step: string }[] = []
    let acknowledged = 0
    disk.before = (call, name) => {
      const step = `${call} ${name.slice(path.length)}`
      const isWrite = (call === 'appendFile' || call === 'datasync') && name.includes('/tail-')
      const isInProgress = readdirSync(path).some((each) => each.endsWith('.unfinished'))
      if (name.startsWith(path) && (isInProgress || !isWrite)) copies.push({ copy: copyOf(path), acknowledged, step })
    }
    for (let i = 0; notices.length < 2; i += 1) {
      await charge(ledger, i, 1)
      acknowledged = i + 1
    }
    disk.before = () => undefined
    await ledger.close()
    const steps = copies.map(({ step }) => step)
    for (const step of [
      'rename /tail-00000002',
      'rename /archive-000000000000',
      'rename /checkpoint-00000002',
      'rm /tail-00000001',
    ])
      expect(steps).toContain(step)
    expect(steps.some((step) => step.startsWith('open /archive-0000000000'))).toBe(true)
    for (const { copy, acknowledged, step } of copies) {
      const opened = await openAt(copy)
      const { spent } = await opened.balance(wallet)
      expect(spent, step).toBeGreaterThanOrEqual(BigInt(acknowledged))
      expect(spent, step).toBeLessThanOrEqual(BigInt(acknowledged + 1))
      expect(await statementOf(opened), step).toHaveLength(Number(spent) + 1)
      expect(await opened.verify(), step).toEqual([])
      await charge(opened, 1_000_000, 1)
      await opened.close()
      const names = await readdir(copy)
      expect(names.filter((name) => name.startsWith('checkpoint-')).length, step).toBeLessThanOrEqual(1)
      expect(
        names.filter((name) => name.endsWith('.unfinished')),
        step,
      ).toEqual([])
    }
  }, 60_000)
})

describe('a checkpoint that fails', () => {
  test.each([
    ['open', /tail-\d+\.unfinished$/],
    ['rename', /tail-\d+$/],
    ['appendFile', /archive-\d+\.unfinished$/],
    ['rename', /archive-\d+$/],
    ['sync', /checkpoint-\d+\.unfinished$/],
    ['rename', /checkpoint-\d+$/],
  ])('at %s of %s stops no write, is reported, and is tried again', async (call, file) => {
    const path = newPath()
    const notices: JournalNotice[] = []
    const ledger = await openAt(path, notices)
    await ledger.grant({ key: 'g', wallet, amount: 1_000_000n })
    disk.before = (each, name) => {
      if (each === call && file.test(name)) throw new Error('ENOSPC: no space left on device')
    }
    const failed = await charge(ledger, 0, 1_000, () => notices.length > 1)
    const failure = { type: 'checkpoint_failed', message: 'ENOSPC: no space left on device' }
    expect(notices).toEqual([failure, failure])
    const left = await openAt(copyOf(path))
    expect((await left.balance(wallet)).spent).toBe(BigInt(failed))
    await left.close()
    disk.before = () => undefined
    const charged = await charge(ledger, failed, 1_000, () => notices.length > 2)
    expect(notices.at(-1)).toMatchObject({ type: 'checkpoint_written' })
    const before = await exportOf(ledger)
    await ledger.close()
    const again = await openAt(path)
    expect((await again.balance(wallet)).spent).toBe(BigInt(charged))
    expect(await exportOf(again)).toEqual(before)
    await again.close()
  })
})

describe('damage of a journal with checkpoints', () => {
  test('is found when the file is read, in every file and line, and named', async () => {
    const { path } = await checkpointed()
    const names = readdirSync(path).sort()
    expect(names.map((name) => name.slice(0, 4))).toEqual(['arch', 'arch', 'chec', 'tail'])
    for (const name of names) {
      const { size } = await stat(join(path, name))
      for (const change of ['missing', 'empty', 'shorter', 'first byte', 'middle byte', 'last byte']) {
        const copy = copyOf(path)
        const file = join(copy, name)
        if (change === 'missing') await rm(file)
        else if (change === 'empty') await truncate(file, 0)
        else if (change === 'shorter') await truncate(file, size - (name.startsWith('tail') ? size - 30 : 30))
        else await flip(file, change === 'first byte' ? 0 : change === 'middle byte' ? size >> 1 : size - 3)
        const before = readdirSync(copy).filter((each) => !each.includes('.lock-'))
        const found = await failureOf(copy)
        expect(found, `${change} of ${name}`).toMatchObject({ code: 'ledger_corrupt', outcome: 'not_applied' })
        const named = new RegExp(`${name} `)
        expect((found as Error).message, `${change} of ${name}`).toMatch(named)
        if (change.endsWith('byte')) expect((found as Error).message).toMatch(/^line \d+ of the file /)
        expect(readdirSync(copy).filter((each) => !each.includes('.lock-'))).toEqual(before)
      }
    }
  }, 60_000)

  test('of the archive leaves the ledger usable, but for the calls that read it', async () => {
    const { path, charges } = await checkpointed()
    const [archive = ''] = readdirSync(path).sort()
    await flip(join(path, archive), 100)
    const ledger = await openAt(path)
    const corrupt = { name: 'LedgerError', code: 'ledger_corrupt' }
    await expect(statementOf(ledger)).rejects.toMatchObject(corrupt)
    await expect(ledger.verify()).rejects.toMatchObject(corrupt)
    const refund = { key: 'r', entry: { wallet, sequence: 5 }, amount: 1n }
    await expect(ledger.refund(refund)).rejects.toMatchObject(corrupt)
    await charge(ledger, charges, 5)
    expect((await ledger.balance(wallet)).spent).toBe(BigInt(charges + 5))
    await ledger.close()
    const again = await openAt(path)
    expect((await again.balance(wallet)).spent).toBe(BigInt(charges + 5))
    await again.close()
  })

  test('a file of another journal is refused', async () => {
    const one = await checkpointed()
    clock.advance(1)
    const other = await checkpointed()
    for (const name of readdirSync(one.path)) {
      const copy = copyOf(one.path)
      cpSync(join(other.path, name), join(copy, name))
      expect(await failureOf(copy), name).toMatchObject({ code: 'ledger_corrupt' })
    }
  })
})

/** Opens a journal and reads all of it. Returns the error. */
async function failureOf(path: string): Promise<unknown> {
  try {
    const ledger = await openAt(path)
    try {
      await statementOf(ledger)
    } finally {
      await ledger.close()
    }
    return undefined
  } catch (error) {
    return error
  }
}

async function flip(path: string, at: number): Promise<void> {
  const { readFile } = await import('node:fs/promises')
  const bytes = await readFile(path)
  bytes[at] = (bytes[at] ?? 0) ^ 1
  await writeFile(path, bytes)
}
