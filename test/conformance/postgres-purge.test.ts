import { describe, expect, test } from 'vitest'
import { createMemoryClock, createMemoryCreditLedger } from '../../src/adapter/memory/index.ts'
import type { SqlClient } from '../../src/adapter/postgres/index.ts'
import { purgeMargin } from '../../src/adapter/postgres/schema/purge.ts'
import type { CreditLedger } from '../../src/port/credit-ledger.ts'
import { hour, start, team, user } from '../../src/testing/conformance/ledger-fixture.ts'
import { found, idRetention, inBoth, removedAfter, reserve, stage, sweepAll, unknown } from './purge-stage.ts'

/** What is promised wherever the tables are. */
function promises(client: () => SqlClient): void {
  describe('a hold that lapsed so long ago that it is forgotten when that is noticed', () => {
    test.each([
      [
        'is booked as lapsed by whoever asks for it',
        (ledger: CreditLedger) => ledger.settle({ hold: 'h', amount: 1n }),
      ],
      ['leaves nothing at any level when its id is taken anew', (ledger: CreditLedger) => ledger.reserve(reserve('h'))],
    ])('%s', async (_, ask) => {
      const one = await stage(client())
      await found(one.open())
      await one.open().reserve(reserve('h'))
      one.now += hour + idRetention
      const ledger = one.open()
      const answer = await ask(ledger)
      expect(answer).toMatchObject(answer.ok ? { replay: false } : { reason: 'hold_unknown' })
      expect(await ledger.verify()).toEqual([])
      expect(await ledger.balance(team)).toMatchObject({ reserved: answer.ok ? 10n : 0n })
      expect(await one.count('hold_above')).toBe(answer.ok ? 2 : 0)
    })

    test('is booked by a sweep, and removed by it', async () => {
      const one = await stage(client())
      const ledger = one.open()
      await found(ledger)
      await ledger.reserve(reserve('h'))
      one.now += hour + removedAfter
      const { booked, isDone } = await one.open().sweep(100)
      expect(booked).toBeGreaterThan(0)
      expect(isDone).toBe(true)
      expect([await one.count('hold'), await one.count('hold_above')]).toEqual([0, 0])
      expect(await ledger.verify()).toEqual([])
      expect(await ledger.balance(team)).toMatchObject({ reserved: 0n, available: 1_000n })
    })
  })

  test('of what has ended all that is left are the entries and the keys of grants', async () => {
    const one = await stage(client())
    const ledger = one.open()
    await found(ledger)
    for (let i = 0; i < 4; i += 1) await ledger.reserve(reserve(`h${i}`))
    await ledger.settle({ hold: 'h0', amount: 4n })
    await ledger.refund({ key: 'r', hold: 'h0', amount: 1n })
    await ledger.settle({ hold: 'h1', amount: 4n, part: 'p' })
    await ledger.extend({ key: 'e', hold: 'h1', ttl: 2 * hour })
    await ledger.release({ hold: 'h2' })
    await ledger.release({ hold: 'tombstone' })
    await ledger.charge({ hold: 'c', wallet: user, amount: 3n })
    one.now += 2 * hour + removedAfter - 1
    await sweepAll(ledger, 100)
    expect(await one.count('hold')).toBe(1)
    const entries = await one.count('entry')
    expect(entries).toBeGreaterThan(20)
    one.now += 1
    await sweepAll(ledger, 100)
    expect([await one.count('hold'), await one.count('hold_above'), await one.count('key')]).toEqual([0, 0, 1])
    expect(await one.count('entry')).toBe(entries)
    expect(await ledger.grant({ key: 'g', wallet: team, amount: 1_000n })).toEqual({ ok: true, replay: true })
    expect(await ledger.verify()).toEqual([])
  })

  test('a sweep removes as many rows as it is told, and says whether more are left', async () => {
    const one = await stage(client())
    const ledger = one.open()
    await found(ledger)
    for (let i = 0; i < 10; i += 1) await ledger.charge({ hold: `h${i}`, wallet: user, amount: 1n })
    one.now += removedAfter
    // Ten holds and the keys of three wallets; the key of the grant is not forgotten.
    for (const left of [10, 7, 4, 1, 0]) {
      expect(await ledger.sweep(3)).toEqual({ booked: 0, isDone: left === 0 })
      expect((await one.count('hold')) + (await one.count('key', `type <> 'grant'`))).toBe(left)
    }
    expect(await one.count('key')).toBe(1)
    for (let i = 0; i < 4; i += 1) await ledger.charge({ hold: `h${i}`, wallet: user, amount: 1n })
    one.now += removedAfter
    expect(await ledger.sweep(3)).toEqual({ booked: 0, isDone: false })
    expect(await ledger.sweep(3)).toEqual({ booked: 0, isDone: true })
  })

  test('nothing is removed a millisecond early, and every ledger forgets at the same instant', async () => {
    const one = await stage(client())
    const clock = createMemoryClock(start)
    const ledgers = [one.open(), createMemoryCreditLedger({ clock, idRetention })]
    for (const ledger of ledgers) {
      await found(ledger)
      await ledger.charge({ hold: 'c', wallet: user, amount: 3n })
      await ledger.reserve(reserve('h'))
      await ledger.settle({ hold: 'h', amount: 3n, part: 'p' })
      await ledger.release({ hold: 'h' })
    }
    const answers: unknown[] = []
    for (const age of [idRetention - 1, idRetention, removedAfter - 1, removedAfter]) {
      const passed = start + age - one.now
      one.now += passed
      clock.advance(passed)
      for (const ledger of ledgers) {
        await sweepAll(ledger, 100)
        answers.push([
          age < idRetention,
          (await ledger.hold('c')) !== undefined,
          (await ledger.release({ hold: 'h' })).ok,
          (await ledger.extend({ key: 'p', hold: 'h', ttl: 1 })).ok,
          await ledger.refund({ key: 'w1', hold: 'c', amount: 9n }),
        ])
      }
      const isThere = age < removedAfter
      expect(await one.count('hold', `id = 'c'`)).toBe(isThere ? 1 : 0)
      expect(await one.count('key', `key = 'p'`)).toBe(isThere ? 1 : 0)
      expect(answers.at(-1)).toEqual(answers.at(-2))
    }
    expect(answers.map((answer) => (answer as readonly unknown[]).slice(0, 2))).toEqual(
      [true, false, false, false].flatMap((isKnown) => [
        [isKnown, isKnown],
        [isKnown, isKnown],
      ]),
    )
  })

  test('the longest retention that anybody said counts for every sweep', async () => {
    const one = await stage(client())
    const ledger = one.open()
    await found(ledger)
    const patient = one.open(3 * idRetention)
    await patient.charge({ hold: 'c', wallet: user, amount: 3n })
    one.now += 3 * idRetention - 1
    await sweepAll(ledger, 100)
    expect(await ledger.hold('c')).toBe(undefined)
    expect(await patient.hold('c')).toMatchObject({ spent: 3n })
    one.now += 1 + purgeMargin
    await sweepAll(ledger, 100)
    expect(await one.count('hold')).toBe(0)
  })

  test('whoever keeps ids for longer than all before charges nothing twice that was removed before', async () => {
    const one = await stage(client())
    const ledger = one.open()
    await found(ledger)
    await ledger.reserve(reserve('h'))
    await ledger.settle({ hold: 'h', amount: 3n })
    const retry = (startedAt: number) => ({ hold: 'h', amount: 3n, ifUnknown: { wallet: user, startedAt } })
    one.now += removedAfter
    await sweepAll(ledger, 100)
    const patient = one.open(100 * hour)
    expect(await patient.settle(retry(start))).toEqual(unknown)
    expect(await one.open(200 * hour).settle(retry(start))).toEqual(unknown)
    expect(await patient.settle({ ...retry(one.now - idRetention), hold: 'i' })).toMatchObject({ ok: true })
    expect((await ledger.balance(user)).spent).toBe(6n)
  })

  test('an id is free before its hold is removed, and after, and what it names now stays', async () => {
    const one = await stage(client())
    const ledger = one.open()
    await found(ledger)
    for (const hold of ['before', 'after']) await ledger.charge({ hold, wallet: user, amount: 3n })
    one.now += removedAfter - 1
    expect(await ledger.reserve(reserve('before'))).toMatchObject({ ok: true, replay: false })
    one.now += 1
    await sweepAll(ledger, 100)
    expect(await one.count('hold')).toBe(1)
    expect(await ledger.reserve(reserve('after'))).toMatchObject({ ok: true, replay: false })
    await sweepAll(ledger, 100)
    expect(await ledger.settle({ hold: 'before', amount: 1n })).toMatchObject({ ok: true, isLate: false })
    expect(await ledger.settle({ hold: 'after', amount: 1n })).toMatchObject({ ok: true, isLate: false })
    expect(await ledger.verify()).toEqual([])
  })
}

inBoth(promises)
