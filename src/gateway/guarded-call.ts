import { Defect } from '../model/value/defect.ts'
import type { Operation } from '../model/value/operation.ts'
import type { CacheScope, Route } from '../policy/decision/decision.ts'
import type { Admission } from '../runtime/call/admission.ts'
import type { Dialect } from './call/endpoint.ts'
import type { ModelCall } from './call/model-call.ts'
import { upstreamBody } from './call/upstream-body.ts'
import { type CallEnd, costOfCall } from './cost.ts'
import type { PricedRoute } from './estimate.ts'
import type { CheckedGuardOptions, GuardNotice } from './guard-options.ts'
import { tokensWithin } from './lowered-tokens.ts'
import { EventTransform } from './meter/event-transform.ts'
import { meteredStream, type StreamEnd } from './meter/metered-stream.ts'
import { readAnswer } from './meter/read-answer.ts'
import { type Metered, StreamMeter, unread } from './meter/stream-meter.ts'
import type { GatewayRefusal } from './refusal/refusal.ts'
import { outcomeOfStatus, refusalOfUpstream } from './refusal/upstream-status.ts'
import { type RouteFailure, withRoutes } from './with-routes.ts'

/** A request for an upstream. The host adds the URL of the provider account and its key. */
export interface UpstreamRequest {
  readonly route: Route
  readonly method: 'POST'
  /** The path of the endpoint, such as `/v1/chat/completions`. */
  readonly path: string
  /** The headers of the client that an upstream may see. Never a token. */
  readonly headers: Readonly<Record<string, string>>
  /** The body with the model's name for the upstream. */
  readonly body: string | FormData
  /** Aborted when the client ends the connection. Pass it to `fetch`. */
  readonly signal: AbortSignal
}

/**
 * A model call that may be made now. End it once: `send` or `respond` with the answer of an upstream, `refuse`, or `close`.
 * The first ending counts.
 */
export interface GuardedCall {
  readonly type: 'call'
  /** The id of the decision. Clients get it as `x-request-id` and `request-id`. */
  readonly id: string
  readonly admission: Admission
  readonly operation: Operation
  readonly dialect: Dialect
  /** The model's name as the client wrote it. */
  readonly model: string
  /** The routes that may be used, in order: those of the decision that have a price and can be paid. */
  readonly routes: readonly Route[]
  readonly isStream: boolean
  /** The lowered bound of the output tokens, if the credits do not cover what the client asked for. */
  readonly loweredTokens: number | undefined
  /** Callers whose decisions have equal cache scopes may share a cached answer. */
  readonly cacheScope: CacheScope
  /** Aborted when the client ends the connection. */
  readonly signal: AbortSignal
  /** The answer for the client, when `send`, `respond` or `refuse` has returned it. */
  readonly answer: Response | undefined
  /** The call as the client sent it. Its `body` is the value from which a cache can make its key. */
  readonly request: ModelCall
  /**
   * Returns the request for an upstream of one of the routes, and notes that the call can cost something from now on.
   * @throws {Defect} when the route is not one of `routes`
   */
  upstream(route: Route): UpstreamRequest
  /**
   * Calls `attempt` with the routes in order, until one answers with something that is not a failure of the upstream, and
   * returns the answer for the client as `respond` does. Never rejects.
   */
  send(attempt: (request: UpstreamRequest) => Promise<Response> | Response): Promise<Response>
  /**
   * Returns the answer for the client: with the name of the model that was asked for, in bodies and in every chunk, and with
   * the headers that a client may see. Settles the call from the usage of the upstream: a body before the answer is
   * returned, a stream when it ends, however it ends. Failures of the upstream release the call.
   * @throws {Defect} when the route is not one of `routes`
   */
  respond(response: Response, route?: Route): Promise<Response>
  /** Releases the call, and returns the refusal for the client, after a failure of the host. */
  refuse(refusal: GatewayRefusal): Response
  /**
   * Ends a call that was left: releases it, or settles it at the reserved amount if an upstream was asked. Does nothing if
   * `send`, `respond` or `refuse` was called: then the end of the answer ends the call.
   */
  close(): Promise<void>
}

/** What a guarded call needs from its guard. */
export interface GuardedCallContext {
  readonly call: ModelCall
  readonly admission: Admission
  /** The routes that have a price. */
  readonly routes: readonly PricedRoute[]
  readonly options: CheckedGuardOptions
  readonly headers: Headers
  readonly signal: AbortSignal
  readonly answerHeaders: Readonly<Record<string, string>>
  readonly refuse: (refusal: GatewayRefusal) => Response
  /** Returns the event that ends a broken stream. */
  readonly errorEvent: (refusal: GatewayRefusal) => string
  readonly notify: (notice: GuardNotice) => void
}

/** The headers of a client that an upstream may see. */
const passedHeaders = ['accept', 'anthropic-version', 'anthropic-beta', 'openai-beta']
/** The headers of an upstream that a client may see. */
const returnedHeaders = ['content-type', 'cache-control']

export class AdmittedCall implements GuardedCall {
  readonly type = 'call'
  readonly id: string
  readonly admission: Admission
  readonly operation: Operation
  readonly dialect: Dialect
  readonly model: string
  readonly request: ModelCall
  readonly routes: readonly Route[]
  readonly isStream: boolean
  readonly loweredTokens: number | undefined
  readonly cacheScope: CacheScope
  readonly signal: AbortSignal
  readonly #context: GuardedCallContext
  readonly #priced: readonly PricedRoute[]
  /** What attempts without an answer can cost, of upstreams that go on. */
  #owed = 0n
  /** The route of the last request that was made for an upstream. */
  #asked: PricedRoute | undefined
  /** Whether the last request for an upstream asks for the usage of a stream. */
  #includesUsage = true
  #isAnswering = false
  #answer: Response | undefined
  #ended: Promise<unknown> | undefined

  constructor(context: GuardedCallContext) {
    const { call, admission, signal, options } = context
    this.#context = context
    this.id = admission.id
    this.admission = admission
    this.operation = call.endpoint.operation
    this.dialect = call.endpoint.dialect
    this.model = call.model
    this.request = call
    this.isStream = call.isStream
    this.cacheScope = admission.decision.cacheScope
    this.signal = signal
    const within = tokensWithin(call, context.routes, admission, options)
    this.#priced = within.routes
    this.loweredTokens = within.lowered
    this.routes = Object.freeze(within.routes.map(({ route }) => route))
  }

  get answer(): Response | undefined {
    return this.#answer
  }

  upstream(route: Route): UpstreamRequest {
    this.#asked = this.#pricedRoute(route)
    const { route: known } = this.#asked
    const { call, options, headers } = this.#context
    this.admission.start()
    const { maxTokensFieldOf, reportsUsage } = options
    const field = maxTokensFieldOf?.(known, call) ?? call.endpoint.maxTokens[0]
    const isUnbounded = call.maxTokens === undefined && call.endpoint.maxTokens.length > 0
    const maxTokens = this.loweredTokens ?? (isUnbounded ? options.maxTokens : undefined)
    this.#includesUsage = reportsUsage?.(known) ?? true
    const includeUsage = call.isStream && this.operation === 'chat' && this.#includesUsage
    const body = upstreamBody(call, { model: known.model, maxTokens, maxTokensField: field, includeUsage })
    const passed: Record<string, string> = typeof body === 'string' ? { 'content-type': 'application/json' } : {}
    for (const name of passedHeaders) {
      const value = headers.get(name)
      if (value !== null) passed[name] = value
    }
    return { route: known, method: 'POST', path: call.endpoint.path, headers: passed, body, signal: this.signal }
  }

  async send(attempt: (request: UpstreamRequest) => Promise<Response> | Response): Promise<Response> {
    this.#isAnswering = true
    const { route, response, failures } = await withRoutes(this, (next) => attempt(this.upstream(next)))
    for (const failure of failures) this.#noteFailure(failure)
    if (response !== undefined && route !== undefined) return await this.respond(response, route)
    if (this.signal.aborted) return this.#endUnanswered('aborted')
    const last = failures.findLast((failure) => failure.response !== undefined)
    if (last?.response !== undefined) return await this.respond(last.response, last.route)
    return this.#endUnanswered('upstream_failed')
  }

  async respond(response: Response, route: Route | undefined = this.routes[0]): Promise<Response> {
    const priced = this.#pricedRoute(route)
    this.#isAnswering = true
    this.admission.start()
    const answer = await this.#answerWith(response, priced)
    this.#answer = answer
    return answer
  }

  async #answerWith(response: Response, priced: PricedRoute): Promise<Response> {
    const outcome = outcomeOfStatus(response.status)
    if (outcome === 'failed' || outcome === 'refused') {
      response.body?.cancel().catch(() => undefined)
      return this.refuse(refusalOfUpstream(response))
    }
    if (response.bodyUsed || response.body?.locked) return this.refuse({ reason: 'upstream_failed' })
    const form = formOf(response.headers.get('content-type') ?? '', this.operation)
    if (outcome === 'answer' && response.body !== null && form !== 'json')
      return this.#respondStream(response, response.body, priced, form === 'events')
    return await this.#respondJson(response, priced, outcome === 'client')
  }

  refuse(refusal: GatewayRefusal): Response {
    this.#isAnswering = true
    void this.#end(0n)
    this.#answer = this.#context.refuse(refusal)
    return this.#answer
  }

  async close(): Promise<void> {
    if (this.#isAnswering) await this.#ended
    else await this.admission[Symbol.asyncDispose]()
  }

  /** Passes a stream. It is settled when it ends. */
  #respondStream(
    response: Response,
    body: ReadableStream<Uint8Array>,
    priced: PricedRoute,
    isEvents: boolean,
  ): Response {
    const { call, options } = this.#context
    const hidesUsage = this.operation === 'chat' && !call.asksUsage && this.#includesUsage
    const meter = new StreamMeter(call.model, priced.route.model, hidesUsage)
    const encoder = new TextEncoder()
    const stream = meteredStream(body, {
      transform: isEvents ? new EventTransform(meter) : { push: (bytes) => bytes, end: () => undefined },
      signal: this.signal,
      stallTimeout: options.stallTimeout,
      lastWords: isEvents ? () => encoder.encode(this.#context.errorEvent({ reason: 'stream_failed' })) : undefined,
      onEnd: (end) => {
        const reserved = isEvents ? undefined : this.#reservedOf(priced)
        void this.#settle(priced, meter, end, reserved)
      },
    })
    return new Response(stream, { status: response.status, headers: this.#headersOf(response) })
  }

  /** Reads a whole body, settles the call, and returns the body with the name that the client asked for. */
  async #respondJson(response: Response, priced: PricedRoute, isRefused: boolean): Promise<Response> {
    const { call, options } = this.#context
    const answer = await readAnswer(response, call.model, priced.route.model, options.maxAnswerSize)
    if (answer === undefined) {
      const end = this.signal.aborted ? 'cancelled' : 'cut'
      void this.#settle(priced, unread, end)
      return this.#context.refuse({ reason: this.signal.aborted ? 'aborted' : 'upstream_failed' })
    }
    if (answer.hasError && !isRefused) return this.refuse({ reason: 'upstream_failed' })
    if (isRefused) void this.#end(0n)
    else void this.#settle(priced, answer, 'finished')
    return new Response(answer.text, { status: response.status, headers: this.#headersOf(response) })
  }

  #headersOf(response: Response): Record<string, string> {
    const headers: Record<string, string> = { ...this.#context.answerHeaders }
    for (const name of returnedHeaders) {
      const value = response.headers.get(name)
      if (value !== null) headers[name] = value
    }
    // A host's own answer, as from a cache, was made without the lowered bound.
    if (this.loweredTokens !== undefined && this.#asked !== undefined)
      headers['x-portcullis-max-tokens'] = String(this.loweredTokens)
    return headers
  }

  #settle(priced: PricedRoute, metered: Metered, end: StreamEnd, fixed?: bigint): Promise<unknown> {
    const { call, options, notify } = this.#context
    const { id } = this
    const { route, price } = priced
    const continuesAfterAbort = options.continuesAfterAbort ?? false
    const callEnd: CallEnd = { end, metered, continuesAfterAbort, reserved: this.#reservedOf(priced) }
    const { cost, usage, basis } = costOfCall(call, priced, callEnd)
    if (basis === 'delivered' && end === 'finished' && fixed === undefined) notify({ type: 'usage_missing', id, route })
    if (basis === 'reserved' && end === 'finished')
      notify({ type: 'cost_unknown', id, route, price: price?.name ?? '' })
    const units = Object.fromEntries(Object.entries(usage).filter(([, amount]) => amount > 0))
    return this.#end(fixed ?? cost, { route, units })
  }

  /** Settles the call at a cost, or releases it if there is none. */
  #end(
    cost: bigint,
    report?: { readonly route: Route; readonly units: Readonly<Record<string, number>> },
  ): Promise<unknown> {
    const total = cost + this.#owed
    const ended = report === undefined && total === 0n ? this.admission.release() : this.admission.settle(total, report)
    this.#ended ??= ended
    return ended
  }

  /** Ends a call that no upstream answered. */
  #endUnanswered(reason: 'aborted' | 'upstream_failed'): Response {
    const priced = this.#asked
    // An upstream that was asked and cancelled has read the input.
    if (reason === 'aborted' && priced !== undefined) void this.#settle(priced, unread, 'cancelled')
    else void this.#end(0n)
    this.#answer = this.#context.refuse({ reason })
    return this.#answer
  }

  /** Notes a route that failed before the first byte. */
  #noteFailure({ route, response, error }: RouteFailure): void {
    const { options, notify } = this.#context
    const status = response?.status
    notify({ type: 'route_failed', id: this.id, route, ...(status === undefined ? { error } : { status }) })
    // Without an answer it is not known whether the upstream goes on.
    if (response === undefined && options.continuesAfterAbort && !this.signal.aborted)
      this.#owed += this.#reservedOf(this.#pricedRoute(route))
  }

  /** The amount that a call is booked at when its cost is not known. */
  #reservedOf({ estimate }: PricedRoute): bigint {
    const { hold, amount } = this.admission
    return hold === undefined || amount > estimate ? estimate : amount
  }

  #pricedRoute(route: Route | undefined): PricedRoute {
    const found = this.#priced.find(({ route: { providerAccount, model } }) => {
      return route !== undefined && providerAccount === route.providerAccount && model === route.model
    })
    if (found === undefined) throw new Defect('an answer came over a route that the call may not use')
    return found
  }
}

/** Returns how an answer is read. Only sounds, images and transcripts, which name no model, are passed as they are. */
function formOf(type: string, operation: Operation): 'json' | 'events' | 'bytes' {
  if (/^text\/event-stream\b/i.test(type)) return 'events'
  const hasBytes = operation === 'audio' || operation === 'images'
  return hasBytes && type !== '' && !/json/i.test(type) ? 'bytes' : 'json'
}
