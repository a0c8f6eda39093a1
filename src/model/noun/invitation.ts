import type { Immutable } from 'immer'
import * as z from 'zod'
import { Id } from '../value/id.ts'
import { Instant } from '../value/instant.ts'
import { Actor } from '../value/principal.ts'
import { Incarnation } from '../value/status.ts'
import { TeamRole } from './user.ts'

/** The maximum number of invitations that a team stores. */
export const invitationLimit = 1000

/**
 * An invitation of a user to a team. Gives no access and no power until it is accepted. The invited user and the
 * inviter need not exist.
 */
export const Invitation = z.strictObject({
  /** The id of the invited user. */
  user: Id,
  /** The user's role in the team after acceptance. */
  role: TeamRole,
  /** The actor that sent the invitation. The actor needs the power to invite at the instant of acceptance, too. */
  invitedBy: Actor,
  /** The first instant at which the invitation can no longer be accepted. Default: the invitation has no end. */
  expiresAt: Instant.optional(),
  createdAt: Instant,
  /**
   * The version of the first state that contains the invitation. An agent that was created later is not the inviter,
   * even with the inviter's id.
   */
  incarnation: Incarnation,
})
export interface Invitation extends Immutable<z.infer<typeof Invitation>> {}
