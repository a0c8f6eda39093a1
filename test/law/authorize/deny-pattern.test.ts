import { describe, expect, test } from 'vitest'
import type { State } from '../../../src/model/state/state.ts'
import { tableOf } from '../../../src/model/table/table.ts'
import type { Selector } from '../../../src/model/value/selector.ts'
import { authorize } from '../../../src/policy/authorize.ts'
import { add, answer, holding, role, routesOf, world } from '../world.ts'

const at = 1_700_000_000_000
const ann = { type: 'user', id: 'ann' } as const
const key = { type: 'credential', id: 'key' } as const
const pattern = (text: string): Selector => ({ type: 'pattern', pattern: text })

/** An account that serves any model, an account that serves two listed models, and aliases on both. */
const base = world({
  users: [
    {
      id: 'ann',
      ...holding(['all']),
      roleGrants: [...role('openrouter').roleGrants, ...role('Azure').roleGrants],
    },
  ],
  providerAccounts: [
    { id: 'openrouter' },
    {
      id: 'Azure',
      anyModel: false,
      models: tableOf(
        ['gpt-4', 'o1-pro'],
        ['gpt-4', 'o1-pro'].map((id) => ({ id, status: 'active' as const })),
      ),
    },
  ],
  modelAliases: [
    {
      id: 'Smart',
      targets: [
        { providerAccount: 'openrouter', model: 'openai/o1-pro' },
        { providerAccount: 'Azure', model: 'o1-pro' },
      ],
    },
    { id: 'openrouter/house', targets: [{ providerAccount: 'Azure', model: 'gpt-4' }] },
  ],
  accessGroups: [{ id: 'all', allAliases: true }],
})

const denying = (selector: Selector, state = base): State => add(state, { restrictions: [{ id: 'no', selector }] })
const scopedTo = (selector: Selector): State =>
  add(base, { credentials: [{ id: 'key', scope: { type: 'list', selectors: [selector] } }] })

const use = (state: State, model: string, who: typeof ann | typeof key = ann) =>
  authorize({ type: 'use', who, model, at }, state)
const reason = (state: State, model: string, who: typeof ann | typeof key = ann): string =>
  answer(use(state, model, who))

describe('a deny pattern is held against the alias name and each route', () => {
  test('it denies a concrete model and the variants that a client appends', () => {
    const state = denying(pattern('openrouter/openai/o1-pro*'))
    for (const suffix of ['', ':nitro', ':online', ':free', '-2025-03-19', ':nitro:online', ' x']) {
      expect([suffix, reason(state, `openrouter/openai/o1-pro${suffix}`)]).toEqual([suffix, 'model_restricted'])
    }
    expect(reason(state, 'openrouter/openai/o1')).toBe('allow')
    expect(reason(state, 'Azure/o1-pro')).toBe('allow')
  })

  test('it denies the route of an alias and leaves the others', () => {
    expect(routesOf(use(denying(pattern('openrouter/openai/*')), 'Smart'))).toEqual(['Azure/o1-pro'])
    expect(reason(denying(pattern('*o1-pro')), 'Smart')).toBe('model_restricted')
  })

  test('it denies an alias by its name', () => {
    expect(reason(denying(pattern('Sm*')), 'Smart')).toBe('model_restricted')
    expect(reason(denying(pattern('*/house')), 'openrouter/house')).toBe('model_restricted')
  })

  test('lifting names every restriction that denies the route', () => {
    const state = add(denying(pattern('openrouter/*')), {
      restrictions: [{ id: 'also', selector: { type: 'providerAccount', providerAccount: 'openrouter' } }],
    })
    expect(use(state, 'openrouter/x')).toMatchObject({
      reason: 'model_restricted',
      remedies: [{ type: 'lift_restriction', restrictions: ['also', 'no'] }],
    })
  })

  test('a scope pattern passes names and routes alike', () => {
    expect(reason(scopedTo(pattern('openrouter/openai/*')), 'openrouter/openai/o1-pro:nitro', key)).toBe('allow')
    expect(reason(scopedTo(pattern('openrouter/openai/*')), 'openrouter/x/y', key)).toBe('credential_out_of_scope')
    expect(routesOf(use(scopedTo(pattern('openrouter/*')), 'Smart', key))).toEqual(['openrouter/openai/o1-pro'])
    expect(routesOf(use(scopedTo(pattern('Sm*')), 'Smart', key))).toHaveLength(2)
  })
})

describe('on the routes of an account that serves any model denies ignore ASCII case', () => {
  const selectors: readonly Selector[] = [
    pattern('OpenRouter/OpenAI/o1*'),
    { type: 'model', providerAccount: 'openrouter', model: 'OpenAI/o1-pro' },
    { type: 'providerAccount', providerAccount: 'openrouter' },
  ]

  test.each(selectors)('%j denies the model in any case', (selector) => {
    const state = denying(selector)
    for (const model of ['openai/o1-pro', 'OpenAI/O1-Pro', 'OPENAI/O1-PRO']) {
      expect([model, reason(state, `openrouter/${model}`)]).toEqual([model, 'model_restricted'])
    }
    expect(routesOf(use(state, 'Smart'))).toEqual(['Azure/o1-pro'])
  })

  test('a deny of an alias that hides a model denies the model in another case', () => {
    const state = denying({ type: 'alias', alias: 'openrouter/house' })
    expect(reason(state, 'openrouter/house')).toBe('model_restricted')
    expect(reason(state, 'openrouter/House')).toBe('model_restricted')
    expect(reason(state, 'openrouter/houses')).toBe('allow')
  })

  test('a deny of an alias name in another case takes only the routes on such an account', () => {
    const state = denying(pattern('smart*'))
    expect(routesOf(use(state, 'Smart'))).toEqual(['Azure/o1-pro'])
  })

  test('a deny of another account takes the account that differs only in case', () => {
    const state = add(base, { providerAccounts: [{ id: 'OpenRouter' }] })
    const selector = { type: 'providerAccount', providerAccount: 'OpenRouter' } as const
    expect(reason(denying(selector, state), 'openrouter/x')).toBe('model_restricted')
  })

  test('letters beyond ASCII are compared exactly', () => {
    const kelvin = '\u212a'
    const state = denying(pattern(`*${kelvin}*`))
    expect(reason(state, 'openrouter/k')).toBe('allow')
  })

  test('on an account that lists its models case counts', () => {
    for (const selector of [pattern('azure/*'), pattern('Azure/GPT*')]) {
      expect(reason(denying(selector), 'Azure/gpt-4')).toBe('allow')
    }
    expect(reason(denying(pattern('Azure/gpt*')), 'Azure/gpt-4')).toBe('model_restricted')
  })

  test('a scope compares exactly everywhere', () => {
    expect(reason(scopedTo(pattern('openrouter/openai/*')), 'openrouter/OpenAI/x', key)).toBe('credential_out_of_scope')
  })
})

describe('an account that serves any model serves no name that an upstream may read as another', () => {
  const unread = [
    ' o1-pro',
    'o1-pro ',
    'openai//o1-pro',
    '/o1-pro',
    'o1-pro/',
    './o1-pro',
    'openai/../o1-pro',
    'openai/.',
    '..',
    '',
    'o1%2dpro',
    '%6f1-pro',
    'o1\u2010pro',
    '\u043e1-pro',
    'o1-pro\u00a0',
  ]
  const read = ['o1 pro', 'a.b', '...', '.a', 'a/..b', 'a..', 'openai/o1-pro:nitro', 'a@1.0', 'A+b=c~d']

  test.each(unread)('%j is unknown', (model) => {
    expect(reason(base, `openrouter/${model}`)).toBe('model_unknown')
  })

  test.each(read)('%j is known', (model) => {
    expect(reason(base, `openrouter/${model}`)).toBe('allow')
  })

  test('a listed model is known whatever its name', () => {
    const models = tableOf(
      unread.filter((id) => id !== ''),
      unread.filter((id) => id !== '').map((id) => ({ id, status: 'active' as const })),
    )
    const state = add(base, { providerAccounts: [{ id: 'openrouter', models }] })
    for (const id of unread.filter((one) => one !== ''))
      expect([id, reason(state, `openrouter/${id}`)]).toEqual([id, 'allow'])
  })
})
