import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createMemoryClock, createMemoryCreditLedger } from '../../../src/adapter/memory/index.ts'
import { hour, start, team } from '../../../src/testing/conformance/ledger/ledger-fixture.ts'
import { arbitraryCalls, foundingCalls } from '../../../src/testing/conformance/ledger/race/history-call.ts'
import { closingCalls } from '../../../src/testing/conformance/ledger/race/history-cases.ts'
import { sendCall } from '../../../src/testing/conformance/ledger/race/history-log.ts'
import { answerCall } from '../../../src/testing/reference/ledger-model/answer-call.ts'
import { emptyLedgerModel, type LedgerCall, textOf } from '../../../src/testing/reference/ledger-model/state.ts'
import { runs } from '../runs.ts'

/**
 * Sends calls one after another to an in-memory ledger and to the reference model. Asserts that both return equal
 * results.
 */
async function agree(calls: readonly LedgerCall[], met: (kind: string) => void = () => {}): Promise<void> {
  const ledger = createMemoryCreditLedger({ clock: createMemoryClock(start) })
  let model = emptyLedgerModel(start)
  for (const call of calls) {
    const { result, after } = answerCall(model, call)
    expect(textOf(await sendCall(ledger, call)), textOf(call)).toBe(textOf(result))
    model = after
    met(kindOf(call, result))
  }
  expect(await ledger.verify()).toEqual([])
}

function kindOf({ call }: LedgerCall, answer: unknown): string {
  const { ok, reason, replay, retry } = Object(answer) as Record<string, unknown>
  if (ok === undefined) return call
  return [call, reason ?? (replay === true ? 'replay' : 'done'), retry].filter((part) => part !== undefined).join(' ')
}

/** By method: every kind of result that a valid request can have while the clock stands still. */
const kinds: Readonly<Record<string, readonly string[]>> = {
  putWallet: ['done', 'replay', 'key_reused', 'parent_unknown', 'parent_circular'],
  grant: ['done', 'replay', 'key_reused', 'wallet_closed', 'grant_expired'],
  revoke: ['done', 'replay', 'key_reused', 'grant_unknown'],
  reserve: [
    'done',
    'replay',
    'key_reused',
    'hold_released',
    'wallet_unknown never',
    'wallet_closed never',
    'wallet_frozen never',
    'wallet_overdrawn when_holds_clear',
    'wallet_overdrawn after_top_up',
    'cap_exceeded when_holds_clear',
    'cap_exceeded never',
    'credits_insufficient when_holds_clear',
    'credits_insufficient after_top_up',
  ],
  extend: [
    'done',
    'replay',
    'key_reused',
    'hold_unknown',
    'hold_settled',
    'hold_released',
    'wallet_frozen never',
    'wallet_overdrawn after_top_up',
    'cap_exceeded when_holds_clear',
    'credits_insufficient when_holds_clear',
    'credits_insufficient after_top_up',
  ],
  settle: ['done', 'replay', 'key_reused', 'hold_unknown', 'hold_settled', 'hold_released', 'hold_exceeded'],
  release: ['done', 'replay', 'hold_settled'],
  charge: ['done', 'replay', 'key_reused', 'wallet_unknown'],
  refund: ['done', 'replay', 'key_reused', 'hold_unknown', 'spent_exceeded', 'grant_expired'],
}

test('the model and the in-memory ledger return equal results, of every kind, in long programs', async () => {
  const calls = arbitraryCalls({ minLength: 40, maxLength: 120 })
  const counts = new Map<string, number>()
  const count = (kind: string) => counts.set(kind, (counts.get(kind) ?? 0) + 1)
  await fc.assert(
    fc.asyncProperty(calls, (some) => agree([...foundingCalls, ...some, ...closingCalls], count)),
    runs(900),
  )
  const wanted = Object.entries(kinds).flatMap(([call, reasons]) => reasons.map((reason) => `${call} ${reason}`))
  expect(wanted.filter((kind) => (counts.get(kind) ?? 0) < 5)).toEqual([])
  expect([...counts.values()].reduce((sum, some) => sum + some, 0)).toBeGreaterThan(40_000)
})

test('after refunds between partial settles, the model agrees that no grant gets back more than it gave', async () => {
  const hold = 'h'
  await agree([
    ...foundingCalls,
    { call: 'reserve', request: { hold, wallet: team, amount: 5n, ttl: hour } },
    { call: 'settle', request: { hold, amount: 5n, part: 'p1' } },
    { call: 'refund', request: { key: 'r1', hold, amount: 3n } },
    { call: 'settle', request: { hold, amount: 4n, part: 'p2', overrun: 'cap' } },
    { call: 'refund', request: { key: 'r2', hold, amount: 2n } },
    ...closingCalls,
    { call: 'refund', request: { key: 'r3', hold, amount: 4n } },
    ...closingCalls,
  ])
})
