import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openFolderJournal } from '../../src/adapter/folder/index.ts'
import { createMemoryClock, createMemoryCreditLedger, openMemoryCreditLedger } from '../../src/adapter/memory/index.ts'
import type { CreditLedger, Entry, Journal } from '../../src/ledger/index.ts'
import type { Wallet, WalletLevel } from '../../src/model/noun/wallet.ts'
import { day, hour, start } from '../../src/testing/conformance/ledger/ledger-fixture.ts'
import { readsOf } from '../../src/testing/conformance/ledger/program/ledger-reopen.ts'
import { Random } from '../bench/random.ts'
import { runs } from '../law/runs.ts'
import { copyJournal, tailOf } from './journal-rig.ts'
import { TwinProgram, type TwinStep, twinWallets } from './twin-program.ts'

let folder = ''
let files = 0
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-reopen-'))
})
afterAll(() => rm(folder, { recursive: true }))

const newPath = () => {
  files += 1
  return join(folder, `${files}.journal`)
}

/** Opens a journal with the clock at an instant, as the next process would. */
async function openAt(path: string, at: number): Promise<CreditLedger> {
  const clock = createMemoryClock(at)
  return await openMemoryCreditLedger({ clock, idRetention: 2 * day, journal: await openFolderJournal(path) })
}

/** Makes a journal that stores its records in an array instead of a file. */
function journalIn(texts: string[]): Journal {
  return {
    async *read() {
      yield* [...texts]
    },
    append: async (more) => {
      texts.push(...more)
    },
    close: async () => undefined,
  }
}

const team = (id: string): Wallet => ({ type: 'team', id, incarnation: 1 })
const teams = ['a', 'b', 'c'].map(team)

async function entriesOf(ledger: CreditLedger, wallet: WalletLevel): Promise<readonly Entry[]> {
  const entries: Entry[] = []
  for await (const entry of ledger.statement(wallet)) entries.push(entry)
  return entries
}

/**
 * Simulates a week of three teams with a daily allowance: calls, occasional reads of all balances, and a restart each
 * night.
 */
async function liveAWeek(seed: number): Promise<void> {
  const random = new Random(seed)
  const texts: string[] = []
  let seen: object | undefined
  for (let today = 0; today < 7; today += 1) {
    let now = start + today * day + 7 * hour
    const clock = { now: () => now }
    const ledger = await openMemoryCreditLedger({ clock, journal: journalIn(texts) })
    if (seen !== undefined) expect(await pastOf(ledger, now - 7 * hour - 1)).toEqual(seen)
    if (today === 0) {
      for (const [i, wallet] of teams.entries()) {
        const period = { every: 'day', timeZone: 'Europe/Berlin' } as const
        await ledger.putWallet({ key: `w${i}`, wallet, funding: 'own' })
        await ledger.putAllowance({ key: `a${i}`, wallet, allowance: 'daily', amount: 1_000n, period })
      }
    }
    for (let call = 0; call < 12; call += 1) {
      now += random.between(1, hour)
      if (random.chance(0.2)) for (const wallet of teams) await ledger.balance(wallet)
      const hold = `${today} ${call}`
      const wallet = random.pick(teams)
      await ledger.reserve({ hold, wallet, amount: BigInt(random.between(1, 400)), ttl: 10_000 })
      if (random.chance(0.9)) await ledger.settle({ hold, amount: BigInt(random.between(1, 300)) })
    }
    now = start + (today + 1) * day - 1
    seen = await pastOf(ledger, now)
    await ledger.close()
  }
}

async function pastOf(ledger: CreditLedger, at: number): Promise<object> {
  const past = async (wallet: WalletLevel) =>
    [await ledger.balance(wallet, { at }), (await entriesOf(ledger, wallet)).filter((entry) => entry.at <= at)] as const
  return await Promise.all(teams.map(past))
}

test('forty weeks in ordinary use: three teams, a daily allowance, a page of balances, one restart a day', async () => {
  for (let week = 0; week < 40; week += 1) await liveAWeek(week)
})

interface Question {
  readonly ask: 'balance' | 'wallet' | 'statement' | 'verify' | 'sweep'
  readonly wallet: WalletLevel
}
type Act = { readonly pass: number } | Question | TwinStep

/** Generates writes to a tree of wallets, reads, and steps of the clock. Deterministic for a seed. */
function* lifeOf(seed: number, steps: number, now: () => number): Generator<Act> {
  const program = new TwinProgram(seed, 1n)
  const { random } = program
  yield* program.creation()
  for (let step = 0; step < steps; step += 1) {
    const made = random.below(10)
    if (made < 2) yield { pass: random.pick([1, 1_000, hour, 5 * hour, day]) }
    else if (made < 6)
      yield {
        ask: random.pick(['balance', 'wallet', 'statement', 'verify', 'sweep'] as const),
        wallet: random.pick(twinWallets),
      }
    else yield program.step(now())
  }
}

async function ask(ledger: CreditLedger, { ask, wallet }: Question): Promise<unknown> {
  if (ask === 'statement') return await entriesOf(ledger, wallet)
  if (ask === 'sweep') return await ledger.sweep(2)
  if (ask === 'verify') return await ledger.verify(wallet)
  return ask === 'wallet' ? await ledger.wallet(wallet) : await ledger.balance(wallet)
}

const write = (ledger: CreditLedger, { write, request }: TwinStep): Promise<unknown> =>
  Reflect.get(ledger, write).call(ledger, request)

const heldIds = Array.from({ length: 60 }, (_, i) => `h${i}'"\\,{}`)

describe('a ledger with a journal', () => {
  test('answers what one does that was never closed and never asked, wherever it was opened again', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), async (seed) => {
        const texts: string[] = []
        const restarts = new Random(seed)
        let now = start
        const clock = { now: () => now }
        const twin = createMemoryCreditLedger({ clock, idRetention: 2 * day })
        const reopened = () => openMemoryCreditLedger({ clock, idRetention: 2 * day, journal: journalIn(texts) })
        let ledger = await reopened()
        for (const act of lifeOf(seed, 60, () => now)) {
          if ('pass' in act) now += act.pass
          else if ('ask' in act) await ask(ledger, act)
          else expect(await write(ledger, act)).toEqual(await write(twin, act))
          if (restarts.chance(0.4)) {
            await ledger.close()
            ledger = await reopened()
          }
        }
        const answers = await readsOf(ledger, twinWallets, heldIds)
        await ledger.close()
        ledger = await reopened()
        expect(await readsOf(ledger, twinWallets, heldIds)).toEqual(answers)
        expect(await readsOf(twin, twinWallets, heldIds)).toEqual(answers)
        await ledger.close()
      }),
      runs(20),
    )
  })

  test('shows no past that an answer has left behind, when the clock is set back while it is closed', async () => {
    const questions: Readonly<Record<string, (ledger: CreditLedger) => Promise<unknown>>> = {
      balance: (ledger) => ledger.balance(team('a')),
      wallet: (ledger) => ledger.wallet(team('a')),
      past: (ledger) => ledger.balance(team('a'), { at: start + 4 * hour }),
      statement: (ledger) => entriesOf(ledger, team('a')),
      hold: (ledger) => ledger.hold('h'),
      refusal: (ledger) => ledger.reserve({ hold: 'i', wallet: team('a'), amount: 10_000n, ttl: hour }),
    }
    for (const due of ['grant', 'hold', 'allowance', 'cap', 'nothing']) {
      for (const [name, question] of Object.entries(questions)) {
        if ((name === 'hold' && due !== 'hold') || (due === 'nothing' && name !== 'past')) continue
        const path = newPath()
        const early = await openAt(path, start)
        const wallet = team('a')
        const period = { every: 'day', timeZone: 'Asia/Kolkata' } as const
        const cap = due === 'cap' ? { cap: { amount: 900n, period } } : {}
        await early.putWallet({ key: 'w', wallet, funding: 'own', ...cap })
        await early.grant({ key: 'g', wallet, amount: 500n })
        if (due === 'grant') await early.grant({ key: 'brief', wallet, amount: 5n, expiresAt: start + hour })
        if (due === 'hold') await early.reserve({ hold: 'h', wallet, amount: 7n, ttl: hour })
        if (due === 'allowance')
          await early.putAllowance({ key: 'a', wallet, allowance: 'x', amount: 9n, period, rollover: 4n })
        await early.charge({ hold: 'c', wallet, amount: 3n })
        await early.close()
        const late = await openAt(path, start + 22 * hour)
        const answer = await question(late)
        await late.close()
        const setBack = await openAt(path, start + 1)
        expect(await question(setBack), `${name} after ${due}`).toEqual(answer)
        await setBack.charge({ hold: 'd', wallet, amount: 1n })
        if (name === 'past') expect(await question(setBack)).toEqual(answer)
        await setBack.close()
        await (await openAt(path, start + 1)).close()
      }
    }
  })

  test('writes down the time once for a page of balances, and nothing where nothing was due', async () => {
    const path = newPath()
    const ledger = await openAt(path, start)
    for (const wallet of teams) await ledger.grant({ key: wallet.id, wallet, amount: 5n, expiresAt: start + hour })
    await ledger.close()
    const linesOf = async () => (await readFile(tailOf(path), 'utf8')).split('\n').length
    const before = await linesOf()
    for (const [at, lines] of [
      [start + hour - 1, 0],
      [start + hour, 1],
      [start + 2 * hour, 1],
    ] as const) {
      const later = await openAt(path, at)
      for (const wallet of teams) await later.balance(wallet)
      for (const wallet of teams) await entriesOf(later, wallet)
      await later.close()
      expect((await linesOf()) - before).toBe(lines)
    }
  })

  test('that holds a write twice, or lost one, is corrupt', async () => {
    const path = newPath()
    const ledger = await openAt(path, start)
    for (const wallet of teams) await ledger.grant({ key: wallet.id, wallet, amount: 5n })
    await ledger.close()
    const lines = (await readFile(tailOf(path), 'utf8')).split('\n')
    for (const changed of [lines.toSpliced(2, 1), lines.toSpliced(2, 0, lines[2] ?? '')]) {
      const copy = newPath()
      copyJournal(path, copy)
      await writeFile(tailOf(copy), changed.join('\n'))
      await expect(openAt(copy, start)).rejects.toMatchObject({ code: 'ledger_corrupt', outcome: 'not_applied' })
    }
  })
})
