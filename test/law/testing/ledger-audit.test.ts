import { describe, expect, test } from 'vitest'
import type { CreditLedger, Entry, PutWallet, Reserve } from '../../../src/ledger/index.ts'
import { day, hour, start, team } from '../../../src/testing/conformance/ledger/ledger-fixture.ts'
import type { ProgramStep } from '../../../src/testing/conformance/ledger/program/ledger-programs.ts'
import { auditOf, type Methods } from './ledger-audit-rig.ts'

const step = (write: string, request: ProgramStep['request']): ProgramStep => ({ write, request })
const pass = (milliseconds: number) => step('pass', { milliseconds })
const reserve = (hold: string, amount: bigint, more: object = {}) =>
  step('reserve', { hold, wallet: team, amount, ttl: hour, ...more })
const grant = (key: string, amount: bigint, more: object = {}) => step('grant', { key, wallet: team, amount, ...more })

/** Replaces the method `statement` of a ledger. `change` alters the entries of the team's statement. */
const restated =
  (change: (entries: readonly Entry[]) => readonly Entry[]) =>
  (ledger: CreditLedger): Methods => ({
    async *statement(wallet, after) {
      const entries: Entry[] = []
      for await (const entry of ledger.statement(wallet, after)) entries.push(entry)
      yield* wallet.type === 'team' ? change(entries) : entries
    },
  })

const swap =
  (one: string, other: string, types: readonly Entry['type'][]) =>
  (entries: readonly Entry[]): readonly Entry[] =>
    entries.map((entry) => {
      if (!types.includes(entry.type) || (entry.grant !== one && entry.grant !== other)) return entry
      return { ...entry, grant: entry.grant === one ? other : one }
    })

describe('the audit', () => {
  const daily = { every: 'day', timeZone: 'America/New_York' } as const
  const capped: readonly ProgramStep[] = [
    step('putWallet', { key: 'w', wallet: team, funding: 'own', cap: { amount: 10n, period: daily } }),
    grant('g', 100n),
  ]
  const inUtc = (ledger: CreditLedger): Methods => ({
    putWallet: (request: PutWallet) => {
      const { cap, ...rest } = request
      const period = { every: 'day', timeZone: 'UTC' } as const
      return ledger.putWallet(cap === undefined ? rest : { ...rest, cap: { ...cap, period } })
    },
  })

  /**
   * Replaces the method `reserve` of a ledger. The new method removes the team's cap before it reserves the hold `i`.
   */
  const generous = (ledger: CreditLedger): Methods => ({
    reserve: async (request: Reserve) => {
      if (request.hold === 'i') await ledger.putWallet({ key: 'more', wallet: team, funding: 'own' })
      return await ledger.reserve(request)
    },
  })

  test('accepts a cap that resets by its own time zone and is exceeded by costs, and finds one that resets by UTC', async () => {
    const met: string[] = []
    const program = [
      ...capped,
      pass(hour),
      reserve('h', 10n),
      step('settle', { hold: 'h', amount: 25n }),
      pass(3 * hour),
      reserve('i', 4n, { ttl: day }),
      step('extend', { key: 'e', hold: 'i', ttl: day, increase: 20n, minIncrease: 1n }),
      reserve('j', 1n),
    ]
    expect(await auditOf(program, undefined, 1, (rule) => met.push(rule))).toEqual([])
    expect(met.filter((rule) => rule === 'cap reset')).toHaveLength(2)
    // Midnight in New York is 04:00 UTC, so all but the first reservation are on another day.
    const early = [...capped, pass(22 * hour), reserve('h', 10n), step('settle', { hold: 'h', amount: 10n })]
    const later = [...early, pass(3 * hour), reserve('i', 1n)]
    expect(await auditOf(later)).toEqual([])
    const violations = await auditOf(later, inUtc)
    expect(violations).toMatchObject([
      { invariant: 'reserve_limits', wallet: team, message: 'entry 4 reserved beyond the cap' },
    ])
  })

  test('counts a hold of an earlier period against the cap of the next', async () => {
    const before = [...capped, pass(3 * hour), reserve('h', 4n, { ttl: day }), pass(hour)]
    expect(await auditOf([...before, reserve('i', 6n)])).toEqual([])
    expect(await auditOf([...before, reserve('i', 7n)], generous)).toMatchObject([
      { invariant: 'reserve_limits', message: 'entry 3 reserved beyond the cap' },
    ])
  })

  test('finds a reservation beyond the cap after a refund of an earlier period', async () => {
    const program = [
      ...capped,
      reserve('h', 10n),
      step('settle', { hold: 'h', amount: 10n }),
      pass(day),
      step('refund', { key: 'r', hold: 'h', amount: 10n }),
      reserve('i', 12n, { minAmount: 1n }),
    ]
    expect(await auditOf(program)).toEqual([])
    expect(await auditOf(program, generous)).toMatchObject([
      { invariant: 'reserve_limits', message: 'entry 5 reserved beyond the cap' },
    ])
  })

  test('applies the most permissive of concurrently changed caps, and the last of those changed before', async () => {
    const put = (key: string, amount: bigint) =>
      step('putWallet', { key, wallet: team, funding: 'own', cap: { amount } })
    const before = [grant('g', 100n), put('a', 50n), put('b', 5n)]
    const lifted = (ledger: CreditLedger): Methods => ({
      reserve: async (request: Reserve) => {
        await ledger.putWallet({ key: `lift ${request.hold}`, wallet: team, funding: 'own' })
        return await ledger.reserve(request)
      },
    })
    expect(await auditOf([...before, reserve('h', 20n)], lifted)).toMatchObject([{ invariant: 'reserve_limits' }])
    expect(await auditOf([grant('g', 100n), put('a', 50n), reserve('h', 20n), put('b', 5n)], undefined, 4)).toEqual([])
    expect(await auditOf([reserve('h', 60n), grant('g', 100n), put('a', 50n), put('b', 5n)], lifted, 4)).toEqual([])
  })

  test('finds a younger grant burned before the grant of a refund', async () => {
    const program = [
      grant('brief', 10n, { expiresAt: start + hour }),
      reserve('h', 10n),
      step('settle', { hold: 'h', amount: 10n }),
      pass(2 * hour),
      step('refund', { key: 'back', hold: 'h', amount: 10n, expiresAt: start + 9 * day }),
      grant('young', 10n),
      reserve('i', 5n),
    ]
    expect(await auditOf(program)).toEqual([])
    expect(await auditOf(program, restated(swap('back', 'young', ['reserved'])))).toMatchObject([
      { invariant: 'burn_order', message: 'entry 6 took from ["young",null], while ["back",null] had something left' },
    ])
  })

  test('counts the age of a scheduled grant from its write, not from its effective instant', async () => {
    const program = [
      grant('old', 10n, { effectiveAt: start + 2 * hour }),
      pass(hour),
      grant('young', 10n),
      pass(hour),
      reserve('i', 5n),
    ]
    expect(await auditOf(program)).toEqual([])
    expect(await auditOf(program, restated(swap('old', 'young', ['reserved'])))).toMatchObject([
      { invariant: 'burn_order', message: 'entry 3 took from ["young",null], while ["old",null] had something left' },
    ])
  })

  test('finds a settle that takes from a grant of which the hold holds nothing', async () => {
    const program = [
      grant('a', 10n),
      grant('b', 10n),
      reserve('h', 10n),
      reserve('i', 10n),
      step('settle', { hold: 'h', amount: 10n }),
    ]
    expect(await auditOf(program)).toEqual([])
    expect(await auditOf(program, restated(swap('a', 'b', ['settled'])))).toMatchObject([
      { invariant: 'hold_sum', message: 'entry 5 takes credits that hold h does not hold' },
    ])
  })

  test('finds a reservation while the wallet is overdrawn', async () => {
    const program = [grant('a', 10n), reserve('h', 10n), step('charge', { hold: 'c', wallet: team, amount: 3n })]
    const reordered = (entries: readonly Entry[]) =>
      [entries[0], entries[2], entries[1]].flatMap((entry, i) => (entry ? { ...entry, sequence: i + 1 } : []))
    expect(await auditOf(program)).toEqual([])
    expect(await auditOf(program, restated(reordered))).toContainEqual(
      expect.objectContaining({
        invariant: 'reserve_limits',
        message: 'entry 3 reserved while the wallet is overdrawn',
      }),
    )
  })

  const changed = (sequence: number, change: Partial<Entry>) =>
    restated((entries: readonly Entry[]) =>
      entries.map((entry) => (entry.sequence === sequence ? { ...entry, ...change } : entry)),
    )
  const bound = [
    grant('bound', 5n, { only: ['a', 'b'], expiresAt: start + hour }),
    step('charge', { hold: 'c', wallet: team, amount: 7n, tags: ['a'] }),
  ]

  test('finds overdraft that is restricted to other tags than those of the credits that paid, or to none', async () => {
    expect(await auditOf(bound)).toEqual([])
    for (const only of [undefined, ['b'], ['a', 'b']]) {
      expect(await auditOf(bound, changed(3, { only } as Partial<Entry>))).toContainEqual(
        expect.objectContaining({ invariant: 'burn_order', message: expect.stringContaining('with other tags') }),
      )
    }
  })

  test('finds credits that repay overdraft of other tags', async () => {
    const program = [...bound, grant('other', 5n, { only: ['b'] }), grant('same', 1n, { only: ['a'] })]
    expect(await auditOf(program)).toEqual([])
    expect(await auditOf(program, restated(swap('same', 'other', ['granted'])))).toContainEqual(
      expect.objectContaining({ invariant: 'burn_order', message: expect.stringContaining('bound to other tags') }),
    )
  })

  test('finds a refund to an expired grant that is available, one to a live grant that is not, and a wrong name', async () => {
    const refund = step('refund', { key: 'r', hold: 'c', amount: 4n })
    const late = [...bound, pass(2 * hour), refund]
    expect(await auditOf(late)).toEqual([])
    expect(await auditOf(late, changed(5, { to: 'available' }))).toContainEqual(
      expect.objectContaining({ invariant: 'grant_expiry' }),
    )
    const early = [...bound, refund]
    expect(await auditOf(early)).toEqual([])
    expect(await auditOf(early, changed(5, { to: 'expired' }))).toContainEqual(
      expect.objectContaining({ invariant: 'grant_expiry', message: expect.stringContaining('has not expired') }),
    )
    expect(await auditOf(early, changed(5, { refunds: 1 }))).toContainEqual(
      expect.objectContaining({ invariant: 'hold_lifecycle', message: expect.stringContaining('no earlier cost') }),
    )
  })
})
