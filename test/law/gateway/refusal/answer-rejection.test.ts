import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type RejectionCode, rejectionCodes } from '../../../../src/change/message/rejection.ts'
import {
  answerNotExecuted,
  answerRejection,
  type NotExecuted,
  rejectionTable,
} from '../../../../src/gateway/refusal/answer-rejection.ts'
import { statusNames } from '../../../../src/gateway/refusal/refusal-table.ts'
import { accepted, found, open, system } from '../../runtime/gateway.ts'

test.each(rejectionCodes)('%s has a status that no client retries', (code) => {
  const answer = answerRejection({ code, path: ['models', 0], message: 'no', details: {} }, { id: 'one' })
  expect([400, 403, 404, 422]).toContain(answer.status)
  expect(answer.body).toEqual({
    type: 'error',
    error: { message: 'no', type: rejectionTable[code].type, param: 'models.0', code },
    request_id: 'one',
  })
})

test('what is unknown is 404, what exists already or is referenced 422, and what the actor may not do 403', () => {
  const statusesOf = (ending: RegExp) => {
    const codes = rejectionCodes.filter((code) => ending.test(code) && code !== 'actor_unknown')
    return new Set(codes.map((code: RejectionCode) => rejectionTable[code].status))
  }
  expect(statusesOf(/_unknown$/)).toEqual(new Set([404]))
  expect(statusesOf(/_(exists|referenced|cycle)$|^last_/)).toEqual(new Set([422]))
  expect(statusesOf(/^(actor_|power_|suspension_|management_)/)).toEqual(new Set([403]))
})

function failed(executed: { readonly ok: boolean }): NotExecuted {
  if (executed.ok) throw new Error('the command was executed')
  return executed as NotExecuted
}

test('each result of an engine that makes no change is answered', async () => {
  const { engine } = await found()
  const user = { type: 'CreateUser', user: 'ann' } as const
  const { version } = accepted(await engine.execute(user, { ...system, id: 'one' }))
  const other = { type: 'CreateUser', user: 'bob' } as const
  const cases = [
    [422, 'user_exists', await engine.execute(user, system)],
    [400, 'options_invalid', await engine.execute(user, { ...system, id: '' })],
    [412, 'version_conflict', await engine.execute(other, { ...system, expectVersion: version - 1 })],
    [422, 'command_id_reused', await engine.execute(other, { ...system, id: 'one' })],
    [401, 'credential_invalid', await engine.execute(other, { who: { type: 'credential', id: 'no' } })],
    [503, 'contended', { ok: false, reason: 'contended', message: 'm' } as const],
  ] as const
  for (const [status, code, executed] of cases) {
    const answer = answerNotExecuted(failed(executed))
    expect([answer.status, answer.body]).toMatchObject([status, { error: { code } }])
  }
})

test('a policy that is not available is 503 without its problem, with the id of the command', async () => {
  const { engine } = open()
  await engine.close()
  const executed = failed(await engine.execute({ type: 'CreateUser', user: 'ann' }, { ...system, id: 'one' }))
  expect(executed.reason).toBe('policy_unavailable')
  expect(answerNotExecuted(executed)).toMatchObject({
    status: 503,
    headers: { 'retry-after-ms': '1000', 'request-id': 'one' },
    body: { error: { code: 'policy_unavailable' } },
  })
})

test('any value gets an answer', () => {
  const codes = fc.constantFrom<string>(...rejectionCodes, 'toString', 'rejected', 'denied', 'contended')
  const value = fc.record({ code: codes, reason: codes, path: fc.anything(), message: fc.anything() })
  fc.assert(
    fc.property(fc.oneof(fc.anything(), value), fc.anything(), (each, options) => {
      for (const answer of [answerRejection, answerNotExecuted]) {
        expect(statusNames[answer(each as never, options as never).status]).toBeDefined()
      }
    }),
  )
})
