import { isState } from '../../model/state/is-state.ts'
import type { State } from '../../model/state/state.ts'
import type { Issue } from '../../model/value/issue.ts'
import type { Denied } from './decision.ts'
import type { DenialLevel, DenialReason, Remedy } from './denial.ts'

export type { Denied }

/** A denial: why, what said no, and what would turn it around. */
export function deny(
  reason: DenialReason,
  level: DenialLevel,
  remedies: readonly Remedy[],
  state: Pick<State, 'version'>,
): Denied {
  return { effect: 'deny', reason, level, remedies, version: state.version }
}

/** The denial of a request, or of a state, that has the wrong shape: each issue with its path. */
export function denyInvalid(issues: readonly Issue[], state: Pick<State, 'version'>): Denied {
  return deny('request_invalid', { type: 'request' }, [{ type: 'correct_request', issues }], state)
}

/** The denial of a value that `parseRequest` refused. Where the state is not a state either, that is the issue reported. */
export function denyUnparsed(issues: readonly Issue[], state: State): Denied {
  return isState(state) ? denyInvalid(issues, state) : denyState('expected a state')
}

/** The denial where the state is not a state, or is one of which a part is lost. */
export function denyState(message: string): Denied {
  return denyInvalid([{ path: ['state'], message }], { version: 0 })
}

/** Whether a step of a decision ended in a denial. */
export function isDenied<T extends object>(step: T | Denied): step is Denied {
  return (step as { readonly effect?: unknown }).effect === 'deny'
}
