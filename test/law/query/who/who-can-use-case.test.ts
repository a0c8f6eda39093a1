import { describe, expect, test } from 'vitest'
import { groupMembersOf } from '../../../../src/model/noun/access-group.ts'
import type { State } from '../../../../src/model/state/state.ts'
import { tableOf } from '../../../../src/model/table/table.ts'
import { findTarget, type Usable } from '../../../../src/query/who/access-target.ts'
import { findPrincipals } from '../../../../src/query/who/who-can-use.ts'
import { origin } from '../../../../src/testing/arbitrary/window.ts'
import { deepFreeze } from '../../../../src/testing/index.ts'
import { aliases, holding, memberOf, role, world } from '../../world.ts'
import { entryOf, whoIn } from './who-can-use-world.ts'

const at = 1_700_000_001_000
const models = tableOf(
  ['gpt-4', 'off'],
  [
    { id: 'gpt-4', status: 'active' as const },
    { id: 'off', status: 'suspended' as const },
  ],
)
const state = deepFreeze(
  world({
    organizations: [
      { id: 'narrow', entitlement: { type: 'list', accessGroups: ['claude-models'] } },
      { id: 'closed', status: 'suspended' },
    ],
    providerAccounts: [
      { id: 'azure', anyModel: false, models },
      { id: 'bedrock', anyModel: false },
      { id: 'dark', status: 'suspended' },
    ],
    modelAliases: [
      { id: 'gpt-4' },
      { id: 'gpt-4-turbo' },
      { id: 'claude-3', targets: [{ providerAccount: 'azure', model: 'gpt-4' }] },
      { id: 'old', lifecycle: { type: 'retired', successor: 'gpt-4' } },
      { id: 'going', lifecycle: { type: 'deprecated', sunsetAt: 1_700_000_002_000 } },
      { id: 'dim', targets: [{ providerAccount: 'dark', model: 'm' }] },
    ],
    accessGroups: [
      { id: 'gpt-models', ...aliases('gpt-4-turbo', 'gpt-4') },
      { id: 'claude-models', ...aliases('claude-3') },
      { id: 'past-models', ...aliases('old', 'going', 'dim') },
      { id: 'no-models' },
    ],
    plans: [{ id: 'pro', accessGroups: ['gpt-models'] }],
    restrictions: [
      { id: 'no', subject: { type: 'user', id: 'kay' }, selector: { type: 'alias', alias: 'gpt-4' } },
      { id: 'not', subject: { type: 'team', id: 'kept' }, selector: { type: 'pattern', pattern: 'gpt-*' } },
    ],
    teams: [
      { id: 'acme-prod', ...holding(['gpt-models', 'claude-models']) },
      { id: 'techco-dev', ...holding(['gpt-models']) },
      { id: 'client-staging', plan: 'pro' },
      { id: 'resting', status: 'suspended', ...holding(['gpt-models']) },
      { id: 'kept', ...holding(['gpt-models']) },
      { id: 'hidden', organization: 'narrow', ...holding(['gpt-models']) },
      { id: 'orphaned', organization: 'closed', ...holding(['gpt-models']) },
      { id: 'later', ...holding(['gpt-models'], [{ startsAt: 1_700_000_005_000 }]) },
      { id: 'one', metered: true, ...holding(['past-models']) },
      { id: 'two', metered: true, ...holding(['past-models']) },
    ],
    virtualAccounts: [{ id: 'bot', ...role('azure') }],
    users: [
      { id: 'ann', ...memberOf('acme-prod', 'resting') },
      { id: 'pat', ...memberOf('client-staging') },
      { id: 'rob', ...role('openai', 'manager') },
      { id: 'sue', ...memberOf('resting', 'orphaned', 'hidden', 'kept') },
      { id: 'kay', ...memberOf('techco-dev') },
      { id: 'amy', ...memberOf('two', 'one') },
      { id: 'own', ...holding(['gpt-models'], [{ expiresAt: 1_700_000_003_000 }]) },
    ],
  }),
)

const ids = (what: Usable, of: State = state, when = at): string[] =>
  whoIn(what, of, when)
    .map(({ principal }) => principal.id)
    .sort()
const byGroup = (accessGroup: string): Usable => ({ type: 'accessGroup', accessGroup })
const byAccount = (providerAccount: string): Usable => ({ type: 'providerAccount', providerAccount })

describe('whoCanUse', () => {
  test('a group has the teams that its details show as having access, and no others', () => {
    const teams = whoIn(byGroup('gpt-models'), state, at).filter(({ principal }) => principal.type === 'team')
    expect(teams.map(({ principal }) => principal.id).sort()).toEqual(['acme-prod', 'client-staging', 'techco-dev'])
    expect(teams.map(({ model }) => model)).toEqual(['gpt-4', 'gpt-4', 'gpt-4'])
  })

  test('names the models of a group’s pattern that a group names, and else says the pattern without the names of aliases', () => {
    const pattern = { type: 'modelPattern', providerAccount: 'openai', pattern: 'gpt-*' } as const
    const rows = {
      modelAliases: [{ id: 'openai/gpt-4', targets: [] }],
      accessGroups: [{ id: 'gpt', ...groupMembersOf([pattern]) }],
      teams: [{ id: 'dev', ...holding(['gpt']) }],
    }
    const openAccount = {
      providerAccount: 'openai',
      matching: [{ type: 'pattern', text: 'openai/gpt-*', isAnyCase: false }],
      except: [{ type: 'name', text: 'openai/gpt-4', isAnyCase: false }],
    }
    for (const what of [byGroup('gpt'), byAccount('openai')]) {
      expect(whoIn(what, world(rows), at)).toMatchObject([{ openAccount, routes: [] }])
    }
    const named = { type: 'model', providerAccount: 'openai', model: 'gpt-5' } as const
    const both = world({ ...rows, accessGroups: [...rows.accessGroups, { id: 'five', ...groupMembersOf([named]) }] })
    for (const what of [byGroup('gpt'), byAccount('openai')]) {
      expect(whoIn(what, both, at).map(({ model }) => model)).toEqual(['openai/gpt-5'])
    }
  })

  test('lists a user that must name a team to use an account or a group, since its default team decides first', () => {
    const both = world({
      providerAccounts: [{ id: 'azure' }],
      modelAliases: [
        { id: 'gpt-4', targets: ['openai', 'azure'].map((account) => ({ providerAccount: account, model: 'gpt-4' })) },
      ],
      accessGroups: [{ id: 'gpt-models', ...aliases('gpt-4') }],
      teams: [
        { id: 'usual', ...role('openai') },
        { id: 'third', ...holding(['gpt-models']) },
      ],
      users: [{ id: 'ann', defaultTeam: 'usual', ...memberOf('usual', 'third') }],
    })
    const entry = (what: Usable) => entryOf(whoIn(what, both, at), { type: 'user', id: 'ann' })
    const { mustNameTeam, team, teams } = entry(byAccount('openai')) ?? {}
    expect([mustNameTeam, team, teams]).toEqual([undefined, 'usual', ['third', 'usual']])
    expect(entry(byGroup('gpt-models'))).toMatchObject({ mustNameTeam: true, team: 'third', teams: ['third'] })
    expect(entry(byAccount('azure'))).toMatchObject({ mustNameTeam: true, model: 'gpt-4', team: 'third' })
  })

  test('lists teams first, then virtual accounts, then users', () => {
    const kinds = whoIn(byAccount('azure'), state, at).map(({ principal }) => principal.type)
    expect(kinds).toEqual(['team', 'virtualAccount', 'user'])
  })

  test('lists a user through its team, with the teams that it may name, suspended teams excluded', () => {
    const principal = { type: 'user', id: 'ann' } as const
    expect(entryOf(whoIn('gpt-4', state, at), principal)).toEqual({
      principal,
      model: 'gpt-4',
      routes: [{ providerAccount: 'openai', model: 'gpt-4' }],
      payer: { type: 'none' },
      reach: [{ type: 'accessGroup', accessGroup: 'gpt-models', principal: { type: 'team', id: 'acme-prod' } }],
      notices: [],
      teams: ['acme-prod'],
    })
  })

  test('lists a user by the plan of its team, by its own role and by its own group', () => {
    const entries = whoIn('gpt-4', state, at)
    const reachOf = (id: string) => entryOf(entries, { type: 'user', id })?.reach
    const team = { type: 'team', id: 'client-staging' }
    expect(reachOf('pat')).toEqual([{ type: 'accessGroup', accessGroup: 'gpt-models', principal: team, plan: 'pro' }])
    const rob = { type: 'user', id: 'rob' }
    expect(reachOf('rob')).toEqual([{ type: 'role', role: 'manager', providerAccount: 'openai', principal: rob }])
    expect(entryOf(entries, { type: 'user', id: 'own' })).toMatchObject({
      reach: [{ until: 1_700_000_003_000 }],
      teams: [],
      until: 1_700_000_003_000,
    })
  })

  test('lists no principal through a suspended team or organization, against an entitlement or a restriction, or outside a window', () => {
    expect(ids('gpt-4')).toEqual(['acme-prod', 'ann', 'client-staging', 'own', 'pat', 'rob', 'techco-dev'])
    expect(ids('gpt-4-turbo')).toEqual([...ids('gpt-4'), 'kay'].sort())
    expect(ids('gpt-4', state, origin + 5000)).toEqual([
      'acme-prod',
      'ann',
      'client-staging',
      'later',
      'pat',
      'rob',
      'techco-dev',
    ])
  })

  test('lists a user with an ambiguous payer with all teams that could pay', () => {
    const amy = entryOf(whoIn('going', state, at), { type: 'user', id: 'amy' })
    expect(amy).toMatchObject({
      payer: { type: 'ambiguous', teams: ['one', 'two'] },
      teams: ['one', 'two'],
      until: 1_700_000_002_000,
    })
    expect(amy?.notices).toEqual([{ type: 'model_deprecated', sunsetAt: 1_700_000_002_000 }])
  })

  test('is empty for a retired alias, an unavailable model and a model that no principal holds', () => {
    for (const what of ['old', 'dim', 'azure/off', byAccount('dark'), byAccount('bedrock'), byGroup('no-models')]) {
      expect(ids(what)).toEqual([])
    }
    expect(ids('going', state, origin + 2000)).toEqual([])
    expect(ids(byGroup('past-models'))).toEqual(['amy', 'one', 'two'])
    expect(ids(byGroup('past-models'), state, origin + 2000)).toEqual([])
  })

  test('lists every principal with a role on an account with anyModel for a model that it does not list', () => {
    expect(ids('openai/whatever')).toEqual(['rob'])
    const rob = entryOf(whoIn(byAccount('openai'), state, at), { type: 'user', id: 'rob' })
    expect(rob?.model).toBe('going')
    const bare = world({
      users: [{ id: 'rob', ...role('openai') }],
      restrictions: [{ id: 'no', selector: { type: 'model', providerAccount: 'openai', model: 'model' } }],
    })
    expect(whoIn(byAccount('openai'), bare, at)).toMatchObject([
      {
        openAccount: {
          providerAccount: 'openai',
          matching: [],
          except: [{ type: 'name', text: 'openai/model', isAnyCase: true }],
        },
        routes: [],
      },
    ])
  })

  test('ends the entry of an account where an earlier name begins', () => {
    const windows = [{ startsAt: 1_700_000_002_000 }]
    const later = world({
      modelAliases: [{ id: 'aa' }, { id: 'zz' }],
      accessGroups: [
        { id: 'soon', ...aliases('aa') },
        { id: 'now', ...aliases('zz') },
      ],
      teams: [
        { id: 'dev', accessGroups: [...holding(['now']).accessGroups, ...holding(['soon'], windows).accessGroups] },
      ],
    })
    expect(whoIn(byAccount('openai'), later, at)).toMatchObject([{ model: 'zz', until: 1_700_000_002_000 }])
    expect(whoIn(byAccount('openai'), later, origin + 2000)).toMatchObject([{ model: 'aa' }])
  })

  test('tries the names of a group of ten thousand aliases only for its current holders', () => {
    const names = Array.from({ length: 10_000 }, (_, n) => `alias-${n}`)
    const many = world({
      accessGroups: [{ id: 'all-models', allAliases: true }],
      organizations: [{ id: 'none', entitlement: { type: 'list', accessGroups: [] } }],
      modelAliases: names.map((id) => ({ id })),
      teams: [
        { id: 'over', ...holding(['all-models'], [{ expiresAt: 1_700_000_000_500 }]) },
        { id: 'under', organization: 'none', ...holding(['all-models']) },
        { id: 'dev', ...holding(['all-models']) },
      ],
    })
    const target = findTarget(byGroup('all-models'), many, at)
    if ('ok' in target) return expect.fail(target.fault.message)
    const tried: string[] = []
    const watching: typeof target = {
      ...target,
      *namesFor(asking, moment, whole) {
        for (const name of target.namesFor(asking, moment, whole)) {
          tried.push(asking.principal.id)
          yield name
        }
      },
    }
    expect([...findPrincipals(watching, many, { at })].map(({ model }) => model)).toEqual(['alias-0'])
    expect(tried).toEqual(['dev'])
  })
})
