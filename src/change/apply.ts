import { emptyState, type State } from '../model/state/state.ts'
import { decide, stateInvalid } from './decide.ts'
import { evolve, evolveDecided } from './evolve.ts'
import type { Event } from './message/event.ts'
import type { Rejection } from './message/rejection.ts'

/** What became of a command: the state after it with the events that led there, or why nothing happened. */
export type Applied =
  | { readonly ok: true; readonly state: State; readonly events: readonly Event[] }
  | { readonly ok: false; readonly rejection: Rejection }

/**
 * Decides a command and folds what it causes: `apply(c, s).state` is `decide(c, s).events.reduce(evolve, s)`. Accepted
 * without events, the state is the very same object. Any value at all may be given as the command, and nothing is thrown.
 * Trusts the command's `actor` and `at`, so it is for the host's own commands: `applyAs` is for those of callers.
 */
export function apply(command: unknown, state: State): Applied {
  const decided = decide(command, state)
  if (!decided.ok) return decided
  try {
    return { ok: true, state: decided.events.reduce(evolveDecided, state), events: decided.events }
  } catch {
    return { ok: false, rejection: stateInvalid }
  }
}

/**
 * The state that events lead to, in their order, from the empty state or from one that came of the events before them.
 * @throws {Defect} when the events cannot have happened in this order
 */
export function replay(events: Iterable<Event>, from: State = emptyState): State {
  let state = from
  for (const event of events) state = evolve(state, event)
  return state
}
