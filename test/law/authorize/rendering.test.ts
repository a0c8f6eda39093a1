import { describe, expect, test } from 'vitest'
import type { State } from '../../../src/model/state/state.ts'
import { authorize } from '../../../src/policy/authorize.ts'
import { answerCaller } from '../../../src/policy/decision/caller-answer.ts'
import { formatDecision } from '../../../src/policy/decision/format-decision.ts'
import { add, aliases, asRequest, holding, world } from '../world.ts'

const retired = { type: 'retired', successor: 'new' } as const

const base = world({
  users: [{ id: 'ann' }],
  modelAliases: [{ id: 'old', lifecycle: retired }, { id: 'new' }, { id: 'older', lifecycle: { type: 'retired' } }],
  accessGroups: [
    { id: 'olds', ...aliases('old', 'older') },
    { id: 'news', ...aliases('new') },
  ],
})

const ask = (state: State, model: string) =>
  authorize({ type: 'use', who: { type: 'user', id: 'ann' }, model, at: 100 }, state)
const tell = (state: State, model: string) => answerCaller(ask(state, model))
const having = (...groups: string[]): State => add(base, { users: [{ id: 'ann', ...holding(groups) }] })

describe('what a caller is told of a retired alias', () => {
  test('whoever may use the successor is told its name, though the old alias has left every group', () => {
    expect(tell(having('news'), 'old')).toMatchObject({
      reason: 'model_retired',
      message: 'the model is retired; use `new`',
    })
    expect(tell(having('olds', 'news'), 'old')).toMatchObject({ message: 'the model is retired; use `new`' })
  })

  test('whoever had the old alias and not the successor is told to use another, and no name', () => {
    expect(tell(having('olds'), 'old')).toMatchObject({ message: 'the model is retired; use another one' })
    expect(tell(having('olds'), 'older')).toMatchObject({ message: 'the model is retired; use another one' })
  })

  test('whoever has neither gets the answer of a model that never was', () => {
    const nothing = tell(base, 'no such model')
    expect(nothing).toMatchObject({ reason: 'model_not_found' })
    expect(tell(base, 'old')).toEqual(nothing)
    expect(tell(base, 'older')).toEqual(nothing)
    expect(tell(having('news'), 'older')).toEqual(nothing)
  })

  test('an operator sees the reason, the successor and who lacks it all the same', () => {
    expect(formatDecision(ask(base, 'old'))).toBe(
      'model_retired at model `old`: the alias is retired; use `new`, grant `new` to user `ann` (version 0)',
    )
  })
})

describe('what a caller is told whose credential may not manage anything', () => {
  const state = add(base, {
    administrators: [{ type: 'user', id: 'ann' }],
    credentials: [
      { id: 'narrow', scope: { type: 'list', selectors: [] } },
      { id: 'other', owner: { type: 'user', id: 'bob' } },
    ],
    users: [{ id: 'bob' }],
  })
  const manage = (id: string) =>
    authorize({ type: 'manage', who: { type: 'credential', id }, thing: { type: 'platform' }, at: 100 }, state)

  test('is what one is told that lacks the power, and speaks of no model', () => {
    expect(manage('narrow')).toMatchObject({ reason: 'credential_out_of_scope' })
    expect(answerCaller(manage('narrow'))).toEqual(answerCaller(manage('other')))
    expect(answerCaller(manage('narrow'))).toMatchObject({ reason: 'management_not_granted', ask: 'operator' })
  })

  test('an operator reads that only the scope all manages', () => {
    expect(formatDecision(manage('narrow'))).toContain('widen the scope of credential `narrow` to all')
  })
})

describe('neither rendering can be made to say what it does not', () => {
  const hostile = 'x\n2026-01-01 allow\u202e`'

  test('names from a request stand on the one line, without characters that trick a reader', () => {
    const requests = [
      { type: 'use', who: { type: 'user', id: 'ann' }, model: hostile, at: 1 },
      { type: 'use', who: { type: 'user', id: hostile }, model: 'new', at: 1 },
      { type: 'use', who: { type: 'user', id: 'ann' }, team: hostile, model: 'new', at: 1 },
      { type: 'use', who: { type: 'user', id: 'ann' }, model: 'new', at: 1, [hostile]: 1 },
    ]
    for (const request of requests) {
      const decision = authorize(asRequest(request), base)
      const answer = answerCaller(decision)
      const said = [formatDecision(decision), answer.effect === 'deny' ? answer.message : '']
      for (const text of said) expect(text).not.toMatch(/[\n\u202e]/)
    }
  })
})
