import { formatCredit } from '../../model/value/credit.ts'
import type { Operation } from '../../model/value/operation.ts'
import type { DecidedEvent, EndedEvent, EngineEvent } from '../../runtime/call/engine-event.ts'
import type { Engine } from '../../runtime/engine.ts'
import type { Attributes, Counter, Histogram, OpenTelemetryApi, Tracer } from './api.ts'

export interface InstrumentOptions {
  /**
   * Returns the `gen_ai.provider.name` of a provider account, such as `openai` or `aws.bedrock`. Default, and if it returns
   * `undefined`: the account's id.
   */
  readonly providerOf?: ((providerAccount: string) => string | undefined) | undefined
  /** The maximum number of events that wait, as in `subscribe`. Default: 10,000. */
  readonly limit?: number | undefined
}

const name = 'portcullis'
/** `SpanKind.CLIENT` and `SpanStatusCode.ERROR` of the API. */
const client = 2
const failed = 2

/** The names of operations in the conventions. Others keep their own. */
const operationNames: { readonly [O in Operation]?: string } = { responses: 'chat', messages: 'chat' }

/** The boundaries that the conventions give, in seconds and in tokens. */
const seconds = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92]
const tokens = Array.from({ length: 14 }, (_, power) => 4 ** power)
const decisionSeconds = [0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5]

/**
 * Makes spans and metrics of the calls of an engine, with the names of the GenAI semantic conventions. A span is made when
 * a call ends or is not admitted, as a child of the span that was active when `admit` was called. Metrics have no ids of
 * callers. Returns a function that records the calls that have ended, and stops: call it before you flush the SDK.
 *
 * @example
 * const stop = instrument(engine, api)
 * const call = await engine.admit({ credential: 'key', model: 'fast', operation: 'chat', estimate: 9n })
 * if (call.admitted) await call.settle(7n, { units: { input: 12, output: 450 } })
 * await new Promise((resolve) => setTimeout(resolve, 10))
 * stop()
 * console.log(spans.map((span) => span.name).join()) // chat fast
 */
export function instrument(engine: Engine, api: OpenTelemetryApi, options: InstrumentOptions = {}): () => void {
  const { providerOf, limit } = options
  const recorder = new Recorder(api, (account) => providerOf?.(account) ?? account)
  return engine.subscribe(
    (events, contexts) => {
      const errors: unknown[] = []
      for (const [i, event] of events.entries()) {
        try {
          recorder.record(event, contexts[i])
        } catch (error) {
          // An exporter that fails on one event must not lose the others.
          errors.push(error)
        }
      }
      if (errors.length > 0) throw errors[0]
    },
    { limit, capture: () => api.context.active() },
  )
}

class Recorder {
  readonly #providerOf: (providerAccount: string) => string
  readonly #tracer: Tracer
  readonly #duration: Histogram
  readonly #usage: Histogram
  readonly #decisions: Counter
  readonly #decisionDuration: Histogram
  readonly #cost: Counter
  readonly #dropped: Counter

  constructor({ trace, metrics }: OpenTelemetryApi, providerOf: (providerAccount: string) => string) {
    this.#providerOf = providerOf
    this.#tracer = trace.getTracer(name)
    const meter = metrics.getMeter(name)
    const histogram = (id: string, unit: string, description: string, explicitBucketBoundaries: number[]) =>
      meter.createHistogram(id, { unit, description, advice: { explicitBucketBoundaries } })
    const counter = (id: string, unit: string, description: string) => meter.createCounter(id, { unit, description })
    this.#duration = histogram('gen_ai.client.operation.duration', 's', 'GenAI operation duration.', seconds)
    this.#usage = histogram('gen_ai.client.token.usage', '{token}', 'Number of input and output tokens used.', tokens)
    this.#decisions = counter('portcullis.decisions', '{decision}', 'Decisions, by outcome and reason.')
    this.#decisionDuration = histogram(
      'portcullis.decision.duration',
      's',
      'Duration of decisions with their reservations.',
      decisionSeconds,
    )
    this.#cost = counter('portcullis.cost', '{credit}', 'Costs of settled calls.')
    this.#dropped = counter('portcullis.events.dropped', '{event}', 'Events that this instrumentation did not get.')
  }

  record(event: EngineEvent, context: unknown): void {
    if (event.type === 'dropped') this.#dropped.add(event.count)
    else if (event.type === 'decided') this.#recordDecided(event, context)
    else this.#recordEnded(event, context)
  }

  #recordDecided(event: DecidedEvent, context: unknown): void {
    const { by, outcome, reason, milliseconds } = event
    const attributes = {
      'portcullis.decision.by': by,
      'portcullis.decision.outcome': outcome,
      ...(reason === undefined ? {} : { 'error.type': reason }),
    }
    this.#decisions.add(1, attributes)
    this.#decisionDuration.record(milliseconds / 1_000, attributes)
    if (by !== 'admit' || outcome === 'allowed') return
    const error = reason ?? outcome
    const span = this.#startSpan(event, { 'error.type': error }, context)
    span.setStatus({ code: failed, message: error })
    span.end(event.at)
  }

  #recordEnded(event: EndedEvent, context: unknown): void {
    const { call, ending, cost, isBooked, reason, route, units = {}, at, milliseconds } = event
    const conventional = {
      ...operationOf(call),
      ...(route === undefined ? {} : { 'gen_ai.provider.name': this.#providerOf(route.providerAccount) }),
    }
    const span = this.#startSpan(
      call,
      {
        ...conventional,
        ...(route === undefined ? {} : { 'portcullis.provider_account.id': route.providerAccount }),
        ...(route === undefined ? {} : { 'portcullis.route.model': route.model }),
        ...tokenAttributes(units),
        'portcullis.ending': ending,
        'portcullis.cost': formatCredit(cost),
        ...(reason === undefined ? {} : { 'error.type': reason }),
      },
      context,
    )
    if (!isBooked) span.setStatus({ code: failed, message: reason ?? 'not booked' })
    span.end(at)
    // The model was found, so it is one of a bounded number of names.
    const measured = { ...conventional, 'gen_ai.request.model': call.model ?? '' }
    this.#duration.record(milliseconds / 1_000, measured)
    for (const type of ['input', 'output']) {
      const used = units[type]
      if (used !== undefined) this.#usage.record(used, { ...measured, 'gen_ai.token.type': type })
    }
    if (cost > 0n) this.#cost.add(Number(cost) / 1e9, measured)
  }

  #startSpan(call: DecidedEvent, attributes: Attributes, context: unknown): ReturnType<Tracer['startSpan']> {
    const { model = '', operation = 'call', at, milliseconds } = call
    const title = `${operationNames[operation as Operation] ?? operation} ${model}`.trim()
    const startTime = at - milliseconds
    return this.#tracer.startSpan(
      title,
      { kind: client, startTime, attributes: { ...subjectsOf(call), ...attributes } },
      context,
    )
  }
}

function operationOf({ operation }: DecidedEvent): Attributes {
  return operation === undefined ? {} : { 'gen_ai.operation.name': operationNames[operation] ?? operation }
}

function tokenAttributes({ input, output }: Readonly<Record<string, number>>): Attributes {
  return {
    ...(input === undefined ? {} : { 'gen_ai.usage.input_tokens': input }),
    ...(output === undefined ? {} : { 'gen_ai.usage.output_tokens': output }),
  }
}

/** Returns the ids of a call as attributes of its span. */
function subjectsOf(call: DecidedEvent): Attributes {
  const { id, model, principal, credential, team, organization, version, outcome } = call
  const given = {
    ...operationOf(call),
    'gen_ai.request.model': model,
    'portcullis.decision.id': id,
    'portcullis.decision.outcome': outcome,
    'portcullis.principal.type': principal?.type,
    'portcullis.principal.id': principal?.id,
    'portcullis.credential.id': credential,
    'portcullis.team.id': team,
    'portcullis.organization.id': organization,
    'portcullis.policy.version': version,
  }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Attributes
}
