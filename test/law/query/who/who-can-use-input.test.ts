import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { State } from '../../../../src/model/state/state.ts'
import { Defect } from '../../../../src/model/value/defect.ts'
import type { QueryFailure } from '../../../../src/query/query-fault.ts'
import {
  type PrincipalAccessPage,
  type PrincipalsWithAccess,
  whoCanUse,
  whoCanUsePage,
} from '../../../../src/query/who/who-can-use.ts'
import { arbitraryAnything, arbitraryDamage, deepFreeze } from '../../../../src/testing/index.ts'
import { runs } from '../../runs.ts'
import { aliases, holding, memberOf, role, world } from '../../world.ts'

const at = 1_700_000_001_000
const state = deepFreeze(
  world({
    providerAccounts: [{ id: 'azure', anyModel: false }],
    modelAliases: [{ id: 'gpt-4' }],
    accessGroups: [{ id: 'gpt-models', ...aliases('gpt-4') }],
    teams: [{ id: 'acme-prod', ...holding(['gpt-models']) }],
    virtualAccounts: [{ id: 'bot', ...role('openai') }],
    users: [{ id: 'ann', ...memberOf('acme-prod') }, { id: 'bob' }],
  }),
)

type Query<Answer> = (what: unknown, of: unknown, options: unknown) => Answer | QueryFailure
const ask = whoCanUse as Query<PrincipalsWithAccess>
const askPage = whoCanUsePage as Query<PrincipalAccessPage>
const faultOf = (answer: PrincipalsWithAccess | PrincipalAccessPage | QueryFailure): unknown =>
  !answer.ok && [answer.fault.code, answer.fault.path.join('.')]

describe('invalid queries', () => {
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
  ])('%o fails with %s at %s', (what, code, path) => {
    expect(faultOf(ask(what, state, { at }))).toEqual([code, path])
    expect(faultOf(askPage(what, state, { at }))).toEqual([code, path])
  })

  test.each<readonly [options: unknown, path: string, message: string]>([
    [undefined, 'options', 'expected an object for `options`'],
    [{}, 'options.at', 'expected an instant in whole epoch milliseconds'],
    [{ at: 1.5 }, 'options.at', 'expected an instant in whole epoch milliseconds'],
    [{ at, limit: 0 }, 'options.limit', 'expected at least one entry'],
    [{ at, limit: 1001 }, 'options.limit', 'expected at most 1000 entries'],
    [{ at, limit: '10' }, 'options.limit', 'expected an integer number of entries'],
    [{ at, after: 'ann' }, 'options.after', 'expected an object for `after`'],
    [
      { at, after: { type: 'robot', id: 'ann' } },
      'options.after.type',
      'expected one of `team`, `virtualAccount`, `user` for `type`',
    ],
    [{ at, page: 2 }, 'options.page', 'unknown key `page`, leave it out or correct it'],
  ])('page options %o fail: %s', (options, path, message) => {
    const page = askPage('gpt-4', state, options)
    expect(faultOf(page)).toEqual(['query_invalid', path])
    expect(!page.ok && page.fault.message).toBe(message)
  })

  test('never throws, for any query and any state', () => {
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

  test('a corrupt state is a fault when the query reads it, and a Defect when the iteration does', () => {
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
