import type { Immutable } from 'immer'
import { z } from 'zod'
import { TeamRole } from '../../../model/noun/user.ts'
import { AccessGroupId, Id, Label } from '../../../model/value/id.ts'
import { envelope } from '../envelope.ts'

/** A team was made, active, with these groups for good. */
export const TeamCreated = z.strictObject({
  type: z.literal('TeamCreated'),
  ...envelope,
  team: Id,
  organization: Id,
  name: Label.optional(),
  metered: z.boolean(),
  plan: Id.optional(),
  accessGroups: z.array(AccessGroupId),
})
export type TeamCreated = Immutable<z.infer<typeof TeamCreated>>

/** What is given changed; `null` cleared. */
export const TeamUpdated = z.strictObject({
  type: z.literal('TeamUpdated'),
  ...envelope,
  team: Id,
  name: Label.nullable().optional(),
  metered: z.boolean().optional(),
})
export type TeamUpdated = Immutable<z.infer<typeof TeamUpdated>>

/** A team was suspended. */
export const TeamSuspended = z.strictObject({ type: z.literal('TeamSuspended'), ...envelope, team: Id })
export type TeamSuspended = Immutable<z.infer<typeof TeamSuspended>>

/** A suspension ended. */
export const TeamActivated = z.strictObject({ type: z.literal('TeamActivated'), ...envelope, team: Id })
export type TeamActivated = Immutable<z.infer<typeof TeamActivated>>

/** A team is gone, and its members are its members no more. Keys, tokens and restrictions went by events of their own. */
export const TeamDeleted = z.strictObject({ type: z.literal('TeamDeleted'), ...envelope, team: Id })
export type TeamDeleted = Immutable<z.infer<typeof TeamDeleted>>

/** A user joined a team. */
export const TeamMemberAdded = z.strictObject({
  type: z.literal('TeamMemberAdded'),
  ...envelope,
  team: Id,
  user: Id,
  role: TeamRole,
})
export type TeamMemberAdded = Immutable<z.infer<typeof TeamMemberAdded>>

/** A member became a manager, or a manager a member. */
export const TeamMemberRoleChanged = z.strictObject({
  type: z.literal('TeamMemberRoleChanged'),
  ...envelope,
  team: Id,
  user: Id,
  role: TeamRole,
})
export type TeamMemberRoleChanged = Immutable<z.infer<typeof TeamMemberRoleChanged>>

/** A user left a team, which is its default team no more. Its tokens that name the team went by events of their own. */
export const TeamMemberRemoved = z.strictObject({
  type: z.literal('TeamMemberRemoved'),
  ...envelope,
  team: Id,
  user: Id,
})
export type TeamMemberRemoved = Immutable<z.infer<typeof TeamMemberRemoved>>

/** A team is on this plan, or on none. Credits and metering follow by events of their own. */
export const TeamPlanSet = z.strictObject({
  type: z.literal('TeamPlanSet'),
  ...envelope,
  team: Id,
  plan: Id.nullable(),
})
export type TeamPlanSet = Immutable<z.infer<typeof TeamPlanSet>>
