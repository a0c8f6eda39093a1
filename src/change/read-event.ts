import { freeze } from '../model/value/freeze.ts'
import { type Issue, issuesOf } from '../model/value/issue.ts'
import { ownData } from '../model/value/own-properties.ts'
import { quote } from '../model/value/quote.ts'
import { Event, eventSchema } from './message/event.ts'
import { type EventText, upgradeEvent, upgrades } from './upgrade-event.ts'

/**
 * The result of reading a stored event. `schema_unsupported`: the schema version is later than this library reads.
 * `event_invalid`: the value is not an event of its schema version. `issues` lists at least one and at most 100 issues,
 * and `message` describes the first.
 */
export type ReadEvent =
  | { readonly ok: true; readonly event: Event }
  | {
      readonly ok: false
      readonly code: 'schema_unsupported' | 'event_invalid'
      readonly message: string
      readonly issues: readonly Issue[]
    }

/**
 * Reads a stored event of any schema version up to `eventSchema`, and upgrades it to the current version. Strict: a
 * missing or unknown field is an issue with its path. The event is frozen and shares no object with the input. Accepts
 * any value and never throws.
 *
 * @example
 * const stored = '{ "type": "UserCreated", "actor": { "type": "system" }, "at": 1767225600000, "user": "ann" }'
 * const read = readEvent(JSON.parse(stored), eventSchema)
 * if (!read.ok) console.log(read.message)
 * // event `UserCreated` is invalid at `metered`: expected `true` or `false` for `metered`
 */
export function readEvent(input: unknown, schema: number): ReadEvent {
  const refused = refuseSchema(schema)
  if (refused !== undefined) return refused
  try {
    return readReadable(input, schema)
  } catch {
    return invalid([unreadable], unreadable.message)
  }
}

const unreadable: Issue = { path: [], message: 'expected an event as plain data, which can be read' }

/** Returns the result for a schema version that is not a positive integer or is too new, otherwise `undefined`. */
function refuseSchema(schema: number): ReadEvent | undefined {
  if (!Number.isInteger(schema) || schema < 1) {
    const message = 'expected the schema version of the event as a positive integer'
    return invalid([{ path: [], message }], message)
  }
  if (schema <= eventSchema) return undefined
  const message = `the event has schema ${schema}, and this version reads up to ${eventSchema}; read it with a newer version`
  return { ok: false, code: 'schema_unsupported', message, issues: [{ path: [], message }] }
}

/**
 * Reads an event as `readEvent` does, but does not catch errors.
 * @throws the error that a getter or a proxy in the input throws, or an upgrade of a malformed event
 */
function readReadable(input: unknown, schema: number): ReadEvent {
  const own = ownData(input)
  const text = isFields(own) ? upgradeEvent(own, schema, upgrades) : own
  const parsed = Event.safeParse(text)
  if (parsed.success) return { ok: true, event: freeze(parsed.data) as Event }
  const issues = issuesOf(parsed.error)
  const [first = unreadable] = issues
  if (first.path.length === 1 && first.path[0] === 'type') {
    const message = messageForType(text)
    return invalid([{ path: ['type'], message }], message)
  }
  return invalid(issues, messageFor(text, first))
}

function isFields(value: unknown): value is EventText {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function invalid(issues: readonly Issue[], message: string): ReadEvent {
  return { ok: false, code: 'event_invalid', message, issues }
}

function messageForType(text: unknown): string {
  const { type } = text as EventText
  if (typeof type !== 'string') return "expected an event's name as its `type`, as in `TeamCreated`"
  return `unknown event ${quote(type)}, expected an event's name, as in \`TeamCreated\``
}

/** Returns the message of the first issue, preceded by the type of the event and the path of the issue. */
function messageFor(text: unknown, { path, message }: Issue): string {
  if (path.length === 0) return message
  const { type } = text as EventText
  return `event ${quote(String(type))} is invalid at ${quote(path.join('.'))}: ${message}`
}
