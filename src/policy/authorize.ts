import { isState } from '../model/state/is-state.ts'
import type { State } from '../model/state/state.ts'
import { authorizeManage } from './authorize-manage.ts'
import { conclude } from './conclude.ts'
import { type Caller, identifyCaller } from './context/caller.ts'
import type { Decision, Denied, ManageDecision, UseDecision } from './decision/decision.ts'
import { completeDenial, denyState, denyUnparsed, isDenied } from './decision/deny.ts'
import { memoryOf } from './decision-memory.ts'
import { type EvaluationTime, evaluationTimeOf } from './evaluation-time.ts'
import { checkCredits } from './pay.ts'
import { parseRequest } from './request/parse-request.ts'
import type { ManageRequest, Request, UseRequest } from './request/request.ts'
import { type Choice, chooseContext } from './route/choose.ts'
import { type EvaluationInput, evaluateContext } from './route/evaluate.ts'
import { isRetired, resolve } from './route/resolve.ts'
import { denyRetired } from './route/retired.ts'

/**
 * Decides a request. For a use request: may the caller use the model now, over which routes, who pays, and why? For a
 * manage request: may the caller manage the thing? Pure and total: any value gets a decision, nothing is thrown or
 * changed, and the cost does not depend on the size of the state. Parse a value of unknown shape with `parseRequest`
 * first.
 *
 * @example
 * const decision = authorize({ type: 'use', who: { type: 'user', id: 'ann' }, model: 'gpt-4', at: Date.now() }, state)
 */
export function authorize(request: UseRequest, state: State): UseDecision
export function authorize(request: ManageRequest, state: State): ManageDecision
export function authorize(request: Request, state: State): Decision
export function authorize(request: Request, state: State): Decision {
  const parsed = parseRequest(request) // request_invalid
  if (!parsed.ok) return denyUnparsed(parsed.issues, state)
  if (!isState(state)) return denyState('expected a state')
  const { request: known } = parsed
  try {
    if (known.type === 'manage') return authorizeManage(known, state)
    return checkCredits(memoryOf(state).recall(known, state, decideUse), known.credits)
  } catch {
    return denyState('expected a state that is whole')
  }
}

/**
 * Decides a request as `authorize` does, but without validating the arguments and without remembered decisions. Throws if the request is malformed, or
 * if the state has missing or damaged parts.
 */
export function authorizeParsed(request: Request, state: State): Decision {
  if (request.type === 'manage') return authorizeManage(request, state)
  return checkCredits(decideUse(request, state), request.credits) // credits_exhausted
}

/** Decides a use request up to its credits. The result depends on nothing else, and holds until its `until`. */
function decideUse({ who, team, operation, model, at }: UseRequest, state: State): UseDecision {
  const moment = evaluationTimeOf(at)

  // Who calls: credential_unknown, credential_revoked, credential_suspended, credential_expired, principal_unknown, principal_suspended,
  // team_unknown, team_not_member, team_suspended, organization_suspended.
  const caller = identifyCaller({ who, team, operation }, state, moment)
  if (isDenied(caller)) return caller

  // Which model: model_unknown, model_retired. And in which context, with which routes left.
  const evaluation = evaluateModel(caller, model, state, moment)
  if (isDenied(evaluation)) return completeDenial(evaluation, caller.credential, moment)

  // The conclusion: model_not_granted, model_restricted, operation_out_of_scope, credential_out_of_scope, model_unavailable
  // of the context that passed the most steps; payer_ambiguous; or an allow.
  const decision = conclude(caller.principal, evaluation.choice, evaluation.input)
  return isDenied(decision) ? completeDenial(decision, caller.credential, moment) : decision
}

/**
 * The result of `evaluateModel`: the context chosen for one caller and one model, before the payer's credits are
 * considered.
 */
export interface Evaluation {
  readonly input: EvaluationInput
  readonly choice: Choice
}

/**
 * Resolves a model name, then chooses the context of the call: whose access counts and who pays. Returns a denial for a
 * name that is unknown or retired.
 */
export function evaluateModel(
  { credential, contexts, isOtherTeam, operation }: Caller,
  name: string,
  state: State,
  moment: EvaluationTime,
): Evaluation | Denied {
  const resolved = resolve(name, state) // model_unknown
  if (isDenied(resolved)) return resolved
  const { alias } = resolved
  if (alias !== undefined && isRetired(alias, moment)) return denyRetired(alias, contexts, state, moment) // model_retired

  const input: EvaluationInput = { resolved, credential, isOtherTeam, operation, state, moment }
  return contexts.type === 'one'
    ? { input, choice: { type: 'one', outcome: evaluateContext(contexts.context, input) } }
    : { input, choice: chooseContext(contexts.user, input) }
}
