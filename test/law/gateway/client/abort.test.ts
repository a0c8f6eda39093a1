import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import { describe, expect, test, vi } from 'vitest'
import { until } from '../../runtime/gateway.ts'
import { accessOf, messages, type Served, served, spent, textCost } from './served.ts'
import { type Question, type TextClient, textClients } from './text-client.ts'

const call = (content: string) => ({ model: 'fast', messages: messages(content) })

async function textOf(stream: AsyncIterable<OpenAI.ChatCompletionChunk>): Promise<string> {
  let text = ''
  for await (const chunk of stream) {
    expect(chunk.model).toBe('fast')
    text += chunk.choices[0]?.delta.content ?? ''
  }
  return text
}

/** Starts to ask, and returns the error or the text. */
function ask(
  gateway: Served,
  [, client]: (typeof textClients)[number],
  content: string,
  rest: Partial<Question> = {},
): Promise<unknown> {
  const question = { model: 'fast', content, ...rest }
  return client.ask(accessOf(gateway), question).catch((thrown: unknown) => thrown)
}

/** What each client throws when its signal is aborted before an answer. */
const abortErrors: Readonly<Record<TextClient['package'], object>> = {
  openai: { constructor: OpenAI.APIUserAbortError },
  anthropic: { constructor: Anthropic.APIUserAbortError },
  ai: { name: 'AbortError' },
}

describe.each(textClients)('an abort by %s', (name, client) => {
  const named = [name, client] as const

  test('before the request sends and reserves nothing', async () => {
    const gateway = await served()
    const result = await ask(gateway, named, 'hi', { signal: AbortSignal.abort() })
    expect(result).toMatchObject(abortErrors[client.package])
    expect(await spent(gateway)).toBe(0n)
    expect([gateway.requests, gateway.holds]).toEqual([[], []])
  })

  test('before the first byte of the answer is settled once at the input, and cancels the upstream', async () => {
    const gateway = await served()
    const abort = new AbortController()
    const asking = ask(gateway, named, 'hang', { signal: abort.signal })
    await until(() => gateway.upstream.seen.length === 1)
    abort.abort()
    expect(await asking).toMatchObject(abortErrors[client.package])
    await until(() => gateway.endings.length === 1)
    const [{ size } = { size: 0 }] = gateway.requests
    // Four bytes of the body are estimated as a token of input.
    expect(await spent(gateway)).toBe(BigInt(Math.ceil(size / 4)) * 1_000n)
    await until(() => gateway.upstream.seen[0]?.isAborted === true)
  })

  test('after the answer changes nothing', async () => {
    const gateway = await served()
    const abort = new AbortController()
    await ask(gateway, named, 'hi', { signal: abort.signal })
    abort.abort()
    expect(await spent(gateway)).toBe(textCost)
    expect(gateway.endings).toMatchObject([{ amount: textCost }])
  })
})

describe.each(textClients.filter(([, { isStream }]) => isStream))('a stream to %s', (name, client) => {
  const named = [name, client] as const
  const last = client.path === '/v1/responses' ? 'hello' : 'one two three'

  test('that it aborts in the middle is settled once, and cancels the upstream', async () => {
    const gateway = await served()
    const abort = new AbortController()
    const isEnough = (text: string) => {
      if (text.length >= 60) abort.abort()
      return false
    }
    await ask(gateway, named, 'endless', { signal: abort.signal, isEnough })
    await until(() => gateway.upstream.seen[0]?.isAborted === true)
    expect(await spent(gateway)).toBeGreaterThan(15n * 10_000n)
    expect(gateway.endings).toHaveLength(1)
  })

  test('whose loop it leaves in the middle is settled once, and cancels the upstream', async () => {
    const gateway = await served()
    const abort = new AbortController()
    await ask(gateway, named, 'endless', { signal: abort.signal, isEnough: (text) => text.length >= 60 })
    // The AI SDK keeps the connection of a stream that is not read until its signal is aborted.
    if (client.package === 'ai') abort.abort()
    await until(() => gateway.upstream.seen[0]?.isAborted === true)
    expect(await spent(gateway)).toBeGreaterThan(15n * 10_000n)
    expect(gateway.endings).toHaveLength(1)
  })

  test('whose loop it leaves at the last text is settled once', async () => {
    const gateway = await served()
    // The AI SDK does not close the connection, so that the upstream sends its usage.
    const content = client.package === 'ai' ? 'hi' : 'open end'
    await ask(gateway, named, content, { isEnough: (text) => text === last })
    await until(() => gateway.endings.length === 1)
    const amount = await spent(gateway)
    if (client.package === 'ai') expect(amount).toBe(textCost)
    else await until(() => gateway.upstream.seen[0]?.isAborted === true)
    expect(amount).toBeGreaterThan(BigInt(Math.floor(last.length / 4)) * 10_000n)
    expect(gateway.endings).toMatchObject([{ amount }])
  })
})

describe('a stream that ends early', () => {
  test('by an abort of the helper of either client is settled once', async () => {
    const gateway = await served()
    const { openai, anthropic, upstream } = gateway
    const chat = openai.chat.completions.stream(call('endless'))
    const message = anthropic.messages.stream({ model: 'claude', max_tokens: 50, messages: messages('endless') })
    chat.on('content', (_, text) => {
      if (text.length > 60) chat.abort()
    })
    message.on('text', (_, text) => {
      if (text.length > 60) message.abort()
    })
    await Promise.all([
      expect(chat.finalMessage()).rejects.toBeInstanceOf(OpenAI.APIUserAbortError),
      expect(message.finalMessage()).rejects.toBeInstanceOf(Anthropic.APIUserAbortError),
    ])
    await until(() => gateway.endings.length === 2 && upstream.seen.every(({ isAborted }) => isAborted))
    expect(await spent(gateway)).toBeGreaterThan(2n * 15n * 10_000n)
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
