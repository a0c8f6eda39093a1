import { describe, expect, test } from 'vitest'
import { formatDecision } from '../../../src/policy/decision/format-decision.ts'
import {
  acme,
  answer,
  ask,
  createGroup,
  credential,
  digestOf,
  enact,
  levelOf,
  power,
  rejectionOf,
  route,
  usable,
  user,
  virtualAccount,
} from './world.ts'

const ann = user('ann')
const chatbot = virtualAccount('support-chatbot')
const indexer = virtualAccount('document-indexer')
const openai = { type: 'providerAccount', id: 'openai' } as const

/**
 * A state in which Ann, an organization admin who manages two provider accounts, has created a virtual account for each
 * application.
 */
const made = enact(
  acme,
  { type: 'CreateUser', user: 'ann' },
  { type: 'AddOrganizationAdmin', organization: 'org_acme', admin: ann },
  { type: 'GrantRole', principal: ann, providerAccount: 'openai', role: 'manager' },
  { type: 'GrantRole', principal: ann, providerAccount: 'anthropic', role: 'manager' },
  { type: 'CreateVirtualAccount', actor: ann, organization: 'org_acme', virtualAccount: 'support-chatbot' },
  { type: 'CreateVirtualAccount', actor: ann, organization: 'org_acme', virtualAccount: 'document-indexer' },
  { type: 'GrantRole', actor: ann, principal: chatbot, providerAccount: 'openai', role: 'user' },
  { type: 'GrantRole', actor: ann, principal: indexer, providerAccount: 'anthropic', role: 'user' },
  {
    type: 'IssueCredential',
    actor: ann,
    credential: 'token-chatbot',
    owner: chatbot,
    digest: digestOf('va-secret'),
  },
)
const token = { type: 'credentialDigest', digest: digestOf('va-secret') } as const

describe('Why use virtual accounts', () => {
  test('persistence: accounts, tokens and access remain valid when employees leave', () => {
    const left = enact(made, { type: 'DeleteUser', user: 'ann' })
    expect(answer(left, ann, 'gpt-4')).toBe('principal_unknown')
    for (const who of [token, chatbot]) {
      expect(ask(left, who, 'gpt-4')).toStrictEqual({ ...ask(made, who, 'gpt-4'), version: left.version })
    }
    expect(usable(left, chatbot)).toEqual(usable(made, chatbot))
  })

  test('persistence: they remain valid when their creator is suspended or is no longer an admin', () => {
    const lost = enact(
      made,
      { type: 'SuspendUser', user: 'ann' },
      { type: 'RemoveOrganizationAdmin', organization: 'org_acme', admin: ann },
      { type: 'RevokeRole', principal: ann, providerAccount: 'openai', role: 'manager' },
    )
    expect(usable(lost, token)).toEqual(usable(made, token))
  })

  test('separation of concerns: the access of ann is not the access of her applications', () => {
    expect(usable(made, ann)).toEqual(expect.arrayContaining(['gpt-4', 'claude-3-opus']))
    expect(answer(made, chatbot, 'claude-3-opus')).toBe('model_not_granted')
    const restricted = enact(made, {
      type: 'CreateRestriction',
      restriction: 'ann-no-gpt-4',
      subject: ann,
      selector: { type: 'alias', alias: 'gpt-4' },
    })
    expect(answer(restricted, ann, 'gpt-4')).toBe('model_restricted')
    expect(answer(restricted, chatbot, 'gpt-4')).toBe('allow')
  })

  test('auditability: the decision names the application, not a user', () => {
    expect(ask(made, token, 'gpt-4')).toStrictEqual({
      effect: 'allow',
      type: 'use',
      principal: chatbot,
      credential: 'token-chatbot',
      routes: [route('openai', 'gpt-4')],
      payer: { type: 'wallet', wallet: { ...chatbot, incarnation: 17 } },
      walletPath: [
        levelOf(made, 'token-chatbot'),
        { ...chatbot, incarnation: 17 },
        { type: 'organization', id: 'org_acme', incarnation: 12 },
      ],
      reach: [{ type: 'role', role: 'user', providerAccount: 'openai', principal: chatbot }],
      notices: [],
      cacheScope: { type: 'organization', id: 'org_acme', incarnation: 12 },
      version: made.version,
    })
    expect(formatDecision(ask(made, token, 'gpt-4'))).toBe(
      `virtual account \`support-chatbot\` may use \`openai/gpt-4\` by the user role of virtual account \`support-chatbot\` on \`openai\`; virtual account \`support-chatbot\` pays (version ${made.version})`,
    )
  })
})

describe('Configuring virtual account access', () => {
  const everyOpenaiModel = [
    'gpt-3.5-turbo',
    'gpt-4',
    'gpt-4-turbo',
    'openai/gpt-3.5-turbo',
    'openai/gpt-4',
    'openai/gpt-4-turbo',
    'openai/gpt-4-vision',
  ]
  const asManager = enact(made, { type: 'GrantRole', principal: chatbot, providerAccount: 'openai', role: 'manager' })

  test('the user role gives it all models of the provider account, and no power to manage it', () => {
    expect(usable(made, chatbot)).toEqual(everyOpenaiModel)
    expect(power(made, chatbot, openai)).toBe('management_not_granted')
    expect(
      rejectionOf(made, { type: 'AddModels', actor: chatbot, providerAccount: 'openai', models: ['gpt-4o'] }).code,
    ).toBe('management_not_granted')
  })

  test('the manager role gives it all models, and the power to manage the account', () => {
    expect(usable(asManager, chatbot)).toEqual(everyOpenaiModel)
    expect(power(asManager, chatbot, openai)).toBe('providerAccountManager')
    expect(power(asManager, token, openai)).toBe('providerAccountManager')
    const grown = enact(asManager, {
      type: 'AddModels',
      actor: chatbot,
      providerAccount: 'openai',
      models: ['gpt-4o'],
    })
    expect(answer(grown, chatbot, 'openai/gpt-4o')).toBe('allow')
  })

  test('access groups work for virtual accounts as they do for teams', () => {
    const grouped = enact(made, createGroup('claude-models', 'Anthropic Claude models', 'claude-3-opus'), {
      type: 'AssignAccessGroup',
      accessGroup: 'claude-models',
      principal: chatbot,
    })
    expect(ask(grouped, token, 'claude-3-opus')).toMatchObject({
      reach: [{ type: 'accessGroup', accessGroup: 'claude-models', principal: chatbot }],
    })
  })

  test('it is denied while its organization is suspended', () => {
    const suspended = enact(made, { type: 'SuspendOrganization', organization: 'org_acme' })
    expect(ask(suspended, token, 'gpt-4')).toMatchObject({
      reason: 'organization_suspended',
      level: { type: 'organization', id: 'org_acme' },
    })
  })
})

describe('Best practices for virtual account access', () => {
  test('separate accounts for different applications: each has its own access', () => {
    expect(usable(made, chatbot)).toContain('gpt-4')
    expect(usable(made, chatbot)).not.toContain('claude-3-opus')
    expect(usable(made, indexer)).toContain('claude-3-opus')
    expect(usable(made, indexer)).not.toContain('gpt-4')
  })

  test('separate accounts for different applications: suspending one does not affect the other', () => {
    const stopped = enact(made, { type: 'SuspendVirtualAccount', actor: ann, virtualAccount: 'support-chatbot' })
    expect(answer(stopped, token, 'gpt-4')).toBe('principal_suspended')
    expect(answer(stopped, indexer, 'claude-3-opus')).toBe('allow')
  })

  test('only the necessary role: a leaked token of an account with the user role can grant nothing', () => {
    const accomplice = enact(made, { type: 'CreateUser', user: 'mallory' })
    const grant = {
      type: 'GrantRole',
      principal: user('mallory'),
      providerAccount: 'openai',
      role: 'user',
    } as const
    expect(rejectionOf(accomplice, { ...grant, actor: chatbot }).code).toBe('management_not_granted')
  })

  test('only the necessary role: a token with a scope manages nothing', () => {
    const narrow = enact(
      made,
      { type: 'GrantRole', principal: chatbot, providerAccount: 'openai', role: 'manager' },
      {
        type: 'IssueCredential',
        credential: 'token-narrow',
        owner: chatbot,
        digest: digestOf('narrow'),
        scope: { type: 'list', selectors: [{ type: 'alias', alias: 'gpt-3.5-turbo' }] },
      },
    )
    expect(usable(narrow, credential('token-narrow'))).toEqual(['gpt-3.5-turbo'])
    expect(power(narrow, credential('token-narrow'), openai)).toBe('credential_out_of_scope')
  })

  test('only the necessary role: a user that does not manage a provider account cannot grant roles on it', () => {
    const state = enact(
      made,
      { type: 'CreateUser', user: 'olga' },
      { type: 'AddOrganizationAdmin', organization: 'org_acme', admin: user('olga') },
    )
    expect(
      rejectionOf(state, {
        type: 'GrantRole',
        actor: user('olga'),
        principal: indexer,
        providerAccount: 'openai',
        role: 'user',
      }).code,
    ).toBe('management_not_granted')
  })
})
