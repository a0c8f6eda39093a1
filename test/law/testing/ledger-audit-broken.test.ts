import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type {
  Charge,
  CreditLedger,
  Extend,
  Grant,
  LedgerInvariant,
  LedgerViolation,
  PutAllowance,
  PutWallet,
  Reserve,
} from '../../../src/ledger/index.ts'
import { day, hour, start } from '../../../src/testing/conformance/ledger/ledger-fixture.ts'
import { runs } from '../runs.ts'
import { auditOf, type Methods, steps } from './ledger-audit-rig.ts'

test('the audit finds no violation in a correct ledger, and checks every rule often', async () => {
  const counts = new Map<string, number>()
  const met = (rule: string) => counts.set(rule, (counts.get(rule) ?? 0) + 1)
  await fc.assert(
    fc.asyncProperty(steps, fc.constantFrom(1, 8), async (all, atOnce) => {
      expect(await auditOf(all, undefined, atOnce, met)).toEqual([])
    }),
    runs(600),
  )
  const caps = ['ever', 'day', 'week', 'month'].map((every) => `cap for ${every}`)
  const orders = ['priority', 'expiry', 'age', 'tags', 'allowance', 'scheduled'].map((kind) => `order by ${kind}`)
  const others = ['tags that fit', 'grant that expired', 'allowance that expired', 'dormant allowance']
  const wanted = [...caps, 'changed cap', 'cap reset', ...orders, ...others]
  expect(wanted.filter((rule) => (counts.get(rule) ?? 0) < 10)).toEqual([])
})

/** Returns a copy of a request without some fields. */
function without<Request extends object>(request: Request, ...fields: readonly (keyof Request)[]): Request {
  return Object.fromEntries(
    Object.entries(request).filter(([name]) => !fields.includes(name as keyof Request)),
  ) as Request
}

/** Broken ledgers with one defect each, and the violation that the audit must find. */
const broken: readonly (readonly [
  name: string,
  invariant: LedgerInvariant,
  message: RegExp,
  (ledger: CreditLedger) => Methods,
])[] = [
  [
    'that ignores caps',
    'reserve_limits',
    /beyond the cap/,
    (ledger) => ({ putWallet: (request: PutWallet) => ledger.putWallet(without(request, 'cap')) }),
  ],
  [
    'that resets every cap each day',
    'reserve_limits',
    /beyond the cap/,
    (ledger) => ({
      putWallet: ({ cap, ...rest }: PutWallet) => {
        const period = { every: 'day', timeZone: 'UTC' } as const
        return ledger.putWallet(cap === undefined ? rest : { ...rest, cap: { ...cap, period } })
      },
    }),
  ],
  [
    'that ignores changes of a cap',
    'reserve_limits',
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
    'whose extends exceed a cap',
    'reserve_limits',
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
    'that reserves at frozen wallets',
    'reserve_limits',
    /frozen or closed/,
    (ledger) => ({ putWallet: (request: PutWallet) => ledger.putWallet(without(request, 'status')) }),
  ],
  [
    'that ignores `only` of grants',
    'burn_order',
    /bound to other tags/,
    (ledger) => ({ grant: (request: Grant) => ledger.grant(without(request, 'only')) }),
  ],
  [
    'that repays overdraft from a grant with `only`',
    'burn_order',
    /repays with grant/,
    (ledger) => ({ grant: (request: Grant) => ledger.grant(without(request, 'only')) }),
  ],
  [
    'that ignores `only` of allowances',
    'burn_order',
    /\["x",\d+\], which is bound to other tags/,
    (ledger) => ({ putAllowance: (request: PutAllowance) => ledger.putAllowance(without(request, 'only')) }),
  ],
  [
    'that lets every call use grants of any tag',
    'burn_order',
    /bound to other tags/,
    (ledger) => ({ reserve: (request: Reserve) => ledger.reserve({ ...request, tags: ['a', 'b', 'c'] }) }),
  ],
  [
    'that uses grants with `only` last',
    'burn_order',
    /took from .*, while .* had something left/,
    (ledger) => ({ reserve: (request: Reserve) => ledger.reserve(without(request, 'tags')) }),
  ],
  [
    'that owes overdraft before it uses grants with `only`',
    'burn_order',
    /took from overdraft, while .* had something left/,
    (ledger) => ({ charge: (request: Charge) => ledger.charge(without(request, 'tags')) }),
  ],
  [
    'that ignores the priorities of grants',
    'burn_order',
    /had something left/,
    (ledger) => ({ grant: (request: Grant) => ledger.grant(without(request, 'priority')) }),
  ],
  [
    'that ignores the priorities of allowances',
    'burn_order',
    /\["[xy]",\d+\].* had something left/,
    (ledger) => ({ putAllowance: (request: PutAllowance) => ledger.putAllowance(without(request, 'priority')) }),
  ],
  [
    'that burns the youngest grant first',
    'burn_order',
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
    'that never expires a grant',
    'grant_expiry',
    /should have expired/,
    (ledger) => ({ grant: (request: Grant) => ledger.grant(without(request, 'expiresAt')) }),
  ],
  [
    'that expires grants an hour late',
    'grant_expiry',
    /at a wrong time/,
    (ledger) => ({
      grant: ({ expiresAt, ...rest }: Grant) =>
        ledger.grant(expiresAt === undefined ? rest : { ...rest, expiresAt: expiresAt + hour }),
    }),
  ],
  [
    'that pays with expired grants',
    'grant_expiry',
    /entry \d+ is of grant .*, which has expired/,
    (ledger) => ({ grant: (request: Grant) => ledger.grant(without(request, 'expiresAt')) }),
  ],
  [
    'whose allowances end each day',
    'grant_expiry',
    /at a wrong time/,
    (ledger) => ({
      putAllowance: (request: PutAllowance) =>
        ledger.putAllowance({ ...request, period: { every: 'day', timeZone: 'UTC' } }),
    }),
  ],
  [
    'that makes scheduled grants available at once',
    'grant_sum',
    /not effective yet/,
    (ledger) => ({ grant: (request: Grant) => ledger.grant(without(request, 'effectiveAt')) }),
  ],
]

describe('the audit catches a ledger', () => {
  const programs = fc.sample(steps, { numRuns: 250, seed: 20_261_201 })

  test.each(broken)('%s', async (_, invariant, message, breakIt) => {
    const isFound = (violation: LedgerViolation) => violation.invariant === invariant && message.test(violation.message)
    for (const program of programs) if ((await auditOf(program, breakIt)).some(isFound)) return
    expect.fail(`none of ${programs.length} programs leads to ${invariant} ${message}`)
  })
})
