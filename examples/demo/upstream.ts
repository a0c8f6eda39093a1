import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

/** A provider on this machine, which speaks the chat completions API of OpenAI and the messages API of Anthropic. */
export interface Upstream {
  readonly url: string
  /** The number of answers that the provider has given. */
  readonly answers: number
  close(): Promise<void>
}

/** The fields of both APIs that the provider reads. */
interface Asked {
  readonly model: string
  readonly stream?: boolean
  readonly max_tokens?: number
  readonly max_completion_tokens?: number
  readonly messages: readonly { readonly content: unknown }[]
}

/** An answer: its words, and the tokens that the provider counts, of four characters each. */
interface Answer {
  readonly words: readonly string[]
  readonly isCut: boolean
  readonly input: number
  readonly output: number
}

/** The pause between two words of a stream in milliseconds. */
const pace = 20

/** Starts the provider on a loopback port; 0 is a free one. */
export async function startUpstream(): Promise<Upstream> {
  let answers = 0
  const server = createServer(async (request, response) => {
    const asked = JSON.parse(Buffer.concat(await request.toArray()).toString()) as Asked
    const api = request.url === '/v1/messages' ? messages : chat
    const answer = answerTo(asked)
    answers += 1
    if (asked.stream !== true) {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(JSON.stringify(api.body(asked.model, answer)))
      return
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    await sendEvents(response, api.events(asked.model, answer))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve)
  })
  const close = async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    get answers() {
      return answers
    },
    close,
  }
}

async function sendEvents(response: ServerResponse, events: readonly string[]): Promise<void> {
  for (const event of events) {
    if (response.destroyed) return
    response.write(event)
    await pause(pace)
  }
  response.end()
}

/** Answers with the number of words that the last message asks for, such as `Write 600 words`, or with five. */
function answerTo({ model, messages: asked, max_tokens, max_completion_tokens }: Asked): Answer {
  const text = JSON.stringify(asked)
  const wanted = Number(/(\d+) words/.exec(text)?.[1] ?? 5)
  const most = max_completion_tokens ?? max_tokens ?? Number.POSITIVE_INFINITY
  const words: string[] = []
  let size = 0
  for (const word of sentence(model, wanted)) {
    if ((size + word.length) / 4 > most) break
    size += word.length
    words.push(word)
  }
  return { words, isCut: words.length < wanted, input: Math.ceil(text.length / 4), output: Math.ceil(size / 4) }
}

function sentence(model: string, count: number): string[] {
  const start = ['Hello ', 'from ', model]
  return Array.from({ length: count }, (_, i) => start[i] ?? ' and more')
}

/** How an API writes an answer: as one body, or as events. */
interface Api {
  body(model: string, answer: Answer): unknown
  events(model: string, answer: Answer): string[]
}

const eventOf = (data: unknown) => `data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`

const chat: Api = {
  body: (model, { words, isCut, input, output }) => ({
    ...{ id: 'chatcmpl-1', object: 'chat.completion', created: 1, model },
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: words.join('') },
        finish_reason: isCut ? 'length' : 'stop',
      },
    ],
    usage: { prompt_tokens: input, completion_tokens: output, total_tokens: input + output },
  }),
  events: (model, { words, isCut, input, output }) => {
    const chunk = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model }
    const deltas = words.map((content) => ({ choices: [{ index: 0, delta: { content } }] }))
    const end = { choices: [{ index: 0, delta: {}, finish_reason: isCut ? 'length' : 'stop' }] }
    const usage = { prompt_tokens: input, completion_tokens: output, total_tokens: input + output }
    const chunks = [...deltas, end, { choices: [], usage }].map((part) => ({ ...chunk, ...part }))
    return [...chunks, '[DONE]'].map(eventOf)
  },
}

const messages: Api = {
  body: (model, { words, isCut, input, output }) => ({
    ...{ id: 'msg_1', type: 'message', role: 'assistant', model },
    content: [{ type: 'text', text: words.join('') }],
    stop_reason: isCut ? 'max_tokens' : 'end_turn',
    usage: { input_tokens: input, output_tokens: output },
  }),
  events: (model, { words, isCut, input, output }) => {
    const usage = { input_tokens: input, output_tokens: 1 }
    const message = { id: 'msg_1', type: 'message', role: 'assistant', model, content: [], usage }
    const parts = [
      { type: 'message_start', message },
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
      ...words.map((text) => ({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } })),
      { type: 'content_block_stop', index: 0 },
      {
        ...{ type: 'message_delta', delta: { stop_reason: isCut ? 'max_tokens' : 'end_turn' } },
        usage: { output_tokens: output },
      },
      { type: 'message_stop' },
    ]
    return parts.map((part) => `event: ${part.type}\n${eventOf(part)}`)
  },
}
