import Anthropic from '@anthropic-ai/sdk'
import { ask, clientOf, lineOf, streamed } from './client.ts'
import type { Story } from './story.ts'

/** The team lists its models, and calls them with the official clients of OpenAI and Anthropic. */
export async function showAllowed({ page, url, keys, checks }: Story): Promise<void> {
  page.heading('2. Allowed')
  const openai = clientOf(url, keys.prod)
  const names: string[] = []
  for await (const { id } of openai.models.list()) names.push(id)
  page.say(`acme-prod lists its models: ${names.join(', ')}`)

  const called = await ask(openai, 'fast')
  page.say(`it asks fast: ${lineOf(called)}`)

  const anthropic = new Anthropic({ apiKey: keys.prod, authToken: null, baseURL: url })
  const messages = [{ role: 'user' as const, content: 'Say hello' }]
  const { content, model } = await anthropic.messages.create({ model: 'claude', max_tokens: 100, messages })
  const text = content.map((part) => (part.type === 'text' ? part.text : '')).join('')
  page.say(`it asks claude with the client of Anthropic: "${text}", from ${model}`)

  const words: string[] = []
  for await (const word of streamed(openai, 'fast', 'Write 6 words')) words.push(word)
  page.say(`it asks fast for a stream, which has ${words.length} parts: "${words.join('')}"`)

  checks.check('a client lists exactly the models of the plan', names.join() === 'claude,fast')
  const isServed = called.text.startsWith('Hello from gpt-5-mini') && text.startsWith('Hello from claude-haiku-4-5')
  checks.check('the model behind an alias serves the call, whole or as a stream', isServed && words.length === 6)
  checks.check('an answer has the name that the client asked for', called.model === 'fast' && model === 'claude')
}
