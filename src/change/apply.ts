import type { State } from '../model/state/state.ts'
import { decideParsed } from './decide.ts'
import { evolveDecided } from './evolve.ts'
import { guard } from './guard.ts'
import type { Command } from './message/command.ts'
import type { Event } from './message/event.ts'
import type { Rejected } from './message/rejection.ts'

/** The result of a command: the new state and the events that lead to the new state, or a rejection. */
export type Applied = { readonly ok: true; readonly state: State; readonly events: readonly Event[] } | Rejected

/**
 * Decides a command and applies the events it causes: `apply(c, s).state` is `decide(c, s).events.reduce(evolve, s)`.
 * When the command is accepted without events, the state is the same object. Never throws: a value that is not a
 * command is rejected. Trusts the command's `actor` and `at`: use `apply` only for the host's own commands, and
 * `applyAs` for commands from callers.
 *
 * @example
 * const command: Command = { type: 'CreateUser', actor: { type: 'system' }, at: Date.now(), user: 'ann' }
 * const applied = apply(command, emptyState)
 * if (!applied.ok) throw new Error(applied.rejection.message)
 * console.log(applied.state.version, applied.events[0]?.type) // 1 UserCreated
 */
export function apply(command: Command, state: State): Applied {
  return guard(command, state, (parsed) => applyParsed(parsed, state))
}

/**
 * Applies a command as `apply` does, but without validating the arguments. The command must come from `parseCommand`.
 * @throws {Error} when the state has missing or damaged parts
 */
export function applyParsed(command: Command, state: State): Applied {
  const decided = decideParsed(command, state)
  if (!decided.ok) return decided
  return { ok: true, state: decided.events.reduce(evolveDecided, state), events: decided.events }
}
