import OpenAI, { APIError } from 'openai'

/** The result of a model call as its client sees it. */
export interface Called {
  /** The status of the answer. */
  readonly status: number
  /** The text of the answer, or the message of the refusal. */
  readonly text: string
  /** The name of the model in the answer. Absent if the call was refused. */
  readonly model?: string
  /** The code of the refusal. */
  readonly code?: string
}

/** Returns the official client of OpenAI, which knows nothing of the gateway but its URL and a token. */
export function clientOf(url: string, apiKey: string, team?: string): OpenAI {
  const defaultHeaders = team === undefined ? {} : { 'x-portcullis-team': team }
  return new OpenAI({ apiKey, baseURL: `${url}/v1`, defaultHeaders })
}

/** Makes a chat completion. */
export async function ask(client: OpenAI, model: string, content = 'Say hello'): Promise<Called> {
  try {
    const answer = await client.chat.completions.create({ model, messages: [{ role: 'user', content }] })
    return { status: 200, text: answer.choices[0]?.message.content ?? '', model: answer.model }
  } catch (error) {
    if (!(error instanceof APIError)) throw error
    return { status: error.status, text: error.message.replace(/^\d+ /, ''), code: String(error.code) }
  }
}

/** Starts a streamed chat completion, and returns its texts as they come. */
export async function* streamed(client: OpenAI, model: string, content: string): AsyncGenerator<string> {
  const chunks = await client.chat.completions.create({
    ...{ model, stream: true },
    messages: [{ role: 'user', content }],
  })
  for await (const { choices } of chunks) {
    const text = choices[0]?.delta.content ?? ''
    if (text !== '') yield text
  }
}

/** Formats a call in one line. */
export function lineOf({ status, text, model, code }: Called): string {
  return code === undefined ? `${status} "${text}", from ${model}` : `${status} ${code}: "${text}"`
}
