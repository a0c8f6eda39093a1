import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Command } from '../../../../src/change/message/command.ts'
import type { Event } from '../../../../src/change/message/event.ts'
import { fromSnapshot } from '../../../../src/model/snapshot/from-snapshot.ts'
import { toSnapshot } from '../../../../src/model/snapshot/to-snapshot.ts'
import { emptyState, type State } from '../../../../src/model/state/state.ts'
import { findRow, getRow, rowsOf } from '../../../../src/model/table/table.ts'
import { credit } from '../../../../src/model/value/credit.ts'
import { arbitraryCommand, arbitraryCommands } from '../../../../src/testing/arbitrary/command.ts'
import { commandPool, foundingCommands } from '../../../../src/testing/arbitrary/command-pool.ts'
import { applyUnguarded } from '../../command.ts'
import { runs } from '../../runs.ts'
import { accepted, commandOf, eventTypes, office, outcome, rejected, type Step, stateAfter, team } from '../story.ts'

const month = { every: 'month', timeZone: 'Europe/Berlin' } as const
const week = { every: 'week', timeZone: 'Europe/Berlin' } as const

/** The base state with two more plans: `monthly` brings 200 credits every month, and `large` brings 1000. */
const offered = stateAfter(
  office,
  { type: 'CreatePlan', plan: 'monthly', accessGroups: [], credits: { amount: '200', period: month } },
  { type: 'CreatePlan', plan: 'large', accessGroups: [], credits: { amount: '1000', period: month } },
  { type: 'CreatePlan', plan: 'free', accessGroups: [] },
)

const put = (plan: string | null, id = 'dev'): Step => ({ type: 'SetTeamPlan', team: id, plan })
const walletOf = (state: State, id = 'dev') => ({ ...team(id), incarnation: getRow(state.teams, id).incarnation })

/** Applies steps that must be accepted. Returns the last state and all events. */
function run(before: State, ...steps: readonly Step[]): { readonly state: State; readonly events: readonly Event[] } {
  let state = before
  const events = steps.flatMap((step) => {
    const result = accepted(state, step)
    state = result.state
    return result.events
  })
  return { state, events }
}

const allocated = (events: readonly Event[]): bigint =>
  events.reduce((sum, event) => (event.type === 'CreditsAllocated' ? sum + credit(event.amount) : sum), 0n)

/** The amount and the unit of the period of each allowance event, in order. */
const allowances = (events: readonly Event[]): string[] =>
  events.flatMap((event) => (event.type === 'AllowanceSet' ? [`${event.amount} every ${event.period.every}`] : []))

const five = <T>(...items: readonly T[]): T[] => Array.from({ length: 5 }, () => items).flat()

describe('credits that come once', () => {
  test('come once to a team, however often the plan is set', () => {
    const { state, events } = run(office, ...five(put('basic'), put(null)))
    expect(allocated(events)).toBe(credit('100'))
    expect(events.filter(({ type }) => type === 'CreditsAllocated')).toMatchObject([
      { wallet: walletOf(office), amount: '100', plan: 'basic' },
    ])
    expect(getRow(state.teams, 'dev').creditedPlans).toStrictEqual(['basic'])
    expect(allocated(run(state, put('basic', 'ops')).events)).toBe(credit('100'))
  })

  test('come once from each plan, however a team moves between plans', () => {
    const two = stateAfter(office, { type: 'CreatePlan', plan: 'more', accessGroups: [], credits: { amount: '7' } })
    expect(allocated(run(two, ...five(put('basic'), put('more'))).events)).toBe(credit('107'))
  })

  test('of a plan on which a team is created come once', () => {
    const create: Step = { type: 'CreateTeam', team: 'new', organization: 'acme', plan: 'basic' }
    expect(allocated(run(office, create, ...five(put(null, 'new'), put('basic', 'new'))).events)).toBe(credit('100'))
  })

  test('do not come again when the amount rises, nor when the credits are removed and added', () => {
    const on = stateAfter(office, put('basic'))
    const { state, events } = run(
      on,
      { type: 'UpdatePlan', plan: 'basic', credits: { amount: '500' } },
      ...[put(null), put('basic')],
      { type: 'UpdatePlan', plan: 'basic', credits: null },
      { type: 'UpdatePlan', plan: 'basic', credits: { amount: '900' } },
      ...[put(null), put('basic')],
    )
    expect(allocated(events)).toBe(0n)
    expect(allocated(run(state, put('basic', 'ops')).events)).toBe(credit('900'))
  })

  test('added to a plan come to no team on it until the team is put on the plan again', () => {
    const { state, events } = run(offered, put('free'), { type: 'UpdatePlan', plan: 'free', credits: { amount: '5' } })
    expect(allocated(events)).toBe(0n)
    expect(allocated(run(state, put(null), put('free')).events)).toBe(credit('5'))
  })

  test('come again from a plan, and to a team, that is deleted and created again', () => {
    const on = stateAfter(office, put('basic'))
    const renewed = run(
      on,
      { type: 'DeletePlan', plan: 'basic', cascade: true },
      { type: 'CreatePlan', plan: 'basic', accessGroups: [], credits: { amount: '30' } },
      ...five(put('basic'), put(null)),
    )
    expect(allocated(renewed.events)).toBe(credit('30'))
    const again = run(
      on,
      { type: 'DeleteTeam', team: 'dev' },
      { type: 'CreateTeam', team: 'dev', organization: 'acme' },
    )
    expect(allocated(run(again.state, ...five(put('basic'), put(null))).events)).toBe(credit('100'))
  })

  test('are remembered by a snapshot', () => {
    const restored = fromSnapshot(JSON.parse(JSON.stringify(toSnapshot(stateAfter(office, put('basic'), put(null))))))
    if (!restored.ok) throw new Error(JSON.stringify(restored.faults))
    expect(allocated(run(restored.state, put('basic')).events)).toBe(0n)
  })
})

describe('recurring credits', () => {
  test('are told as the allowance of the wallet, and allocate nothing', () => {
    const { state, events } = run(offered, put('monthly'))
    expect(events.map(({ type }) => type)).toStrictEqual(['TeamPlanSet', 'TeamUpdated', 'AllowanceSet'])
    const wallet = walletOf(offered)
    expect(events[2]).toMatchObject({ wallet, allowance: 'plan', amount: '200', period: month })
    expect(run(state, put(null)).events[1]).toMatchObject({ wallet, allowance: 'plan', amount: '0', period: month })
    expect(getRow(state.teams, 'dev').creditedPlans).toStrictEqual([])
  })

  test('of another plan replace the allowance under the same id, up or down', () => {
    const { events } = run(offered, put('monthly'), put('large'), put('monthly'), put('basic'), put('large'))
    expect(allowances(events)).toStrictEqual([
      '200 every month',
      '1000 every month',
      '200 every month',
      '0 every month',
      '1000 every month',
    ])
    expect(allocated(events)).toBe(credit('100'))
  })

  test('of two plans with the same amount and period are one allowance', () => {
    const same = { amount: '200.0', period: { ...month, startsOn: 1 } }
    const twin = stateAfter(offered, { type: 'CreatePlan', plan: 'twin', accessGroups: [], credits: same })
    expect(outcome(twin, { type: 'UpdatePlan', plan: 'monthly', credits: same })).toBe('unchanged')
    expect(eventTypes(stateAfter(twin, put('monthly')), put('twin'))).toStrictEqual(['TeamPlanSet'])
  })

  test('start with a team that is created on the plan, and end with the team', () => {
    const create: Step = { type: 'CreateTeam', team: 'new', organization: 'acme', plan: 'monthly', credits: '3' }
    const { state, events } = run(offered, create)
    expect(events.map(({ type }) => type)).toStrictEqual(['TeamCreated', 'AllowanceSet', 'CreditsAllocated'])
    expect(events[1]).toMatchObject({ wallet: walletOf(state, 'new'), amount: '200' })
    const ended = { type: 'AllowanceSet', wallet: walletOf(state, 'new'), amount: '0' }
    expect(run(state, { type: 'DeleteTeam', team: 'new' }).events.at(-1)).toMatchObject(ended)
    const { events: all } = run(state, { type: 'DeleteOrganization', organization: 'acme', cascade: true })
    expect(all.filter(({ type }) => type === 'AllowanceSet')).toMatchObject([ended])
    expect(rejected(offered, { ...create, credits: undefined, metered: false })).toMatchObject({
      code: 'wallet_unknown',
    })
  })

  test('that a plan gains, changes or loses are told for every metered team on the plan', () => {
    const on = stateAfter(offered, put('free'), put('free', 'ops'), { type: 'UpdateTeam', team: 'ops', metered: true })
    const change = (credits: (Step & { type: 'UpdatePlan' })['credits']): Step => {
      return { type: 'UpdatePlan', plan: 'free', credits: credits ?? null }
    }
    const { state, events } = run(
      on,
      change({ amount: '5', period: month }),
      change({ amount: '9', period: month }),
      change({ amount: '9', period: week }),
      change({ amount: '9' }),
      change({ amount: '9', period: week }),
    )
    expect(allowances(events)).toStrictEqual([
      '5 every month',
      '9 every month',
      '9 every week',
      '0 every week',
      '9 every week',
    ])
    expect(allocated(events)).toBe(0n)
    for (const event of events) if (event.type === 'AllowanceSet') expect(event.wallet).toEqual(walletOf(on, 'ops'))
    expect(allowances(run(state, change(null)).events)).toStrictEqual(['0 every week'])
    const { events: deleted } = run(state, { type: 'DeletePlan', plan: 'free', cascade: true })
    expect(deleted.map(({ type }) => type)).toStrictEqual(['PlanDeleted', 'AllowanceSet'])
    expect(allowances(deleted)).toStrictEqual(['0 every week'])
  })

  test('end while the team is not metered', () => {
    const metered = (is: boolean): Step => ({ type: 'UpdateTeam', team: 'dev', metered: is })
    const on = stateAfter(offered, put('monthly'))
    const { events } = run(on, metered(false), metered(true), { type: 'SuspendTeam', team: 'dev' })
    expect(allowances(events)).toStrictEqual(['0 every month', '200 every month'])
  })
})

test('a period needs a time zone that exists, and a day that the period has', () => {
  const create = (period: object) =>
    rejected(office, { type: 'CreatePlan', plan: 'n', accessGroups: [], credits: { amount: '1', period } }).path
  expect(create({ every: 'month' })).toEqual(['credits', 'period', 'timeZone'])
  expect(create({ every: 'month', timeZone: 'Mars/Base' })).toEqual(['credits', 'period', 'timeZone'])
  expect(create({ every: 'month', timeZone: '+01:00' })).toEqual(['credits', 'period', 'timeZone'])
  expect(create({ every: 'year', timeZone: 'UTC' })).toEqual(['credits', 'period', 'every'])
  expect(create({ every: 'week', timeZone: 'UTC', startsOn: 8 })).toEqual(['credits', 'period', 'startsOn'])
  expect(create({ every: 'day', timeZone: 'UTC', startsOn: 1 })).toEqual(['credits', 'period', 'startsOn'])
  const twice = { type: 'CreatePlan', plan: 'n', accessGroups: [], credits: { amount: '1', every: 'month' } }
  expect(rejected(office, twice).path).toEqual(['credits', 'every'])
})

test('a snapshot may name a time zone that the runtime does not know', () => {
  const snapshot = JSON.parse(JSON.stringify(toSnapshot(offered)).replaceAll('Europe/Berlin', 'Mars/Base'))
  expect(fromSnapshot(snapshot)).toMatchObject({ ok: true })
})

const relevant = new Set<Command['type']>([
  ...(['SetTeamPlan', 'CreatePlan', 'UpdatePlan', 'DeletePlan', 'CreateTeam', 'UpdateTeam', 'DeleteTeam'] as const),
  ...(['CreateOrganization', 'DeleteOrganization'] as const),
])

const setting: fc.Arbitrary<Step> = fc
  .tuple(fc.constantFrom(...commandPool.teams), fc.constantFrom(null, ...commandPool.plans))
  .map(([id, plan]) => put(plan, id))

/** Generates a history in which most commands set or change plans. */
const arbitraryHistory: fc.Arbitrary<readonly Command[]> = fc.oneof(
  { weight: 1, arbitrary: arbitraryCommands },
  {
    weight: 3,
    arbitrary: fc
      .array(
        fc.oneof(
          setting,
          arbitraryCommand.filter(({ type }) => relevant.has(type)),
        ),
        {
          maxLength: 40,
          size: 'max',
        },
      )
      .map((steps) => [...foundingCommands, ...steps.map((step) => commandOf({ ...step, actor: { type: 'system' } }))]),
  },
)

/** Applies a history. Calls `see` with the events of each accepted command and the state after it. */
function play(history: readonly Command[], see: (events: readonly Event[], state: State) => void): void {
  let state: State = emptyState
  for (const command of history) {
    const applied = applyUnguarded(command, state)
    if (!applied.ok) continue
    state = applied.state
    see(applied.events, state)
  }
}

test('in every history, a plan brings its credits at most once to a team', () => {
  let [met, repeated] = [0, 0]
  fc.assert(
    fc.property(arbitraryHistory, (history) => {
      const plans = new Map<string, number>()
      const brought = new Set<string>()
      play(history, (events) => {
        for (const event of events) {
          if (event.type === 'PlanCreated') plans.set(event.plan, (plans.get(event.plan) ?? 0) + 1)
          if (event.type !== 'CreditsAllocated' || event.plan === undefined) continue
          const { id, incarnation } = event.wallet
          const pair = JSON.stringify([id, incarnation, event.plan, plans.get(event.plan)])
          expect(brought.has(pair), pair).toBe(false)
          brought.add(pair)
          met += 1
        }
        repeated += events.some((event) => event.type === 'TeamPlanSet' && event.plan !== null) ? 1 : 0
      })
    }),
    runs(200),
  )
  expect(met).toBeGreaterThan(100)
  expect(repeated).toBeGreaterThan(met)
})

test('in every history, the last allowance told of a wallet is that of the plan of its team', () => {
  const met = { set: 0, ended: 0 }
  fc.assert(
    fc.property(arbitraryHistory, (history) => {
      const told = new Map<string, object>()
      play(history, (events, state) => {
        for (const event of events) {
          if (event.type !== 'AllowanceSet') continue
          const { wallet, amount, period } = event
          const key = JSON.stringify([wallet.id, wallet.incarnation])
          if (amount === '0') {
            expect(told.get(key)).toMatchObject({ period })
            told.delete(key)
            met.ended += 1
          } else {
            expect(told.get(key)).not.toStrictEqual({ amount, period })
            told.set(key, { amount, period })
            met.set += 1
          }
        }
        const due = new Map<string, object>()
        for (const { id, incarnation, metered, plan } of rowsOf(state.teams)) {
          const credits = metered && plan !== undefined ? findRow(state.plans, plan)?.credits : undefined
          if (credits?.period !== undefined) due.set(JSON.stringify([id, incarnation]), credits)
        }
        expect([...told].sort()).toStrictEqual([...due].sort())
      })
    }),
    runs(200),
  )
  expect(met.set).toBeGreaterThan(100)
  expect(met.ended).toBeGreaterThan(50)
})
