import { describe, expect, test } from 'vitest'
import { createMemoryClock, createMemoryCreditLedger } from '../../src/adapter/memory/index.ts'
import { purgeMargin } from '../../src/adapter/postgres/batch/retention.ts'
import type { SqlClient } from '../../src/adapter/postgres/index.ts'
import type { CreditLedger } from '../../src/port/credit-ledger.ts'
import { hour, start, team, user } from '../../src/testing/conformance/ledger/ledger-fixture.ts'
import {
  createFixture,
  idRetention,
  inBoth,
  purgedAfter,
  reserve,
  setUpWallets,
  sweepAll,
  unknown,
} from './purge-fixture.ts'

function testEach(client: () => SqlClient): void {
  describe('a hold that lapsed longer ago than its retention before the lapse is booked', () => {
    test.each([
      ['is booked as lapsed by a late settle', (ledger: CreditLedger) => ledger.settle({ hold: 'h', amount: 1n })],
      ['leaves no credits reserved when its id is reused', (ledger: CreditLedger) => ledger.reserve(reserve('h'))],
    ])('%s', async (_, ask) => {
      const fixture = await createFixture(client())
      await setUpWallets(fixture.open())
      await fixture.open().reserve(reserve('h'))
      fixture.now += hour + idRetention
      const ledger = fixture.open()
      const answer = await ask(ledger)
      expect(answer).toMatchObject(answer.ok ? { replay: false } : { reason: 'hold_unknown' })
      expect(await ledger.verify()).toEqual([])
      expect(await ledger.balance(team)).toMatchObject({ reserved: answer.ok ? 10n : 0n })
      expect(await fixture.count('hold_ancestor')).toBe(answer.ok ? 2 : 0)
    })

    test('is booked and deleted by one sweep', async () => {
      const fixture = await createFixture(client())
      const ledger = fixture.open()
      await setUpWallets(ledger)
      await ledger.reserve(reserve('h'))
      fixture.now += hour + purgedAfter
      const { booked, isDone } = await fixture.open().sweep(100)
      expect(booked).toBeGreaterThan(0)
      expect(isDone).toBe(true)
      expect([await fixture.count('hold'), await fixture.count('hold_ancestor')]).toEqual([0, 0])
      expect(await ledger.verify()).toEqual([])
      expect(await ledger.balance(team)).toMatchObject({ reserved: 0n, available: 1_000n })
    })
  })

  test('after the retention only entries and the keys of grants are left', async () => {
    const fixture = await createFixture(client())
    const ledger = fixture.open()
    await setUpWallets(ledger)
    for (let i = 0; i < 4; i += 1) await ledger.reserve(reserve(`h${i}`))
    await ledger.settle({ hold: 'h0', amount: 4n })
    await ledger.refund({ key: 'r', hold: 'h0', amount: 1n })
    await ledger.settle({ hold: 'h1', amount: 4n, part: 'p' })
    await ledger.extend({ key: 'e', hold: 'h1', ttl: 2 * hour })
    await ledger.release({ hold: 'h2' })
    await ledger.release({ hold: 'tombstone' })
    await ledger.charge({ hold: 'c', wallet: user, amount: 3n })
    fixture.now += 2 * hour + purgedAfter - 1
    await sweepAll(ledger, 100)
    expect(await fixture.count('hold')).toBe(1)
    const entries = await fixture.count('entry')
    expect(entries).toBeGreaterThan(20)
    fixture.now += 1
    await sweepAll(ledger, 100)
    expect([await fixture.count('hold'), await fixture.count('hold_ancestor'), await fixture.count('key')]).toEqual([
      0, 0, 1,
    ])
    expect(await fixture.count('entry')).toBe(entries)
    expect(await ledger.grant({ key: 'g', wallet: team, amount: 1_000n })).toEqual({ ok: true, replay: true })
    expect(await ledger.verify()).toEqual([])
  })

  test('a sweep deletes at most `limit` rows and reports whether more are left', async () => {
    const fixture = await createFixture(client())
    const ledger = fixture.open()
    await setUpWallets(ledger)
    for (let i = 0; i < 10; i += 1) await ledger.charge({ hold: `h${i}`, wallet: user, amount: 1n })
    fixture.now += purgedAfter
    // Ten holds and the keys of three wallets; the key of the grant is kept.
    for (const left of [10, 7, 4, 1, 0]) {
      expect(await ledger.sweep(3)).toEqual({ booked: 0, isDone: left === 0 })
      expect((await fixture.count('hold')) + (await fixture.count('key', `type <> 'grant'`))).toBe(left)
    }
    expect(await fixture.count('key')).toBe(1)
    for (let i = 0; i < 4; i += 1) await ledger.charge({ hold: `h${i}`, wallet: user, amount: 1n })
    fixture.now += purgedAfter
    expect(await ledger.sweep(3)).toEqual({ booked: 0, isDone: false })
    expect(await ledger.sweep(3)).toEqual({ booked: 0, isDone: true })
  })

  test('nothing is deleted a millisecond early, and all adapters forget an id at the same instant', async () => {
    const fixture = await createFixture(client())
    const clock = createMemoryClock(start)
    const ledgers = [fixture.open(), createMemoryCreditLedger({ clock, idRetention })]
    for (const ledger of ledgers) {
      await setUpWallets(ledger)
      await ledger.charge({ hold: 'c', wallet: user, amount: 3n })
      await ledger.reserve(reserve('h'))
      await ledger.settle({ hold: 'h', amount: 3n, part: 'p' })
      await ledger.release({ hold: 'h' })
    }
    const answers: unknown[] = []
    for (const age of [idRetention - 1, idRetention, purgedAfter - 1, purgedAfter]) {
      const passed = start + age - fixture.now
      fixture.now += passed
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
      const isStored = age < purgedAfter
      expect(await fixture.count('hold', `id = 'c'`)).toBe(isStored ? 1 : 0)
      expect(await fixture.count('key', `key = 'p'`)).toBe(isStored ? 1 : 0)
      expect(answers.at(-1)).toEqual(answers.at(-2))
    }
    expect(answers.map((answer) => (answer as readonly unknown[]).slice(0, 2))).toEqual(
      [true, false, false, false].flatMap((isKnown) => [
        [isKnown, isKnown],
        [isKnown, isKnown],
      ]),
    )
  })

  test('the longest retention of any process applies to every sweep', async () => {
    const fixture = await createFixture(client())
    const ledger = fixture.open()
    await setUpWallets(ledger)
    const longer = fixture.open(3 * idRetention)
    await longer.charge({ hold: 'c', wallet: user, amount: 3n })
    fixture.now += 3 * idRetention - 1
    await sweepAll(ledger, 100)
    expect(await ledger.hold('c')).toBe(undefined)
    expect(await longer.hold('c')).toMatchObject({ spent: 3n })
    fixture.now += 1 + purgeMargin
    await sweepAll(ledger, 100)
    expect(await fixture.count('hold')).toBe(0)
  })

  test('a process with a longer retention does not charge again for holds deleted before it connected', async () => {
    const fixture = await createFixture(client())
    const ledger = fixture.open()
    await setUpWallets(ledger)
    await ledger.reserve(reserve('h'))
    await ledger.settle({ hold: 'h', amount: 3n })
    const retry = (startedAt: number) => ({ hold: 'h', amount: 3n, ifUnknown: { wallet: user, startedAt } })
    fixture.now += purgedAfter
    await sweepAll(ledger, 100)
    const longer = fixture.open(100 * hour)
    expect(await longer.settle(retry(start))).toEqual(unknown)
    expect(await fixture.open(200 * hour).settle(retry(start))).toEqual(unknown)
    expect(await longer.settle({ ...retry(fixture.now - idRetention), hold: 'i' })).toMatchObject({ ok: true })
    expect((await ledger.balance(user)).spent).toBe(6n)
  })

  test('an id can be reused after its retention, before and after its hold is deleted, and the new hold stays', async () => {
    const fixture = await createFixture(client())
    const ledger = fixture.open()
    await setUpWallets(ledger)
    for (const hold of ['before', 'after']) await ledger.charge({ hold, wallet: user, amount: 3n })
    fixture.now += purgedAfter - 1
    expect(await ledger.reserve(reserve('before'))).toMatchObject({ ok: true, replay: false })
    fixture.now += 1
    await sweepAll(ledger, 100)
    expect(await fixture.count('hold')).toBe(1)
    expect(await ledger.reserve(reserve('after'))).toMatchObject({ ok: true, replay: false })
    await sweepAll(ledger, 100)
    expect(await ledger.settle({ hold: 'before', amount: 1n })).toMatchObject({ ok: true, isLate: false })
    expect(await ledger.settle({ hold: 'after', amount: 1n })).toMatchObject({ ok: true, isLate: false })
    expect(await ledger.verify()).toEqual([])
  })
}

inBoth(testEach)
