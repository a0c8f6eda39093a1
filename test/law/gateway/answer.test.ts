import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
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
