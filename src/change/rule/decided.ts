import { freeze } from 'immer'
import type { Envelope } from '../message/envelope.ts'
import type { Event, EventOf } from '../message/event.ts'
import type { Rejected, Rejection } from '../message/rejection.ts'

/**
 * The result of deciding a command: the events that the command causes, in order, or a rejection. A command that causes
 * no events changes nothing.
 */
export type Decided = { readonly ok: true; readonly events: readonly Event[] } | Rejected

/** The decision for a command that changes nothing: accepted, without events. */
export const unchanged: Decided = freeze({ ok: true, events: [] }, true)

/** Accepts a command that causes these events, in this order. */
export function accept(...events: readonly Event[]): Decided {
  return acceptAll(events)
}

/** Accepts a command that causes these events, in this order. Returns `unchanged` if there are no events. */
export function acceptAll(events: Iterable<Event>): Decided {
  const list = [...events]
  return list.length === 0 ? unchanged : { ok: true, events: Object.freeze(list) }
}

/** Rejects a command. */
export function reject(rejection: Rejection): Rejected {
  return { ok: false, rejection }
}

type FieldsOf<Type extends Event['type']> = Omit<EventOf<Type>, 'type' | keyof Envelope>

/**
 * Makes an event with a command's actor and instant. The event is frozen and is JSON: `undefined` fields are omitted.
 */
export function eventOf<Type extends Event['type']>(
  { actor, at }: Envelope,
  type: Type,
  fields: FieldsOf<Type>,
): Event {
  const event: Record<string, unknown> = { type, at, actor }
  for (const [key, value] of Object.entries(fields)) if (value !== undefined) event[key] = value
  return freeze(event, true) as unknown as Event
}
