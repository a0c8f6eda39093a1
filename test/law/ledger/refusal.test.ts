import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  answerLedgerCaller,
  describeLedgerRefusal,
  formatLedgerRefusal,
  type LedgerCallerReason,
  type LedgerRefusal,
  type LedgerRefusalReason,
} from '../../../src/ledger/index.ts'
import type { WalletLevel } from '../../../src/model/noun/wallet.ts'
import { credit, formatCredit } from '../../../src/model/value/credit.ts'
import type { RefusalReason, ReservationRefused, RetryAdvice } from '../../../src/port/ledger-result.ts'
import { runs } from '../runs.ts'

const wallet: WalletLevel = { type: 'team', id: 'secret-team', incarnation: 4_711 }
const resetsAt = Date.UTC(2026, 10, 1)
const hints: Readonly<Record<RetryAdvice, Partial<ReservationRefused>>> = {
  never: { retry: 'never' },
  when_holds_clear: { retry: 'when_holds_clear', retryAfter: 1_000 },
  at_reset: { retry: 'at_reset', resetsAt },
  after_top_up: { retry: 'after_top_up' },
}
const amounts = { needed: credit('2'), available: credit('77.125'), reserved: credit('88.5') }
const reservation = (reason: RefusalReason, retry: RetryAdvice = 'never'): ReservationRefused => {
  return { ok: false, reason, wallet, ...amounts, retry: 'never', ...hints[retry] }
}

/** One refusal of each reason. */
const refusals: Readonly<Record<LedgerRefusalReason, LedgerRefusal>> = {
  request_invalid: {
    ok: false,
    reason: 'request_invalid',
    issues: [{ path: ['wallet', 'id'], message: 'expected a string' }],
  },
  key_reused: { ok: false, reason: 'key_reused' },
  amount_too_large: { ok: false, reason: 'amount_too_large', wallet },
  wallet_unknown: reservation('wallet_unknown'),
  wallet_closed: reservation('wallet_closed'),
  wallet_frozen: reservation('wallet_frozen'),
  wallet_overdrawn: reservation('wallet_overdrawn', 'after_top_up'),
  cap_exceeded: reservation('cap_exceeded', 'at_reset'),
  credits_insufficient: reservation('credits_insufficient', 'after_top_up'),
  parent_unknown: { ok: false, reason: 'parent_unknown' },
  parent_circular: { ok: false, reason: 'parent_circular' },
  path_too_long: { ok: false, reason: 'path_too_long' },
  grant_expired: { ok: false, reason: 'grant_expired' },
  grant_unknown: { ok: false, reason: 'grant_unknown' },
  hold_unknown: { ok: false, reason: 'hold_unknown' },
  entry_unknown: { ok: false, reason: 'entry_unknown' },
  hold_settled: { ok: false, reason: 'hold_settled' },
  hold_released: { ok: false, reason: 'hold_released' },
  hold_lapsed: { ok: false, reason: 'hold_lapsed' },
  hold_exceeded: { ok: false, reason: 'hold_exceeded' },
  spent_exceeded: { ok: false, reason: 'spent_exceeded', refundable: credit('55.5') },
  ledger_not_empty: { ok: false, reason: 'ledger_not_empty' },
  export_invalid: { ok: false, reason: 'export_invalid', record: 7, message: 'expected an entry of `secret-team`' },
}
const reasons = Object.keys(refusals) as LedgerRefusalReason[]
const reserveReasons = ['wallet_overdrawn', 'cap_exceeded', 'credits_insufficient'] as const

describe('an operator', () => {
  test.each(reasons)('reads the reason and the next step of %s on one line', (reason) => {
    const line = formatLedgerRefusal(refusals[reason])
    expect(line).toMatch(new RegExp(`^${reason}( at the wallet of [^:]+)?: .+; .+$`))
    expect(line).not.toContain('\n')
    expect(line).not.toContain('undefined')
  })

  test('reads the wallet, every amount in credits, and when to retry', () => {
    expect(formatLedgerRefusal(reservation('cap_exceeded', 'at_reset'))).toBe(
      'cap_exceeded at the wallet of team `secret-team` (incarnation 4711): the cap of the wallet is reached, ' +
        '77.125 available, 2 needed and 88.5 reserved; retry at 2026-11-01T00:00:00.000Z',
    )
    expect(formatLedgerRefusal(reservation('credits_insufficient', 'when_holds_clear'))).toContain('retry in 1000 ms')
    expect(formatLedgerRefusal(refusals.credits_insufficient)).toContain('grant credits, then retry')
    expect(formatLedgerRefusal(refusals.spent_exceeded)).toContain('55.5 refundable')
    expect(formatLedgerRefusal(refusals.export_invalid)).toContain('at record 7: expected an entry of `secret-team`')
    expect(formatLedgerRefusal(refusals.request_invalid)).toContain('at `wallet.id` expected a string')
  })

  test.each(reasons)('gets %s as JSON with the amounts as decimal strings', (reason) => {
    const refusal = refusals[reason]
    const described = describeLedgerRefusal(refusal)
    expect(JSON.parse(JSON.stringify(described))).toEqual(described)
    const { ok: _, ...fields } = refusal
    const expected = Object.entries(fields).map(([name, value]) => [
      name,
      typeof value === 'bigint' ? formatCredit(value) : value,
    ])
    expect(described).toEqual({ ...Object.fromEntries(expected), message: formatLedgerRefusal(refusal) })
  })
})

describe('a caller', () => {
  test.each(reasons)('gets an answer to %s that is JSON and names no wallet and no amount', (reason) => {
    for (const retry of Object.keys(hints) as RetryAdvice[]) {
      const refusal = refusals[reason]
      const answer = answerLedgerCaller(
        'retry' in refusal ? { ...refusal, ...reservation(refusal.reason, retry) } : refusal,
      )
      const json = JSON.stringify(answer)
      expect(JSON.parse(json)).toEqual(answer)
      expect(answer.message).not.toBe('')
      expect(json).not.toMatch(/secret|4711|77|88|55|team/)
    }
  })

  test('learns no amount: refusals that differ only in wallet and amounts get the same answer', () => {
    const amount = fc.bigInt(0n, 2n ** 63n - 1n)
    const any = fc.record({
      wallet: fc.record({ type: fc.constant('team' as const), id: fc.string(), incarnation: fc.nat() }),
      needed: amount,
      available: amount,
      reserved: amount,
    })
    fc.assert(
      fc.property(
        any,
        fc.constantFrom(...reserveReasons),
        fc.constantFrom(...(Object.keys(hints) as RetryAdvice[])),
        (some, reason, retry) => {
          const refusal = reservation(reason, retry)
          expect(answerLedgerCaller({ ...refusal, ...some })).toEqual(answerLedgerCaller(refusal))
        },
      ),
      runs(100),
    )
  })

  const advice: readonly (readonly [RefusalReason, RetryAdvice, LedgerCallerReason, string])[] = [
    ['credits_insufficient', 'after_top_up', 'credits_exhausted', 'payer'],
    ['credits_insufficient', 'at_reset', 'credits_exhausted', 'payer'],
    ['credits_insufficient', 'when_holds_clear', 'credits_reserved', 'caller'],
    ['wallet_overdrawn', 'after_top_up', 'credits_exhausted', 'payer'],
    ['wallet_overdrawn', 'when_holds_clear', 'credits_reserved', 'caller'],
    ['cap_exceeded', 'never', 'spending_limit_reached', 'payer'],
    ['cap_exceeded', 'at_reset', 'spending_limit_reached', 'payer'],
    ['cap_exceeded', 'when_holds_clear', 'credits_reserved', 'caller'],
    ['wallet_frozen', 'never', 'access_suspended', 'operator'],
    ['wallet_closed', 'never', 'access_suspended', 'operator'],
    ['wallet_unknown', 'never', 'credits_exhausted', 'payer'],
  ]
  test.each(advice)('that %s refused with the advice %s sees %s and asks the %s', (reason, retry, seen, ask) => {
    const answer = answerLedgerCaller(reservation(reason, retry))
    expect(answer).toMatchObject({ effect: 'deny', reason: seen, ask })
    expect(answer.retryAfter).toBe(retry === 'when_holds_clear' ? 1_000 : undefined)
    expect(answer.resetsAt).toBe(retry === 'at_reset' ? resetsAt : undefined)
    if (retry === 'at_reset') expect(answer.message).toContain('2026-11-01T00:00:00.000Z')
    if (retry === 'when_holds_clear') expect(answer.message).toContain('retry in 1 s')
  })

  test.each([undefined, null, 7, {}, { reason: 'constructor' }, { ok: false, reason: 'other', wallet }])(
    'gets an answer to the value %j, which is not a refusal',
    (value) => {
      expect(answerLedgerCaller(value as LedgerRefusal)).toMatchObject({ reason: 'not_booked', ask: 'operator' })
    },
  )
})
