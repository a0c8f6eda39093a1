import type { Credential } from '../model/noun/credential.ts'
import { isState } from '../model/state/is-state.ts'
import { restrictionsIn } from '../model/state/restriction-set.ts'
import type { State } from '../model/state/state.ts'
import { findRow } from '../model/table/table.ts'
import type { Instant } from '../model/value/instant.ts'
import type { ActingAgent, Agent } from '../model/value/principal.ts'
import { authenticate, findCredential } from './context/authenticate.ts'
import { denyInactive } from './context/caller-contexts.ts'
import type { Denied, ManageDecision } from './decision/decision.ts'
import type { DenialLevel } from './decision/denial.ts'
import { completeDenial, deny, denyState, denyUnparsed, isDenied } from './decision/deny.ts'
import { type EvaluationTime, evaluationTimeOf, indexInForce, noteBoundary, untilOf } from './evaluation-time.ts'
import { findPower, managedWindows } from './manage.ts'
import { parseRequest } from './request/parse-request.ts'
import type { ManageRequest, Who } from './request/request.ts'
import { inForce } from './route/restrict.ts'

/**
 * Decides a manage request: may the caller manage the thing? `apply` decides the actor of a command by the same rules.
 */
export function authorizeManage({ who, thing, at }: ManageRequest, state: State): ManageDecision {
  const moment = evaluationTimeOf(at)

  // Who calls: credential_unknown, credential_revoked, credential_suspended, credential_expired, principal_unknown, principal_suspended,
  // organization_suspended, operation_out_of_scope, credential_out_of_scope, management_not_granted of a team key or of a restricted credential.
  const found = findAgent(who, state, moment)
  if (isDenied(found)) return found
  const { agent, credential } = found
  const principal: Agent = { type: agent.type, id: agent.id }

  // The conclusion: management_not_granted, or an allow with the power that gives it.
  const power = findPower(agent, thing, state, at)
  if (power === undefined) {
    // Notes the start of a manager role.
    if (thing.type === 'providerAccount') indexInForce(managedWindows(agent, thing.id, state), moment)
    const level = { type: 'thing', thing, principal } as const
    return completeDenial(denyManage(level, state), credential, moment)
  }
  if (power.until !== undefined) noteBoundary(moment, power.until)
  return {
    effect: 'allow',
    type: 'manage',
    principal,
    power: power.power,
    ...(credential === undefined ? undefined : { credential: credential.id }),
    ...untilOf(moment),
    version: state.version,
  }
}

/**
 * The parsed caller of manage requests, with the agent that acts. The agent is a user or a virtual account: the caller
 * itself, or the owner of the caller's credential.
 */
export interface IdentifiedAgent {
  readonly who: Who
  readonly at: Instant
  readonly agent: ActingAgent
}

/**
 * Returns the user or virtual account that a caller acts as. If the caller may manage nothing, returns the denial that
 * every manage request of the caller gets. Accepts values of any shape, reads each value once, and never throws.
 */
export function identifyAgent(who: unknown, at: unknown, state: State): IdentifiedAgent | Denied {
  const parsed = parseRequest({ type: 'manage', who, thing: { type: 'platform' }, at })
  if (!parsed.ok) return denyUnparsed(parsed.issues, state)
  if (!isState(state)) return denyState('expected a state')
  const { request } = parsed
  try {
    const found = findAgent(request.who, state, evaluationTimeOf(request.at))
    return isDenied(found) ? found : { who: request.who, at: request.at, agent: found.agent }
  } catch {
    return denyState('expected a state that is whole')
  }
}

/** The user or virtual account that a caller acts as, and the caller's credential, if any. */
interface FoundAgent {
  readonly agent: ActingAgent
  readonly credential: Credential | undefined
}

/**
 * Finds the user or virtual account that a caller acts as, or returns a denial. Denies a team key, and a credential
 * whose scope is not `all`, whose operations are not `all`, or on which a restriction is in force. With a token for a
 * team, the agent has only the powers that the owner has through that team.
 */
function findAgent(who: Who, state: State, moment: EvaluationTime): FoundAgent | Denied {
  const authenticated = authenticate(who, state, moment)
  if (isDenied(authenticated)) return completeDenial(authenticated, findCredential(who, state), moment)
  const { principal, credential } = authenticated
  const denial =
    denyInactive(principal, state) ?? denyNarrowed(credential, state) ?? denyRestricted(credential, state, moment)
  if (denial !== undefined) return completeDenial(denial, credential, moment)
  return principal.type === 'team'
    ? completeDenial(denyManage(principal, state), credential, moment)
    : { agent: agentOf(principal, credential), credential }
}

function agentOf(principal: Agent, credential: Credential | undefined): ActingAgent {
  return principal.type === 'user' && credential?.team !== undefined
    ? { ...principal, team: credential.team }
    : principal
}

function denyNarrowed(credential: Credential | undefined, state: State): Denied | undefined {
  if (credential === undefined) return undefined
  const { id, operations, scope } = credential
  const level = { type: 'credential', id } as const
  if (operations.type !== 'all') {
    return deny('operation_out_of_scope', level, [{ type: 'widen_operations', credential: id, to: 'all' }], state)
  }
  if (scope.type === 'all') return undefined
  return deny('credential_out_of_scope', level, [{ type: 'widen_scope', credential: id, to: 'all' }], state)
}

/**
 * Returns a denial if a restriction on the credential is in force. Without this check, the credential could issue
 * another credential that is not restricted.
 */
function denyRestricted(credential: Credential | undefined, state: State, moment: EvaluationTime): Denied | undefined {
  if (credential === undefined) return undefined
  const set = findRow(state.index.restrictionsOn.credential, credential.id)
  if (set === undefined) return undefined
  const restrictions = inForce([...restrictionsIn(set)], moment).sort()
  if (restrictions.length === 0) return undefined
  const level = { type: 'credential', id: credential.id } as const
  return deny('management_not_granted', level, [{ type: 'lift_restriction', restrictions }], state)
}

function denyManage(level: DenialLevel, state: State): Denied {
  return deny('management_not_granted', level, [{ type: 'ask_administrator' }], state)
}
