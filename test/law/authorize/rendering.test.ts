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
  authorize({ type: 'use', who: { type: 'user', id: 'ann' }, model, at: 1_700_000_000_100 }, state)
const tell = (state: State, model: string) => answerCaller(ask(state, model))
const having = (...groups: string[]): State => add(base, { users: [{ id: 'ann', ...holding(groups) }] })

describe('the caller’s answer for a retired alias', () => {
  test('names the successor if the caller may use it, though the old alias is in no group any more', () => {
    expect(tell(having('news'), 'old')).toMatchObject({
      reason: 'model_retired',
      message: 'the model is retired; use `new`',
    })
    expect(tell(having('olds', 'news'), 'old')).toMatchObject({ message: 'the model is retired; use `new`' })
  })

  test('names no successor to a caller with the old alias only', () => {
    expect(tell(having('olds'), 'old')).toMatchObject({ message: 'the model is retired; use another one' })
    expect(tell(having('olds'), 'older')).toMatchObject({ message: 'the model is retired; use another one' })
  })

  test('is the answer for an unknown model if the caller has neither', () => {
    const nothing = tell(base, 'no such model')
    expect(nothing).toMatchObject({ reason: 'model_not_found' })
    expect(tell(base, 'old')).toEqual(nothing)
    expect(tell(base, 'older')).toEqual(nothing)
    expect(tell(having('news'), 'older')).toEqual(nothing)
  })

  test('the operator’s line has the reason, the successor and the principals that lack it', () => {
    expect(formatDecision(ask(base, 'old'))).toBe(
      'model_retired at model `old`: the alias is retired; use `new`, grant `new` to user `ann` (version 0)',
    )
  })
})

describe('the caller’s answer for a credential that may not manage', () => {
  const state = add(base, {
    administrators: [{ type: 'user', id: 'ann' }],
    credentials: [
      { id: 'narrow', scope: { type: 'list', selectors: [] } },
      { id: 'other', owner: { type: 'user', id: 'bob' } },
    ],
    users: [{ id: 'bob' }],
  })
  const manage = (id: string) =>
    authorize(
      { type: 'manage', who: { type: 'credential', id }, thing: { type: 'platform' }, at: 1_700_000_000_100 },
      state,
    )

  test('is the answer for a caller without the power, and names no model', () => {
    expect(manage('narrow')).toMatchObject({ reason: 'credential_out_of_scope' })
    expect(answerCaller(manage('narrow'))).toEqual(answerCaller(manage('other')))
    expect(answerCaller(manage('narrow'))).toMatchObject({ reason: 'management_not_granted', ask: 'operator' })
  })

  test('the operator’s line says that the scope must be all', () => {
    expect(formatDecision(manage('narrow'))).toContain('widen the scope of credential `narrow` to all')
  })
})

describe('neither rendering can be forged', () => {
  const hostile = 'x\n2026-01-01 allow\u202e`'

  test('names from a request stay on one line, without control or override characters', () => {
    const requests = [
      { type: 'use', who: { type: 'user', id: 'ann' }, model: hostile, at: 1_700_000_000_001 },
      { type: 'use', who: { type: 'user', id: hostile }, model: 'new', at: 1_700_000_000_001 },
      { type: 'use', who: { type: 'user', id: 'ann' }, team: hostile, model: 'new', at: 1_700_000_000_001 },
      { type: 'use', who: { type: 'user', id: 'ann' }, model: 'new', at: 1_700_000_000_001, [hostile]: 1 },
    ]
    for (const request of requests) {
      const decision = authorize(asRequest(request), base)
      const answer = answerCaller(decision)
      const said = [formatDecision(decision), answer.effect === 'deny' ? answer.message : '']
      for (const text of said) expect(text).not.toMatch(/[\n\u202e]/)
    }
  })
})
