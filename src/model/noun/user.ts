import type { Immutable } from 'immer'
import { z } from 'zod'
import { Authority } from '../value/authority.ts'
import { Id, Label } from '../value/id.ts'
import { Instant } from '../value/instant.ts'
import { Incarnation, Status } from '../value/status.ts'
import { Assignment, type Holdings, holdings } from './holding.ts'

/** The role of a user in a team. A manager manages the team's members and virtual keys. */
export const TeamRole = z.enum(['manager', 'member'])
export type TeamRole = z.infer<typeof TeamRole>

/**
 * The membership of a user in one team. When the user calls on behalf of the team, the team pays, and the membership's
 * access groups count as far as the entitlement of the team's organization admits them.
 */
export const Membership = z.strictObject({ team: Id, role: TeamRole, accessGroups: z.array(Assignment) })
export interface Membership extends Immutable<z.infer<typeof Membership>> {}

/** A person, in any number of teams. A metered user pays for the calls that no team pays for. */
export const User = z.strictObject({
  id: Id,
  name: Label.optional(),
  status: Status,
  suspendedBy: Authority.optional(),
  metered: z.boolean(),
  teams: z.array(Membership),
  defaultTeam: Id.optional(),
  ...holdings,
  createdAt: Instant,
  incarnation: Incarnation,
})
export interface User extends Holdings, Immutable<z.infer<typeof User>> {}
