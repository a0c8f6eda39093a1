import { freeze } from '../../model/value/freeze.ts'
import type { Envelope } from '../message/envelope.ts'
import type { Event } from '../message/event.ts'
import type { Rejected, Rejection } from '../message/rejection.ts'

/** What a command causes, or why it is rejected. Accepted without events, it changes nothing. */
export type Decided = { readonly ok: true; readonly events: readonly Event[] } | Rejected

/** The answer to a command that asks for what is so already. */
export const unchanged: Decided = freeze({ ok: true, events: [] })

/** The answer to a command that causes these events, in this order. */
export function accept(...events: readonly Event[]): Decided {
  return acceptAll(events)
}

/** The answer to a command that causes these events, however many, in this order. */
export function acceptAll(events: Iterable<Event>): Decided {
  const list = [...events]
  return list.length === 0 ? unchanged : { ok: true, events: Object.freeze(list) }
}

/** The answer to a command that is rejected. */
export function reject(rejection: Rejection): Rejected {
  return { ok: false, rejection }
}

type FieldsOf<T extends Event['type']> = Omit<Extract<Event, { type: T }>, 'type' | keyof Envelope>

/** An event that a command causes, frozen. Fields that are `undefined` are left out, so that it is JSON as it stands. */
export function eventOf<T extends Event['type']>({ actor, at }: Envelope, type: T, fields: FieldsOf<T>): Event {
  const whole: Record<string, unknown> = { type, at, actor }
  for (const [key, value] of Object.entries(fields)) if (value !== undefined) whole[key] = value
  return freeze(whole) as unknown as Event
}
