import type { Command } from '../../../change/message/command.ts'
import { refuseUngrantable } from '../../../change/rule/grantable.ts'
import { longestGrant } from '../../../model/noun/access-request.ts'
import type { State } from '../../../model/state/state.ts'
import { lastInstant } from '../../../model/value/instant.ts'
import type { Holder } from '../../../model/value/principal.ts'
import { findCredential } from '../../../policy/context/authenticate.ts'
import type { Request } from '../../../policy/request/request.ts'
import type { CheckedRemedy } from './remedy.ts'

/**
 * Returns the `requester` of a remedy: the user of the request's caller, if the only command assigns a group to the user
 * or to one of its memberships, and the user can request this.
 */
export function requesterOf(
  commands: readonly Command[],
  { who, at }: Request,
  state: State,
): Pick<CheckedRemedy, 'requester'> {
  const [command, ...others] = commands
  if (command?.type !== 'AssignAccessGroup' || others.length > 0 || at + longestGrant > lastInstant) return {}
  const caller = who.type === 'user' ? who : findCredential(who, state)?.owner
  if (caller?.type !== 'user' || !isOwn(command.principal, caller.id)) return {}
  const asked = {
    requester: caller.id,
    subject: command.principal,
    wanted: { type: 'accessGroup', id: command.accessGroup },
  } as const
  return refuseUngrantable(asked, ['wanted'], at, state) === undefined ? { requester: caller.id } : {}
}

/** Whether a holder is the user or one of its memberships. */
function isOwn(holder: Holder, user: string): holder is Extract<Holder, { type: 'user' | 'member' }> {
  return holder.type === 'member' ? holder.user === user : holder.type === 'user' && holder.id === user
}
