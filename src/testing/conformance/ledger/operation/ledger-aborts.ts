import { LedgerError } from '../../../../port/ledger-error.ts'
import type { ReserveResult } from '../../../../port/ledger-result.ts'
import { expectLike, expectSame, expectTrue } from '../../assert.ts'
import { hour, type LedgerCases, type LedgerFixture, team } from '../ledger-fixture.ts'

const request = (hold: string) => ({ hold, wallet: team, amount: 7n, ttl: hour })

/**
 * Sends a reserve that the signal may abort. Returns the result of the reserve, or the outcome of the `call_aborted`
 * error.
 */
async function reserveUntil(fixture: LedgerFixture, hold: string, signal: AbortSignal) {
  try {
    return await fixture.ledger.reserve(request(hold), { signal })
  } catch (error) {
    expectTrue(
      error instanceof LedgerError && error.code === 'call_aborted',
      `an aborted reserve throws ${error} instead of \`call_aborted\``,
    )
    return error.outcome
  }
}

/** Retries a reserve. Checks the result of the retry against the result or outcome of the first attempt. */
async function sendAgain(
  fixture: LedgerFixture,
  hold: string,
  first: ReserveResult | LedgerError['outcome'],
): Promise<void> {
  const again = await fixture.ledger.reserve(request(hold))
  expectTrue(again.ok, 'the retry of an aborted reserve is refused')
  if (first === 'not_applied')
    expectSame(again.replay, false, `whether the retry of ${hold}, which was not applied, is a replay`)
  if (typeof first === 'object')
    expectSame(again, { ...first, replay: true }, `the retry of ${hold}, which was applied`)
}

/** The conformance cases for callers that abort their calls. */
export const aborts: LedgerCases = {
  'a call with an aborted signal throws `call_aborted` and is not applied': async (fixture) => {
    await fixture.grant(10n)
    const before = await fixture.statement()
    const signal = AbortSignal.abort()
    const calls = [
      () => fixture.ledger.reserve(request('h'), { signal }),
      () => fixture.ledger.charge({ hold: 'c', wallet: team, amount: 1n }, { signal }),
      () => fixture.ledger.grant({ key: 'more', wallet: team, amount: 1n }, { signal }),
      () => fixture.ledger.release({ hold: 'r' }, { signal }),
    ]
    for (const call of calls) {
      const thrown = await call().then(
        () => ({}),
        (error: unknown) => error as object,
      )
      expectLike(thrown, { code: 'call_aborted', outcome: 'not_applied' })
    }
    expectSame(await fixture.statement(), before)
    expectLike(await fixture.ledger.reserve(request('r')), { ok: true, replay: false })
  },
  'a call aborted in flight reports whether it may have been applied, and its retry takes effect once': async (
    fixture,
  ) => {
    await fixture.grant(7_000n)
    const controllers = Array.from({ length: 32 }, () => new AbortController())
    const calls = controllers.map(({ signal }, i) => reserveUntil(fixture, `h${i}`, signal))
    // Aborts some calls immediately, and some when their write may have begun. The last calls get their results.
    for (const controller of controllers.slice(0, 8)) controller.abort()
    await Promise.resolve()
    for (const controller of controllers.slice(8, 12)) controller.abort()
    for (const from of [12, 16, 20]) {
      await soon()
      for (const controller of controllers.slice(from, from + 4)) controller.abort()
    }
    const results = await Promise.all(calls)
    for (const [i, result] of results.entries()) await sendAgain(fixture, `h${i}`, result)
    await fixture.expectAmounts({ granted: 7_000n, available: 7_000n - 7n * 32n, reserved: 7n * 32n })
  },
  'one signal serves any number of calls, and calls that have ended leave no listener on it': async (fixture) => {
    await fixture.grant(700n)
    const controller = new AbortController()
    const { signal } = controller
    const listeners = countListeners(signal)
    const calls = Array.from({ length: 40 }, (_, i) => reserveUntil(fixture, `h${i}`, signal))
    expectTrue(listeners.now() <= 10, 'one signal has more than 10 listeners, which Node reports as a leak')
    const first = await Promise.all(calls)
    expectSame(listeners.now(), 0, 'listeners after every call returned')
    const late = Array.from({ length: 40 }, (_, i) => reserveUntil(fixture, `i${i}`, signal))
    controller.abort()
    const results = [...first, ...(await Promise.all(late))]
    expectSame(listeners.now(), 0, 'listeners after every call was aborted')
    for (const [i, result] of results.entries()) await sendAgain(fixture, i < 40 ? `h${i}` : `i${i - 40}`, result)
    await fixture.expectAmounts({ granted: 700n, available: 140n, reserved: 560n })
  },
}

/** Counts the event listeners on a signal. `now` returns the current count. */
function countListeners(signal: AbortSignal): { now(): number } {
  const listeners = new Set<unknown>()
  const { addEventListener, removeEventListener } = signal
  Object.assign(signal, {
    addEventListener: (type: 'abort', listener: () => void) => {
      listeners.add(listener)
      addEventListener.call(signal, type, listener)
    },
    removeEventListener: (type: 'abort', listener: () => void) => {
      listeners.delete(listener)
      removeEventListener.call(signal, type, listener)
    },
  })
  return { now: () => listeners.size }
}

function soon(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve)
  })
}
