import { describe, expect, test } from 'vitest'
import { apply } from '../../../src/change/apply.ts'
import type { Command } from '../../../src/change/message/command.ts'
import { type Operation, type Operations, operations } from '../../../src/model/value/operation.ts'
import { authorize } from '../../../src/policy/authorize.ts'
import { answerCaller } from '../../../src/policy/decision/caller-answer.ts'
import { formatDecision } from '../../../src/policy/decision/format-decision.ts'
import { listModels } from '../../../src/query/list-models.ts'
import { digest, now, office, outcome, type Step, stateAfter, user } from '../change/story.ts'

const only = (...list: Operation[]): Operations => ({ type: 'list', operations: list })
const key = { type: 'credential', id: 'key' } as const
const dev = { type: 'team', id: 'dev' } as const
const issue = (permitted?: Operations): Step => ({
  type: 'IssueCredential',
  credential: 'key',
  owner: dev,
  digest: digest('9'),
  ...(permitted === undefined ? {} : { operations: permitted }),
})
const equipped = stateAfter(office, { type: 'SetAccessGroups', principal: dev, accessGroups: ['gpt'] })
const keyed = (permitted?: Operations) => stateAfter(equipped, issue(permitted))
const use = (operation: Operation | undefined, state = keyed()) =>
  authorize({ type: 'use', who: key, model: 'gpt-4', at: now, ...(operation && { operation }) }, state)

describe('the operations of a credential', () => {
  test('are all by default, which permits every operation and requests that name none', () => {
    for (const operation of [undefined, ...operations]) expect(use(operation).effect).toBe('allow')
  })

  test('of a list permit only what it lists, and never a request that names none', () => {
    const state = keyed(only('chat', 'embeddings'))
    for (const operation of operations) {
      const isListed = operation === 'chat' || operation === 'embeddings'
      expect([operation, use(operation, state).effect]).toEqual([operation, isListed ? 'allow' : 'deny'])
    }
    expect(use('images', state)).toMatchObject({
      reason: 'operation_out_of_scope',
      level: key,
      credential: 'key',
      remedies: [{ type: 'widen_operations', credential: 'key', to: 'images' }],
    })
    expect(use(undefined, state)).toMatchObject({
      reason: 'operation_out_of_scope',
      remedies: [
        { type: 'name_operation', operations: ['chat', 'embeddings'] },
        { type: 'widen_operations', credential: 'key', to: 'all' },
      ],
    })
    expect(use('chat', keyed(only()))).toMatchObject({ reason: 'operation_out_of_scope' })
  })

  test('are checked after the restrictions and before the scope', () => {
    const narrow = stateAfter(keyed(only('chat')), {
      type: 'UpdateCredential',
      credential: 'key',
      scope: { type: 'list', selectors: [] },
    })
    expect(use('images', narrow)).toMatchObject({ reason: 'operation_out_of_scope' })
    expect(use('chat', narrow)).toMatchObject({ reason: 'credential_out_of_scope' })
    const denied = stateAfter(narrow, {
      type: 'CreateRestriction',
      restriction: 'no',
      subject: dev,
      selector: { type: 'alias', alias: 'gpt-4' },
    })
    expect(use('images', denied)).toMatchObject({ reason: 'model_restricted' })
  })

  test('are told to the caller without a model, a group or the operations that it lacks', () => {
    const denial = use('images', keyed(only('chat')))
    expect(answerCaller(denial)).toEqual({
      effect: 'deny',
      reason: 'operation_not_permitted',
      message: 'the credential may not be used for this operation; use another credential',
      ask: 'caller',
    })
    expect(formatDecision(denial)).toMatch(/^operation_out_of_scope at credential `key`: .*by `images`/)
  })

  test('bound management: a token that is not for all operations manages nothing', () => {
    const token: Step = { ...issue(only('chat')), owner: user('root') } as Step
    const state = stateAfter(equipped, token)
    const decision = authorize({ type: 'manage', who: key, thing: { type: 'platform' }, at: now }, state)
    expect(decision).toMatchObject({
      reason: 'operation_out_of_scope',
      remedies: [{ type: 'widen_operations', credential: 'key', to: 'all' }],
    })
  })

  test('do not shorten a list of models unless it is for an operation', () => {
    const names = (permitted: Operations, operation?: Operation) => {
      const list = listModels(key, keyed(permitted), { at: now, operation })
      return list.ok ? list.models.length : list.fault.code
    }
    const all = names({ type: 'all' })
    expect(all).toBeGreaterThan(0)
    expect(names(only('chat'))).toBe(all)
    expect(names(only('chat'), 'chat')).toBe(all)
    expect(names(only('chat'), 'images')).toBe(0)
    expect(names(only())).toBe(0)
  })

  test('are narrowed by who may revoke, and widened only by who may issue', () => {
    const widen: Step = { type: 'UpdateCredential', credential: 'key', operations: { type: 'all' } }
    const narrow: Step = { type: 'UpdateCredential', credential: 'key', operations: only('chat') }
    const restricted = stateAfter(keyed(only('chat', 'images')), {
      type: 'CreateRestriction',
      restriction: 'no',
      subject: user('tom'),
      selector: { type: 'alias', alias: 'gpt-4' },
    })
    const as = (step: Step): Step => ({ ...step, actor: user('tom') }) as Step
    expect(outcome(restricted, as(narrow))).toBe('accepted')
    expect(outcome(restricted, as(widen))).toBe('power_exceeded')
    expect(outcome(restricted, widen)).toBe('accepted')
  })

  test('of an unknown name are refused', () => {
    const command = {
      ...issue(),
      actor: { type: 'system' },
      at: now,
      operations: { type: 'list', operations: ['chats'] },
    }
    const applied = apply(command as unknown as Command, equipped)
    expect(applied).toMatchObject({ ok: false, rejection: { code: 'command_invalid' } })
    const request = { type: 'use', who: key, model: 'gpt-4', at: now, operation: 'chats' }
    expect(authorize(request as never, keyed())).toMatchObject({ reason: 'request_invalid' })
  })
})
