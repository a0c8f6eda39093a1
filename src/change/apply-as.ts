import type { State } from '../model/state/state.ts'
import type { Instant } from '../model/value/instant.ts'
import { authorizeManage, identifyAgent } from '../policy/authorize-manage.ts'
import type { Denied } from '../policy/decision/decision.ts'
import { isDenied } from '../policy/decision/deny.ts'
import { isAdministrator, isKnownThing } from '../policy/manage.ts'
import type { Who } from '../policy/request/request.ts'
import { applyParsed } from './apply.ts'
import { thingOfParsed } from './decide.ts'
import { guardState } from './guard.ts'
import type { Command } from './message/command.ts'
import type { Event } from './message/event.ts'
import type { Rejection } from './message/rejection.ts'
import { parseBody } from './parse-body.ts'

/**
 * The result of a caller's command: the new state and the events, the denial of the caller, or the rejection of the
 * command. A result with `ok: false` has exactly one of `denial` and `rejection`.
 */
export type AppliedAs =
  | { readonly ok: true; readonly state: State; readonly events: readonly Event[] }
  | { readonly ok: false; readonly denial: Denied; readonly rejection?: never }
  | { readonly ok: false; readonly rejection: Rejection; readonly denial?: never }

/**
 * Applies a command from outside, as from an HTTP request. `who` is the caller, as in a manage request, and `body` is the
 * command without `actor` and `at`: the actor is the user or virtual account that `who` names or that owns the credential,
 * and a body with either field is rejected. A caller that `authorize` denies, for example because its credential is
 * expired or narrowed, is denied. The arguments may have any shape. Never throws.
 *
 * @example
 * const body = JSON.parse('{ "type": "CreateUser", "user": "ann" }')
 * const applied = applyAs({ type: 'user', id: 'root' }, Date.now(), body, emptyState)
 * if (applied.ok) console.log(applied.events.length)
 * else if (applied.denial) console.log(applied.denial.reason) // principal_unknown
 * else console.log(applied.rejection.message)
 */
export function applyAs(who: Who, at: Instant, body: unknown, state: State): AppliedAs {
  const caller = identifyAgent(who, at, state)
  if (isDenied(caller)) return { ok: false, denial: caller }
  const parsed = parseBody(body, caller.agent, caller.at)
  return parsed.ok ? guardState(() => applyParsedAs(caller.who, parsed.command, state)) : parsed
}

/**
 * Applies a caller's command like `applyAs`, without validating the arguments. The command must come from `parseBody`,
 * called with the agent that `who` identifies.
 * @throws {Error} when the state has missing or damaged parts
 */
function applyParsedAs(who: Who, command: Command, state: State): AppliedAs {
  const thing = thingOfParsed(command, state)
  const decision = authorizeManage({ type: 'manage', who, thing, at: command.at }, state)
  if (decision.effect === 'allow') return applyParsed(command, state)
  // Every agent is denied a thing that does not exist. An administrator may know that it does not, and gets the rejection.
  const { actor } = command
  const isUnknown = actor.type !== 'system' && isAdministrator(actor, state) && !isKnownThing(thing, state)
  const applied = isUnknown ? applyParsed(command, state) : undefined
  return applied?.ok === false ? applied : { ok: false, denial: decision }
}
