import { freeze } from 'immer'
import { type Issue, issuesOf } from '../../model/value/issue.ts'
import { ownData, withoutPrototype } from '../../model/value/own-properties.ts'
import { quote } from '../../model/value/quote.ts'
import { Command } from './command.ts'
import { type Rejected, rejection } from './rejection.ts'

/** The result of parsing a value: the command, or the rejection of a value that is not a command. */
export type ParsedCommand = { readonly ok: true; readonly command: Command } | Rejected

/**
 * Parses a value of any shape, as from `JSON.parse`, as a command. The command is frozen and shares no object with the
 * value. Never throws.
 *
 * @example
 * const parsed = parseCommand(JSON.parse('{ "type": "CreateTeem" }'))
 * if (!parsed.ok) console.log(parsed.rejection.message)
 * // unknown command `CreateTeem`, expected a command's name, as in `CreateTeam`
 */
export function parseCommand(value: unknown): ParsedCommand {
  try {
    return parseReadable(value)
  } catch {
    return rejectCommand(unreadable)
  }
}

/**
 * Parses a command as `parseCommand` does, but does not catch errors. Intended for values that can be read safely, such
 * as parsed JSON.
 * @throws the error that a getter or a proxy in the value throws
 */
export function parseReadable(value: unknown): ParsedCommand {
  const own = ownData(value)
  const parsed = Command.safeParse(own)
  if (parsed.success) return { ok: true, command: freeze(withoutPrototype(parsed.data), true) }
  const issues = issuesOf(parsed.error)
  const first = issues[0] ?? unreadable
  if (first.path.length === 1 && first.path[0] === 'type') {
    return rejectCommand({ path: ['type'], message: messageForType(own) })
  }
  return rejectCommand(first, issues)
}

/** The issue that is reported for a value that throws when its fields are read. */
export const unreadable: Issue = { path: [], message: 'expected a command as plain data, which can be read' }

/**
 * Rejects a value that is not a command. The rejection has the path and message of the first issue, and lists all
 * issues.
 */
export function rejectCommand(first: Issue, issues: readonly Issue[] = [first]): Rejected {
  return { ok: false, rejection: rejection('command_invalid', first.path, first.message, { issues }) }
}

function messageForType(value: unknown): string {
  const { type } = value as { readonly type?: unknown }
  if (typeof type !== 'string') return "expected the command's name as its `type`, as in `CreateTeam`"
  return `unknown command ${quote(type)}, expected a command's name, as in \`CreateTeam\``
}
