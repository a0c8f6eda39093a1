import type { HttpAnswer, RefusalError } from './http-answer.ts'

/** The protocol of a stream: chat completions and responses of OpenAI, messages of Anthropic. */
export type StreamProtocol = 'chat' | 'responses' | 'messages'

/**
 * Returns the server-sent event that reports an error within a stream, as the clients of the protocol read it. It is the
 * last event of the stream. `sequence` is the number of the event, for `responses`. Default: 0.
 */
export function streamError({ body }: HttpAnswer, protocol: StreamProtocol, sequence = 0): string {
  const error = body.type === 'error' ? body.error : errorOf(body)
  const { request_id } = body
  switch (protocol) {
    case 'chat':
      return `data: ${JSON.stringify({ error, request_id })}\n\n`
    case 'responses': {
      // The official client reads `error`, and older ones the fields beside it.
      const { code, message, param } = error
      const event = { type: 'error', sequence_number: sequence, code, message, param, error, request_id }
      return `event: error\ndata: ${JSON.stringify(event)}\n\n`
    }
    case 'messages':
      return `event: error\ndata: ${JSON.stringify({ type: 'error', error, request_id })}\n\n`
  }
}

/** Converts a problem back to an error. A problem does not have the type of its error. */
function errorOf(body: Exclude<HttpAnswer['body'], { readonly type: 'error' }>): RefusalError {
  const { type: _type, title: _title, status: _status, detail, request_id: _id, ...facts } = body
  return { message: detail, type: 'api_error', ...facts }
}
