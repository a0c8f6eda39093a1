import { countGenerated } from './count-text.ts'
import { findUsage, isJsonObject, renameModel } from './rewrite-body.ts'
import { dataOf, withData } from './sse.ts'

/** What was read of an answer. */
export interface Metered {
  /** The usage as the upstream wrote it, joined from all events that have a part of it. */
  readonly usage: Readonly<Record<string, unknown>> | undefined
  /** The estimated tokens of the generated text. */
  readonly delivered: number
  /** Whether the answer contains an error of the upstream. */
  readonly hasError: boolean
}

/** Reads the events of one stream, and rewrites them for the client. */
export class StreamMeter implements Metered {
  usage: Record<string, unknown> | undefined
  delivered = 0
  hasError = false
  readonly #model: string
  readonly #hidesUsage: boolean

  /** `hidesUsage`: the client did not ask for the usage of its chat, so it gets the chunks without it. */
  constructor(model: string, hidesUsage: boolean) {
    this.#model = model
    this.#hidesUsage = hidesUsage
  }

  /** Returns the event for the client, or `undefined` if the client gets none. */
  rewrite(event: string): string | undefined {
    const data = dataOf(event)
    if (data === undefined || data === '' || data === '[DONE]') return event
    let body: unknown
    try {
      body = JSON.parse(data)
    } catch {
      return event
    }
    if (!isJsonObject(body)) return event
    const usage = findUsage(body)
    if (usage !== undefined) this.usage = { ...this.usage, ...usage }
    if (isDelta(body)) this.delivered += countGenerated(body)
    if (isJsonObject(body['error']) || body['type'] === 'error') this.hasError = true
    let isChanged = renameModel(body, this.#model)
    if (this.#hidesUsage && 'usage' in body) {
      if (usage !== undefined && Array.isArray(body['choices']) && body['choices'].length === 0) return undefined
      delete body['usage']
      isChanged = true
    }
    return isChanged ? withData(event, JSON.stringify(body)) : event
  }
}

/** Whether an event adds to the answer. Events with a name such as `response.completed` repeat what others delivered. */
function isDelta({ type }: Record<string, unknown>): boolean {
  return typeof type !== 'string' || !type.includes('.') || type.endsWith('.delta')
}
