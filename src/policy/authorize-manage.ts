import { isState } from '../model/state/is-state.ts'
import type { State } from '../model/state/state.ts'
import type { Instant } from '../model/value/instant.ts'
import type { Agent } from '../model/value/principal.ts'
import { authenticate } from './context/authenticate.ts'
import { findCaller } from './context/caller-contexts.ts'
import type { Denied, ManageDecision } from './decision/decision.ts'
import { deny, denyState, denyUnparsed, isDenied } from './decision/deny.ts'
import { type EvaluationTime, evaluationTimeOf, noteBoundary, untilOf } from './evaluation-time.ts'
import { findPower } from './manage.ts'
import { parseRequest } from './request/parse-request.ts'
import type { ManageRequest, Who } from './request/request.ts'

/** Decides whether the caller may manage a thing: by the same answer that `apply` gives a command's actor. */
export function authorizeManage({ who, thing, at }: ManageRequest, state: State): ManageDecision {
  const moment = evaluationTimeOf(at)
  const agent = findAgent(who, state, moment)
  if (isDenied(agent)) return agent
  const power = findPower(agent, thing, state, at)
  if (power === undefined) return notGranted(state)
  if (power.until !== undefined) noteBoundary(moment, power.until)
  return {
    effect: 'allow',
    type: 'manage',
    principal: agent,
    power: power.power,
    ...untilOf(moment),
    version: state.version,
  }
}

/** Who manages, read once from values of any shape, and the user or virtual account that it is or belongs to. */
export interface Identified {
  readonly who: Who
  readonly at: Instant
  readonly agent: Agent
}

/**
 * The agent that manage requests of this caller come from, or the denial that each of them gets, whatever its thing.
 * Total: values of any shape are answered, each read once.
 */
export function identifyAgent(who: unknown, at: unknown, state: State): Identified | Denied {
  const parsed = parseRequest({ type: 'manage', who, thing: { type: 'platform' }, at })
  if (!parsed.ok) return denyUnparsed(parsed.issues, state)
  if (!isState(state)) return denyState('expected a state')
  const { request } = parsed
  try {
    const agent = findAgent(request.who, state, evaluationTimeOf(request.at))
    return isDenied(agent) ? agent : { who: request.who, at: request.at, agent }
  } catch {
    return denyState('expected a state that is whole')
  }
}

/** The agent behind a caller. A narrowed credential and a team's key manage nothing, whatever their owner may. */
function findAgent(who: Who, state: State, moment: EvaluationTime): Agent | Denied {
  const asking = authenticate(who, state, moment)
  if (isDenied(asking)) return asking
  const { principal, credential } = asking

  const caller = findCaller(principal, undefined, state)
  if (isDenied(caller)) return caller

  if (credential !== undefined && credential.scope.type !== 'all') {
    const level = { type: 'credential', id: credential.id } as const
    return deny(
      'credential_out_of_scope',
      level,
      [{ type: 'widen_scope', credential: credential.id, to: 'all' }],
      state,
    )
  }
  return principal.type === 'team' ? notGranted(state) : principal
}

function notGranted(state: State): Denied {
  return deny('management_not_granted', { type: 'thing' }, [{ type: 'ask_administrator' }], state)
}
