import { beforeAll, describe, expect, test } from 'vitest'
import { createMemoryClock, createMemoryCreditLedger } from '../../../src/adapter/memory/index.ts'
import { withEndRecord } from '../../../src/ledger/transfer/end-record.ts'
import { compareText } from '../../../src/ledger/transfer/order.ts'
import { day, retention, start, team } from '../../../src/testing/conformance/ledger/ledger-fixture.ts'
import { fullProgram } from '../../../src/testing/conformance/ledger/program/ledger-full-program.ts'
import { exportOf } from '../../../src/testing/conformance/ledger/program/ledger-pair.ts'
import { runStep } from '../../../src/testing/conformance/ledger/program/ledger-programs.ts'

let texts: readonly string[] = []
beforeAll(async () => {
  const clock = createMemoryClock(start)
  const ledger = createMemoryCreditLedger({ clock, idRetention: retention })
  const pass = (milliseconds: number) => clock.advance(milliseconds)
  for (const step of fullProgram) await runStep({ ledger, pass, close: async () => undefined }, ledger, step)
  texts = await exportOf(ledger)
})

type Path = readonly (string | number)[]

/** Yields every primitive value in a record, with the path to the value. */
function* leaves(value: unknown, path: Path = []): Generator<readonly [Path, unknown]> {
  if (typeof value !== 'object' || value === null) yield [path, value]
  else for (const [key, part] of Object.entries(value)) yield* leaves(part, [...path, key])
}

function changed(value: unknown, path: Path, leaf: unknown): unknown {
  const [key, ...rest] = path
  if (key === undefined) return leaf
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<string | number, unknown>
  if (rest.length === 0 && leaf === undefined) delete copy[key]
  else copy[key] = changed(copy[key], rest, leaf)
  return copy
}

/** Returns the replacement values for a primitive value of a record. */
function others(leaf: unknown): readonly unknown[] {
  if (typeof leaf === 'number') return [leaf + 1, leaf - 1, -1, 0, 1.5, 9e15, '1', null, undefined]
  if (typeof leaf === 'boolean') return [!leaf, undefined]
  const text = String(leaf)
  if (!/^-?[0-9]+$/.test(text)) return ['another', '', 5, null, undefined]
  return [
    String(BigInt(text) + 1n),
    `0${text}`,
    `-${text}`,
    '9223372036854775807',
    '99999999999999999999',
    Number(text),
    undefined,
  ]
}

/**
 * By record type: the fields that can change without contradicting another record. An import cannot detect such a
 * change.
 */
const told = {
  entry: ['at'],
  header: ['at', 'knownSince'],
  // The amounts and the path of a hold that is booked at no level have no entries to contradict.
  hold: [
    'amount',
    'answer.lowBalancesReached.left',
    'answer.lowBalancesReached.threshold',
    'answer.lowBalancesReached.wallet',
    'answer.softLimitsReached.softLimit',
    'answer.softLimitsReached.used',
    'answer.softLimitsReached.wallet',
    'call.path.id',
    'call.path.incarnation',
    'call.path.team',
    'call.path.user',
    'createdAt',
    'endedAt',
    'expiresAt',
    'final',
    'held',
    'late',
    'minAmount',
    'overrun',
    'refunded',
    'requested',
    'spent',
    'ttl',
  ],
  key: [
    'answer.amount',
    'answer.expiresAt',
    'answer.isLate',
    'answer.revoked',
    'at',
    'request.allowance',
    'request.amount',
    'request.cap.amount',
    'request.cap.softLimits',
    'request.effectiveAt',
    'request.expiresAt',
    'request.grant',
    'request.hold',
    'request.ifUnknown.startedAt',
    'request.ifUnknown.wallet.id',
    'request.ifUnknown.wallet.incarnation',
    'request.increase',
    'request.lowBalances',
    'request.minIncrease',
    'request.overdraftLimit',
    'request.parent.id',
    'request.parent.incarnation',
    'request.rollover',
    'request.ttl',
    'request.wallet.id',
    'request.wallet.incarnation',
  ],
  lot: ['effectiveAt', 'expiresAt', 'grant', 'period', 'priority'],
  wallet: [
    'allowances.amount',
    'allowances.brought.amount',
    'allowances.brought.endsAt',
    'allowances.lot',
    'allowances.priority',
    'allowances.rollover',
    'cap.amount',
    'cap.softLimits',
    'lowBalances',
    'overdraftLimit',
    'parent',
    'wallet.id',
    'wallet.incarnation',
  ],
}

describe('an export forged field by field, with a recomputed checksum', () => {
  test('is refused, or imports as a ledger without violations', async () => {
    let refused = 0
    const accepted = new Map<string, number>()
    for (const [i, text] of texts.slice(0, -1).entries()) {
      const record: unknown = JSON.parse(text)
      // Every third entry is enough: they are many and similar.
      if (text.startsWith('{"record":"entry"') && i % 3 > 0) continue
      for (const [path, leaf] of leaves(record)) {
        for (const other of others(leaf)) {
          const forged = JSON.stringify(changed(record, path, other))
          if (forged === text) continue
          const all = [...withEndRecord([...texts.slice(0, i), forged, ...texts.slice(i + 1, -1)])]
          const ledger = createMemoryCreditLedger({ clock: createMemoryClock(start), idRetention: retention })
          const answer = await ledger.import(all)
          if (!answer.ok) {
            expect(answer).toMatchObject({ reason: 'export_invalid', message: expect.any(String) })
            expect(await exportOf(ledger)).toHaveLength(2)
            refused += 1
            continue
          }
          expect(await ledger.verify()).toEqual([])
          const names = path.filter((key) => Number.isNaN(Number(key)))
          const name = `${(record as { record: string }).record} ${names.join('.')}`
          accepted.set(name, (accepted.get(name) ?? 0) + 1)
        }
      }
    }
    expect(refused).toBeGreaterThan(3_000)
    const may = Object.entries(told).flatMap(([record, fields]) => fields.map((field) => `${record} ${field}`))
    expect([...accepted.keys()].sort()).toEqual(may)
  })
})

test('strings are ordered by code point, like their bytes in UTF-8', () => {
  const ids = [
    '',
    'a',
    'A',
    'ab',
    'é',
    '\u{ffff}',
    '\u{e000}',
    '\u{1f600}',
    '\u{10ffff}',
    'a\u{1f600}',
    'a\u{ffff}',
    'z',
  ]
  for (const one of ids) {
    for (const other of ids) {
      expect(Math.sign(compareText(one, other))).toBe(Math.sign(Buffer.compare(Buffer.from(one), Buffer.from(other))))
    }
  }
})

test('export and import of a closed ledger throw `ledger_closed`', async () => {
  const ledger = createMemoryCreditLedger({ clock: createMemoryClock(start + day) })
  await ledger.grant({ key: 'g', wallet: team, amount: 1n })
  await ledger.close()
  await expect(exportOf(ledger)).rejects.toMatchObject({ code: 'ledger_closed' })
  await expect(ledger.import(texts)).rejects.toMatchObject({ code: 'ledger_closed' })
})
