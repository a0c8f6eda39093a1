import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type {
  Charge,
  CreditLedger,
  Extend,
  Grant,
  LedgerViolation,
  PutAllowance,
  PutWallet,
  Reserve,
} from '../../../src/ledger/index.ts'
import { day, hour, start } from '../../../src/testing/conformance/ledger-fixture.ts'
import { runs } from '../runs.ts'
import { auditOf, type Methods, steps } from './ledger-audit-rig.ts'

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
    const isFound = (violation: LedgerViolation) => violation.invariant === invariant && message.test(violation.message)
    for (const program of programs) if ((await auditOf(program, breakIt)).some(isFound)) return
    expect.fail(`none of ${programs.length} programs shows ${invariant} ${message}`)
  })
})
