import { readBody } from '../../gateway/call/read-body.ts'
import { requestPath } from '../../gateway/call/request-path.ts'
import { authZenTable, refusalTable } from '../../gateway/refusal/refusal-table.ts'
import { Evaluation, parseEvaluations } from '../message/evaluations.ts'
import type { AuthZenPageRequest, AuthZenUnavailable } from '../message/evaluator.ts'
import { isTooDeep, type Parsed, parseBy } from '../message/parse.ts'
import { ActionSearch, type PageBody, ResourceSearch, SubjectSearch } from '../message/search.ts'
import { answerError, answerJson, type RequestError } from './answer.ts'
import { evaluateList, evaluateOne, isUnavailable } from './evaluate.ts'
import { type AuthZenOptions, type CheckedAuthZenOptions, checkAuthZenOptions, pathOf } from './handler-options.ts'
import { type EndpointName, endpoints, metadataOf, metadataPath } from './metadata.ts'
import { answerPage, readPage } from './page.ts'

/** Answers a request of the AuthZEN API. Never rejects. */
export type AuthZenHandler = (request: Request) => Promise<Response>

/**
 * Returns a handler of the OpenID AuthZEN Authorization API 1.0 over an evaluator: access evaluation, access evaluations, the
 * searches that the evaluator has, and the metadata.
 *
 * @example
 * const handler = createAuthZenHandler({ evaluator: engineEvaluator(engine), authenticate: 'none' })
 * const subject = { type: 'team', id: 'dev' }
 * const resource = { type: 'model', id: 'fast' }
 * const request = new Request('http://pdp/access/v1/evaluation', {
 *   method: 'POST',
 *   headers: { 'content-type': 'application/json' },
 *   body: JSON.stringify({ subject, action: { name: 'use' }, resource }),
 * })
 * console.log(await (await handler(request)).text()) // {"decision":true}
 *
 * @throws {TypeError} when an option is missing, unknown or of another type; the message names it
 * @throws {RangeError} when a number is out of range; the message names it
 */
export function createAuthZenHandler(options: AuthZenOptions): AuthZenHandler {
  const handler = new Handler(checkAuthZenOptions(options))
  return (request) => handler.answer(request)
}

/** The answer to a request: the body of a success, or an error. */
type Outcome = { readonly body: object } | RequestError

class Handler {
  readonly #options: CheckedAuthZenOptions
  /** The path of the metadata, without a slash at its end. */
  readonly #metadataPath: string | undefined
  readonly #onError: (error: unknown) => void

  constructor(options: CheckedAuthZenOptions) {
    const { policyDecisionPoint } = options
    this.#options = options
    if (policyDecisionPoint !== undefined) this.#metadataPath = `${metadataPath}${pathOf(policyDecisionPoint)}`
    this.#onError = (error) => {
      try {
        const returned: unknown = options.onError?.(error)
        if (returned instanceof Promise) returned.catch(() => undefined)
      } catch {
        // The host's listener must not break an answer.
      }
    }
  }

  async answer(request: Request): Promise<Response> {
    try {
      const { policyDecisionPoint, evaluator, basePath } = this.#options
      const wellKnown = requestPath(request.url, '')?.replace(/\/$/, '')
      if (policyDecisionPoint !== undefined && wellKnown === this.#metadataPath) {
        if (request.method !== 'GET' && request.method !== 'HEAD')
          return answerError(request, { error: refusalTable.method_not_allowed, allow: 'GET, HEAD' })
        return answerJson(request, metadataOf(policyDecisionPoint, evaluator), 'max-age=3600')
      }
      const path = requestPath(request.url, basePath)
      const endpoint = endpoints.find((one) => one.path === path && evaluator[one.method] !== undefined)
      if (endpoint === undefined) return answerError(request, { error: refusalTable.route_unknown })
      if (request.method !== 'POST')
        return answerError(request, { error: refusalTable.method_not_allowed, allow: 'POST' })
      const outcome = (await this.#authenticate(request)) ?? (await this.#execute(endpoint.name, request))
      return 'body' in outcome ? answerJson(request, outcome.body) : answerError(request, outcome)
    } catch (error) {
      // A function of the host threw, or returned what is not JSON.
      this.#onError(error)
      return answerError(request, { error: authZenTable.failed })
    }
  }

  /** Refuses a request that is not authenticated. */
  async #authenticate(request: Request): Promise<RequestError | undefined> {
    const { authenticate, challenge = refusalTable.token_missing.challenge } = this.#options
    if (authenticate === 'none') return undefined
    const result = await authenticate(request)
    if (result === true) return undefined
    if (result === 'unavailable') return { error: refusalTable.policy_unavailable }
    const isForbidden = result === 'forbidden'
    const error = isForbidden ? refusalTable.management_not_granted : refusalTable.token_missing
    const message = isForbidden ? 'not permitted to ask for decisions' : 'expected valid credentials'
    return { error, message, challenge: isForbidden ? undefined : challenge }
  }

  /** Reads the body of a request and evaluates it. */
  async #execute(endpoint: EndpointName, request: Request): Promise<Outcome> {
    const read = await readBody(request, 'json', this.#options.maxBodySize)
    if ('reason' in read) {
      const isTooLarge = read.reason === 'body_too_large'
      return { error: isTooLarge ? refusalTable.body_too_large : refusalTable.body_invalid, message: read.message }
    }
    const { value } = read as { readonly value: unknown }
    if (isTooDeep(value)) return refuse('expected a body with fewer levels')
    return await this.#answerBody(endpoint, value)
  }

  async #answerBody(endpoint: EndpointName, body: unknown): Promise<Outcome> {
    const { evaluator } = this.#options
    switch (endpoint) {
      case 'access_evaluation_endpoint':
        return await this.#evaluate(body)
      case 'access_evaluations_endpoint':
        return await this.#evaluateList(body)
      case 'search_subject_endpoint':
        return await search(endpoint, parseBy(SubjectSearch, body), (one, page) =>
          evaluator.searchSubjects?.(one, page),
        )
      case 'search_resource_endpoint':
        return await search(endpoint, parseBy(ResourceSearch, body), (one, page) =>
          evaluator.searchResources?.(one, page),
        )
      case 'search_action_endpoint':
        return await search(endpoint, parseBy(ActionSearch, body), (one, page) => evaluator.searchActions?.(one, page))
    }
  }

  async #evaluate(body: unknown): Promise<Outcome> {
    const parsed = parseBy(Evaluation, body)
    if (!parsed.ok) return refuse(parsed.message)
    return outcomeOf(await evaluateOne(parsed.value, this.#options.evaluator))
  }

  async #evaluateList(body: unknown): Promise<Outcome> {
    const { evaluator, maxEvaluations } = this.#options
    const parsed = parseEvaluations(body, maxEvaluations)
    if (!parsed.ok) return refuse(parsed.message)
    if (parsed.value.type === 'one') return outcomeOf(await evaluateOne(parsed.value.evaluation, evaluator))
    const { evaluations, semantic } = parsed.value
    const decisions = await evaluateList(evaluations, semantic, evaluator, this.#onError)
    return outcomeOf(isUnavailable(decisions) ? decisions : { evaluations: decisions })
  }
}

/** Answers one page of a parsed search. */
async function search<Search extends object>(
  endpoint: EndpointName,
  parsed: Parsed<{ readonly page: PageBody | undefined; readonly search: Search }>,
  ask: (search: Search, page: AuthZenPageRequest) => unknown,
): Promise<Outcome> {
  if (!parsed.ok) return refuse(parsed.message)
  const page = readPage(endpoint, parsed.value.search, parsed.value.page)
  if (!page.ok) return refuse(page.message)
  return outcomeOf(await answerPage(page.value, (wanted) => ask(parsed.value.search, wanted)))
}

function refuse(message: string): RequestError {
  return { error: refusalTable.body_invalid, message }
}

function outcomeOf(result: object | AuthZenUnavailable): Outcome {
  return isUnavailable(result) ? { error: refusalTable.policy_unavailable } : { body: result }
}
