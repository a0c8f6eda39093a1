import { isState } from '../model/state/is-state.ts'
import type { State } from '../model/state/state.ts'
import { authorizeManage } from './authorize-manage.ts'
import type { Decision, ManageDecision, UseDecision } from './decision.ts'
import { denyInvalid, denyState, isDenied } from './deny.ts'
import { evaluationTimeOf } from './evaluation-time.ts'
import { conclude, findAsking, judge } from './judge.ts'
import { parseRequest } from './parse-request.ts'
import type { ManageRequest, UseRequest } from './request.ts'

/**
 * Decides a request: may this caller use this model now, over which routes, who pays, and why. Total and pure: any value
 * at all gets a decision, nothing is thrown or changed, and the cost does not depend on how much the state holds.
 */
export function authorize(request: UseRequest, state: State): UseDecision
export function authorize(request: ManageRequest, state: State): ManageDecision
export function authorize(request: unknown, state: State): Decision
export function authorize(input: unknown, state: State): Decision {
  const parsed = parseRequest(input)
  if (!isState(state)) return denyState('expected a state')
  if (!parsed.ok) return denyInvalid(parsed.issues, state)
  const { request } = parsed
  try {
    return request.type === 'use' ? authorizeUse(request, state) : authorizeManage(request, state)
  } catch {
    return denyState('expected a state that is whole')
  }
}

function authorizeUse({ who, team, model, at, credits }: UseRequest, state: State): UseDecision {
  const moment = evaluationTimeOf(at)
  const asking = findAsking(who, team, state, moment)
  if (isDenied(asking)) return asking
  const judged = judge(asking, model, state, moment)
  return isDenied(judged) ? judged : conclude(asking, judged, credits)
}
