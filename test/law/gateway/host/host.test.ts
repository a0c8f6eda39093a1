import OpenAI from 'openai'
import { describe, expect, test, vi } from 'vitest'
import type { GuardedCall } from '../../../../src/gateway/index.ts'
import { credit } from '../../../../src/model/value/credit.ts'
import { until } from '../../runtime/gateway.ts'
import { amounts, chat, foundGuarded, type GuardedGateway } from '../world.ts'
import { type Handler, hosts } from './hosts.ts'

/** What a chat of the upstream costs: 10 tokens of input and 3 of output. */
const chatCost = 40_000n

async function settled(gateway: GuardedGateway) {
  await until(async () => (await amounts(gateway))[1] === 0n)
  expect(await gateway.ledger.verify()).toEqual([])
  return await amounts(gateway)
}

const user = (content: string) => [{ role: 'user', content } as const]

describe.each(Object.entries(hosts))('%s', (name, startHost) => {
  const start = async (options: Parameters<typeof foundGuarded>[0] = {}, handler?: Handler) => {
    const gateway = await foundGuarded(options)
    const url = await startHost(gateway.guard, handler ?? ((call) => call.send(gateway.attempt)))
    const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: gateway.token, maxRetries: 0 })
    const post = (body: unknown, init: RequestInit = {}) =>
      fetch(`${url}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${gateway.token}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
        ...init,
      })
    return { gateway, url, client, post }
  }

  test('a chat is answered with the name that was asked for, and settled', async () => {
    const { gateway, client } = await start()
    const { data, response } = await client.chat.completions
      .create({ model: 'fast', messages: user('hello') })
      .withResponse()
    expect([data.model, data.choices[0]?.message.content?.trim()]).toEqual(['fast', 'hello'])
    expect(response.headers.get('x-request-id')).toBe(response.headers.get('request-id'))
    expect(await settled(gateway)).toEqual([credit('100') - chatCost, 0n, chatCost])
    expect(JSON.stringify(gateway.upstream.seen)).not.toContain(gateway.token)
  })

  test('a stream arrives chunk by chunk, and is settled', async () => {
    const { gateway, client } = await start()
    const stream = await client.chat.completions.create({ model: 'fast', messages: user('slow'), stream: true })
    const times: number[] = []
    let text = ''
    for await (const { model, choices } of stream) {
      expect(model).toBe('fast')
      times.push(performance.now())
      text += choices[0]?.delta.content ?? ''
    }
    expect(text).toBe('one two three')
    // The upstream waits 30 ms before each of three chunks.
    expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeGreaterThan(50)
    expect((await settled(gateway))[2]).toBe(chatCost)
  })

  test('the headers of a stream are sent before its first chunk, but by Fastify', async () => {
    let release = () => {}
    const gate = new Promise<void>((resolve) => {
      release = resolve
    })
    const { gateway, post } = await start({}, (call) =>
      call.respond(
        new Response(
          new ReadableStream({
            async pull(controller) {
              await gate
              controller.enqueue(new TextEncoder().encode('data: [DONE]\n\n'))
              controller.close()
            },
          }),
          { headers: { 'content-type': 'text/event-stream' } },
        ),
      ),
    )
    const asking = post(chat('hello', { stream: true }))
    if (name === 'Fastify') release()
    const response = await asking
    release()
    expect(response.status).toBe(200)
    expect(await response.text()).toBe('data: [DONE]\n\n')
    await settled(gateway)
  })

  test('refusals have the classes and codes of the client', async () => {
    const { gateway, url, client } = await start()
    const refused = async (asking: Promise<unknown>) => {
      const error = await asking.then(
        () => undefined,
        (thrown: unknown) => thrown,
      )
      const { status, code, requestID } = error as InstanceType<typeof OpenAI.APIError>
      expect(requestID).toMatch(/./)
      return [Object(error).constructor.name, status, code]
    }
    const ask = (model: string, asker = client, content = 'hello') =>
      refused(asker.chat.completions.create({ model, messages: user(content) }))
    const stranger = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'acme_stranger', maxRetries: 0 })
    expect(await ask('fast', stranger)).toEqual(['AuthenticationError', 401, 'credential_invalid'])
    expect(await ask('openai/secret')).toEqual(['NotFoundError', 404, 'model_not_found'])
    expect(await ask('none')).toEqual(['NotFoundError', 404, 'model_not_found'])
    expect(await ask('unpriced')).toEqual(['APIError', 424, 'price_unknown'])
    expect(await ask('fast', client, 'status 500')).toEqual(['InternalServerError', 502, 'upstream_failed'])
    const body = { model: 'fast', messages: user('hello'), n: 1_000 }
    expect(await refused(client.chat.completions.create(body))).toEqual(['BadRequestError', 400, 'body_invalid'])
    expect(await settled(gateway)).toEqual([credit('100'), 0n, 0n])
  })

  test('models are listed by the guard', async () => {
    const { client } = await start()
    const ids: string[] = []
    for await (const { id } of client.models.list()) ids.push(id)
    expect(ids).toEqual(['cheap', 'claude', 'fast', 'unpriced'])
    expect((await client.models.retrieve('fast')).id).toBe('fast')
    await expect(client.models.retrieve('openai/secret')).rejects.toMatchObject({
      status: 404,
      code: 'model_not_found',
    })
  })

  test('a form reaches the upstream with the model of the route', async () => {
    const { gateway, client } = await start()
    const file = new File([new Uint8Array(100_000)], 'speech.mp3', { type: 'audio/mpeg' })
    const answer = await client.audio.transcriptions.create({ file, model: 'fast', response_format: 'json' })
    expect(answer.text).toBe('hello')
    const form = String(gateway.upstream.seen[0]?.body['form'])
    expect(form).toMatch(/name="model"\r\n\r\ngpt-5\r\n/)
    expect(form.length).toBeGreaterThan(100_000)
    await settled(gateway)
  })

  test('a client that leaves in the middle of a stream cancels the upstream, and the call is settled', async () => {
    const { gateway, client } = await start()
    const stream = await client.chat.completions.create({ model: 'fast', messages: user('endless'), stream: true })
    const logged = vi.spyOn(console, 'error')
    let count = 0
    for await (const _ of stream) {
      count += 1
      if (count === 10) break
    }
    const [, , spent] = await settled(gateway)
    expect(spent).toBeGreaterThan(20_000n)
    await until(() => gateway.upstream.seen[0]?.isAborted === true)
    expect(logged).not.toHaveBeenCalled()
    logged.mockRestore()
  })

  test('a client that leaves before the answer cancels the upstream, and the call is settled', async () => {
    const { gateway, post } = await start()
    const client = new AbortController()
    const asking = post(chat('hang'), { signal: client.signal })
    await until(() => gateway.upstream.seen.length === 1)
    client.abort()
    await expect(asking).rejects.toThrow()
    expect((await settled(gateway))[2]).toBeGreaterThan(0n)
    await until(() => gateway.upstream.seen[0]?.isAborted === true)
  })

  test('a call that its handler leaves or throws away is released', async () => {
    const calls: GuardedCall[] = []
    const { gateway, post } = await start({}, (call) => {
      calls.push(call)
      if (calls.length === 1) throw new Error('the handler failed')
      return Response.json({ cached: true })
    })
    expect((await post(chat('hello'))).status).toBe(500)
    expect(await (await post(chat('hello'))).json()).toEqual({ cached: true })
    expect(await settled(gateway)).toEqual([credit('100'), 0n, 0n])
    for (const call of calls) expect(await call.admission.settle(5n)).toMatchObject({ reason: 'already_ended' })
  })

  test('a stream that its handler throws away is cancelled, and settled', async () => {
    const { gateway, post } = await start({}, async (call) => {
      await call.send(gateway.attempt)
      return Response.json({ other: true })
    })
    expect(await (await post(chat('endless', { stream: true }))).json()).toEqual({ other: true })
    await settled(gateway)
    await until(() => gateway.upstream.seen[0]?.isAborted === true)
  })

  test('a stream that breaks ends with an error that clients read', async () => {
    const { gateway, client } = await start()
    const stream = await client.chat.completions.create({ model: 'fast', messages: user('die'), stream: true })
    await expect(
      (async () => {
        for await (const _ of stream);
      })(),
    ).rejects.toMatchObject({ code: 'stream_failed' })
    expect((await settled(gateway))[2]).toBeGreaterThan(0n)
  })

  test('routes that are not guarded are left alone', async () => {
    const { url } = await start()
    const response = await fetch(`${url}/open`, {
      method: 'POST',
      headers: { 'content-type': 'text/plain' },
      body: 'hello',
    })
    expect(response.status).toBe(200)
  })

  test('1,000 concurrent requests on a wallet with credits for 100 are served exactly 100 times', async () => {
    let release = () => {}
    const gate = new Promise<void>((resolve) => {
      release = resolve
    })
    const { gateway, post } = await start({ countInput: () => 0, minTokens: 100_000 }, (call) =>
      call.send(async () => {
        await gate
        return Response.json({ model: 'gpt-5', choices: [], usage: { prompt_tokens: 0, completion_tokens: 10_000 } })
      }),
    )
    const spending = await gateway.engine.admit({ token: gateway.token, model: 'fast', estimate: credit('90') })
    if (!spending.admitted) throw new Error(spending.reason)
    await spending.settle(credit('90'))
    const asking = Array.from({ length: 1_000 }, async () => {
      const response = await post(chat('hello', { max_completion_tokens: 10_000 }))
      await response.text()
      return response.status
    })
    await until(async () => (await amounts(gateway))[0] === 0n)
    release()
    const statuses = await Promise.all(asking)
    expect(statuses.filter((status) => status === 200)).toHaveLength(100)
    expect(await settled(gateway)).toEqual([0n, 0n, credit('100')])
  })
})
