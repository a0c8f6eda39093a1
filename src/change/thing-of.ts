import type { State } from '../model/state/state.ts'
import type { Thing } from '../policy/request/request.ts'
import { guard } from './guard.ts'
import type { Command } from './message/command.ts'
import { platform, thingOfParsed } from './rule/permission.ts'

/**
 * The thing that an actor must manage to give this command in this state: `apply` checks the command's actor against it,
 * `applyAs` the caller. A value of any shape may be given at run time; for one that is not a command it is the platform,
 * which only administrators manage. Never throws.
 */
export function thingOf(command: Command, state: State): Thing {
  const found = guard(command, state, (parsed) => ({ ok: true, thing: thingOfParsed(parsed, state) }) as const)
  return found.ok ? found.thing : platform
}
