import { describe, expect, test } from 'vitest'
import {
  answer,
  ask,
  basicTier,
  carryOut,
  createGroup,
  day,
  enact,
  enterpriseTier,
  hour,
  noon,
  proTier,
  team,
  tiers,
  usable,
  walletOf,
} from './world.ts'

const prod = team('acme-prod')
const dev = team('acme-dev')

describe('Workflow 1: upgrade a team to a higher tier', () => {
  const before = enact(tiers, {
    type: 'CreateTeam',
    organization: 'org_acme',
    team: 'acme-prod',
    accessGroups: ['basic-models'],
    credits: '1000',
  })
  const upgraded = enact(before, {
    type: 'SetAccessGroups',
    principal: prod,
    accessGroups: ['basic-models', 'pro-models', 'enterprise-models'],
  })

  test('check current access: only the basic models', () => {
    expect(usable(before, prod)).toEqual(basicTier)
  })

  test('update access groups: the models of the higher tier are added', () => {
    expect(usable(upgraded, prod)).toEqual([...basicTier, ...proTier, ...enterpriseTier].sort())
  })

  test('add more credits for higher usage: 10000 for the same wallet, exactly once', () => {
    const { state, events } = carryOut(upgraded, { type: 'AllocateCredits', principal: prod, amount: '10000' })
    expect(events).toStrictEqual([
      {
        type: 'CreditsAllocated',
        at: noon,
        actor: { type: 'system' },
        wallet: walletOf(before, prod),
        amount: '10000',
      },
    ])
    expect(usable(state, prod)).toEqual(usable(upgraded, prod))
  })
})

describe('Workflow 2: custom access for an enterprise client', () => {
  const state = enact(
    tiers,
    {
      type: 'CreateTeam',
      organization: 'org_acme',
      team: 'acme-prod',
      accessGroups: ['basic-models', 'pro-models'],
    },
    createGroup('acme-custom', 'Custom models for ACME Corp', 'gpt-4', 'claude-3-opus', 'gemini-1.5-pro'),
    { type: 'SetAccessGroups', principal: prod, accessGroups: ['acme-custom'] },
  )

  test('the team has exactly the models of its custom group', () => {
    expect(usable(state, prod)).toEqual(['claude-3-opus', 'gemini-1.5-pro', 'gpt-4'])
  })

  test('no other team has the custom group', () => {
    const other = enact(state, { type: 'CreateTeam', organization: 'org_acme', team: 'acme-dev' })
    expect(usable(other, dev)).toEqual([])
  })
})

describe('Workflow 3: temporarily grant access for testing', () => {
  const state = enact(
    tiers,
    createGroup('current-models', 'What is in use', 'gpt-3.5-turbo', 'claude-3-haiku'),
    createGroup('experimental-models', 'What is being tried', 'gemini-1.5-pro'),
    { type: 'CreateTeam', organization: 'org_acme', team: 'acme-dev', accessGroups: ['current-models'] },
  )
  const current = ['claude-3-haiku', 'gpt-3.5-turbo']

  test('assign, monitor, unassign: the team has the new model only in between', () => {
    const testing = enact(state, {
      type: 'SetAccessGroups',
      principal: dev,
      accessGroups: ['current-models', 'experimental-models'],
    })
    expect(usable(testing, dev)).toEqual(['claude-3-haiku', 'gemini-1.5-pro', 'gpt-3.5-turbo'])
    expect(ask(testing, dev, 'gemini-1.5-pro')).toMatchObject({ reach: [{ accessGroup: 'experimental-models' }] })

    const after = enact(testing, { type: 'SetAccessGroups', principal: dev, accessGroups: ['current-models'] })
    expect(usable(after, dev)).toEqual(current)
  })

  const end = noon + 7 * day
  const granted = enact(state, {
    type: 'AssignAccessGroup',
    accessGroup: 'experimental-models',
    principal: dev,
    expiresAt: end,
  })

  test('an assignment with a window ends without a further command', () => {
    expect(usable(granted, dev)).toEqual(['claude-3-haiku', 'gemini-1.5-pro', 'gpt-3.5-turbo'])
    expect(answer(granted, dev, 'gemini-1.5-pro', { at: end - 1 })).toBe('allow')
    expect(answer(granted, dev, 'gemini-1.5-pro', { at: end })).toBe('model_not_granted')
    expect(usable(granted, dev, { at: end })).toEqual(current)
  })

  test('the decision has the end of the assignment, and its own `until`', () => {
    expect(ask(granted, dev, 'gemini-1.5-pro')).toStrictEqual({
      effect: 'allow',
      type: 'use',
      principal: dev,
      team: 'acme-dev',
      routes: [{ providerAccount: 'google', model: 'gemini-1.5-pro' }],
      payer: { type: 'none' },
      walletPath: [{ type: 'organization', id: 'org_acme', incarnation: 12 }],
      reach: [{ type: 'accessGroup', accessGroup: 'experimental-models', principal: dev, until: end }],
      notices: [],
      cacheScope: { type: 'organization', id: 'org_acme', incarnation: 12 },
      until: end,
      version: granted.version,
    })
    expect(ask(granted, dev, 'gpt-3.5-turbo')).not.toHaveProperty('until')
  })

  test('an assignment with a later start gives nothing before it', () => {
    const planned = enact(state, {
      type: 'AssignAccessGroup',
      accessGroup: 'experimental-models',
      principal: dev,
      startsAt: noon + hour,
      expiresAt: end,
    })
    const at = (instant: number) => answer(planned, dev, 'gemini-1.5-pro', { at: instant })
    expect([at(noon), at(noon + hour - 1), at(noon + hour), at(end)]).toEqual([
      'model_not_granted',
      'model_not_granted',
      'allow',
      'model_not_granted',
    ])
  })

  test('setting the groups that were read keeps a temporary assignment temporary', () => {
    const rewritten = enact(granted, {
      type: 'SetAccessGroups',
      principal: dev,
      accessGroups: ['current-models', 'experimental-models'],
    })
    expect(answer(rewritten, dev, 'gemini-1.5-pro', { at: end })).toBe('model_not_granted')
  })

  test('assigning again for longer extends the window, and for shorter changes nothing', () => {
    const longer = enact(granted, {
      type: 'AssignAccessGroup',
      accessGroup: 'experimental-models',
      principal: dev,
      expiresAt: end + day,
    })
    expect(answer(longer, dev, 'gemini-1.5-pro', { at: end })).toBe('allow')
    expect(answer(longer, dev, 'gemini-1.5-pro', { at: end + day })).toBe('model_not_granted')

    const shorter = carryOut(granted, {
      type: 'AssignAccessGroup',
      accessGroup: 'experimental-models',
      principal: dev,
      expiresAt: noon + day,
    })
    expect(shorter.state).toBe(granted)
  })

  test('the assignment can be revoked before its end', () => {
    const taken = enact(granted, { type: 'UnassignAccessGroup', accessGroup: 'experimental-models', principal: dev })
    expect(usable(taken, dev)).toEqual(current)
  })
})
