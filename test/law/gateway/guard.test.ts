import { describe, expect, test } from 'vitest'
import type { GuardedCall } from '../../../src/gateway/index.ts'
import { credit } from '../../../src/model/value/credit.ts'
import { teamWallet, until } from '../runtime/gateway.ts'
import { amounts, chat, foundGuarded, type GuardedGateway } from './world.ts'

/** 10 input and 3 output tokens of `fast`. */
const chatCost = 40_000n

async function settled(gateway: GuardedGateway): Promise<readonly [bigint, bigint, bigint]> {
  await until(async () => (await amounts(gateway))[1] === 0n && gateway.engine.status().unansweredWrites === 0)
  return await amounts(gateway)
}

async function admitted(gateway: GuardedGateway, body: object, signal?: AbortSignal): Promise<GuardedCall> {
  const result = await gateway.guard.admit(
    new Request('http://gateway.test/v1/chat/completions', {
      method: 'POST',
      headers: { authorization: `Bearer ${gateway.token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
      ...(signal === undefined ? {} : { signal }),
    }),
  )
  if (result.type !== 'call') throw new Error(result.type)
  return result
}

const codeOf = async (response: Response) => {
  const body = (await response.json()) as { error: { code: string; message: string } }
  return [response.status, body.error.code]
}

describe('a call', () => {
  test('is sent to the route of the decision, answered with the name that was asked for, and settled', async () => {
    const gateway = await foundGuarded()
    const response = await gateway.post('/v1/chat/completions', chat('hello'))
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({ model: 'fast', usage: { completion_tokens: 3 } })
    expect(gateway.upstream.seen).toMatchObject([{ path: '/v1/chat/completions', body: { model: 'gpt-5' } }])
    expect(response.headers.get('x-request-id')).toBe(response.headers.get('request-id'))
    expect(await settled(gateway)).toEqual([credit('100') - chatCost, 0n, chatCost])
    expect(gateway.guardNotices).toEqual([])
  })

  test.each([
    ['/v1/responses', { model: 'fast', input: 'hi' }, chatCost],
    ['/v1/embeddings', { model: 'fast', input: 'hi' }, 8_000n],
    ['/v1/messages', { model: 'claude', max_tokens: 50, messages: [{ role: 'user', content: 'hi' }] }, chatCost],
    ['/v1/messages/count_tokens', { model: 'claude', messages: [{ role: 'user', content: 'hi' }] }, 0n],
  ])('to `%s` is answered and settled', async (path, body, cost) => {
    const gateway = await foundGuarded()
    const response = await gateway.post(path, body)
    expect(response.status).toBe(200)
    expect(JSON.stringify(await response.json())).not.toContain('gpt-5')
    expect((await settled(gateway))[2]).toBe(cost)
  })

  test('shows an upstream no token and no header but those of its API', async () => {
    const gateway = await foundGuarded()
    const secrets = { cookie: 'a=1', 'x-portkey-api-key': 'k', 'x-forwarded-for': '1.2.3.4', 'openai-beta': 'x=1' }
    await gateway.post('/v1/chat/completions', chat('hello'), secrets)
    const [seen] = gateway.upstream.seen
    expect(JSON.stringify(seen)).not.toContain(gateway.token)
    for (const name of ['cookie', 'authorization', 'x-portkey-api-key', 'x-forwarded-for'])
      expect(seen?.headers).not.toHaveProperty(name)
    expect(seen?.headers['openai-beta']).toBe('x=1')
  })

  test('falls back to the next route before the first byte, and only over routes of the decision', async () => {
    const gateway = await foundGuarded()
    const models: string[] = []
    const call = await admitted(gateway, chat('hello'))
    const response = await call.send((request) => {
      models.push(request.route.model)
      if (request.route.model === 'gpt-5') return new Response('busy', { status: 429 })
      return gateway.attempt(request)
    })
    expect(await response.json()).toMatchObject({ model: 'fast' })
    expect(models).toEqual(['gpt-5', 'gpt-5-eu'])
    expect(gateway.guardNotices).toMatchObject([{ type: 'route_failed', route: { model: 'gpt-5' }, status: 429 }])
    expect(() => call.upstream({ providerAccount: 'openai', model: 'secret' })).toThrow('may not use')
    expect((await settled(gateway))[2]).toBe(chatCost)
  })

  test.each([
    ['status 500', [502, 'upstream_failed']],
    ['status 429', [502, 'upstream_failed']],
    ['status 504', [504, 'upstream_timeout']],
    ['status 401', [424, 'upstream_refused']],
    ['status 404', [424, 'upstream_refused']],
    ['reset', [502, 'upstream_failed']],
    ['error in 200', [502, 'upstream_failed']],
    ['not json', [502, 'upstream_failed']],
  ])('whose upstream answers with %s costs nothing', async (wish, expected) => {
    const gateway = await foundGuarded()
    expect(await codeOf(await gateway.post('/v1/chat/completions', chat(wish)))).toEqual(expected)
    expect(await settled(gateway)).toEqual([credit('100'), 0n, 0n])
  })

  test.each([
    [{ 'retry-after': '7' }, '7000'],
    [{ 'retry-after-ms': '250', 'retry-after': '7' }, '250'],
    [{ 'retry-after': '86400' }, '60000'],
    [{ 'retry-after': 'Wed, 21 Oct 2099 07:28:00 GMT' }, null],
  ])('whose upstream is busy passes on the wait %j as %s ms', async (headers, wait) => {
    const gateway = await foundGuarded()
    const call = await admitted(gateway, chat('hello'))
    const response = await call.send(() => new Response('busy', { status: 429, headers }))
    expect(response.headers.get('retry-after-ms')).toBe(wait)
  })

  test('whose body an upstream rejects gets that answer, with the name that was asked for', async () => {
    const gateway = await foundGuarded()
    const response = await gateway.post('/v1/chat/completions', chat('status 400'))
    expect([response.status, await response.json()]).toMatchObject([400, { error: { message: 'no fast' } }])
    expect(await settled(gateway)).toEqual([credit('100'), 0n, 0n])
  })

  test.each([
    ['no usage', 'usage_missing'],
    ['zero usage', 'usage_missing'],
    ['negative usage', 'usage_missing'],
    ['huge usage', 'cost_unknown'],
  ])('with %s is settled at what was delivered or reserved, and reported', async (wish, type) => {
    const gateway = await foundGuarded()
    await gateway.post('/v1/chat/completions', chat(wish))
    const [, , spent] = await settled(gateway)
    expect(spent).toBeGreaterThan(0n)
    expect(spent).toBeLessThanOrEqual(credit('0.02'))
    expect(gateway.guardNotices).toMatchObject([{ type }])
  })
})

describe('a stream', () => {
  const stream = (content: string, rest: object = {}) => chat(content, { stream: true, ...rest })

  test('is passed in chunks with the name that was asked for, without a usage that the client did not ask for', async () => {
    const gateway = await foundGuarded()
    const response = await gateway.post('/v1/chat/completions', stream('hello'))
    const text = await response.text()
    const chunks = text.split('\n\n').filter((chunk) => chunk !== '')
    expect(chunks).toHaveLength(6)
    expect(chunks.at(-1)).toBe('data: [DONE]')
    for (const chunk of chunks.slice(0, -1)) {
      const body = JSON.parse(chunk.slice(6)) as { model: string; choices: unknown[] }
      expect(body).not.toHaveProperty('usage')
      expect([body.model, body.choices.length]).toEqual(['fast', 1])
    }
    expect(gateway.upstream.seen[0]?.body['stream_options']).toEqual({ include_usage: true })
    expect(response.headers.get('set-cookie')).toBeNull()
    expect((await settled(gateway))[2]).toBe(chatCost)
  })

  test('has the usage in its last chunk if the client asked for it', async () => {
    const gateway = await foundGuarded()
    const body = stream('hello', { stream_options: { include_usage: true } })
    const text = await (await gateway.post('/v1/chat/completions', body)).text()
    expect(text).toContain('"completion_tokens":3')
    expect((await settled(gateway))[2]).toBe(chatCost)
  })

  test.each([
    ['/v1/responses', { model: 'fast', input: 'hi', stream: true }],
    ['/v1/messages', { model: 'claude', max_tokens: 50, messages: [{ role: 'user', content: 'hi' }], stream: true }],
  ])('of `%s` names the model that was asked for in every event, and is settled', async (path, body) => {
    const gateway = await foundGuarded()
    const text = await (await gateway.post(path, body)).text()
    expect(text).toContain(`"model":"${body.model}"`)
    expect(text).not.toMatch(/gpt-5|claude-2026/)
    expect((await settled(gateway))[2]).toBe(chatCost)
  })

  test('of an upstream without usage is settled at what was delivered', async () => {
    const gateway = await foundGuarded()
    await (await gateway.post('/v1/chat/completions', stream('no usage'))).text()
    const [, , spent] = await settled(gateway)
    expect(spent).toBeGreaterThan(0n)
    expect(spent).toBeLessThan(credit('0.001'))
    expect(gateway.guardNotices).toMatchObject([{ type: 'usage_missing' }])
  })

  test('that the client cancels is settled at what was delivered, and cancels the upstream', async () => {
    const gateway = await foundGuarded()
    const response = await gateway.post('/v1/chat/completions', stream('endless'))
    const reader = response.body?.getReader()
    for (let i = 0; i < 20; i += 1) await reader?.read()
    await reader?.cancel()
    const [, , spent] = await settled(gateway)
    expect(spent).toBeGreaterThan(100_000n)
    expect(spent).toBeLessThan(credit('0.01'))
    await until(() => gateway.upstream.seen[0]?.isAborted === true)
  })

  test('that the client aborts before, in and after is settled once', async () => {
    for (const chunks of [0, 3, 1_000]) {
      const gateway = await foundGuarded()
      const client = new AbortController()
      const call = await admitted(gateway, stream('slow'), client.signal)
      if (chunks === 0) setTimeout(() => client.abort(), 1)
      const response = await call.send(gateway.attempt)
      const reader = response.body?.getReader()
      let count = 0
      for (; count < chunks; count += 1) if ((await reader?.read())?.done) break
      client.abort()
      const [, , spent] = await settled(gateway)
      expect(spent).toBeGreaterThan(0n)
      if (chunks === 1_000) expect(spent).toBe(chatCost)
      expect(await call.admission.settle(5n)).toMatchObject({ ok: false, reason: 'already_ended' })
    }
  })

  test('that an upstream goes on with is settled at the reserved amount when the client aborts', async () => {
    const gateway = await foundGuarded({ continuesAfterAbort: true })
    const response = await gateway.post('/v1/chat/completions', stream('endless'))
    const [, reserved] = await amounts(gateway)
    await response.body?.cancel()
    expect((await settled(gateway))[2]).toBe(reserved)
  })

  test.each(['die', 'stall'])(
    'whose upstream %ss ends with an error that clients read, and is settled',
    async (wish) => {
      const gateway = await foundGuarded({ stallTimeout: 200 })
      const text = await (await gateway.post('/v1/chat/completions', stream(wish))).text()
      const last = text.trim().split('\n\n').at(-1) ?? ''
      expect(JSON.parse(last.slice(6))).toMatchObject({ error: { code: 'stream_failed' } })
      expect((await settled(gateway))[2]).toBeGreaterThan(0n)
      if (wish === 'stall') await until(() => gateway.upstream.seen[0]?.isAborted === true)
    },
  )
})

describe('credits', () => {
  test('1,000 concurrent calls on a wallet with credits for 100 are served exactly 100 times', async () => {
    const gateway = await foundGuarded({ countInput: () => 0, minTokens: 100_000 })
    const body = chat('hello', { max_completion_tokens: 10_000 })
    // Each call reserves 0.1 credits; the upstream answers after all were decided.
    let release = () => {}
    const gate = new Promise<void>((resolve) => {
      release = resolve
    })
    const spending = await gateway.engine.admit({ token: gateway.token, model: 'fast', estimate: credit('90') })
    expect(spending).toMatchObject({ admitted: true })
    if (spending.admitted) await spending.settle(credit('90'))
    const requests = Array.from({ length: 1_000 }, async () => {
      const request = new Request('http://gateway.test/v1/chat/completions', {
        method: 'POST',
        headers: { authorization: `Bearer ${gateway.token}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
      const response = await gateway.guard.handle(request, async () => {
        await gate
        return Response.json({ model: 'gpt-5', choices: [], usage: { prompt_tokens: 0, completion_tokens: 10_000 } })
      })
      return response?.status
    })
    await until(async () => (await amounts(gateway))[0] === 0n)
    release()
    const statuses = await Promise.all(requests)
    expect(statuses.filter((status) => status === 200)).toHaveLength(100)
    expect(statuses.filter((status) => status === 429)).toHaveLength(900)
    expect(await settled(gateway)).toEqual([0n, 0n, credit('100')])
    expect(await gateway.ledger.verify()).toEqual([])
  })

  test('for less than the estimate lower the bound of the output tokens, and a header says so', async () => {
    const gateway = await foundGuarded({ countInput: () => 0 })
    await gateway.post('/v1/chat/completions', chat('hello', { max_completion_tokens: 100 }))
    const body = chat('hello', { model: 'fast', max_completion_tokens: 10_000, n: 1 })
    // 100 credits are too few for 2,000 choices, but not for one: the wallet is emptied by holds first.
    const held: GuardedCall[] = []
    for (let i = 0; i < 128; i += 1) {
      const result = await admitted(gateway, { ...body, n: 128 }).catch(() => undefined)
      if (result === undefined) break
      held.push(result)
    }
    const last = held.at(-1) as GuardedCall
    expect(last.loweredTokens).toBeLessThan(10_000)
    expect(JSON.parse(last.upstream(last.routes[0] as never).body as string)).toMatchObject({
      max_completion_tokens: last.loweredTokens,
    })
    const response = await last.send(gateway.attempt)
    expect(response.headers.get('x-portcullis-max-tokens')).toBe(String(last.loweredTokens))
    await last.close()
    const cached = await admitted(gateway, { ...body, n: 128 })
    expect(cached.loweredTokens).toBeLessThan(10_000)
    const fromCache = await cached.respond(Response.json({ model: 'fast', choices: [], usage: { prompt_tokens: 0 } }))
    expect(fromCache.status).toBe(200)
    expect(fromCache.headers.get('x-portcullis-max-tokens')).toBeNull()
    await Promise.all(held.map((call) => call.close()))
  })
})

describe('prices', () => {
  test('a call without a price is refused if a wallet pays, and free if none does', async () => {
    const gateway = await foundGuarded()
    const body = chat('hello', { model: 'unpriced' })
    expect((await codeOf(await gateway.post('/v1/chat/completions', body)))[1]).toBe('price_unknown')
    const free = await gateway.post('/v1/chat/completions', body, { authorization: `Bearer ${gateway.freeToken}` })
    expect(free.status).toBe(200)
    expect(await settled(gateway)).toEqual([credit('100'), 0n, 0n])
  })

  test.each([
    ['service_tier', 'priority'],
    ['speed', 'fast'],
    ['inference_geo', 'us'],
    ['background', true],
  ])('a call with `%s` of `%s`, which the price does not cover, is refused', async (field, value) => {
    const gateway = await foundGuarded()
    const response = await gateway.post('/v1/chat/completions', chat('hello', { [field]: value }))
    expect([response.status, await response.json()]).toMatchObject([400, { error: { param: field } }])
    const open = await foundGuarded({ isPriced: () => true })
    const accepted = await open.post('/v1/chat/completions', chat('hello', { [field]: value }))
    expect(accepted.status).toBe(field === 'background' ? 400 : 200)
  })

  test('the note of a host stands in the statement of the wallet', async () => {
    const gateway = await foundGuarded({ noteOf: (call, { headers }) => `${call.model} ${headers.get('x-ticket')}` })
    await gateway.post('/v1/chat/completions', chat('hello'), { 'x-ticket': '4711' })
    await settled(gateway)
    const notes = new Set<string | undefined>()
    for await (const { to, call } of gateway.ledger.statement(teamWallet(gateway)))
      if (to === 'spent') notes.add(call?.note)
    expect([...notes]).toEqual(['fast 4711'])
  })

  test('a host can book a fixed amount for calls without a price', async () => {
    const gateway = await foundGuarded({ unpriced: credit('0.5') })
    expect((await gateway.post('/v1/chat/completions', chat('hello', { model: 'unpriced' }))).status).toBe(200)
    expect((await settled(gateway))[2]).toBe(credit('0.5'))
  })
})

describe('a function of the host that throws', () => {
  const failing = (): never => {
    throw new Error('a secret of the host')
  }

  test.each(['isPassed', 'callerOf', 'tagsOf', 'noteOf', 'isPriced', 'onNotice'])(
    'as `%s` refuses the request, and tells nothing',
    async (name) => {
      const gateway = await foundGuarded({ [name]: failing })
      const path = name === 'isPassed' ? '/health' : '/v1/chat/completions'
      const response = await gateway.post(path, chat('hello', { service_tier: 'priority' }))
      expect([503, 400]).toContain(response.status)
      expect(await response.text()).not.toContain('secret')
      expect(await settled(gateway)).toEqual([credit('100'), 0n, 0n])
    },
  )

  test.each([{ pricer: { priceOf: failing } }, { countInput: failing }])(
    'as %j leaves the route out',
    async (options) => {
      const gateway = await foundGuarded(options)
      const response = await gateway.post('/v1/chat/completions', chat('hello'))
      expect(await codeOf(response)).toEqual([424, 'price_unknown'])
      expect(gateway.guardNotices.map(({ type }) => type)).toContain('option_failed')
      expect(await settled(gateway)).toEqual([credit('100'), 0n, 0n])
    },
  )
})

describe('a price that throws', () => {
  test.each([false, true])('is replaced by the reserved amount, in a stream: %s', async (stream) => {
    const broken = (): never => {
      throw new Error('no cost')
    }
    const price = { name: 'broken', costOf: broken, boundOf: () => 500n, outputWithin: () => 1_000 }
    const gateway = await foundGuarded({ pricer: { priceOf: () => price } })
    const response = await gateway.post('/v1/chat/completions', chat('hello', { stream }))
    expect(response.status).toBe(200)
    await response.text()
    expect(await settled(gateway)).toEqual([credit('100') - 500n, 0n, 500n])
    expect(gateway.guardNotices).toMatchObject([{ type: 'cost_unknown', price: 'broken' }])
  })
})

describe('a body', () => {
  test.each(['models', 'fallbacks', 'route', 'api_base', 'api_key'])(
    'with `%s`, by which an upstream could take another route, is refused',
    async (field) => {
      const gateway = await foundGuarded({ isPriced: () => true })
      const response = await gateway.post('/v1/chat/completions', chat('hello', { [field]: ['openai/secret'] }))
      expect([response.status, await response.json()]).toMatchObject([400, { error: { param: field } }])
      expect(gateway.upstream.seen).toEqual([])
    },
  )

  test('of pictures or sounds whose answer has no usage is settled at the reserved amount', async () => {
    const gateway = await foundGuarded()
    const request = { model: 'fast', prompt: 'a portcullis' }
    const [before] = await amounts(gateway)
    const result = await gateway.guard.admit(
      new Request('http://gateway.test/v1/images/generations', {
        method: 'POST',
        headers: { authorization: `Bearer ${gateway.token}`, 'content-type': 'application/json' },
        body: JSON.stringify(request),
      }),
    )
    if (result.type !== 'call') throw new Error(result.type)
    const [after, reserved] = await amounts(gateway)
    expect(before - after).toBe(reserved)
    await result.respond(Response.json({ created: 1, data: [{ b64_json: 'aaaa' }] }))
    expect((await settled(gateway))[2]).toBe(reserved)
  })
})

describe('models', () => {
  const get = async (gateway: GuardedGateway, path: string, headers = {}) => {
    const request = new Request(`http://gateway.test${path}`, {
      headers: { authorization: `Bearer ${gateway.token}`, ...headers },
    })
    return (await gateway.guard.handle(request, gateway.attempt)) as Response
  }

  test('the list has exactly the names that the caller may use, in the shape of each provider', async () => {
    const gateway = await foundGuarded()
    const openai = (await (await get(gateway, '/v1/models')).json()) as { data: { id: string }[] }
    expect(openai.data.map(({ id }) => id)).toEqual(['cheap', 'claude', 'fast', 'unpriced'])
    const anthropic = await (await get(gateway, '/v1/models', { 'anthropic-version': '2023-06-01' })).json()
    expect(anthropic).toMatchObject({ data: [{ type: 'model', id: 'cheap' }, {}, {}, {}], has_more: false })
    expect(await (await get(gateway, '/v1/models/fast')).json()).toMatchObject({ id: 'fast', object: 'model' })
    expect(await codeOf(await get(gateway, '/v1/models/openai%2Fsecret'))).toEqual([404, 'model_not_found'])
    expect(gateway.upstream.seen).toEqual([])
  })
})

describe('a refusal before a decision', () => {
  const unread = new Headers({ 'content-type': 'application/json' })
  test.each([
    ['route_unknown', { url: '/v1/other' }],
    ['method_not_allowed', { url: '/v1/messages', method: 'GET' }],
    ['token_missing', { headers: unread }],
    ['header_invalid', { team: 'a,b' }],
    ['body_invalid', { body: '{' }],
    ['body_invalid', { body: '{"model":""}' }],
    ['body_too_large', { length: '999999999' }],
    ['media_type_unsupported', { type: 'text/plain' }],
    ['model_not_found', { url: '/v1/models/none', method: 'GET' }],
    ['credential_invalid', { url: '/v1/models', method: 'GET', token: 'acme_stranger' }],
  ] as const)('for `%s` is a notice with the id that the client has, for %j', async (reason, sent) => {
    const gateway = await foundGuarded()
    const { url, method, headers, team, body, length, type, token }: Record<string, unknown> = sent
    const all = new Headers({
      authorization: `Bearer ${token ?? gateway.token}`,
      'content-type': `${type ?? 'application/json'}`,
    })
    if (typeof team === 'string') all.set('x-portcullis-team', team)
    if (typeof length === 'string') all.set('content-length', length)
    const result = await gateway.guard.admit({
      method: `${method ?? 'POST'}`,
      url: `${url ?? '/v1/chat/completions'}`,
      headers: headers instanceof Headers ? headers : all,
      body: new Response(`${body ?? '{}'}`).body,
    })
    if (result.type !== 'answer') throw new Error(result.type)
    const { error } = (await result.response.json()) as { error: { code: string } }
    expect(error.code).toBe(reason)
    const id = result.response.headers.get('x-request-id')
    expect(gateway.guardNotices).toEqual([{ type: 'refused', id, reason }])
  })

  test('is no notice where a decision was made', async () => {
    const gateway = await foundGuarded()
    await gateway.post('/v1/chat/completions', chat('hello', { model: 'none' }))
    await gateway.post('/v1/chat/completions', chat('hello'), { authorization: 'Bearer acme_stranger' })
    expect(gateway.guardNotices).toEqual([])
  })
})
