import { addSearches, countSearches, mostSearches, type Searches } from './count-searches.ts'
import { countGenerated } from './count-text.ts'
import { findUsage, hideModel, isJsonObject, renameModel } from './rewrite-body.ts'
import { dataOf, withData, withoutComments } from './sse.ts'

/** What was read of an answer. */
export interface Metered {
  /** The usage as the upstream wrote it, joined from all events that have a part of it. */
  readonly usage: Readonly<Record<string, unknown>> | undefined
  /** Whether the usage is that of the start of a stream of Anthropic, whose last event with the output did not come. */
  readonly isUsagePartial?: boolean
  /** The estimated tokens of the generated text. */
  readonly delivered: number
  /** The searches that the answer lists, which its usage leaves out. */
  readonly searches: Searches
  /** Whether the answer contains an error of the upstream. */
  readonly hasError: boolean
}

/** An answer of which nothing is known. */
export const unread: Metered = Object.freeze({ usage: undefined, delivered: 0, searches: {}, hasError: true })

/** Reads the events of one stream, and rewrites them for the client. */
export class StreamMeter implements Metered {
  usage: Record<string, unknown> | undefined
  isUsagePartial = false
  delivered = 0
  searches: Searches = {}
  hasError = false
  readonly #model: string
  readonly #upstreamModel: string
  readonly #hidesUsage: boolean

  /** `hidesUsage`: the client did not ask for the usage of its chat, so it gets the chunks without it. */
  constructor(model: string, upstreamModel: string, hidesUsage: boolean) {
    this.#model = model
    this.#upstreamModel = upstreamModel
    this.#hidesUsage = hidesUsage
  }

  /** Returns the event for the client, or `undefined` if the client gets none. */
  rewrite(sent: string): string | undefined {
    // An upstream names its model in comments too, which no client reads.
    const event = withoutComments(sent)
    const data = dataOf(event)
    if (data === '[DONE]') return event
    if (data === undefined || data === '') return this.#hideModel(event)
    let body: unknown
    try {
      body = JSON.parse(data)
    } catch {
      return this.#hideModel(event)
    }
    if (!isJsonObject(body)) return this.#hideModel(event)
    const usage = findUsage(body)
    if (usage !== undefined) {
      this.usage = joinUsage(this.usage, usage)
      if (body['type'] === 'message_start') this.isUsagePartial = true
      else if (typeof usage['output_tokens'] === 'number') this.isUsagePartial = false
    }
    if (isDelta(body)) this.delivered += countGenerated(body)
    if (body['item'] !== undefined || body['response'] !== undefined) this.#noteSearches(body)
    let isChanged = renameModel(body, this.#model)
    if (isError(body)) {
      this.hasError = true
      return withData(event, this.#hideModel(JSON.stringify(body)))
    }
    if (this.#hidesUsage && 'usage' in body) {
      if (usage !== undefined && Array.isArray(body['choices']) && body['choices'].length === 0) return undefined
      delete body['usage']
      isChanged = true
    }
    return isChanged ? withData(event, JSON.stringify(body)) : event
  }

  #hideModel(text: string): string {
    return hideModel(text, this.#upstreamModel, this.#model)
  }

  /** Items are sent one by one, and the last event repeats them all. */
  #noteSearches({ type, item, response }: Record<string, unknown>): void {
    if (isJsonObject(response)) this.searches = mostSearches(this.searches, countSearches(response['output']))
    else if (type === 'response.output_item.done') this.searches = addSearches(this.searches, countSearches([item]))
  }
}

/** Joins the parts of a usage. A later part replaces an earlier one, but for amounts that it leaves out or sets to nothing. */
function joinUsage(
  earlier: Record<string, unknown> | undefined,
  later: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const joined = { ...earlier }
  for (const [name, value] of Object.entries(later)) {
    if (value === null || value === undefined || (value === 0 && joined[name] !== undefined)) continue
    joined[name] = value
  }
  return joined
}

function isError(body: Record<string, unknown>): boolean {
  const { error, type, response } = body
  const isFailed = isJsonObject(response) && isJsonObject(response['error'])
  return isFailed || type === 'error' || (error !== undefined && error !== null)
}

/** Whether an event adds to the answer. Events with a name such as `response.completed` repeat what others delivered. */
function isDelta({ type }: Record<string, unknown>): boolean {
  return typeof type !== 'string' || !type.includes('.') || type.endsWith('.delta')
}
