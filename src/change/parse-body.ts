import type { Instant } from '../model/value/instant.ts'
import type { Issue } from '../model/value/issue.ts'
import type { Agent } from '../model/value/principal.ts'
import { invalidCommand, type ParsedCommand, parseCommand, unreadable } from './message/parse-command.ts'

/** What the host sets in a command that comes from outside, and never the body. */
const reserved: readonly Issue[] = [
  { path: ['actor'], message: 'expected no `actor`, since the actor is the caller, leave it out' },
  { path: ['at'], message: 'expected no `at`, since the host sets the instant, leave it out' },
]

/**
 * The command of a body of any shape, given by this agent at this instant, or what is wrong with it. A body that has an
 * `actor` or an `at` is refused, inherited and `undefined` ones included. Only the body's own fields count, each read once.
 */
export function parseBody(body: unknown, actor: Agent, at: Instant): ParsedCommand {
  try {
    if (typeof body !== 'object' || body === null || Array.isArray(body)) return parseCommand(undefined)
    const fields: Readonly<Record<string, unknown>> = { ...body }
    const brought = reserved.filter(({ path: [key = ''] }) => key in body || key in fields)
    const [first] = brought
    return first === undefined ? parseCommand({ ...fields, actor, at }) : invalidCommand(first, brought)
  } catch {
    return invalidCommand(unreadable)
  }
}
