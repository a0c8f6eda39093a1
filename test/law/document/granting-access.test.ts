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
  test('a team automatically gains access to all models of the account, by every name they have', () => {
    expect(usable(granted, prod)).toEqual([
      'anthropic/claude-3-haiku-20240307',
      'anthropic/claude-3-opus-20240229',
      'anthropic/claude-3-sonnet-20240229',
      'claude-3-haiku',
      'claude-3-opus',
      'claude-3-sonnet',
    ])
  })

  test('a user gains the same by a grant of its own', () => {
    expect(usable(enact(state, { ...toTeam, principal: ann }), ann)).toEqual(usable(granted, prod))
  })

  test('a member acts in the team, by the role of the team', () => {
    expect(ask(granted, ann, 'claude-3-opus', { team: 'acme-prod' })).toStrictEqual({
      effect: 'allow',
      type: 'use',
      principal: ann,
      team: 'acme-prod',
      routes: [route('anthropic', 'claude-3-opus-20240229')],
      payer: { type: 'nobody' },
      reach: [{ type: 'role', role: 'user', providerAccount: 'anthropic', principal: prod }],
      notices: [],
      cacheScope: { type: 'organization', id: 'org_acme', incarnation: 12 },
      version: granted.version,
    })
  })

  test('models added later are included automatically, and models removed are gone', () => {
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

  test('a new public name for a model of the account works at once', () => {
    const named = enact(granted, {
      type: 'CreateModelAlias',
      alias: 'claude',
      targets: [route('anthropic', 'claude-3-opus-20240229')],
    })
    expect(answer(named, prod, 'claude')).toBe('allow')
  })

  test('an alias over several accounts leads only over the granted one', () => {
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

  test('revoked, the access is gone with the next decision', () => {
    const revoked = enact(granted, { ...toTeam, type: 'RevokeRole' })
    expect(usable(revoked, prod)).toEqual([])
    expect(usable(revoked, ann)).toEqual([])
  })

  test('a suspended account serves nobody until it is active again, and the grants stay', () => {
    const suspended = enact(granted, { type: 'SuspendProviderAccount', providerAccount: 'anthropic' })
    expect(answer(suspended, prod, 'claude-3-opus')).toBe('model_unavailable')
    const active = enact(suspended, { type: 'ActivateProviderAccount', providerAccount: 'anthropic' })
    expect(usable(active, prod)).toEqual(usable(granted, prod))
  })

  test('an account that teams still use is not deleted by accident: the answer lists who holds it', () => {
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
