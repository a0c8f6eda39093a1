import { describe, expect, test } from 'vitest'
import { hour, start, taken, team } from '../../../src/testing/conformance/ledger-fixture.ts'
import type { HistoryCall } from '../../../src/testing/conformance/ledger-history.ts'
import {
  explainHistory,
  leastUnexplained,
  reportUnexplained,
} from '../../../src/testing/conformance/ledger-history-search.ts'
import type { LedgerCall } from '../../../src/testing/reference/ledger-model-state.ts'

const done = { ok: true, replay: false }
const balance: LedgerCall = { call: 'balance', request: team }

/** A call of a caller of its own; without an answer, nobody ever heard of it again. */
function called(call: LedgerCall, invokedAt: number, at?: number, answer?: unknown): HistoryCall {
  const invoked = { ...call, caller: invokedAt, invokedAt }
  return at === undefined ? invoked : { ...invoked, answered: { at, answer } }
}

const amounts = (some: object) => {
  const none = { granted: 0n, drawn: 0n, overdraft: 0n, writtenOff: 0n, available: 0n, reserved: 0n }
  return { ...none, spent: 0n, expired: 0n, revoked: 0n, ...some }
}
const grantOf = (key: string, amount = 10n): LedgerCall => ({ call: 'grant', request: { key, wallet: team, amount } })
const reserveOf = (hold: string, amount: bigint): LedgerCall => {
  return { call: 'reserve', request: { hold, wallet: team, amount, ttl: hour } }
}
const reserved = (amount: bigint) => ({ ...done, amount, expiresAt: start + hour })
const settleOf = (hold: string, amount: bigint): LedgerCall => ({ call: 'settle', request: { hold, amount } })
const insufficient = (needed: bigint, available: bigint, held: bigint) => ({
  ok: false,
  reason: 'credits_insufficient',
  wallet: team,
  needed,
  available,
  reserved: held,
  retry: 'when_holds_clear',
})
const granted = called(grantOf('g'), 1, 2, done)

const verdict = (calls: readonly HistoryCall[]) => explainHistory(calls, start).verdict

describe('a history is explained', () => {
  test('that is empty, or one call after another', () => {
    expect(verdict([])).toBe('explained')
    expect(verdict([granted, called(balance, 3, 4, amounts({ granted: 10n, available: 10n }))])).toBe('explained')
  })

  test('in whichever order it was that calls at once were done', () => {
    const seen = called(balance, 3, 6, amounts({ granted: 10n, available: 10n }))
    const seenLater = called(balance, 3, 6, amounts({ granted: 20n, available: 20n }))
    const more = called(grantOf('more'), 4, 5, done)
    expect(verdict([granted, seen, more])).toBe('explained')
    expect(verdict([granted, seenLater, more])).toBe('explained')
  })

  test('where the one of two at once that was refused came second', () => {
    const [h, i] = [reserveOf('h', 6n), reserveOf('i', 7n)]
    const calls = [granted, called(h, 3, 6, insufficient(6n, 3n, 7n)), called(i, 4, 5, reserved(7n))]
    expect(explainHistory(calls, start)).toMatchObject({
      verdict: 'explained',
      order: [{ call: 'grant' }, { request: { hold: 'i' } }, { request: { hold: 'h' } }],
    })
  })

  test('whether or not a call without an answer had an effect, and however late', () => {
    const lost = called(reserveOf('h', 6n), 3)
    const before = called(balance, 4, 5, amounts({ granted: 10n, available: 10n }))
    const after = called(balance, 6, 7, amounts({ granted: 10n, available: 4n, reserved: 6n }))
    expect(verdict([granted, lost, before])).toBe('explained')
    expect(verdict([granted, lost, after])).toBe('explained')
    expect(verdict([granted, lost, before, after])).toBe('explained')
  })
})

describe('a history is not explained', () => {
  const more = called(grantOf('more'), 3, 4, done)
  const stale = amounts({ granted: 10n, available: 10n })
  const unexplained: Readonly<Record<string, readonly HistoryCall[]>> = {
    'where a balance is stale: what was answered before was not seen': [granted, more, called(balance, 5, 6, stale)],
    'where a balance knows of a call that was not made yet': [
      granted,
      more,
      called(balance, 2.1, 2.2, amounts({ granted: 20n, available: 20n })),
    ],
    'where two balances contradict each other about calls at once': [
      granted,
      called(grantOf('a', 1n), 3, 20, done),
      called(grantOf('b', 2n), 4, 21, done),
      called(balance, 5, 8, amounts({ granted: 11n, available: 11n })),
      called(balance, 6, 9, amounts({ granted: 12n, available: 12n })),
    ],
    'where credits are spent twice': [
      granted,
      called(reserveOf('h', 6n), 3, 6, reserved(6n)),
      called(reserveOf('i', 6n), 4, 5, reserved(6n)),
    ],
    'where an update is lost': [
      granted,
      called(reserveOf('h', 3n), 3, 6, reserved(3n)),
      called(reserveOf('i', 4n), 4, 5, reserved(4n)),
      called(balance, 7, 8, amounts({ granted: 10n, available: 6n, reserved: 4n })),
    ],
    'where a write is done twice': [granted, called(grantOf('g'), 3, 4, done)],
    'where a replay has another answer than the first': [
      granted,
      called(reserveOf('h', 6n), 3, 4, reserved(6n)),
      called(reserveOf('h', 6n), 5, 6, { ...reserved(5n), replay: true }),
    ],
    'where both of two at once say that they were first': [
      granted,
      called(reserveOf('h', 6n), 3, 6, reserved(6n)),
      called(reserveOf('h', 6n), 4, 5, reserved(6n)),
    ],
    'where a refusal says that less is there than ever was': [
      granted,
      called(reserveOf('h', 3n), 3, 4, reserved(3n)),
      called(reserveOf('i', 8n), 5, 6, insufficient(8n, 6n, 3n)),
    ],
    'where a cost is taken from the wrong bucket': [
      granted,
      called(reserveOf('h', 3n), 3, 4, reserved(3n)),
      called(settleOf('h', 5n), 5, 6, {
        ...done,
        isLate: false,
        levels: [taken(team, { fromReserved: 3n, fromOverdraft: 2n })],
        crossed: [],
      }),
    ],
    'where a hold is settled and released': [
      granted,
      called(reserveOf('h', 3n), 3, 4, reserved(3n)),
      called({ call: 'release', request: { hold: 'h' } }, 5, 8, { ...done, returned: 3n }),
      called(settleOf('h', 3n), 6, 7, {
        ...done,
        isLate: false,
        levels: [taken(team, { fromReserved: 3n })],
        crossed: [],
      }),
    ],
    'where the only order is against the time: a refusal that was answered before its cause': [
      granted,
      called(reserveOf('h', 7n), 5, 6, reserved(7n)),
      called(reserveOf('i', 6n), 3, 4, insufficient(6n, 3n, 7n)),
    ],
    'where what had no answer is seen, and then is not': [
      granted,
      called(reserveOf('h', 6n), 3),
      called(balance, 4, 5, amounts({ granted: 10n, available: 4n, reserved: 6n })),
      called(balance, 6, 7, stale),
    ],
    'where what had no answer is seen twice': [
      granted,
      called(reserveOf('h', 3n), 3),
      called(balance, 4, 5, amounts({ granted: 10n, available: 4n, reserved: 6n })),
    ],
  }
  test.each(Object.entries(unexplained))('%s', (_, calls) => {
    expect(verdict(calls)).toBe('unexplained')
    // Without the last each of them is fine, so it is that answer that cannot be.
    expect(verdict(calls.slice(0, -1))).toBe('explained')
  })

  test('and what is reported is no more than it takes', () => {
    const noise = [
      called(balance, 2.1, 2.2, amounts({ granted: 10n, available: 10n })),
      called({ call: 'hold', request: 'x' }, 2.3, 2.4, undefined),
    ]
    const later = [called(grantOf('late'), 30, 31, done), called(balance, 32, 33, stale)]
    const calls = [granted, ...noise, more, called(balance, 5, 6, stale), ...later]
    expect(leastUnexplained(calls, start).map(({ invokedAt }) => invokedAt)).toEqual([1, 3, 5])
    const report = reportUnexplained(calls, start).split('\n')
    expect(report[0]).toBe('no order of these calls explains what they were answered')
    expect(report[1]).toContain('1. caller 1, 1 to 2: grant {amount:10n,key:"g"')
    expect(report.slice(-3)).toEqual([
      'the furthest is 1, 2',
      'then 3. would be answered',
      expect.stringContaining('available:20n'),
    ])
  })
})

describe('a search', () => {
  const crowd = Array.from({ length: 10 }, (_, i) => called(grantOf(`g${i}`), i + 1, 100 + i, done))
  const wrong = called(balance, 200, 201, amounts({ granted: 1n, available: 1n }))

  test('that would take too long says so, and never that all is well', () => {
    expect(explainHistory([...crowd, wrong], start, 100).verdict).toBe('undecided')
  })

  test('of calls that are all at once looks once at each ledger that some of them make, not at each order', () => {
    const right = called(balance, 200, 201, amounts({ granted: 100n, available: 100n }))
    const limit = 2 ** crowd.length
    const same = Array.from({ length: 10 }, (_, i) =>
      called({ call: 'release', request: { hold: `h${i}` } }, i + 1, 100 + i, { ...done, returned: 0n }),
    )
    expect(explainHistory([...same, wrong], start, limit).verdict).toBe('unexplained')
    expect(explainHistory([...crowd, right], start, limit).verdict).toBe('explained')
  })
})
