import { expect, test } from 'vitest'
import { createMemoryClock, createMemoryCreditLedger } from '../../../src/adapter/memory/index.ts'
import type { CreditLedger } from '../../../src/ledger/index.ts'
import { day, start, team } from '../../../src/testing/conformance/ledger-fixture.ts'

type Clock = ReturnType<typeof createMemoryClock>
interface Case {
  /** Prepares `n` items. The returned function, which is measured, takes time in proportion to `n`. */
  readonly prepare: (ledger: CreditLedger, clock: Clock, n: number) => Promise<() => Promise<unknown>>
}

/** Returns the numbers below `n` in an order that is neither ascending nor descending. `n` must not be a multiple of 7919. */
const mixed = (n: number) => Array.from({ length: n }, (_, i) => (i * 7_919) % n)

async function grants(ledger: CreditLedger, n: number, terms: (i: number) => object): Promise<void> {
  for (const i of mixed(n)) await ledger.grant({ key: `g${i}`, wallet: team, amount: 2n, ...terms(i) })
}

const cases: Readonly<Record<string, Case>> = {
  'a reserve over all grants, and its settle': {
    prepare: async (ledger, _, n) => {
      await grants(ledger, n, (i) => ({ expiresAt: start + day + i }))
      return async () => {
        await ledger.reserve({ hold: 'h', wallet: team, amount: BigInt(2 * n), ttl: day })
        await ledger.settle({ hold: 'h', amount: BigInt(n) })
      }
    },
  },
  'a reserve over the grants for one tag': {
    prepare: async (ledger, _, n) => {
      await grants(ledger, n, (i) => ({ only: [`t${i % 2}`] }))
      return () => ledger.reserve({ hold: 'h', wallet: team, amount: BigInt(n), ttl: day, tags: ['t1'] })
    },
  },
  'the creation and the start of scheduled grants': {
    prepare: async (ledger, clock, n) => async () => {
      await grants(ledger, n, (i) => ({ effectiveAt: start + 1 + i }))
      clock.advance(day)
      await ledger.balance(team)
    },
  },
  'the expiry of grants at distinct instants': {
    prepare: async (ledger, clock, n) => {
      await grants(ledger, n, (i) => ({ expiresAt: start + day + i, priority: i % 900 }))
      return () => {
        clock.advance(2 * day)
        return ledger.balance(team)
      }
    },
  },
}

async function measure({ prepare }: Case, n: number): Promise<number> {
  let best = Number.POSITIVE_INFINITY
  for (let round = 0; round < 3; round += 1) {
    const clock = createMemoryClock(start)
    const ledger = createMemoryCreditLedger({ clock })
    await ledger.putWallet({ key: 'w', wallet: team, funding: 'own' })
    const run = await prepare(ledger, clock, n)
    const before = performance.now()
    await run()
    best = Math.min(best, performance.now() - before)
  }
  return best
}

// Eight times the items take about ten times as long when the time grows with n log n, and 64 times when it grows with n².
test.each(Object.entries(cases))(
  '%s grows with n log n, not n²',
  async (_, one) => {
    await measure(one, 1_000)
    const [small, large] = [await measure(one, 2_000), await measure(one, 16_000)]
    expect(large / small).toBeLessThan(30)
  },
  60_000,
)
