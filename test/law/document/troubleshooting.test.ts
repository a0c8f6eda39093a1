import { describe, expect, test } from 'vitest'
import { toSnapshot } from '../../../src/model/snapshot/to-snapshot.ts'
import { findRow, hasRow } from '../../../src/model/table/table.ts'
import { acme, alias, aliases, answer, ask, createGroup, enact, rejectionOf, team, usable } from './world.ts'

const prod = team('acme-prod')
const state = enact(
  acme,
  createGroup('gpt-models', 'OpenAI GPT models', 'gpt-4', 'gpt-3.5-turbo'),
  createGroup('claude-models', 'Anthropic Claude models', 'claude-3-opus', 'claude-3-sonnet'),
  { type: 'CreateTeam', organization: 'org_acme', team: 'acme-prod', accessGroups: ['claude-models'] },
)

describe('Team can’t access model: a client reports "model access denied" for gpt-4', () => {
  test('check the team’s access groups: none of them holds gpt-4', () => {
    const groups = findRow(state.teams, 'acme-prod')?.accessGroups.map(({ accessGroup }) => accessGroup)
    expect(groups).toEqual(['claude-models'])
    expect(ask(state, prod, 'gpt-4')).toMatchObject({
      reason: 'model_not_granted',
      level: prod,
      remedies: [{ type: 'grant_access', principals: [prod], model: 'gpt-4' }],
    })
  })

  test('check if any access group contains the model: gpt-models does', () => {
    const holding = toSnapshot(state).accessGroups.filter(({ members }) =>
      members.some((member) => member.type === 'alias' && member.alias === 'gpt-4'),
    )
    expect(holding.map(({ id }) => id)).toEqual(['gpt-models'])
  })

  test('add the missing access group: the next call is allowed, and the team keeps its other models', () => {
    const fixed = enact(state, { type: 'AssignAccessGroup', accessGroup: 'gpt-models', principal: prod })
    expect(answer(fixed, prod, 'gpt-4')).toBe('allow')
    expect(usable(fixed, prod)).toEqual(['claude-3-opus', 'claude-3-sonnet', 'gpt-3.5-turbo', 'gpt-4'])
  })
})

describe('Model alias not found: an access group won’t accept a model alias', () => {
  const addition = { type: 'AddAccessGroupMembers', accessGroup: 'gpt-models', members: aliases('gpt-4o') } as const

  test('verify the model alias exists: the command is rejected, and the rejection names the alias', () => {
    expect(hasRow(state.modelAliases, 'gpt-4o')).toBe(false)
    expect(rejectionOf(state, addition)).toEqual({
      code: 'model_alias_unknown',
      path: ['members', 0, 'alias'],
      message: 'model alias `gpt-4o` does not exist, correct the id or create it first',
      details: { reference: { type: 'modelAlias', id: 'gpt-4o' } },
    })
  })

  test('with one unknown alias among others, none of them is added', () => {
    const several = { ...addition, members: aliases('claude-3-haiku', 'gpt-4o') }
    expect(rejectionOf(state, several)).toMatchObject({ code: 'model_alias_unknown', path: ['members', 1, 'alias'] })
  })

  test('create the missing model alias, then add it to the group', () => {
    const fixed = enact(
      state,
      { type: 'AddModels', providerAccount: 'openai', models: ['gpt-4o'] },
      { type: 'CreateModelAlias', alias: 'gpt-4o', targets: [{ providerAccount: 'openai', model: 'gpt-4o' }] },
      addition,
      { type: 'AssignAccessGroup', accessGroup: 'gpt-models', principal: prod },
    )
    expect(answer(fixed, prod, 'gpt-4o')).toBe('allow')
  })
})

describe('Access group changes not taking effect', () => {
  test('the next decision uses the updated state, without a restart', () => {
    expect(answer(state, prod, 'gpt-4')).toBe('model_not_granted')
    const updated = enact(state, {
      type: 'SetAccessGroups',
      principal: prod,
      accessGroups: ['claude-models', 'gpt-models'],
    })
    expect(answer(updated, prod, 'gpt-4')).toBe('allow')
    const taken = enact(updated, { type: 'SetAccessGroups', principal: prod, accessGroups: ['claude-models'] })
    expect(answer(taken, prod, 'gpt-4')).toBe('model_not_granted')
  })

  test('verify the update succeeded: the decision has the version of its state', () => {
    const updated = enact(state, { type: 'AssignAccessGroup', accessGroup: 'gpt-models', principal: prod })
    expect(ask(state, prod, 'gpt-4').version).toBe(state.version)
    expect(ask(updated, prod, 'gpt-4').version).toBe(state.version + 1)
  })

  test('an older state still gives its older decision, because states are immutable', () => {
    enact(state, { type: 'AssignAccessGroup', accessGroup: 'gpt-models', principal: prod })
    expect(answer(state, prod, 'gpt-4')).toBe('model_not_granted')
  })

  test('check the model is in the group: an alias added to a group of the team is available at once', () => {
    const updated = enact(state, {
      type: 'AddAccessGroupMembers',
      accessGroup: 'claude-models',
      members: [alias('claude-3-haiku')],
    })
    expect(answer(updated, prod, 'claude-3-haiku')).toBe('allow')
  })
})
