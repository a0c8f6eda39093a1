import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { State } from '../../../../src/model/state/state.ts'
import { idsOf } from '../../../../src/model/table/table.ts'
import { authorize } from '../../../../src/policy/authorize.ts'
import { answerCaller } from '../../../../src/policy/decision/caller-answer.ts'
import { type DenialReason, denialReasons } from '../../../../src/policy/decision/denial.ts'
import type { Request } from '../../../../src/policy/request/request.ts'
import { formatExplanation } from '../../../../src/query/explain/describe/format-explanation.ts'
import { explain } from '../../../../src/query/explain/explain.ts'
import { explainToCaller } from '../../../../src/query/explain/explain-to-caller.ts'
import {
  allowed,
  arbitraryBadId,
  arbitraryManageRequest,
  arbitraryRequest,
  arbitrarySession,
  arbitraryUseRequest,
  faults,
} from '../../../../src/testing/index.ts'
import { runs } from '../../runs.ts'
import { add, aliases, holding, memberOf, role, world } from '../../world.ts'
import { arbitraryHistory } from '../state-at.ts'

function always(count: number, law: (request: Request, state: State) => void): void {
  fc.assert(
    fc.property(arbitrarySession(arbitraryRequest), ({ state, requests }) => {
      for (const request of requests) law(request, state)
    }),
    runs(count),
  )
}

const controls =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be there
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/

describe('formatExplanation', () => {
  test('starts with the decision, and has a line for each guard, context, path, near miss and remedy', () => {
    always(50, (request, state) => {
      const explanation = explain(request, state)
      const { guards, contexts, paths, nearMisses, remedies } = explanation
      const lines = formatExplanation(explanation).split('\n')
      const failed = guards.filter(({ outcome }) => outcome === 'failed').flatMap(({ facts }) => facts)
      const lists = [contexts, paths, nearMisses, remedies]
      const titles = lists.filter((list) => list.length > 0).length
      const listed = lists.reduce((sum, list) => sum + list.length, 0)
      expect(lines.length).toBe(2 + guards.length + failed.length + titles + listed)
      expect(lines[0]?.startsWith(explanation.decision.effect === 'allow' ? 'allowed: ' : 'denied: ')).toBe(true)
    })
  })

  test('no id can inject a line', () => {
    always(50, (request, state) => {
      expect(formatExplanation(explain(request, state))).not.toMatch(controls)
      expect(explainToCaller(explain(request, state))).not.toMatch(controls)
    })
    fc.assert(
      fc.property(arbitraryBadId, fc.constantFrom('model', 'team', 'who', 'key'), (bad, place) => {
        const { request, state } = allowed
        const changes = { model: { model: bad }, team: { team: bad }, who: { who: { type: 'user', id: bad } } }
        const sent =
          place === 'key' ? { ...request, [bad]: 1 } : { ...request, ...changes[place as keyof typeof changes] }
        for (const asked of [sent, { ...sent, type: 'manage' }]) {
          const explanation = explain(asked as Request, state)
          const text = formatExplanation(explanation)
          expect(text).not.toMatch(controls)
          expect(explainToCaller(explanation)).not.toMatch(controls)
          for (const line of text.split('\n').slice(1))
            expect(line).toMatch(/^(checks|contexts|paths|near misses|remedies| {2}.*)$/)
        }
      }),
      runs(120),
    )
  })

  test('has a phrase for every fact, near miss and command', () => {
    const session = arbitraryHistory.chain((state) =>
      fc.record({
        state: fc.constant(state),
        requests: fc.array(fc.oneof(arbitraryUseRequest(state), arbitraryManageRequest(state)), { maxLength: 6 }),
      }),
    )
    fc.assert(
      fc.property(session, ({ state, requests }) => {
        for (const request of requests) {
          const text = formatExplanation(explain(request, state))
          expect(text).not.toMatch(/undefined|\[object|NaN/)
          // A command without a phrase is shown by its type, which starts with a capital letter.
          expect(text).not.toMatch(/^ {2}\d+\. [A-Z]|, then [A-Z]/m)
        }
      }),
      runs(30),
    )
  })

  test.each(denialReasons)('%s: shows the reason and its facts', (reason) => {
    const { request, state } = faults[reason](allowed)
    const lines = formatExplanation(explain(request, state)).split('\n')
    const failed = lines.indexOf(`  FAILED ${reason}`)
    expect(failed).toBeGreaterThan(0)
    expect(lines[failed + 1]).toMatch(/^ {6}\S/)
  })
})

describe('explainToCaller', () => {
  test('is a function of the answerCaller result', () => {
    const texts = new Map<string, string>()
    always(60, (request, state) => {
      const answer = JSON.stringify(answerCaller(authorize(request, state)))
      const text = explainToCaller(explain(request, state))
      expect(texts.get(answer) ?? text).toBe(text)
      texts.set(answer, text)
    })
    expect(texts.size).toBeGreaterThan(8)
    expect(new Set(texts.values()).size).toBe(texts.size)
  })

  const secret = [
    'secret-group',
    'secret-plan',
    'secret-team',
    'secret-account',
    'secret-rule',
    'secret-model',
    'secret-alias',
  ]
  const base = world({
    organizations: [{ id: 'acme' }],
    users: [{ id: 'ann', ...memberOf('own', 'other'), ...holding(['secret-group']), ...role('secret-account') }],
    teams: [{ id: 'own' }, { id: 'other' }, { id: 'secret-team', ...holding(['secret-group']) }],
    providerAccounts: [{ id: 'secret-account' }],
    modelAliases: [
      { id: 'asked', targets: [{ providerAccount: 'secret-account', model: 'secret-model' }] },
      { id: 'secret-alias' },
    ],
    accessGroups: [{ id: 'secret-group', ...aliases('secret-alias') }],
    restrictions: [{ id: 'secret-rule', selector: { type: 'alias', alias: 'asked' } }],
  })
  const ask = (model: string, state: State, team?: string) =>
    explainToCaller(
      explain(
        {
          type: 'use',
          who: { type: 'user', id: 'ann' },
          model,
          at: 1_700_000_000_001,
          ...(team === undefined ? {} : { team }),
        },
        state,
      ),
    )

  test('names no group, team, restriction, provider account or model except what the caller sent', () => {
    const suspended = add(base, {
      providerAccounts: [{ id: 'secret-account', status: 'suspended' }],
      restrictions: [{ id: 'secret-rule', window: { startsAt: 1_700_000_000_005 } }],
    })
    const retired = add(base, {
      modelAliases: [{ id: 'asked', lifecycle: { type: 'retired', successor: 'secret-alias' } }],
      accessGroups: [{ id: 'secret-group', ...aliases('asked') }],
    })
    const texts = [
      ask('asked', base),
      ask('asked', base, 'own'),
      ask('asked', base, 'secret-team'),
      ask('unheard of', base),
      ask('secret', base),
      ask('asked', suspended),
      ask('asked', retired),
      ask('asked', add(base, { teams: [{ id: 'own', status: 'suspended' }] }), 'own'),
    ]
    expect(new Set(texts).size).toBeGreaterThan(3)
    for (const text of texts) for (const name of secret) expect(text).not.toContain(name)
  })

  test('contains no id of the state except those in the answerCaller message', () => {
    let met = 0
    always(50, (request, state) => {
      const text = explainToCaller(explain(request, state))
      const answer = answerCaller(authorize(request, state))
      const said = answer.effect === 'deny' ? answer.message : ''
      for (const kind of [
        'accessGroups',
        'teams',
        'restrictions',
        'providerAccounts',
        'credentials',
        'plans',
      ] as const) {
        for (const id of idsOf<unknown>(state[kind])) {
          if (said.includes(`\`${id}\``)) continue
          met += 1
          expect(text).not.toContain(`\`${id}\``)
        }
      }
    })
    expect(met).toBeGreaterThan(500)
  })

  test('says who can fix it', () => {
    const of = (reason: DenialReason) => {
      const { request, state } = faults[reason](allowed)
      return explainToCaller(explain(request, state))
    }
    expect(of('credits_exhausted')).toBe(
      'denied (credits_exhausted): not enough credits for this call; ask the payer to add some\nthe owner of the wallet that pays can fix this',
    )
    expect(of('model_not_granted')).toBe(of('model_restricted'))
    expect(of('model_unknown')).toBe(of('model_restricted'))
    expect(explainToCaller(explain(allowed.request, allowed.state))).toBe('allowed')
  })
})
