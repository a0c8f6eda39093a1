import { freeze } from '../../model/value/freeze.ts'
import { type Issue, issuesOf } from '../../model/value/issue.ts'
import { quote } from '../../model/value/quote.ts'
import { Command } from './command.ts'
import { type Rejection, rejection } from './rejection.ts'

export type ParsedCommand =
  | { readonly ok: true; readonly command: Command }
  | { readonly ok: false; readonly rejection: Rejection }

/** The command that any value is, frozen and sharing nothing with it, or what is wrong with it. */
export function parseCommand(value: unknown): ParsedCommand {
  try {
    const parsed = Command.safeParse(value)
    if (parsed.success) return { ok: true, command: freeze(parsed.data) }
    const issues = issuesOf(parsed.error)
    const first = issues[0] ?? unreadable
    if (first.path.length === 1 && first.path[0] === 'type')
      return invalidCommand({ path: ['type'], message: wordsForType(value) })
    return invalidCommand(first, issues)
  } catch {
    return invalidCommand(unreadable)
  }
}

/** What is said of a value that throws while it is read. */
export const unreadable: Issue = { path: [], message: 'expected a command as plain data, which can be read' }

/** The rejection of what is not a command, at the first of its issues. */
export function invalidCommand(first: Issue, issues: readonly Issue[] = [first]): ParsedCommand {
  return { ok: false, rejection: rejection('command_invalid', first.path, first.message, { issues }) }
}

function wordsForType(value: unknown): string {
  const { type } = value as { readonly type?: unknown }
  if (typeof type !== 'string') return "expected the command's name as its `type`, as in `CreateTeam`"
  return `there is no command ${quote(type)}, expected a command's name, as in \`CreateTeam\``
}
