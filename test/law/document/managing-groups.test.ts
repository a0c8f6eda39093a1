import { describe, expect, test } from 'vitest'
import { toSnapshot } from '../../../src/model/snapshot/to-snapshot.ts'
import { acme, aliases, answer, ask, carryOut, createGroup, enact, rejectionOf, team, usable } from './world.ts'

const prod = team('acme-prod')
const dev = team('techco-dev')
const state = enact(
  acme,
  createGroup('gpt-models', 'OpenAI GPT models', 'gpt-4', 'gpt-3.5-turbo', 'gpt-4-turbo'),
  createGroup('fast-models', 'Quick responses for simple tasks', 'gpt-3.5-turbo', 'claude-3-haiku'),
  {
    type: 'CreateModelAlias',
    alias: 'gpt-4-vision',
    targets: [{ providerAccount: 'openai', model: 'gpt-4-vision' }],
  },
  {
    type: 'CreateTeam',
    organization: 'org_acme',
    team: 'acme-prod',
    accessGroups: ['gpt-models', 'fast-models'],
  },
  { type: 'CreateTeam', organization: 'org_acme', team: 'techco-dev', accessGroups: ['gpt-models'] },
)

describe('Managing access groups', () => {
  test('add models to a group: every team that has the group can use the model at once', () => {
    const added = enact(state, {
      type: 'AddAccessGroupMembers',
      accessGroup: 'gpt-models',
      members: aliases('gpt-4-vision'),
    })
    expect(answer(state, prod, 'gpt-4-vision')).toBe('model_not_granted')
    expect(answer(added, prod, 'gpt-4-vision')).toBe('allow')
    expect(answer(added, dev, 'gpt-4-vision')).toBe('allow')
  })

  test('add models to a group: an alias that it already holds changes nothing', () => {
    const again = carryOut(state, {
      type: 'AddAccessGroupMembers',
      accessGroup: 'gpt-models',
      members: aliases('gpt-4'),
    })
    expect(again.state).toBe(state)
  })

  test('remove models from a group: a team without another group that holds the model loses it', () => {
    const removed = enact(state, {
      type: 'RemoveAccessGroupMembers',
      accessGroup: 'gpt-models',
      members: aliases('gpt-3.5-turbo'),
    })
    expect(usable(removed, dev)).toEqual(['gpt-4', 'gpt-4-turbo'])
  })

  test('remove models from a group: a team with another group that holds the model keeps it, by that path only', () => {
    const removed = enact(state, {
      type: 'RemoveAccessGroupMembers',
      accessGroup: 'gpt-models',
      members: aliases('gpt-3.5-turbo'),
    })
    const gpt = { type: 'accessGroup', accessGroup: 'gpt-models', principal: prod }
    const fast = { type: 'accessGroup', accessGroup: 'fast-models', principal: prod }
    expect(ask(state, prod, 'gpt-3.5-turbo')).toMatchObject({ reach: [gpt, fast] })
    expect(ask(removed, prod, 'gpt-3.5-turbo')).toMatchObject({ reach: [fast] })
    expect(usable(removed, prod)).toEqual(usable(state, prod))
  })
})

describe('Deleting an access group', () => {
  const deleted = enact(state, { type: 'DeleteAccessGroup', accessGroup: 'gpt-models' })

  test('unassigns it from all teams', () => {
    const held = toSnapshot(deleted).teams.flatMap(({ accessGroups }) => accessGroups)
    expect(held.map(({ accessGroup }) => accessGroup)).toEqual(['fast-models'])
  })

  test('teams lose access to its models', () => {
    expect(usable(deleted, dev)).toEqual([])
    expect(answer(deleted, prod, 'gpt-4')).toBe('model_not_granted')
  })

  test('teams keep the models that other access groups give them', () => {
    expect(usable(deleted, prod)).toEqual(['claude-3-haiku', 'gpt-3.5-turbo'])
  })

  test('the aliases are kept, and another group can hold them', () => {
    const again = enact(deleted, createGroup('openai-models', 'All OpenAI models', 'gpt-4'), {
      type: 'AssignAccessGroup',
      accessGroup: 'openai-models',
      principal: dev,
    })
    expect(usable(again, dev)).toEqual(['gpt-4'])
  })

  test('a group created again under the same id has no assignments', () => {
    const again = enact(deleted, createGroup('gpt-models', 'OpenAI GPT models', 'gpt-4'))
    expect(usable(again, dev)).toEqual([])
  })

  test('a deleted group cannot be deleted again', () => {
    expect(rejectionOf(deleted, { type: 'DeleteAccessGroup', accessGroup: 'gpt-models' })).toMatchObject({
      code: 'access_group_unknown',
      path: ['accessGroup'],
      details: { reference: { type: 'accessGroup', id: 'gpt-models' } },
    })
  })
})
