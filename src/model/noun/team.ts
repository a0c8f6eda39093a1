import type { Immutable } from 'immer'
import * as z from 'zod'
import { Authority } from '../value/authority.ts'
import { Id, Label } from '../value/id.ts'
import { Instant } from '../value/instant.ts'
import { listOf } from '../value/list.ts'
import { Incarnation, Status } from '../value/status.ts'
import { type Holdings, holdings } from './holding.ts'
import { Invitation, invitationLimit } from './invitation.ts'

/**
 * A team of an organization. A team on a plan also has the access groups that the plan currently lists. A metered team
 * pays for its calls.
 */
export const Team = z.strictObject({
  id: Id,
  name: Label.optional(),
  organization: Id,
  status: Status,
  suspendedBy: Authority.optional(),
  metered: z.boolean(),
  plan: Id.optional(),
  /** The existing plans whose one-time credits the team has received. Such a plan brings the team no more of them. */
  creditedPlans: listOf(Id),
  ...holdings,
  /**
   * The open invitations to the team, at most one for each user id. An invitation may stay in the list after its end.
   */
  invitations: listOf(Invitation, invitationLimit, 'invitations'),
  createdAt: Instant,
  incarnation: Incarnation,
})
export interface Team extends Holdings, Immutable<z.infer<typeof Team>> {}
