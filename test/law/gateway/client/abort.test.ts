import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import { describe, expect, test, vi } from 'vitest'
import { until } from '../../runtime/gateway.ts'
import { messages, served, spent } from './served.ts'

const call = (content: string) => ({ model: 'fast', messages: messages(content) })

async function textOf(stream: AsyncIterable<OpenAI.ChatCompletionChunk>): Promise<string> {
  let text = ''
  for await (const chunk of stream) {
    expect(chunk.model).toBe('fast')
    text += chunk.choices[0]?.delta.content ?? ''
  }
  return text
}

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
