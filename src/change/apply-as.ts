import type { State } from '../model/state/state.ts'
import type { Instant } from '../model/value/instant.ts'
import { authorize } from '../policy/authorize.ts'
import { identifyAgent } from '../policy/authorize-manage.ts'
import type { Denied } from '../policy/decision/decision.ts'
import { isDenied } from '../policy/decision/deny.ts'
import { isAdministrator, isKnownThing } from '../policy/manage.ts'
import type { Who } from '../policy/request/request.ts'
import { apply } from './apply.ts'
import { stateInvalid } from './decide.ts'
import type { Event } from './message/event.ts'
import type { Rejection } from './message/rejection.ts'
import { parseBody } from './parse-body.ts'
import { thingOf } from './rule/permission.ts'

/**
 * The result of a command given by a caller: the state after it with its events, the denial of a caller that may not give
 * it, or the rejection of the command. A refusal carries exactly one of `denial` and `rejection`.
 */
export type AppliedAs =
  | { readonly ok: true; readonly state: State; readonly events: readonly Event[] }
  | { readonly ok: false; readonly denial: Denied; readonly rejection?: never }
  | { readonly ok: false; readonly rejection: Rejection; readonly denial?: never }

/**
 * Applies a command that comes from outside, as over HTTP. `who` is the caller as in a manage request, and `body` the
 * command without `actor` and `at`: the actor is the user or virtual account that `who` is or belongs to, the instant is
 * `at`, and a body that has either is rejected. What `authorize` denies this caller with its credential, as narrowed,
 * expired or revoked, is denied. Values of any shape may be given, and nothing is thrown.
 *
 * @example
 * const applied = applyAs({ type: 'credentialDigest', digest }, Date.now(), JSON.parse(text), state)
 * if (applied.ok) state = applied.state
 * else if (applied.denial) console.log(answerCaller(applied.denial))
 * else console.log(applied.rejection.message)
 */
export function applyAs(who: Who, at: Instant, body: unknown, state: State): AppliedAs {
  const caller = identifyAgent(who, at, state)
  if (isDenied(caller)) return { ok: false, denial: caller }
  const parsed = parseBody(body, caller.agent, caller.at)
  if (!parsed.ok) return parsed
  const { command } = parsed
  try {
    const thing = thingOf(command, state)
    const decision = authorize({ type: 'manage', who: caller.who, thing, at: caller.at }, state)
    if (decision.effect === 'allow') return apply(command, state)
    // No agent has power over what does not exist. An administrator may know that, so the rejection names what is unknown.
    const isUnknown = isAdministrator(caller.agent, state) && !isKnownThing(thing, state)
    const applied = isUnknown ? apply(command, state) : undefined
    return applied?.ok === false ? applied : { ok: false, denial: decision }
  } catch {
    return { ok: false, rejection: stateInvalid }
  }
}
