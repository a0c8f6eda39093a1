import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { prefersProblem } from '../../../../src/gateway/refusal/accept.ts'
import { answerRefusal, type RefusalOptions } from '../../../../src/gateway/refusal/answer-refusal.ts'
import { type ErrorBody, type HttpAnswer, toResponse } from '../../../../src/gateway/refusal/http-answer.ts'
import type { Refusal } from '../../../../src/gateway/refusal/refusal.ts'
import { type AnswerReason, refusalTable, statusNames } from '../../../../src/gateway/refusal/refusal-table.ts'
import { answerCaller } from '../../../../src/policy/decision/caller-answer.ts'
import type { Denied } from '../../../../src/policy/decision/decision.ts'

const reasons = Object.keys(refusalTable) as AnswerReason[]

const retriedByClients = (status: number) => [408, 409, 429].includes(status) || status >= 500

function errorOf({ body }: HttpAnswer): ErrorBody['error'] {
  if (body.type !== 'error') throw new Error('expected an error')
  return body.error
}

const denied = (denial: Partial<Denied>, id = 'one') =>
  ({
    admitted: false,
    reason: 'denied',
    id,
    denial: { effect: 'deny', level: { type: 'request' }, remedies: [], version: 1, ...denial },
  }) as Refusal

describe('every reason', () => {
  test.each(reasons)('%s has a status that clients retry only if waiting helps, and is frozen', (reason) => {
    const row = refusalTable[reason]
    const { status, headers } = answerRefusal({ reason, id: 'one' })
    expect(status).toBe(row.status)
    expect(retriedByClients(status)).toBe(row.isRetried)
    expect(headers['x-should-retry']).toBe(String(row.isRetried))
    expect(statusNames[status]).toBeTypeOf('string')
    expect(Object.isFrozen(row) && Object.isFrozen(refusalTable)).toBe(true)
  })

  test.each(reasons)('%s has one body for both dialects, and one id in body and headers', (reason) => {
    for (const dialect of ['openai', 'anthropic'] as const) {
      const { headers, body } = answerRefusal({ reason, id: 'one' }, { dialect })
      const { type, anthropicType, message } = refusalTable[reason]
      expect(body).toMatchObject({
        type: 'error',
        error: { message, type: dialect === 'openai' ? type : anthropicType, code: reason },
        request_id: 'one',
      })
      expect(headers).toMatchObject({
        'x-request-id': 'one',
        'request-id': 'one',
        'content-type': 'application/json; charset=utf-8',
        'cache-control': 'no-store',
      })
    }
  })

  test('401 has a challenge, and names the token as invalid if one was sent', () => {
    for (const reason of reasons) {
      const { status, headers } = answerRefusal({ reason })
      if (status === 401) expect(headers['www-authenticate']).toMatch(/^Bearer realm="api"/)
    }
    for (const reason of ['credential_invalid', 'credential_expired'] as const) {
      expect(answerRefusal({ reason }).headers['www-authenticate']).toContain('error="invalid_token"')
    }
  })

  test('405 names the methods of the path', () => {
    expect(answerRefusal({ reason: 'method_not_allowed', allow: 'POST' }).headers['allow']).toBe('POST')
    expect(answerRefusal({ reason: 'method_not_allowed', allow: 'GET\r\nx: y' }).headers['allow']).toBe('GET, POST')
  })
})

describe('waiting', () => {
  test.each([
    [Number.NEGATIVE_INFINITY, '1', '1'],
    [0.5, '1', '1'],
    [1_001, '1001', '2'],
    [60_000, '60000', '60'],
    [86_400_000, '60000', '60'],
    [Number.NaN, undefined, undefined],
  ])('%d ms become %s ms and %s s, never more than a minute', (retryAfter, milliseconds, seconds) => {
    const { headers } = answerRefusal({ reason: 'credits_reserved', retryAfter })
    expect(headers['retry-after-ms']).toBe(milliseconds)
    expect(headers['retry-after']).toBe(seconds)
  })

  test('what waiting does not help has no wait, even if the refusal has one', () => {
    const { headers } = answerRefusal({ reason: 'credits_exhausted', retryAfter: 1_000 })
    expect(headers['retry-after-ms']).toBeUndefined()
    expect(headers['retry-after']).toBeUndefined()
  })
})

describe('concealment', () => {
  const hidden = ['model_unknown', 'model_not_granted', 'model_restricted', 'credential_out_of_scope'] as const

  test('a model that is not granted, restricted or out of scope is answered as one that does not exist, byte for byte', () => {
    const answers = [
      ...hidden.map((reason) => answerRefusal(denied({ reason }))),
      answerRefusal(denied({ reason: 'model_retired', remedies: [{ type: 'correct_model_name' }] })),
      answerRefusal({ reason: 'model_not_found', id: 'one', message: 'no', param: 'x' }),
      answerRefusal(denied({ reason: 'model_not_granted' }), { plans: ['pro'], cheaper: ['small'] }),
      answerRefusal(denied({ reason: 'model_not_granted' }), { disclosure: 'plans', plans: [] }),
    ]
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
    expect(answers[0]?.status).toBe(404)
  })

  test('the message is that of `answerCaller`', () => {
    const answer = answerCaller({ ...(denied({ reason: 'model_unknown' }) as { denial: Denied }).denial })
    expect(answer).toMatchObject({ message: refusalTable.model_not_found.message })
  })

  test('with `plans`, a model that is not granted is answered with at most ten plans that have it', () => {
    const plans = Array.from({ length: 11 }, (_, index) => `plan-${index}`)
    const answer = answerRefusal(denied({ reason: 'model_not_granted' }), { disclosure: 'plans', plans })
    expect(answer.status).toBe(403)
    expect(errorOf(answer)).toMatchObject({ code: 'plan_required', plans: plans.slice(0, 10) })
    for (const reason of hidden.filter((each) => each !== 'model_not_granted')) {
      expect(answerRefusal(denied({ reason }), { disclosure: 'plans', plans }).status).toBe(404)
    }
  })

  test('messages for operators are not shown', () => {
    const secret = 'connect ECONNREFUSED db.internal'
    const unavailable = { ok: false, effect: 'deny', reason: 'policy_unavailable', message: secret } as const
    for (const refusal of [
      { admitted: false, id: 'one', reason: 'policy_unavailable', unavailable },
      { admitted: false, id: 'one', reason: 'ledger_unavailable', message: secret },
    ] as const) {
      const answer = answerRefusal(refusal)
      expect(answer).toMatchObject({ status: 503, headers: { 'retry-after-ms': '1000', 'retry-after': '1' } })
      expect(JSON.stringify(answer)).not.toContain('db.internal')
    }
  })
})

describe('hints', () => {
  test('a retired model names its successor only if the caller may use it', () => {
    const use = { type: 'use_successor', successor: 'new' } as const
    const reached = answerRefusal(denied({ reason: 'model_retired', remedies: [use] }))
    expect(reached.status).toBe(404)
    expect(errorOf(reached)).toMatchObject({ code: 'model_retired', successor: 'new' })
    const foreign = denied({ reason: 'model_retired', remedies: [use, { type: 'correct_model_name' }] })
    expect(JSON.stringify(answerRefusal(foreign))).not.toContain('new')
  })

  test('a refusal for credits names at most five cheaper models; no other refusal names any', () => {
    const cheaper = ['a', 'b', 'c', 'd', 'e', 'f']
    const answer = errorOf(answerRefusal({ reason: 'credits_exhausted' }, { cheaper }))
    expect(answer.cheaper).toEqual(cheaper.slice(0, 5))
    expect(answer.message).toContain('cheaper models: `a`, `b`, `c`, `d`, `e`')
    expect(errorOf(answerRefusal({ reason: 'access_suspended' }, { cheaper })).cheaper).toBeUndefined()
  })
})

describe('problem+json', () => {
  test.each([
    [undefined, false],
    ['*/*', false],
    ['application/*', false],
    ['application/json', false],
    ['application/problem+json', true],
    ['Application/Problem+JSON ; Q=0.5', true],
    ['application/json, application/problem+json', true],
    ['application/json, application/problem+json;q=0.9', false],
    ['application/json;q=0.1, application/problem+json;q=0.9', true],
    ['application/problem+json;q=0.5, */*', false],
    ['application/problem+json, */*;q=0.1', true],
    ['application/problem+json;q=0', false],
    ['application/problem+json;q=2', false],
    [`application/problem+json,${' '.repeat(5_000)}`, false],
  ])('`Accept: %s` is %s', (accept, expected) => {
    expect(prefersProblem(accept)).toBe(expected)
  })

  test('has the same facts', () => {
    const refusal = { reason: 'credits_reserved', id: 'one', retryAfter: 250 } as const
    const error = errorOf(answerRefusal(refusal))
    const answer = answerRefusal(refusal, { accept: 'application/problem+json' })
    expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8')
    const { message, type: _, ...facts } = error
    expect(answer.body).toEqual({
      ...{ type: 'about:blank', title: 'Too Many Requests', status: 429, detail: message, request_id: 'one' },
      ...facts,
    })
  })
})

test('any value gets an answer, and its headers are safe to send', () => {
  const options = fc.record(
    {
      id: fc.oneof(fc.string({ unit: 'binary' }), fc.constant('a\r\nx-evil: 1'), fc.anything()),
      accept: fc.oneof(fc.string(), fc.anything()),
      dialect: fc.anything(),
      disclosure: fc.constantFrom('plans', 'conceal', undefined),
      plans: fc.oneof(fc.array(fc.string({ unit: 'binary' })), fc.anything()),
      cheaper: fc.oneof(fc.array(fc.string({ unit: 'binary' })), fc.anything()),
    },
    { requiredKeys: [] },
  )
  const refusal = fc.oneof(
    fc.anything({ withBigInt: true }),
    fc.record(
      {
        reason: fc.oneof(fc.constantFrom(...reasons), fc.string()),
        message: fc.oneof(fc.string({ unit: 'binary' }), fc.constant('a\r\n\r\nx'), fc.anything()),
        param: fc.oneof(fc.string({ unit: 'binary' }), fc.anything()),
        retryAfter: fc.oneof(fc.double(), fc.anything()),
        allow: fc.oneof(fc.constant('GET\r\nx: y'), fc.anything()),
        id: fc.oneof(fc.constant('é'), fc.anything()),
      },
      { requiredKeys: ['reason'] },
    ),
    fc.record({
      admitted: fc.constant(false),
      reason: fc.constantFrom('denied', 'refused', 'request_invalid', 'toString', 'aborted'),
      id: fc.string(),
      denial: fc.anything(),
      refusal: fc.anything(),
      message: fc.anything(),
    }),
  )
  fc.assert(
    fc.property(refusal, options, (value, given) => {
      const answer = answerRefusal(value as Refusal, given as RefusalOptions)
      expect(statusNames[answer.status]).toBeDefined()
      const response = toResponse(answer)
      expect(response.status).toBe(answer.status)
      for (const text of Object.values(answer.headers)) expect(text).toMatch(/^[ -~]*$/)
      expect(Object.keys(answer.headers)).not.toContain('x-evil')
      expect(JSON.stringify(answer.body).length).toBeLessThan(40_000)
    }),
    { numRuns: 500 },
  )
  const hostile = new Proxy(
    {},
    {
      get: () => {
        throw new Error('no')
      },
      has: () => {
        throw new Error('no')
      },
    },
  )
  expect(answerRefusal(hostile as never, hostile as never).status).toBe(400)
})

test('a Web response has the status, the headers and the body of the answer', async () => {
  const answer = answerRefusal({ reason: 'body_invalid', message: 'in UTF-8: 語', param: 'model', id: 'one' })
  const response = toResponse(answer)
  expect(response.status).toBe(400)
  expect(response.headers.get('request-id')).toBe('one')
  expect(await response.json()).toEqual({
    type: 'error',
    error: { message: 'in UTF-8: 語', type: 'invalid_request_error', param: 'model', code: 'body_invalid' },
    request_id: 'one',
  })
})
