import { describe, expect, test } from 'vitest'
import { createMemoryClock, createMemoryCreditLedger } from '../../../src/adapter/memory/index.ts'
import { type CreditLedger, type Entry, LedgerError, type ReserveResult } from '../../../src/ledger/index.ts'
import { type LedgerClaims, type MakeLedger, team } from '../../../src/testing/conformance/ledger/ledger-fixture.ts'
import { historyCases } from '../../../src/testing/conformance/ledger/race/history-cases.ts'
import { answerCall } from '../../../src/testing/reference/ledger-model/answer-call.ts'
import { emptyLedgerModel, type LedgerCall, textOf } from '../../../src/testing/reference/ledger-model/state.ts'

const alone: LedgerClaims = { isDurable: false, isShared: false }

/** Runs the last history case for ledgers with these claims. */
async function run(make: MakeLedger, claims = alone): Promise<void> {
  await historyCases(make, claims, 200).at(-1)?.run()
}

async function expectCaught(make: MakeLedger, claims = alone): Promise<void> {
  const failure = await run(make, claims).then(
    () => undefined,
    (error: unknown) => error as Error,
  )
  expect(failure?.message).toMatch(/seed: 20260801.*path: /)
  expect(String(failure?.cause)).toContain('no sequential order of these calls explains their results')
}

const writes = ['putWallet', 'grant', 'revoke', 'reserve', 'extend', 'settle', 'release', 'charge', 'refund'] as const

type Methods = { readonly [M in keyof CreditLedger]?: CreditLedger[M] }

/** Returns a ledger with some methods replaced. */
function altered(ledger: CreditLedger, methods: Methods): CreditLedger {
  return new Proxy(ledger, {
    get(target, name) {
      const value: unknown = Reflect.get(methods, name) ?? Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

/** Ignores the error `ledger_closed`, and rethrows any other error. */
function ignoreClosed(error: unknown): void {
  if (!(error instanceof LedgerError && error.code === 'ledger_closed')) throw error
}

const open = (at: number) => createMemoryCreditLedger({ clock: createMemoryClock(at) })

/** Returns a function that makes in-memory ledgers with some methods replaced. */
function making(methodsOf: (ledger: CreditLedger) => Methods): MakeLedger {
  return async ({ at }) => {
    const ledger = open(at)
    const other = altered(ledger, methodsOf(ledger))
    return { ledger: other, pass: () => {}, close: () => ledger.close() }
  }
}

/**
 * Returns a function that makes ledgers from the reference model. A call yields to other calls `yields` times between
 * its decision and its write.
 */
function modelled(yields: number): MakeLedger {
  return async ({ at }) => {
    let model = emptyLedgerModel(at)
    const send = async (call: LedgerCall['call'], request: unknown) => {
      const { result, after } = answerCall(model, { call, request } as LedgerCall)
      for (let i = 0; i < yields; i += 1) await undefined
      if (after !== model) model = after
      return result
    }
    const methods = Object.fromEntries(
      [...writes, 'balance', 'wallet', 'hold'].map((name) => [
        name,
        (request: unknown) => send(name as LedgerCall['call'], request),
      ]),
    )
    const inner = open(at)
    // The first history fails before any statement is read, so an empty ledger can serve it.
    const statement = (): AsyncIterable<Entry> => inner.statement({ type: 'team', id: 'nobody', incarnation: 0 })
    return { ledger: altered(inner, { ...methods, statement }), pass: () => {}, close: () => inner.close() }
  }
}

describe('the history cases', () => {
  test('pass on a correct ledger', async () => {
    await run(making(() => ({})))
  })

  test('fail on a ledger that yields between the decision and the write', async () => {
    await expectCaught(modelled(2))
  })

  test('fail on a ledger that admits a reservation by a stale balance', async () => {
    await expectCaught(
      making((ledger) => ({
        async reserve(request) {
          const { available } = await ledger.balance(request.wallet ?? request.path[0] ?? team)
          const answer = await ledger.reserve(request)
          const wasAvailable = !answer.ok && answer.reason === 'credits_insufficient' && available >= request.amount
          return wasAvailable ? { ok: true, replay: false, amount: request.amount, expiresAt: 0 } : answer
        },
      })),
    )
  })

  test('fail on a ledger that returns a wallet from before the last write', async () => {
    await expectCaught(
      making((ledger) => {
        const known = new Map<string, Awaited<ReturnType<CreditLedger['wallet']>>>()
        return {
          async wallet(wallet) {
            const before = known.get(textOf(wallet))
            const now = await ledger.wallet(wallet)
            known.set(textOf(wallet), now)
            return before ?? now
          },
        }
      }),
    )
  })

  test('fail on a ledger that acknowledges a release before it takes effect', async () => {
    await expectCaught(
      making((ledger) => ({
        async release(request) {
          const state = await ledger.hold(request.hold)
          if (state?.state !== 'held') return ledger.release(request)
          setTimeout(() => ledger.release(request).catch(ignoreClosed), 1)
          return { ok: true, replay: false, returned: state.held }
        },
      })),
    )
  })

  test('fail on a ledger that replays a reserve with the current amount of the hold', async () => {
    await expectCaught(
      making((ledger) => ({
        async reserve(request) {
          const answer = await ledger.reserve(request)
          const state = await ledger.hold(request.hold)
          return answer.ok && answer.replay && state !== undefined ? { ...answer, amount: state.amount } : answer
        },
      })),
    )
  })

  test('fail on a ledger that books a cost correctly and reports another source', async () => {
    await expectCaught(
      making((ledger) => ({
        async settle(request) {
          const answer = await ledger.settle(request)
          if (!answer.ok) return answer
          const levels = answer.levels.map((level) => {
            const { fromAvailable, fromOverdraft } = level
            return { ...level, fromAvailable: 0n, fromOverdraft: fromAvailable + fromOverdraft }
          })
          return { ...answer, levels }
        },
      })),
    )
  })

  test('fail on a ledger that applies a retried write twice', async () => {
    let times = 0
    await expectCaught(
      making((ledger) => ({
        async refund(request) {
          times += 1
          return await ledger.refund({ ...request, key: `${request.key} ${times}` })
        },
      })),
    )
  })

  test('fail on a shared ledger that caches refusals in one process', async () => {
    const make: MakeLedger = async ({ at }) => {
      const ledger = open(at)
      let opened = 0
      const refusals = new Map<string, ReserveResult>()
      const behind = altered(ledger, {
        async reserve(request) {
          const content = textOf({ ...request, hold: undefined })
          const answer = refusals.get(content) ?? (await ledger.reserve(request))
          if (!answer.ok && answer.reason === 'credits_insufficient') refusals.set(content, answer)
          return answer
        },
      })
      const openAgain = async () => {
        opened += 1
        return opened === 1 ? behind : ledger
      }
      return { ledger, open: openAgain, pass: () => {}, close: () => ledger.close() }
    }
    await expectCaught(make, { isDurable: false, isShared: true })
  })

  test('fail on a durable ledger that loses its last acknowledged write in a crash', async () => {
    const make =
      (forgotten: number): MakeLedger =>
      async ({ at }) => {
        const ledger = open(at)
        const written: { readonly again: () => Promise<unknown>; isDone: boolean }[] = []
        let copy = ledger
        const recording = Object.fromEntries(
          writes.map((write) => [
            write,
            async (request: never) => {
              // An in-memory ledger has written as soon as the call returns its promise.
              const one = { again: () => copy[write](request), isDone: false }
              written.push(one)
              const answer = await ledger[write](request)
              one.isDone = answer.ok && !answer.replay
              return answer
            },
          ]),
        )
        const crash = async () => {
          copy = open(at)
          const kept = written.filter(({ isDone }) => isDone)
          for (const { again } of kept.slice(0, kept.length - forgotten)) await again()
          return copy
        }
        return { ledger: altered(ledger, recording), crash, pass: () => {}, close: () => ledger.close() }
      }
    await run(make(0), { isDurable: true, isShared: false })
    await expectCaught(make(1), { isDurable: true, isShared: false })
  })
})
