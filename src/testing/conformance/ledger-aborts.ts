import { LedgerError } from '../../port/ledger-error.ts'
import type { ReserveResult } from '../../port/ledger-result.ts'
import { expectLike, expectSame, expectTrue } from './assert.ts'
import { hour, type LedgerFixture, team } from './ledger-fixture.ts'

const request = (hold: string) => ({ hold, wallet: team, amount: 7n, ttl: hour })

/** Reserves, and gives up when told to. What was answered, or whether it may have been done. */
async function reserveUntil(scene: LedgerFixture, hold: string, signal: AbortSignal) {
  try {
    return await scene.ledger.reserve(request(hold), { signal })
  } catch (error) {
    expectTrue(error instanceof LedgerError && error.code === 'call_aborted', `it throws ${error}`)
    return error.outcome
  }
}

/** What is known of a call, and what it says when it is sent again, go together. */
async function sendAgain(
  scene: LedgerFixture,
  hold: string,
  first: ReserveResult | LedgerError['outcome'],
): Promise<void> {
  const again = await scene.ledger.reserve(request(hold))
  expectTrue(again.ok, 'sent again it is done')
  if (first === 'not_applied') expectSame(again.replay, false, `${hold} was not done before`)
  if (typeof first === 'object') expectSame(again, { ...first, replay: true }, `${hold} was done before`)
}

/** Chapter F: callers that stop waiting. */
export const aborts: Readonly<Record<string, (scene: LedgerFixture) => Promise<void>>> = {
  'a call that was given up before it was made is not done': async (scene) => {
    await scene.grant(10n)
    const before = await scene.statement()
    const signal = AbortSignal.abort()
    const calls = [
      () => scene.ledger.reserve(request('h'), { signal }),
      () => scene.ledger.charge({ hold: 'c', wallet: team, amount: 1n }, { signal }),
      () => scene.ledger.grant({ key: 'more', wallet: team, amount: 1n }, { signal }),
      () => scene.ledger.release({ hold: 'r' }, { signal }),
    ]
    for (const call of calls) {
      const thrown = await call().then(
        () => ({}),
        (error: unknown) => error as object,
      )
      expectLike(thrown, { code: 'call_aborted', outcome: 'not_applied' })
    }
    expectSame(await scene.statement(), before)
    expectLike(await scene.ledger.reserve(request('r')), { ok: true, replay: false })
  },
  'a call that is given up says whether it may have been done, and sent again it is done once': async (scene) => {
    await scene.grant(7_000n)
    const controllers = Array.from({ length: 32 }, () => new AbortController())
    const calls = controllers.map(({ signal }, i) => reserveUntil(scene, `h${i}`, signal))
    // Some at once, some when what writes them may have begun; the last ones wait for their answers.
    for (const controller of controllers.slice(0, 8)) controller.abort()
    await Promise.resolve()
    for (const controller of controllers.slice(8, 12)) controller.abort()
    for (const from of [12, 16, 20]) {
      await soon()
      for (const controller of controllers.slice(from, from + 4)) controller.abort()
    }
    const answers = await Promise.all(calls)
    for (const [i, answer] of answers.entries()) await sendAgain(scene, `h${i}`, answer)
    await scene.expectAmounts({ granted: 7_000n, available: 7_000n - 7n * 32n, reserved: 7n * 32n })
  },
  'one signal may serve any number of calls, and keeps nothing of those that are over': async (scene) => {
    await scene.grant(700n)
    const controller = new AbortController()
    const { signal } = controller
    const listeners = countListeners(signal)
    const calls = Array.from({ length: 40 }, (_, i) => reserveUntil(scene, `h${i}`, signal))
    expectTrue(listeners.now() <= 10, 'it has no more listeners than a runtime takes for a leak')
    const first = await Promise.all(calls)
    expectSame(listeners.now(), 0, 'listeners when all is answered')
    const late = Array.from({ length: 40 }, (_, i) => reserveUntil(scene, `i${i}`, signal))
    controller.abort()
    const answers = [...first, ...(await Promise.all(late))]
    expectSame(listeners.now(), 0, 'listeners when all is given up')
    for (const [i, answer] of answers.entries()) await sendAgain(scene, i < 40 ? `h${i}` : `i${i - 40}`, answer)
    await scene.expectAmounts({ granted: 700n, available: 140n, reserved: 560n })
  },
}

/** Counts who listens to a signal. */
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
