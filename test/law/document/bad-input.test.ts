import { describe, expect, test } from 'vitest'
import { apply } from '../../../src/change/apply.ts'
import { credit } from '../../../src/model/value/credit.ts'
import { authorize } from '../../../src/policy/authorize.ts'
import { asRequest } from '../world.ts'
import {
  acme,
  carryOut,
  createGroup,
  day,
  enact,
  noon,
  rejectionOf,
  rejectionOfAnything,
  route,
  type Step,
  team,
  user,
} from './world.ts'

const prod = team('acme-prod')
const state = enact(
  acme,
  createGroup('gpt-models', 'OpenAI GPT models', 'gpt-4', 'gpt-3.5-turbo'),
  { type: 'CreateUser', user: 'ann' },
  {
    type: 'CreateTeam',
    organization: 'org_acme',
    team: 'acme-prod',
    accessGroups: ['gpt-models'],
    credits: '1000',
  },
)

describe('A malformed request is denied with a path and a message that states what was expected', () => {
  const right = { type: 'use', who: user('ann'), model: 'gpt-4', at: noon } as const
  const refusal = (request: unknown) => {
    const decision = authorize(asRequest(request), state)
    if (decision.effect === 'allow' || decision.reason !== 'request_invalid')
      throw new Error('expected the denial `request_invalid`')
    expect(decision.level).toEqual({ type: 'request' })
    return decision.remedies.flatMap((remedy) => (remedy.type === 'correct_request' ? remedy.issues : []))
  }

  test('a well-formed request is not', () => {
    expect(authorize(right, state)).toMatchObject({ reason: 'model_not_granted' })
  })

  test.each([null, undefined, 7, 'gpt-4', [], () => 1])('%o is not a request', (value) => {
    expect(refusal(value)).toEqual([{ path: [], message: 'expected an object' }])
  })

  test.each([
    ['an unknown type', { type: 'chat' }, ['type']],
    ['without a caller', { who: undefined }, ['who']],
    ['a caller of an unknown type', { who: { type: 'group', id: 'gpt-models' } }, ['who', 'type']],
    ['a caller without an id', { who: { type: 'user' } }, ['who', 'id']],
    ['a secret where a digest belongs', { who: { type: 'credentialDigest', digest: 'sk-acme' } }, ['who', 'digest']],
    ['without a model', { model: undefined }, ['model']],
    ['an empty model', { model: '' }, ['model']],
    ['a model that is not a string', { model: ['gpt-4'] }, ['model']],
    ['a team that is not a string', { team: null }, ['team']],
    ['without an instant', { at: undefined }, ['at']],
    ['an instant as a string', { at: '2024-10-14T12:00:00Z' }, ['at']],
    ['a fraction of a millisecond', { at: noon + 0.5 }, ['at']],
    ['NaN as the instant', { at: Number.NaN }, ['at']],
    ['credits as a number', { credits: { available: 0.1 } }, ['credits', 'available']],
    ['an estimate below zero', { credits: { available: '1', estimate: '-1' } }, ['credits', 'estimate']],
    ['credits without `available`', { credits: {} }, ['credits', 'available']],
  ])('%s', (_, wrong, path) => {
    const [issue, ...others] = refusal({ ...right, ...wrong })
    expect(issue?.path).toEqual(path)
    expect(issue?.message).toMatch(/^expected /)
    expect(others).toEqual([])
  })

  test('an unknown key is denied, and the issue names it', () => {
    expect(refusal({ ...right, modle: 'gpt-4' })).toEqual([
      { path: ['modle'], message: 'unknown key `modle`, leave it out or correct it' },
    ])
  })
})

describe('A rejection names the unknown id', () => {
  const unknown: readonly (readonly [Step, string, readonly (string | number)[], string])[] = [
    [{ type: 'SuspendTeam', team: 'acme-pord' }, 'team_unknown', ['team'], 'acme-pord'],
    [{ type: 'AddTeamMember', team: 'acme-prod', user: 'bob' }, 'user_unknown', ['user'], 'bob'],
    [
      { type: 'CreateTeam', team: 'dev', organization: 'org_amce' },
      'organization_unknown',
      ['organization'],
      'org_amce',
    ],
    [
      { type: 'CreateTeam', team: 'dev', organization: 'org_acme', accessGroups: ['gpt-models', 'gtp-models'] },
      'access_group_unknown',
      ['accessGroups', 1],
      'gtp-models',
    ],
    [{ type: 'SetTeamPlan', team: 'acme-prod', plan: 'platinum' }, 'plan_unknown', ['plan'], 'platinum'],
    [
      { type: 'GrantRole', principal: prod, providerAccount: 'mistral', role: 'user' },
      'provider_account_unknown',
      ['providerAccount'],
      'mistral',
    ],
    [{ type: 'RevokeCredential', credential: '__proto__' }, 'credential_unknown', ['credential'], '__proto__'],
    [{ type: 'DeleteRestriction', restriction: 'constructor' }, 'restriction_unknown', ['restriction'], 'constructor'],
  ]

  test.each(unknown)('%o', (step, code, path, id) => {
    const rejection = rejectionOf(state, step)
    expect(rejection).toMatchObject({ code, path, details: { reference: { id } } })
    expect(rejection.message).toContain(`\`${id}\``)
  })
})

describe('An access group with the id `GPT Models`', () => {
  test('is rejected with the rule for ids', () => {
    const command = { type: 'CreateAccessGroup', accessGroup: 'GPT Models', members: [] } as const
    expect(rejectionOf(state, command)).toEqual({
      code: 'command_invalid',
      path: ['accessGroup'],
      message:
        'expected an access group name of lowercase letters and digits, separated by single hyphens or dots, as in `gpt-4.1-models`',
      details: {
        issues: [
          {
            path: ['accessGroup'],
            message:
              'expected an access group name of lowercase letters and digits, separated by single hyphens or dots, as in `gpt-4.1-models`',
          },
        ],
      },
    })
  })
})

describe('An alias target that does not exist is rejected', () => {
  test.each([
    [
      'the account',
      route('mistral', 'mistral-large'),
      'provider_account_unknown',
      ['targets', 1, 'providerAccount'],
      'mistral',
    ],
    ['the model of the account', route('openai', 'gpt-99'), 'model_unknown', ['targets', 1, 'model'], 'openai/gpt-99'],
  ])('%s', (_, target, code, path, id) => {
    const targets = [route('openai', 'gpt-4'), target]
    const expected = { code, path, details: { reference: { id } } }
    expect(rejectionOf(state, { type: 'CreateModelAlias', alias: 'new', targets })).toMatchObject(expected)
    expect(rejectionOf(state, { type: 'SetModelAliasTargets', alias: 'gpt-4', targets })).toMatchObject(expected)
  })
})

describe('A cycle of successors is rejected', () => {
  const chain = enact(
    state,
    { type: 'DeprecateModelAlias', alias: 'gpt-3.5-turbo', sunsetAt: noon + day, successor: 'gpt-4' },
    { type: 'RetireModelAlias', alias: 'gpt-4', successor: 'gpt-4-turbo' },
  )

  test.each([
    ['an alias as its own successor', 'gpt-4-turbo', ['gpt-4-turbo', 'gpt-4-turbo']],
    ['two aliases as each other’s successor', 'gpt-4', ['gpt-4-turbo', 'gpt-4', 'gpt-4-turbo']],
    ['a longer cycle', 'gpt-3.5-turbo', ['gpt-4-turbo', 'gpt-3.5-turbo', 'gpt-4', 'gpt-4-turbo']],
  ])('%s', (_, successor, cycle) => {
    const expected = { code: 'successor_cycle', path: ['successor'], details: { cycle } }
    expect(rejectionOf(chain, { type: 'RetireModelAlias', alias: 'gpt-4-turbo', successor })).toMatchObject(expected)
    expect(
      rejectionOf(chain, { type: 'DeprecateModelAlias', alias: 'gpt-4-turbo', sunsetAt: noon + day, successor }),
    ).toMatchObject(expected)
  })
})

describe('A window that ends before it starts is rejected', () => {
  const holders: readonly (readonly [string, Step])[] = [
    ['an assignment', { type: 'AssignAccessGroup', accessGroup: 'gpt-models', principal: prod }],
    ['a role', { type: 'GrantRole', principal: prod, providerAccount: 'openai', role: 'user' }],
    [
      'a restriction',
      {
        type: 'CreateRestriction',
        restriction: 'none',
        subject: { type: 'everyone' },
        selector: { type: 'pattern', pattern: '*' },
      },
    ],
  ]

  test.each(holders)('%s', (_, step) => {
    const backwards = { ...step, startsAt: noon + 2 * day, expiresAt: noon + day } as Step
    expect(rejectionOf(state, backwards)).toEqual({
      code: 'window_invalid',
      path: ['expiresAt'],
      message: 'the window ends before it starts, expected `expiresAt` after `startsAt`',
      details: { window: { startsAt: noon + 2 * day, expiresAt: noon + day } },
    })
  })

  test.each(holders)('%s: a window that ends when it starts, or that has already ended', (_, step) => {
    const empty = { ...step, startsAt: noon + day, expiresAt: noon + day } as Step
    expect(rejectionOf(state, empty).code).toBe('window_invalid')
    expect(rejectionOf(state, { ...step, expiresAt: noon } as Step).code).toBe('window_invalid')
  })
})

describe('An inexact amount of credits', () => {
  const inexact = [0.1, 1000, '0.0000000001', '1e3', '-1', '', ' 1', '1.', '.5', '01', '1,000', 'NaN', null, 1n]

  test.each(inexact)('%o is rejected in every field for an amount', (amount) => {
    const commands = [
      [{ type: 'AllocateCredits', principal: prod, amount }, ['amount']],
      [{ type: 'CreateTeam', team: 'dev', organization: 'org_acme', credits: amount }, ['credits']],
      [{ type: 'CreatePlan', plan: 'starter', accessGroups: [], credits: { amount } }, ['credits', 'amount']],
    ] as const
    for (const [command, path] of commands) {
      const rejection = rejectionOfAnything(state, { actor: { type: 'system' }, at: noon, ...command })
      expect(rejection).toMatchObject({ code: 'command_invalid', path })
      expect(rejection.message).toMatch(/^expected (an exact amount of credits as a decimal string|a string for)/)
    }
  })

  test.each(inexact.filter((amount) => typeof amount === 'string'))('credit(%o) throws and does not round', (text) => {
    expect(() => credit(text)).toThrow(RangeError)
  })

  test('an exact amount keeps all nine decimals', () => {
    const { events } = carryOut(state, { type: 'AllocateCredits', principal: prod, amount: '0.000000001' })
    expect(events).toMatchObject([{ amount: '0.000000001' }])
  })

  test('credits cannot be allocated to a principal without a wallet', () => {
    const command = { type: 'AllocateCredits', principal: user('ann'), amount: '1' } as const
    expect(rejectionOf(state, command)).toMatchObject({ code: 'wallet_unknown', path: ['principal'] })
  })
})

describe('The state is unchanged', () => {
  test('an accepted command that changes nothing returns the same state object', () => {
    const again = { type: 'SetAccessGroups', principal: prod, accessGroups: ['gpt-models'] } as const
    expect(carryOut(state, again)).toEqual({ ok: true, events: [], state })
    expect(carryOut(state, again).state).toBe(state)
  })

  test('a rejected command returns no state, and no part of it is applied', () => {
    const half = {
      type: 'SetAccessGroups',
      actor: { type: 'system' },
      at: noon,
      principal: prod,
      accessGroups: ['missing-models'],
    } as const
    const applied = apply(half, state)
    expect(Object.keys(applied)).toEqual(['ok', 'rejection'])
    expect(authorize({ type: 'use', who: prod, model: 'gpt-4', at: noon }, state).effect).toBe('allow')
  })
})
