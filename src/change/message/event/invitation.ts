import type { Immutable } from 'immer'
import type { z } from 'zod'
import { TeamRole } from '../../../model/noun/user.ts'
import { Id } from '../../../model/value/id.ts'
import { Instant } from '../../../model/value/instant.ts'
import { type Envelope, message } from '../envelope.ts'

/**
 * A user was invited to a team. The actor is the inviter. Replaces an earlier invitation of the user, and removes the
 * team's invitations that have ended at the event's instant.
 */
export const TeamMemberInvited = message('TeamMemberInvited', {
  team: Id,
  user: Id,
  role: TeamRole,
  expiresAt: Instant.optional(),
})
export interface TeamMemberInvited extends Envelope, Immutable<z.infer<typeof TeamMemberInvited>> {}

/** An invitation to a team was withdrawn. */
export const InvitationWithdrawn = message('InvitationWithdrawn', { team: Id, user: Id })
export interface InvitationWithdrawn extends Envelope, Immutable<z.infer<typeof InvitationWithdrawn>> {}

/** An invitation to a team was accepted and ended. A later event adds the user to the team. */
export const InvitationAccepted = message('InvitationAccepted', { team: Id, user: Id })
export interface InvitationAccepted extends Envelope, Immutable<z.infer<typeof InvitationAccepted>> {}

/** An invitation to a team was declined. */
export const InvitationDeclined = message('InvitationDeclined', { team: Id, user: Id })
export interface InvitationDeclined extends Envelope, Immutable<z.infer<typeof InvitationDeclined>> {}
