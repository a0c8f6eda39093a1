import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { GuardRequest, GuardResult } from '../../../src/gateway/index.ts'
import { credit } from '../../../src/model/value/credit.ts'
import { amounts, chat, foundGuarded, type GuardedGateway } from './world.ts'

const chatPath = '/v1/chat/completions'

/** Returns a request as a host passes it, with the token of `dev`. */
function requestOf(gateway: GuardedGateway, body: unknown, headers: Record<string, string> = {}): GuardRequest {
  return new Request(`http://gateway.test${chatPath}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${gateway.token}`, 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' || body instanceof Uint8Array ? (body as string) : JSON.stringify(body),
  })
}

/** Returns the status and the code of a refusal, and checks that nothing is reserved or was sent. */
async function refusalOf(gateway: GuardedGateway, result: GuardResult): Promise<readonly [number, string]> {
  if (result.type !== 'answer') throw new Error(`expected a refusal, not ${result.type}`)
  const { error } = (await result.response.json()) as { error: { code: string } }
  expect(gateway.upstream.seen).toEqual([])
  expect(await amounts(gateway)).toEqual([credit('100'), 0n, 0n])
  return [result.response.status, error.code]
}

/** Returns the body that an upstream would get. */
async function sentBody(gateway: GuardedGateway, body: unknown): Promise<Record<string, unknown>> {
  const result = await gateway.guard.admit(requestOf(gateway, body))
  if (result.type !== 'call') throw new Error(`expected a call, not ${result.type}`)
  const sent = result.upstream(result.routes[0] as never).body as string
  await result.admission.release()
  return JSON.parse(sent) as Record<string, unknown>
}

describe('a body', () => {
  test('with two models is judged and sent with the last one', async () => {
    const gateway = await foundGuarded()
    const denied = '{"model":"fast","model":"openai/secret","messages":[]}'
    const result = await gateway.guard.admit(requestOf(gateway, denied))
    expect(await refusalOf(gateway, result)).toEqual([404, 'model_not_found'])
    const sent = await sentBody(gateway, '{"model":"openai/secret","model":"fast","messages":[]}')
    expect(sent).toEqual({ model: 'gpt-5', messages: [] })
  })

  test.each(['__proto__', 'constructor', 'toString'])(
    'with the key `%s` reaches the upstream as it is',
    async (key) => {
      const gateway = await foundGuarded()
      const text = `{"model":"fast","messages":[],${JSON.stringify(key)}:{"model":"openai/secret","stream":true}}`
      const sent = await sentBody(gateway, text)
      expect(sent['model']).toBe('gpt-5')
      expect(Object.keys(sent)).toEqual(['model', 'messages', key])
      expect(Object.getPrototypeOf({})).not.toHaveProperty('stream')
    },
  )

  test.each([
    ['UTF-16', Buffer.from('\ufeff{"model":"fast","messages":[]}', 'utf16le'), 'body_invalid'],
    ['a list', '[]', 'body_invalid'],
    ['a string', '"fast"', 'body_invalid'],
    ['nothing', '', 'body_invalid'],
    ['half of a value', '{"model":"fast"', 'body_invalid'],
    ['a model that is a list', { model: ['fast'] }, 'body_invalid'],
    ['a model that is empty', { model: '' }, 'body_invalid'],
    ['201 levels', `{"model":"fast","messages":${'['.repeat(201)}${']'.repeat(201)}}`, 'body_invalid'],
    ['a million levels', `{"model":"fast","messages":${'['.repeat(1e6)}${']'.repeat(1e6)}}`, 'body_invalid'],
    ['gzip without its header', gzipSync('{"model":"fast","messages":[]}'), 'body_invalid'],
  ])('of %s is refused', async (_, body, code) => {
    const gateway = await foundGuarded()
    const result = await gateway.guard.admit(requestOf(gateway, body))
    expect(await refusalOf(gateway, result)).toEqual([400, code])
  })

  test.each([
    { 'content-type': 'text/plain' },
    { 'content-type': 'application/json; charset=utf-16' },
    { 'content-type': 'application/jsonp' },
    { 'content-type': 'multipart/form-data; boundary=x' },
    { 'content-encoding': 'gzip' },
    { 'content-encoding': 'identity, gzip' },
  ])('with the headers %j is refused', async (headers) => {
    const gateway = await foundGuarded()
    const bomb = gzipSync(Buffer.alloc(5_000_000, ' '))
    const result = await gateway.guard.admit(requestOf(gateway, bomb, headers as Record<string, string>))
    expect(await refusalOf(gateway, result)).toEqual([415, 'media_type_unsupported'])
  })

  test.each([
    { n: 0 },
    { n: -1 },
    { n: 1.5 },
    { n: 129 },
    { n: 1e308 },
    { n: '2' },
    { max_tokens: -1 },
    { max_tokens: 0.5 },
    { max_tokens: 1e300 },
    { max_tokens: '100' },
    { max_completion_tokens: 10, max_tokens: -10 },
    { stream: 'true' },
    { stream: 1 },
    { stream_options: 'include_usage' },
    { stream_options: [true] },
  ])('with %j is refused', async (rest) => {
    const gateway = await foundGuarded()
    const result = await gateway.guard.admit(requestOf(gateway, chat('hello', rest)))
    expect(await refusalOf(gateway, result)).toEqual([400, 'body_invalid'])
  })

  test('with both bounds of the output reserves for the greater one', async () => {
    const gateway = await foundGuarded({ countInput: () => 0 })
    const body = chat('hello', { max_completion_tokens: 1, max_tokens: 1_000 })
    const result = await gateway.guard.admit(requestOf(gateway, body))
    expect((await amounts(gateway))[1]).toBe(10_000_000n)
    if (result.type === 'call') await result.close()
  })
})

describe('a large body', () => {
  /** A body of 50 MB in chunks of which each was not made before it is asked for, and without a length. */
  function endless(headers: Record<string, string>): { request: GuardRequest; count: () => number } {
    let count = 0
    const body = new ReadableStream<Uint8Array>(
      {
        pull: (controller) => {
          count += 1
          if (count > 800) controller.close()
          else controller.enqueue(new Uint8Array(65_536).fill(32))
        },
      },
      { highWaterMark: 0 },
    )
    const url = `http://gateway.test${chatPath}`
    const all = new Headers({ 'content-type': 'application/json', ...headers })
    const text = () => new Response(body).text()
    return { request: { method: 'POST', url, headers: all, body, text }, count: () => count }
  }

  test('in chunks is read up to the limit, and cancelled', async () => {
    const gateway = await foundGuarded({ maxBodySize: 1_048_576 })
    const { request, count } = endless({ authorization: `Bearer ${gateway.token}` })
    expect(await refusalOf(gateway, await gateway.guard.admit(request))).toEqual([413, 'body_too_large'])
    expect(count()).toBeLessThan(20)
  })

  test('of an unknown caller is not read', async () => {
    const gateway = await foundGuarded()
    const { request, count } = endless({ authorization: 'Bearer unknown' })
    expect(await refusalOf(gateway, await gateway.guard.admit(request))).toEqual([401, 'credential_invalid'])
    expect(count()).toBe(0)
  })

  test('with a length over the limit is not read', async () => {
    const gateway = await foundGuarded({ maxBodySize: 1_048_576 })
    const headers = { authorization: `Bearer ${gateway.token}`, 'content-length': '52428800' }
    const { request, count } = endless(headers)
    expect(await refusalOf(gateway, await gateway.guard.admit(request))).toEqual([413, 'body_too_large'])
    expect(count()).toBe(0)
  })

  test.each([
    { 'content-length': 'many' },
    { 'content-length': '-1' },
    { 'content-length': '1, 1' },
    { 'content-length': '10', 'transfer-encoding': 'chunked' },
  ])('with %j, which bounds nothing, is read up to the limit', async (headers) => {
    const gateway = await foundGuarded({ maxBodySize: 1_048_576 })
    const all = { authorization: `Bearer ${gateway.token}`, ...headers } as Record<string, string>
    const { request, count } = endless(all)
    expect(await refusalOf(gateway, await gateway.guard.admit(request))).toEqual([413, 'body_too_large'])
    expect(count()).toBeLessThan(20)
  })
})

describe('a caller', () => {
  test.each([
    ['a token with a comma', (token: string) => ({ authorization: `Bearer ${token},${token}` }), 400],
    ['two tokens', (token: string) => ({ authorization: `Bearer ${token}, Bearer ${token}` }), 400],
    ['a key and another token', (token: string) => ({ authorization: `Bearer ${token}`, 'x-api-key': 'other' }), 400],
    ['another scheme', (token: string) => ({ authorization: `Basic ${token}` }), 401],
    ['two teams', (token: string) => ({ authorization: `Bearer ${token}`, 'x-portcullis-team': 'dev, free' }), 400],
    ['a team of others', (token: string) => ({ authorization: `Bearer ${token}`, 'x-portcullis-team': 'free' }), 404],
  ])('with %s is refused', async (_, headersOf, status) => {
    const gateway = await foundGuarded()
    const request = requestOf(gateway, chat('hello'), headersOf(gateway.token) as Record<string, string>)
    expect((await refusalOf(gateway, await gateway.guard.admit(request)))[0]).toBe(status)
  })

  test.each([{ team: 'free' }, { user: 'free', metadata: { team: 'free' } }, { 'x-portcullis-team': 'free' }])(
    'that names a team in the body, as in %j, pays for its own',
    async (rest) => {
      const gateway = await foundGuarded()
      const result = await gateway.guard.admit(requestOf(gateway, chat('hello', rest), { 'x-team': 'free' }))
      expect(result.type).toBe('call')
      expect((await amounts(gateway))[1]).toBeGreaterThan(0n)
      if (result.type === 'call') await result.close()
    },
  )
})

describe('a path', () => {
  const passing = { isPassed: () => true }
  const disguised = [
    ...['//v1/chat/completions', '/V1/chat/completions', '/v1/chat/completions/', '/v1/./chat/completions'],
    ...['/v1/../v1/chat/completions', '/x/../v1/chat/completions', '/v1/chat%2Fcompletions', '/v1\\chat\\completions'],
    ...['/v1/chat/%63ompletions', '/v1/chat/%2563ompletions', '/v1/chat/%252563ompletions', '/%2e%2e/v1/messages'],
    ...['/v1/chat/%25252563ompletions', '/v1/chat/%2525252563ompletions', '/v1/chat/completions%00', '/v1/messages%20'],
    ...[
      '/v1;x=1/chat/completions',
      '/v1/chat;a/completions;b',
      '/..;/v1/messages',
      '/v1/messages;x',
      '/v1/x/..;a/messages',
    ],
    ...['/v1/messages%3Fbeta=true', '/v1/messages%23x', '/v1/messages.', '/v1/mess%09ages', '/v1/messages%0d%0a'],
    ...['/v1/messages%c0%af', '/v1/models/', '/v1/models;x', '/api/v1/messages', '/v1/messages/../messages'],
  ]

  test.each(disguised)('`%s`, which a server could take for a guarded one, does not pass', async (path) => {
    const gateway = await foundGuarded(passing)
    for (const method of ['POST', 'GET', 'PUT']) {
      const headers = new Headers({ authorization: `Bearer ${gateway.token}` })
      const result = await gateway.guard.admit({ method, url: path, headers })
      expect(result.type).toBe('answer')
    }
  })

  test.each([
    ...['//api/v1/messages', '/API/v1/messages', '/x/../api/v1/messages', '/%61pi/v1/messages', '/api//v1/messages'],
    ...['/api;x/v1/messages', '\\api\\v1\\messages', 'http:\\\\gateway\\api\\v1\\messages', '/api/v1/messages.'],
  ])('`%s` does not pass a guard with a base path', async (path) => {
    const gateway = await foundGuarded({ ...passing, basePath: '/api' })
    const result = await gateway.guard.admit({ method: 'POST', url: path, headers: new Headers() })
    expect(result.type).toBe('answer')
  })

  test.each(['/health', '/', '/v1', '/v2/chat/completions', '/v1/files', '/caf%C3%A9', '/v1/chat', '/a;b=1/c'])(
    '`%s` passes if the host lets it',
    async (path) => {
      const gateway = await foundGuarded(passing)
      const result = await gateway.guard.admit({ method: 'POST', url: path, headers: new Headers() })
      expect(result.type).toBe('pass')
    },
  )

  test('outside the base path passes if the host lets it', async () => {
    const gateway = await foundGuarded({ ...passing, basePath: '/api' })
    for (const url of ['/v1/messages', 'http://gateway/apis/v1/messages'])
      expect((await gateway.guard.admit({ method: 'POST', url, headers: new Headers() })).type).toBe('pass')
  })
})

describe('an upstream', () => {
  test('whose answer is nested a million levels deep has failed', async () => {
    const gateway = await foundGuarded()
    const text = `{"choices":${'['.repeat(1e6)}${']'.repeat(1e6)}}`
    const headers = { 'content-type': 'application/json' }
    const answer = await gateway.guard.handle(requestOf(gateway, chat('hello')), () => new Response(text, { headers }))
    expect(answer?.status).toBe(502)
    expect((await amounts(gateway))[1]).toBe(0n)
  })

  test('whose answer was read before has failed', async () => {
    const gateway = await foundGuarded()
    for (const type of ['application/json', 'text/event-stream', 'audio/mpeg']) {
      const answer = await gateway.guard.handle(requestOf(gateway, chat('hello')), async () => {
        const response = new Response('{}', { headers: { 'content-type': type } })
        await response.text()
        return response
      })
      expect(answer?.status).toBe(502)
      expect((await amounts(gateway))[1]).toBe(0n)
    }
  })
})

describe('any request', () => {
  const name = fc.constantFrom('fast', 'fast', 'cheap', 'cheap', 'openai/secret', 'gpt-5', '__proto__', 'secret', '')
  /** Mostly values of the right type, so that many calls are admitted. */
  const mostly = (arbitrary: fc.Arbitrary<unknown>) =>
    fc.oneof({ weight: 9, arbitrary }, { weight: 1, arbitrary: fc.jsonValue() })
  const known = fc.record(
    {
      model: mostly(name),
      messages: fc.jsonValue(),
      input: fc.jsonValue(),
      stream: mostly(fc.boolean()),
      stream_options: mostly(fc.constant({ include_usage: true })),
      n: mostly(fc.integer({ min: 0, max: 9 })),
      max_tokens: mostly(fc.integer({ min: -1, max: 1_000 })),
      max_completion_tokens: mostly(fc.nat(1_000)),
      tools: fc.jsonValue(),
      service_tier: mostly(fc.constantFrom('auto', 'default', 'priority')),
    },
    { requiredKeys: ['model'] },
  )
  const body = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.tuple(known, fc.dictionary(fc.string(), fc.jsonValue())).map(([a, b]) => ({ ...b, ...a })),
    },
    fc.jsonValue(),
  )
  const headerName = fc.constantFrom(
    ...[
      'accept',
      'openai-beta',
      'cookie',
      'x-portcullis-team',
      'content-length',
      'anthropic-version',
      'x-forwarded-for',
    ],
  )
  const headerValue = fc.string({ unit: fc.constantFrom(...'abc,;= */-0123456789"') })
  const path = fc.constantFrom(chatPath, '/v1/responses', '/v1/messages', '/v1/embeddings', '/v1/moderations')

  test('is answered, or is sent with the model of the decision and without the token', async () => {
    const gateway = await foundGuarded({ isPassed: () => true })
    let calls = 0
    await fc.assert(
      fc.asyncProperty(path, body, fc.dictionary(headerName, headerValue), async (url, value, headers) => {
        const bytes = new TextEncoder().encode(JSON.stringify(value))
        const result = await gateway.guard.admit({
          method: 'POST',
          url,
          headers: new Headers({
            ...headers,
            authorization: `Bearer ${gateway.token}`,
            'content-type': 'application/json',
          }),
          body: new Response(bytes).body,
          text: () => new Response(bytes).text(),
        })
        expect(result.type).not.toBe('pass')
        if (result.type !== 'call') return
        calls += 1
        for (const route of result.routes) {
          const request = result.upstream(route)
          expect((JSON.parse(request.body as string) as { model: unknown }).model).toBe(route.model)
          expect(['gpt-5', 'gpt-5-eu', 'gpt-5-mini']).toContain(route.model)
          expect(JSON.stringify([request.path, request.headers, request.body])).not.toContain(gateway.token)
        }
        await result.admission.release()
      }),
      { numRuns: 3_000 },
    )
    expect(calls).toBeGreaterThan(50)
    expect(await amounts(gateway)).toEqual([credit('100'), 0n, 0n])
    expect(await gateway.ledger.verify()).toEqual([])
  })
})
