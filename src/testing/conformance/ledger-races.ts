import type { LedgerWallet } from '../../model/noun/wallet.ts'
import type { CreditLedger } from '../../port/credit-ledger.ts'
import { expectLike, expectSame, expectTrue } from './assert.ts'
import { day, hour, type LedgerFixture, organization, start, team, user } from './ledger-fixture.ts'

/** So many callers at once, each through one of the ledgers. */
async function atOnce<Answer>(callers: number, call: (caller: number) => Promise<Answer>): Promise<Answer[]> {
  return await Promise.all(Array.from({ length: callers }, (_, caller) => call(caller)))
}

const countOf = <Answer extends { readonly ok: boolean }>(answers: readonly Answer[]) =>
  answers.filter(({ ok }) => ok).length

/** 64 callers ask for 100 holds each, until there is credit for 1,000: how many they were given. */
export async function drain(ledgers: readonly CreditLedger[], wallet: LedgerWallet, name: string): Promise<number> {
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

/** Chapter D: callers at once, and exact counts. */
export const races: Readonly<Record<string, (scene: LedgerFixture) => Promise<void>>> = {
  'of 64 callers on credit for 1,000 holds exactly 1,000 are admitted': async (scene) => {
    await scene.grant(7_000n)
    expectSame(await drain([scene.ledger], team, 'a'), 1_000)
    await scene.expectAmounts({ granted: 7_000n, reserved: 7_000n })
  },
  'of 20 callers for 75 on 500 six are admitted': async (scene) => {
    await scene.grant(500n)
    expectSame(countOf(await atOnce(20, (i) => scene.reserve(`h${i}`, 75n))), 6)
  },
  'of many first grants one makes the wallet, and none is lost': async (scene) => {
    await atOnce(50, (i) => scene.grant(1n, { key: `g${i}` }))
    await scene.expectAmounts({ granted: 50n, available: 50n })
  },
  'whichever level of a path is the narrowest bounds it exactly': async (scene) => {
    const wallets = [user, team, organization]
    for (const [i, narrow] of wallets.entries()) {
      const [low, middle, top] = wallets.map((wallet) => ({ ...wallet, incarnation: 50 + i }))
      if (!low || !middle || !top) return
      const room = (wallet: LedgerWallet) => (wallet === narrow ? 700n : 7_000n)
      await scene.put(top, { funding: 'postpaid', cap: { amount: room(organization) } })
      await scene.put(middle, { parent: top })
      await scene.grant(room(team), { wallet: middle })
      await scene.put(low, { funding: 'parent', parent: middle, cap: { amount: room(user) } })
      const admitted = await atOnce(64, async (caller) =>
        countOf(await atOnce(5, (n) => scene.reserve(`h ${i} ${caller} ${n}`, 7n, { wallet: low }))),
      )
      expectSame(
        admitted.reduce((sum, count) => sum + count, 0),
        100,
        `admitted where ${narrow.type} is the narrowest`,
      )
    }
  },
  'of settle, release and lapse on one hold exactly one wins, and the credits move once': async (scene) => {
    await scene.grant(10n)
    let spent = 0n
    for (let round = 0; round < 300; round += 1) {
      const hold = `h${round}`
      await scene.reserve(hold, 5n, { ttl: 100 })
      await scene.pass(round % 3 === 0 ? 100 : 99)
      const settle = () => scene.ledger.settle({ hold, amount: 4n })
      const release = () => scene.ledger.release({ hold })
      const calls = round % 2 === 0 ? [settle, release, release, settle] : [release, settle, settle, release]
      const [a, b, c, d] = await Promise.all(calls.map((call) => call()))
      if (!a || !b || !c || !d) return
      const settled = round % 2 === 0 ? [a, d] : [b, c]
      const released = round % 2 === 0 ? [b, c] : [a, d]
      expectSame(countOf(settled) === 2, countOf(released) === 0, 'settled and not released')
      expectSame(countOf([...settled, ...released]), 2, 'one of them, twice')
      if (countOf(settled) > 0) spent += 4n
      if (spent > 6n) {
        await scene.grant(spent)
        await scene.expectAmounts({ granted: 10n + spent, available: 10n, spent })
        return
      }
      const left = 10n - spent
      await scene.expectAmounts({ granted: 10n, available: left, ...(spent > 0n ? { spent } : {}) })
    }
  },
  'overruns at once owe their exact sum, and the limit is not crossed': async (scene) => {
    await scene.put(team, { overdraftLimit: 100n })
    await scene.grant(64n)
    await atOnce(64, (i) => scene.reserve(`h${i}`, 1n))
    const settled = await atOnce(64, (i) => scene.settle(`h${i}`, 4n))
    const sum = (part: 'fromOverdraft' | 'fromWrittenOff') =>
      settled.reduce((total, { levels }) => total + (levels[0]?.[part] ?? 0n), 0n)
    expectSame([sum('fromOverdraft'), sum('fromWrittenOff')], [100n, 92n])
    await scene.expectAmounts({ granted: 64n, spent: 256n, overdraft: 100n, writtenOff: 92n })
  },
  'credits granted while others drain them are all spent, and no more': async (scene) => {
    await scene.grant(10n, { key: 'first' })
    const answers = await atOnce(64, async (i) => {
      if (i % 4 === 0) await scene.grant(10n, { key: `g${i}` })
      return await scene.reserve(`h${i}`, 5n)
    })
    const late = await atOnce(64, (i) => scene.reserve(`late ${i}`, 5n))
    expectSame(countOf(answers) + countOf(late), 34)
    await scene.expectAmounts({ granted: 170n, reserved: 170n })
  },
  'a grant expires and a period begins under load, at one instant': async (scene) => {
    await scene.put(team)
    await scene.ledger.putAllowance({
      key: 'a',
      wallet: team,
      allowance: 'x',
      amount: 50n,
      period: { every: 'day', timeZone: 'UTC' },
    })
    await scene.grant(50n, { key: 'g', expiresAt: start + day })
    await scene.pass(day - 1)
    const before = atOnce(32, (i) => scene.reserve(`a${i}`, 5n))
    expectSame(countOf(await before), 20)
    await scene.pass(1)
    const both = Promise.all([
      atOnce(32, (i) => scene.reserve(`b${i}`, 5n)),
      scene.ledger.sweep(10),
      scene.ledger.sweep(10),
    ])
    expectSame(countOf((await both)[0]), 10)
    await scene.expectAmounts({ granted: 150n, reserved: 150n })
  },
  'sweeping changes no answer': async (scene) => {
    await scene.grant(10n, { expiresAt: start + 50 })
    await scene.grant(10n)
    await scene.reserve('h', 12n, { ttl: 100 })
    await scene.pass(1_000)
    const swept = await Promise.all([scene.ledger.sweep(1_000), scene.ledger.sweep(1_000)])
    expectTrue(
      swept.every(({ isDone }) => isDone),
      'a sweep with room to spare gets done',
    )
    await scene.expectAmounts({ granted: 20n, available: 10n, expired: 10n })
    expectSame((await scene.ledger.sweep(1_000)).booked, 0)
  },
  'a sweep for less than one thing books nothing, whatever it is given': async (scene) => {
    await scene.grant(10n, { expiresAt: start + 50 })
    await scene.pass(1_000)
    const odd: readonly unknown[] = [0, -1, 0.5, Number.NaN, Number.NEGATIVE_INFINITY, '5', undefined]
    for (const limit of odd) {
      expectSame(await scene.ledger.sweep(limit as number), { booked: 0, isDone: false }, `sweep of ${limit}`)
    }
    expectSame(await scene.ledger.sweep(Number.POSITIVE_INFINITY), { booked: 1, isDone: true })
  },
}
