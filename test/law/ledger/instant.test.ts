import { beforeAll, describe, expect, test } from 'vitest'
import {
  createMemoryClock,
  createMemoryCreditLedger,
  openMemoryCreditLedger,
} from '../../../src/adapter/memory/index.ts'
import type { CreditLedger, Journal } from '../../../src/ledger/index.ts'
import { withEndRecord } from '../../../src/ledger/transfer/end-record.ts'
import { Defect } from '../../../src/model/value/defect.ts'
import { firstInstant, lastInstant } from '../../../src/model/value/instant.ts'
import { day, done, hour, retention, start, team } from '../../../src/testing/conformance/ledger/ledger-fixture.ts'
import { fullProgram } from '../../../src/testing/conformance/ledger/program/ledger-full-program.ts'
import { exportOf } from '../../../src/testing/conformance/ledger/program/ledger-pair.ts'
import { runStep } from '../../../src/testing/conformance/ledger/program/ledger-programs.ts'
import { instantsIn, units, withLeaf } from '../instants.ts'

const open = (at: number = start): CreditLedger => createMemoryCreditLedger({ clock: createMemoryClock(at) })

/** Every write that has an instant, with all of its instants. */
const writes = {
  grant: { key: 'g', wallet: team, amount: 1n, effectiveAt: start + hour, expiresAt: start + day },
  revoke: { key: 'r', wallet: team, grant: 'a', period: start },
  settle: { hold: 'h', amount: 1n, ifUnknown: { wallet: team, startedAt: start } },
} as const
type Writer = Readonly<Record<keyof typeof writes, (request: unknown) => Promise<{ readonly ok: boolean }>>>

/** Every field of an export that is an instant. */
const imported = [
  'entry.at',
  'header.at',
  'header.knownSince',
  'hold.createdAt',
  'hold.endedAt',
  'hold.expiresAt',
  'key.answer.expiresAt',
  'key.at',
  'key.request.effectiveAt',
  'key.request.expiresAt',
  'key.request.ifUnknown.startedAt',
  'lot.effectiveAt',
  'lot.expiresAt',
  'lot.period',
  'wallet.allowances.brought.endsAt',
  'wallet.allowances.lastPeriod',
  'wallet.allowances.rollsAt',
]

let texts: readonly string[] = []
beforeAll(async () => {
  const clock = createMemoryClock(start)
  const ledger = createMemoryCreditLedger({ clock, idRetention: retention })
  const pass = (milliseconds: number) => clock.advance(milliseconds)
  for (const step of fullProgram) await runStep({ ledger, pass, close: async () => undefined }, ledger, step)
  texts = await exportOf(ledger)
})

/** A journal in memory, which another ledger can open again. */
function journalOf(lines: readonly string[]): Journal & { readonly lines: readonly string[] } {
  const kept = [...lines]
  return {
    lines: kept,
    async *read() {
      yield* kept
    },
    append: async (added) => void kept.push(...added),
    close: async () => undefined,
  }
}

describe.each(units)('an instant in %s is refused', (_, convert, message) => {
  test.each(Object.entries(writes))('in every field of the write `%s`', async (write, request) => {
    const fields = [...instantsIn(request)]
    expect(fields.length).toBeGreaterThan(0)
    for (const [path, instant] of fields) {
      const ledger = open()
      const answer = await (ledger as unknown as Writer)[write as keyof Writer](
        withLeaf(request, path, convert(instant)),
      )
      const issues = [{ path, message: expect.stringMatching(message) }]
      expect(answer).toMatchObject({ ok: false, reason: 'request_invalid', issues })
      expect(await exportOf(ledger)).toEqual(await exportOf(open()))
    }
  })

  test('as the instant of a past balance, for a wallet that exists and for one that does not', async () => {
    const ledger = open()
    const wrong = { name: 'RangeError', message: expect.stringMatching(message) }
    await expect(ledger.balance(team, { at: convert(start) })).rejects.toMatchObject(wrong)
    await ledger.grant({ key: 'g', wallet: team, amount: 1n })
    await expect(ledger.balance(team, { at: convert(start) })).rejects.toMatchObject(wrong)
  })

  test('from a clock', async () => {
    const ledger = createMemoryCreditLedger({ clock: { now: () => convert(start) } })
    const calls = [ledger.grant({ key: 'g', wallet: team, amount: 1n }), ledger.balance(team), ledger.sweep(1)]
    for (const call of calls) {
      const error: unknown = await call.catch((thrown: unknown) => thrown)
      expect(error).toBeInstanceOf(Defect)
      expect(error).toMatchObject({ message: expect.stringMatching(message) })
    }
    expect(() => createMemoryClock(convert(start))).toThrow(message)
    expect(() => createMemoryClock(start).set(convert(start))).toThrow(message)
  })

  test('in every record of an import', async () => {
    const met = new Set<string>()
    for (const [i, text] of texts.entries()) {
      const record = JSON.parse(text) as { readonly record: string }
      for (const [path, instant] of instantsIn(record)) {
        const name = [record.record, ...path.filter((step) => typeof step === 'string')].join('.')
        if (met.has(name)) continue
        met.add(name)
        const damaged = JSON.stringify(withLeaf(record, path, convert(instant)))
        const all = withEndRecord([...texts.slice(0, i), damaged, ...texts.slice(i + 1, -1)], [])
        const answer = await open(start + 40 * day).import(all)
        expect([name, answer]).toMatchObject([name, { ok: false, reason: 'export_invalid', record: i + 1 }])
        expect([name, answer]).toMatchObject([name, { message: expect.stringMatching(message) }])
      }
    }
    expect([...met].sort()).toEqual(imported)
  })

  test('in every record of a journal', async () => {
    const journal = journalOf([])
    const clock = createMemoryClock(start)
    const ledger = await openMemoryCreditLedger({ clock, journal })
    await ledger.grant({ key: 'g', wallet: team, amount: 9n, expiresAt: start + hour })
    clock.advance(hour)
    await ledger.balance(team)
    await ledger.close()
    const found = new Set<string>()
    for (const [i, text] of journal.lines.entries()) {
      const record: unknown = JSON.parse(text)
      for (const [path, instant] of instantsIn(record)) {
        found.add(path.join('.'))
        const damaged = JSON.stringify(withLeaf(record, path, convert(instant)))
        const reopened = openMemoryCreditLedger({ clock, journal: journalOf(journal.lines.with(i, damaged)) })
        await expect(reopened).rejects.toMatchObject({
          code: 'ledger_corrupt',
          message: expect.stringMatching(message),
        })
      }
    }
    expect([...found].sort()).toEqual(['at', 'passed', 'request.expiresAt'])
  })
})

test('the first and the last instant are accepted in writes, in a past balance and from a clock', async () => {
  for (const bound of [firstInstant, lastInstant]) {
    const ledger = open(bound)
    const grant = { key: 'g', wallet: team, amount: 1n, effectiveAt: bound }
    expect(await ledger.grant(grant)).toEqual(done)
    expect(await ledger.balance(team, { at: bound })).toMatchObject({ granted: 1n })
    expect(await ledger.revoke({ key: 'r', wallet: team, grant: 'a', period: bound })).toMatchObject({
      reason: 'grant_unknown',
    })
    expect(await ledger.settle({ hold: 'h', amount: 1n, ifUnknown: { wallet: team, startedAt: bound } })).toMatchObject(
      { ok: true },
    )
    const copy = open(bound)
    expect(await copy.import(await exportOf(ledger))).toMatchObject({ ok: true })
    expect(await exportOf(copy)).toEqual(await exportOf(ledger))
  }
  expect(await open().grant({ key: 'g', wallet: team, amount: 1n, expiresAt: lastInstant })).toEqual(done)
})
