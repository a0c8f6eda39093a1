import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openFolderJournal } from '../../src/adapter/folder/index.ts'
import { createMemoryClock, openMemoryCreditLedger } from '../../src/adapter/memory/index.ts'
import type { CreditLedger, Journal } from '../../src/ledger/index.ts'
import { creditLedgerConformance } from '../../src/testing/conformance/ledger/credit-ledger.ts'
import type { MakeLedger } from '../../src/testing/conformance/ledger/ledger-fixture.ts'
import { copyJournal, tailOf } from './journal-rig.ts'

let folder = ''
let files = 0
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-journal-'))
})
afterAll(() => rm(folder, { recursive: true }))

const newPath = () => {
  files += 1
  return join(folder, `${files}.journal`)
}

const inJournal: MakeLedger = async ({ at, idRetention }) => {
  const clock = createMemoryClock(at)
  const opened: CreditLedger[] = []
  const openAt = async (path: string) => {
    const journal = await openFolderJournal(path)
    const ledger = await openMemoryCreditLedger({ clock, idRetention, journal, checkpointSize: 1_000 })
    opened.push(ledger)
    return ledger
  }
  let path = newPath()
  return {
    ledger: await openAt(path),
    pass: (milliseconds) => clock.advance(milliseconds),
    // The files at this moment are the files that a killed process would leave.
    crash: async () => {
      const copy = newPath()
      copyJournal(path, copy)
      path = copy
      return await openAt(path)
    },
    close: async () => {
      for (const ledger of opened) await ledger.close()
    },
  }
}

describe('a ledger in memory with a journal keeps its promises', () => {
  const cases = creditLedgerConformance(inJournal, { isDurable: true, isShared: false }, { programRuns: 40 })
  for (const { name, run } of cases) test(name, run)
})

const wallet = { type: 'team', id: 'a', incarnation: 1 } as const
const openAt = async (path: string) =>
  await openMemoryCreditLedger({ clock: createMemoryClock(1_700_000_000_005), journal: await openFolderJournal(path) })

async function written(path: string, grants: number): Promise<void> {
  const ledger = await openAt(path)
  for (let i = 0; i < grants; i += 1) await ledger.grant({ key: `g${i}`, wallet, amount: 1n })
  await ledger.close()
}

describe('a journal in a folder', () => {
  test('whose last line is torn, anywhere, loses what was never acknowledged and no more', async () => {
    const path = newPath()
    await written(path, 3)
    const whole = await readFile(tailOf(path))
    const lastLine = whole.lastIndexOf('\n', whole.length - 2) + 1
    for (let length = lastLine; length < whole.length; length += 1) {
      const torn = newPath()
      copyJournal(path, torn)
      await writeFile(tailOf(torn), whole.subarray(0, length))
      const ledger = await openAt(torn)
      expect((await ledger.balance(wallet)).granted).toBe(2n)
      await ledger.grant({ key: 'more', wallet, amount: 5n })
      await ledger.close()
      const again = await openAt(torn)
      expect((await again.balance(wallet)).granted).toBe(7n)
      await again.close()
    }
  })

  test('that is damaged in any line that ends in its line break, the last one too, is refused and left as it is', async () => {
    const path = newPath()
    await written(path, 3)
    const whole = await readFile(tailOf(path))
    const lastLine = whole.lastIndexOf('\n', whole.length - 2) + 1
    const damagedAt = Array.from(whole.keys()).filter((at) => at % 7 === 0 && at < whole.length - 1)
    expect(damagedAt.some((at) => at > lastLine + 9)).toBe(true)
    for (const at of damagedAt) {
      const damaged = newPath()
      const bytes = Buffer.from(whole)
      bytes[at] = (bytes[at] ?? 0) ^ 1
      copyJournal(path, damaged)
      await writeFile(tailOf(damaged), bytes)
      const corrupt = { name: 'LedgerError', code: 'ledger_corrupt', outcome: 'not_applied' }
      await expect(openAt(damaged)).rejects.toMatchObject(corrupt)
      expect(await readFile(tailOf(damaged))).toEqual(bytes)
    }
  })

  test('of something else is refused, and left as it is', async () => {
    const path = newPath()
    await mkdir(path)
    await writeFile(join(path, 'notes'), 'hello')
    const message = `the folder \`${path}\` is not a journal and has other files, such as \`notes\`; name an empty folder`
    await expect(openAt(path)).rejects.toMatchObject({ code: 'ledger_corrupt', message })
    expect(await readdir(path)).toEqual(['notes'])
  })

  test('that is cut off in its first line, anywhere, is refused and left as it is, not begun again', async () => {
    const path = newPath()
    await written(path, 3)
    const whole = await readFile(tailOf(path))
    const firstLine = whole.indexOf('\n')
    expect(firstLine).toBeGreaterThan(20)
    const beginnings = [...Array(firstLine).keys()].map((i) => whole.subarray(0, i + 1))
    for (const bytes of [Buffer.alloc(0), ...beginnings, Buffer.alloc(60), Buffer.alloc(4_096)]) {
      await writeFile(tailOf(path), bytes)
      const message = `line 1 of the file tail-00000001 of the journal \`${path}\` is not the first line of a journal; restore the folder from a backup`
      const corrupt = { name: 'LedgerError', code: 'ledger_corrupt', outcome: 'not_applied', message }
      await expect(openAt(path)).rejects.toMatchObject(corrupt)
      expect(await readFile(tailOf(path))).toEqual(bytes)
    }
  })

  test('is readable and writable by its owner only', async () => {
    const path = newPath()
    await written(path, 1)
    expect((await stat(path)).mode & 0o777).toBe(0o700)
    expect((await stat(tailOf(path))).mode & 0o777).toBe(0o600)
  })

  test.each(['{"a":1}', '{"a":1}\n', 'no newline', 'deadbeef', 'deadbeefs', '\n', ' \0'])(
    'whose tail is one line of something else (%j) is refused, and left as it is',
    async (text) => {
      const path = newPath()
      await written(path, 1)
      await writeFile(tailOf(path), text)
      await expect(openAt(path)).rejects.toMatchObject({ code: 'ledger_corrupt', outcome: 'not_applied' })
      expect(await readFile(tailOf(path), 'utf8')).toBe(text)
    },
  )

  test('belongs to one ledger at a time, under any name of the folder', async () => {
    const path = newPath()
    const ledger = await openAt(path)
    const link = newPath()
    await symlink(path, link)
    for (const name of [path, link, join(folder, '..', basename(folder), basename(path))]) {
      const message = expect.stringMatching(/is already open in this process or another; close it there first$/)
      await expect(openAt(name)).rejects.toMatchObject({ code: 'ledger_locked', outcome: 'not_applied', message })
    }
    await ledger.close()
    await (await openAt(link)).close()
    expect(await readdir(path)).toEqual(['tail-00000001'])
  })

  test('is closed when an option is refused; a value that is not a journal throws a `TypeError`', async () => {
    const path = newPath()
    const refused = openMemoryCreditLedger({ idRetention: 5, journal: await openFolderJournal(path) })
    await expect(refused).rejects.toBeInstanceOf(RangeError)
    await (await openAt(path)).close()
    const promised = openFolderJournal(newPath())
    const words = 'expected an open journal, for example `await openFolderJournal(path)`'
    for (const options of [undefined, {}, { journal: 'path' }, { journal: promised }])
      await expect(openMemoryCreditLedger(options as never)).rejects.toEqual(new TypeError(words))
    await (await promised).close()
  })

  test('is kept from others however long its name is', async () => {
    const deep = join(folder, 'd'.repeat(120), 'e'.repeat(120))
    const path = join(deep, `${'f'.repeat(200)}.journal`)
    const ledger = await openAt(path)
    await expect(openAt(path)).rejects.toMatchObject({ code: 'ledger_locked' })
    await ledger.close()
    await (await openAt(path)).close()
    expect(await readdir(deep)).toHaveLength(1)
  })

  test('leaves alone what only looks like a lock', async () => {
    const path = newPath()
    await written(path, 1)
    const notes = join(path, 'journal.lock-0123abcd')
    await writeFile(notes, 'mine')
    await (await openAt(path)).close()
    expect(await readFile(notes, 'utf8')).toBe('mine')
  })

  test('that cannot be one is refused as a `LedgerError`: a file, below a file, where nothing can be written, a device', async () => {
    const file = newPath()
    await writeFile(file, '')
    const places = [file, join(file, 'x.journal'), '/proc/portcullis.journal', '/dev/full']
    for (const place of places) {
      const refused = { name: 'LedgerError', code: 'ledger_unavailable', outcome: 'not_applied' }
      await expect(openFolderJournal(place), place).rejects.toMatchObject(refused)
    }
  })

  test('gets one line for many writes at once', async () => {
    const path = newPath()
    const ledger = await openAt(path)
    await Promise.all(Array.from({ length: 500 }, (_, i) => ledger.grant({ key: `g${i}`, wallet, amount: 1n })))
    await ledger.close()
    const lines = (await readFile(tailOf(path), 'utf8')).split('\n')
    expect(lines.length).toBeLessThan(7)
    expect((await stat(tailOf(path))).size).toBeGreaterThan(500 * 50)
    const again = await openAt(path)
    expect((await again.balance(wallet)).granted).toBe(500n)
    await again.close()
  })

  test('keeps what keys mean when the retention is changed', async () => {
    const path = newPath()
    await written(path, 1)
    const clock = createMemoryClock(1_700_000_000_005)
    const shorter = await openMemoryCreditLedger({ clock, idRetention: 1_000, journal: await openFolderJournal(path) })
    expect(shorter.capabilities.idRetention).toBe(1_000)
    await shorter.charge({ hold: 'c', wallet, amount: 1n })
    clock.advance(1_000)
    await shorter.charge({ hold: 'c', wallet, amount: 2n })
    await shorter.close()
    const again = await openAt(path)
    expect((await again.balance(wallet)).spent).toBe(3n)
    expect(again.capabilities.idRetention).toBe(86_400_000)
    await again.close()
  })
})

describe('a journal that fails', () => {
  const failing = (): Journal & { isBroken: boolean } => ({
    isBroken: false,
    async *read() {},
    async append() {
      if (this.isBroken) throw new Error('no space left on device')
    },
    async close() {},
  })

  test('gives pending writes the outcome `unknown`, and refuses all later ones', async () => {
    const journal = failing()
    const ledger = await openMemoryCreditLedger({ clock: createMemoryClock(1_700_000_000_005), journal })
    await ledger.grant({ key: 'g', wallet, amount: 10n })
    journal.isBroken = true
    const unknown = { name: 'LedgerError', code: 'ledger_unavailable', outcome: 'unknown' }
    const calls = [1, 2, 3].map((i) => ledger.reserve({ hold: `h${i}`, wallet, amount: 1n, ttl: 9 }))
    for (const result of await Promise.allSettled(calls)) expect(result).toMatchObject({ reason: unknown })
    const refused = { code: 'ledger_unavailable', outcome: 'not_applied' }
    await expect(ledger.reserve({ hold: 'i', wallet, amount: 1n, ttl: 9 })).rejects.toMatchObject(refused)
    await expect(ledger.balance(wallet)).rejects.toMatchObject(refused)
    await ledger.close()
  })

  test('gets no record that a result does not depend on', async () => {
    const journal = failing()
    const ledger = await openMemoryCreditLedger({ clock: createMemoryClock(1_700_000_000_005), journal })
    journal.isBroken = true
    expect(await ledger.balance(wallet)).toMatchObject({ sequence: 0 })
    expect(await ledger.settle({ hold: 'h', amount: 1n })).toMatchObject({ reason: 'hold_unknown' })
    await ledger.close()
  })
})

test('a journal can be read while nothing is appended, and is empty at first', async () => {
  const path = newPath()
  const journal = await openFolderJournal(path)
  const texts: string[] = []
  for await (const text of journal.read()) texts.push(text)
  expect(texts).toEqual([])
  await journal.append(['a', 'b'])
  await journal.append(['c'])
  await journal.close()
  expect((await readFile(tailOf(path), 'utf8')).split('\n')).toHaveLength(4)
})

test('writes that come while others are written go together: one flush for many callers', async () => {
  const path = newPath()
  const ledger = await openAt(path)
  await ledger.grant({ key: 'g', wallet, amount: 1_000_000n })
  const callers = 64
  const cycles = 10
  const call = async (caller: number) => {
    for (let i = 0; i < cycles; i += 1) {
      const hold = `${caller} ${i}`
      await ledger.reserve({ hold, wallet, amount: 10n, ttl: 60_000 })
      await ledger.settle({ hold, amount: 6n })
    }
  }
  await Promise.all(Array.from({ length: callers }, (_, caller) => call(caller)))
  await ledger.close()
  // Each batch is one line. The writes of a step take one batch, or two when the callers form two alternating groups.
  const batches = (await readFile(tailOf(path), 'utf8')).split('\n').length - 4
  expect(batches).toBeLessThanOrEqual(2 * cycles * 3)
  const again = await openAt(path)
  expect(await again.balance(wallet)).toMatchObject({ spent: 6n * BigInt(callers * cycles), reserved: 0n })
  await again.close()
})
