import type { State } from '../model/state/state.ts'
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

/** Whether a step of a decision ended in a denial. */
export function isDenied<T extends object>(step: T | Denied): step is Denied {
  return (step as { readonly effect?: unknown }).effect === 'deny'
}
