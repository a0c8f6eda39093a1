import { isState } from '../model/is-state.ts'
import type { Issue } from '../model/issue.ts'
import type { State } from '../model/state.ts'
import { authenticate } from './authenticate.ts'
import { authorizeManage } from './authorize-manage.ts'
import { findCaller } from './caller.ts'
import { chooseContext } from './choose.ts'
import { allow, allowUnited } from './conclude.ts'
import type { Decision, Denied, ManageDecision, UseDecision } from './decision.ts'
import { deny, isDenied } from './deny.ts'
import { evaluate, type Question } from './evaluate.ts'
import { momentOf } from './moment.ts'
import { parseRequest } from './parse-request.ts'
import { refuse } from './refuse.ts'
import type { ManageRequest, UseRequest } from './request.ts'
import { isRetired, resolve } from './resolve.ts'
import { refuseRetired } from './retired.ts'

/**
 * Decides a request: may this caller use this model now, over which routes, who pays, and why. Total and pure: any value
 * at all gets a decision, nothing is thrown or changed, and the cost does not depend on how much the state holds.
 */
export function authorize(request: UseRequest, state: State): UseDecision
export function authorize(request: ManageRequest, state: State): ManageDecision
export function authorize(request: unknown, state: State): Decision
export function authorize(input: unknown, state: State): Decision {
  const parsed = parseRequest(input)
  if (!isState(state)) return invalid([{ path: ['state'], message: 'expected a state' }], { version: 0 })
  if (!parsed.ok) return invalid(parsed.issues, state)
  const { request } = parsed
  try {
    return request.type === 'use' ? authorizeUse(request, state) : authorizeManage(request, state)
  } catch {
    return invalid([{ path: ['state'], message: 'expected a state that is whole' }], { version: 0 })
  }
}

function authorizeUse(request: UseRequest, state: State): UseDecision {
  const moment = momentOf(request.at)
  const who = authenticate(request.who, state, moment)
  if (isDenied(who)) return who
  const { principal, credential } = who

  const caller = findCaller(principal, request.team ?? credential?.team, state)
  if (isDenied(caller)) return caller

  const resolved = resolve(request.model, state)
  if (isDenied(resolved)) return resolved
  const { alias } = resolved
  if (alias !== undefined && isRetired(alias, moment)) return refuseRetired(alias, caller, state, moment)

  const isOtherTeam = request.team !== undefined && credential?.team !== undefined && credential.team !== request.team
  const question: Question = { resolved, credential, isOtherTeam, state, moment }
  if (caller.type === 'settled') {
    const outcome = evaluate(caller.context, question)
    return outcome.ok ? allow(principal, outcome, request, question) : refuse(outcome, question)
  }
  const choice = chooseContext(caller.user, question)
  if (choice.type === 'united') return allowUnited(caller.user, choice, question)
  if (choice.type === 'ambiguous') {
    const level = { type: 'user', id: principal.id } as const
    return deny('payer_ambiguous', level, [{ type: 'name_team', teams: choice.teams }], state)
  }
  return choice.outcome.ok ? allow(principal, choice.outcome, request, question) : refuse(choice.outcome, question)
}

function invalid(issues: readonly Issue[], state: Pick<State, 'version'>): Denied {
  return deny('request_invalid', { type: 'request' }, [{ type: 'correct_request', issues }], state)
}
