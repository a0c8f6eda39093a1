import { isState } from '../model/state/is-state.ts'
import type { State } from '../model/state/state.ts'
import { authorizeManage } from './authorize-manage.ts'
import { conclude, findAsking, judge } from './context/caller.ts'
import type { Decision, ManageDecision, UseDecision } from './decision/decision.ts'
import { denyState, denyUnparsed, isDenied } from './decision/deny.ts'
import { evaluationTimeOf } from './evaluation-time.ts'
import { parseRequest } from './request/parse-request.ts'
import type { ManageRequest, Request, UseRequest } from './request/request.ts'

/**
 * Decides a request: may this caller use this model now, over which routes, who pays, and why. Total and pure: any value
 * at all gets a decision, nothing is thrown or changed, and the cost does not depend on how much the state holds.
 */
export function authorize(request: UseRequest, state: State): UseDecision
export function authorize(request: ManageRequest, state: State): ManageDecision
export function authorize(request: Request, state: State): Decision
export function authorize(request: Request, state: State): Decision {
  const parsed = parseRequest(request)
  if (!parsed.ok) return denyUnparsed(parsed.issues, state)
  if (!isState(state)) return denyState('expected a state')
  try {
    return parsed.request.type === 'use' ? authorizeUse(parsed.request, state) : authorizeManage(parsed.request, state)
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
