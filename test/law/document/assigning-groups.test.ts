import { describe, expect, test } from 'vitest'
import { toSnapshot } from '../../../src/model/snapshot/to-snapshot.ts'
import { acme, ask, carryOut, createGroup, enact, noon, rejectionOf, team, usable, walletOf } from './world.ts'

const groups = enact(
  acme,
  createGroup('gpt-models', 'OpenAI GPT models', 'gpt-4', 'gpt-3.5-turbo', 'gpt-4-turbo'),
  createGroup('claude-models', 'Anthropic Claude models', 'claude-3-opus', 'claude-3-sonnet', 'claude-3-haiku'),
  createGroup('gemini-models', 'Google Gemini models', 'gemini-pro', 'gemini-1.5-pro'),
)
const prod = team('acme-prod')
const creation = {
  type: 'CreateTeam',
  organization: 'org_acme',
  team: 'acme-prod',
  name: 'Production',
  accessGroups: ['gpt-models', 'claude-models'],
  credits: '1000',
} as const
const state = enact(groups, creation)

const gpt = ['gpt-3.5-turbo', 'gpt-4', 'gpt-4-turbo']
const claude = ['claude-3-haiku', 'claude-3-opus', 'claude-3-sonnet']
const gemini = ['gemini-1.5-pro', 'gemini-pro']

describe('Assigning access groups to teams', () => {
  test('during team creation: the team has its groups', () => {
    expect(usable(state, prod)).toEqual([...claude, ...gpt])
  })

  test('during team creation: its 1000 credits are an event for the ledger, and the team pays from that point on', () => {
    const { events } = carryOut(groups, creation)
    const wallet = walletOf(state, prod)
    expect(events.map(({ type }) => type)).toEqual(['TeamCreated', 'CreditsAllocated'])
    expect(events[1]).toStrictEqual({
      type: 'CreditsAllocated',
      at: noon,
      actor: { type: 'system' },
      wallet,
      amount: '1000',
    })
    expect(ask(state, prod, 'gpt-4')).toMatchObject({ effect: 'allow', payer: { type: 'wallet', wallet } })
  })

  test('update an existing team: the command has the whole set, and the new group is added', () => {
    const { state: updated, events } = carryOut(state, {
      type: 'SetAccessGroups',
      principal: prod,
      accessGroups: ['gpt-models', 'claude-models', 'gemini-models'],
    })
    expect(events).toMatchObject([{ type: 'AccessGroupsSet', removed: [], added: ['gemini-models'] }])
    expect(usable(updated, prod)).toEqual([...claude, ...gemini, ...gpt])
  })

  test('update an existing team: a group that the set omits is unassigned', () => {
    const updated = enact(state, { type: 'SetAccessGroups', principal: prod, accessGroups: ['claude-models'] })
    expect(usable(updated, prod)).toEqual(claude)
  })

  test('update an existing team: with an empty set it can use no model', () => {
    const updated = enact(state, { type: 'SetAccessGroups', principal: prod, accessGroups: [] })
    expect(usable(updated, prod)).toEqual([])
  })

  test('update an existing team: the set that it already has returns the same state object', () => {
    const applied = carryOut(state, {
      type: 'SetAccessGroups',
      principal: prod,
      accessGroups: ['claude-models', 'gpt-models'],
    })
    expect(applied.events).toEqual([])
    expect(applied.state).toBe(state)
  })

  test('via dashboard: assigning and unassigning single groups gives the same result', () => {
    const selected = enact(
      state,
      { type: 'AssignAccessGroup', accessGroup: 'gemini-models', principal: prod },
      { type: 'UnassignAccessGroup', accessGroup: 'gpt-models', principal: prod },
    )
    expect(usable(selected, prod)).toEqual([...claude, ...gemini])
  })

  test('an unknown group is not assigned, and the rejection names it', () => {
    expect(
      rejectionOf(state, {
        type: 'SetAccessGroups',
        principal: prod,
        accessGroups: ['gpt-models', 'mistral-models'],
      }),
    ).toEqual({
      code: 'access_group_unknown',
      path: ['accessGroups', 1],
      message: 'access group `mistral-models` does not exist, correct the id or create it first',
      details: { reference: { type: 'accessGroup', id: 'mistral-models' } },
    })
  })
})

describe('Viewing access groups', () => {
  const teamsOf = (organization: string, accessGroups: readonly string[], ...names: readonly string[]) =>
    names.map((name) => ({ type: 'CreateTeam', organization, team: name, accessGroups }) as const)
  const numbered = (count: number, name: string) => Array.from({ length: count }, (_, i) => `${name}-${i}`)

  test('list all access groups: every group with its number of models and teams', () => {
    const many = enact(
      groups,
      ...teamsOf('org_acme', ['gpt-models'], ...numbered(7, 'gpt-only')),
      ...teamsOf('org_acme', ['gpt-models', 'claude-models'], ...numbered(8, 'both')),
    )
    const { accessGroups, teams } = toSnapshot(many)
    const list = accessGroups.map(({ id, description, members }) => ({
      group_name: id,
      description,
      model_count: members.length,
      team_count: teams.filter((row) => row.accessGroups.some(({ accessGroup }) => accessGroup === id)).length,
    }))
    expect(list).toEqual([
      { group_name: 'claude-models', description: 'Anthropic Claude models', model_count: 3, team_count: 8 },
      { group_name: 'gemini-models', description: 'Google Gemini models', model_count: 2, team_count: 0 },
      { group_name: 'gpt-models', description: 'OpenAI GPT models', model_count: 3, team_count: 15 },
    ])
  })

  test('view access group details: its aliases with their targets, and the teams with access', () => {
    const viewed = enact(
      acme,
      createGroup('gpt-models', 'OpenAI GPT models', 'gpt-4', 'gpt-3.5-turbo'),
      ...teamsOf('org_acme', ['gpt-models'], 'acme-prod', 'techco-dev', 'client-staging'),
      ...teamsOf('org_acme', [], 'acme-dev'),
    )
    const { accessGroups, modelAliases, teams } = toSnapshot(viewed)
    const members = accessGroups.flatMap((row) => row.members)
    const details = modelAliases
      .filter(({ id }) => members.some((member) => member.type === 'alias' && member.alias === id))
      .map(({ id, description, targets }) => ({ alias: id, description, targets }))
    expect(details).toEqual([
      {
        alias: 'gpt-3.5-turbo',
        description: 'Fast and efficient',
        targets: [{ providerAccount: 'openai', model: 'gpt-3.5-turbo' }],
      },
      {
        alias: 'gpt-4',
        description: 'Most capable GPT-4 model',
        targets: [{ providerAccount: 'openai', model: 'gpt-4' }],
      },
    ])
    expect(teams.map(({ id }) => id).filter((id) => usable(viewed, team(id)).includes('gpt-4'))).toEqual([
      'acme-prod',
      'client-staging',
      'techco-dev',
    ])
  })
})
