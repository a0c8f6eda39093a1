import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Defect } from '../../../src/model/defect.ts'
import type { State } from '../../../src/model/state.ts'
import { tableOf } from '../../../src/model/table.ts'
import { type ReacherPage, type Reachers, whoCanUse, whoCanUsePage } from '../../../src/query/who-can-use.ts'
import type { Usable } from '../../../src/query/who-can-use-sought.ts'
import { arbitraryAnything, arbitraryDamage, deepFreeze } from '../../../src/testing/index.ts'
import { runs } from '../runs.ts'
import { aliases, holding, memberOf, role, world } from '../world.ts'
import { entryOf, whoIn } from './who-can-use-world.ts'

const at = 1000
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
      { id: 'going', lifecycle: { type: 'deprecated', sunsetAt: 2000 } },
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
      { id: 'not', subject: { type: 'team', id: 'kept' }, selector: { type: 'aliasPattern', pattern: 'gpt-*' } },
    ],
    teams: [
      { id: 'acme-prod', ...holding(['gpt-models', 'claude-models']) },
      { id: 'techco-dev', ...holding(['gpt-models']) },
      { id: 'client-staging', plan: 'pro' },
      { id: 'resting', status: 'suspended', ...holding(['gpt-models']) },
      { id: 'kept', ...holding(['gpt-models']) },
      { id: 'hidden', organization: 'narrow', ...holding(['gpt-models']) },
      { id: 'orphaned', organization: 'closed', ...holding(['gpt-models']) },
      { id: 'later', ...holding(['gpt-models'], [{ startsAt: 5000 }]) },
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
      { id: 'own', ...holding(['gpt-models'], [{ expiresAt: 3000 }]) },
    ],
  }),
)

const ids = (what: Usable, of: State = state, when = at): string[] =>
  whoIn(what, of, when)
    .map(({ principal }) => principal.id)
    .sort()
const byGroup = (accessGroup: string): Usable => ({ type: 'accessGroup', accessGroup })
const byAccount = (providerAccount: string): Usable => ({ type: 'providerAccount', providerAccount })

describe('who can use a model', () => {
  test('the teams with access to a group, as its details show them, and nobody who only seems to have it', () => {
    const teams = whoIn(byGroup('gpt-models'), state, at).filter(({ principal }) => principal.type === 'team')
    expect(teams.map(({ principal }) => principal.id).sort()).toEqual(['acme-prod', 'client-staging', 'techco-dev'])
    expect(teams.map(({ model }) => model)).toEqual(['gpt-4', 'gpt-4', 'gpt-4'])
  })

  test('teams come first, then virtual accounts, then users', () => {
    const kinds = whoIn(byAccount('azure'), state, at).map(({ principal }) => principal.type)
    expect(kinds).toEqual(['team', 'virtualAccount', 'user'])
  })

  test('a user has it through its team, and may name that team but not one that is suspended', () => {
    const principal = { type: 'user', id: 'ann' } as const
    expect(entryOf(whoIn('gpt-4', state, at), principal)).toEqual({
      principal,
      model: 'gpt-4',
      routes: [{ providerAccount: 'openai', model: 'gpt-4' }],
      payer: { type: 'nobody' },
      reach: [{ type: 'accessGroup', accessGroup: 'gpt-models', principal: { type: 'team', id: 'acme-prod' } }],
      notices: [],
      teams: ['acme-prod'],
    })
  })

  test('a user has it through the plan of its team, by a role of its own, by a group of its own', () => {
    const entries = whoIn('gpt-4', state, at)
    const reachOf = (id: string) => entryOf(entries, { type: 'user', id })?.reach
    const team = { type: 'team', id: 'client-staging' }
    expect(reachOf('pat')).toEqual([{ type: 'accessGroup', accessGroup: 'gpt-models', principal: team, plan: 'pro' }])
    const rob = { type: 'user', id: 'rob' }
    expect(reachOf('rob')).toEqual([{ type: 'role', role: 'manager', providerAccount: 'openai', principal: rob }])
    expect(entryOf(entries, { type: 'user', id: 'own' })).toMatchObject({
      reach: [{ until: 3000 }],
      teams: [],
      until: 3000,
    })
  })

  test('nobody has it through a suspended team or organization, past a ceiling or a restriction, or before its time', () => {
    expect(ids('gpt-4')).toEqual(['acme-prod', 'ann', 'client-staging', 'own', 'pat', 'rob', 'techco-dev'])
    expect(ids('gpt-4-turbo')).toEqual([...ids('gpt-4'), 'kay'].sort())
    expect(ids('gpt-4', state, 5000)).toEqual([
      'acme-prod',
      'ann',
      'client-staging',
      'later',
      'pat',
      'rob',
      'techco-dev',
    ])
  })

  test('where several teams could pay, a user is there with all of them', () => {
    const amy = entryOf(whoIn('going', state, at), { type: 'user', id: 'amy' })
    expect(amy).toMatchObject({
      payer: { type: 'ambiguous', teams: ['one', 'two'] },
      teams: ['one', 'two'],
      until: 2000,
    })
    expect(amy?.notices).toEqual([{ type: 'model_deprecated', sunsetAt: 2000 }])
  })

  test('a retired alias is known and nobody’s, and so is what cannot serve and what nothing holds', () => {
    for (const what of ['old', 'dim', 'azure/off', byAccount('dark'), byAccount('bedrock'), byGroup('no-models')]) {
      expect(ids(what)).toEqual([])
    }
    expect(ids('going', state, 2000)).toEqual([])
    expect(ids(byGroup('past-models'))).toEqual(['amy', 'one', 'two'])
    expect(ids(byGroup('past-models'), state, 2000)).toEqual([])
  })

  test('of an account that serves any model, whoever has a role may use a model that it does not list', () => {
    expect(ids('openai/whatever')).toEqual(['rob'])
    const rob = entryOf(whoIn(byAccount('openai'), state, at), { type: 'user', id: 'rob' })
    expect(rob?.model).toBe('going')
    const bare = world({
      users: [{ id: 'rob', ...role('openai') }],
      restrictions: [{ id: 'no', selector: { type: 'model', providerAccount: 'openai', model: 'model' } }],
    })
    expect(whoIn(byAccount('openai'), bare, at).map(({ model }) => model)).toEqual(['openai/model-2'])
  })
})

const ask = (what: unknown, of: unknown, options: unknown): Reachers =>
  (whoCanUse as (what: unknown, of: unknown, options: unknown) => Reachers)(what, of, options)
const askPage = (what: unknown, of: unknown, options: unknown): ReacherPage =>
  (whoCanUsePage as (what: unknown, of: unknown, options: unknown) => ReacherPage)(what, of, options)
const faultOf = (answer: Reachers | ReacherPage): unknown =>
  !answer.ok && [answer.fault.code, answer.fault.path.join('.')]

describe('what cannot be answered', () => {
  test.each<readonly [what: unknown, code: string, path: string]>([
    ['gpt-99', 'model_unknown', 'what'],
    ['azure/none', 'model_unknown', 'what'],
    ['gpt-models', 'model_unknown', 'what'],
    [{ type: 'model', name: 'nowhere/gpt-4' }, 'model_unknown', 'what.name'],
    [{ type: 'providerAccount', providerAccount: 'azur' }, 'provider_account_unknown', 'what.providerAccount'],
    [{ type: 'accessGroup', accessGroup: '__proto__' }, 'access_group_unknown', 'what.accessGroup'],
    ['', 'query_invalid', 'what'],
    [{ type: 'model' }, 'query_invalid', 'what.name'],
    [{ type: 'team', id: 'acme-prod' }, 'query_invalid', 'what.type'],
    [undefined, 'query_invalid', 'what'],
  ])('%o is %s at %s', (what, code, path) => {
    expect(faultOf(ask(what, state, { at }))).toEqual([code, path])
    expect(faultOf(askPage(what, state, { at }))).toEqual([code, path])
  })

  test.each<readonly [options: unknown, path: string, message: string]>([
    [undefined, 'options', 'expected an object for `options`'],
    [{}, 'options.at', 'expected an instant in whole epoch milliseconds'],
    [{ at: 1.5 }, 'options.at', 'expected an instant in whole epoch milliseconds'],
    [{ at, limit: 0 }, 'options.limit', 'expected at least one entry'],
    [{ at, limit: 1001 }, 'options.limit', 'expected at most 1000 entries'],
    [{ at, limit: '10' }, 'options.limit', 'expected a whole number of entries'],
    [{ at, after: 'ann' }, 'options.after', 'expected an object for `after`'],
    [
      { at, after: { type: 'robot', id: 'ann' } },
      'options.after.type',
      'expected one of `team`, `virtualAccount`, `user` for `type`',
    ],
    [{ at, page: 2 }, 'options.page', 'unknown key `page`, leave it out or correct it'],
  ])('pages by %o: %s', (options, path, message) => {
    const page = askPage('gpt-4', state, options)
    expect(faultOf(page)).toEqual(['query_invalid', path])
    expect(!page.ok && page.fault.message).toBe(message)
  })

  test('whatever is asked, of whatever state, there is an answer', () => {
    const options = fc.constant({ at, limit: 2, after: { type: 'user', id: 'ann' } })
    const damaged = arbitraryDamage(fc.record({ what: fc.constant({ type: 'model', name: 'gpt-4' }), options }))
    fc.assert(
      fc.property(arbitraryAnything, arbitraryAnything, arbitraryAnything, damaged, (what, other, of, make) => {
        const query = make() as { readonly what?: unknown; readonly options?: unknown } | null | undefined
        const parts = partsOf(query)
        for (const [one, options] of [[what(), { at }], ['gpt-4', other()], [what(), other()], parts]) {
          for (const from of [state, of()]) {
            const found = ask(one, from, options)
            if (found.ok) expect([...found.principals].length).toBeLessThan(20)
            else expect(typeof found.fault.code).toBe('string')
            const page = askPage(one, from, options)
            if (!page.ok) expect(typeof page.fault.message).toBe('string')
          }
        }
      }),
      runs(300),
    )
  })

  test('a state that is corrupt is a fault where it shows at once, and a defect where it shows later', () => {
    const corrupt = { ...state, users: { size: 7, root: null } } as unknown as State
    expect(faultOf(askPage('gpt-4', corrupt, { at }))).toEqual(['query_invalid', 'state'])
    const found = whoCanUse('gpt-4', corrupt, { at })
    expect(() => found.ok && [...found.principals]).toThrow(Defect)
    expect(faultOf(ask('gpt-4', { ...state, modelAliases: { size: 7, root: null } }, { at }))).toEqual([
      'query_invalid',
      'state',
    ])
  })
})

function partsOf(query: unknown): readonly [unknown, unknown] {
  try {
    const { what, options } = query as { readonly what: unknown; readonly options: unknown }
    return [what, options]
  } catch {
    return [query, query]
  }
}
