import { type Applied, apply, applyParsed } from '../../src/change/apply.ts'
import { decideParsed } from '../../src/change/decide.ts'
import type { Command } from '../../src/change/message/command.ts'
import { parseReadable } from '../../src/change/message/parse-command.ts'
import type { Decided } from '../../src/change/rule/decided.ts'
import type { State } from '../../src/model/state/state.ts'

/**
 * Calls `apply` with values of any type, as an untyped caller can. The types of `apply` forbid such calls; the tests
 * check the result anyway.
 */
export function applyAnything(value: unknown, state: unknown): Applied {
  return apply(value as Command, state as State)
}

/**
 * Applies a command like `apply`, but does not catch exceptions. So a bug in the library fails the test with its own
 * stack trace.
 */
export function applyUnguarded(command: Command, state: State): Applied {
  const parsed = parseReadable(command)
  return parsed.ok ? applyParsed(parsed.command, state) : parsed
}

/**
 * Decides a command like `decide`, but does not catch exceptions. So a bug in the library fails the test with its own
 * stack trace.
 */
export function decideUnguarded(command: Command, state: State): Decided {
  const parsed = parseReadable(command)
  return parsed.ok ? decideParsed(parsed.command, state) : parsed
}
