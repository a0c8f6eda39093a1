import { isState } from '../model/state/is-state.ts'
import type { State } from '../model/state/state.ts'
import type { Command } from './message/command.ts'
import { parseCommand } from './message/parse-command.ts'
import { type Rejected, rejection } from './message/rejection.ts'

const stateInvalid: Rejected = {
  ok: false,
  rejection: rejection('command_invalid', ['state'], 'expected a state that `apply`, `replay` or a snapshot has made'),
}

/**
 * Parses a command of any shape and calls `run` with the parsed command. If `run` throws, returns a rejection of the
 * state: since the parsed command is valid, the state must have missing or damaged parts. Only this module turns such
 * errors into rejections.
 */
export function guard<Result>(command: unknown, state: State, run: (command: Command) => Result): Result | Rejected {
  if (!isState(state)) return stateInvalid
  const parsed = parseCommand(command)
  return parsed.ok ? guardState(() => run(parsed.command)) : parsed
}

/**
 * Calls a function that reads a state of any shape. If the function throws, returns a rejection that says that the
 * state is invalid.
 */
export function guardState<Result>(run: () => Result): Result | Rejected {
  try {
    return run()
  } catch {
    return stateInvalid
  }
}
