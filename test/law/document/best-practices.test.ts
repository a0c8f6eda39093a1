import { describe, expect, test } from 'vitest'
import { answerCaller } from '../../../src/policy/decision/caller-answer.ts'
import {
  aliases,
  answer,
  ask,
  basicTier,
  createGroup,
  day,
  enact,
  enterpriseTier,
  noon,
  proTier,
  rejectionOf,
  team,
  tiers,
  usable,
  user,
} from './world.ts'

const prod = team('acme-prod')
const dev = team('acme-dev')

describe('Naming conventions', () => {
  test.each([
    'gpt-models',
    'premium-models',
    'chat-optimized',
    'tier-basic',
    'tier-pro',
    'tier-enterprise',
    '4o',
    'gpt-4.1-models',
  ])('%s: lowercase with hyphens and dots is a name', (accessGroup) => {
    const state = enact(tiers, { type: 'CreateAccessGroup', accessGroup, members: [] })
    expect(rejectionOf(state, { type: 'CreateAccessGroup', accessGroup, members: [] }).code).toBe('access_group_exists')
  })

  test.each([
    'GPT Models',
    'GPT-models',
    'gpt models',
    'gpt_models',
    'gpt--models',
    'gpt-4..1-models',
    'gpt-4.-models',
    '.gpt-models',
    'gpt-models.',
    '-gpt-models',
    'gpt-models-',
    'gpt/models',
    'modèles',
    '',
  ])('%j is refused with the rule', (accessGroup) => {
    const message =
      'expected an access group name of lowercase letters and digits, separated by single hyphens or dots, as in `gpt-4.1-models`'
    expect(rejectionOf(tiers, { type: 'CreateAccessGroup', accessGroup, members: [] })).toMatchObject({
      code: 'command_invalid',
      path: ['accessGroup'],
      details: { issues: [{ path: ['accessGroup'], message }] },
    })
  })
})

describe('Organization', () => {
  test('provider groups and tier groups: a model in both is listed once, with two paths', () => {
    const state = enact(
      tiers,
      createGroup('openai-models', 'All OpenAI models', 'gpt-4', 'gpt-4-turbo', 'gpt-3.5-turbo'),
      {
        type: 'CreateTeam',
        organization: 'org_acme',
        team: 'acme-prod',
        accessGroups: ['openai-models', 'basic-models'],
      },
    )
    expect(usable(state, prod)).toEqual(['claude-3-haiku', 'gpt-3.5-turbo', 'gpt-4', 'gpt-4-turbo'])
    expect(ask(state, prod, 'gpt-3.5-turbo')).toMatchObject({
      routes: [{ providerAccount: 'openai', model: 'gpt-3.5-turbo' }],
      reach: [{ accessGroup: 'openai-models' }, { accessGroup: 'basic-models' }],
    })
  })
})

describe('Access control', () => {
  test('least privilege: a team starts without access, and has exactly what it is assigned', () => {
    const started = enact(tiers, { type: 'CreateTeam', organization: 'org_acme', team: 'acme-prod' })
    expect(usable(started, prod)).toEqual([])

    const given = enact(started, { type: 'AssignAccessGroup', accessGroup: 'basic-models', principal: prod })
    expect(usable(given, prod)).toEqual(basicTier)
  })

  test('separate dev and prod: cheaper models for testing, full access for production', () => {
    const state = enact(
      tiers,
      { type: 'CreateTeam', organization: 'org_acme', team: 'acme-dev', accessGroups: ['basic-models'] },
      {
        type: 'CreateTeam',
        organization: 'org_acme',
        team: 'acme-prod',
        accessGroups: ['basic-models', 'pro-models', 'enterprise-models'],
      },
      { type: 'CreateUser', user: 'ann' },
      { type: 'AddTeamMember', team: 'acme-dev', user: 'ann' },
      { type: 'AddTeamMember', team: 'acme-prod', user: 'ann' },
    )
    expect(usable(state, dev)).toEqual(basicTier)
    expect(usable(state, prod)).toEqual([...basicTier, ...proTier, ...enterpriseTier].sort())
    expect(answer(state, user('ann'), 'gpt-4', { team: 'acme-dev' })).toBe('model_not_granted')
    expect(answer(state, user('ann'), 'gpt-4', { team: 'acme-prod' })).toBe('allow')
  })
})

describe('Cost management: restrict expensive models to paying customers only', () => {
  const expensive = enact(
    tiers,
    createGroup('expensive-models', 'Costly models', 'gpt-4', 'claude-3-opus'),
    {
      type: 'CreateOrganization',
      organization: 'org_trial',
      entitlement: { type: 'list', accessGroups: ['basic-models'] },
    },
    {
      type: 'CreateTeam',
      organization: 'org_trial',
      team: 'trial-prod',
      accessGroups: ['basic-models', 'expensive-models'],
    },
    {
      type: 'CreateTeam',
      organization: 'org_acme',
      team: 'acme-prod',
      accessGroups: ['basic-models', 'expensive-models'],
    },
  )
  const trial = team('trial-prod')

  test('an organization that is not entitled to the group gets none of its models, even if a team is assigned it', () => {
    expect(usable(expensive, trial)).toEqual(basicTier)
    expect(usable(expensive, prod)).toEqual([...basicTier, 'claude-3-opus', 'gpt-4'].sort())
  })

  test('after the entitlement is widened, the models are available at once', () => {
    const paying = enact(expensive, {
      type: 'UpdateOrganization',
      organization: 'org_trial',
      entitlement: { type: 'list', accessGroups: ['basic-models', 'expensive-models'] },
    })
    expect(usable(paying, trial)).toEqual(usable(expensive, prod))
  })

  test('after the entitlement is narrowed, the models are denied at once', () => {
    const stopped = enact(expensive, {
      type: 'UpdateOrganization',
      organization: 'org_acme',
      entitlement: { type: 'list', accessGroups: ['basic-models'] },
    })
    expect(usable(stopped, prod)).toEqual(basicTier)
  })

  test('an organization admin cannot assign a group that the entitlement does not list', () => {
    const state = enact(
      expensive,
      { type: 'CreateUser', user: 'tim' },
      { type: 'AddOrganizationAdmin', organization: 'org_trial', admin: user('tim') },
    )
    expect(
      rejectionOf(state, {
        actor: user('tim'),
        type: 'AssignAccessGroup',
        accessGroup: 'expensive-models',
        principal: trial,
      }),
    ).toMatchObject({
      code: 'entitlement_exceeded',
      path: ['accessGroup'],
      details: { reference: { type: 'accessGroup', id: 'expensive-models' } },
    })
  })
})

describe('Cost management: gradual rollout', () => {
  const rollout = enact(
    tiers,
    createGroup('experimental-models', 'New models', 'gemini-1.5-pro'),
    { type: 'CreateTeam', organization: 'org_acme', team: 'acme-dev', accessGroups: ['experimental-models'] },
    { type: 'CreateTeam', organization: 'org_acme', team: 'acme-prod' },
  )

  test('a new model is assigned to a small test group first', () => {
    expect(usable(rollout, dev)).toEqual(['gemini-1.5-pro'])
    expect(usable(rollout, prod)).toEqual([])
  })

  test('then access is expanded, team by team', () => {
    const expanded = enact(rollout, {
      type: 'AssignAccessGroup',
      accessGroup: 'experimental-models',
      principal: prod,
    })
    expect(usable(expanded, prod)).toEqual(['gemini-1.5-pro'])
  })
})

describe('Cost management: sunset old models', () => {
  const sunsetAt = noon + 30 * day
  const state = enact(tiers, {
    type: 'CreateTeam',
    organization: 'org_acme',
    team: 'acme-prod',
    accessGroups: ['basic-models', 'pro-models', 'enterprise-models'],
  })
  const deprecated = enact(state, {
    type: 'DeprecateModelAlias',
    alias: 'gpt-4',
    sunsetAt,
    successor: 'gpt-4-turbo',
  })

  test('notify teams before removal: every decision has a notice with the sunset and the successor', () => {
    expect(ask(deprecated, prod, 'gpt-4')).toMatchObject({
      effect: 'allow',
      notices: [{ type: 'model_deprecated', sunsetAt, successor: 'gpt-4-turbo' }],
      until: sunsetAt,
    })
    expect(ask(deprecated, prod, 'gpt-4-turbo')).toMatchObject({ effect: 'allow', notices: [] })
  })

  test('provide a migration path: after its sunset the model is retired, and the denial names a successor that works', () => {
    const decision = ask(deprecated, prod, 'gpt-4', { at: sunsetAt })
    expect(decision).toStrictEqual({
      effect: 'deny',
      reason: 'model_retired',
      level: { type: 'model', id: 'gpt-4' },
      remedies: [{ type: 'use_successor', successor: 'gpt-4-turbo' }],
      version: deprecated.version,
    })
    expect(answerCaller(decision)).toMatchObject({
      reason: 'model_retired',
      message: 'the model is retired; use `gpt-4-turbo`',
    })
    expect(answer(deprecated, prod, 'gpt-4-turbo', { at: sunsetAt })).toBe('allow')
  })

  test('an alias that is retired early keeps the successor of its deprecation', () => {
    const retired = enact(deprecated, { type: 'RetireModelAlias', alias: 'gpt-4' })
    expect(ask(retired, prod, 'gpt-4')).toMatchObject({
      reason: 'model_retired',
      remedies: [{ type: 'use_successor', successor: 'gpt-4-turbo' }],
    })
  })

  test('remove deprecated models from groups: afterwards the model is not granted', () => {
    const removed = enact(deprecated, {
      type: 'RemoveAccessGroupMembers',
      accessGroup: 'enterprise-models',
      members: aliases('gpt-4'),
    })
    expect(answer(removed, prod, 'gpt-4')).toBe('model_not_granted')
  })

  test('an alias that groups hold is not deleted: the rejection lists the groups', () => {
    expect(rejectionOf(deprecated, { type: 'DeleteModelAlias', alias: 'gpt-4' })).toMatchObject({
      code: 'model_alias_referenced',
      path: ['alias'],
      details: { references: [{ type: 'accessGroup', id: 'enterprise-models' }] },
    })
  })
})
