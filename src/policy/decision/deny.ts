import type { Credential } from '../../model/noun/credential.ts'
import { isState } from '../../model/state/is-state.ts'
import type { State } from '../../model/state/state.ts'
import type { Issue } from '../../model/value/issue.ts'
import { type EvaluationTime, untilOf } from '../evaluation-time.ts'
import type { Denied } from './decision.ts'
import type { DenialLevel, DenialReason, Remedy } from './denial.ts'

export type { Denied }

/** Makes a denial from a reason, the subject of the denial, and the remedies that would resolve the denial. */
export function deny(
  reason: DenialReason,
  level: DenialLevel,
  remedies: readonly Remedy[],
  state: Pick<State, 'version'>,
): Denied {
  return { effect: 'deny', reason, level, remedies, version: state.version }
}

/** Adds to a denial the id of the request's credential, if known, and the instant `until` which the denial holds. */
export function completeDenial(denial: Denied, credential: Credential | undefined, moment: EvaluationTime): Denied {
  if (credential === undefined && moment.until === Number.POSITIVE_INFINITY) return denial
  return { ...denial, ...(credential === undefined ? undefined : { credential: credential.id }), ...untilOf(moment) }
}

/** The denial of a request or a state with the wrong shape. */
export function denyInvalid(issues: readonly Issue[], state: Pick<State, 'version'>): Denied {
  return deny('request_invalid', { type: 'request' }, [{ type: 'correct_request', issues }], state)
}

/**
 * The denial of a value that `parseRequest` refused. Reports the issues of the value. If `state` is not a state,
 * reports only that problem.
 */
export function denyUnparsed(issues: readonly Issue[], state: State): Denied {
  return isState(state) ? denyInvalid(issues, state) : denyState('expected a state')
}

/** The denial of any request when the given state is not a state, or has missing or damaged parts. Has version 0. */
export function denyState(message: string): Denied {
  return denyInvalid([{ path: ['state'], message }], { version: 0 })
}

/** Whether a step of a decision returned a denial. */
export function isDenied<T extends object>(result: T | Denied): result is Denied {
  return (result as { readonly effect?: unknown }).effect === 'deny'
}
