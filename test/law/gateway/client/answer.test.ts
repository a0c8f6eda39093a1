import OpenAI, { toFile } from 'openai'
import { describe, expect, test } from 'vitest'
import { ai, createAnthropic, createOpenAI } from '../ai-sdk.ts'
import { messages, type Served, served, spent, textCost } from './served.ts'

const call = (content: string) => ({ model: 'fast', messages: messages(content) })

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
    expect(await spent(gateway)).toBe(textCost)
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
    expect(await spent(gateway)).toBe(textCost)
  })

  test('uses the responses API, also as a stream', async () => {
    const gateway = await served()
    const body = { model: 'fast', input: 'hi' }
    const answer = await gateway.openai.responses.create(body)
    expect([answer.model, answer.output_text]).toEqual(['fast', 'hello'])
    const streamed = await gateway.openai.responses.stream(body).finalResponse()
    expect([streamed.model, streamed.output_text]).toEqual(['fast', 'hello'])
    expect(await spent(gateway)).toBe(2n * textCost)
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
    expect(await spent(gateway)).toBe(2n * textCost)
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
    expect(await spent(gateway)).toBe(6n * textCost)
  })
})
