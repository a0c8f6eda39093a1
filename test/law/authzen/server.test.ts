import { type AddressInfo, connect } from 'node:net'
import { serve } from '@hono/node-server'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createMemoryRepository } from '../../../src/adapter/memory/index.ts'
import { authenticateAdministrator, createAuthZenHandler, engineEvaluator } from '../../../src/authzen/index.ts'
import type { Engine, EngineOptions } from '../../../src/runtime/index.ts'
import { createEngine, tokenDigest } from '../../../src/runtime/index.ts'
import { founding, system } from '../runtime/gateway.ts'
import { certified, goodBody, paths, pdp } from './fixture.ts'

type Server = ReturnType<typeof serve>

const servers: Server[] = []
const engines: Engine[] = []
afterAll(async () => {
  for (const server of servers) server.close()
  await Promise.all(engines.map((engine) => engine.close()))
})

/** Serves a handler on a free port of this machine, and returns the port. */
function listen(fetch: (request: Request) => Promise<Response>): Promise<number> {
  return new Promise((resolve) =>
    servers.push(serve({ fetch, port: 0, hostname: '127.0.0.1' }, ({ port }: AddressInfo) => resolve(port))),
  )
}

/** Sends text to a port, and returns the status line of the answer. */
function statusLineOf(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text))
    socket.once('data', (data) => {
      resolve(data.toString('latin1').split('\r\n')[0] ?? '')
      socket.destroy()
    })
    socket.once('error', reject)
  })
}

describe('the fixture of the certification, over HTTP', () => {
  let port = 0
  beforeAll(async () => {
    const evaluator = certified
    port = await listen(
      createAuthZenHandler({ evaluator, authenticate: 'none', policyDecisionPoint: pdp, maxBodySize: 2_048 }),
    )
  })
  const send = (path: string, init: RequestInit = {}) => fetch(`http://127.0.0.1:${port}${path}`, init)
  const post = (path: string, body: string, headers: Record<string, string> = {}) =>
    send(path, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } })

  test.each(paths)('%s answers good and bad requests', async (path) => {
    const good = await post(path, JSON.stringify(goodBody), { 'x-request-id': 'an id' })
    expect([good.status, good.headers.get('content-type')]).toEqual([200, 'application/json'])
    expect(good.headers.get('x-request-id')).toBe('an id')
    expect(Object.keys((await good.json()) as object)[0]).toBe(path.includes('search') ? 'page' : 'decision')
    for (const method of ['GET', 'PUT']) expect((await send(path, { method })).status).toBe(405)
    for (const body of ['', '[]', '{', `{"a":"${'x'.repeat(100)}`]) expect((await post(path, body)).status).toBe(400)
    expect((await post(path, JSON.stringify(goodBody), { 'content-type': 'text/plain' })).status).toBe(400)
    expect((await post(path, JSON.stringify({ ...goodBody, context: { a: 'x'.repeat(3_000) } }))).status).toBe(413)
  })

  test('the metadata is found by the identifier', async () => {
    const metadata = (await (await send('/.well-known/authzen-configuration')).json()) as Record<string, string>
    expect(metadata['policy_decision_point']).toBe(pdp)
    const path = metadata['access_evaluation_endpoint']?.replace(pdp, '') ?? ''
    expect(await (await post(path, JSON.stringify(goodBody))).json()).toEqual({ decision: true })
  })

  test('a body in chunks is read up to the limit', async () => {
    const head = `POST ${paths[0]} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`
    const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`
    const text = JSON.stringify(goodBody)
    const good = `${head}${chunk(text.slice(0, 9))}${chunk(text.slice(9))}0\r\n\r\n`
    expect(await statusLineOf(port, good)).toBe('HTTP/1.1 200 OK')
    const large = `${head}${chunk('x'.repeat(1_500))}${chunk('x'.repeat(1_500))}`
    expect(await statusLineOf(port, large)).toBe('HTTP/1.1 413 Payload Too Large')
  })
})

describe('an engine, over HTTP', () => {
  const start = async (options: Partial<EngineOptions> = {}) => {
    const engine = createEngine({ repository: createMemoryRepository(), ...options })
    engines.push(engine)
    await engine.ready()
    const own = [
      { type: 'CreateUser', user: 'root' },
      { type: 'AddAdministrator', administrator: { type: 'user', id: 'root' } },
      {
        type: 'IssueCredential',
        credential: 'root key',
        owner: { type: 'user', id: 'root' },
        digest: tokenDigest('root'),
      },
    ] as const
    const executed = await engine.execute([...founding, ...own], system)
    if (!executed.ok) throw new Error(JSON.stringify(executed))
    const evaluator = engineEvaluator(engine)
    const handler = createAuthZenHandler({ evaluator, authenticate: authenticateAdministrator(engine) })
    const port = await listen(handler)
    const post = async (path: string, body: unknown, token = 'root') => {
      const response = await fetch(`http://127.0.0.1:${port}/access/v1/${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(token === '' ? {} : { authorization: `Bearer ${token}` }) },
        body: JSON.stringify(body),
      })
      const text = await response.text()
      return [response.status, response.ok ? (JSON.parse(text) as Record<string, never>) : text] as const
    }
    return { engine, post }
  }
  const dev = { type: 'team', id: 'dev' }
  const use = { name: 'use' }
  const fast = { type: 'model', id: 'fast' }

  test('only a token of an administrator may ask', async () => {
    const { engine, post } = await start()
    const body = { subject: dev, action: use, resource: fast }
    expect(await post('evaluation', body)).toEqual([200, { decision: true }])
    expect(await post('evaluation', body, '')).toEqual([401, 'expected valid credentials'])
    expect(await post('evaluation', body, 'unknown')).toEqual([401, 'expected valid credentials'])
    expect(await post('evaluation', body, 'secret')).toEqual([403, 'not permitted to ask for decisions'])
    await engine.execute({ type: 'RevokeCredential', credential: 'root key' }, system)
    expect(await post('evaluation', body)).toEqual([401, 'expected valid credentials'])
  })

  test('a denial has a reason without names, and does not tell a hidden model from none', async () => {
    const { post } = await start()
    const denied = { decision: false, context: { reason: 'model_not_found' } }
    for (const id of ['openai/gpt-5', 'openai/none', 'none', '']) {
      const [status, body] = await post('evaluation', { subject: dev, action: use, resource: { type: 'model', id } })
      expect([status, body]).toEqual([200, id === '' ? { ...denied, context: { reason: 'request_invalid' } } : denied])
    }
  })

  test.each([
    ['a type of subject', { subject: { type: 'spaceship', id: 'dev' } }],
    ['a property of objects as a type', { subject: { type: 'constructor', id: 'dev' } }],
    ['an action', { action: { name: 'fly' } }],
    ['a type of resource', { resource: { type: 'planet', id: 'fast' } }],
    ['a thing of the prototype', { action: { name: 'manage' }, resource: { type: 'toString', id: 'fast' } }],
    ['an action on this type of resource', { resource: { type: 'team', id: 'dev' } }],
    ['an operation', { action: { name: 'use', properties: { operation: 'fly' } } }],
    ['a number as the team', { context: { team: 7 } }],
  ])('%s that the engine does not know is denied as invalid', async (_, change) => {
    const { post } = await start()
    const denied = { decision: false, context: { reason: 'request_invalid' } }
    const body = { subject: dev, action: use, resource: fast, ...change }
    expect(await post('evaluation', body)).toEqual([200, denied])
    const evaluations = [{}, change]
    const list = await post('evaluations', { subject: dev, action: use, resource: fast, evaluations })
    expect(list).toEqual([200, { evaluations: [{ decision: true }, denied] }])
  })

  test('searches find users, credentials, models, things and actions', async () => {
    const { post } = await start()
    const results = async (what: string, body: unknown) => {
      const [status, answer] = await post(`search/${what}`, body)
      expect(status).toBe(200)
      return answer['results' as never] as unknown
    }
    expect(await results('subject', { subject: { type: 'team' }, action: use, resource: fast })).toEqual([dev])
    const keys = { subject: { type: 'credential' }, action: use, resource: fast }
    expect(await results('subject', keys)).toEqual([{ type: 'credential', id: 'key' }])
    expect(await results('subject', { ...keys, subject: { type: 'spaceship' } })).toEqual([])
    const key = { type: 'credential', id: 'key' }
    expect(await results('resource', { subject: key, action: use, resource: { type: 'model' } })).toEqual([fast])
    const manage = { name: 'manage' }
    const team = { type: 'team', id: 'dev' }
    const managers = await results('subject', { subject: { type: 'credential' }, action: manage, resource: team })
    expect(managers).toEqual([{ type: 'credential', id: 'root key' }])
    const root = { type: 'user', id: 'root' }
    expect(await results('action', { subject: root, resource: team })).toEqual([manage])
    expect(await results('action', { subject: dev, resource: fast })).toEqual([use])
  })

  test('pages go on where they ended, while teams are deleted and created', async () => {
    const { engine, post } = await start()
    const create = (team: string) =>
      ({ type: 'CreateTeam', team, organization: 'acme', accessGroups: ['standard'] }) as const
    await engine.execute(
      Array.from({ length: 20 }, (_, at) => create(`team ${at}`)),
      system,
    )
    const seen: string[] = []
    let token = ''
    for (let at = 0; ; at += 1) {
      const page = { limit: 3, token }
      const [, body] = await post('search/subject', { subject: { type: 'team' }, action: use, resource: fast, page })
      const answer = body as unknown as { page: { next_token: string }; results: readonly { id: string }[] }
      seen.push(...answer.results.map(({ id }) => id))
      token = answer.page.next_token
      if (token === '') break
      await engine.execute([{ type: 'DeleteTeam', team: seen.at(-1) ?? '' }, create(`more ${at}`)], system)
    }
    expect(seen).toEqual([...new Set(seen)])
    const first = ['dev', ...Array.from({ length: 20 }, (_, at) => `team ${at}`)]
    expect(first.filter((team) => !seen.includes(team))).toEqual([])
  })

  test('a policy that is too old answers 503 on every endpoint', async () => {
    const { engine, post } = await start()
    await engine.close()
    for (const path of ['evaluation', 'evaluations', 'search/subject', 'search/resource', 'search/action'])
      expect((await post(path, { subject: dev, action: use, resource: fast }))[0]).toBe(503)
    const evaluator = engineEvaluator(engine)
    const port = await listen(createAuthZenHandler({ evaluator, authenticate: 'none' }))
    for (const path of paths) {
      const headers = { 'content-type': 'application/json' }
      const body = JSON.stringify({ subject: dev, action: use, resource: fast })
      const response = await fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', headers, body })
      expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1'])
    }
  })

  test('an evaluation is a decision for subscribers, and a search is none', async () => {
    const { engine, post } = await start()
    const seen: string[] = []
    const stop = engine.subscribe((events) => seen.push(...events.map(({ type }) => type)))
    await post('search/subject', { subject: { type: 'team' }, action: use, resource: fast })
    await post('evaluation', { subject: dev, action: use, resource: fast })
    stop()
    // Two of the three are those of `authenticateAdministrator`.
    expect(seen).toEqual(['decided', 'decided', 'decided'])
  })

  test.each([{ disclosure: 'all' }, { disclose: 'reason' }])('the options %j are refused', async (options) => {
    const { engine } = await start()
    expect(() => engineEvaluator(engine, options as never)).toThrow(TypeError)
  })
})
