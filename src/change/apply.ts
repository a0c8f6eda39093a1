import { emptyState, type State } from '../model/state/state.ts'
import { Defect } from '../model/value/defect.ts'
import { decideParsed } from './decide.ts'
import { evolve, evolveDecided } from './evolve.ts'
import { guard } from './guard.ts'
import type { Command } from './message/command.ts'
import { type Event, eventSchema } from './message/event.ts'
import type { Rejected } from './message/rejection.ts'
import { readEvent } from './read-event.ts'

/** The result of a command: the new state and the events that lead to the new state, or a rejection. */
export type Applied = { readonly ok: true; readonly state: State; readonly events: readonly Event[] } | Rejected

/**
 * Decides a command and applies the events it causes: `apply(c, s).state` is `decide(c, s).events.reduce(evolve, s)`.
 * When the command is accepted without events, the state is the same object. Never throws: a value that is not a
 * command is rejected. Trusts the command's `actor` and `at`: use `apply` only for the host's own commands, and
 * `applyAs` for commands from callers.
 *
 * @example
 * const command: Command = { type: 'CreateUser', actor: { type: 'system' }, at: Date.now(), user: 'ann' }
 * const applied = apply(command, emptyState)
 * if (!applied.ok) throw new Error(applied.rejection.message)
 * console.log(applied.state.version, applied.events[0]?.type) // 1 UserCreated
 */
export function apply(command: Command, state: State): Applied {
  return guard(command, state, (parsed) => applyParsed(parsed, state))
}

/**
 * Applies a command as `apply` does, but without validating the arguments. The command must come from `parseCommand`.
 * @throws {Error} when the state has missing or damaged parts
 */
export function applyParsed(command: Command, state: State): Applied {
  const decided = decideParsed(command, state)
  if (!decided.ok) return decided
  return { ok: true, state: decided.events.reduce(evolveDecided, state), events: decided.events }
}

/**
 * Applies events in their order, to the empty state or to the state after earlier events, and returns the last state.
 * Reads each event strictly, as `readEvent` does with the current schema version.
 * @throws {Defect} when an event is invalid, or is impossible in the state before it. The message names the event's
 * index in the sequence and, if the event is invalid, the field
 *
 * @example
 * const command: Command = { type: 'CreateUser', actor: { type: 'system' }, at: Date.now(), user: 'ann' }
 * const decided = decide(command, emptyState)
 * if (decided.ok) console.log(replay(decided.events).version) // 1
 */
export function replay(events: Iterable<Event>, from: State = emptyState): State {
  let state = from
  let index = 0
  for (const event of events) {
    state = evolveAt(index, state, event)
    index += 1
  }
  return state
}

/** Reads an event and applies it to a state. Adds the index of the event to the message of a defect. */
function evolveAt(index: number, state: State, event: Event): State {
  const read = readEvent(event, eventSchema)
  if (!read.ok) throw new Defect(`at index ${index}: ${read.message}`)
  try {
    return evolve(state, read.event)
  } catch (cause) {
    throw cause instanceof Defect ? new Defect(`at index ${index}: ${cause.message}`, { cause }) : cause
  }
}
