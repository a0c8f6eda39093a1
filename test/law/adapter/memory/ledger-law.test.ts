import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createMemoryClock, createMemoryCreditLedger } from '../../../../src/adapter/memory/index.ts'
import type { CreditLedger, Entry } from '../../../../src/ledger/index.ts'
import { start, team, user } from '../../../../src/testing/conformance/ledger/ledger-fixture.ts'
import {
  arbitraryProgramStep,
  type ProgramStep,
  programWallets,
  runStep,
  setUpProgram,
} from '../../../../src/testing/conformance/ledger/program/ledger-programs.ts'
import { auditLedger, foldEntries, recordWrites, type SentWrite } from '../../../../src/testing/reference/ledger.ts'
import { runs } from '../../runs.ts'

const retention = 1_000 * 86_400_000

function open() {
  const clock = createMemoryClock(start)
  const ledger = createMemoryCreditLedger({ clock, idRetention: retention })
  const test = { ledger, pass: (milliseconds: number) => clock.advance(milliseconds), close: () => ledger.close() }
  return { clock, ledger, test }
}

async function entriesOf(ledger: CreditLedger, wallet: (typeof programWallets)[number]): Promise<Entry[]> {
  const entries: Entry[] = []
  for await (const entry of ledger.statement(wallet)) entries.push(entry)
  return entries
}

const steps = fc.array(arbitraryProgramStep, { maxLength: 60, size: 'max' })

/** A fast-check command that runs one step of a program, and then checks the invariants of every step. */
class Command implements fc.AsyncCommand<Record<string, never>, Session> {
  readonly step: ProgramStep
  constructor(step: ProgramStep) {
    this.step = step
  }

  check(): boolean {
    return true
  }

  async run(_: object, session: Session): Promise<void> {
    const { ledger, test, before } = session
    const answer = await runStep(test, ledger, this.step)
    for (const wallet of programWallets) {
      const entries = await entriesOf(ledger, wallet)
      const old = before.get(wallet) ?? []
      expect(entries.slice(0, old.length)).toEqual(old)
      const balance = await ledger.balance(wallet)
      expect(foldEntries(entries)).toEqual(balance)
      expect(Object.values(balance).every((amount) => amount >= 0)).toBe(true)
      if (isRefusal(answer)) expect(entries.slice(old.length).every(isDue)).toBe(true)
      before.set(wallet, entries)
    }
    session.met.add(`${this.step.write} ${isRefusal(answer) ? answer.reason : 'done'}`)
  }

  toString(): string {
    return fc.stringify(this.step)
  }
}

interface Session {
  readonly ledger: CreditLedger
  readonly test: Parameters<typeof runStep>[0]
  readonly before: Map<object, Entry[]>
  readonly met: Set<string>
}

function isRefusal(answer: unknown): answer is { readonly reason: string } {
  return typeof answer === 'object' && answer !== null && 'reason' in answer
}

/** Whether an entry has a type that the ledger writes when an item comes due, without a request. */
function isDue({ type }: Entry): boolean {
  return type === 'lapsed' || type === 'expired' || type === 'granted'
}

describe('for random programs of writes and reads', () => {
  test('statements only grow and add up, and a refusal writes nothing but what is due', async () => {
    const met = new Set<string>()
    const commands = fc.commands([arbitraryProgramStep.map((step) => new Command(step))], {
      maxCommands: 60,
      size: 'max',
    })
    await fc.assert(
      fc.asyncProperty(commands, async (all) => {
        const { ledger, test } = open()
        await setUpProgram(ledger)
        const session: Session = { ledger, test, before: new Map(), met }
        await fc.asyncModelRun(() => ({ model: {}, real: session }), all)
      }),
      runs(150),
    )
    const reasons = [...met].filter((one) => !one.endsWith(' done') && !one.endsWith(' undefined'))
    expect(reasons.length).toBeGreaterThan(12)
  })

  test('the audit finds nothing, in any order of the results', async () => {
    await fc.assert(
      fc.asyncProperty(steps, fc.scheduler(), async (all, scheduler) => {
        const { ledger, test } = open()
        const notes: SentWrite[] = []
        const noted = recordWrites(ledger, notes)
        await setUpProgram(noted)
        const send = scheduler.scheduleFunction((step: ProgramStep) => runStep(test, noted, step))
        const sent = Promise.all(all.map(send))
        await scheduler.waitFor(sent)
        expect(await auditLedger(ledger, programWallets, notes)).toEqual([])
        expect(await ledger.verify()).toEqual([])
      }),
      runs(150),
    )
  })

  test('reads and sweeps do not change any result', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        const [looked, alone] = [open(), open()]
        for (const { ledger } of [looked, alone]) await setUpProgram(ledger)
        for (const step of all) {
          const answer = await runStep(looked.test, looked.ledger, step)
          await looked.ledger.sweep(3)
          await looked.ledger.balance(user)
          expect(await runStep(alone.test, alone.ledger, step)).toEqual(answer)
        }
        for (const wallet of programWallets) {
          expect(await entriesOf(alone.ledger, wallet)).toEqual(await entriesOf(looked.ledger, wallet))
          expect(await alone.ledger.wallet(wallet)).toEqual(await looked.ledger.wallet(wallet))
        }
      }),
      runs(150),
    )
  })

  test('sent twice, it is done once', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        const [once, twice] = [open(), open()]
        for (const { ledger } of [once, twice]) await setUpProgram(ledger)
        for (const step of all) {
          const answer = await runStep(once.test, once.ledger, step)
          expect(await runStep(twice.test, twice.ledger, step)).toEqual(answer)
          const again = await runStep(
            twice.test,
            twice.ledger,
            step.write === 'pass' ? { ...step, request: { milliseconds: 0 } } : step,
          )
          if (isRefusal(answer) || step.write === 'pass') expect(again).toEqual(answer)
          else expect(again).toEqual({ ...(answer as object), replay: true })
        }
        for (const wallet of programWallets) {
          expect(await entriesOf(twice.ledger, wallet)).toEqual(await entriesOf(once.ledger, wallet))
        }
      }),
      runs(150),
    )
  })

  test('entries of one wallet are in order of time, and a balance of the past is the one that was then', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        const { clock, ledger, test } = open()
        await setUpProgram(ledger)
        const then = new Map<number, unknown>()
        for (const step of all) {
          await runStep(test, ledger, step)
          then.set(clock.now(), await ledger.balance(team))
        }
        const entries = await entriesOf(ledger, team)
        expect(entries.every(({ at }, i) => at >= (entries[i - 1]?.at ?? 0))).toBe(true)
        for (const [at, balance] of then) expect(await ledger.balance(team, { at })).toEqual(balance)
      }),
      runs(150),
    )
  })
})

test('a clock that shows no instant is a defect, and one that runs backwards stands still', async () => {
  const broken = createMemoryCreditLedger({ clock: { now: () => Number.NaN } })
  await expect(broken.balance(team)).rejects.toMatchObject({ name: 'Defect' })
  const { clock, ledger } = open()
  await ledger.grant({ key: 'g', wallet: team, amount: 10n })
  await ledger.reserve({ hold: 'h', wallet: team, amount: 10n, ttl: 100 })
  clock.advance(100)
  expect(await ledger.balance(team)).toMatchObject({ available: 10n })
  clock.set(start)
  expect(await ledger.balance(team)).toMatchObject({ available: 10n })
  expect(await ledger.reserve({ hold: 'i', wallet: team, amount: 1n, ttl: 5 })).toMatchObject({
    expiresAt: start + 105,
  })
})

test('what is handed out takes nothing out of the ledger when it is changed', async () => {
  const { ledger } = open()
  const cap = { amount: 100n, softLimits: [5n] }
  await ledger.putWallet({ key: 'w', wallet: team, funding: 'own', cap })
  cap.softLimits[0] = 50n
  await ledger.grant({ key: 'g', wallet: team, amount: 100n, only: ['a'] })
  await ledger.reserve({ hold: 'h', wallet: team, amount: 10n, ttl: 100, tags: ['a'] })
  const parted = await ledger.settle({ hold: 'h', amount: 4n, part: 'p' })
  const settled = await ledger.settle({ hold: 'h', amount: 4n })
  for (const answer of [parted, settled, await ledger.wallet(team)]) {
    for (const field of Object.values(answer ?? {})) {
      if (Array.isArray(field)) expect(() => field.push('more')).toThrow()
    }
  }
  expect(await ledger.settle({ hold: 'h', amount: 4n, part: 'p' })).toEqual({ ...parted, replay: true })
  expect(await ledger.settle({ hold: 'h', amount: 4n })).toEqual({ ...settled, replay: true })
  expect(settled).toMatchObject({ softLimitsReached: [{ softLimit: 5n, used: 8n }] })
})

test('ids are forgotten when they may be, so that memory is bounded', async () => {
  const clock = createMemoryClock(start)
  const ledger = createMemoryCreditLedger({ clock, idRetention: 1_000 })
  await ledger.grant({ key: 'g', wallet: team, amount: 1_000_000n })
  for (let i = 0; i < 40_000; i += 1) {
    clock.advance(1)
    await ledger.reserve({ hold: `h${i}`, wallet: team, amount: 2n, ttl: 500 })
    if (i % 3 === 0) await ledger.settle({ hold: `h${i}`, amount: 1n })
    if (i % 3 === 1) await ledger.settle({ hold: `h${i}`, amount: 3n, overrun: 'cap' })
  }
  expect(await ledger.hold('h0')).toBeUndefined()
  expect(await ledger.hold('h38000')).toBeUndefined()
  expect(await ledger.hold('h39401')).toMatchObject({ state: 'lapsed' })
  expect(await ledger.reserve({ hold: 'h0', wallet: team, amount: 5n, ttl: 500 })).toMatchObject({ replay: false })
  expect(await ledger.verify()).toEqual([])
})
