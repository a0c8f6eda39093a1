import type { AddressInfo } from 'node:net'
import Anthropic from '@anthropic-ai/sdk'
import { serve } from '@hono/node-server'
import OpenAI, { toFile } from 'openai'
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import type { GuardOptions } from '../../../src/gateway/index.ts'
import { credit } from '../../../src/model/value/credit.ts'
import { until } from '../runtime/gateway.ts'
import { ai, createAnthropic, createOpenAI } from './ai-sdk.ts'
import { amounts, foundGuarded, type GuardedGateway } from './world.ts'

beforeAll(() => {
  Reflect.set(globalThis, 'AI_SDK_LOG_WARNINGS', false)
})

/** A guarded gateway behind a server, with the clients of its team. */
interface Served extends GuardedGateway {
  readonly openai: OpenAI
  readonly anthropic: Anthropic
  readonly url: string
  /** The paths of the requests that clients sent. */
  readonly requests: string[]
}

const servers: ReturnType<typeof serve>[] = []
afterEach(async () => {
  await Promise.all(
    servers.splice(0).map(async (server) => {
      if ('closeAllConnections' in server) server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    }),
  )
})

/** Serves a guarded gateway on a free loopback port. It is closed after the test. */
async function served(options: GuardOptions = {}, key?: string): Promise<Served> {
  const gateway = await foundGuarded(options)
  const requests: string[] = []
  const port = await new Promise<number>((resolve) => {
    const fetch = async (request: Request) => {
      requests.push(new URL(request.url).pathname)
      return (await gateway.guard.handle(request, gateway.attempt)) ?? new Response('passed', { status: 299 })
    }
    servers.push(serve({ fetch, port: 0, hostname: '127.0.0.1' }, (address: AddressInfo) => resolve(address.port)))
  })
  const url = `http://127.0.0.1:${port}`
  const apiKey = key ?? gateway.token
  const openai = new OpenAI({ apiKey, baseURL: `${url}/v1` })
  return { ...gateway, openai, anthropic: new Anthropic({ apiKey, baseURL: url }), url, requests }
}

async function spent(gateway: GuardedGateway): Promise<bigint> {
  await until(async () => (await amounts(gateway))[1] === 0n && gateway.engine.status().unansweredWrites === 0)
  expect(await gateway.ledger.verify()).toEqual([])
  return (await amounts(gateway))[2]
}

const messages = (content: string) => [{ role: 'user' as const, content }]
const call = (content: string) => ({ model: 'fast', messages: messages(content) })
/** 10 input and 3 output tokens. */
const cost = 40_000n

async function textOf(stream: AsyncIterable<OpenAI.ChatCompletionChunk>): Promise<string> {
  let text = ''
  for await (const chunk of stream) {
    expect(chunk.model).toBe('fast')
    text += chunk.choices[0]?.delta.content ?? ''
  }
  return text
}

describe('the client of OpenAI', () => {
  test('lists and finds the models of its team', async () => {
    const { openai, upstream } = await served()
    const ids: string[] = []
    for await (const model of openai.models.list()) ids.push(model.id)
    expect(ids).toEqual(['cheap', 'claude', 'fast', 'unpriced'])
    expect(await openai.models.retrieve('fast')).toMatchObject({ id: 'fast', object: 'model' })
    await expect(openai.models.retrieve('openai/secret')).rejects.toBeInstanceOf(OpenAI.NotFoundError)
    expect(upstream.seen).toEqual([])
  })

  test('chats', async () => {
    const gateway = await served()
    const answer = await gateway.openai.chat.completions.create(call('hi'))
    expect([answer.model, answer.choices[0]?.message.content]).toEqual(['fast', 'hello '])
    expect(answer._request_id).toMatch(/./)
    expect(await spent(gateway)).toBe(cost)
  })

  test.each([false, true])('streams a chat, with include_usage %s', async (includes) => {
    const gateway = await served()
    const options = includes ? { stream_options: { include_usage: true } } : {}
    const stream = await gateway.openai.chat.completions.create({ ...call('hi'), stream: true, ...options })
    let text = ''
    let usage: unknown
    for await (const chunk of stream) {
      expect(chunk.model).toBe('fast')
      text += chunk.choices[0]?.delta.content ?? ''
      usage = chunk.usage ?? usage
    }
    expect(text).toBe('one two three')
    expect(usage === undefined).toBe(!includes)
    expect(await spent(gateway)).toBe(cost)
  })

  test('uses the responses API, also as a stream', async () => {
    const gateway = await served()
    const body = { model: 'fast', input: 'hi' }
    const answer = await gateway.openai.responses.create(body)
    expect([answer.model, answer.output_text]).toEqual(['fast', 'hello'])
    const streamed = await gateway.openai.responses.stream(body).finalResponse()
    expect([streamed.model, streamed.output_text]).toEqual(['fast', 'hello'])
    expect(await spent(gateway)).toBe(2n * cost)
  })

  test('embeds, makes images and moderates', async () => {
    const gateway = await served()
    const embedded = await gateway.openai.embeddings.create({ model: 'fast', input: 'hi', encoding_format: 'float' })
    expect([embedded.model, embedded.data[0]?.embedding]).toEqual(['fast', [0.5, 0.25]])
    await gateway.openai.images.generate({ model: 'fast', prompt: 'a cat' })
    const image = await toFile(Buffer.alloc(64), 'cat.png', { type: 'image/png' })
    await gateway.openai.images.edit({ model: 'fast', prompt: 'a dog', image })
    expect(await gateway.openai.moderations.create({ model: 'fast', input: 'hi' })).toMatchObject({ model: 'fast' })
    const models = gateway.upstream.seen.map(({ path, body }) => [path, body['model'] ?? 'form'])
    expect(models).toEqual([
      ['/v1/embeddings', 'gpt-5'],
      ['/v1/images/generations', 'gpt-5'],
      ['/v1/images/edits', 'form'],
      ['/v1/moderations', 'gpt-5'],
    ])
    expect(String(gateway.upstream.seen[2]?.body['form'])).toMatch(/name="model"\r\n\r\ngpt-5\r\n/)
    await spent(gateway)
  })

  test('speaks, and transcribes a form', async () => {
    const gateway = await served()
    const speech = await gateway.openai.audio.speech.create({ model: 'fast', input: 'hi', voice: 'alloy' })
    expect((await speech.arrayBuffer()).byteLength).toBe(5_000)
    const file = await toFile(Buffer.alloc(2_000), 'a.mp3', { type: 'audio/mpeg' })
    const heard = await gateway.openai.audio.transcriptions.create({ model: 'fast', file })
    expect(heard.text).toBe('hello')
    const form = String(gateway.upstream.seen[1]?.body['form'])
    expect(form).toMatch(/name="model"\r\n\r\ngpt-5\r\n/)
    expect(form).not.toContain('fast')
    expect(await spent(gateway)).toBeGreaterThan(0n)
  })
})

describe('the client of Anthropic', () => {
  const body = { model: 'claude', max_tokens: 50, messages: messages('hi') }

  test('sends messages, streams them, counts tokens and lists models', async () => {
    const gateway = await served()
    const answer = await gateway.anthropic.messages.create(body)
    expect([answer.model, answer.content[0]]).toMatchObject(['claude', { text: 'hello' }])
    expect(answer._request_id).toMatch(/./)
    const streamed = await gateway.anthropic.messages.stream(body).finalMessage()
    expect([streamed.model, streamed.content[0]]).toMatchObject(['claude', { text: 'one two three' }])
    expect(await gateway.anthropic.messages.countTokens({ model: 'claude', messages: messages('hi') })).toMatchObject({
      input_tokens: 12,
    })
    const list = await gateway.anthropic.models.list()
    expect(list.data.map(({ id }) => id)).toEqual(['cheap', 'claude', 'fast', 'unpriced'])
    expect(await spent(gateway)).toBe(2n * cost)
  })
})

describe('the AI SDK', () => {
  const modelsOf = ({ url, token }: Served) => {
    const openai = createOpenAI({ apiKey: token, baseURL: `${url}/v1` })
    const anthropic = createAnthropic({ apiKey: token, baseURL: `${url}/v1` })
    return [openai.chat('fast'), openai('fast'), anthropic('claude')]
  }

  test('generates and streams text over each provider', async () => {
    const gateway = await served()
    for (const model of modelsOf(gateway)) {
      expect((await ai.generateText({ model, messages: messages('hi') })).text).toMatch(/^hello/)
      const types: string[] = []
      for await (const { type } of ai.streamText({ model, messages: messages('hi') }).fullStream) types.push(type)
      expect(types).toContain('text-delta')
      expect([types.at(-1), types.includes('error')]).toEqual(['finish', false])
    }
    expect(await spent(gateway)).toBe(6n * cost)
  })

  test('asks once for what cannot succeed', async () => {
    const gateway = await served()
    const openai = createOpenAI({ apiKey: gateway.token, baseURL: `${gateway.url}/v1` })
    const error = await ai
      .generateText({ model: openai.chat('openai/secret'), messages: messages('hi') })
      .catch((e) => e)
    if (!ai.APICallError.isInstance(error)) throw error
    expect([error.statusCode, error.isRetryable, error.message]).toMatchObject([404, false, /model/])
    expect(gateway.requests).toHaveLength(1)
  })
})

describe('a refusal', () => {
  /** What makes a gateway refuse, and the code and the number of requests that each client sends. */
  const cases = [
    ['a token is unknown', 'credential_invalid', 401, 1],
    ['a model is concealed', 'model_not_found', 404, 1],
    ['the credits are spent', 'credits_exhausted', 402, 1],
    ['the credits are reserved', 'credits_reserved', 429, 3],
    ['the policy is not available', 'policy_unavailable', 503, 3],
    ['a model has no price', 'price_unknown', 424, 1],
    ['the upstream refuses the gateway', 'upstream_refused', 424, 1],
    ['the upstream fails', 'upstream_failed', 502, 3],
  ] as const

  async function refusing(code: string): Promise<{ gateway: Served; content: string; model: string }> {
    const failing = () => {
      throw new Error('down')
    }
    const options = code === 'policy_unavailable' ? { tagsOf: failing } : { countInput: () => 0, minTokens: 10_000 }
    const gateway = await served(options, code === 'credential_invalid' ? 'unknown' : undefined)
    const request = { token: gateway.token, model: 'fast', estimate: credit('99.99') }
    if (code.startsWith('credits_')) {
      const admission = await gateway.engine.admit(request)
      if (!admission.admitted) throw new Error(admission.reason)
      if (code === 'credits_exhausted') expectOk(await admission.settle(credit('99.99')))
    }
    const statuses: Record<string, string> = { upstream_refused: 'status 401', upstream_failed: 'status 500' }
    const names: Record<string, string> = { model_not_found: 'openai/secret', price_unknown: 'unpriced' }
    return { gateway, content: statuses[code] ?? 'hi', model: names[code] ?? 'fast' }
  }

  function expectOk(settled: { readonly ok: boolean }): void {
    expect(settled.ok).toBe(true)
  }

  test.each(cases)('when %s is `%s`, read by each client', { timeout: 60_000 }, async (_, code, status, sent) => {
    const { gateway, content, model } = await refusing(code)
    const { openai, anthropic, requests } = gateway
    const body = { model, messages: messages(content), max_tokens: 10_000 }
    for (const create of [
      () => openai.chat.completions.create(body),
      () => openai.chat.completions.create({ ...body, stream: true }),
    ]) {
      requests.length = 0
      const error: unknown = await create().catch((thrown: unknown) => thrown)
      if (!(error instanceof OpenAI.APIError)) throw error
      expect([error.status, error.code, requests.length]).toEqual([status, code, sent])
      expect([error.requestID, error.message]).toEqual([expect.stringMatching(/./), expect.stringMatching(/^\d{3} ./)])
    }
    requests.length = 0
    const other: unknown = await anthropic.messages.create(body).catch((thrown: unknown) => thrown)
    if (!(other instanceof Anthropic.APIError)) throw other
    expect([other.status, requests.length]).toEqual([status, sent])
    expect(other.error).toMatchObject({ error: { code }, request_id: other.requestID })
    expect(await gateway.ledger.verify()).toEqual([])
  })
})

describe('a stream that ends early', () => {
  test.each([0, 5])('after %i chunks by an abort of the client of OpenAI is settled once', async (chunks) => {
    const gateway = await served()
    const client = new AbortController()
    const body = { ...call(chunks === 0 ? 'hang' : 'endless'), stream: true } as const
    const pending = gateway.openai.chat.completions.create(body, { signal: client.signal })
    if (chunks === 0) {
      await until(() => gateway.upstream.seen.length === 1)
      client.abort()
      await expect(pending).rejects.toBeInstanceOf(OpenAI.APIUserAbortError)
    } else {
      let count = 0
      for await (const _ of await pending) if (++count === chunks) break
    }
    expect(await spent(gateway)).toBeGreaterThan(0n)
    await until(() => gateway.upstream.seen.every(({ isAborted }) => isAborted))
    expect(gateway.upstream.seen).toHaveLength(1)
  })

  test('by an abort of the client of Anthropic is settled once', async () => {
    const gateway = await served()
    const stream = gateway.anthropic.messages.stream({ model: 'claude', max_tokens: 50, messages: messages('endless') })
    let count = 0
    stream.on('text', () => {
      count += 1
      if (count === 5) stream.abort()
    })
    await expect(stream.finalMessage()).rejects.toBeInstanceOf(Anthropic.APIUserAbortError)
    expect(await spent(gateway)).toBeGreaterThan(0n)
    await until(() => gateway.upstream.seen[0]?.isAborted === true)
  })

  test.each(['die', 'stall'])('since the upstream %ss is an error of the client, and settled', async (wish) => {
    const gateway = await served({ stallTimeout: 300 })
    const stream = await gateway.openai.chat.completions.create({ ...call(wish), stream: true })
    const error: unknown = await textOf(stream).catch((thrown: unknown) => thrown)
    if (!(error instanceof OpenAI.APIError)) throw error
    expect(error.code).toBe('stream_failed')
    expect(await spent(gateway)).toBeGreaterThan(0n)
    expect(gateway.requests).toHaveLength(1)
  })

  test('is no error of the server when the client disconnects', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => undefined)
    const gateway = await served()
    for await (const _ of await gateway.openai.chat.completions.create({ ...call('endless'), stream: true })) break
    await until(() => gateway.upstream.seen[0]?.isAborted === true)
    expect(await spent(gateway)).toBeGreaterThan(0n)
    expect(log).not.toHaveBeenCalled()
    log.mockRestore()
  })

  test('leaves no timer of the guard behind', async () => {
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
    const gateway = await served({ stallTimeout: 3_600_000 })
    const stream = async () => {
      for await (const _ of await gateway.openai.chat.completions.create({ ...call('endless'), stream: true })) break
    }
    await stream()
    await spent(gateway)
    const before = timers()
    for (let i = 0; i < 20; i += 1) await stream()
    await spent(gateway)
    await until(() => timers() <= before + 2)
    await until(() => gateway.upstream.seen.every(({ isAborted }) => isAborted))
  })
})
