import { type Instant, isInstant } from '../model/value/instant.ts'
import { authorize } from '../policy/authorize.ts'
import type { UseAllowed } from '../policy/decision/decision.ts'
import type { Who } from '../policy/request/request.ts'
import type { AdmitCaller, NotAdmitted } from '../runtime/call/admit-request.ts'
import { HoldIds } from '../runtime/call/hold-id.ts'
import type { Engine } from '../runtime/engine.ts'
import { tokenDigest } from '../runtime/token/token-secret.ts'
import { modelBody, modelsBody, unlistedModelBody } from './answer-models.ts'
import { Answerer } from './answerer.ts'
import { type Destination, type Endpoint, findDestination, isDisguised } from './call/endpoint.ts'
import { type ModelCall, readModelCall } from './call/model-call.ts'
import { type ReadBody, readBody, readLength, refuseHeaders, takeParsedBody } from './call/read-body.ts'
import { readTeam, readToken } from './call/read-caller.ts'
import { requestPath } from './call/request-path.ts'
import { type CallEstimate, estimateCall } from './estimate.ts'
import { findCheaper } from './find-cheaper.ts'
import {
  type CheckedGuardOptions,
  checkGuardOptions,
  type GuardNotice,
  type GuardOptions,
  type GuardRequest,
} from './guard-options.ts'
import { AdmittedCall, type GuardedCall, type UpstreamRequest } from './guarded-call.ts'
import { plansWithModel } from './refusal/plans-with-model.ts'
import { type Disclosure, factsOfDenial, type GatewayRefusal } from './refusal/refusal.ts'

/** What a guard makes of a request. */
export type GuardResult =
  /** The call may be made. */
  | GuardedCall
  /** The guard has the answer: a refusal, or a list of models. */
  | { readonly type: 'answer'; readonly response: Response }
  /** The request asks for no guarded path, and `isPassed` lets it pass. */
  | { readonly type: 'pass' }

/** Stands in front of the upstreams of a gateway. */
export interface CallGuard {
  /**
   * Finds the caller, the operation, the model and the estimate of a request, and admits the call. Reads the body of the
   * request, and never rejects.
   */
  admit(request: GuardRequest): Promise<GuardResult>
  /**
   * Admits a request, sends it to the routes of its decision in order, and returns the answer for the client. Returns
   * `undefined` for a request that `isPassed` lets pass. Never rejects.
   */
  handle(
    request: GuardRequest,
    attempt: (request: UpstreamRequest) => Promise<Response> | Response,
  ): Promise<Response | undefined>
}

/** A body larger than this is read only for callers whose token is good. */
const smallBody = 65_536

/** The caller and the team of a request. */
interface Asking {
  readonly caller: AdmitCaller
  readonly team?: string | undefined
}

/**
 * Returns a guard for an engine.
 *
 * @example
 * const guard = createGuard(engine, { unpriced: 0n })
 * const request = new Request('http://gateway/v1/models', { headers: { authorization: 'Bearer secret' } })
 * const answer = await guard.handle(request, () => Response.json({}))
 * console.log(answer?.status, (await answer?.json()).data[0].id) // 200 fast
 *
 * @throws {TypeError} when an option is unknown or of another type; the message names it
 * @throws {RangeError} when a number is out of range, or `minTokens` exceeds `maxTokens`; the message names it
 */
export function createGuard(engine: Engine, options: GuardOptions = {}): CallGuard {
  return new EngineGuard(engine, checkGuardOptions(options))
}

class EngineGuard implements CallGuard {
  readonly #engine: Engine
  readonly #options: CheckedGuardOptions
  readonly #ids = new HoldIds()
  readonly #notify: (notice: GuardNotice) => void

  constructor(engine: Engine, options: CheckedGuardOptions) {
    this.#engine = engine
    this.#options = options
    this.#notify = (notice) => {
      try {
        const returned: unknown = options.onNotice?.(notice)
        if (returned instanceof Promise) returned.catch(() => undefined)
      } catch {
        // The host's listener must not break a call.
      }
    }
  }

  async handle(
    request: GuardRequest,
    attempt: (request: UpstreamRequest) => Promise<Response> | Response,
  ): Promise<Response | undefined> {
    const result = await this.admit(request)
    if (result.type === 'pass') return undefined
    return result.type === 'answer' ? result.response : await result.send(attempt)
  }

  async admit(request: GuardRequest): Promise<GuardResult> {
    try {
      return await this.#admit(request)
    } catch (error) {
      // A function of the host threw: it may succeed with the next request.
      const id = this.#ids.next()
      this.#notify({ type: 'option_failed', id, error })
      return answer(new Answerer(null, 'openai').refuse({ reason: 'policy_unavailable' }, id))
    }
  }

  async #admit(request: GuardRequest): Promise<GuardResult> {
    const { basePath, isPassed } = this.#options
    const { method, headers } = request
    const path = requestPath(request.url, basePath)
    const destination: Destination =
      path === undefined
        ? { type: 'unknown', isDisguised: isDisguised(request.url, basePath) }
        : findDestination(method, path, headers)
    const answerer = new Answerer(headers.get('accept'), dialectOf(destination, headers))
    const refuse = (refusal: GatewayRefusal) => answer(this.#refuse(refusal, answerer))
    if (destination.type === 'unknown') {
      const passes = !destination.isDisguised && isPassed?.(method, path ?? request.url) === true
      return passes ? { type: 'pass' } : refuse({ reason: 'route_unknown' })
    }
    if (destination.type === 'method_not_allowed')
      return refuse({ reason: 'method_not_allowed', allow: destination.allow })
    const asking = this.#readAsking(request)
    if ('reason' in asking) return refuse(asking)
    if (destination.type === 'call') return await this.#admitCall(request, destination.endpoint, asking, answerer)
    return answer(await this.#answerModels(destination, asking, answerer))
  }

  /** Refuses a request before a decision. */
  #refuse(refusal: GatewayRefusal, answerer: Answerer): Response {
    const id = this.#ids.next()
    this.#notify({ type: 'refused', id, reason: refusal.reason })
    return answerer.refuse(refusal, id)
  }

  /** Reads who calls, and for which team. */
  #readAsking(request: GuardRequest): Asking | GatewayRefusal {
    const { callerOf, teamHeader } = this.#options
    const caller = callerOf === undefined ? readToken(request.headers) : (callerOf(request) ?? missing)
    if ('reason' in caller) return caller
    const team = readTeam(request.headers, teamHeader)
    return 'reason' in team ? team : { caller, ...team }
  }

  async #admitCall(
    request: GuardRequest,
    endpoint: Endpoint,
    asking: Asking,
    answerer: Answerer,
  ): Promise<GuardResult> {
    const refuse = (refusal: GatewayRefusal) => answer(this.#refuse(refusal, answerer))
    const early = await this.#refuseCaller(request, endpoint, asking)
    if (early !== undefined) return answer(answerer.notAdmitted(early, {}))
    const body = await this.#readBody(request, endpoint)
    if ('reason' in body) return refuse(body)
    const call = readModelCall(endpoint, body, this.#options.isPriced)
    if ('reason' in call) return refuse(call)
    return await this.#admitModelCall(request, call, asking, answerer)
  }

  /** Refuses a large body of a caller that is not known before it is read. */
  async #refuseCaller(
    request: GuardRequest,
    { operation }: Endpoint,
    { caller, team }: Asking,
  ): Promise<NotAdmitted | undefined> {
    const { parsedBody, bodyRefusal } = request
    const length = readLength(request.headers)
    const isSmall = parsedBody !== undefined || (length !== undefined && length <= smallBody)
    if (isSmall && bodyRefusal === undefined) return undefined
    const who = whoOf(caller)
    const model = '(not read)'
    const decision = this.#engine.read((state, at) => authorize({ type: 'use', who, model, operation, at }, state))
    const isGood = decision.effect === 'allow' || !/^(credential|principal)_/.test(decision.reason)
    if (isGood) return undefined
    const result = await this.#engine.admit({ ...caller, model, team, operation, estimate: 0n })
    return result.admitted ? undefined : result
  }

  async #readBody(request: GuardRequest, endpoint: Endpoint): Promise<ReadBody | GatewayRefusal> {
    const { parsedBody, bodyRefusal } = request
    const limit = this.#options.maxBodySize
    if (bodyRefusal !== undefined) return refuseHeaders(request.headers, endpoint.body, limit) ?? bodyRefusal
    if (parsedBody === undefined) return await readBody(request, endpoint.body, limit)
    return takeParsedBody(request.headers, parsedBody, endpoint.body, limit)
  }

  async #admitModelCall(
    request: GuardRequest,
    call: ModelCall,
    { caller, team }: Asking,
    answerer: Answerer,
  ): Promise<GuardResult> {
    const options = this.#options
    const signal = request.signal ?? new AbortController().signal
    let estimated: CallEstimate | undefined
    const estimate = (decision: UseAllowed) => {
      estimated = estimateCall(call, decision, this.#now(), options)
      return estimated.amounts
    }
    const { operation } = call.endpoint
    const tags = options.tagsOf?.(call, request)
    const note = options.noteOf?.(call, request)
    const admission = await this.#engine.admit({
      ...caller,
      model: call.model,
      team,
      operation,
      estimate,
      tags,
      note,
      signal,
    })
    if (!admission.admitted)
      return answer(answerer.notAdmitted(admission, this.#disclosureFor(admission, call, { caller, team })))
    if (estimated?.failure !== undefined)
      this.#notify({ type: 'option_failed', id: admission.id, error: estimated.failure.error })
    for (const route of estimated?.unpriced ?? []) this.#notify({ type: 'route_unpriced', id: admission.id, route })
    const admitted = new AdmittedCall({
      call,
      admission,
      routes: estimated?.routes ?? [],
      options,
      headers: request.headers,
      signal,
      answerHeaders: answerer.headersOf(admission),
      refuse: (refusal) => answerer.refuse(refusal, admission.id),
      errorEvent: (refusal) => answerer.errorEvent(refusal, admission.id, call.endpoint),
      notify: this.#notify,
    })
    if (admitted.routes.length > 0) return admitted
    return answer(admitted.refuse({ reason: 'price_unknown', param: 'model' }))
  }

  /** Returns what the caller may learn in addition to the refusal. */
  #disclosureFor(refused: NotAdmitted, call: ModelCall, { caller, team }: Asking): Disclosure {
    const { disclosure = 'conceal' } = this.#options
    if (refused.reason === 'denied' && disclosure === 'plans') {
      const request = { type: 'use', who: whoOf(caller), model: call.model, team } as const
      const plans = this.#engine.read((state, at) => plansWithModel({ ...request, at }, state))
      return Array.isArray(plans) ? { disclosure, plans } : {}
    }
    if (refused.reason !== 'refused' || !('available' in refused.refusal)) return {}
    const { available } = refused.refusal
    const list = this.#engine.listModels(whoOf(caller), { team, operation: call.endpoint.operation })
    if (!('models' in list)) return {}
    return { cheaper: findCheaper(call, list, available, this.#now(), this.#options) }
  }

  /** Answers `GET /v1/models` and `GET /v1/models/{id}`. */
  async #answerModels(
    destination: Destination & { type: 'list_models' | 'get_model' },
    asking: Asking,
    answerer: Answerer,
  ): Promise<Response> {
    const { caller, team } = asking
    const list = this.#engine.listModels(whoOf(caller), { team })
    if (!('models' in list)) {
      if ('reason' in list) return this.#refuse({ reason: 'policy_unavailable' }, answerer)
      const { fault } = list
      if (fault.code !== 'caller_denied') return this.#refuse({ reason: 'request_invalid' }, answerer)
      const { denial } = fault
      const id = this.#ids.next()
      this.#notify({ type: 'refused', id, reason: factsOfDenial(denial).reason })
      return answerer.notAdmitted({ admitted: false, reason: 'denied', denial, id }, {})
    }
    const { dialect } = destination
    if (destination.type === 'list_models') return answerJson(modelsBody(list, dialect), this.#ids.next())
    const { model } = destination
    const found =
      modelBody(list, model, dialect) ?? (this.#serves(asking, model) ? unlistedModelBody(model, dialect) : undefined)
    return found === undefined
      ? this.#refuse({ reason: 'model_not_found' }, answerer)
      : answerJson(found, this.#ids.next())
  }

  /** Whether a caller may chat with a model that no list has, on an account that serves every name. */
  #serves({ caller, team }: Asking, model: string): boolean {
    const who = whoOf(caller)
    const request = { type: 'use', who, model, team, operation: 'chat' } as const
    return this.#engine.read((state, at) => authorize({ ...request, at }, state)).effect === 'allow'
  }

  #now(): Instant {
    const now: unknown = this.#engine.read((_, at) => at)
    return isInstant(now) ? now : Date.now()
  }
}

const missing: GatewayRefusal = { reason: 'token_missing' }

function answer(response: Response): GuardResult {
  return { type: 'answer', response }
}

function answerJson(body: unknown, id: string): Response {
  const headers = { 'content-type': 'application/json; charset=utf-8', 'x-request-id': id, 'request-id': id }
  return new Response(JSON.stringify(body), { headers })
}

/** Returns the caller of a request as questions take it. */
function whoOf({ token, credential, principal }: AdmitCaller): Who {
  if (token !== undefined) return { type: 'credentialDigest', digest: tokenDigest(token) }
  return credential === undefined ? (principal as Who) : { type: 'credential', id: credential }
}

function dialectOf(destination: Destination, headers: Headers): 'openai' | 'anthropic' {
  if (destination.type === 'call') return destination.endpoint.dialect
  if ('dialect' in destination) return destination.dialect
  return headers.has('anthropic-version') ? 'anthropic' : 'openai'
}
