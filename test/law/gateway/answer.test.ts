import { gzipSync } from 'node:zlib'
import * as prices from '@pydantic/genai-prices'
import { describe, expect, test } from 'vitest'
import { hideModel } from '../../../src/gateway/meter/rewrite-body.ts'
import { genaiPricer } from '../../../src/gateway/price/genai-pricer.ts'
import { type PriceTable, tablePricer } from '../../../src/gateway/price/table-pricer.ts'
import { credit } from '../../../src/model/value/credit.ts'
import { until } from '../runtime/gateway.ts'
import { amounts, chat, foundGuarded, type GuardedGateway } from './world.ts'

const json = { 'content-type': 'application/json' }
const usage = { prompt_tokens: 10, completion_tokens: 3, total_tokens: 13 }

/** Returns what the client gets for a body when the upstream answers with a response. */
async function answerTo(
  gateway: GuardedGateway,
  body: unknown,
  response: () => Response,
  path = '/v1/chat/completions',
) {
  const request = new Request(`http://gateway.test${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${gateway.token}`, ...json },
    body: JSON.stringify(body),
  })
  const answer = await gateway.guard.handle(request, response)
  if (answer === undefined) throw new Error('passed')
  return answer
}

async function spentOf(gateway: GuardedGateway): Promise<bigint> {
  await until(async () => (await amounts(gateway))[1] === 0n)
  return (await amounts(gateway))[2]
}

describe('a whole answer', () => {
  /** A body of 50 MB in chunks of which each is made when it is read. */
  const endless = () => {
    const seen = { chunks: 0, isCancelled: false }
    const body = new ReadableStream<Uint8Array>(
      {
        pull: (controller) => {
          seen.chunks += 1
          if (seen.chunks > 800) controller.close()
          else controller.enqueue(new Uint8Array(65_536).fill(32))
        },
        cancel: () => {
          seen.isCancelled = true
        },
      },
      { highWaterMark: 0 },
    )
    return { body, seen }
  }

  test.each([
    [{}, 20],
    [{ 'content-length': 'many' }, 20],
    [{ 'content-length': '52428800' }, 1],
    [{ 'content-length': '100', 'content-encoding': 'gzip' }, 20],
  ])('over the limit, with the headers %j, is cut, cancelled and settled', async (headers, most) => {
    const gateway = await foundGuarded({ maxAnswerSize: 1_048_576 })
    const { body, seen } = endless()
    const answer = await answerTo(
      gateway,
      chat('hello'),
      () => new Response(body, { headers: { ...json, ...headers } }),
    )
    expect([answer.status, await answer.json()]).toMatchObject([502, { error: { code: 'upstream_failed' } }])
    expect(seen.isCancelled).toBe(true)
    expect(seen.chunks).toBeLessThanOrEqual(most)
    const spent = await spentOf(gateway)
    expect(spent).toBeGreaterThan(0n)
    expect(spent).toBeLessThan(credit('0.001'))
  })

  test('with images of 40 MB passes the default limit', async () => {
    const gateway = await foundGuarded()
    const data = [{ b64_json: 'A'.repeat(40_000_000) }]
    const body = JSON.stringify({ created: 1, data, usage: { input_tokens: 10, output_tokens: 3 } })
    const request = { model: 'fast', prompt: 'a portcullis' }
    const answer = await answerTo(
      gateway,
      request,
      () => new Response(body, { headers: json }),
      '/v1/images/generations',
    )
    expect(answer.status).toBe(200)
    expect((await answer.text()).length).toBeGreaterThan(40_000_000)
    expect(await spentOf(gateway)).toBe(40_000n)
  })

  test('in chunks that split a character, as bytes or strings, is read as it is', async () => {
    const text = JSON.stringify({ model: 'gpt-5', choices: [{ message: { content: 'é😀' } }], usage })
    const bytes = new TextEncoder().encode(text)
    const chunks = [[...bytes].map((byte) => new Uint8Array([byte])), [text.slice(0, 20), text.slice(20)]]
    for (const pieces of chunks) {
      const gateway = await foundGuarded()
      const answer = await answerTo(gateway, chat('hello'), () => new Response(streamOf(pieces), { headers: json }))
      expect(await answer.json()).toMatchObject({ model: 'fast', choices: [{ message: { content: 'é😀' } }] })
      expect(await spentOf(gateway)).toBe(40_000n)
    }
  })

  test('that the upstream compressed is read', async () => {
    const gateway = await foundGuarded()
    const text = JSON.stringify({ model: 'gpt-5', choices: [], usage })
    const zipped = new Response(gzipSync(text)).body?.pipeThrough(new DecompressionStream('gzip')) ?? null
    const headers = { ...json, 'content-encoding': 'gzip', 'content-length': '60' }
    const answer = await answerTo(gateway, chat('hello'), () => new Response(zipped, { headers }))
    expect(await answer.json()).toMatchObject({ model: 'fast' })
    expect(answer.headers.get('content-encoding')).toBeNull()
  })
})

/** A body that has these chunks. Nothing checks their type. */
function streamOf(chunks: readonly unknown[]): ReadableStream {
  return new ReadableStream({
    start: (controller) => {
      for (const chunk of chunks) controller.enqueue(chunk)
      controller.close()
    },
  })
}

describe('a stream of a host', () => {
  test.each(['text/event-stream', 'audio/mpeg'])('of `%s` may have strings and other views as chunks', async (type) => {
    const gateway = await foundGuarded()
    const event = `data: ${JSON.stringify({ model: 'gpt-5', choices: [], usage })}\n\n`
    const chunks = [event, new DataView(new TextEncoder().encode(event).buffer)]
    const body = { model: 'fast', input: 'hi', voice: 'alloy' }
    const answer = await answerTo(
      gateway,
      body,
      () => new Response(streamOf(chunks), { headers: { 'content-type': type } }),
      '/v1/audio/speech',
    )
    const reader = answer.body?.getReader()
    for (let i = 0; i < 2; i += 1) expect((await reader?.read())?.value).toBeInstanceOf(Uint8Array)
    expect((await reader?.read())?.done).toBe(true)
    expect(await spentOf(gateway)).toBeGreaterThan(0n)
  })

  test('of other chunks breaks, and is settled', async () => {
    const gateway = await foundGuarded()
    const body = { model: 'fast', input: 'hi', voice: 'alloy' }
    const headers = { 'content-type': 'audio/mpeg' }
    const answer = await answerTo(gateway, body, () => new Response(streamOf([{}]), { headers }), '/v1/audio/speech')
    await expect(answer.text()).rejects.toThrow()
    expect(await spentOf(gateway)).toBeGreaterThan(0n)
  })
})

describe('the searches of a response', () => {
  const item = (type: string, rest: object = {}) => ({ type, id: 'i', status: 'completed', ...rest })
  const output = [
    item('web_search_call', { action: { type: 'search', query: 'a' } }),
    item('web_search_call', { action: { type: 'search', queries: ['a', 'b'] } }),
    item('web_search_call', { action: { type: 'open_page', url: 'https://a.test' } }),
    item('web_search_call', { status: 'failed', action: { type: 'search', query: 'a' } }),
    item('file_search_call', { queries: ['a'] }),
    { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'found' }] },
  ]
  const usage = { input_tokens: 10, output_tokens: 3, total_tokens: 13 }
  const body = { model: 'fast', input: 'hi', tools: [{ type: 'web_search' }], max_output_tokens: 100 }
  const tokens = { input: '1', output: '10', contextWindow: 100_000 }
  const priceBoth = (price: PriceTable) => tablePricer({ 'gpt-5': price, 'gpt-5-eu': price })
  const priced = priceBoth({ ...tokens, webSearch: '0.01', fileSearch: '0.0025' })
  const path = '/v1/responses'
  /** Two searches of the web and one of files. */
  const cost = 40_000n + credit('0.0225')

  const events = (...sent: readonly object[]) => sent.map((one) => `data: ${JSON.stringify(one)}\n\n`).join('')
  const done = output.map((one) => ({ type: 'response.output_item.done', item: one }))
  const completed = (rest: object) => ({ type: 'response.completed', response: { model: 'gpt-5', usage, ...rest } })
  const sse = { 'content-type': 'text/event-stream' }

  test.each([
    ['a body', JSON.stringify({ model: 'gpt-5', output, usage }), json],
    ['a stream that repeats its items', events(...done, completed({ output })), sse],
    ['a stream that does not', events(...done, completed({ output: [] })), sse],
    ['a stream with its last event only', events(completed({ output })), sse],
  ])('in %s are booked', async (_, text, headers) => {
    const gateway = await foundGuarded({ pricer: priced })
    const answer = await answerTo(gateway, body, () => new Response(text, { headers }), path)
    await answer.text()
    expect(await spentOf(gateway)).toBe(cost)
    expect(gateway.guardNotices).toEqual([])
  })

  test('are booked when the stream is cut', async () => {
    const gateway = await foundGuarded({ pricer: priced })
    const cut = streamOf([events(...done), {}])
    const answer = await answerTo(gateway, body, () => new Response(cut, { headers: sse }), path)
    expect(await answer.text()).toContain('stream_failed')
    expect(await spentOf(gateway)).toBeGreaterThan(credit('0.0225'))
  })

  test('may cost more than twice the bound of a cheap call', async () => {
    const cheap = { input: '0.001', output: '0.001', webSearch: '0.01', contextWindow: 1_000 }
    const gateway = await foundGuarded({ pricer: priceBoth(cheap) })
    const many = Array.from({ length: 100 }, () => output[0])
    const answer = (items: readonly unknown[]) => () => Response.json({ model: 'gpt-5', output: items, usage })
    await answerTo(gateway, body, answer(many), path)
    expect(await spentOf(gateway)).toBe(credit('1') + 13n)
    await answerTo(gateway, body, answer(Array.from({ length: 11 }, () => many).flat()), path)
    expect(await spentOf(gateway)).toBeLessThan(credit('1.01'))
    expect(gateway.guardNotices).toMatchObject([{ type: 'cost_unknown' }])
  })

  test('without a price cost the reserved amount', async () => {
    const gateway = await foundGuarded({ pricer: priceBoth(tokens) })
    await answerTo(gateway, body, () => Response.json({ model: 'gpt-5', output, usage }), path)
    expect(await spentOf(gateway)).toBe(credit('0.1') + 1_000_000n)
    expect(gateway.guardNotices).toMatchObject([{ type: 'cost_unknown' }])
  })

  test('have a price in the tables of `@pydantic/genai-prices`', () => {
    const price = genaiPricer(prices).priceOf({ providerAccount: 'openai', model: 'gpt-5' }, 'responses', Date.now())
    expect(price?.costOf({ webSearches: 2, fileSearches: 1 })).toBe(credit('0.0225'))
  })
})

describe('a stream of Anthropic that ends without its last usage', () => {
  const started = { input_tokens: 10, output_tokens: 1 }
  const start = { type: 'message_start', message: { model: 'claude', usage: started } }
  const delta = { type: 'content_block_delta', delta: { type: 'text_delta', text: 'x'.repeat(200) } }
  const body = { model: 'claude', max_tokens: 100, messages: [{ role: 'user', content: 'hi' }], stream: true }

  test.each([
    ['after `message_stop`', [{ type: 'message_stop' }], 50n],
    ['after the text', [], 50n],
    ['but with one that lacks the output', [{ type: 'message_delta', usage: { input_tokens: 10 } }], 50n],
    ['but with one of less than was delivered', [{ type: 'message_delta', usage: { output_tokens: 45 } }], 45n],
  ])('%s is settled at its input and what was delivered', async (_, last, output) => {
    const gateway = await foundGuarded()
    const text = [start, delta, ...last].map((one) => `data: ${JSON.stringify(one)}\n\n`).join('')
    const headers = { 'content-type': 'text/event-stream' }
    const answer = await answerTo(gateway, body, () => new Response(text, { headers }), '/v1/messages')
    await answer.text()
    expect(await spentOf(gateway)).toBe(10_000n + output * 10_000n)
    expect(gateway.guardNotices).toMatchObject(output === 45n ? [] : [{ type: 'usage_missing' }])
  })
})

describe('the name of the model of an upstream', () => {
  const sse = { 'content-type': 'text/event-stream' }
  const stream = chat('hello', { stream: true })

  test.each([
    [': gpt-5 is queued\n\ndata: {"model":"gpt-5"}\n\n', ':\n\ndata: {"model":"fast"}\n\n'],
    [': gpt-5\n: gpt-5\nid: 1\ndata: {"model":"gpt-5"}\n\n', 'id: 1\ndata: {"model":"fast"}\n\n'],
    ['event: a\n:gpt-5\ndata: [DONE]\n\n', 'event: a\ndata: [DONE]\n\n'],
    ['data: gpt-5 is queued\n\n', 'data: fast is queued\n\n'],
    ['data: ["gpt-5"]\n\n', 'data: ["fast"]\n\n'],
    ['id: gpt-5\n\n', 'id: fast\n\n'],
  ])('does not reach the client in the events %j', async (sent, received) => {
    const gateway = await foundGuarded()
    const answer = await answerTo(gateway, stream, () => new Response(sent, { headers: sse }))
    expect(await answer.text()).toBe(received)
    await spentOf(gateway)
  })

  test('does not reach the client in the name of a file', async () => {
    const gateway = await foundGuarded()
    const headers = { 'content-type': 'audio/mpeg', 'content-disposition': 'attachment; filename="gpt-5.mp3"' }
    const body = { model: 'fast', input: 'hi', voice: 'alloy' }
    const answer = await answerTo(gateway, body, () => new Response('a', { headers }), '/v1/audio/speech')
    expect(answer.headers.get('content-type')).toBe('audio/mpeg')
    expect(JSON.stringify([...answer.headers])).not.toContain('gpt-5')
    await answer.text()
    await spentOf(gateway)
  })

  test.each([
    ['application/x-ndjson', '/v1/chat/completions'],
    ['application/jsonl', '/v1/audio/speech'],
    ['text/html', '/v1/chat/completions'],
    ['application/octet-stream', '/v1/embeddings'],
  ])('does not reach the client in lines of `%s` to `%s`', async (type, path) => {
    const gateway = await foundGuarded()
    const lines = '{"model":"gpt-5"}\n{"model":"gpt-5"}\n'
    const body = { ...stream, input: 'hi', voice: 'alloy' }
    const answer = await answerTo(gateway, body, () => new Response(lines, { headers: { 'content-type': type } }), path)
    expect(answer.status).toBe(502)
    expect(await answer.text()).not.toContain('gpt-5')
    expect(await spentOf(gateway)).toBe(0n)
  })

  test('does not reach the client in JSON that is declared as text', async () => {
    const gateway = await foundGuarded()
    const answer = await answerTo(
      gateway,
      chat('hello'),
      () => new Response(JSON.stringify({ model: 'gpt-5', choices: [], usage })),
    )
    expect(await answer.json()).toMatchObject({ model: 'fast' })
    expect(await spentOf(gateway)).toBe(40_000n)
  })

  test('is replaced by one with characters that JSON escapes', () => {
    const model = 'a "$&" b'
    const hidden = hideModel(JSON.stringify({ error: 'no gpt-5' }), 'gpt-5', model)
    expect(JSON.parse(hidden)).toEqual({ error: `no ${model}` })
  })
})
