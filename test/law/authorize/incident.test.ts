import { describe, expect, test } from 'vitest'
import type { Restriction } from '../../../src/model/noun/restriction.ts'
import { putRow } from '../../../src/model/state/put-row.ts'
import type { State } from '../../../src/model/state/state.ts'
import { tableOf } from '../../../src/model/table/table.ts'
import { authorize } from '../../../src/policy/authorize.ts'
import type { UseDecision } from '../../../src/policy/decision/decision.ts'
import type { Thing, UseRequest, Who } from '../../../src/policy/request/request.ts'
import { add, aliases, answer, holding, memberOf, role, routesOf, world } from '../world.ts'

const ann = { type: 'user', id: 'ann' } as const
const key = { type: 'credential', id: 'key' } as const

function use(state: State, model: string, change: Partial<UseRequest> = {}): UseDecision {
  return authorize({ type: 'use', who: ann, model, at: 1_700_000_000_100, ...change } as UseRequest, state)
}

function manage(state: State, who: Who, thing: Thing): string {
  return answer(authorize({ type: 'manage', who, thing, at: 1_700_000_000_100 }, state))
}

/**
 * A state without grants. It has two provider accounts, an alias with targets on both accounts, and an alias with a
 * target on one account.
 */
const base = world({
  users: [{ id: 'ann', ...memberOf('dev') }],
  teams: [{ id: 'dev' }],
  providerAccounts: [{ id: 'anthropic' }],
  modelAliases: [
    {
      id: 'smart',
      targets: [
        { providerAccount: 'openai', model: 'gpt-4' },
        { providerAccount: 'anthropic', model: 'opus' },
      ],
    },
    { id: 'gpt-4' },
  ],
  accessGroups: [{ id: 'gpt', ...aliases('gpt-4') }, { id: 'smart', ...aliases('smart') }, { id: 'none' }],
})

const withKey = (scope: readonly unknown[], state = base): State =>
  add(add(state, { teams: [{ id: 'dev', ...holding(['gpt', 'smart']) }] }), {
    credentials: [
      { id: 'key', owner: { type: 'team', id: 'dev' }, scope: { type: 'list', selectors: scope as never } },
    ],
  })

describe('incidents of other gateways cannot happen', () => {
  test('1: a group attached where the list was empty opens that group and no more', () => {
    const state = add(base, { teams: [{ id: 'dev', ...holding(['gpt']) }] })
    expect(answer(use(state, 'gpt-4'))).toBe('allow')
    expect(answer(use(state, 'smart'))).toBe('model_not_granted')
    expect(answer(use(add(base, { teams: [{ id: 'dev', ...holding(['none']) }] }), 'gpt-4'))).toBe('model_not_granted')
  })

  test('3: a team’s alias does not carry a narrowed key to routes outside its scope', () => {
    const state = withKey([{ type: 'model', providerAccount: 'openai', model: 'gpt-4' }])
    expect(routesOf(use(state, 'smart', { who: key }))).toEqual(['openai/gpt-4'])
    expect(answer(use(withKey([{ type: 'alias', alias: 'gpt-4' }]), 'smart', { who: key }))).toBe(
      'credential_out_of_scope',
    )
  })

  test('4: each fallback route is permitted on its own, or left out', () => {
    const granted = add(base, { users: [{ id: 'ann', ...role('anthropic') }] })
    expect(routesOf(use(granted, 'smart'))).toEqual(['anthropic/opus'])
    const restricted = add(add(base, { users: [{ id: 'ann', ...holding(['smart']) }] }), {
      restrictions: [{ id: 'r', selector: { type: 'providerAccount', providerAccount: 'openai' } }],
    })
    expect(routesOf(use(restricted, 'smart'))).toEqual(['anthropic/opus'])
    expect(answer(use(restricted, 'openai/gpt-4'))).toBe('model_not_granted')
  })

  test('5: an unknown model is denied, even to a caller with all aliases and roles', () => {
    const state = add(base, {
      providerAccounts: [{ id: 'openai', anyModel: false }],
      accessGroups: [{ id: 'all', allAliases: true }],
      users: [{ id: 'ann', ...holding(['all']), ...role('openai', 'manager') }],
    })
    for (const model of [
      'gpt-5',
      'openai/gpt-5',
      'ghost/gpt-4',
      '/gpt-4',
      'openai/',
      'openai',
      '*',
      'all',
      'all-proxy-models',
    ]) {
      expect(answer(use(state, model))).toBe('model_unknown')
    }
  })

  test('6: a pattern means the same in a group, in a restriction and in a scope', () => {
    const names = ['gpt-4', 'gpt-4o', 'Gpt-4', 'xgpt-4', 'gpt-', 'gpt', 'a/gpt-4']
    const models = tableOf(
      names,
      names.map((id) => ({ id, status: 'active' as const })),
    )
    const state = add(base, {
      providerAccounts: [{ id: 'openai', anyModel: false, models }],
      modelAliases: names.map((id) => ({ id })),
      accessGroups: [
        { id: 'pattern', patterns: ['gpt-*'] },
        { id: 'all', allAliases: true },
      ],
      users: [
        { id: 'ann', ...holding(['pattern']) },
        { id: 'bob', ...holding(['all']) },
        { id: 'cy', ...holding(['all']) },
      ],
      restrictions: [
        { id: 'r', subject: { type: 'user', id: 'bob' }, selector: { type: 'pattern', pattern: 'gpt-*' } },
      ],
      credentials: [
        {
          id: 'key',
          owner: { type: 'user', id: 'cy' },
          scope: { type: 'list', selectors: [{ type: 'pattern', pattern: 'gpt-*' }] },
        },
      ],
    })
    const byGroup = names.filter((name) => answer(use(state, name)) === 'allow')
    const byRestriction = names.filter(
      (name) => answer(use(state, name, { who: { type: 'user', id: 'bob' } })) !== 'allow',
    )
    const byScope = names.filter((name) => answer(use(state, name, { who: key })) === 'allow')
    expect([byGroup, byRestriction, byScope]).toEqual([1, 2, 3].map(() => ['gpt-4', 'gpt-4o', 'gpt-']))
  })

  test('7: a pattern is literal but for its star, and a look-alike prefix does not pass', () => {
    const state = add(base, {
      modelAliases: ['a/us.x', 'a/usX', 'a/us', 'ba/us.x', 'a/us.'].map((id) => ({ id })),
      accessGroups: [{ id: 'gpt', patterns: ['a/us.*'] }],
      users: [{ id: 'ann', ...holding(['gpt']) }],
    })
    const passing = ['a/us.x', 'a/usX', 'a/us', 'ba/us.x', 'a/us.'].filter(
      (name) => answer(use(state, name)) === 'allow',
    )
    expect(passing).toEqual(['a/us.x', 'a/us.'])
  })

  test('8: a key of a deleted team inherits nothing', () => {
    const state = add(base, {
      credentials: [{ id: 'key', owner: { type: 'team', id: 'ghost' } }],
      accessGroups: [{ id: 'gpt', allAliases: true }],
    })
    expect(answer(use(state, 'gpt-4', { who: key }))).toBe('principal_unknown')
  })

  test('9: a state without readable restrictions allows nothing', () => {
    const state = add(base, { users: [{ id: 'ann', ...holding(['gpt']) }] })
    expect(answer(use(state, 'gpt-4'))).toBe('allow')
    const { restrictions: _, ...unrestricted } = state
    const { restrictionsOn: __, ...noSubjects } = state.index
    const { restrictionsOnEveryone: ___, ...noEveryone } = state.index
    for (const broken of [unrestricted, { ...state, index: noSubjects }, { ...state, index: noEveryone }]) {
      expect(use(broken as unknown as State, 'gpt-4').effect).toBe('deny')
    }
  })

  test('10: a key moved to a team without groups reaches nothing', () => {
    const state = add(withKey([{ type: 'pattern', pattern: '*' }]), {
      teams: [{ id: 'new' }],
      credentials: [{ id: 'key', owner: { type: 'team', id: 'new' } }],
    })
    expect(answer(use(state, 'gpt-4', { who: key }))).toBe('model_not_granted')
  })

  test('12: a key whose scope names another team’s model does not reach it', () => {
    const state = add(withKey([{ type: 'alias', alias: 'secret' }]), {
      teams: [{ id: 'other', ...holding(['theirs']) }],
      modelAliases: [{ id: 'secret' }],
      accessGroups: [{ id: 'theirs', ...aliases('secret') }],
    })
    expect(answer(use(state, 'secret', { who: key }))).toBe('model_not_granted')
    expect(answer(use(state, 'secret', { who: key, team: 'other' }))).toBe('team_not_member')
  })

  test('13: a team’s manager manages its members, but not the team or its groups', () => {
    const state = add(base, { users: [{ id: 'ann', teams: [{ team: 'dev', role: 'manager', accessGroups: [] }] }] })
    expect(manage(state, ann, { type: 'teamMembers', id: 'dev' })).toBe('allow')
    for (const thing of [
      { type: 'team', id: 'dev' },
      { type: 'organization', id: 'acme' },
      { type: 'platform' },
    ] as const) {
      expect(manage(state, ann, thing)).toBe('management_not_granted')
    }
  })

  test('14: an organization’s admin is not an administrator, nor an admin of another organization', () => {
    const state = add(base, {
      organizations: [{ id: 'acme', admins: [ann] }, { id: 'other' }],
      teams: [{ id: 'theirs', organization: 'other' }],
    })
    expect(manage(state, ann, { type: 'team', id: 'dev' })).toBe('allow')
    for (const thing of [
      { type: 'platform' },
      { type: 'organization', id: 'other' },
      { type: 'team', id: 'theirs' },
    ] as const) {
      expect(manage(state, ann, thing)).toBe('management_not_granted')
    }
  })

  test('15: a team of another organization with a similar name gives nothing', () => {
    const state = add(base, {
      organizations: [{ id: 'other' }],
      teams: [{ id: 'Dev', organization: 'other', ...holding(['gpt']), ...role('openai') }],
    })
    for (const model of ['gpt-4', 'openai/gpt-4']) expect(answer(use(state, model))).toBe('model_not_granted')
  })

  test('16: a team created again pays from a new wallet', () => {
    const state = (incarnation: number) =>
      add(base, { teams: [{ id: 'dev', metered: true, incarnation, ...holding(['gpt']) }] })
    const payers = [3, 7].map((incarnation) => use(state(incarnation), 'gpt-4', { team: 'dev' }))
    expect(payers).toMatchObject(
      [3, 7].map((incarnation) => ({ payer: { wallet: { type: 'team', id: 'dev', incarnation } } })),
    )
  })

  test('17: a user that left a team reaches nothing through it, and the team’s key still works', () => {
    const state = add(withKey([{ type: 'pattern', pattern: '*' }]), { users: [{ id: 'ann' }] })
    expect(answer(use(state, 'gpt-4'))).toBe('model_not_granted')
    expect(answer(use(state, 'gpt-4', { team: 'dev' }))).toBe('team_not_member')
    expect(answer(use(state, 'gpt-4', { who: key }))).toBe('allow')
  })

  test('18: an empty identity is not a request', () => {
    const state = add(base, {
      accessGroups: [{ id: 'gpt', allAliases: true }],
      users: [{ id: 'ann', ...holding(['gpt']) }],
    })
    for (const who of [
      undefined,
      null,
      {},
      '',
      'ann',
      { type: 'user' },
      { type: 'user', id: '' },
      { type: 'user', id: null },
      { id: 'ann' },
    ]) {
      expect(answer(use(state, 'gpt-4', { who: who as never }))).toBe('request_invalid')
    }
  })

  test('19: the first characters of a digest are not the digest', () => {
    const state = withKey([{ type: 'pattern', pattern: '*' }])
    const digest = `${'a'.repeat(63)}b`
    const known = add(state, { credentials: [{ id: 'key', owner: { type: 'team', id: 'dev' }, digest }] })
    const ask = (text: string) => answer(use(known, 'gpt-4', { who: { type: 'credentialDigest', digest: text } }))
    expect([digest, 'a'.repeat(64), digest.slice(0, 63), digest.toUpperCase()].map(ask)).toEqual([
      'allow',
      'credential_unknown',
      'request_invalid',
      'request_invalid',
    ])
  })

  test('20: ids that would be equal when joined stay distinct', () => {
    const state = world({
      users: [{ id: 'a', ...role('b') }, { id: 'a:b' }, { id: 'a/b' }],
      teams: [{ id: 'a' }],
      providerAccounts: [{ id: 'b' }, { id: 'b:c' }],
    })
    const asking = [
      ['a', 'b/c'],
      ['a', 'b:c/c'],
      ['a:b', 'b/c'],
      ['a/b', 'b/c'],
    ] as const
    const answers = asking.map(([id, model]) => answer(use(state, model, { who: { type: 'user', id } })))
    expect(answers).toEqual(['allow', 'model_not_granted', 'model_not_granted', 'model_not_granted'])
    expect(answer(use(state, 'b/c', { who: { type: 'team', id: 'a' } }))).toBe('model_not_granted')
  })

  test('21: ids that differ in case, or in how an accent is written, are different', () => {
    const state = add(base, {
      users: [
        { id: 'ann', ...holding(['gpt']) },
        { id: '\u00e9', ...holding(['gpt']) },
      ],
    })
    const ask = (id: string, model = 'gpt-4') => answer(use(state, model, { who: { type: 'user', id } }))
    expect([ask('Ann'), ask('ann '), ask('e\u0301'), ask('\u00e9')]).toEqual([
      'principal_unknown',
      'principal_unknown',
      'principal_unknown',
      'allow',
    ])
    expect([ask('ann', 'GPT-4'), ask('ann', 'gpt-4 ')]).toEqual(['model_unknown', 'model_unknown'])
  })

  test('22: a restriction that cannot be evaluated denies', () => {
    const broken = (part: 'window' | 'selector'): Restriction => {
      const row: Restriction = {
        id: 'r',
        subject: { type: 'everyone' },
        selector: { type: 'alias', alias: 'gpt-4' },
        window: {},
        createdAt: 1_700_000_000_000,
      }
      return { ...row, [part]: part === 'window' ? null : { ...row.selector, alias: 'gpt-4' } }
    }
    const state = add(base, { users: [{ id: 'ann', ...holding(['gpt']) }] })
    expect(use(putRow(state, 'restrictions', broken('window')), 'gpt-4').effect).toBe('deny')
    expect(use(putRow(state, 'restrictions', broken('selector')), 'gpt-4').effect).toBe('deny')
  })

  test('23: the hundredth entry of a list counts like the first', () => {
    const many = Array.from({ length: 100 }, (_, i) => `n${i}`)
    const last = (id: string) => id === 'n99'
    const state = world({
      users: [{ id: 'ann', ...memberOf(...many) }],
      teams: many.map((id) => ({ id, ...(last(id) ? holding(many.map((group) => `g-${group}`)) : {}) })),
      accessGroups: many.map((id) => ({
        id: `g-${id}`,
        ...(last(id) ? { patterns: many } : {}),
        ...(last(id) ? aliases('m') : {}),
      })),
      modelAliases: [{ id: 'm', targets: many.map((model) => ({ providerAccount: 'openai', model })) }],
    })
    expect(routesOf(use(state, 'm'))).toEqual(many.map((model) => `openai/${model}`))
    const restrictions = many.map((id) => ({
      id,
      selector: { type: 'alias' as const, alias: last(id) ? 'm' : 'other' },
    }))
    expect(answer(use(add(state, { restrictions }), 'm'))).toBe('model_restricted')
  })

  test('24: a request without a model or without a thing is denied', () => {
    const state = add({ ...base, administrators: [ann] }, { users: [{ id: 'ann', ...holding(['gpt']) }] })
    expect(answer(use(state, 'gpt-4', { model: undefined as never }))).toBe('request_invalid')
    for (const thing of [{ type: 'team' }, { type: 'providerAccount' }, {}, undefined]) {
      expect(manage(state, ann, thing as never)).toBe('request_invalid')
    }
  })

  test('25: a user manages its own tokens and no other user’s', () => {
    const state = add(base, { users: [{ id: 'bob' }], virtualAccounts: [{ id: 'ann' }] })
    expect(manage(state, ann, { type: 'userTokens', id: 'ann' })).toBe('allow')
    expect(manage(state, ann, { type: 'userTokens', id: 'bob' })).toBe('management_not_granted')
    expect(manage(state, ann, { type: 'teamMembers', id: 'dev' })).toBe('management_not_granted')
    expect(manage(state, { type: 'virtualAccount', id: 'ann' }, { type: 'userTokens', id: 'ann' })).toBe(
      'management_not_granted',
    )
    expect(manage(state, { type: 'team', id: 'dev' }, { type: 'teamMembers', id: 'dev' })).toBe(
      'management_not_granted',
    )
  })

  test('26: a retired model names its successor', () => {
    const lifecycle = { type: 'retired', successor: 'smart' } as const
    const state = add(base, {
      modelAliases: [
        { id: 'gpt-4', lifecycle },
        { id: 'old', lifecycle: { type: 'retired' } },
      ],
    })
    expect(use(state, 'gpt-4')).toMatchObject({
      reason: 'model_retired',
      remedies: [
        { type: 'use_successor', successor: 'smart' },
        { type: 'grant_access', principals: [{ type: 'user', id: 'ann' }], model: 'smart' },
      ],
    })
    expect(use(state, 'old')).toMatchObject({ reason: 'model_retired', remedies: [{ type: 'correct_model_name' }] })
  })
})

describe('rules that prevent several incidents', () => {
  test('2: a group with one model gives no other, by alias or by concrete name', () => {
    const state = add(base, { users: [{ id: 'ann', ...holding(['gpt']) }] })
    expect(['gpt-4', 'smart', 'openai/gpt-4'].map((model) => answer(use(state, model)))).toEqual([
      'allow',
      'model_not_granted',
      'model_not_granted',
    ])
  })

  test('11: an entitlement limits a team’s groups, but not role grants or what a user holds and uses itself', () => {
    const entitlement = { type: 'list', accessGroups: ['smart'] } as const
    const state = add(base, {
      organizations: [{ id: 'acme', entitlement }],
      teams: [{ id: 'dev', ...holding(['gpt']) }],
    })
    expect(answer(use(state, 'gpt-4', { team: 'dev' }))).toBe('model_not_granted')
    const byRole = add(state, { teams: [{ id: 'dev', ...role('openai') }] })
    expect(answer(use(byRole, 'gpt-4', { team: 'dev' }))).toBe('allow')
    const byUser = add(state, { users: [{ id: 'ann', ...memberOf('dev'), ...holding(['gpt']) }] })
    expect(answer(use(byUser, 'gpt-4', { team: 'dev' }))).toBe('model_not_granted')
    expect(answer(use(byUser, 'gpt-4'))).toBe('allow')
  })

  test('an alias wins over the concrete model of the same name', () => {
    const models = tableOf(['gpt-4'], [{ id: 'gpt-4', status: 'active' as const }])
    const state = add(base, {
      providerAccounts: [{ id: 'openai', models }],
      modelAliases: [{ id: 'openai/gpt-4', targets: [{ providerAccount: 'anthropic', model: 'opus' }] }],
      users: [
        { id: 'ann', ...role('openai') },
        { id: 'bob', ...role('anthropic') },
      ],
    })
    expect(answer(use(state, 'openai/gpt-4'))).toBe('model_not_granted')
    expect(routesOf(use(state, 'openai/gpt-4', { who: { type: 'user', id: 'bob' } }))).toEqual(['anthropic/opus'])
  })
})
