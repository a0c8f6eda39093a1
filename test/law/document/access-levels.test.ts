import { describe, expect, test } from 'vitest'
import { emptyState, type State } from '../../../src/model/state/state.ts'
import { findRow, idsOf } from '../../../src/model/table/table.ts'
import { answer, ask, day, enact, noon, power, rejectionOf, route, type Step, team, usable, user } from './world.ts'

/** Accounts at three providers, each with several models, and users without any access. */
const accounts = enact(
  emptyState,
  {
    type: 'CreateProviderAccount',
    providerAccount: 'openai',
    models: ['gpt-4', 'gpt-3.5-turbo'],
    settings: { baseUrl: 'https://api.openai.com/v1' },
  },
  {
    type: 'CreateProviderAccount',
    providerAccount: 'anthropic',
    models: ['claude-3-opus-20240229', 'claude-3-sonnet-20240229'],
  },
  { type: 'CreateProviderAccount', providerAccount: 'bedrock', models: ['anthropic.claude-3-haiku-20240307-v1:0'] },
  { type: 'CreateModelAlias', alias: 'gpt-4', targets: [{ providerAccount: 'openai', model: 'gpt-4' }] },
  { type: 'CreateUser', user: 'mona' },
  { type: 'CreateUser', user: 'uma' },
  { type: 'CreateUser', user: 'nico' },
)
const mona = user('mona')
const uma = user('uma')
const nico = user('nico')

const granted = enact(
  accounts,
  { type: 'GrantRole', principal: mona, providerAccount: 'openai', role: 'manager' },
  { type: 'GrantRole', principal: uma, providerAccount: 'openai', role: 'user' },
)
const openai = { type: 'providerAccount', id: 'openai' } as const
const everyOpenaiModel = ['gpt-4', 'openai/gpt-3.5-turbo', 'openai/gpt-4']

describe('Provider accounts in the gateway', () => {
  test('each account has its models, and creating an account gives no principal access', () => {
    expect([...idsOf(accounts.providerAccounts)].sort()).toEqual(['anthropic', 'bedrock', 'openai'])
    expect(usable(accounts, mona)).toEqual([])
  })
})

/**
 * The actions of a manager in the provider-account access guide: to change settings, models and the access of others.
 * `isDone` checks the state after the step.
 */
const managing: readonly (readonly [what: string, step: Step, isDone: (state: State) => boolean])[] = [
  [
    'modify provider account settings',
    { type: 'UpdateProviderAccount', providerAccount: 'openai', settings: { baseUrl: 'https://proxy.acme.example' } },
    (state) => findRow(state.providerAccounts, 'openai')?.settings['baseUrl'] === 'https://proxy.acme.example',
  ],
  [
    'add models',
    { type: 'AddModels', providerAccount: 'openai', models: ['gpt-4-turbo'] },
    (state) => answer(state, uma, 'openai/gpt-4-turbo') === 'allow',
  ],
  [
    'remove models',
    { type: 'RemoveModels', providerAccount: 'openai', models: ['gpt-3.5-turbo'] },
    (state) => answer(state, uma, 'openai/gpt-3.5-turbo') === 'model_unknown',
  ],
  [
    'take a model out of service',
    { type: 'SuspendModel', providerAccount: 'openai', model: 'gpt-4' },
    (state) => answer(state, uma, 'gpt-4') === 'model_unavailable',
  ],
  [
    'grant access to others',
    { type: 'GrantRole', principal: nico, providerAccount: 'openai', role: 'user' },
    (state) => answer(state, nico, 'gpt-4') === 'allow',
  ],
  [
    'make others managers',
    { type: 'GrantRole', principal: nico, providerAccount: 'openai', role: 'manager' },
    (state) => power(state, nico, openai) === 'providerAccountManager',
  ],
  [
    'revoke the access of others',
    { type: 'RevokeRole', principal: uma, providerAccount: 'openai', role: 'user' },
    (state) => answer(state, uma, 'gpt-4') === 'model_not_granted',
  ],
]

describe('Provider account manager', () => {
  test.each(managing)('can %s', (_, step, isDone) => {
    expect(isDone(granted)).toBe(false)
    expect(isDone(enact(granted, { ...step, actor: mona }))).toBe(true)
  })

  test('can also use all models of the account', () => {
    expect(usable(granted, mona)).toEqual(everyOpenaiModel)
  })

  test('is allowed a manage request, as the pages of a gateway make it', () => {
    expect(power(granted, mona, openai)).toBe('providerAccountManager')
  })

  test.each([
    ['another account', { type: 'AddModels', providerAccount: 'anthropic', models: ['claude-3-haiku-20240307'] }],
    ['whether the account exists', { type: 'DeleteProviderAccount', providerAccount: 'openai' }],
    ['the public names of models', { type: 'CreateModelAlias', alias: 'gpt', targets: [route('openai', 'gpt-4')] }],
    ['access groups', { type: 'CreateAccessGroup', accessGroup: 'gpt-models', members: [] }],
  ] as const)('has no say over %s', (_, step) => {
    expect(rejectionOf(granted, { ...step, actor: mona }).code).toBe('management_not_granted')
  })

  test('for a limited time: grants nothing beyond that time, and manages nothing after it', () => {
    const end = noon + 7 * day
    const deputy = enact(accounts, {
      type: 'GrantRole',
      principal: nico,
      providerAccount: 'openai',
      role: 'manager',
      expiresAt: end,
    })
    const grant = { type: 'GrantRole', actor: nico, principal: uma, providerAccount: 'openai', role: 'user' } as const
    expect(rejectionOf(deputy, grant)).toMatchObject({
      code: 'window_exceeded',
      details: { windows: [{ expiresAt: end }] },
    })
    expect(answer(enact(deputy, { ...grant, expiresAt: end }), uma, 'gpt-4')).toBe('allow')
    expect(rejectionOf(deputy, { ...grant, at: end, expiresAt: end + day }).code).toBe('management_not_granted')
  })
})

describe('Provider account user', () => {
  test('can use all models of the provider account, and no others', () => {
    expect(usable(granted, uma)).toEqual(everyOpenaiModel)
  })

  test('gets a decision that names its role and route', () => {
    expect(ask(granted, uma, 'openai/gpt-4')).toStrictEqual({
      effect: 'allow',
      type: 'use',
      principal: uma,
      routes: [route('openai', 'gpt-4')],
      payer: { type: 'none' },
      walletPath: [],
      reach: [{ type: 'role', role: 'user', providerAccount: 'openai', principal: uma }],
      notices: [],
      cacheScope: { type: 'user', id: 'uma', incarnation: 6 },
      version: granted.version,
    })
  })

  test.each(managing)('cannot %s', (_, step, isDone) => {
    expect(rejectionOf(granted, { ...step, actor: uma })).toMatchObject({
      code: 'management_not_granted',
      path: ['actor'],
      message: expect.stringMatching(/^user `uma` .*ask an administrator$/),
    })
    expect(isDone(granted)).toBe(false)
  })

  test('is denied a manage request, as the pages of a gateway make it', () => {
    expect(power(granted, uma, openai)).toBe('management_not_granted')
  })
})

describe('Assigning a role to a team or a user', () => {
  const teamed = enact(
    accounts,
    { type: 'CreateOrganization', organization: 'org_acme', entitlement: { type: 'unlimited' } },
    { type: 'CreateTeam', organization: 'org_acme', team: 'acme-prod' },
    { type: 'AddTeamMember', team: 'acme-prod', user: 'mona' },
    { type: 'AddTeamMember', team: 'acme-prod', user: 'uma' },
    { type: 'CreateTeam', organization: 'org_acme', team: 'acme-dev' },
    { type: 'AddTeamMember', team: 'acme-dev', user: 'nico' },
  )
  const grant = { type: 'GrantRole', principal: team('acme-prod'), providerAccount: 'openai' } as const

  test('user role of a team: every member can use every model, and none can manage', () => {
    const state = enact(teamed, { ...grant, role: 'user' })
    for (const member of [mona, uma]) {
      expect(usable(state, member)).toEqual(everyOpenaiModel)
      expect(power(state, member, openai)).toBe('management_not_granted')
    }
  })

  test('manager role of a team: every member can manage', () => {
    const state = enact(teamed, { ...grant, role: 'manager' })
    for (const member of [mona, uma]) {
      expect(usable(state, member)).toEqual(everyOpenaiModel)
      expect(power(state, member, openai)).toBe('providerAccountManager')
      const added = enact(state, {
        type: 'AddModels',
        actor: member,
        providerAccount: 'openai',
        models: ['gpt-4-turbo'],
      })
      expect(usable(added, team('acme-prod'))).toContain('openai/gpt-4-turbo')
    }
  })

  test('members of other teams receive nothing', () => {
    const state = enact(teamed, { ...grant, role: 'manager' })
    expect(usable(state, nico)).toEqual([])
    expect(power(state, nico, openai)).toBe('management_not_granted')
  })

  test('role of a user: only that user receives it, not its team', () => {
    const state = enact(teamed, { ...grant, principal: uma, role: 'user' })
    expect(usable(state, uma)).toEqual(everyOpenaiModel)
    expect(usable(state, mona)).toEqual([])
    expect(usable(state, team('acme-prod'))).toEqual([])
  })

  test('a user that joins the team later has the role at once, and loses it on leaving', () => {
    const joined = enact(teamed, { ...grant, role: 'user' }, { type: 'AddTeamMember', team: 'acme-prod', user: 'nico' })
    expect(usable(joined, nico)).toEqual(everyOpenaiModel)
    const left = enact(joined, { type: 'RemoveTeamMember', team: 'acme-prod', user: 'nico' })
    expect(usable(left, nico)).toEqual([])
  })
})
