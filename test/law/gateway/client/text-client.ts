import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import { type AiModel, ai, createAnthropic, createOpenAI } from '../ai-sdk.ts'
import { type Access, messages } from './served.ts'

export interface Question {
  readonly model: string
  readonly content: string
  readonly signal?: AbortSignal
  /** Called with the text of a stream so far, after each part. Ends the loop over the stream by returning true. */
  readonly isEnough?: (text: string) => boolean
}

/** One way in which a client asks a model for a text. */
export interface TextClient {
  readonly package: 'openai' | 'anthropic' | 'ai'
  readonly path: string
  readonly isStream: boolean
  /** Returns the text of the answer. Throws what the client throws, or reports in a stream. */
  readonly ask: (access: Access, question: Question) => Promise<string>
}

/** A part of a stream: the text that it adds, if any. */
type Parts<Part> = AsyncIterable<Part>

async function textOf<Part>(
  parts: Parts<Part>,
  textOfPart: (part: Part) => string | undefined,
  { isEnough }: Question,
): Promise<string> {
  let text = ''
  for await (const part of parts) {
    text += textOfPart(part) ?? ''
    if (isEnough?.(text) === true) break
  }
  return text
}

const maxTokens = 10_000

function openAi({ url, apiKey, headers }: Access): OpenAI {
  return new OpenAI({ apiKey, baseURL: `${url}/v1`, defaultHeaders: headers ?? {} })
}

function anthropic({ url, apiKey, headers }: Access): Anthropic {
  return new Anthropic({ apiKey, baseURL: url, defaultHeaders: headers ?? {} })
}

/** The options of a request. The clients refuse a signal that is `undefined`. */
function optionsOf({ signal }: Question): { readonly signal?: AbortSignal } {
  return signal === undefined ? {} : { signal }
}

const chat: TextClient['ask'] = async (access, question) => {
  const body = { model: question.model, messages: messages(question.content), max_completion_tokens: maxTokens }
  const { choices } = await openAi(access).chat.completions.create(body, optionsOf(question))
  return choices[0]?.message.content ?? ''
}

const chatStream: TextClient['ask'] = async (access, question) => {
  const { model, content } = question
  const body = { model, messages: messages(content), max_completion_tokens: maxTokens, stream: true } as const
  const stream = await openAi(access).chat.completions.create(body, optionsOf(question))
  return await textOf(stream, ({ choices }) => choices[0]?.delta.content ?? '', question)
}

const responses: TextClient['ask'] = async (access, question) => {
  const body = { model: question.model, input: question.content, max_output_tokens: maxTokens }
  return (await openAi(access).responses.create(body, optionsOf(question))).output_text
}

const responsesStream: TextClient['ask'] = async (access, question) => {
  const { model, content } = question
  const body = { model, input: content, max_output_tokens: maxTokens, stream: true } as const
  const stream = await openAi(access).responses.create(body, optionsOf(question))
  return await textOf(stream, (event) => (event.type === 'response.output_text.delta' ? event.delta : ''), question)
}

const bodyOf = ({ model, content }: Question) => ({ model, messages: messages(content), max_tokens: maxTokens })

const anthropicMessages: TextClient['ask'] = async (access, question) => {
  const { content } = await anthropic(access).messages.create(bodyOf(question), optionsOf(question))
  return content.map((block) => (block.type === 'text' ? block.text : '')).join('')
}

const anthropicStream: TextClient['ask'] = async (access, question) => {
  const body = { ...bodyOf(question), stream: true } as const
  const stream = await anthropic(access).messages.create(body, optionsOf(question))
  const textOfEvent = (event: Anthropic.RawMessageStreamEvent) =>
    event.type === 'content_block_delta' && event.delta.type === 'text_delta' ? event.delta.text : ''
  return await textOf(stream, textOfEvent, question)
}

type ModelOf = (access: Access, model: string) => AiModel

/** The settings of a provider of the AI SDK, which leaves out headers that are `undefined`. */
function settingsOf({ url, apiKey, headers = {} }: Access) {
  const entries = Object.entries(headers).map(([name, value]) => [name, value ?? undefined])
  return { apiKey, baseURL: `${url}/v1`, headers: Object.fromEntries(entries) as Record<string, string | undefined> }
}

function promptOf(modelOf: ModelOf, access: Access, { model, content, signal }: Question) {
  const abort = signal === undefined ? {} : { abortSignal: signal }
  return { model: modelOf(access, model), messages: messages(content), maxOutputTokens: maxTokens, ...abort }
}

/** Asks with `generateText`, and as a stream with `streamText`. */
function aiClients(modelOf: ModelOf): readonly [TextClient['ask'], TextClient['ask']] {
  const generate: TextClient['ask'] = async (access, question) =>
    (await ai.generateText(promptOf(modelOf, access, question))).text
  const stream: TextClient['ask'] = async (access, question) => {
    const { fullStream } = ai.streamText({ ...promptOf(modelOf, access, question), onError: () => undefined })
    const textOfPart = ({ type, text, error }: { type: string; text?: string; error?: unknown }) => {
      if (type === 'error') throw error
      if (type === 'abort') throw new DOMException('the stream was aborted', 'AbortError')
      return type === 'text-delta' ? text : ''
    }
    return await textOf(fullStream, textOfPart, question)
  }
  return [generate, stream]
}

function clientsOf(
  name: string,
  from: TextClient['package'],
  path: string,
  [ask, stream]: readonly [TextClient['ask'], TextClient['ask']],
): readonly (readonly [string, TextClient])[] {
  return [
    [name, { package: from, path, isStream: false, ask }],
    [`${name} as a stream`, { package: from, path, isStream: true, ask: stream }],
  ]
}

/** Every way in which the tests ask a model for a text, by its name. */
export const textClients: readonly (readonly [string, TextClient])[] = [
  ...clientsOf('openai, chat', 'openai', '/v1/chat/completions', [chat, chatStream]),
  ...clientsOf('openai, responses', 'openai', '/v1/responses', [responses, responsesStream]),
  ...clientsOf('anthropic, messages', 'anthropic', '/v1/messages', [anthropicMessages, anthropicStream]),
  ...clientsOf(
    'ai, chat',
    'ai',
    '/v1/chat/completions',
    aiClients((access, model) => createOpenAI(settingsOf(access)).chat(model)),
  ),
  ...clientsOf(
    'ai, responses',
    'ai',
    '/v1/responses',
    aiClients((access, model) => createOpenAI(settingsOf(access))(model)),
  ),
  ...clientsOf(
    'ai, messages',
    'ai',
    '/v1/messages',
    aiClients((access, model) => createAnthropic(settingsOf(access))(model)),
  ),
]
