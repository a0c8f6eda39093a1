import express, { type Response as ExpressResponse } from 'express'
import fastify, { type FastifyInstance } from 'fastify'
import { type Context, Hono } from 'hono'
import { createMiddleware } from 'hono/factory'
import { describe, expect, test } from 'vitest'
import {
  expressGuard,
  expressGuardErrors,
  type GuardLocals,
  sendResponse,
} from '../../../../src/gateway/express/index.ts'
import { type FastifyGuardOptions, fastifyGuard } from '../../../../src/gateway/fastify/index.ts'
import { type GuardVariables, honoGuard } from '../../../../src/gateway/hono/index.ts'
import { credit } from '../../../../src/model/value/credit.ts'
import { until } from '../../runtime/gateway.ts'
import { amounts, chat, foundGuarded, type GuardedGateway } from '../world.ts'
import { listen, serveHono } from './hosts.ts'

const path = '/v1/chat/completions'
const chatOf = ({ token }: GuardedGateway, body: unknown = chat('hello')) => ({
  method: 'POST' as const,
  headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
  body: typeof body === 'string' ? body : JSON.stringify(body),
})

async function settled(gateway: GuardedGateway) {
  await until(async () => (await amounts(gateway))[1] === 0n)
  return await amounts(gateway)
}

describe('Fastify', () => {
  const start = async (gateway: GuardedGateway, options: Partial<FastifyGuardOptions> = {}, prefix = '') => {
    const app = fastify()
    app.setErrorHandler((error, _request, reply) => reply.send({ outer: Object(error).message }))
    await app.register(
      async (api: FastifyInstance) => {
        await api.register(fastifyGuard, { guard: gateway.guard, ...options })
        api.post(prefix.endsWith('/v1') ? '/chat/completions' : path, (request) => request.call.send(gateway.attempt))
        api.post('/broken', () => {
          throw new Error('broken')
        })
      },
      { prefix },
    )
    app.post('/open', (request) => ({ body: request.body, call: 'call' in request }))
    app.get('/v1/other', () => ({ other: true }))
    return app
  }

  test('the hooks, parsers, errors and decorators of the plugin stay in its scope', async () => {
    const app = await start(await foundGuarded())
    const headers = { 'content-type': 'application/json' }
    const open = await app.inject({ method: 'POST', url: '/open', headers, body: '{"a":1}' })
    expect(open.json()).toEqual({ body: { a: 1 }, call: false })
    const malformed = await app.inject({ method: 'POST', url: '/open', headers, body: '{' })
    expect(malformed.json()).toMatchObject({ outer: expect.stringMatching(/JSON/) })
    const form = { 'content-type': 'multipart/form-data; boundary=a' }
    const refused = await app.inject({ method: 'POST', url: '/open', headers: form, body: '--a--' })
    expect(refused.json()).toMatchObject({ outer: expect.stringMatching(/Media Type/) })
    expect((await app.inject({ url: '/v1/other' })).json()).toEqual({ other: true })
  })

  test.each(['', '/api', '/api/v1'])(
    'the guard sees the path that the client sent, below the prefix `%s`',
    async (prefix) => {
      const gateway = await foundGuarded({ basePath: prefix.replace('/v1', '') })
      const app = await start(gateway, {}, prefix)
      const below = prefix.replace('/v1', '')
      const { headers } = chatOf(gateway)
      expect((await app.inject({ url: below + path, ...chatOf(gateway) })).json()).toMatchObject({ model: 'fast' })
      const models = await app.inject({ url: `${below}/v1/models`, headers: { authorization: headers.authorization } })
      expect(models.json()).toMatchObject({ object: 'list' })
    },
  )

  test('other errors go to the error handler around the scope, and paths that pass have no call', async () => {
    const gateway = await foundGuarded({ isPassed: (_, asked) => asked === '/broken' })
    const app = await start(gateway)
    expect((await app.inject({ method: 'POST', url: '/broken' })).json()).toEqual({ outer: 'broken' })
    const malformed = {
      method: 'POST',
      url: '/broken',
      headers: { 'content-type': 'application/json' },
      body: '{',
    } as const
    expect((await app.inject(malformed)).json()).toMatchObject({ outer: expect.stringMatching(/JSON/) })
  })

  test('the body limit is that of the server, or the option', async () => {
    const gateway = await foundGuarded()
    const large = chatOf(gateway, chat('a'.repeat(1_100_000)))
    const refused = await (await start(gateway)).inject({ url: path, ...large })
    expect([refused.statusCode, refused.json().error.code]).toEqual([413, 'body_too_large'])
    const app = await start(gateway, { bodyLimit: 2_000_000, servesModels: false })
    expect((await app.inject({ url: path, ...large })).statusCode).toBe(200)
    expect((await app.inject({ url: '/v1/models' })).statusCode).toBe(404)
  })
})

describe('Hono', () => {
  test('middlewares around the guard may change its answers, and the call is settled once', async () => {
    const gateway = await foundGuarded()
    const app = new Hono<{ Bindings: { key: string }; Variables: GuardVariables & { user: string } }>()
    app.use(
      createMiddleware(async (c, next) => {
        c.res.headers.set('x-before', '1')
        await next()
        c.header('x-after', '1')
      }),
    )
    app.use('/v1/*', honoGuard(gateway.guard))
    app.use(async (c, next) => {
      c.res.headers.set('x-inner', '1')
      await next()
    })
    app.post(path, (c) => c.get('call').send(gateway.attempt))
    const response = await app.request(path, chatOf(gateway, chat('hello', { stream: true })))
    expect(['x-before', 'x-inner', 'x-after'].map((name) => response.headers.get(name))).toEqual(['1', '1', '1'])
    expect(await response.text()).toContain('data: [DONE]')
    expect((await settled(gateway))[2]).toBe(40_000n)
  })

  test('paths that pass have no call, and a guarded path without a handler releases it', async () => {
    const gateway = await foundGuarded({ isPassed: (_, asked) => asked === '/v1/health' })
    const app = new Hono<{ Variables: GuardVariables }>().use('/v1/*', honoGuard(gateway.guard))
    app.get('/v1/health', (c) => c.json({ call: c.get('call') === undefined }))
    expect(await (await app.request('/v1/health')).json()).toEqual({ call: true })
    expect((await app.request(path, chatOf(gateway))).status).toBe(404)
    expect(await settled(gateway)).toEqual([credit('100'), 0n, 0n])
    expect((await app.request('/v1/other')).status).toBe(404)
  })

  const reading: readonly (readonly [string, (c: Context) => Promise<unknown>])[] = [
    ['json', (c) => c.req.json()],
    ['text', (c) => c.req.text()],
    ['arrayBuffer', (c) => c.req.arrayBuffer()],
    ['blob', (c) => c.req.blob()],
    ['raw.clone().text', (c) => c.req.raw.clone().text()],
  ]
  const readFirst = async (gateway: GuardedGateway, read: (c: Context) => Promise<unknown>) => {
    const app = new Hono<{ Variables: GuardVariables }>()
    app.use(async (c, next) => {
      await read(c)
      await next()
    })
    app.use('/v1/*', honoGuard(gateway.guard))
    app.post(path, (c) => c.get('call').send(gateway.attempt))
    app.post('/v1/audio/transcriptions', (c) => c.get('call').send(gateway.attempt))
    return await serveHono(app.fetch)
  }

  test.each(reading)('a middleware may read the body with `%s` before the guard', async (_, read) => {
    const gateway = await foundGuarded({ maxBodySize: 10_000 })
    const url = await readFirst(gateway, read)
    for (const content of ['hello', 'hé\ufffdllo 😀']) {
      const response = await fetch(url + path, chatOf(gateway, chat(content)))
      expect(await response.json()).toMatchObject({ model: 'fast' })
      // The upstream reads bytes as Latin-1.
      const sent = Buffer.from(content).toString('latin1')
      expect(gateway.upstream.seen.at(-1)?.body).toMatchObject({ model: 'gpt-5', messages: [{ content: sent }] })
    }
    expect((await fetch(url + path, chatOf(gateway, chat('a'.repeat(20_000))))).status).toBe(413)
    expect((await fetch(url + path, chatOf(gateway, '[]'))).status).toBe(400)
    expect((await settled(gateway))[2]).toBe(80_000n)
  })

  test('a form that was read as bytes before the guard reaches the upstream', async () => {
    const gateway = await foundGuarded()
    const url = await readFirst(gateway, (c) => c.req.arrayBuffer())
    const body = new FormData()
    body.append('model', 'fast')
    body.append('file', new File(['sound'], 'a.mp3'))
    const headers = { authorization: `Bearer ${gateway.token}` }
    const response = await fetch(`${url}/v1/audio/transcriptions`, { method: 'POST', headers, body })
    expect(response.status).toBe(200)
    expect(String(gateway.upstream.seen[0]?.body['form'])).toContain('sound')
    await settled(gateway)
  })

  test('a body that was read past Hono before the guard is refused with the cause', async () => {
    const gateway = await foundGuarded()
    const url = await readFirst(gateway, (c) => c.req.raw.text())
    const response = await fetch(url + path, chatOf(gateway))
    expect([response.status, await response.json()]).toMatchObject([
      400,
      { error: { code: 'body_invalid', message: expect.stringContaining('a middleware read the body') } },
    ])
    const stranger = { ...chatOf(gateway), headers: { ...chatOf(gateway).headers, authorization: 'Bearer acme_other' } }
    expect((await fetch(url + path, stranger)).status).toBe(401)
  })

  test('the handler can read the body after the guard', async () => {
    const gateway = await foundGuarded()
    const app = new Hono<{ Variables: GuardVariables }>()
    app.use('/v1/*', honoGuard(gateway.guard))
    app.post(path, async (c) => c.json([await c.req.json(), c.get('call').request.body]))
    const response = await fetch((await serveHono(app.fetch)) + path, chatOf(gateway))
    expect(await response.json()).toEqual([chat('hello'), { type: 'json', value: chat('hello') }])
    await settled(gateway)
  })
})

describe('Express', () => {
  test('the guard sees the path that the client sent, below routers', async () => {
    const gateway = await foundGuarded({ basePath: '/api/openai' })
    const outer = express.Router()
    const inner = express.Router()
    inner.use(expressGuard(gateway.guard))
    inner.post(path, async (_req, res: ExpressResponse<unknown, GuardLocals>) => {
      await sendResponse(res, await res.locals.call.send(gateway.attempt))
    })
    outer.use('/openai', inner)
    const url = await listen(express().use('/api', outer))
    const response = await fetch(`${url}/api/openai${path}`, chatOf(gateway))
    expect(await response.json()).toMatchObject({ model: 'fast' })
  })

  test('other errors go on, and paths that pass have no call', async () => {
    const gateway = await foundGuarded({ isPassed: (_, asked) => asked.startsWith('/v1/other') })
    const app = express()
    app.use(express.json())
    app.use('/v1', expressGuard(gateway.guard))
    app.post('/v1/other', (_req, res: ExpressResponse<unknown, Partial<GuardLocals>>) => {
      throw new Error(`call: ${res.locals.call === undefined}`)
    })
    app.use(expressGuardErrors(gateway.guard))
    app.use(((error, _req, res, _next) => void res.json({ outer: error.message })) as express.ErrorRequestHandler)
    const url = await listen(app)
    expect(await (await fetch(`${url}/v1/other`, chatOf(gateway))).json()).toEqual({ outer: 'call: true' })
    const malformed = await fetch(`${url}/v1/other`, chatOf(gateway, '{'))
    expect(await malformed.json()).toMatchObject({ outer: expect.stringMatching(/JSON/) })
  })

  test('a client that reads slowly slows the upstream down', async () => {
    let sent = 0
    const endless = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          sent += 65_536
          controller.enqueue(new Uint8Array(65_536))
        },
      },
      { highWaterMark: 0 },
    )
    const url = await listen(express().use((_req, res) => sendResponse(res, new Response(endless))))
    const response = await fetch(url)
    const before = await new Promise<number>((resolve) => setTimeout(() => resolve(sent), 300))
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(sent).toBe(before)
    expect(sent).toBeLessThan(50_000_000)
    await response.body?.cancel()
  })

  test('a body that breaks ends the connection', async () => {
    const broken = new ReadableStream<Uint8Array>({
      async pull(controller) {
        controller.enqueue(new Uint8Array(10))
        await new Promise((resolve) => setTimeout(resolve, 10))
        controller.error(new Error('broken'))
      },
    })
    const url = await listen(express().use((_req, res) => sendResponse(res, new Response(broken))))
    await expect((await fetch(url)).text()).rejects.toThrow('terminated')
  })
})
