import { describe, expect, test } from 'vitest'
import { answerCaller } from '../../../src/policy/decision/caller-answer.ts'
import { formatDecision } from '../../../src/policy/decision/format-decision.ts'
import { acme, ask, createGroup, credential, digestOf, enact, levelOf, route, team, walletOf } from './world.ts'

const prod = team('acme-prod')
const state = enact(
  acme,
  createGroup('gpt-models', 'OpenAI GPT models', 'gpt-4', 'gpt-3.5-turbo'),
  {
    type: 'CreateTeam',
    organization: 'org_acme',
    team: 'acme-prod',
    name: 'Production',
    accessGroups: ['gpt-models'],
    credits: '1000',
  },
  { type: 'IssueCredential', credential: 'key-acme-prod', owner: prod, digest: digestOf('sk-acme-prod') },
)
const wallet = walletOf(state, prod)
const credits = { available: '1000', estimate: '0.06' }
const byKey = { type: 'credentialDigest', digest: digestOf('sk-acme-prod') } as const

describe('When a team makes an API call', () => {
  test('with the model in a group, an active team and enough credits, gpt-4 resolves to openai/gpt-4 and the team pays', () => {
    expect(ask(state, byKey, 'gpt-4', { credits })).toStrictEqual({
      effect: 'allow',
      type: 'use',
      principal: prod,
      credential: 'key-acme-prod',
      team: 'acme-prod',
      routes: [route('openai', 'gpt-4')],
      payer: { type: 'wallet', wallet },
      walletPath: [levelOf(state, 'key-acme-prod'), wallet, { type: 'organization', id: 'org_acme', incarnation: 12 }],
      reach: [{ type: 'accessGroup', accessGroup: 'gpt-models', principal: prod }],
      notices: [],
      cacheScope: { type: 'organization', id: 'org_acme', incarnation: 12 },
      version: state.version,
    })
  })

  test('the key by its id, and the team itself, get the same decision, the credential aside', () => {
    const decision = ask(state, byKey, 'gpt-4', { credits })
    expect(ask(state, credential('key-acme-prod'), 'gpt-4', { credits })).toStrictEqual(decision)
    const { credential: _, ...rest } = decision
    const walletPath = 'walletPath' in rest ? rest.walletPath.slice(1) : []
    expect(ask(state, prod, 'gpt-4', { credits })).toStrictEqual({ ...rest, walletPath })
  })

  test('without a group that holds gpt-4, the model is not granted', () => {
    const without = enact(state, { type: 'UnassignAccessGroup', accessGroup: 'gpt-models', principal: prod })
    expect(ask(without, byKey, 'gpt-4', { credits })).toStrictEqual({
      effect: 'deny',
      reason: 'model_not_granted',
      level: prod,
      remedies: [{ type: 'grant_access', principals: [prod], model: 'gpt-4' }],
      credential: 'key-acme-prod',
      version: without.version,
    })
  })

  test('while the team is suspended, its key is denied', () => {
    const suspended = enact(state, { type: 'SuspendTeam', team: 'acme-prod' })
    expect(ask(suspended, byKey, 'gpt-4', { credits })).toStrictEqual({
      effect: 'deny',
      reason: 'principal_suspended',
      level: prod,
      remedies: [{ type: 'activate_principal', principal: prod, suspendedBy: 'platform' }],
      credential: 'key-acme-prod',
      version: suspended.version,
    })
    const active = enact(suspended, { type: 'ActivateTeam', team: 'acme-prod' })
    expect(ask(active, byKey, 'gpt-4', { credits }).effect).toBe('allow')
  })

  test.each([
    ['no credits are left', { available: '0' }],
    ['fewer credits are left than the estimate', { available: '0.05', estimate: '0.06' }],
  ])('does the team have credits? If %s, the refusal names the wallet', (_, left) => {
    expect(ask(state, byKey, 'gpt-4', { credits: left })).toStrictEqual({
      effect: 'deny',
      reason: 'credits_exhausted',
      level: { type: 'wallet', wallet },
      remedies: [{ type: 'add_credits', wallet }],
      available: left.available,
      ...('estimate' in left ? { needed: left.estimate } : {}),
      credential: 'key-acme-prod',
      version: state.version,
    })
  })

  test('credits equal to the estimate are enough', () => {
    expect(ask(state, byKey, 'gpt-4', { credits: { available: '0.06', estimate: '0.06' } }).effect).toBe('allow')
  })

  test('if several checks fail, the first in the order of reasons is reported', () => {
    const broken = enact(
      state,
      { type: 'UnassignAccessGroup', accessGroup: 'gpt-models', principal: prod },
      { type: 'SuspendTeam', team: 'acme-prod' },
    )
    expect(ask(broken, byKey, 'gpt-4', { credits: { available: '0' } })).toMatchObject({
      reason: 'principal_suspended',
    })
  })
})

describe('If access is denied', () => {
  const denied = ask(state, byKey, 'claude-3-opus', { credits })

  test('the caller gets the denial without any mention of groups', () => {
    expect(answerCaller(denied)).toEqual({
      effect: 'deny',
      reason: 'model_not_found',
      message: 'model not found; list the models you may use, or ask the operator of this gateway',
      ask: 'operator',
    })
  })

  test('the caller cannot distinguish a model that is not granted from one that does not exist', () => {
    expect(answerCaller(denied)).toEqual(answerCaller(ask(state, byKey, 'gpt-99', { credits })))
  })

  test('the operator gets the reason and the remedies', () => {
    expect(formatDecision(denied)).toBe(
      `model_not_granted at team \`acme-prod\`: no access group and no role grants the model; grant \`claude-3-opus\` to team \`acme-prod\` (version ${state.version})`,
    )
  })
})
