import { describe, expect, test } from 'vitest'
import {
  aliases,
  answer,
  ask,
  basicTier,
  carryOut,
  createGroup,
  enact,
  enterpriseTier,
  proTier,
  rejectionOf,
  team,
  tiers,
  usable,
  walletOf,
} from './world.ts'

const prod = team('acme-prod')
const allThree = [...basicTier, ...proTier, ...enterpriseTier].sort()

/** A state with the three plans of the model-access-group guide. The guide specifies credits only for the last plan. */
const plans = enact(
  tiers,
  { type: 'CreatePlan', plan: 'starter', name: 'Starter Plan', accessGroups: ['basic-models'] },
  {
    type: 'CreatePlan',
    plan: 'professional',
    name: 'Professional Plan',
    accessGroups: ['basic-models', 'pro-models'],
  },
  {
    type: 'CreatePlan',
    plan: 'enterprise',
    name: 'Enterprise Plan',
    accessGroups: ['basic-models', 'pro-models', 'enterprise-models'],
    credits: { amount: '20000' },
  },
)
const onStarter = enact(plans, { type: 'CreateTeam', organization: 'org_acme', team: 'acme-prod', plan: 'starter' })
const onEnterprise = enact(onStarter, { type: 'SetTeamPlan', team: 'acme-prod', plan: 'enterprise' })

describe('Strategy 1: tiered plans', () => {
  test('starter: GPT-3.5-turbo and Claude 3 Haiku', () => {
    expect(usable(onStarter, prod)).toEqual(['claude-3-haiku', 'gpt-3.5-turbo'])
  })

  test('professional: all basic and GPT-4-turbo, Claude 3 Sonnet', () => {
    const state = enact(onStarter, { type: 'SetTeamPlan', team: 'acme-prod', plan: 'professional' })
    expect(usable(state, prod)).toEqual([...basicTier, ...proTier].sort())
    expect(usable(state, prod)).toEqual(expect.arrayContaining([...basicTier, 'gpt-4-turbo', 'claude-3-sonnet']))
  })

  test('enterprise: the models of all three tiers', () => {
    expect(usable(onEnterprise, prod)).toEqual(allThree)
  })

  test('enterprise: setting the plan allocates 20000 credits, and the team pays from that point on', () => {
    const { state, events } = carryOut(onStarter, { type: 'SetTeamPlan', team: 'acme-prod', plan: 'enterprise' })
    const wallet = walletOf(state, prod)
    expect(events.filter(({ type }) => type === 'CreditsAllocated')).toMatchObject([{ wallet, amount: '20000' }])
    expect(ask(onStarter, prod, 'gpt-3.5-turbo')).toMatchObject({ payer: { type: 'none' } })
    expect(ask(state, prod, 'gpt-3.5-turbo')).toMatchObject({ payer: { type: 'wallet', wallet } })
  })

  test('creating a team on a plan allocates the credits of the plan', () => {
    const { state, events } = carryOut(plans, {
      type: 'CreateTeam',
      organization: 'org_acme',
      team: 'acme-dev',
      plan: 'enterprise',
    })
    expect(events.map(({ type }) => type)).toEqual(['TeamCreated', 'CreditsAllocated'])
    expect(usable(state, team('acme-dev'))).toEqual(allThree)
  })

  test('setting the plan that a team already has allocates nothing', () => {
    const again = carryOut(onEnterprise, { type: 'SetTeamPlan', team: 'acme-prod', plan: 'enterprise' })
    expect(again.events).toEqual([])
    expect(again.state).toBe(onEnterprise)
  })

  test('the decision names the group and the plan that give the model', () => {
    expect(ask(onEnterprise, prod, 'claude-3-opus')).toMatchObject({
      reach: [{ type: 'accessGroup', accessGroup: 'enterprise-models', principal: prod, plan: 'enterprise' }],
    })
  })

  test('changing a plan changes the access of every team on it at once', () => {
    const richer = enact(onStarter, {
      type: 'UpdatePlan',
      plan: 'starter',
      accessGroups: ['basic-models', 'pro-models'],
    })
    expect(usable(richer, prod)).toEqual([...basicTier, ...proTier].sort())

    const wider = enact(onStarter, {
      type: 'AddAccessGroupMembers',
      accessGroup: 'basic-models',
      members: aliases('gemini-pro'),
    })
    expect(usable(wider, prod)).toEqual(['claude-3-haiku', 'gemini-pro', 'gpt-3.5-turbo'])
  })

  test('a downgrade takes the groups of the plan and keeps those assigned to the team', () => {
    const custom = enact(onEnterprise, createGroup('acme-custom', 'Custom models for ACME Corp', 'gpt-4'), {
      type: 'AssignAccessGroup',
      accessGroup: 'acme-custom',
      principal: prod,
    })
    const downgraded = enact(custom, { type: 'SetTeamPlan', team: 'acme-prod', plan: 'starter' })
    expect(usable(downgraded, prod)).toEqual([...basicTier, 'gpt-4'])
  })

  test('a team without a plan has no groups of the former plan', () => {
    const off = enact(onEnterprise, { type: 'SetTeamPlan', team: 'acme-prod', plan: null })
    expect(usable(off, prod)).toEqual([])
  })

  test('a plan with a team is not deleted, and the rejection names the team', () => {
    expect(rejectionOf(onStarter, { type: 'DeletePlan', plan: 'starter' })).toMatchObject({
      code: 'plan_referenced',
      path: ['plan'],
      details: { references: [{ type: 'team', id: 'acme-prod' }] },
    })
  })
})

const providers = enact(
  tiers,
  createGroup('openai-models', 'All OpenAI models', 'gpt-4', 'gpt-4-turbo', 'gpt-3.5-turbo'),
  createGroup('anthropic-models', 'All Anthropic Claude models', 'claude-3-opus', 'claude-3-sonnet', 'claude-3-haiku'),
  createGroup('google-models', 'Google Gemini models', 'gemini-pro', 'gemini-1.5-pro'),
)

describe('Strategy 2: provider-based pricing', () => {
  test('OpenAI only', () => {
    const state = enact(providers, {
      type: 'CreateTeam',
      organization: 'org_acme',
      team: 'acme-prod',
      accessGroups: ['openai-models'],
    })
    expect(usable(state, prod)).toEqual(['gpt-3.5-turbo', 'gpt-4', 'gpt-4-turbo'])
  })

  test('multi-provider: every model of the three providers, and 5000 credits', () => {
    const { state, events } = carryOut(providers, {
      type: 'CreateTeam',
      organization: 'org_acme',
      team: 'acme-prod',
      accessGroups: ['openai-models', 'anthropic-models', 'google-models'],
      credits: '5000',
    })
    expect(usable(state, prod)).toEqual(allThree)
    expect(events.at(-1)).toMatchObject({ type: 'CreditsAllocated', amount: '5000' })
  })
})

describe('Strategy 3: use case bundles', () => {
  const bundles = enact(
    tiers,
    createGroup('chat-models', 'Optimized for conversation', 'gpt-3.5-turbo', 'claude-3-sonnet'),
    createGroup('analysis-models', 'Complex reasoning and analysis', 'gpt-4', 'claude-3-opus'),
    { type: 'CreatePlan', plan: 'chat-bundle', accessGroups: ['chat-models'] },
    { type: 'CreatePlan', plan: 'analysis-bundle', accessGroups: ['analysis-models'] },
    { type: 'CreateTeam', organization: 'org_acme', team: 'acme-chat', plan: 'chat-bundle' },
    { type: 'CreateTeam', organization: 'org_acme', team: 'acme-analysis', plan: 'analysis-bundle' },
  )

  test('each bundle gives only its own models', () => {
    expect(usable(bundles, team('acme-chat'))).toEqual(['claude-3-sonnet', 'gpt-3.5-turbo'])
    expect(usable(bundles, team('acme-analysis'))).toEqual(['claude-3-opus', 'gpt-4'])
    expect(answer(bundles, team('acme-chat'), 'gpt-4')).toBe('model_not_granted')
  })
})
