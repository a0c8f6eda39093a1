import { expect, test } from 'vitest'
import { createMemoryClock, createMemoryCreditLedger } from '../../../src/adapter/memory/index.ts'
import type { CreditLedger } from '../../../src/ledger/index.ts'
import { day, start, team } from '../../../src/testing/conformance/ledger/ledger-fixture.ts'

/** The processor time of this process in microseconds, which other processes do not lengthen. */
function cpuTime(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}

const count = 10_000

/** Each case: the terms of the grants, and a call that touches all of them. */
const cases: Readonly<
  Record<string, { readonly terms: (i: number) => object; readonly run: (ledger: CreditLedger) => Promise<unknown> }>
> = {
  'a reserve over them and its settle': {
    terms: (i) => ({ expiresAt: start + 3 * day + i }),
    run: async (ledger) => {
      await ledger.reserve({ hold: 'h', wallet: team, amount: BigInt(2 * count), ttl: day })
      await ledger.settle({ hold: 'h', amount: BigInt(count) })
    },
  },
  'a reserve over those for one tag': {
    terms: (i) => ({ only: [`t${i % 2}`] }),
    run: (ledger) => ledger.reserve({ hold: 'h', wallet: team, amount: BigInt(count), ttl: day, tags: ['t1'] }),
  },
  'their start at distinct instants': {
    terms: (i) => ({ effectiveAt: start + 1 + i }),
    run: (ledger) => ledger.balance(team),
  },
  'their expiry at distinct instants, in an order that is not the burn order': {
    terms: (i) => ({ expiresAt: start + 1 + i, priority: i % 900 }),
    run: (ledger) => ledger.balance(team),
  },
}

/** Returns the processor times of granting and of the call of a case. */
async function timesOf({ terms, run }: (typeof cases)[string]): Promise<readonly [granting: number, running: number]> {
  const clock = createMemoryClock(start)
  const ledger = createMemoryCreditLedger({ clock })
  const begun = cpuTime()
  for (let i = 0; i < count; i += 1) {
    // Neither ascending nor descending.
    const mixed = (i * 7_919) % count
    await ledger.grant({ key: `g${mixed}`, wallet: team, amount: 2n, ...terms(mixed) })
  }
  const granted = cpuTime()
  clock.advance(day)
  await run(ledger)
  return [granted - begun, cpuTime() - granted]
}

// A cost of n² would take many times as long as the grants. The shortest of three runs is one without much garbage collection.
test.each(Object.entries(cases))(
  'of 10,000 grants, %s takes less time than granting them one by one',
  async (_, each) => {
    const runs = [await timesOf(each), await timesOf(each), await timesOf(each)]
    const [granting, running] = [0, 1].map((part) => Math.min(...runs.map((run) => run[part] as number)))
    expect((running as number) / (granting as number)).toBeLessThan(1)
  },
  60_000,
)
