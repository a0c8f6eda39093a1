import fc from 'fast-check'
import { expect, test } from 'vitest'
import { emptyState } from '../../../src/model/state/state.ts'
import { tableOf } from '../../../src/model/table/table.ts'
import { authorize } from '../../../src/policy/authorize.ts'
import { arbitraryRequest, arbitrarySession } from '../../../src/testing/index.ts'
import { runs } from '../runs.ts'
import { add, aliases, answer, holding, memberOf, role, world } from '../world.ts'

test('the empty state denies everything', () => {
  fc.assert(
    fc.property(arbitrarySession(arbitraryRequest), ({ requests }) => {
      for (const request of requests) expect(authorize(request, emptyState)).toMatchObject({ effect: 'deny' })
    }),
    runs(300),
  )
})

test('a state without assignments and roles denies every use', () => {
  const state = world({
    users: [{ id: 'ann', ...memberOf('dev') }],
    teams: [{ id: 'dev' }],
    virtualAccounts: [{ id: 'nightly' }],
    modelAliases: [{ id: 'gpt-4' }],
    accessGroups: [{ id: 'all', allAliases: true }],
  })
  for (const type of ['user', 'team', 'virtualAccount'] as const) {
    for (const model of ['gpt-4', 'openai/gpt-4']) {
      const id = { user: 'ann', team: 'dev', virtualAccount: 'nightly' }[type]
      expect(answer(authorize({ type: 'use', who: { type, id }, model, at: 1_700_000_000_001 }, state))).toBe(
        'model_not_granted',
      )
    }
  }
})

/** A state with every kind of grant. Each test empties one list of grants. */
const given = world({
  organizations: [{ id: 'acme', entitlement: { type: 'list', accessGroups: ['gpt'] } }],
  users: [{ id: 'ann' }],
  teams: [{ id: 'dev', ...holding(['gpt']) }],
  credentials: [
    {
      id: 'key',
      owner: { type: 'team', id: 'dev' },
      scope: { type: 'list', selectors: [{ type: 'alias', alias: 'gpt-4' }] },
    },
  ],
  modelAliases: [{ id: 'gpt-4' }],
  accessGroups: [{ id: 'gpt', ...aliases('gpt-4') }],
})

test.each([
  ['nothing', {}, 'allow'],
  ['the groups of a team', { teams: [{ id: 'dev' }] }, 'model_not_granted'],
  ['the members of a group', { accessGroups: [{ id: 'gpt' }] }, 'model_not_granted'],
  [
    'an entitlement',
    { organizations: [{ id: 'acme', entitlement: { type: 'list', accessGroups: [] } }] },
    'model_not_granted',
  ],
  [
    'a scope',
    { credentials: [{ id: 'key', owner: { type: 'team', id: 'dev' }, scope: { type: 'list', selectors: [] } }] },
    'credential_out_of_scope',
  ],
  ['the targets of an alias', { modelAliases: [{ id: 'gpt-4', targets: [] }] }, 'model_unavailable'],
  ['the models of an account', { providerAccounts: [{ id: 'openai', anyModel: false }] }, 'model_unavailable'],
] as const)('an empty list is none: %s', (_, change, expected) => {
  const request = {
    type: 'use',
    who: { type: 'credential', id: 'key' },
    model: 'gpt-4',
    at: 1_700_000_000_001,
  } as const
  expect(answer(authorize(request, add(given, change)))).toBe(expected)
})

test.each([
  ['a group', { users: [{ id: 'ann', ...holding(['ghost']) }] }, 'model_not_granted'],
  ['an account', { users: [{ id: 'ann', ...role('ghost') }] }, 'model_not_granted'],
  [
    'a plan',
    { users: [{ id: 'ann', ...memberOf('dev') }], teams: [{ id: 'dev', plan: 'ghost' }] },
    'model_not_granted',
  ],
  [
    'an organization',
    { users: [{ id: 'ann', ...memberOf('dev') }], teams: [{ id: 'dev', organization: 'ghost', ...holding(['gpt']) }] },
    'model_not_granted',
  ],
  ['a team', { users: [{ id: 'ann', ...memberOf('ghost'), defaultTeam: 'ghost' }] }, 'model_not_granted'],
  [
    'the account of a target',
    {
      users: [{ id: 'ann', ...holding(['gpt']) }],
      modelAliases: [{ id: 'gpt-4', targets: [{ providerAccount: 'ghost', model: 'm' }] }],
    },
    'model_unavailable',
  ],
] as const)('a reference to nothing denies: %s', (_, change, expected) => {
  const request = { type: 'use', who: { type: 'user', id: 'ann' }, model: 'gpt-4', at: 1_700_000_000_001 } as const
  expect(answer(authorize(request, add(given, change)))).toBe(expected)
})

test('a model removed from its account is unavailable, and a listed one is available', () => {
  const models = tableOf(['gpt-4'], [{ id: 'gpt-4', status: 'active' as const }])
  const state = add(given, { providerAccounts: [{ id: 'openai', anyModel: false, models }] })
  const request = {
    type: 'use',
    who: { type: 'credential', id: 'key' },
    model: 'gpt-4',
    at: 1_700_000_000_001,
  } as const
  expect(answer(authorize(request, state))).toBe('allow')
})
