import type { WalletLevel } from '../../../../model/noun/wallet.ts'
import type { CreditLedger } from '../../../../port/credit-ledger.ts'
import { expectLike, expectSame, expectTrue } from '../../assert.ts'
import { day, hour, type LedgerCases, organization, start, team, user } from '../ledger-fixture.ts'

/** Runs one call per caller, all concurrently. Returns the results. */
async function atOnce<Answer>(callers: number, call: (caller: number) => Promise<Answer>): Promise<Answer[]> {
  return await Promise.all(Array.from({ length: callers }, (_, caller) => call(caller)))
}

const countOf = <Answer extends { readonly ok: boolean }>(results: readonly Answer[]) =>
  results.filter(({ ok }) => ok).length

/** Lets 64 concurrent callers each reserve 7 units up to 100 times. Returns the number of successful reservations. */
export async function drain(ledgers: readonly CreditLedger[], wallet: WalletLevel, name: string): Promise<number> {
  const admitted = await atOnce(64, async (caller) => {
    const ledger = ledgers[caller % ledgers.length] as CreditLedger
    let count = 0
    for (let i = 0; i < 100; i += 1) {
      const result = await ledger.reserve({ hold: `${name} ${caller} ${i}`, wallet, amount: 7n, ttl: hour })
      if (result.ok) count += 1
      else expectLike(result, { needed: 7n, retry: 'when_holds_clear' })
    }
    return count
  })
  return admitted.reduce((sum, count) => sum + count, 0)
}

/** The conformance cases for concurrent callers, with exact counts. */
export const races: LedgerCases = {
  '64 callers on credit for 1,000 holds get exactly 1,000': async (fixture) => {
    await fixture.grant(7_000n)
    expectSame(await drain([fixture.ledger], team, 'a'), 1_000)
    await fixture.expectAmounts({ granted: 7_000n, reserved: 7_000n })
  },
  'of 20 concurrent reservations of 75 on 500 credits exactly 6 are admitted': async (fixture) => {
    await fixture.grant(500n)
    expectSame(countOf(await atOnce(20, (i) => fixture.reserve(`h${i}`, 75n))), 6)
  },
  '50 concurrent first grants create the wallet once, and none is lost': async (fixture) => {
    await atOnce(50, (i) => fixture.grant(1n, { key: `g${i}` }))
    await fixture.expectAmounts({ granted: 50n, available: 50n })
  },
  'the level with the least room bounds concurrent reservations exactly, at each level of a path': async (fixture) => {
    const wallets = [user, team, organization]
    for (const [i, narrow] of wallets.entries()) {
      const [low, middle, top] = wallets.map((wallet) => ({ ...wallet, incarnation: 50 + i }))
      if (!low || !middle || !top) return
      const room = (wallet: WalletLevel) => (wallet === narrow ? 700n : 7_000n)
      await fixture.put(top, { funding: 'postpaid', cap: { amount: room(organization) } })
      await fixture.put(middle, { parent: top })
      await fixture.grant(room(team), { wallet: middle })
      await fixture.put(low, { funding: 'parent', parent: middle, cap: { amount: room(user) } })
      const admitted = await atOnce(64, async (caller) =>
        countOf(await atOnce(5, (n) => fixture.reserve(`h ${i} ${caller} ${n}`, 7n, { wallet: low }))),
      )
      expectSame(
        admitted.reduce((sum, count) => sum + count, 0),
        100,
        `admitted where ${narrow.type} is the narrowest`,
      )
    }
  },
  'of concurrent settle, release and lapse of one hold exactly one wins, and the credits move once': async (
    fixture,
  ) => {
    await fixture.grant(10n)
    let spent = 0n
    for (let round = 0; round < 300; round += 1) {
      const hold = `h${round}`
      await fixture.reserve(hold, 5n, { ttl: 100 })
      await fixture.pass(round % 3 === 0 ? 100 : 99)
      const settle = () => fixture.ledger.settle({ hold, amount: 4n })
      const release = () => fixture.ledger.release({ hold })
      const calls = round % 2 === 0 ? [settle, release, release, settle] : [release, settle, settle, release]
      const [a, b, c, d] = await Promise.all(calls.map((call) => call()))
      if (!a || !b || !c || !d) return
      const settled = round % 2 === 0 ? [a, d] : [b, c]
      const released = round % 2 === 0 ? [b, c] : [a, d]
      expectSame(countOf(settled) === 2, countOf(released) === 0, 'whether it is settled, and not released')
      expectSame(countOf([...settled, ...released]), 2, 'the winner and its replay')
      if (countOf(settled) > 0) spent += 4n
      if (spent > 6n) {
        await fixture.grant(spent)
        await fixture.expectAmounts({ granted: 10n + spent, available: 10n, spent })
        return
      }
      const left = 10n - spent
      await fixture.expectAmounts({ granted: 10n, available: left, ...(spent > 0n ? { spent } : {}) })
    }
  },
  'concurrent overruns owe their exact sum up to the overdraft limit, and the rest is written off': async (fixture) => {
    await fixture.put(team, { overdraftLimit: 100n })
    await fixture.grant(64n)
    await atOnce(64, (i) => fixture.reserve(`h${i}`, 1n))
    const settled = await atOnce(64, (i) => fixture.settle(`h${i}`, 4n))
    const sum = (part: 'fromOverdraft' | 'fromWrittenOff') =>
      settled.reduce((total, { levels }) => total + (levels[0]?.[part] ?? 0n), 0n)
    expectSame([sum('fromOverdraft'), sum('fromWrittenOff')], [100n, 92n])
    await fixture.expectAmounts({ granted: 64n, spent: 256n, overdraft: 100n, writtenOff: 92n })
  },
  'credits granted during a drain are all reserved, and no more than them': async (fixture) => {
    await fixture.grant(10n, { key: 'first' })
    const results = await atOnce(64, async (i) => {
      if (i % 4 === 0) await fixture.grant(10n, { key: `g${i}` })
      return await fixture.reserve(`h${i}`, 5n)
    })
    const late = await atOnce(64, (i) => fixture.reserve(`late ${i}`, 5n))
    expectSame(countOf(results) + countOf(late), 34)
    await fixture.expectAmounts({ granted: 170n, reserved: 170n })
  },
  'under load, a grant expires and an allowance rolls exactly at their instant': async (fixture) => {
    await fixture.put(team)
    await fixture.ledger.putAllowance({
      key: 'a',
      wallet: team,
      allowance: 'x',
      amount: 50n,
      period: { every: 'day', timeZone: 'UTC' },
    })
    await fixture.grant(50n, { key: 'g', expiresAt: start + day })
    await fixture.pass(day - 1)
    const before = atOnce(32, (i) => fixture.reserve(`a${i}`, 5n))
    expectSame(countOf(await before), 20)
    await fixture.pass(1)
    const both = Promise.all([
      atOnce(32, (i) => fixture.reserve(`b${i}`, 5n)),
      fixture.ledger.sweep(10),
      fixture.ledger.sweep(10),
    ])
    expectSame(countOf((await both)[0]), 10)
    await fixture.expectAmounts({ granted: 150n, reserved: 150n })
  },
  'a sweep changes no result': async (fixture) => {
    await fixture.grant(10n, { expiresAt: start + 50 })
    await fixture.grant(10n)
    await fixture.reserve('h', 12n, { ttl: 100 })
    await fixture.pass(1_000)
    const swept = await Promise.all([fixture.ledger.sweep(1_000), fixture.ledger.sweep(1_000)])
    expectTrue(
      swept.every(({ isDone }) => isDone),
      'a sweep with a limit above the due items must return `isDone`',
    )
    await fixture.expectAmounts({ granted: 20n, available: 10n, expired: 10n })
    expectSame((await fixture.ledger.sweep(1_000)).booked, 0)
  },
  'a sweep books everything that is due at no more wallets than its limit, until nothing is due': async (fixture) => {
    for (let i = 0; i < 5; i += 1) {
      const wallet = { type: 'team', id: `sweep ${i}`, incarnation: 0 } as const
      for (const key of [`a${i}`, `b${i}`, `c${i}`]) {
        await fixture.ledger.grant({ key, wallet, amount: 1n, expiresAt: start + 50 })
      }
    }
    await fixture.pass(1_000)
    expectSame(await fixture.ledger.sweep(2), { booked: 6, isDone: false })
    expectSame(await fixture.ledger.sweep(3), { booked: 9, isDone: true })
    expectSame(await fixture.ledger.sweep(3), { booked: 0, isDone: true })
  },
  'a sweep with a limit below 1, or one that is not a number, books nothing': async (fixture) => {
    await fixture.grant(10n, { expiresAt: start + 50 })
    await fixture.pass(1_000)
    const odd: readonly unknown[] = [0, -1, 0.5, Number.NaN, Number.NEGATIVE_INFINITY, '5', undefined]
    for (const limit of odd) {
      expectSame(await fixture.ledger.sweep(limit as number), { booked: 0, isDone: false }, `sweep of ${limit}`)
    }
    expectSame(await fixture.ledger.sweep(Number.POSITIVE_INFINITY), { booked: 1, isDone: true })
  },
}
