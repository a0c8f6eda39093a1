import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { apply } from '../../../../src/change/apply.ts'
import type { Command } from '../../../../src/change/message/command.ts'
import { emptyState, type State } from '../../../../src/model/state/state.ts'
import { credit } from '../../../../src/model/value/credit.ts'
import type { Principal } from '../../../../src/model/value/principal.ts'
import { formatPreview } from '../../../../src/query/diff/format-preview.ts'
import { type Preview, preview } from '../../../../src/query/diff/preview.ts'
import { commandPool } from '../../../../src/testing/arbitrary/command-pool.ts'
import { rowsIn } from '../../../../src/testing/arbitrary/state.ts'
import { arbitraryCommand, arbitraryCommands } from '../../../../src/testing/index.ts'
import { runs } from '../../runs.ts'
import { add, world } from '../../world.ts'
import { stateAfter } from './pair.ts'

type Said<C> = C extends Command ? Omit<C, 'actor' | 'at'> : never

const at = 1_700_000_000_100
const given = { actor: { type: 'system' }, at } as const

const paying = { type: 'team', id: 'paying' } as const

const base = world({
  plans: [{ id: 'pro', credits: { amount: '100' } }, { id: 'plain' }],
  teams: [{ id: 'acme-prod' }, { id: 'paying', metered: true }],
})

function foresee(said: readonly Said<Command>[], state: State): Preview {
  const found = preview(
    said.map((one) => ({ ...one, ...given })),
    state,
  )
  if (!found.ok) throw new Error(found.fault.message)
  return found
}

/** Generates a state, and commands of which several allocate credits to wallets of the state or set plans. */
const arbitraryPlan = arbitraryCommands.chain((founding) => {
  const state = stateAfter(founding, emptyState)
  const wallets = (['users', 'teams', 'virtualAccounts'] as const).flatMap((kind) =>
    rowsIn(state, kind).flatMap(({ id, metered }): Principal[] => (metered ? [{ type: typeOf[kind], id }] : [])),
  )
  const allocation = fc
    .record({
      principal: fc.constantFrom(...wallets, paying),
      amount: fc.constantFrom('5', '0.1', '12.50'),
      expiresAt: fc.constantFrom(undefined, undefined, 1_800_000_000_000, 1_900_000_000_000),
    })
    .map(({ expiresAt, ...said }): Command => {
      return { type: 'AllocateCredits', ...given, ...said, ...(expiresAt !== undefined && { expiresAt }) }
    })
  const setting = fc
    .record({ team: fc.constantFrom(...commandPool.teams), plan: fc.constantFrom(null, ...commandPool.plans) })
    .map((said): Command => ({ type: 'SetTeamPlan', ...given, ...said }))
  const commands = fc.array(fc.oneof({ weight: 2, arbitrary: arbitraryCommand }, allocation, setting), {
    minLength: 1,
    maxLength: 30,
  })
  return commands.map((all) => ({ state, commands: all }))
})

const typeOf = { users: 'user', teams: 'team', virtualAccounts: 'virtualAccount' } as const

/** The lines of a formatted preview about credits. */
const linesOf = (found: Preview): string[] =>
  formatPreview(found)
    .split('\n')
    .filter((line) => /receives? .*credits?|allocations? of credits/.test(line))

describe('the credits of a preview', () => {
  test('are the amounts of AllocateCredits, with the wallet and the expiry', () => {
    const expiresAt = 1_800_000_000_000
    const found = foresee([{ type: 'AllocateCredits', principal: paying, amount: '2.50', expiresAt }], base)
    expect(found.credits).toEqual([{ wallet: { ...paying, incarnation: 0 }, amount: '2.5', expiresAt }])
    expect(linesOf(found)).toEqual(['team `paying` receives 2.5 credits, until 2027-01-15T08:00:00Z'])
  })

  test('are the credits of a plan, when a team is put on the plan or created on it', () => {
    const set = foresee([{ type: 'SetTeamPlan', team: 'acme-prod', plan: 'pro' }], base)
    expect(set.credits).toEqual([{ wallet: { type: 'team', id: 'acme-prod', incarnation: 0 }, amount: '100' }])
    expect(formatPreview(set).split('\n').slice(0, 2)).toEqual([
      'command 1 would be accepted: TeamPlanSet, TeamUpdated, CreditsAllocated',
      'team `acme-prod` receives 100 credits',
    ])
    const created = foresee(
      [{ type: 'CreateTeam', organization: 'acme', team: 'new', plan: 'pro', credits: '0.000125' }],
      base,
    )
    expect(linesOf(created)).toEqual(['team `new` receives 100.000125 credits'])
    expect(foresee([{ type: 'SetTeamPlan', team: 'acme-prod', plan: 'plain' }], base).credits).toEqual([])
  })

  test('are those that a new user or virtual account receives', () => {
    const found = foresee(
      [
        { type: 'CreateUser', user: 'ann', metered: true },
        { type: 'AllocateCredits', principal: { type: 'user', id: 'ann' }, amount: '1.0' },
        { type: 'CreateVirtualAccount', organization: 'acme', virtualAccount: 'bot', credits: '7' },
      ],
      base,
    )
    expect(linesOf(found)).toEqual(['user `ann` receives 1 credit', 'virtual account `bot` receives 7 credits'])
  })

  test('are summed for each wallet and expiry', () => {
    const expiresAt = 1_800_000_000_000
    const said = { type: 'AllocateCredits', principal: paying, amount: '0.1' } as const
    const found = foresee([said, said, { ...said, expiresAt }, said], base)
    expect(found.credits).toEqual([
      { wallet: { ...paying, incarnation: 0 }, amount: '0.3' },
      { wallet: { ...paying, incarnation: 0 }, amount: '0.1', expiresAt },
    ])
  })

  test('of more than 12 wallets are listed for the first 12', () => {
    const said = Array.from(
      { length: 15 },
      (_, i) => ({ type: 'CreateTeam', organization: 'acme', team: `team-${i}`, credits: '5' }) as const,
    )
    const found = foresee(said, base)
    expect(found.credits).toHaveLength(15)
    expect(linesOf(found)).toHaveLength(13)
    expect(linesOf(found).at(-1)).toBe('and 3 more allocations of credits')
  })

  test('of a plan come once, however often the commands set it', () => {
    const toggle = [
      { type: 'SetTeamPlan', team: 'acme-prod', plan: 'pro' },
      { type: 'SetTeamPlan', team: 'acme-prod', plan: null },
    ] as const
    expect(foresee([...toggle, ...toggle, ...toggle], base).credits).toMatchObject([{ amount: '100' }])
  })

  test('of a rejected command do not count', () => {
    const said = { type: 'AllocateCredits', principal: { type: 'team', id: 'acme-prod' }, amount: '5' } as const
    const found = foresee([said], base)
    expect(found).toMatchObject({ accepted: false, credits: [] })
  })

  test('sum to exactly what the events of apply allocate', () => {
    const met = { user: 0, team: 0, virtualAccount: 0, expiring: 0, allowance: 0 }
    fc.assert(
      fc.property(arbitraryPlan, ({ state: before, commands }) => {
        let state = before
        const found = preview(commands, state)
        if (!found.ok) throw new Error(found.fault.message)
        const sums = new Map<string, bigint>()
        const allowances: object[] = []
        for (const command of commands) {
          const applied = apply(command, state)
          if (!applied.ok) continue
          state = applied.state
          for (const event of applied.events) {
            if (event.type === 'AllowanceSet') {
              const { wallet, amount, period } = event
              allowances.push({ wallet, amount, period })
            }
            if (event.type !== 'CreditsAllocated') continue
            const { type, id, incarnation } = event.wallet
            const key = JSON.stringify([type, id, incarnation, event.expiresAt ?? null])
            sums.set(key, (sums.get(key) ?? 0n) + credit(event.amount))
            met[type] += 1
            if (event.expiresAt !== undefined) met.expiring += 1
          }
        }
        const told = found.credits.map(({ wallet: { type, id, incarnation }, amount, expiresAt }) => [
          JSON.stringify([type, id, incarnation, expiresAt ?? null]),
          credit(amount),
        ])
        expect(told).toEqual([...sums])
        expect(found.allowances).toEqual(allowances)
        met.allowance += allowances.length
        expect(linesOf(found).length).toBe(sums.size > 12 ? 13 : sums.size)
      }),
      runs(600),
    )
    for (const [kind, count] of Object.entries(met)) expect([kind, count > 20 ? 'met' : count]).toEqual([kind, 'met'])
  })
})

describe('the allowances of a preview', () => {
  const berlin = { timeZone: 'Europe/Berlin' } as const
  const large = { amount: '1', period: { every: 'week', ...berlin, startsOn: 7 } } as const
  const offered = add(base, {
    plans: [
      { id: 'monthly', credits: { amount: '200', period: { every: 'month', ...berlin } } },
      { id: 'large', credits: large },
    ],
  })
  const wallet = { ...paying, incarnation: 0 }
  const put = (plan: string | null) => ({ type: 'SetTeamPlan', team: 'paying', plan }) as const

  test('are those that the commands set, replace and end, in order', () => {
    const found = foresee([put('monthly'), put('large'), put(null)], offered)
    expect(found.credits).toEqual([])
    expect(found.allowances).toEqual([
      { wallet, amount: '200', period: { every: 'month', ...berlin } },
      { wallet, ...large },
      { wallet, ...large, amount: '0' },
    ])
    expect(formatPreview(found).split('\n').slice(3, 6)).toEqual([
      'the allowance of team `paying` is 200 credits every month, in Europe/Berlin',
      'the allowance of team `paying` is 1 credit every week from Sunday, in Europe/Berlin',
      'the allowance of team `paying` ends with the current week',
    ])
  })

  test('of more than 12 are listed for the first 12', () => {
    const found = foresee(Array.from({ length: 7 }, () => [put('monthly'), put('large')]).flat(), offered)
    expect(found.allowances).toHaveLength(14)
    const lines = formatPreview(found).split('\n').slice(14)
    expect(lines[11]).toMatch(/^the allowance of team/)
    expect(lines[12]).toBe('and 2 more changes of allowances')
  })

  test('of a rejected command do not count', () => {
    expect(foresee([put('nix')], offered).allowances).toEqual([])
  })
})
