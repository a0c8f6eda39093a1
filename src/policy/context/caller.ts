import type { Credential } from '../../model/noun/credential.ts'
import type { State } from '../../model/state/state.ts'
import type { RequestedOperation } from '../../model/value/operation.ts'
import type { Principal } from '../../model/value/principal.ts'
import { completeDenial, type Denied, isDenied } from '../decision/deny.ts'
import type { EvaluationTime } from '../evaluation-time.ts'
import type { Who } from '../request/request.ts'
import { authenticate, findCredential } from './authenticate.ts'
import { type CallerContexts, findCallerContexts } from './caller-contexts.ts'

/** An authenticated, active caller with its contexts. One caller can be evaluated for any number of models. */
export interface Caller {
  readonly principal: Principal
  readonly credential: Credential | undefined
  readonly contexts: CallerContexts
  /**
   * Whether the request names a team other than the credential's team. If so, every model is out of the credential's
   * scope.
   */
  readonly isOtherTeam: boolean
  /**
   * The operation of the request. `any`, for lists of models, stands for every operation that the credential permits.
   */
  readonly operation: RequestedOperation
}

/** The fields of a request that identify its caller. */
export interface CallerRequest {
  readonly who: Who
  readonly team?: string | undefined
  readonly operation: RequestedOperation
}

/**
 * Identifies the caller that `who` refers to, or returns a denial if the caller may not act. The caller acts on behalf
 * of `team`. Default: the credential's team, if any.
 */
export function identifyCaller(
  { who, team, operation }: CallerRequest,
  state: State,
  moment: EvaluationTime,
): Caller | Denied {
  const authenticated = authenticate(who, state, moment)
  if (isDenied(authenticated)) return completeDenial(authenticated, findCredential(who, state), moment)
  const { principal, credential } = authenticated
  const contexts = findCallerContexts(principal, team ?? credential?.team, state)
  if (isDenied(contexts)) return completeDenial(contexts, credential, moment)
  const isOtherTeam = team !== undefined && credential?.team !== undefined && credential.team !== team
  return { principal, credential, contexts, isOtherTeam, operation }
}
