import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type AuthZenEvaluator, type AuthZenOptions, createAuthZenHandler } from '../../../src/authzen/index.ts'
import { runs } from '../runs.ts'
import { certified, client, goodBody, paths, pdp, read, requestOf } from './fixture.ts'

describe('authentication', () => {
  const byKey = (request: Request) => request.headers.get('authorization') === 'Bearer good'

  test.each(paths)('%s answers 401 with a challenge to missing and wrong credentials', async (path) => {
    const { post } = client({ authenticate: byKey })
    for (const headers of [{}, { authorization: 'Bearer bad' }] as Record<string, string>[]) {
      const answered = await post(path, goodBody, { ...headers, 'x-request-id': 'a' })
      expect([answered.status, answered.text]).toEqual([401, 'expected valid credentials'])
      expect(answered.headers.get('www-authenticate')).toBe('Bearer realm="api"')
      expect(answered.headers.get('x-request-id')).toBe('a')
    }
    expect((await post(path, goodBody, { authorization: 'Bearer good' })).status).toBe(200)
  })

  test('the body of a request that is not authenticated is not read', async () => {
    const { handler } = client({ authenticate: async () => false })
    const request = requestOf('/access/v1/evaluation', 'x'.repeat(10_000_000))
    expect((await read(await handler(request))).status).toBe(401)
    expect(request.bodyUsed).toBe(false)
  })

  test.each([
    ['forbidden', 403],
    ['unavailable', 503],
    [undefined, 401],
    ['yes', 401],
    [1, 401],
    [{}, 401],
  ])('%j answers %d', async (result, status) => {
    const { post } = client({ authenticate: () => result as never })
    expect((await post('/access/v1/evaluation', goodBody)).status).toBe(status)
  })

  test('an error answers 500, and is reported', async () => {
    const errors: unknown[] = []
    const failure = new Error('no connection to the identity provider')
    const { post } = client({
      authenticate: () => Promise.reject(failure),
      onError: (error) => {
        errors.push(error)
        throw new Error('the listener')
      },
    })
    const answered = await post('/access/v1/evaluation', goodBody)
    expect([answered.status, answered.text]).toEqual([500, 'the request could not be evaluated'])
    expect(errors).toEqual([failure])
  })

  test('an `onError` that rejects breaks nothing', async () => {
    const fail = () => Promise.reject(new Error('x'))
    const { post } = client({ authenticate: fail, onError: fail as () => void })
    expect((await post('/access/v1/evaluation', goodBody)).status).toBe(500)
  })

  test('the challenge is an option, and the metadata needs no credentials', async () => {
    const { post, handler } = client({ authenticate: byKey, challenge: 'Basic realm="pdp"' })
    const answered = await post('/access/v1/evaluation', goodBody)
    expect(answered.headers.get('www-authenticate')).toBe('Basic realm="pdp"')
    expect((await handler(new Request(`${pdp}/.well-known/authzen-configuration`))).status).toBe(200)
  })
})

describe('paths', () => {
  const statusAt = async (url: string, options: Partial<AuthZenOptions> = {}) => {
    const handler = createAuthZenHandler({ evaluator: certified, authenticate: 'none', ...options })
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(goodBody) }
    return (await handler(new Request(url, url.includes('.well-known') ? {} : init))).status
  }

  test.each([
    ['/', 404],
    ['/access/v1', 404],
    ['/access/v1/evaluation/', 404],
    ['/access/v1/%65valuation', 404],
    ['/ACCESS/v1/evaluation', 404],
    ['//access/v1/evaluation', 404],
    ['/x/../access/v1/evaluation', 200],
    ['/access/v1/evaluation?a=b', 200],
  ])('%s answers %d', async (path, status) => {
    expect(await statusAt(`${pdp}${path}`)).toBe(status)
  })

  test('the path of the identifier precedes the endpoints and follows the well-known path', async () => {
    const options = { policyDecisionPoint: `${pdp}/tenant1` }
    expect(await statusAt(`${pdp}/tenant1/access/v1/evaluation`, options)).toBe(200)
    expect(await statusAt(`${pdp}/access/v1/evaluation`, options)).toBe(404)
    expect(await statusAt(`${pdp}/.well-known/authzen-configuration/tenant1`, options)).toBe(200)
    expect(await statusAt(`${pdp}/.well-known/authzen-configuration`, options)).toBe(404)
    expect(await statusAt(`${pdp}/access/v1/evaluation`, { ...options, basePath: '' })).toBe(200)
  })

  test('without an identifier, the metadata does not exist', async () => {
    expect(await statusAt(`${pdp}/.well-known/authzen-configuration`)).toBe(404)
    expect(await statusAt(`${pdp}/.well-known/authzen-configuration`, { policyDecisionPoint: `${pdp}/` })).toBe(200)
  })

  test('the metadata answers GET and HEAD only', async () => {
    const { handler } = client()
    const at = async (method: string) => handler(new Request(`${pdp}/.well-known/authzen-configuration`, { method }))
    expect([(await at('HEAD')).status, await (await at('HEAD')).text()]).toEqual([200, ''])
    expect([(await at('POST')).status, (await at('POST')).headers.get('allow')]).toEqual([405, 'GET, HEAD'])
  })

  test('a search that the evaluator lacks has no endpoint, and is not in the metadata', async () => {
    const { post, handler } = client({ evaluator: { evaluate: certified.evaluate } })
    for (const path of paths) {
      expect((await post(path, goodBody)).status).toBe(path.includes('search') ? 404 : 200)
    }
    const { body } = await read(await handler(new Request(`${pdp}/.well-known/authzen-configuration`)))
    expect(Object.keys(body)).toEqual([
      'policy_decision_point',
      'access_evaluation_endpoint',
      'access_evaluations_endpoint',
    ])
  })
})

describe('limits', () => {
  test('a body larger than `maxBodySize` answers 413, with and without a length', async () => {
    const { handler, post } = client({ maxBodySize: 2_000 })
    const large = { ...goodBody, context: { text: 'x'.repeat(2_000) } }
    expect((await post(paths[0], large)).status).toBe(413)
    expect((await post(paths[0], large, { 'content-length': '9999' })).status).toBe(413)
    const body = new Blob([JSON.stringify(large)]).stream()
    const request = new Request(`${pdp}${paths[0]}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
      duplex: 'half',
    } as RequestInit)
    expect((await read(await handler(request))).status).toBe(413)
  })

  test('more evaluations than `maxEvaluations` are a bad request', async () => {
    const { post } = client({ maxEvaluations: 3 })
    const list = (length: number) => ({ ...goodBody, evaluations: Array.from({ length }, () => ({})) })
    expect((await post('/access/v1/evaluations', list(3))).status).toBe(200)
    const refused = await post('/access/v1/evaluations', list(4))
    expect([refused.status, refused.text]).toEqual([400, 'at `evaluations`: expected at most 3 entries'])
  })

  test('a default is not copied for each evaluation, so that a large one costs as much as it has bytes', async () => {
    const contexts = new Set<unknown>()
    const evaluator: AuthZenEvaluator = {
      evaluate: ({ context }) => {
        contexts.add(context)
        return { decision: true }
      },
    }
    const evaluations = Array.from({ length: 1_000 }, () => ({}))
    const { status } = await client({ evaluator }).post(paths[1], { ...goodBody, context: { a: 1 }, evaluations })
    expect([status, contexts.size]).toEqual([200, 1])
  })

  test.each(paths)('%s refuses a body of many levels without a stack overflow', async (path) => {
    const { post } = client()
    const deep = `${'{"a":['.repeat(50_000)}1${']}'.repeat(50_000)}`
    const text = JSON.stringify({ ...goodBody, context: '@' }).replace('"@"', deep)
    expect((await post(path, text)).status).toBe(400)
    const few = `${'{"a":['.repeat(30)}1${']}'.repeat(30)}`
    expect((await post(path, JSON.stringify({ ...goodBody, context: '@' }).replace('"@"', few))).status).toBe(200)
  })

  test('the id of a request is repeated up to 1,024 characters', async () => {
    const { post } = client()
    for (const length of [1, 1_024]) {
      const id = 'i'.repeat(length)
      expect((await post(paths[0], goodBody, { 'x-request-id': id })).headers.get('x-request-id')).toBe(id)
    }
    const long = await post(paths[0], goodBody, { 'x-request-id': 'i'.repeat(1_025) })
    expect([long.status, long.headers.has('x-request-id')]).toEqual([200, false])
  })
})

describe('an evaluator that fails', () => {
  const failing: Required<AuthZenEvaluator> = {
    evaluate: () => {
      throw new Error('secret')
    },
    searchSubjects: () => Promise.reject(new Error('secret')),
    searchResources: () => Promise.reject(new Error('secret')),
    searchActions: () => Promise.reject(new Error('secret')),
  }

  test.each(paths)('%s answers 500 without the error when it throws', async (path) => {
    const errors: unknown[] = []
    const answered = await client({ evaluator: failing, onError: (error) => errors.push(error) }).post(path, goodBody)
    expect([answered.status, answered.text]).toEqual([500, 'the request could not be evaluated'])
    expect(errors).toEqual([new Error('secret')])
  })

  test.each(paths)('%s answers 503 when it cannot decide now', async (path) => {
    const unavailable = async () => ({ reason: 'policy_unavailable', message: 'secret' }) as const
    const evaluator = {
      evaluate: unavailable,
      searchSubjects: unavailable,
      searchResources: unavailable,
      searchActions: unavailable,
    }
    const { post } = client({ evaluator })
    const answered = await post(path, goodBody)
    expect([answered.status, answered.headers.get('retry-after')]).toEqual([503, '1'])
    expect(answered.text).not.toContain('secret')
  })

  test('an entry for which it throws is denied, and the others are evaluated', async () => {
    const evaluator: AuthZenEvaluator = {
      evaluate: (evaluation) => {
        if (evaluation.resource.id === 'record-2') throw new Error('secret')
        return certified.evaluate(evaluation)
      },
    }
    const evaluations = ['record-1', 'record-2', 'record-1'].map((id) => ({ resource: { type: 'record', id } }))
    const error = { status: 500, message: 'the request could not be evaluated' }
    expect((await client({ evaluator }).post('/access/v1/evaluations', { ...goodBody, evaluations })).body).toEqual({
      evaluations: [{ decision: true }, { decision: false, context: { error } }, { decision: true }],
    })
  })

  test('a list of which one entry cannot be decided now answers 503', async () => {
    let count = 0
    const evaluator: AuthZenEvaluator = {
      evaluate: () => {
        count += 1
        return count === 2 ? { reason: 'policy_unavailable' } : { decision: true }
      },
    }
    const answered = await client({ evaluator }).post('/access/v1/evaluations', {
      ...goodBody,
      evaluations: [{}, {}, {}],
    })
    expect([answered.status, count]).toEqual([503, 2])
  })

  test.each([
    [undefined],
    [null],
    [true],
    ['true'],
    [{}],
    [{ decision: 1 }],
    [{ decision: 'true' }],
    [{ decision: true, context: { cost: 1n } }],
  ])('%o is not an allow, but an error', async (result) => {
    const { post } = client({ evaluator: { evaluate: () => result as never } })
    expect((await post('/access/v1/evaluation', goodBody)).status).toBe(500)
  })

  test('only the decision and a context that is an object are answered', async () => {
    const results = [
      { decision: true, context: { a: 1 }, more: 'x' },
      { decision: false, context: 'x' },
    ]
    const evaluator = { evaluate: () => results.shift() as never }
    const { body } = await client({ evaluator }).post('/access/v1/evaluations', { ...goodBody, evaluations: [{}, {}] })
    expect(body).toEqual({ evaluations: [{ decision: true, context: { a: 1 } }, { decision: false }] })
  })
})

describe('a body that lies', () => {
  test('the last of two equal keys counts', async () => {
    const { post } = client()
    const text = `{"subject":{"type":"user","id":"alice"},"action":{"name":"write"},"resource":{"type":"record","id":"record-1"},"subject":{"type":"user","id":"bob"}}`
    expect((await post(paths[0], text)).body).toEqual({ decision: false })
  })

  test('keys such as `__proto__` change nothing', async () => {
    const seen: unknown[] = []
    const evaluator: AuthZenEvaluator = {
      evaluate: (evaluation) => {
        seen.push(evaluation.subject.properties?.['role'], evaluation.subject.properties?.['toString'])
        return { decision: false }
      },
    }
    const subject = '{"type":"user","id":"a","properties":{"__proto__":{"role":"admin"}},"__proto__":{"id":"root"}}'
    const text = `{"__proto__":{"action":1},"subject":${subject},"action":{"name":"x"},"resource":{"type":"r","id":"1"}}`
    expect((await client({ evaluator }).post(paths[0], text)).status).toBe(200)
    expect(seen).toEqual([undefined, undefined])
  })

  test('nothing is read from a polluted `Object.prototype`', async () => {
    const { post } = client()
    const polluted = Object.prototype as Record<string, unknown>
    try {
      Object.assign(polluted, { subject: { type: 'user', id: 'alice' }, evaluations: [{}], role: 'admin' })
      const { subject: _, ...rest } = goodBody
      expect((await post(paths[0], rest)).status).toBe(400)
      expect((await post(paths[1], rest)).status).toBe(400)
    } finally {
      for (const name of ['subject', 'evaluations', 'role']) delete polluted[name]
    }
  })

  test('compressed bodies and bytes that are not UTF-8 are bad requests', async () => {
    const { post } = client()
    expect((await post(paths[0], goodBody, { 'content-encoding': 'gzip' })).status).toBe(400)
    const bytes = new TextEncoder().encode(JSON.stringify(goodBody))
    bytes[bytes.indexOf(97, 20)] = 0xff
    expect((await post(paths[0], bytes)).status).toBe(400)
  })
})

test('any bytes get an answer with a status that the specification knows, on every endpoint', async () => {
  const { handler } = client()
  const part: fc.Arbitrary<unknown> = fc.oneof(
    fc.constantFrom(...Object.values(goodBody), {}, [], null, 'user', 0, { limit: 1 }, { token: 'WzEsbnVsbF0' }),
    fc.jsonValue(),
  )
  const keys = ['subject', 'action', 'resource', 'context', 'page', 'evaluations', 'options']
  const body = fc.oneof(
    fc.dictionary(fc.constantFrom(...keys), part).map((value) => JSON.stringify({ ...goodBody, ...value })),
    fc.array(fc.dictionary(fc.constantFrom(...keys), part)).map((evaluations) => JSON.stringify({ evaluations })),
    fc.json(),
    fc.uint8Array(),
    fc.string({ unit: 'binary' }),
  )
  const statuses = new Set<number>()
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...paths), body, async (path, content) => {
      const { status } = await read(await handler(requestOf(path, content)))
      expect([200, 400]).toContain(status)
      statuses.add(status)
    }),
    runs(1_000),
  )
  expect([...statuses].sort()).toEqual([200, 400])
})

describe('options', () => {
  test.each<readonly [options: object | undefined, message: string]>([
    [undefined, 'expected the options of a handler'],
    [{}, '`evaluator` must be an object with the method `evaluate`'],
    [{ evaluator: certified }, '`authenticate` must be a function, or `none` to let every request pass'],
    [
      { evaluator: certified, authenticate: false },
      '`authenticate` must be a function, or `none` to let every request pass',
    ],
    [
      { authenticate: 'none', evaluator: { ...certified, searchActions: 1 } },
      '`searchActions` of `evaluator` must be a method',
    ],
    [{ url: 1 }, 'there is no option `url`'],
    [{ maxEvaluations: 0 }, '`maxEvaluations` must be from 1 to 100000, not 0'],
    [{ maxBodySize: 1.5 }, '`maxBodySize` must be an integer'],
    [{ maxBodySize: 1 }, '`maxBodySize` must be from 1024 to 1073741824, not 1'],
    [{ basePath: '/a/' }, '`basePath` must be a path without a slash at its end, such as `/pdp`'],
    [{ challenge: 'a\nb' }, '`challenge` must be the value of a header, such as `Basic realm="pdp"`'],
    [{ onError: 1 }, '`onError` must be a function'],
    ...[
      'http://pdp.example.com',
      'https://pdp.example.com?a',
      'https://pdp.example.com#a',
      'https://a@b',
      'https://',
      'x',
      1,
    ].map(
      (policyDecisionPoint) =>
        [{ policyDecisionPoint }, '`policyDecisionPoint` must be an `https` URL without query and fragment'] as const,
    ),
  ])('%j is refused', (options, message) => {
    const isWhole = options === undefined || Object.keys(options).length === 0 || 'evaluator' in options
    const given = isWhole ? options : { evaluator: certified, authenticate: 'none', ...options }
    expect(() => createAuthZenHandler(given as never)).toThrow(message)
  })
})
