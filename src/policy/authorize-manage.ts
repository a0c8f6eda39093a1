import { isState } from '../model/state/is-state.ts'
import type { State } from '../model/state/state.ts'
import type { Instant } from '../model/value/instant.ts'
import type { Agent } from '../model/value/principal.ts'
import { authenticate } from './context/authenticate.ts'
import { denyInactive } from './context/caller-contexts.ts'
import type { Denied, ManageDecision } from './decision/decision.ts'
import { deny, denyState, denyUnparsed, isDenied } from './decision/deny.ts'
import { type EvaluationTime, evaluationTimeOf, noteBoundary, untilOf } from './evaluation-time.ts'
import { findPower } from './manage.ts'
import { parseRequest } from './request/parse-request.ts'
import type { ManageRequest, Who } from './request/request.ts'

/** Decides whether the caller may manage a thing. `apply` decides by the same rules for a command's actor. */
export function authorizeManage({ who, thing, at }: ManageRequest, state: State): ManageDecision {
  const moment = evaluationTimeOf(at)

  // Who calls: credential_unknown, credential_revoked, credential_suspended, credential_expired, principal_unknown, principal_suspended,
  // organization_suspended, credential_out_of_scope, management_not_granted of a team key.
  const agent = findAgent(who, state, moment)
  if (isDenied(agent)) return agent

  // The conclusion: management_not_granted, or an allow with the power that gives it.
  const power = findPower(agent, thing, state, at)
  if (power === undefined) return denyManage(state)
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

/**
 * The parsed caller of manage requests, with its agent. The agent is a user or a virtual account: the caller itself, or
 * the owner of the caller's credential.
 */
export interface IdentifiedAgent {
  readonly who: Who
  readonly at: Instant
  readonly agent: Agent
}

/**
 * Returns the agent of a caller, or the denial that every manage request of the caller gets. Accepts values of any
 * shape, reads each value once, and never throws.
 */
export function identifyAgent(who: unknown, at: unknown, state: State): IdentifiedAgent | Denied {
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

/**
 * Returns the agent of a caller, or a denial. A team key may manage nothing, and neither may a credential whose scope
 * is not `all`.
 */
function findAgent(who: Who, state: State, moment: EvaluationTime): Agent | Denied {
  const authenticated = authenticate(who, state, moment)
  if (isDenied(authenticated)) return authenticated
  const { principal, credential } = authenticated

  const inactive = denyInactive(principal, state)
  if (inactive !== undefined) return inactive

  if (credential !== undefined && credential.scope.type !== 'all') {
    const level = { type: 'credential', id: credential.id } as const
    const remedy = { type: 'widen_scope', credential: credential.id, to: 'all' } as const
    return deny('credential_out_of_scope', level, [remedy], state)
  }
  return principal.type === 'team' ? denyManage(state) : principal
}

function denyManage(state: State): Denied {
  return deny('management_not_granted', { type: 'thing' }, [{ type: 'ask_administrator' }], state)
}
