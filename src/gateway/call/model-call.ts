import type { GatewayRefusal } from '../refusal/refusal.ts'
import { type Contents, findContents } from './contents.ts'
import type { Endpoint } from './endpoint.ts'
import type { ReadBody } from './read-body.ts'

type JsonObject = Readonly<Record<string, unknown>>

/** A call of a model as the client sent it, checked as far as its cost and its answer depend on it. */
export interface ModelCall extends Contents {
  readonly endpoint: Endpoint
  /** The model's name as the client wrote it. */
  readonly model: string
  readonly isStream: boolean
  /** Whether the client asked for a last chunk with the usage of a stream. */
  readonly asksUsage: boolean
  /** The most output tokens of one choice; absent if the client set no bound. */
  readonly maxTokens?: number
  /** The fields in which the client set the bound. */
  readonly maxTokensFields: readonly string[]
  /** The number of choices or images. */
  readonly choices: number
  /** The size of the body in bytes. */
  readonly size: number
  /** The body, to be sent again in another form. */
  readonly body:
    | { readonly type: 'json'; readonly value: JsonObject }
    | { readonly type: 'form'; readonly form: FormData }
}

/** Fields that can make a call dearer than its table price, and their values that do not. */
const pricedValues: Readonly<Record<string, readonly unknown[]>> = {
  service_tier: ['auto', 'default', 'standard', 'standard_only', 'flex', 'batch'],
  speed: ['standard'],
  inference_geo: ['global'],
  prediction: [],
}

/** Fields by which a gateway behind this one takes another route than the one that was decided. */
const routingFields = ['models', 'fallbacks', 'route', 'api_base', 'base_url', 'api_key', 'custom_llm_provider']

/** Whether the prices hold for a value of a field that can make a call dearer. */
export type IsPriced = (field: string, value: unknown) => boolean

const largestCount = 1_000_000_000
const largestChoices = 128

/** Reads the model call in a body, or returns what is wrong with it. */
export function readModelCall(endpoint: Endpoint, read: ReadBody, isPriced?: IsPriced): ModelCall | GatewayRefusal {
  if (read.type === 'form') return readFormCall(endpoint, read)
  const call = readJsonCall(endpoint, read.value, read.size)
  return 'reason' in call ? call : (refuseUnpriced(read.value as JsonObject, isPriced) ?? call)
}

/** Refuses what makes a call dearer than its price, or lets it go on after its answer. */
function refuseUnpriced(body: JsonObject, isPriced: IsPriced | undefined): GatewayRefusal | undefined {
  const routing = routingFields.find((field) => !isAbsent(body[field]))
  if (routing !== undefined) return invalid('this gateway chooses the route: leave it out', routing)
  if (body['background'] === true) return invalid('this gateway waits for each answer: leave it out', 'background')
  for (const [field, values] of Object.entries(pricedValues)) {
    const value = body[field]
    if (isAbsent(value) || values.includes(value) || isPriced?.(field, value)) continue
    return invalid('this gateway has no prices for this value', field)
  }
  return undefined
}

function readJsonCall(endpoint: Endpoint, value: unknown, size: number): ModelCall | GatewayRefusal {
  if (!isObject(value)) return invalid('expected a body with a JSON object')
  const { model, stream, stream_options: streamOptions, n } = value
  if (typeof model !== 'string' || model === '') return invalid('expected the name of a model', 'model')
  if (!isAbsent(stream) && typeof stream !== 'boolean') return invalid('expected `true` or `false`', 'stream')
  if (!isAbsent(streamOptions) && !isObject(streamOptions)) return invalid('expected an object', 'stream_options')
  if (!isAbsent(n) && !isCount(n, 1, largestChoices))
    return invalid(`expected an integer from 1 to ${largestChoices}`, 'n')
  const maxTokens = readMaxTokens(endpoint, value)
  if ('reason' in maxTokens) return maxTokens
  const contents = findContents(value)
  if (contents === undefined) return invalid('the body is nested too deeply')
  return {
    endpoint,
    model,
    isStream: stream === true,
    asksUsage: isObject(streamOptions) && streamOptions['include_usage'] === true,
    ...maxTokens,
    choices: typeof n === 'number' ? n : 1,
    size,
    body: { type: 'json', value },
    ...contents,
    hasAudio: contents.hasAudio || endpoint.operation === 'audio',
  }
}

function readMaxTokens(
  { maxTokens: fields }: Endpoint,
  body: JsonObject,
): Pick<ModelCall, 'maxTokens' | 'maxTokensFields'> | GatewayRefusal {
  const given = fields.filter((field) => !isAbsent(body[field]))
  const wrong = given.find((field) => !isCount(body[field], 0, largestCount))
  if (wrong !== undefined) return invalid('expected a number of tokens', wrong)
  if (given.length === 0) return { maxTokensFields: [] }
  // A provider that reads either field produces at most the greater number.
  return { maxTokens: Math.max(...given.map((field) => body[field] as number)), maxTokensFields: given }
}

function readFormCall(endpoint: Endpoint, { form, size }: ReadBody & { type: 'form' }): ModelCall | GatewayRefusal {
  const [model, ...others] = form.getAll('model')
  if (typeof model !== 'string' || model === '' || others.length > 0)
    return invalid('expected the name of one model', 'model')
  const [n = '1', ...more] = form.getAll('n')
  if (more.length > 0 || typeof n !== 'string' || !isCount(Number(n), 1, largestChoices))
    return invalid(`expected an integer from 1 to ${largestChoices}`, 'n')
  return {
    endpoint,
    model,
    isStream: form.getAll('stream').includes('true'),
    asksUsage: false,
    maxTokensFields: [],
    choices: Number(n),
    size,
    body: { type: 'form', form },
    mediaParts:
      endpoint.operation === 'images' ? [...form.values()].filter((part) => typeof part !== 'string').length : 0,
    hasUnseenInput: false,
    hasAudio: endpoint.operation === 'audio',
    hasCacheWrite: false,
  }
}

function invalid(message: string, param?: string): GatewayRefusal {
  return { reason: 'body_invalid', message, ...(param === undefined ? {} : { param }) }
}

/** Clients send `null` for a field that they leave out. */
function isAbsent(value: unknown): boolean {
  return value === undefined || value === null
}

function isCount(value: unknown, least: number, most: number): boolean {
  return Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
