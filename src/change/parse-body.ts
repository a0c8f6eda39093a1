import type { Instant } from '../model/value/instant.ts'
import type { Issue } from '../model/value/issue.ts'
import type { Actor } from '../model/value/principal.ts'
import { type ParsedCommand, parseReadable, rejectCommand, unreadable } from './message/parse-command.ts'

/** The issues of a body that has `actor` or `at`, which only the host may set. */
const reserved: readonly Issue[] = [
  { path: ['actor'], message: 'expected no `actor`, since the host sets the actor, leave it out' },
  { path: ['at'], message: 'expected no `at`, since the host sets the instant, leave it out' },
]

/**
 * Parses a body of any shape from outside as a command. The command's `actor` and `at` are the given agent and instant.
 * A body with a field `actor` or `at` is rejected, even if the field is inherited or `undefined`. Inherited fields are
 * otherwise ignored, and each field is read once. Never throws.
 */
export function parseBody(body: unknown, actor: Actor, at: Instant): ParsedCommand {
  try {
    return parseReadableBody(body, actor, at)
  } catch {
    return rejectCommand(unreadable)
  }
}

/**
 * Parses a body as `parseBody` does, but does not catch errors.
 * @throws the error that a getter or a proxy in the body throws
 */
function parseReadableBody(body: unknown, actor: Actor, at: Instant): ParsedCommand {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return parseReadable(undefined)
  const fields: Readonly<Record<string, unknown>> = { ...body }
  const given = reserved.filter(({ path: [key = ''] }) => key in body || key in fields)
  const [first] = given
  return first === undefined ? parseReadable({ ...fields, actor, at }) : rejectCommand(first, given)
}
