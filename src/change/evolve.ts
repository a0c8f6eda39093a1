import type { State } from '../model/state/state.ts'
import { Defect } from '../model/value/defect.ts'
import { quote } from '../model/value/quote.ts'
import { entryOf, hasEventType } from './event-table.ts'
import type { Event } from './message/event.ts'

/**
 * Applies one event to a state and returns the new state, whose version is one higher. A pure function of the state and
 * the event.
 * @throws {Defect} when the event is impossible in this state. The `cause` is the underlying error, if any
 */
export function evolve(state: State, event: Event): State {
  let message = "expected an event, with an event's name as its `type`"
  try {
    if (!hasEventType(event)) throw new Defect(message)
    message = `event ${quote(event.type)} cannot have happened`
    const unmet = findUnmetPrecondition(event, state)
    if (unmet !== undefined) throw new Defect(`${message}: ${unmet}`)
    return evolveDecided(state, event)
  } catch (cause) {
    throw cause instanceof Defect ? cause : new Defect(message, { cause })
  }
}

/**
 * Applies an event to the state in which the event was decided. Checks no preconditions, since all preconditions hold
 * in that state.
 */
export function evolveDecided(state: State, event: Event): State {
  const [evolution] = entryOf(event)
  return Object.freeze({ ...evolution(state, event), version: state.version + 1 })
}

/**
 * Returns the message of the first unmet precondition of an event in a state. Returns `undefined` if all preconditions
 * hold.
 */
function findUnmetPrecondition(event: Event, state: State): string | undefined {
  const [, ...preconditions] = entryOf(event)
  for (const check of preconditions) {
    const unmet = check(event, state)
    if (unmet !== undefined) return typeof unmet === 'string' ? unmet : unmet.message
  }
  return undefined
}
