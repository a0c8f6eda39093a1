import type { ServerResponse } from 'node:http'
import type { UsageOf } from './upstream.ts'

/** 10 tokens of text and 40 of images as input. */
const imageUsage = {
  input_tokens: 50,
  input_tokens_details: { text_tokens: 10, image_tokens: 40 },
  output_tokens: 4_160,
  total_tokens: 4_210,
}
const speechUsage = { input_tokens: 14, output_tokens: 101, total_tokens: 115 }
/** 5 tokens of text and 200 of sound as input. */
const transcriptUsage = {
  type: 'tokens',
  input_tokens: 205,
  input_token_details: { text_tokens: 5, audio_tokens: 200 },
  output_tokens: 31,
  total_tokens: 236,
}

const picture = 'iVBORw0KGgo='

/** Answers a request for images or audio as OpenAI does. Returns whether the path asks for one. */
export function answerMedia(
  path: string,
  body: Readonly<Record<string, unknown>>,
  response: ServerResponse,
  usageOf: UsageOf,
): boolean {
  const field = (name: string): unknown => body[name] ?? formField(String(body['form']), name)
  const isStream = String(field('stream')) === 'true'
  if (path.startsWith('/v1/images/')) {
    const image = { b64_json: picture, usage: usageOf(imageUsage) }
    if (isStream) events(response, [{ type: 'image_generation.completed', ...image }])
    else json(response, { created: 1, data: [{ b64_json: picture }], usage: image.usage })
  } else if (path === '/v1/audio/speech') {
    if (field('stream_format') === 'sse') {
      const audio = { type: 'speech.audio.delta', audio: 'AAAA' }
      events(response, [audio, { type: 'speech.audio.done', usage: usageOf(speechUsage) }])
    } else response.writeHead(200, { 'content-type': 'audio/mpeg' }).end(Buffer.alloc(5_000, 7))
  } else if (path.startsWith('/v1/audio/')) {
    const done = { text: field('prompt') ?? 'hello', usage: usageOf(transcriptUsage) }
    if (isStream)
      events(response, [
        { type: 'transcript.text.delta', delta: 'hello' },
        { type: 'transcript.text.done', ...done },
      ])
    else if (field('response_format') === 'text')
      response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' }).end('hello\n')
    else json(response, done)
  } else return false
  return true
}

function formField(form: string, name: string): string | undefined {
  return form.split(`name="${name}"\r\n\r\n`)[1]?.split('\r\n')[0]
}

function json(response: ServerResponse, body: object): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

function events(response: ServerResponse, all: readonly Readonly<Record<string, unknown>>[]): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  for (const event of all) response.write(`event: ${event['type']}\ndata: ${JSON.stringify(event)}\n\n`)
  response.end()
}
