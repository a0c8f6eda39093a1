import { describe, expect, test } from 'vitest'
import { createMemoryClock, createMemoryCreditLedger } from '../../../../src/memory.ts'
import { creditLimit } from '../../../../src/model/credit.ts'
import { Defect } from '../../../../src/model/defect.ts'
import type { Wallet } from '../../../../src/model/wallet.ts'
import type { Balance } from '../../../../src/port/simple-credit-ledger.ts'
import { hostileMakers } from '../../../../src/testing/arbitrary/anything.ts'

const wallet: Wallet = { type: 'team', id: 'constructor', incarnation: 7 }
const zero = { granted: 0n, available: 0n, reserved: 0n, spent: 0n, expired: 0n, revoked: 0n, overdraft: 0n }

/** A ledger with a clock at 0 and a wallet of so many units. */
async function fund(amount: bigint) {
  const clock = createMemoryClock()
  const ledger = createMemoryCreditLedger({ clock })
  if (amount > 0n) await ledger.grant({ key: 'first', wallet, amount })
  const amounts = async (of: Wallet = wallet) => {
    const balance = await ledger.balance(of)
    return Object.fromEntries(Object.entries(balance).filter(([, units]) => units !== 0n)) as Partial<Balance>
  }
  const hold = (id: string, units: bigint, expiresAt = 100) =>
    ledger.reserve({ hold: id, wallet, amount: units, expiresAt })
  return { clock, ledger, amounts, hold }
}

const done = { ok: true, replay: false }

describe('reserve is atomic', () => {
  test('of 64 callers at once on credit for 1,000 holds exactly 1,000 are admitted', async () => {
    const { ledger, amounts } = await fund(7_000n)
    const caller = async (name: number) => {
      let admitted = 0
      for (let i = 0; i < 100; i += 1) {
        const hold = `${name}-${i}`
        const result = await ledger.reserve({ hold, wallet, amount: 7n, expiresAt: 100 })
        if (result.ok) admitted += 1
        else expect(result).toMatchObject({ reason: 'credits_insufficient', retry: 'held_by_others' })
      }
      return admitted
    }
    const admitted = await Promise.all(Array.from({ length: 64 }, (_, name) => caller(name)))
    expect(admitted.reduce((a, b) => a + b)).toBe(1_000)
    expect(await amounts()).toEqual({ granted: 7_000n, reserved: 7_000n })
  })

  test('of settle, release and their repeats on one hold one wins, and the credits move once', async () => {
    for (const verbs of ['ssrr', 'rrss', 'rsrs', 'srsr']) {
      const { ledger, amounts, hold } = await fund(10n)
      await hold('h', 10n)
      const results = await Promise.all(
        [...verbs].map((verb) =>
          verb === 's' ? ledger.settle({ hold: 'h', amount: 4n }) : ledger.release({ hold: 'h' }),
        ),
      )
      expect(results.map(({ ok }) => ok)).toEqual([...verbs].map((verb) => verb === verbs[0]))
      expect(await amounts()).toEqual(
        verbs.startsWith('s') ? { granted: 10n, spent: 4n, available: 6n } : { granted: 10n, available: 10n },
      )
    }
  })

  test('a wallet without a grant has nothing, and a refusal leaves no trace', async () => {
    const { ledger, amounts, hold } = await fund(0n)
    const refused = { ok: false, reason: 'credits_insufficient', retry: 'never_fits', wallet, needed: 1n }
    expect(await hold('h', 1n)).toEqual({ ...refused, available: 0n, reserved: 0n, overdraft: 0n })
    expect(await ledger.statement(wallet)).toEqual([])
    await ledger.grant({ key: 'late', wallet, amount: 1n })
    expect(await hold('h', 1n)).toEqual(done)
    expect(await amounts()).toEqual({ granted: 1n, reserved: 1n })
  })

  test('what never fits is told apart from what others hold', async () => {
    const { hold } = await fund(10n)
    await hold('other', 6n)
    expect(await hold('h', 5n)).toMatchObject({ retry: 'held_by_others', needed: 5n, available: 4n, reserved: 6n })
    expect(await hold('h', 10n)).toMatchObject({ retry: 'held_by_others' })
    expect(await hold('h', 11n)).toMatchObject({ retry: 'never_fits' })
  })

  test('a principal made again does not find the old money', async () => {
    const { ledger, amounts } = await fund(10n)
    const again = { ...wallet, incarnation: 8 }
    expect(await amounts(again)).toEqual({})
    expect(await ledger.reserve({ hold: 'h', wallet: again, amount: 1n, expiresAt: 9 })).toMatchObject({ ok: false })
  })
})

describe('a reservation lapses by itself', () => {
  test('at its expiry and not before, once', async () => {
    const { clock, ledger, amounts, hold } = await fund(10n)
    await hold('h', 10n)
    clock.set(99)
    expect(await amounts()).toEqual({ granted: 10n, reserved: 10n })
    clock.set(100)
    expect(await hold('next', 10n, 200)).toEqual(done)
    clock.set(1_000)
    expect(await amounts()).toEqual({ granted: 10n, available: 10n })
    expect((await ledger.statement(wallet)).map(({ type, at }) => [type, at])).toEqual([
      ['granted', 0],
      ['reserved', 0],
      ['lapsed', 100],
      ['reserved', 100],
      ['lapsed', 200],
    ])
  })

  test('and is settled all the same, from what is available and then as overdraft', async () => {
    const { clock, ledger, amounts, hold } = await fund(10n)
    await hold('h', 8n)
    clock.set(100)
    const parts = { isLate: true, fromReserved: 0n, fromAvailable: 10n, fromOverdraft: 5n, returned: 0n }
    expect(await ledger.settle({ hold: 'h', amount: 15n })).toEqual({ ...done, ...parts })
    expect(await ledger.settle({ hold: 'h', amount: 15n })).toEqual({ ok: true, replay: true, ...parts })
    expect(await amounts()).toEqual({ granted: 10n, spent: 15n, overdraft: 5n })
  })

  test('and released later gives back nothing more, and is not settled then', async () => {
    const { clock, ledger, amounts, hold } = await fund(10n)
    await hold('h', 8n)
    clock.set(100)
    expect(await ledger.release({ hold: 'h' })).toEqual({ ...done, returned: 0n })
    expect(await ledger.settle({ hold: 'h', amount: 1n })).toEqual({ ok: false, reason: 'hold_released' })
    expect(await amounts()).toEqual({ granted: 10n, available: 10n })
  })

  test('and does not come back when the clock does', async () => {
    const { clock, amounts, hold } = await fund(10n)
    await hold('h', 10n)
    clock.set(100)
    await amounts()
    clock.set(0)
    expect(await hold('early', 1n, 50)).toEqual({ ok: false, reason: 'hold_expired' })
    expect(await amounts()).toEqual({ granted: 10n, available: 10n })
  })
})

describe('settling above the reservation', () => {
  test('takes the hold, then what is available, then overdraft; then nothing is reserved until a grant repays it', async () => {
    const { ledger, amounts, hold } = await fund(10n)
    await hold('h', 4n)
    await hold('other', 3n)
    const parts = { isLate: false, fromReserved: 4n, fromAvailable: 3n, fromOverdraft: 5n, returned: 0n }
    expect(await ledger.settle({ hold: 'h', amount: 12n })).toEqual({ ...done, ...parts })
    expect(await amounts()).toEqual({ granted: 10n, reserved: 3n, spent: 12n, overdraft: 5n })
    expect(await hold('next', 1n)).toMatchObject({ reason: 'overdrawn', retry: 'never_fits', overdraft: 5n })

    expect(await ledger.release({ hold: 'other' })).toEqual({ ...done, returned: 3n })
    expect(await amounts()).toEqual({ granted: 10n, spent: 12n, overdraft: 2n })
    await ledger.grant({ key: 'more', wallet, amount: 2n })
    expect(await hold('next', 1n)).toMatchObject({ reason: 'credits_insufficient', retry: 'never_fits' })
    await ledger.grant({ key: 'most', wallet, amount: 1n })
    expect(await hold('next', 1n)).toEqual(done)
    expect(await amounts()).toEqual({ granted: 13n, reserved: 1n, spent: 12n })
  })

  test('below it gives the rest back, and zero is a cost like any other', async () => {
    const { ledger, amounts, hold } = await fund(10n)
    await hold('h', 4n)
    await hold('free', 4n)
    expect(await ledger.settle({ hold: 'h', amount: 1n })).toMatchObject({ fromReserved: 1n, returned: 3n })
    expect(await ledger.settle({ hold: 'free', amount: 0n })).toMatchObject({ fromReserved: 0n, returned: 4n })
    expect(await ledger.release({ hold: 'free' })).toEqual({ ok: false, reason: 'hold_settled' })
    expect(await amounts()).toEqual({ granted: 10n, available: 9n, spent: 1n })
  })
})

describe('credits that expire', () => {
  test('burn first, the earliest first, then in the order of grants', async () => {
    const { ledger, hold } = await fund(1n)
    await ledger.grant({ key: 'late', wallet, amount: 1n, expiresAt: 90 })
    await ledger.grant({ key: 'early', wallet, amount: 1n, expiresAt: 80 })
    await ledger.grant({ key: 'early too', wallet, amount: 1n, expiresAt: 80 })
    await hold('h', 4n)
    await ledger.settle({ hold: 'h', amount: 4n })
    const spent = (await ledger.statement(wallet)).filter(({ to }) => to === 'spent')
    expect(spent.map(({ grant }) => grant)).toEqual(['early', 'early too', 'late', 'first'])
  })

  test('are expired when neither spent nor held, and what is held when it comes back', async () => {
    const { clock, ledger, amounts, hold } = await fund(0n)
    await ledger.grant({ key: 'brief', wallet, amount: 10n, expiresAt: 50 })
    await hold('h', 6n)
    clock.set(49)
    expect(await amounts()).toEqual({ granted: 10n, available: 4n, reserved: 6n })
    clock.set(50)
    expect(await amounts()).toEqual({ granted: 10n, expired: 4n, reserved: 6n })
    expect(await ledger.settle({ hold: 'h', amount: 2n })).toMatchObject({ fromReserved: 2n, returned: 4n })
    expect(await amounts()).toEqual({ granted: 10n, expired: 8n, spent: 2n })
  })

  test('at the instant a reservation lapses do so first', async () => {
    const { clock, ledger, hold } = await fund(0n)
    await ledger.grant({ key: 'brief', wallet, amount: 2n, expiresAt: 100 })
    await hold('h', 1n)
    clock.set(100)
    const entries = await ledger.statement(wallet)
    expect(entries.slice(2).map(({ type, from, to }) => [type, from, to])).toEqual([
      ['expired', 'available', 'expired'],
      ['lapsed', 'reserved', 'expired'],
    ])
  })

  test('repay overdraft first, too, when they come back', async () => {
    const { ledger, amounts, hold, clock } = await fund(0n)
    await ledger.grant({ key: 'brief', wallet, amount: 2n, expiresAt: 50 })
    await ledger.grant({ key: 'long', wallet, amount: 3n, expiresAt: 90 })
    await hold('h', 4n)
    await hold('overrun', 1n)
    await ledger.settle({ hold: 'overrun', amount: 2n })
    await ledger.settle({ hold: 'h', amount: 1n })
    expect(await amounts()).toEqual({ granted: 5n, available: 2n, spent: 3n })
    clock.set(50)
    expect(await amounts()).toEqual({ granted: 5n, available: 2n, spent: 3n })
  })

  test('before they are booked are booked as expired, and repay nothing', async () => {
    const { clock, ledger, amounts, hold } = await fund(1n)
    await hold('h', 1n)
    await ledger.settle({ hold: 'h', amount: 3n })
    clock.set(50)
    expect(await ledger.grant({ key: 'over', wallet, amount: 5n, expiresAt: 50 })).toEqual(done)
    expect(await amounts()).toEqual({ granted: 6n, expired: 5n, spent: 3n, overdraft: 2n })
  })
})

describe('a key is used once', () => {
  test('the same content gives the first result, other content is refused', async () => {
    const { clock, ledger, amounts, hold } = await fund(10n)
    const reused = { ok: false, reason: 'key_reused' }
    const again = { ok: true, replay: true }
    expect(await ledger.grant({ key: 'first', wallet: { ...wallet }, amount: 10n })).toEqual(again)
    expect(await ledger.grant({ key: 'first', wallet, amount: 11n })).toEqual(reused)
    expect(await ledger.grant({ key: 'first', wallet, amount: 10n, expiresAt: 99 })).toEqual(reused)
    expect(await ledger.grant({ key: 'first', wallet: { ...wallet, type: 'user' }, amount: 10n })).toEqual(reused)

    await hold('h', 4n)
    expect(await hold('h', 5n)).toEqual(reused)
    expect(await hold('h', 4n, 101)).toEqual(reused)
    clock.set(100)
    expect(await hold('h', 4n)).toEqual(again)
    await ledger.settle({ hold: 'h', amount: 1n })
    expect(await ledger.settle({ hold: 'h', amount: 2n })).toEqual(reused)
    expect(await hold('h', 4n)).toEqual(again)
    expect(await amounts()).toEqual({ granted: 10n, available: 9n, spent: 1n })
  })
})

describe('misuse is answered, never thrown, and changes nothing', () => {
  test.each([0n, -1n, creditLimit + 1n, 1, 0.5, '1', null, undefined])('the amount %s', async (wrong) => {
    const { ledger, amounts } = await fund(10n)
    const amount = wrong as bigint
    const invalid = { ok: false, reason: 'request_invalid', issues: [{ path: ['amount'] }] }
    expect(await ledger.grant({ key: 'k', wallet, amount })).toMatchObject(invalid)
    expect(await ledger.reserve({ hold: 'h', wallet, amount, expiresAt: 9 })).toMatchObject(invalid)
    if (wrong !== 0n) expect(await ledger.settle({ hold: 'h', amount })).toMatchObject(invalid)
    expect(await amounts()).toEqual({ granted: 10n, available: 10n })
  })

  test('keys, wallets, instants and keys too many', async () => {
    const { ledger } = await fund(10n)
    const grant = { key: 'k', wallet, amount: 1n }
    const paths = async (change: object) => {
      const result = await ledger.grant({ ...grant, ...change })
      return !result.ok && result.reason === 'request_invalid' && result.issues.map(({ path }) => path.join('.'))
    }
    expect(await paths({ key: '' })).toEqual(['key'])
    expect(await paths({ wallet: null, amount: 1 })).toEqual(['wallet', 'amount'])
    expect(await paths({ wallet: { type: 'organization', id: '\u0000', incarnation: 0.5 } })).toEqual([
      'wallet.type',
      'wallet.id',
      'wallet.incarnation',
    ])
    expect(await paths({ expiresAt: -1 })).toEqual(['expiresAt'])
    expect(await paths({ expiresat: 9 })).toEqual(['expiresat'])
    expect(await ledger.reserve({ hold: 'h', wallet, amount: 1n, expiresAt: 0 })).toMatchObject({
      reason: 'hold_expired',
    })
    expect(await ledger.settle({ hold: 'h', amount: 1n })).toEqual({ ok: false, reason: 'hold_unknown' })
    expect(await ledger.release({ hold: 'h' })).toEqual({ ok: false, reason: 'hold_unknown' })
  })

  test('anything at all', async () => {
    const { ledger, amounts } = await fund(10n)
    for (const make of hostileMakers()) {
      for (const verb of ['grant', 'reserve', 'settle', 'release'] as const) {
        expect(await ledger[verb](make() as never)).toMatchObject({ ok: false, reason: 'request_invalid' })
      }
      expect(await ledger.balance(make() as never)).toEqual(zero)
      expect(await ledger.statement(make() as never)).toEqual([])
    }
    expect(await amounts()).toEqual({ granted: 10n, available: 10n })
  })

  test('emptying a statement takes nothing out of the ledger', async () => {
    const { ledger, hold } = await fund(10n)
    await hold('h', 10n)
    ;((await ledger.statement(wallet)) as unknown[]).length = 0
    expect(await ledger.statement(wallet)).toHaveLength(2)
  })

  test('while a clock that shows no instant is a defect', async () => {
    const ledger = createMemoryCreditLedger({ clock: { now: () => Number.NaN } })
    await expect(ledger.grant({ key: 'k', wallet, amount: 1n })).rejects.toBeInstanceOf(Defect)
  })
})
