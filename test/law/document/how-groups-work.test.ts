import { describe, expect, test } from 'vitest'
import { acme, aliases, answer, ask, createGroup, enact, noon, route, team, usable } from './world.ts'

const state = enact(
  acme,
  createGroup('gpt-models', 'OpenAI GPT models', 'gpt-4', 'gpt-3.5-turbo'),
  createGroup('claude-models', 'Anthropic Claude models', 'claude-3-opus', 'claude-3-sonnet'),
  {
    type: 'CreateTeam',
    organization: 'org_acme',
    team: 'acme-prod',
    name: 'Production',
    accessGroups: ['gpt-models', 'claude-models'],
  },
)
const prod = team('acme-prod')

describe('How model access groups work', () => {
  test('the team can use gpt-4, gpt-3.5-turbo, claude-3-opus and claude-3-sonnet, and no other model', () => {
    expect(usable(state, prod)).toEqual(['claude-3-opus', 'claude-3-sonnet', 'gpt-3.5-turbo', 'gpt-4'])
  })

  test.each([
    ['gpt-models', 'gpt-4', route('openai', 'gpt-4')],
    ['gpt-models', 'gpt-3.5-turbo', route('openai', 'gpt-3.5-turbo')],
    ['claude-models', 'claude-3-opus', route('anthropic', 'claude-3-opus-20240229')],
    ['claude-models', 'claude-3-sonnet', route('anthropic', 'claude-3-sonnet-20240229')],
  ])('through %s, %s leads to one route', (accessGroup, model, target) => {
    expect(ask(state, prod, model)).toStrictEqual({
      effect: 'allow',
      type: 'use',
      principal: prod,
      team: 'acme-prod',
      routes: [target],
      payer: { type: 'none' },
      walletPath: [{ type: 'organization', id: 'org_acme', incarnation: 12 }],
      reach: [{ type: 'accessGroup', accessGroup, principal: prod }],
      notices: [],
      cacheScope: { type: 'organization', id: 'org_acme', incarnation: 12 },
      version: state.version,
    })
  })

  test('another model of the same provider is not granted', () => {
    expect(ask(state, prod, 'gpt-4-turbo')).toStrictEqual({
      effect: 'deny',
      reason: 'model_not_granted',
      level: prod,
      remedies: [{ type: 'grant_access', principals: [prod], model: 'gpt-4-turbo' }],
      version: state.version,
    })
  })

  test('a group grants aliases, not the concrete models behind them', () => {
    expect(answer(state, prod, 'openai/gpt-4')).toBe('model_not_granted')
  })

  test('a team without groups can use no model', () => {
    const started = enact(state, { type: 'CreateTeam', organization: 'org_acme', team: 'acme-new' })
    expect(usable(started, team('acme-new'))).toEqual([])
  })

  test('a group without models gives no access', () => {
    const empty = enact(
      state,
      { type: 'CreateAccessGroup', accessGroup: 'no-models', members: aliases() },
      { type: 'CreateTeam', organization: 'org_acme', team: 'acme-new', accessGroups: ['no-models'] },
    )
    expect(usable(empty, team('acme-new'))).toEqual([])
  })

  test('every member of the team can use the models of the team, and no other user can', () => {
    const people = enact(
      state,
      { type: 'CreateUser', user: 'ann' },
      { type: 'CreateUser', user: 'bob' },
      { type: 'AddTeamMember', team: 'acme-prod', user: 'ann' },
    )
    const four = usable(state, prod)
    expect(usable(people, { type: 'user', id: 'ann' })).toEqual(four)
    expect(usable(people, { type: 'user', id: 'ann' }, { team: 'acme-prod', at: noon })).toEqual(four)
    expect(usable(people, { type: 'user', id: 'bob' })).toEqual([])
  })
})
