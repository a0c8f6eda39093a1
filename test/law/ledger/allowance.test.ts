import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createMemoryClock, createMemoryCreditLedger } from '../../../src/adapter/memory/index.ts'
import type { CreditLedger } from '../../../src/ledger/index.ts'
import type { Instant } from '../../../src/model/value/instant.ts'
import type { Period } from '../../../src/model/value/period.ts'
import { day, hour, start, team } from '../../../src/testing/conformance/ledger/ledger-fixture.ts'
import { runs } from '../runs.ts'
import { AllowanceModel, type ModelTerms } from './allowance-model.ts'

const period: fc.Arbitrary<Period> = fc.constantFrom<Period[]>(
  { every: 'day', timeZone: 'UTC' },
  { every: 'day', timeZone: 'America/New_York' },
  { every: 'day', timeZone: 'Australia/Lord_Howe' },
  { every: 'week', timeZone: 'Europe/Berlin', startsOn: 7 },
  { every: 'month', timeZone: 'UTC', startsOn: 31 },
  { every: 'month', timeZone: 'Asia/Tokyo', startsOn: 1 },
)
const terms: fc.Arbitrary<ModelTerms> = fc.record({
  amount: fc.constantFrom(0n, 3n, 10n, 10n, 25n),
  period,
  rollover: fc.constantFrom(0n, 0n, 2n, 30n),
})
const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ pass: fc.constantFrom(1, hour, 13 * hour, day, 3 * day, 31 * day, 200 * day) }) },
  { weight: 3, arbitrary: fc.record({ put: terms }) },
  { weight: 3, arbitrary: fc.record({ charge: fc.constantFrom(1n, 4n, 10n, 30n) }) },
  { weight: 1, arbitrary: fc.constant({ revoke: true } as const) },
  { weight: 1, arbitrary: fc.record({ close: fc.boolean() }) },
  { weight: 2, arbitrary: fc.constantFrom({ read: 'sweep' }, { read: 'wallet' }, { read: 'statement' } as const) },
)
type Step = typeof step extends fc.Arbitrary<infer One> ? One : never

/** A ledger in memory and the model, which take the same steps. */
class Pair {
  readonly clock = createMemoryClock(start)
  readonly model = new AllowanceModel(start)
  ledger: CreditLedger
  /** The available credits at each instant at which a step ended. */
  readonly seen = new Map<Instant, bigint>()
  #keys = 0

  constructor() {
    this.ledger = this.#open()
  }

  #open(): CreditLedger {
    return createMemoryCreditLedger({ clock: this.clock, idRetention: 10_000 * day })
  }

  async setUp(): Promise<void> {
    await this.ledger.putWallet({ key: 'w', wallet: team, funding: 'own' })
  }

  async run(one: Step): Promise<boolean> {
    const { ledger, model } = this
    this.#keys += 1
    const key = `k${this.#keys}`
    if ('pass' in one) {
      this.clock.advance(one.pass)
      model.pass(one.pass)
    } else if ('put' in one) {
      const put = await ledger.putAllowance({ key, wallet: team, allowance: 'free', ...one.put })
      if (model.isClosed) expect(put).toMatchObject({ reason: 'wallet_closed' })
      else if (put.ok) model.put(one.put)
      else expect(put).toMatchObject({ reason: 'never' })
      return put.ok
    } else if ('charge' in one) {
      await ledger.charge({ hold: key, wallet: team, amount: one.charge })
      model.charge(one.charge)
      return true
    } else if ('revoke' in one) return await this.#revoke(key)
    else if ('close' in one) {
      await ledger.putWallet({ key, wallet: team, funding: 'own', status: one.close ? 'closed' : 'open' })
      model.isClosed = one.close
      return true
    } else if (one.read === 'sweep') await ledger.sweep(10)
    else if (one.read === 'wallet') await ledger.wallet(team)
    else for await (const _ of ledger.statement(team));
    return false
  }

  async #revoke(key: string): Promise<boolean> {
    const { rollsAt } = this.model
    const state = await this.ledger.wallet(team)
    const lot = state?.grants.find(({ expiresAt }) => expiresAt === rollsAt)
    const current = this.model.lots.find(({ expiresAt }) => expiresAt === rollsAt)
    if (lot?.period === undefined || current === undefined) return false
    const revoked = await this.ledger.revoke({ key, wallet: team, grant: 'free', period: lot.period })
    expect(revoked).toMatchObject({ ok: true, revoked: current.available })
    return this.model.revoke()
  }

  /** Compares the ledger with the model. After a write, the missed periods are booked too. */
  async compare(isWritten: boolean): Promise<void> {
    const { model } = this
    const { available, spent, revoked, overdraft, granted, expired, rollsAt } = model
    const balance = await this.ledger.balance(team)
    expect(balance).toMatchObject({ available, spent, revoked, overdraft })
    expect(balance.granted - balance.expired).toBe(granted - expired)
    if (isWritten) expect(balance).toMatchObject({ granted, expired })
    const state = await this.ledger.wallet(team)
    const lots = model.lots.filter((lot) => lot.available > 0n)
    const shown = (state?.grants ?? []).map((lot) => [lot.expiresAt, lot.amount, lot.available])
    expect(shown.sort()).toEqual(lots.map((lot) => [lot.expiresAt, lot.amount, lot.available]).sort())
    expect(state?.allowances.map((one) => one.rollsAt)).toEqual(rollsAt === Number.POSITIVE_INFINITY ? [] : [rollsAt])
    expect(await this.ledger.verify()).toEqual([])
    this.seen.set(model.at, available)
  }

  /** Replaces the ledger by an import of its export. */
  async move(): Promise<void> {
    const records: string[] = []
    for await (const record of this.ledger.export()) records.push(record)
    this.ledger = this.#open()
    expect(await this.ledger.import(records)).toMatchObject({ ok: true })
  }
}

test('a ledger has the credits of a model that books every period at its start', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30, size: 'max' }), fc.nat(30), async (steps, moveAt) => {
      const pair = new Pair()
      await pair.setUp()
      for (const [i, one] of steps.entries()) {
        const isWritten = await pair.run(one)
        await pair.compare(isWritten)
        if (i === moveAt) await pair.move()
      }
      for (const [at, available] of pair.seen)
        expect(await pair.ledger.balance(team, { at })).toMatchObject({ available })
    }),
    runs(120),
  )
}, 120_000)
