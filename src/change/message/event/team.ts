import type { Immutable } from 'immer'
import { z } from 'zod'
import { TeamRole } from '../../../model/noun/user.ts'
import { AccessGroupId, Id, Label } from '../../../model/value/id.ts'
import { type Envelope, message } from '../envelope.ts'

/** A team was made, active, with these groups for good. */
export const TeamCreated = message('TeamCreated', {
  team: Id,
  organization: Id,
  name: Label.optional(),
  metered: z.boolean(),
  plan: Id.optional(),
  accessGroups: z.array(AccessGroupId),
})
export interface TeamCreated extends Envelope, Immutable<z.infer<typeof TeamCreated>> {}

/** What is given changed; `null` cleared. */
export const TeamUpdated = message('TeamUpdated', {
  team: Id,
  name: Label.nullable().optional(),
  metered: z.boolean().optional(),
})
export interface TeamUpdated extends Envelope, Immutable<z.infer<typeof TeamUpdated>> {}

/** A team was suspended. */
export const TeamSuspended = message('TeamSuspended', { team: Id })
export interface TeamSuspended extends Envelope, Immutable<z.infer<typeof TeamSuspended>> {}

/** A suspension ended. */
export const TeamActivated = message('TeamActivated', { team: Id })
export interface TeamActivated extends Envelope, Immutable<z.infer<typeof TeamActivated>> {}

/** A team is gone, and its members are its members no more. Keys, tokens and restrictions went by events of their own. */
export const TeamDeleted = message('TeamDeleted', { team: Id })
export interface TeamDeleted extends Envelope, Immutable<z.infer<typeof TeamDeleted>> {}

/** A user joined a team. */
export const TeamMemberAdded = message('TeamMemberAdded', {
  team: Id,
  user: Id,
  role: TeamRole,
})
export interface TeamMemberAdded extends Envelope, Immutable<z.infer<typeof TeamMemberAdded>> {}

/** A member became a manager, or a manager a member. */
export const TeamMemberRoleChanged = message('TeamMemberRoleChanged', {
  team: Id,
  user: Id,
  role: TeamRole,
})
export interface TeamMemberRoleChanged extends Envelope, Immutable<z.infer<typeof TeamMemberRoleChanged>> {}

/** A user left a team, which is its default team no more. Its tokens that name the team went by events of their own. */
export const TeamMemberRemoved = message('TeamMemberRemoved', {
  team: Id,
  user: Id,
})
export interface TeamMemberRemoved extends Envelope, Immutable<z.infer<typeof TeamMemberRemoved>> {}

/** A team is on this plan, or on none. Credits and metering follow by events of their own. */
export const TeamPlanSet = message('TeamPlanSet', {
  team: Id,
  plan: Id.nullable(),
})
export interface TeamPlanSet extends Envelope, Immutable<z.infer<typeof TeamPlanSet>> {}
