import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { answerRefusal } from '../../../../src/gateway/refusal/answer-refusal.ts'
import type { HttpAnswer } from '../../../../src/gateway/refusal/http-answer.ts'
import { type AnswerReason, refusalTable } from '../../../../src/gateway/refusal/refusal-table.ts'
import { streamError } from '../../../../src/gateway/refusal/stream-error.ts'
import { ai, createAnthropic, createOpenAI } from '../ai-sdk.ts'
import { anthropicClass, openAiClass } from '../error-class.ts'

const { APICallError, generateText, RetryError, streamText } = ai

const reasons = Object.keys(refusalTable) as AnswerReason[]

let server: Server
let origin: string
const requests = new Map<string, number>()

/** Answers `/{reason}/...` with the row of the reason, and `/stream:{reason}/...` with a stream that fails after its first event. */
beforeAll(async () => {
  server = createServer((request, response) => {
    request.resume()
    request.on('end', () => {
      const [, reason = ''] = request.url?.split('/') ?? []
      requests.set(reason, (requests.get(reason) ?? 0) + 1)
      const dialect = request.url?.endsWith('/messages') ? 'anthropic' : 'openai'
      if (reason.startsWith('stream:')) {
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        response.end(failingStream(reason.slice(7) as AnswerReason, request.url ?? '', dialect))
        return
      }
      const answer = answerOf(reason as AnswerReason, dialect)
      response.writeHead(answer.status, answer.headers)
      response.end(JSON.stringify(answer.body))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})

afterAll(() => {
  server.closeAllConnections()
  server.close()
})

function answerOf(reason: AnswerReason, dialect: 'openai' | 'anthropic'): HttpAnswer {
  return answerRefusal({ reason, id: `id-${reason}`, retryAfter: 5 }, { dialect })
}

function failingStream(reason: AnswerReason, path: string, dialect: 'openai' | 'anthropic'): string {
  const answer = answerOf(reason, dialect)
  if (path.endsWith('/chat/completions')) {
    const chunk = { id: '1', object: 'chat.completion.chunk', created: 1, model: 'm' }
    const first = {
      ...chunk,
      choices: [{ index: 0, delta: { role: 'assistant', content: 'Hi' }, finish_reason: null }],
    }
    return `data: ${JSON.stringify(first)}\n\n${streamError(answer, 'chat')}`
  }
  if (path.endsWith('/responses')) {
    const created = { type: 'response.created', sequence_number: 0, response: { id: 'r', created_at: 1, model: 'm' } }
    return `event: response.created\ndata: ${JSON.stringify(created)}\n\n${streamError(answer, 'responses', 1)}`
  }
  const message = { id: 'm', type: 'message', role: 'assistant', model: 'm', content: [], stop_reason: null }
  const start = { type: 'message_start', message: { ...message, usage: { input_tokens: 1, output_tokens: 0 } } }
  return `event: message_start\ndata: ${JSON.stringify(start)}\n\n${streamError(answer, 'messages')}`
}

/** Returns what a call throws, and the number of requests that it sent. */
async function failureOf(reason: string, call: () => Promise<unknown>): Promise<{ error: unknown; sent: number }> {
  requests.delete(reason)
  try {
    await call()
  } catch (error) {
    return { error, sent: requests.get(reason) ?? 0 }
  }
  throw new Error('expected the call to fail')
}

const messages = [{ role: 'user' as const, content: 'Hi' }]

describe('the client of OpenAI', () => {
  const client = (path: string) => new OpenAI({ apiKey: 'k', baseURL: `${origin}/${path}/v1` })

  test.each(reasons)('reads %s, and repeats only what can succeed', async (reason) => {
    const { status, type, message, param = null, isRetried } = refusalTable[reason]
    const { error, sent } = await failureOf(reason, () =>
      client(reason).chat.completions.create({ model: 'm', messages }),
    )
    expect((error as object).constructor).toBe(openAiClass(status))
    expect(error).toMatchObject({
      ...{ status, type, code: reason, param, message: `${status} ${message}`, requestID: `id-${reason}` },
    })
    expect(sent).toBe(isRetried ? 3 : 1)
  })

  test('reads an error within a stream of chat completions', async () => {
    const { error } = await failureOf('stream:stream_failed', async () => {
      const stream = await client('stream:stream_failed').chat.completions.create({
        model: 'm',
        messages,
        stream: true,
      })
      for await (const chunk of stream) expect(chunk.choices[0]?.delta.content).toBe('Hi')
    })
    expect(error).toBeInstanceOf(OpenAI.APIError)
    expect(error).toMatchObject({
      code: 'stream_failed',
      type: 'server_error',
      message: refusalTable.stream_failed.message,
    })
  })

  test('reads an error within a stream of responses', async () => {
    const { error } = await failureOf('stream:stream_failed', async () => {
      const stream = await client('stream:stream_failed').responses.create({ model: 'm', input: 'Hi', stream: true })
      for await (const event of stream) expect(event.type).toBe('response.created')
    })
    expect(error).toBeInstanceOf(OpenAI.APIError)
    expect(error).toMatchObject({
      code: 'stream_failed',
      type: 'server_error',
      message: refusalTable.stream_failed.message,
    })
  })
})

describe('the client of Anthropic', () => {
  const client = (path: string) => new Anthropic({ apiKey: 'k', baseURL: `${origin}/${path}` })
  const ask = { model: 'm', max_tokens: 1, messages }

  test.each(reasons)('reads %s, and repeats only what can succeed', async (reason) => {
    const { status, anthropicType, message, isRetried } = refusalTable[reason]
    const { error, sent } = await failureOf(reason, () => client(reason).messages.create(ask))
    expect((error as object).constructor).toBe(anthropicClass(status))
    expect(error).toMatchObject({ status, type: anthropicType, requestID: `id-${reason}` })
    expect(error).toMatchObject({ error: { error: { message, code: reason }, request_id: `id-${reason}` } })
    expect(sent).toBe(isRetried ? 3 : 1)
  })

  test('reads an error within a stream of messages', async () => {
    const { error } = await failureOf('stream:stream_failed', async () => {
      for await (const event of await client('stream:stream_failed').messages.create({ ...ask, stream: true }))
        expect(event.type).toBe('message_start')
    })
    expect(error).toBeInstanceOf(Anthropic.APIError)
    expect(error).toMatchObject({ type: 'api_error', error: { error: { code: 'stream_failed' } } })
  })
})

describe('the AI SDK', () => {
  const openai = (path: string) => createOpenAI({ apiKey: 'k', baseURL: `${origin}/${path}/v1` })
  const models = {
    'chat completions': (path: string) => openai(path).chat('m'),
    responses: (path: string) => openai(path)('m'),
    messages: (path: string) => createAnthropic({ apiKey: 'k', baseURL: `${origin}/${path}/v1` })('m'),
  }

  describe.each(Object.entries(models))('with %s', (_, model) => {
    test.each(reasons)('reads %s, and repeats only what can succeed', async (reason) => {
      const { status, message, isRetried } = refusalTable[reason]
      const { error, sent } = await failureOf(reason, () => generateText({ model: model(reason), messages }))
      const last = RetryError.isInstance(error) ? error.lastError : error
      if (!APICallError.isInstance(last)) throw new Error('expected an `APICallError`', { cause: last })
      expect(last).toMatchObject({ statusCode: status, message, isRetryable: isRetried })
      expect(last.responseHeaders?.['x-request-id']).toBe(`id-${reason}`)
      expect(JSON.parse(last.responseBody ?? '')).toMatchObject({ error: { code: reason } })
      expect(sent).toBe(isRetried ? 3 : 1)
    })

    test.each(reasons.filter((reason) => !refusalTable[reason].isRetried))(
      'does not repeat a stream that fails with %s before its first output',
      async (reason) => {
        const path = `stream:${reason}`
        requests.delete(path)
        const { fullStream } = streamText({ model: model(path), messages, onError: () => undefined })
        const types: string[] = []
        for await (const { type } of fullStream) types.push(type)
        expect(types).toContain('error')
        expect(requests.get(path)).toBe(1)
      },
    )

    test('reads an error within a stream as its last part', async () => {
      const parts: string[] = []
      let seen: unknown
      for await (const part of streamText({ model: model('stream:stream_failed'), messages, onError: () => undefined })
        .fullStream) {
        parts.push(part.type)
        if (part.type === 'error') seen = part.error
      }
      expect(JSON.stringify(seen)).toContain(refusalTable.stream_failed.message)
      expect(parts).toContain('error')
    })
  })
})
