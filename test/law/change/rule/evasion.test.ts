import { describe, expect, test } from 'vitest'
import { getRow } from '../../../../src/model/table/table.ts'
import { authorize } from '../../../../src/policy/authorize.ts'
import {
  accepted,
  by,
  now,
  office,
  outcome,
  rejected,
  type Step,
  stateAfter,
  team,
  user,
  virtualAccount,
} from '../story.ts'

const dev = team('dev')
const bot = virtualAccount('bot')
const olga = user('olga')

describe('an actor that may create teams may not create free use', () => {
  const creations: readonly Step[] = [
    { type: 'CreateTeam', team: 'n', organization: 'acme', accessGroups: ['gpt'] },
    { type: 'CreateVirtualAccount', virtualAccount: 'n', organization: 'acme', accessGroups: ['gpt'] },
  ]
  test.each(creations)('$type: by an organization admin it is metered, and its event says so', (step) => {
    expect(accepted(office, by(olga, step)).events).toMatchObject([{ metered: true }])
    expect(accepted(office, by(user('root'), step)).events).toMatchObject([{ metered: false }])
    expect(accepted(office, step).events).toMatchObject([{ metered: false }])
  })

  test.each(creations)(
    '$type: an organization admin who asks for a free one is refused, an administrator is not',
    (step) => {
      const free = { ...step, metered: false } as Step
      expect(outcome(office, by(olga, free))).toBe('management_not_granted')
      expect(outcome(office, by(olga, { ...step, metered: true } as Step))).toBe('accepted')
      expect(accepted(office, by(user('root'), free)).events).toMatchObject([{ metered: false }])
    },
  )

  test('a team without credits cannot be created again as an unmetered one', () => {
    const poor = stateAfter(
      office,
      { type: 'AssignAccessGroup', accessGroup: 'gpt', principal: dev },
      { type: 'UpdateTeam', team: 'dev', metered: true },
    )
    const ask = { type: 'use', who: dev, model: 'gpt-4', at: now, credits: { available: '0' } } as const
    expect(authorize(ask, poor)).toMatchObject({ reason: 'credits_exhausted' })
    const again = stateAfter(
      poor,
      by(olga, { type: 'DeleteTeam', team: 'dev' }),
      by(olga, { type: 'CreateTeam', team: 'dev', organization: 'acme', accessGroups: ['gpt'] }),
    )
    expect(authorize(ask, again)).toMatchObject({ reason: 'credits_exhausted' })
  })
})

describe('a bounded actor cannot evade a restriction by deleting its subject', () => {
  const selector = { type: 'pattern', pattern: '*' } as const
  const cases: readonly (readonly [Step, typeof dev | typeof bot])[] = [
    [{ type: 'DeleteTeam', team: 'dev' }, dev],
    [{ type: 'DeleteVirtualAccount', virtualAccount: 'bot' }, bot],
  ]
  test.each(cases)('%o', (step, subject) => {
    const bound = stateAfter(office, { type: 'CreateRestriction', restriction: 'no', subject, selector })
    const { code, message, details } = rejected(bound, by(olga, step))
    expect(code).toBe('power_exceeded')
    expect(message).toMatch(/is bound by a restriction, which only an administrator lifts/)
    expect(details).toEqual({ reference: subject })
    expect(outcome(bound, by(user('root'), step))).toBe('accepted')
    expect(outcome(bound, step)).toBe('accepted')
    const brief = stateAfter(office, {
      type: 'CreateRestriction',
      restriction: 'no',
      subject,
      selector,
      expiresAt: 1_700_000_002_000,
    })
    expect(outcome(brief, { ...by(olga, step), at: 1_700_000_001_999 } as Step)).toBe('power_exceeded')
    expect(outcome(brief, { ...by(olga, step), at: 1_700_000_002_000 } as Step)).toBe('accepted')
    expect(outcome(stateAfter(bound, { type: 'DeleteRestriction', restriction: 'no' }), by(olga, step))).toBe(
      'accepted',
    )
  })

  test('a restriction on another principal does not matter', () => {
    const bound = stateAfter(office, { type: 'CreateRestriction', restriction: 'no', subject: user('mia'), selector })
    expect(outcome(bound, by(olga, { type: 'DeleteTeam', team: 'dev' }))).toBe('accepted')
  })
})

describe('a plan that brings credits makes its team metered', () => {
  const free = stateAfter(office, { type: 'CreatePlan', plan: 'free', accessGroups: ['mini'] })
  const create = (plan: string, metered?: boolean): Step => {
    return { type: 'CreateTeam', team: 'n', organization: 'acme', plan, ...(metered === undefined ? {} : { metered }) }
  }

  test('so a team on it with `metered: false` is rejected', () => {
    expect(rejected(free, create('basic', false))).toEqual({
      code: 'wallet_unknown',
      path: ['metered'],
      message: 'team `n` would have no wallet for the credits of plan `basic`, leave `metered` out or make it true',
      details: { reference: team('n') },
    })
    expect(accepted(free, create('basic')).events).toMatchObject([{ metered: true }, { amount: '100' }])
    expect(accepted(free, create('free', false)).events).toMatchObject([{ metered: false }])
    expect(outcome(free, create('nix', false))).toBe('plan_unknown')
  })

  test('and a team that is put on it becomes metered, by an event of its own', () => {
    const { events, state } = accepted(office, { type: 'SetTeamPlan', team: 'dev', plan: 'basic' })
    expect(events).toMatchObject([{ type: 'TeamPlanSet' }, { type: 'TeamUpdated', metered: true }, { amount: '100' }])
    expect(getRow(state.teams, 'dev').metered).toBe(true)
  })
})
