import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type Charge,
  type CreditLedger,
  createMemoryClock,
  createMemoryCreditLedger,
  type Entry,
  type Extend,
  type Grant,
  type PutAllowance,
  type PutWallet,
  type Reserve,
  type Violation,
} from '../../../src/memory.ts'
import {
  arbitraryProgramStep,
  foundProgram,
  type ProgramStep,
  programWallets,
  takeStep,
} from '../../../src/testing/conformance/ledger-programs.ts'
import { day, hour, start, team } from '../../../src/testing/conformance/ledger-scene.ts'
import { auditLedger, noteWrites, type SentWrite } from '../../../src/testing/reference/ledger.ts'
import { runs } from '../runs.ts'

const steps = fc.array(arbitraryProgramStep, { maxLength: 60, size: 'max' })

type Methods = Partial<CreditLedger>

/** Runs a program on a ledger in memory that does some things otherwise, and audits it. */
async function auditOf(
  program: readonly ProgramStep[],
  breakIt: (ledger: CreditLedger) => Methods = () => ({}),
  atOnce = 1,
  met?: (rule: string) => void,
): Promise<readonly Violation[]> {
  const clock = createMemoryClock(start)
  const inner = createMemoryCreditLedger({ clock, idRetention: 1_000 * day })
  const methods = breakIt(inner)
  const ledger = new Proxy(inner, {
    get(target, name) {
      const value: unknown = Reflect.get(methods, name) ?? Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  const test = { ledger, pass: (milliseconds: number) => clock.advance(milliseconds), close: () => ledger.close() }
  const notes: SentWrite[] = []
  const noted = noteWrites(ledger, notes)
  await foundProgram(noted)
  for (let i = 0; i < program.length; i += atOnce) {
    await Promise.all(program.slice(i, i + atOnce).map((one) => takeStep(test, noted, one)))
  }
  return await auditLedger(ledger, programWallets, notes, met)
}

test('the audit finds nothing wrong with a ledger that keeps its promises, and every rule is met often', async () => {
  const counts = new Map<string, number>()
  const met = (rule: string) => counts.set(rule, (counts.get(rule) ?? 0) + 1)
  await fc.assert(
    fc.asyncProperty(steps, fc.constantFrom(1, 8), async (all, atOnce) => {
      expect(await auditOf(all, undefined, atOnce, met)).toEqual([])
    }),
    runs(600),
  )
  const caps = ['ever', 'day', 'week', 'month'].map((every) => `cap for ${every}`)
  const orders = ['priority', 'expiry', 'age', 'tags', 'allowance', 'what was to come'].map(
    (kind) => `order by ${kind}`,
  )
  const others = ['tags that fit', 'grant that expired', 'allowance that expired']
  const wanted = [...caps, 'cap that was changed', 'cap counted anew', ...orders, ...others]
  expect(wanted.filter((rule) => (counts.get(rule) ?? 0) < 10)).toEqual([])
})

/** A request without some of its fields. */
function without<Request extends object>(request: Request, ...fields: readonly (keyof Request)[]): Request {
  return Object.fromEntries(
    Object.entries(request).filter(([name]) => !fields.includes(name as keyof Request)),
  ) as Request
}

/** Ledgers that do one thing otherwise, and what is said of them. */
const broken: readonly (readonly [
  name: string,
  invariant: string,
  message: RegExp,
  (ledger: CreditLedger) => Methods,
])[] = [
  [
    'that knows no caps',
    'I6',
    /beyond the cap/,
    (ledger) => ({ putWallet: (request: PutWallet) => ledger.putWallet(without(request, 'cap')) }),
  ],
  [
    'that counts every cap anew each day',
    'I6',
    /beyond the cap/,
    (ledger) => ({
      putWallet: ({ cap, ...rest }: PutWallet) => {
        const period = { every: 'day', timeZone: 'UTC' } as const
        return ledger.putWallet(cap === undefined ? rest : { ...rest, cap: { ...cap, period } })
      },
    }),
  ],
  [
    'that keeps to the first cap of a wallet',
    'I6',
    /beyond the cap/,
    (ledger) => {
      const first = new Map<string, PutWallet['cap']>()
      return {
        putWallet: ({ cap, ...rest }: PutWallet) => {
          const name = JSON.stringify(rest.wallet)
          if (!first.has(name)) first.set(name, cap)
          const kept = first.get(name)
          return ledger.putWallet(kept === undefined ? rest : { ...rest, cap: kept })
        },
      }
    },
  ],
  [
    'whose extensions exceed a cap',
    'I6',
    /beyond the cap/,
    (ledger) => {
      let times = 0
      const puts = new Map<string, PutWallet>()
      return {
        putWallet: (request: PutWallet) => {
          puts.set(JSON.stringify(request.wallet), request)
          return ledger.putWallet(request)
        },
        extend: async (request: Extend) => {
          for (const put of puts.values()) {
            times += 1
            await ledger.putWallet({ ...without(put, 'cap'), key: `lift ${times}` })
          }
          const answer = await ledger.extend(request)
          for (const put of puts.values()) await ledger.putWallet({ ...put, key: `${put.key} again ${times}` })
          return answer
        },
      }
    },
  ],
  [
    'that reserves at wallets which are frozen',
    'I6',
    /frozen or closed/,
    (ledger) => ({ putWallet: (request: PutWallet) => ledger.putWallet(without(request, 'status')) }),
  ],
  [
    'that binds no grant to tags',
    'I11',
    /bound to other tags/,
    (ledger) => ({ grant: (request: Grant) => ledger.grant(without(request, 'only')) }),
  ],
  [
    'that repays with what is bound to tags',
    'I11',
    /repays with grant/,
    (ledger) => ({ grant: (request: Grant) => ledger.grant(without(request, 'only')) }),
  ],
  [
    'that binds no allowance to tags',
    'I11',
    /\["x",\d+\], which is bound to other tags/,
    (ledger) => ({ putAllowance: (request: PutAllowance) => ledger.putAllowance(without(request, 'only')) }),
  ],
  [
    'that takes for every call from what is bound to any tag',
    'I11',
    /bound to other tags/,
    (ledger) => ({ reserve: (request: Reserve) => ledger.reserve({ ...request, tags: ['a', 'b', 'c'] }) }),
  ],
  [
    'that leaves what is bound to tags to the last',
    'I11',
    /took from .*, while .* had something left/,
    (ledger) => ({ reserve: (request: Reserve) => ledger.reserve(without(request, 'tags')) }),
  ],
  [
    'that owes before it takes what is bound to tags',
    'I11',
    /took from overdraft, while .* had something left/,
    (ledger) => ({ charge: (request: Charge) => ledger.charge(without(request, 'tags')) }),
  ],
  [
    'that knows no priorities of grants',
    'I11',
    /had something left/,
    (ledger) => ({ grant: (request: Grant) => ledger.grant(without(request, 'priority')) }),
  ],
  [
    'that knows no priorities of allowances',
    'I11',
    /\["[xy]",\d+\].* had something left/,
    (ledger) => ({ putAllowance: (request: PutAllowance) => ledger.putAllowance(without(request, 'priority')) }),
  ],
  [
    'that burns the youngest grant first',
    'I11',
    /had something left/,
    (ledger) => {
      let times = 0
      return {
        grant: (request: Grant) => {
          times += 1
          return ledger.grant({ expiresAt: start + 10_000 * day - times, ...request })
        },
      }
    },
  ],
  [
    'that expires nothing',
    'I13',
    /should have expired/,
    (ledger) => ({ grant: (request: Grant) => ledger.grant(without(request, 'expiresAt')) }),
  ],
  [
    'that expires grants an hour late',
    'I13',
    /at another time/,
    (ledger) => ({
      grant: ({ expiresAt, ...rest }: Grant) =>
        ledger.grant(expiresAt === undefined ? rest : { ...rest, expiresAt: expiresAt + hour }),
    }),
  ],
  [
    'that pays with what has expired',
    'I13',
    /entry \d+ is of grant .*, which has expired/,
    (ledger) => ({ grant: (request: Grant) => ledger.grant(without(request, 'expiresAt')) }),
  ],
  [
    'whose allowances end with the day',
    'I13',
    /at another time/,
    (ledger) => ({
      putAllowance: (request: PutAllowance) =>
        ledger.putAllowance({ ...request, period: { every: 'day', timeZone: 'UTC' } }),
    }),
  ],
  [
    'that grants at once what is to come',
    'I4',
    /still to come/,
    (ledger) => ({ grant: (request: Grant) => ledger.grant(without(request, 'effectiveAt')) }),
  ],
]

describe('the audit catches a ledger', () => {
  const programs = fc.sample(steps, { numRuns: 250, seed: 20_261_201 })

  test.each(broken)('%s', async (_, invariant, message, breakIt) => {
    const isFound = (violation: Violation) => violation.invariant === invariant && message.test(violation.message)
    for (const program of programs) if ((await auditOf(program, breakIt)).some(isFound)) return
    expect.fail(`none of ${programs.length} programs shows ${invariant} ${message}`)
  })
})

const step = (write: string, request: ProgramStep['request']): ProgramStep => ({ write, request })
const pass = (milliseconds: number) => step('pass', { milliseconds })
const reserve = (hold: string, amount: bigint, more: object = {}) =>
  step('reserve', { hold, wallet: team, amount, ttl: hour, ...more })
const grant = (key: string, amount: bigint, more: object = {}) => step('grant', { key, wallet: team, amount, ...more })

/** A ledger whose statement of the team is another. */
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

describe('the audit reads a statement closely', () => {
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

  /** A ledger that forgets its cap for one hold. */
  const generous = (ledger: CreditLedger): Methods => ({
    reserve: async (request: Reserve) => {
      if (request.hold === 'i') await ledger.putWallet({ key: 'more', wallet: team, funding: 'own' })
      return await ledger.reserve(request)
    },
  })

  test('a cap counts by the days of its time zone, what costs may exceed it, and what was held before counts', async () => {
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
    expect(met.filter((rule) => rule === 'cap counted anew')).toHaveLength(2)
    // Midnight in New York is at four, so all but the first is of another day.
    const early = [...capped, pass(22 * hour), reserve('h', 10n), step('settle', { hold: 'h', amount: 10n })]
    const later = [...early, pass(3 * hour), reserve('i', 1n)]
    expect(await auditOf(later)).toEqual([])
    const violations = await auditOf(later, inUtc)
    expect(violations).toMatchObject([{ invariant: 'I6', wallet: team, message: 'entry 4 reserved beyond the cap' }])
  })

  test('what was held in an earlier period counts as held in the next', async () => {
    const before = [...capped, pass(3 * hour), reserve('h', 4n, { ttl: day }), pass(hour)]
    expect(await auditOf([...before, reserve('i', 6n)])).toEqual([])
    expect(await auditOf([...before, reserve('i', 7n)], generous)).toMatchObject([
      { invariant: 'I6', message: 'entry 3 reserved beyond the cap' },
    ])
  })

  test('a refund of an earlier period makes no room beyond the cap', async () => {
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
      { invariant: 'I6', message: 'entry 5 reserved beyond the cap' },
    ])
  })

  test('of caps that change at once with a reservation the mildest counts, of those that changed before the last', async () => {
    const put = (key: string, amount: bigint) =>
      step('putWallet', { key, wallet: team, funding: 'own', cap: { amount } })
    const before = [grant('g', 100n), put('a', 50n), put('b', 5n)]
    const lifted = (ledger: CreditLedger): Methods => ({
      reserve: async (request: Reserve) => {
        await ledger.putWallet({ key: `lift ${request.hold}`, wallet: team, funding: 'own' })
        return await ledger.reserve(request)
      },
    })
    expect(await auditOf([...before, reserve('h', 20n)], lifted)).toMatchObject([{ invariant: 'I6' }])
    expect(await auditOf([grant('g', 100n), put('a', 50n), reserve('h', 20n), put('b', 5n)], undefined, 4)).toEqual([])
    expect(await auditOf([reserve('h', 60n), grant('g', 100n), put('a', 50n), put('b', 5n)], lifted, 4)).toEqual([])
  })

  test('the grant of a refund burns by its age', async () => {
    const program = [
      grant('brief', 10n, { expiresAt: start + hour }),
      reserve('h', 10n),
      step('settle', { hold: 'h', amount: 10n }),
      pass(2 * hour),
      step('refund', { key: 'back', hold: 'h', amount: 10n }),
      grant('young', 10n),
      reserve('i', 5n),
    ]
    expect(await auditOf(program)).toEqual([])
    expect(await auditOf(program, restated(swap('back', 'young', ['reserved'])))).toMatchObject([
      { invariant: 'I11', message: 'entry 6 took from ["young",null], while ["back",null] had something left' },
    ])
  })

  test('what was to come is as old as it was granted', async () => {
    const program = [
      grant('old', 10n, { effectiveAt: start + 2 * hour }),
      pass(hour),
      grant('young', 10n),
      pass(hour),
      reserve('i', 5n),
    ]
    expect(await auditOf(program)).toEqual([])
    expect(await auditOf(program, restated(swap('old', 'young', ['reserved'])))).toMatchObject([
      { invariant: 'I11', message: 'entry 3 took from ["young",null], while ["old",null] had something left' },
    ])
  })

  test('a hold spends, and gives back, of each grant what it holds of it', async () => {
    const program = [
      grant('a', 10n),
      grant('b', 10n),
      reserve('h', 10n),
      reserve('i', 10n),
      step('settle', { hold: 'h', amount: 10n }),
    ]
    expect(await auditOf(program)).toEqual([])
    expect(await auditOf(program, restated(swap('a', 'b', ['settled'])))).toMatchObject([
      { invariant: 'I3', message: 'entry 5 is of credits that hold h does not hold' },
    ])
  })

  test('nothing is reserved while something is owed', async () => {
    const program = [grant('a', 10n), reserve('h', 10n), step('charge', { hold: 'c', wallet: team, amount: 3n })]
    const turned = (entries: readonly Entry[]) =>
      [entries[0], entries[2], entries[1]].flatMap((entry, i) => (entry ? { ...entry, sequence: i + 1 } : []))
    expect(await auditOf(program)).toEqual([])
    expect(await auditOf(program, restated(turned))).toContainEqual(
      expect.objectContaining({ invariant: 'I6', message: 'entry 3 reserved while something is owed' }),
    )
  })
})
