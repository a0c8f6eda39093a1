import type { State } from '../model/state/state.ts'
import type { Thing } from '../policy/request/request.ts'
import { entryOf } from './command-table.ts'
import { guard } from './guard.ts'
import type { Command } from './message/command.ts'
import { refuseActor } from './rule/actor.ts'
import { type Decided, reject } from './rule/decided.ts'
import { platform, refuseUnmanaged } from './rule/permission.ts'

/**
 * Decides a command: returns the events that the command causes, or a rejection. The events are empty if the state
 * already is as the command asks. Never throws: a value that is not a command is rejected.
 *
 * @example
 * const command: Command = { type: 'SuspendTeam', actor: { type: 'system' }, at: Date.now(), team: 'dev' }
 * const decided = decide(command, emptyState)
 * if (!decided.ok) console.log(decided.rejection.code) // team_unknown
 */
export function decide(command: Command, state: State): Decided {
  return guard(command, state, (parsed) => decideParsed(parsed, state))
}

/**
 * Decides a command as `decide` does, but without validating the arguments. The command must come from `parseCommand`.
 * @throws {Error} when the state has missing or damaged parts
 */
export function decideParsed(command: Command, state: State): Decided {
  const [requires, decideAllowed] = entryOf(command)
  const refused = refuseActor(command.actor, state) ?? refuseUnmanaged(command, requires(command, state), state)
  return refused ? reject(refused) : decideAllowed(command, state)
}

/**
 * Returns the thing that an actor must manage to be allowed this command. `apply` checks this for the command's actor,
 * `applyAs` for the caller. Accepts any value and never throws. For a value that is not a command, the thing is the
 * platform, which only administrators manage.
 */
export function thingOf(command: Command, state: State): Thing {
  const found = guard(command, state, (parsed) => ({ ok: true, thing: thingOfParsed(parsed, state) }) as const)
  return found.ok ? found.thing : platform
}

/**
 * Returns the same thing as `thingOf`, without validating the arguments. The command must come from `parseCommand`.
 * @throws {Error} when the state has missing or damaged parts
 */
export function thingOfParsed(command: Command, state: State): Thing {
  const [requires] = entryOf(command)
  return requires(command, state)
}
