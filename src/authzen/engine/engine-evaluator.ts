import type { State } from '../../model/state/state.ts'
import type { Instant } from '../../model/value/instant.ts'
import { authorize } from '../../policy/authorize.ts'
import { answerCaller } from '../../policy/decision/caller-answer.ts'
import type { Decision } from '../../policy/decision/decision.ts'
import type { UseRequest } from '../../policy/request/request.ts'
import { findTarget } from '../../query/who/access-target.ts'
import { findPrincipalAccess } from '../../query/who/who-can-use.ts'
import type { At, Engine } from '../../runtime/engine.ts'
import type { AuthZenAction, AuthZenEvaluation, AuthZenResource, AuthZenSubject } from '../message/entity.ts'
import type {
  AuthZenActionSearch,
  AuthZenDecision,
  AuthZenEvaluator,
  AuthZenPage,
  AuthZenPageRequest,
  AuthZenResourceSearch,
  AuthZenSubjectSearch,
  AuthZenUnavailable,
} from '../message/evaluator.ts'
import { actionNames, type ReachRequest, requestOf } from './engine-request.ts'
import { findResources } from './find-resources.ts'
import { findSubjects } from './find-subjects.ts'
import { pageOf } from './page-of.ts'

/** The part of an engine that an evaluator needs. */
type DecidingEngine = Pick<Engine, 'authorize' | 'read'>

/** What an evaluator of an engine discloses. */
export interface EngineEvaluatorOptions {
  /**
   * The `reason` in the context of a denial. `conceal`: as `answerCaller` gives it, so that a model that is not granted looks
   * like one that does not exist. `reason`: the exact reason of the denial. Neither has names. Default: `conceal`.
   */
  readonly disclosure?: 'conceal' | 'reason' | undefined
}

/** The policy of an engine as an evaluator. It has all searches, and returns no promise. */
export interface EngineEvaluator extends AuthZenEvaluator {
  evaluate(evaluation: AuthZenEvaluation): AuthZenDecision | AuthZenUnavailable
  searchSubjects(
    search: AuthZenSubjectSearch,
    page: AuthZenPageRequest,
  ): AuthZenPage<AuthZenSubject> | AuthZenUnavailable
  searchResources(
    search: AuthZenResourceSearch,
    page: AuthZenPageRequest,
  ): AuthZenPage<AuthZenResource> | AuthZenUnavailable
  searchActions(search: AuthZenActionSearch, page: AuthZenPageRequest): AuthZenPage<AuthZenAction> | AuthZenUnavailable
}

/**
 * Returns the policy of an engine as an evaluator with all searches. Subjects are users, teams, virtual accounts and
 * credentials; the action `use` applies to models, and to provider accounts and access groups that give a principal any model;
 * `manage` applies to the things that `authorize` knows. What an engine does not know is denied. A search finds exactly what an evaluation allows, except for models that no list has.
 *
 * @example
 * const evaluator = engineEvaluator(engine)
 * const [subject, action] = [{ type: 'team', id: 'dev' }, { name: 'use' }]
 * const evaluated = evaluator.evaluate({ subject, action, resource: { type: 'model', id: 'slow' } })
 * console.log(JSON.stringify(evaluated)) // {"decision":false,"context":{"reason":"model_not_found"}}
 * const found = evaluator.searchResources({ subject, action, resource: { type: 'model' } }, { limit: 10 })
 * console.log(JSON.stringify(found)) // {"results":[{"type":"model","id":"fast"}]}
 *
 * @throws {TypeError} when an option is unknown or of another type; the message names it
 */
export function engineEvaluator(engine: DecidingEngine, options: EngineEvaluatorOptions = {}): EngineEvaluator {
  const unknown = Object.keys(options).find((name) => name !== 'disclosure')
  if (unknown !== undefined) throw new TypeError(`there is no option \`${unknown}\``)
  const { disclosure = 'conceal' } = options
  if (disclosure !== 'conceal' && disclosure !== 'reason')
    throw new TypeError('`disclosure` must be `conceal` or `reason`')
  return new PolicyEvaluator(engine, disclosure)
}

class PolicyEvaluator implements EngineEvaluator {
  readonly #engine: DecidingEngine
  readonly #disclosure: 'conceal' | 'reason'

  constructor(engine: DecidingEngine, disclosure: 'conceal' | 'reason') {
    this.#engine = engine
    this.#disclosure = disclosure
  }

  evaluate(evaluation: AuthZenEvaluation): AuthZenDecision | AuthZenUnavailable {
    const request = requestOf(evaluation)
    if (request === undefined) return unknownEvaluation
    if (request.type === 'reach') {
      const isReached = this.#engine.read((state, at) => canReach(request, state, at))
      return typeof isReached !== 'boolean' ? isReached : isReached ? { decision: true } : notReached
    }
    const decision = this.#engine.authorize(request as At<UseRequest>)
    if (decision.effect === 'allow') return { decision: true }
    return decision.reason === 'policy_unavailable' ? decision : this.#deny(decision)
  }

  #deny(denial: Decision & { readonly effect: 'deny' }): AuthZenDecision {
    const answer = answerCaller(denial)
    const concealed = answer.effect === 'deny' ? answer.reason : 'request_invalid'
    return { decision: false, context: { reason: this.#disclosure === 'conceal' ? concealed : denial.reason } }
  }

  searchSubjects(
    search: AuthZenSubjectSearch,
    { limit, after }: AuthZenPageRequest,
  ): AuthZenPage<AuthZenSubject> | AuthZenUnavailable {
    const { type } = search.subject
    return this.#engine.read((state, at) =>
      pageOf(
        findSubjects(search, state, { at, after, limit }),
        limit,
        (id) => isAllowed({ ...search, subject: { type, id } }, state, at),
        (id) => ({ type, id }),
      ),
    )
  }

  searchResources(
    search: AuthZenResourceSearch,
    { limit, after }: AuthZenPageRequest,
  ): AuthZenPage<AuthZenResource> | AuthZenUnavailable {
    const { type } = search.resource
    return this.#engine.read((state, at) =>
      pageOf(
        findResources(search, state, { at, after, limit }),
        limit,
        (id) => isAllowed({ ...search, resource: { type, id } }, state, at),
        (id) => ({ type, id }),
      ),
    )
  }

  searchActions(
    search: AuthZenActionSearch,
    { limit, after }: AuthZenPageRequest,
  ): AuthZenPage<AuthZenAction> | AuthZenUnavailable {
    return this.#engine.read((state, at) =>
      pageOf(
        actionNames.filter((name) => after === undefined || name > after).map((id) => ({ id, position: id })),
        limit,
        (name) => isAllowed({ ...search, action: { name } }, state, at),
        (name) => ({ name }),
      ),
    )
  }
}

/** The decision about a type or an action that no engine knows. Does not depend on the policy. */
const unknownEvaluation: AuthZenDecision = Object.freeze({
  decision: false,
  context: Object.freeze({ reason: 'request_invalid' }),
})

/** The decision about an account or a group over which no model is reached, or which does not exist. */
const notReached: AuthZenDecision = Object.freeze({
  decision: false,
  context: Object.freeze({ reason: 'model_not_found' }),
})

function canReach({ who, what }: ReachRequest, state: State, at: Instant): boolean {
  const target = findTarget(what, state, at)
  return !('ok' in target) && findPrincipalAccess(who, target, state, at) !== undefined
}

/** Whether the policy allows what an evaluation asks for. */
function isAllowed(evaluation: AuthZenEvaluation, state: State, at: Instant): boolean {
  const request = requestOf(evaluation)
  if (request === undefined) return false
  if (request.type === 'reach') return canReach(request, state, at)
  return authorize({ ...request, at } as UseRequest, state).effect === 'allow'
}
