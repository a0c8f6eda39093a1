import type { Immutable } from 'immer'
import * as z from 'zod'
import { assignmentLimit } from '../../../model/noun/holding.ts'
import { TeamRole } from '../../../model/noun/user.ts'
import { Authority } from '../../../model/value/authority.ts'
import { AccessGroupId, Id, Label } from '../../../model/value/id.ts'
import { listOf } from '../../../model/value/list.ts'
import { type Envelope, message } from '../envelope.ts'

/** An active team was created. The listed access groups are assigned to the team without an end. */
export const TeamCreated = message('TeamCreated', {
  team: Id,
  organization: Id,
  name: Label.optional(),
  metered: z.boolean(),
  plan: Id.optional(),
  accessGroups: listOf(AccessGroupId, assignmentLimit),
})
export interface TeamCreated extends Envelope, Immutable<z.infer<typeof TeamCreated>> {}

/**
 * The given fields of a team changed. A field that is `null` was removed. A later event, if any, sets or ends the team's
 * allowance.
 */
export const TeamUpdated = message('TeamUpdated', {
  team: Id,
  name: Label.nullable().optional(),
  metered: z.boolean().optional(),
})
export interface TeamUpdated extends Envelope, Immutable<z.infer<typeof TeamUpdated>> {}

/** A team was suspended. */
export const TeamSuspended = message('TeamSuspended', { team: Id, suspendedBy: Authority })
export interface TeamSuspended extends Envelope, Immutable<z.infer<typeof TeamSuspended>> {}

/** The suspension of a team ended. */
export const TeamActivated = message('TeamActivated', { team: Id })
export interface TeamActivated extends Envelope, Immutable<z.infer<typeof TeamActivated>> {}

/**
 * A team was deleted with its memberships. Earlier events delete the team's keys and restrictions, and the members'
 * tokens for the team. A later event, if any, ends the team's allowance.
 */
export const TeamDeleted = message('TeamDeleted', { team: Id })
export interface TeamDeleted extends Envelope, Immutable<z.infer<typeof TeamDeleted>> {}

/** A user was added to a team. An open invitation of the user to the team ends. */
export const TeamMemberAdded = message('TeamMemberAdded', {
  team: Id,
  user: Id,
  role: TeamRole,
})
export interface TeamMemberAdded extends Envelope, Immutable<z.infer<typeof TeamMemberAdded>> {}

/** The role of a team member changed. */
export const TeamMemberRoleChanged = message('TeamMemberRoleChanged', {
  team: Id,
  user: Id,
  role: TeamRole,
})
export interface TeamMemberRoleChanged extends Envelope, Immutable<z.infer<typeof TeamMemberRoleChanged>> {}

/**
 * A user was removed from a team. The team is no longer the user's default team. Earlier events delete the user's
 * tokens for the team.
 */
export const TeamMemberRemoved = message('TeamMemberRemoved', {
  team: Id,
  user: Id,
})
export interface TeamMemberRemoved extends Envelope, Immutable<z.infer<typeof TeamMemberRemoved>> {}

/**
 * A team was put on a plan, or taken off its plan. Later events, if any, make the team metered, allocate the plan's
 * credits, and set or end the team's allowance.
 */
export const TeamPlanSet = message('TeamPlanSet', {
  team: Id,
  plan: Id.nullable(),
})
export interface TeamPlanSet extends Envelope, Immutable<z.infer<typeof TeamPlanSet>> {}
