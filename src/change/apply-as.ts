import type { Credential } from '../model/noun/credential.ts'
import type { State } from '../model/state/state.ts'
import { findRow } from '../model/table/table.ts'
import type { Instant } from '../model/value/instant.ts'
import { authorizeManage, identifyAgent } from '../policy/authorize-manage.ts'
import { findCredential } from '../policy/context/authenticate.ts'
import type { Denied } from '../policy/decision/decision.ts'
import { isDenied } from '../policy/decision/deny.ts'
import { isKnownThing } from '../policy/manage.ts'
import type { Who } from '../policy/request/request.ts'
import { type Applied, applyParsed } from './apply.ts'
import { thingOfParsed } from './decide.ts'
import { guardState } from './guard.ts'
import type { Command } from './message/command.ts'
import type { Event } from './message/event.ts'
import { type Rejection, rejection } from './message/rejection.ts'
import { parseBody } from './parse-body.ts'
import { isUnbounded } from './rule/actor.ts'
import { isWidening } from './rule/issuing.ts'

/**
 * The result of a caller's command: the new state and the events, the denial of the caller, or the rejection of the
 * command. A result with `ok: false` has exactly one of `denial` and `rejection`.
 */
export type AppliedAs =
  | { readonly ok: true; readonly state: State; readonly events: readonly Event[] }
  | { readonly ok: false; readonly denial: Denied; readonly rejection?: never }
  | { readonly ok: false; readonly rejection: Rejection; readonly denial?: never }

/**
 * Applies a command from outside, as from an HTTP request. `who` is the caller, as in a manage request, and `body` is
 * the command without `actor` and `at`: the actor is the user or virtual account that `who` names or that owns the
 * credential, and a body with either field is rejected. A caller that `authorize` denies, for example because its
 * credential is expired or narrowed, is denied. The arguments may have any shape. Never throws.
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
 * Does the work of `applyAs` without validating the arguments. The command must come from `parseBody`, called with the
 * agent that `who` identifies.
 * @throws {Error} when the state has missing or damaged parts
 */
function applyParsedAs(who: Who, command: Command, state: State): AppliedAs {
  const thing = thingOfParsed(command, state)
  const decision = authorizeManage({ type: 'manage', who, thing, at: command.at }, state)
  if (decision.effect === 'allow') return withinToken(who, applyParsed(command, state), state)
  // Every agent is denied a thing that does not exist. An administrator may know that it does not, and gets the rejection.
  const { actor } = command
  const isUnknown = isUnbounded(actor, state) && !isKnownThing(thing, state)
  const applied = isUnknown ? applyParsed(command, state) : undefined
  return applied?.ok === false ? applied : { ok: false, denial: decision }
}

/**
 * Limits what a token for a team can issue. Returns the result of the caller's command, or a rejection if a credential
 * would be valid for longer than the caller's secret: until the expiry of the token or, for a replaced secret, the end of
 * its overlap. This covers a credential that the command issues, rotates, widens, extends or activates.
 */
function withinToken(who: Who, applied: Applied, state: State): AppliedAs {
  const token = findCredential(who, state)
  if (!applied.ok || token?.team === undefined) return applied
  const end = endOf(token, who)
  if (end === Number.POSITIVE_INFINITY) return applied
  const isLonger = applied.events.some((event) => {
    const issued = openedBy(event, state)
    return issued !== undefined && (findRow(applied.state.credentials, issued)?.expiresAt ?? end + 1) > end
  })
  if (!isLonger) return applied
  const message =
    'the credential would be valid for longer than the token of the caller, give it an earlier `expiresAt`'
  return { ok: false, rejection: rejection('window_exceeded', ['expiresAt'], message, { window: { expiresAt: end } }) }
}

/** The instant until which a caller's secret works: the expiry of its token or, for a replaced digest, the end of the overlap. */
function endOf({ expiresAt = Number.POSITIVE_INFINITY, previous }: Credential, who: Who): number {
  const replaced = previous.find(({ digest }) => who.type === 'credentialDigest' && digest === who.digest)
  return Math.min(expiresAt, replaced?.expiresAt ?? Number.POSITIVE_INFINITY)
}

/**
 * Returns the id of the credential that an event makes usable in a new way: the event issues, rotates, activates,
 * widens or extends the credential.
 */
function openedBy(event: Event, state: State): string | undefined {
  if (event.type === 'CredentialIssued' || event.type === 'CredentialRotated' || event.type === 'CredentialActivated')
    return event.credential
  if (event.type !== 'CredentialUpdated') return undefined
  const row = findRow(state.credentials, event.credential)
  return row !== undefined && isWidening(row, event) ? event.credential : undefined
}
