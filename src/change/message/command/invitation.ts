import type { Immutable } from 'immer'
import type { z } from 'zod'
import { TeamRole } from '../../../model/noun/user.ts'
import { Id } from '../../../model/value/id.ts'
import { Instant } from '../../../model/value/instant.ts'
import { type Envelope, message } from '../envelope.ts'

/**
 * Invites a user to a team. The invitation gives no access and no power until the user or an administrator accepts it.
 * A second invitation of the same user replaces the first.
 */
export const InviteTeamMember = message('InviteTeamMember', {
  /** The id of the team. A team has at most 1,000 open invitations. */
  team: Id,
  /** The id of the user to invite. The user need not exist, and the result does not reveal whether the user exists. */
  user: Id,
  /** The user's role in the team after acceptance. Default: `member`. */
  role: TeamRole.optional(),
  /** The instant from which the invitation can no longer be accepted, in epoch milliseconds. Default: no end. */
  expiresAt: Instant.optional(),
})
export interface InviteTeamMember extends Envelope, Immutable<z.infer<typeof InviteTeamMember>> {}

/** Withdraws an invitation. Every actor that may invite users to the team may withdraw any invitation to the team. */
export const WithdrawInvitation = message('WithdrawInvitation', {
  /** The id of the team. */
  team: Id,
  /** The id of the invited user. */
  user: Id,
})
export interface WithdrawInvitation extends Envelope, Immutable<z.infer<typeof WithdrawInvitation>> {}

/**
 * Accepts an invitation: the user becomes a member of the team. Only the invited user and administrators may accept,
 * and only while the actor that sent the invitation still may invite.
 */
export const AcceptInvitation = message('AcceptInvitation', {
  /** The id of the team. */
  team: Id,
  /** The id of the invited user. */
  user: Id,
})
export interface AcceptInvitation extends Envelope, Immutable<z.infer<typeof AcceptInvitation>> {}

/** Declines and ends an invitation. Only the invited user and administrators may decline. */
export const DeclineInvitation = message('DeclineInvitation', {
  /** The id of the team. */
  team: Id,
  /** The id of the invited user. */
  user: Id,
})
export interface DeclineInvitation extends Envelope, Immutable<z.infer<typeof DeclineInvitation>> {}
