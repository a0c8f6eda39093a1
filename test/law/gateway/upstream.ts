import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'
import { answerMedia } from './upstream-media.ts'

/** A request that an upstream got. */
interface Seen {
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly body: Record<string, unknown>
  /** Whether the connection ended before the answer. */
  isAborted: boolean
}

/** A local provider over HTTP. The content of the last message tells how it behaves; other requests get their answer. */
export interface Upstream {
  readonly url: string
  readonly seen: Seen[]
  /** Returns the usage that an answer reports instead of its own; `undefined` leaves it out. Default: its own. */
  usageOf: UsageOf
}

export type UsageOf = (own: object) => unknown

/** Starts a provider on a free loopback port. It is closed after the test. */
export async function startUpstream(): Promise<Upstream> {
  const seen: Seen[] = []
  const upstream = { url: '', seen, usageOf: (own: object): unknown => own }
  const server = createServer((request, response) => {
    void readAll(request).then((text) => {
      const isJson = request.headers['content-type']?.includes('json') ?? false
      const body = isJson ? (JSON.parse(text) as Record<string, unknown>) : { form: text }
      const entry: Seen = { path: request.url ?? '', headers: request.headers, body, isAborted: false }
      seen.push(entry)
      response.on('close', () => {
        if (!response.writableFinished) entry.isAborted = true
      })
      return answer(entry, response, (own) => upstream.usageOf(own))
    })
  })
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  upstream.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return upstream
}

async function readAll(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('latin1')
}

/** What the last message asks the upstream to do. Some clients send its text as a part of a list. */
function wishOf({ messages, input = messages }: Record<string, unknown>): string {
  const last = Array.isArray(input) ? (input.at(-1) as { content?: unknown }).content : input
  const part = Array.isArray(last) ? (last.at(-1) as { text?: unknown }).text : last
  return typeof part === 'string' ? part : ''
}

const usage = { prompt_tokens: 10, completion_tokens: 3, total_tokens: 13 }

async function answer({ path, body }: Seen, response: ServerResponse, usageOf: UsageOf): Promise<void> {
  const wish = wishOf(body)
  const status = /^status (\d+)$/.exec(wish)?.[1]
  if (status !== undefined) return json(response, Number(status), { error: { message: `no ${body['model']}` } })
  if (wish === 'hang') return
  if (wish === 'reset') return void response.socket?.destroy()
  if (wish === 'error in 200') return json(response, 200, { error: { message: 'overloaded' } })
  if (wish === 'not json') return json(response, 200, '<html>')
  if (path === '/v1/chat/completions')
    return body['stream'] === true ? streamChat(body, wish, response, usageOf) : chat(body, wish, response, usageOf)
  if (path === '/v1/responses')
    return body['stream'] === true
      ? streamResponses(body, wish, response, usageOf)
      : json(response, 200, responseOf(body, 'completed', usageOf))
  if (path === '/v1/messages')
    return body['stream'] === true ? streamMessages(body, wish, response, usageOf) : messages(body, response, usageOf)
  if (path === '/v1/messages/count_tokens') return json(response, 200, { input_tokens: 12 })
  if (path === '/v1/embeddings') {
    const data = [{ object: 'embedding', index: 0, embedding: [0.5, 0.25] }]
    return json(response, 200, {
      object: 'list',
      data,
      model: body['model'],
      usage: usageOf({ prompt_tokens: 8, total_tokens: 8 }),
    })
  }
  if (answerMedia(path, body, response, usageOf)) return
  return json(response, 200, { model: body['model'], results: [] })
}

function chat(body: Record<string, unknown>, wish: string, response: ServerResponse, usageOf: UsageOf): void {
  const message = { role: 'assistant', content: `hello ${String(body['max_completion_tokens'] ?? '')}`, refusal: null }
  const choices = [{ index: 0, message, finish_reason: 'stop', logprobs: null }]
  const usages: Record<string, unknown> = {
    'no usage': undefined,
    'zero usage': { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 },
    'negative usage': { prompt_tokens: -5, completion_tokens: -1, total_tokens: -6 },
    'huge usage': { prompt_tokens: 900_000_000, completion_tokens: 900_000_000, total_tokens: 1_800_000_000 },
  }
  if (wish === 'zero usage' || wish === 'no usage') message.content = 'x'.repeat(4_000)
  json(response, 200, {
    id: 'c1',
    object: 'chat.completion',
    created: 1,
    model: `${body['model']}-2026-01-01`,
    choices,
    usage: wish in usages ? usages[wish] : usageOf(usage),
  })
}

async function streamChat(
  body: Record<string, unknown>,
  wish: string,
  response: ServerResponse,
  usageOf: UsageOf,
): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'set-cookie': 'secret=1' })
  const base = { id: 'c1', object: 'chat.completion.chunk', created: 1, model: `${body['model']}-2026-01-01` }
  const asks = (body['stream_options'] as { include_usage?: boolean } | undefined)?.include_usage === true
  const rest = asks ? { usage: null } : {}
  const send = (chunk: object): void =>
    void response.write(`data: ${JSON.stringify({ ...base, ...chunk, ...rest })}\n\n`)
  send({ choices: [{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }] })
  for (const content of ['one ', 'two ', 'three']) {
    await pause(wish === 'slow' ? 30 : 1)
    send({ choices: [{ index: 0, delta: { content }, finish_reason: null }] })
  }
  if (wish === 'stall') return
  if (wish === 'die') return void response.socket?.destroy()
  if (wish === 'endless') {
    while (!response.closed) {
      send({ choices: [{ index: 0, delta: { content: 'more ' }, finish_reason: null }] })
      await pause(2)
    }
    return
  }
  send({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })
  await holdOpen(wish, response)
  const reported = { ...base, choices: [], usage: usageOf(usage) }
  if (asks && wish !== 'no usage') response.write(`data: ${JSON.stringify(reported)}\n\n`)
  response.end('data: [DONE]\n\n')
}

const responsesUsage = {
  input_tokens: 10,
  input_tokens_details: { cached_tokens: 0 },
  output_tokens: 3,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: 13,
}

function responseOf(body: Record<string, unknown>, status: string, usageOf: UsageOf): object {
  const content = [{ type: 'output_text', text: 'hello', annotations: [] }]
  const output = status === 'completed' ? [{ type: 'message', id: 'm1', role: 'assistant', status, content }] : []
  return {
    id: 'r1',
    object: 'response',
    created_at: 1,
    status,
    model: `${body['model']}-2026-01-01`,
    output,
    usage: status === 'completed' ? usageOf(responsesUsage) : null,
  }
}

async function streamResponses(
  body: Record<string, unknown>,
  wish: string,
  response: ServerResponse,
  usageOf: UsageOf,
): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  let sequence = 0
  const send = (type: string, rest: object): void => {
    response.write(`event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: sequence, ...rest })}\n\n`)
    sequence += 1
  }
  const item = { type: 'message', id: 'm1', role: 'assistant', status: 'in_progress', content: [] }
  send('response.created', { response: responseOf(body, 'in_progress', usageOf) })
  send('response.output_item.added', { output_index: 0, item })
  const part = { type: 'output_text', text: '', annotations: [] }
  send('response.content_part.added', { item_id: 'm1', output_index: 0, content_index: 0, part })
  const place = { item_id: 'm1', output_index: 0, content_index: 0, logprobs: [] }
  send('response.output_text.delta', { ...place, delta: 'hello' })
  while (wish === 'endless' && !response.closed) {
    send('response.output_text.delta', { ...place, delta: 'more and more ' })
    await pause(2)
  }
  await pause(1)
  await holdOpen(wish, response)
  if (wish === 'die') return void response.socket?.destroy()
  send('response.output_text.done', { ...place, text: 'hello' })
  send('response.completed', { response: responseOf(body, 'completed', usageOf) })
  response.end()
}

const messagesInput = { input_tokens: 6, cache_creation_input_tokens: 0, cache_read_input_tokens: 4 }

function messages(body: Record<string, unknown>, response: ServerResponse, usageOf: UsageOf): void {
  json(response, 200, {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: `${body['model']}-20260101`,
    content: [{ type: 'text', text: 'hello' }],
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage: usageOf({ ...messagesInput, output_tokens: 3 }),
  })
}

async function streamMessages(
  body: Record<string, unknown>,
  wish: string,
  response: ServerResponse,
  usageOf: UsageOf,
): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  const send = (type: string, rest: object): void =>
    void response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...rest })}\n\n`)
  const message = { id: 'msg_1', type: 'message', role: 'assistant', model: `${body['model']}-20260101`, content: [] }
  const started = usageOf({ ...messagesInput, output_tokens: 1 })
  send('message_start', { message: { ...message, stop_reason: null, stop_sequence: null, usage: started } })
  send('content_block_start', { index: 0, content_block: { type: 'text', text: '' } })
  for (const text of ['one ', 'two ', 'three']) {
    await pause(1)
    send('content_block_delta', { index: 0, delta: { type: 'text_delta', text } })
  }
  if (wish === 'die') return void response.socket?.destroy()
  while (wish === 'endless' && !response.closed) {
    send('content_block_delta', { index: 0, delta: { type: 'text_delta', text: 'more and more ' } })
    await pause(2)
  }
  send('content_block_stop', { index: 0 })
  await holdOpen(wish, response)
  const stop = { stop_reason: 'end_turn', stop_sequence: null }
  send('message_delta', { delta: stop, usage: usageOf({ output_tokens: 3 }) })
  send('message_stop', {})
  response.end()
}

function json(response: ServerResponse, status: number, body: unknown): void {
  // A failure asks for a short wait, so that the retries of clients are fast.
  const wait = status < 400 ? {} : { 'retry-after-ms': '10' }
  response.writeHead(status, { 'content-type': 'application/json', 'x-request-id': 'upstream', ...wait })
  response.end(typeof body === 'string' ? body : JSON.stringify(body))
}

/** Waits before the end of a stream, when all text was sent, until the client has gone. */
async function holdOpen(wish: string, response: ServerResponse): Promise<void> {
  while (wish === 'open end' && !response.closed) await pause(2)
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds)
  })
}
