import { describe, expect, test } from 'vitest'
import { toSnapshot } from '../../../src/model/snapshot/to-snapshot.ts'
import { acme, aliases, carryOut, createGroup, enact, noon, team, tiers, usable } from './world.ts'

describe('Creating model access groups', () => {
  test('a group is created with its name, description and models, and the response has them', () => {
    const { state, events } = carryOut(acme, {
      type: 'CreateAccessGroup',
      accessGroup: 'gpt-models',
      description: 'OpenAI GPT models',
      members: aliases('gpt-4', 'gpt-3.5-turbo', 'gpt-4-turbo'),
    })
    expect(events).toStrictEqual([
      {
        type: 'AccessGroupCreated',
        at: noon,
        actor: { type: 'system' },
        accessGroup: 'gpt-models',
        description: 'OpenAI GPT models',
        members: aliases('gpt-4', 'gpt-3.5-turbo', 'gpt-4-turbo'),
      },
    ])
    expect(toSnapshot(state).accessGroups).toEqual([
      {
        id: 'gpt-models',
        description: 'OpenAI GPT models',
        members: aliases('gpt-3.5-turbo', 'gpt-4', 'gpt-4-turbo'),
        createdAt: Date.parse('2024-10-14T12:00:00Z'),
      },
    ])
  })

  test('the group of the quick reference', () => {
    const state = enact(acme, createGroup('gpt-models', 'OpenAI GPT models', 'gpt-4', 'gpt-3.5-turbo'), {
      type: 'CreateTeam',
      organization: 'org_acme',
      team: 'acme-prod',
      accessGroups: ['gpt-models'],
    })
    expect(usable(state, team('acme-prod'))).toEqual(['gpt-3.5-turbo', 'gpt-4'])
  })

  test('a new group gives no access until it is assigned', () => {
    const before = enact(acme, { type: 'CreateTeam', organization: 'org_acme', team: 'acme-prod' })
    const after = enact(before, createGroup('gpt-models', 'OpenAI GPT models', 'gpt-4'))
    expect(usable(after, team('acme-prod'))).toEqual([])
  })
})

const providers = enact(
  acme,
  createGroup('openai-models', 'All OpenAI models', 'gpt-4', 'gpt-4-turbo', 'gpt-3.5-turbo'),
  createGroup('anthropic-models', 'All Anthropic Claude models', 'claude-3-opus', 'claude-3-sonnet', 'claude-3-haiku'),
  createGroup('google-models', 'Google Gemini models', 'gemini-pro', 'gemini-1.5-pro'),
)
const useCases = enact(
  acme,
  createGroup('chat-models', 'Optimized for conversation', 'gpt-3.5-turbo', 'claude-3-sonnet'),
  createGroup('analysis-models', 'Complex reasoning and analysis', 'gpt-4', 'claude-3-opus'),
  createGroup('fast-models', 'Quick responses for simple tasks', 'gpt-3.5-turbo', 'claude-3-haiku'),
)

describe('Common access group setups', () => {
  test.each([
    ['by provider', providers, 'openai-models', ['gpt-3.5-turbo', 'gpt-4', 'gpt-4-turbo']],
    ['by provider', providers, 'anthropic-models', ['claude-3-haiku', 'claude-3-opus', 'claude-3-sonnet']],
    ['by provider', providers, 'google-models', ['gemini-1.5-pro', 'gemini-pro']],
    ['by pricing tier', tiers, 'basic-models', ['claude-3-haiku', 'gpt-3.5-turbo']],
    ['by pricing tier', tiers, 'pro-models', ['claude-3-sonnet', 'gemini-pro', 'gpt-4-turbo']],
    ['by pricing tier', tiers, 'enterprise-models', ['claude-3-opus', 'gemini-1.5-pro', 'gpt-4']],
    ['by use case', useCases, 'chat-models', ['claude-3-sonnet', 'gpt-3.5-turbo']],
    ['by use case', useCases, 'analysis-models', ['claude-3-opus', 'gpt-4']],
    ['by use case', useCases, 'fast-models', ['claude-3-haiku', 'gpt-3.5-turbo']],
  ])('%s: a team with %3$s alone can use exactly its models', (_, setup, accessGroup, models) => {
    const state = enact(setup, {
      type: 'CreateTeam',
      organization: 'org_acme',
      team: 'acme-prod',
      accessGroups: [accessGroup],
    })
    expect(usable(state, team('acme-prod'))).toEqual(models)
  })

  test('by provider: a pattern holds every existing Claude alias, and later ones', () => {
    const state = enact(
      acme,
      {
        type: 'CreateAccessGroup',
        accessGroup: 'anthropic-models',
        members: [{ type: 'aliasPattern', pattern: 'claude-*' }],
      },
      { type: 'CreateTeam', organization: 'org_acme', team: 'acme-prod', accessGroups: ['anthropic-models'] },
    )
    expect(usable(state, team('acme-prod'))).toEqual(['claude-3-haiku', 'claude-3-opus', 'claude-3-sonnet'])

    const grown = enact(
      state,
      { type: 'AddModels', providerAccount: 'anthropic', models: ['claude-3-5-sonnet-20240620'] },
      {
        type: 'CreateModelAlias',
        alias: 'claude-3.5-sonnet',
        targets: [{ providerAccount: 'anthropic', model: 'claude-3-5-sonnet-20240620' }],
      },
    )
    expect(usable(grown, team('acme-prod'))).toContain('claude-3.5-sonnet')
  })
})
