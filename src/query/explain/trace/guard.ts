import type { State } from '../../../model/state/state.ts'
import type { Decision } from '../../../policy/decision/decision.ts'
import { type DenialReason, denialReasons } from '../../../policy/decision/denial.ts'
import type { ManageRequest, Request, UseRequest } from '../../../policy/request/request.ts'
import type { DecisionTrace } from './decision-trace.ts'
import type { Fact } from './fact.ts'
import { callerFacts } from './fact-caller.ts'
import { manageFacts } from './fact-manage.ts'
import { useFacts } from './fact-use.ts'

/**
 * One check of a request: a denial reason that is possible for this kind of request, with the outcome of the check.
 */
export interface Guard {
  readonly reason: DenialReason
  readonly outcome: 'passed' | 'failed' | 'notReached'
  /** The facts that the outcome is based on. Empty for a guard that was not reached. */
  readonly facts: readonly Fact[]
}

const credentialReasons: readonly DenialReason[] = [
  'credential_unknown',
  'credential_revoked',
  'credential_suspended',
  'credential_expired',
  'operation_out_of_scope',
  'credential_out_of_scope',
]
const manageReasons: readonly DenialReason[] = [
  'request_invalid',
  ...credentialReasons,
  'principal_unknown',
  'principal_suspended',
  'organization_suspended',
  'management_not_granted',
]

/** Returns the denial reasons that are possible for this kind of request, in order of precedence. */
function reasonsOf({ type, who }: Pick<Request, 'type' | 'who'>): readonly DenialReason[] {
  const hasCredential = who.type === 'credential' || who.type === 'credentialDigest'
  const isPossible = (reason: DenialReason): boolean =>
    (hasCredential || !credentialReasons.includes(reason)) &&
    (type === 'use' ? reason !== 'management_not_granted' : manageReasons.includes(reason))
  return denialReasons.filter(isPossible)
}

/** Returns the guards (checks) of a use request. The decision alone determines the outcome of each guard. */
export function useGuards(request: UseRequest, trace: DecisionTrace): readonly Guard[] {
  const { state, decision } = trace
  const callers = callerFacts(request, trace.team, state)
  return guards(reasonsOf(request), decision, (reason) => callers(reason) ?? useFacts(reason, trace))
}

/** Returns the guards (checks) of a manage request. */
export function manageGuards(request: ManageRequest, decision: Decision, state: State): readonly Guard[] {
  const callers = callerFacts(request, undefined, state)
  return guards(reasonsOf(request), decision, (reason) => callers(reason) ?? manageFacts(reason, request, state))
}

/** Returns the single failed guard (check) of a malformed request. Its facts are the issues of the request. */
export function invalidGuards(decision: Decision): readonly Guard[] {
  const issues =
    decision.effect === 'deny' ? decision.remedies.flatMap((one) => ('issues' in one ? one.issues : [])) : []
  const facts = issues.map(({ path, message }) => ({ type: 'issue', path, message }) as const)
  return [{ reason: 'request_invalid', outcome: 'failed', facts }]
}

/**
 * Returns the guards (checks) of a request without facts. Used when finding the facts fails because the state is
 * corrupt.
 */
export function bareGuards(request: Pick<Request, 'type' | 'who'>, decision: Decision): readonly Guard[] {
  return guards(reasonsOf(request), decision, () => [])
}

function guards(
  reasons: readonly DenialReason[],
  decision: Decision,
  factsOf: (reason: DenialReason) => readonly Fact[],
): readonly Guard[] {
  const failed = decision.effect === 'deny' ? reasons.indexOf(decision.reason) : reasons.length
  return reasons.map((reason, i) => {
    if (i > failed) return { reason, outcome: 'notReached', facts: [] }
    return { reason, outcome: i < failed ? 'passed' : 'failed', facts: factsOf(reason) }
  })
}
