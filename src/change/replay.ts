import { emptyState, type State } from '../model/state/state.ts'
import { Defect } from '../model/value/defect.ts'
import { evolve } from './evolve.ts'
import { type Event, eventSchema } from './message/event.ts'
import { readEvent } from './read-event.ts'

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
