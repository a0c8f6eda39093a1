import { describe, expect, test } from 'vitest'
import { hour, levelCost, start, team } from '../../../src/testing/conformance/ledger/ledger-fixture.ts'
import type { HistoryCall } from '../../../src/testing/conformance/ledger/race/history-log.ts'
import {
  linearizeHistory,
  reportHistory,
  shrinkHistory,
} from '../../../src/testing/conformance/ledger/race/history-search.ts'
import type { LedgerCall } from '../../../src/testing/reference/ledger-model/state.ts'

const done = { ok: true, replay: false }
const balance: LedgerCall = { call: 'balance', request: team }

/** Returns a call of a history. Each call has a different caller. Without `at`, the call never returned. */
function called(call: LedgerCall, invokedAt: number, at?: number, result?: unknown): HistoryCall {
  const invoked = { ...call, caller: invokedAt, invokedAt }
  return at === undefined ? invoked : { ...invoked, answered: { at, result } }
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

const verdict = (calls: readonly HistoryCall[]) => linearizeHistory(calls, start).verdict

describe('a history is linearizable', () => {
  test('when it is empty or sequential', () => {
    expect(verdict([])).toBe('linearizable')
    expect(verdict([granted, called(balance, 3, 4, amounts({ granted: 10n, available: 10n }))])).toBe('linearizable')
  })

  test('when either order of concurrent calls explains the results', () => {
    const seen = called(balance, 3, 6, amounts({ granted: 10n, available: 10n }))
    const seenLater = called(balance, 3, 6, amounts({ granted: 20n, available: 20n }))
    const more = called(grantOf('more'), 4, 5, done)
    expect(verdict([granted, seen, more])).toBe('linearizable')
    expect(verdict([granted, seenLater, more])).toBe('linearizable')
  })

  test('when a refused call takes effect after the concurrent call that used the credits', () => {
    const [h, i] = [reserveOf('h', 6n), reserveOf('i', 7n)]
    const calls = [granted, called(h, 3, 6, insufficient(6n, 3n, 7n)), called(i, 4, 5, reserved(7n))]
    expect(linearizeHistory(calls, start)).toMatchObject({
      verdict: 'linearizable',
      order: [{ call: 'grant' }, { request: { hold: 'i' } }, { request: { hold: 'h' } }],
    })
  })

  test('whether a call without a result had an effect or not, at any later time', () => {
    const lost = called(reserveOf('h', 6n), 3)
    const before = called(balance, 4, 5, amounts({ granted: 10n, available: 10n }))
    const after = called(balance, 6, 7, amounts({ granted: 10n, available: 4n, reserved: 6n }))
    expect(verdict([granted, lost, before])).toBe('linearizable')
    expect(verdict([granted, lost, after])).toBe('linearizable')
    expect(verdict([granted, lost, before, after])).toBe('linearizable')
  })
})

describe('a history is not linearizable', () => {
  const more = called(grantOf('more'), 3, 4, done)
  const stale = amounts({ granted: 10n, available: 10n })
  const wrongHistories: Readonly<Record<string, readonly HistoryCall[]>> = {
    'when a balance misses a write that returned before': [granted, more, called(balance, 5, 6, stale)],
    'when a balance shows a write that was not sent yet': [
      granted,
      more,
      called(balance, 2.1, 2.2, amounts({ granted: 20n, available: 20n })),
    ],
    'when two balances contradict each other about concurrent writes': [
      granted,
      called(grantOf('a', 1n), 3, 20, done),
      called(grantOf('b', 2n), 4, 21, done),
      called(balance, 5, 8, amounts({ granted: 11n, available: 11n })),
      called(balance, 6, 9, amounts({ granted: 12n, available: 12n })),
    ],
    'when two holds get the same credits': [
      granted,
      called(reserveOf('h', 6n), 3, 6, reserved(6n)),
      called(reserveOf('i', 6n), 4, 5, reserved(6n)),
    ],
    'when an update is lost': [
      granted,
      called(reserveOf('h', 3n), 3, 6, reserved(3n)),
      called(reserveOf('i', 4n), 4, 5, reserved(4n)),
      called(balance, 7, 8, amounts({ granted: 10n, available: 6n, reserved: 4n })),
    ],
    'when a write takes effect twice': [granted, called(grantOf('g'), 3, 4, done)],
    'when a replay differs from the first result': [
      granted,
      called(reserveOf('h', 6n), 3, 4, reserved(6n)),
      called(reserveOf('h', 6n), 5, 6, { ...reserved(5n), replay: true }),
    ],
    'when both of two concurrent writes under one id claim to be the first': [
      granted,
      called(reserveOf('h', 6n), 3, 6, reserved(6n)),
      called(reserveOf('h', 6n), 4, 5, reserved(6n)),
    ],
    'when a refusal reports fewer available credits than there ever were': [
      granted,
      called(reserveOf('h', 3n), 3, 4, reserved(3n)),
      called(reserveOf('i', 8n), 5, 6, insufficient(8n, 6n, 3n)),
    ],
    'when a cost is taken from the wrong bucket': [
      granted,
      called(reserveOf('h', 3n), 3, 4, reserved(3n)),
      called(settleOf('h', 5n), 5, 6, {
        ...done,
        isLate: false,
        levels: [levelCost(team, { fromReserved: 3n, fromOverdraft: 2n })],
        softLimitsReached: [],
        lowBalancesReached: [],
      }),
    ],
    'when a hold is settled and released': [
      granted,
      called(reserveOf('h', 3n), 3, 4, reserved(3n)),
      called({ call: 'release', request: { hold: 'h' } }, 5, 8, { ...done, returned: 3n }),
      called(settleOf('h', 3n), 6, 7, {
        ...done,
        isLate: false,
        levels: [levelCost(team, { fromReserved: 3n })],
        softLimitsReached: [],
        lowBalancesReached: [],
      }),
    ],
    'when a refusal returned before the call that caused it was sent': [
      granted,
      called(reserveOf('h', 7n), 5, 6, reserved(7n)),
      called(reserveOf('i', 6n), 3, 4, insufficient(6n, 3n, 7n)),
    ],
    'when the effect of a call without a result shows and then disappears': [
      granted,
      called(reserveOf('h', 6n), 3),
      called(balance, 4, 5, amounts({ granted: 10n, available: 4n, reserved: 6n })),
      called(balance, 6, 7, stale),
    ],
    'when the effect of a call without a result shows twice': [
      granted,
      called(reserveOf('h', 3n), 3),
      called(balance, 4, 5, amounts({ granted: 10n, available: 4n, reserved: 6n })),
    ],
  }
  test.each(Object.entries(wrongHistories))('%s', (_, calls) => {
    expect(verdict(calls)).toBe('not_linearizable')
    // Each is linearizable without its last call, so that call's result is the wrong one.
    expect(verdict(calls.slice(0, -1))).toBe('linearizable')
  })

  test('and the report has no call that is not needed', () => {
    const noise = [
      called(balance, 2.1, 2.2, amounts({ granted: 10n, available: 10n })),
      called({ call: 'hold', request: 'x' }, 2.3, 2.4, undefined),
    ]
    const later = [called(grantOf('late'), 30, 31, done), called(balance, 32, 33, stale)]
    const calls = [granted, ...noise, more, called(balance, 5, 6, stale), ...later]
    expect(shrinkHistory(calls, start).map(({ invokedAt }) => invokedAt)).toEqual([1, 3, 5])
    const report = reportHistory(calls, start).split('\n')
    expect(report[0]).toBe('no sequential order of these calls explains their results')
    expect(report[1]).toContain('1. caller 1, 1 to 2: grant {amount:10n,key:"g"')
    expect(report.slice(-3)).toEqual([
      'the longest order that does is 1, 2',
      'then 3. would return',
      expect.stringContaining('available:20n'),
    ])
  })
})

describe('the search for an order', () => {
  const crowd = Array.from({ length: 10 }, (_, i) => called(grantOf(`g${i}`), i + 1, 100 + i, done))
  const wrong = called(balance, 200, 201, amounts({ granted: 1n, available: 1n }))

  test('returns `undecided` at its limit, never `linearizable`', () => {
    expect(linearizeHistory([...crowd, wrong], start, 100).verdict).toBe('undecided')
  })

  test('visits each state of concurrent calls once, not each order of them', () => {
    const right = called(balance, 200, 201, amounts({ granted: 100n, available: 100n }))
    const limit = 2 ** crowd.length
    const same = Array.from({ length: 10 }, (_, i) =>
      called({ call: 'release', request: { hold: `h${i}` } }, i + 1, 100 + i, { ...done, returned: 0n }),
    )
    expect(linearizeHistory([...same, wrong], start, limit).verdict).toBe('not_linearizable')
    expect(linearizeHistory([...crowd, right], start, limit).verdict).toBe('linearizable')
  })
})
