import { describe, expect, test } from 'vitest'
import { acme, answer, ask, enact, rejectionOf, route, team, usable, user } from './world.ts'

const prod = team('acme-prod')
const ann = user('ann')
const state = enact(
  acme,
  { type: 'CreateTeam', organization: 'org_acme', team: 'acme-prod' },
  { type: 'CreateUser', user: 'ann' },
  { type: 'AddTeamMember', team: 'acme-prod', user: 'ann' },
)
const toTeam = { type: 'GrantRole', principal: prod, providerAccount: 'anthropic', role: 'user' } as const
const granted = enact(state, toTeam)

describe('Granting access to provider accounts', () => {
  test('a team gains access to all models of the account, under each of their names', () => {
    expect(usable(granted, prod)).toEqual([
      'anthropic/claude-3-haiku-20240307',
      'anthropic/claude-3-opus-20240229',
      'anthropic/claude-3-sonnet-20240229',
      'claude-3-haiku',
      'claude-3-opus',
      'claude-3-sonnet',
    ])
  })

  test('a user gains the same access by its own role', () => {
    expect(usable(enact(state, { ...toTeam, principal: ann }), ann)).toEqual(usable(granted, prod))
  })

  test('a member has access by the role of its team', () => {
    expect(ask(granted, ann, 'claude-3-opus', { team: 'acme-prod' })).toStrictEqual({
      effect: 'allow',
      type: 'use',
      principal: ann,
      team: 'acme-prod',
      routes: [route('anthropic', 'claude-3-opus-20240229')],
      payer: { type: 'none' },
      walletPath: [
        { type: 'member', team: 'acme-prod', user: 'ann', incarnation: 14 },
        { type: 'organization', id: 'org_acme', incarnation: 12 },
      ],
      reach: [{ type: 'role', role: 'user', providerAccount: 'anthropic', principal: prod }],
      notices: [],
      cacheScope: { type: 'organization', id: 'org_acme', incarnation: 12 },
      version: granted.version,
    })
  })

  test('models added later are included, and removed models are not', () => {
    const grown = enact(granted, {
      type: 'AddModels',
      providerAccount: 'anthropic',
      models: ['claude-3-5-sonnet-20240620'],
    })
    expect(answer(granted, prod, 'anthropic/claude-3-5-sonnet-20240620')).toBe('model_unknown')
    expect(answer(grown, prod, 'anthropic/claude-3-5-sonnet-20240620')).toBe('allow')

    const shrunk = enact(grown, {
      type: 'RemoveModels',
      providerAccount: 'anthropic',
      models: ['claude-3-5-sonnet-20240620'],
    })
    expect(answer(shrunk, prod, 'anthropic/claude-3-5-sonnet-20240620')).toBe('model_unknown')
  })

  test('a new alias of a model of the account works at once', () => {
    const named = enact(granted, {
      type: 'CreateModelAlias',
      alias: 'claude',
      targets: [route('anthropic', 'claude-3-opus-20240229')],
    })
    expect(answer(named, prod, 'claude')).toBe('allow')
  })

  test('an alias with targets on several accounts has routes only on the granted one', () => {
    const several = enact(
      granted,
      { type: 'CreateProviderAccount', providerAccount: 'bedrock', models: ['anthropic.claude-3-opus'] },
      {
        type: 'SetModelAliasTargets',
        alias: 'claude-3-opus',
        targets: [route('bedrock', 'anthropic.claude-3-opus'), route('anthropic', 'claude-3-opus-20240229')],
      },
    )
    expect(ask(several, prod, 'claude-3-opus')).toMatchObject({
      routes: [route('anthropic', 'claude-3-opus-20240229')],
    })
    const both = enact(several, { ...toTeam, providerAccount: 'bedrock' })
    expect(ask(both, prod, 'claude-3-opus')).toMatchObject({
      routes: [route('bedrock', 'anthropic.claude-3-opus'), route('anthropic', 'claude-3-opus-20240229')],
    })
  })

  test('after the role is revoked, the next decision denies', () => {
    const revoked = enact(granted, { ...toTeam, type: 'RevokeRole' })
    expect(usable(revoked, prod)).toEqual([])
    expect(usable(revoked, ann)).toEqual([])
  })

  test('a suspended account serves no calls until it is activated, and roles are kept', () => {
    const suspended = enact(granted, { type: 'SuspendProviderAccount', providerAccount: 'anthropic' })
    expect(answer(suspended, prod, 'claude-3-opus')).toBe('model_unavailable')
    const active = enact(suspended, { type: 'ActivateProviderAccount', providerAccount: 'anthropic' })
    expect(usable(active, prod)).toEqual(usable(granted, prod))
  })

  test('an account with roles is not deleted: the rejection lists the principals', () => {
    const unnamed = enact(
      granted,
      { type: 'CreateProviderAccount', providerAccount: 'bedrock', models: ['titan'] },
      { ...toTeam, providerAccount: 'bedrock' },
    )
    expect(rejectionOf(unnamed, { type: 'DeleteProviderAccount', providerAccount: 'bedrock' })).toMatchObject({
      code: 'provider_account_referenced',
      details: { references: [{ type: 'team', id: 'acme-prod' }], total: 1 },
    })
  })
})
