import type { Immutable } from 'immer'
import { z } from 'zod'
import { TeamRole } from '../../../model/noun/user.ts'
import { CreditText } from '../../../model/value/credit.ts'
import { AccessGroupId, Id, Label } from '../../../model/value/id.ts'
import { envelope, listOf } from '../envelope.ts'

/** Whether `credits` and `metered` agree: credits go to a wallet, and only what is metered has one. */
export function agreesOnMetering(command: { readonly credits?: unknown; readonly metered?: unknown }): boolean {
  return command.credits === undefined || command.metered !== false
}

/** What to say when they do not. */
export const meteringDisagreement = {
  error: 'expected `metered` to be true or left out where `credits` are given',
  path: ['metered'],
}

/**
 * Makes a team of an organization. Credits, its own or its plan's, make it metered. Left out, `metered` is true for whoever
 * is neither `system` nor an administrator: who may create a team may not create free use.
 */
export const CreateTeam = z
  .strictObject({
    type: z.literal('CreateTeam'),
    ...envelope,
    team: Id,
    organization: Id,
    name: Label.optional(),
    accessGroups: listOf(AccessGroupId).optional(),
    plan: Id.optional(),
    credits: CreditText.optional(),
    metered: z.boolean().optional(),
  })
  .refine(agreesOnMetering, meteringDisagreement)
export type CreateTeam = Immutable<z.infer<typeof CreateTeam>>

/** Changes what is given; `name: null` clears the name. */
export const UpdateTeam = z.strictObject({
  type: z.literal('UpdateTeam'),
  ...envelope,
  team: Id,
  name: Label.nullable().optional(),
  metered: z.boolean().optional(),
})
export type UpdateTeam = Immutable<z.infer<typeof UpdateTeam>>

/** Stops a team and its keys. Members keep what they have without it. */
export const SuspendTeam = z.strictObject({ type: z.literal('SuspendTeam'), ...envelope, team: Id })
export type SuspendTeam = Immutable<z.infer<typeof SuspendTeam>>

/** Ends a suspension. */
export const ActivateTeam = z.strictObject({ type: z.literal('ActivateTeam'), ...envelope, team: Id })
export type ActivateTeam = Immutable<z.infer<typeof ActivateTeam>>

/**
 * Deletes a team with its keys, its memberships, its members' tokens that name it, and the restrictions on it. While a
 * restriction binds it, only `system` and administrators may: it would be shed by making the team again.
 */
export const DeleteTeam = z.strictObject({ type: z.literal('DeleteTeam'), ...envelope, team: Id })
export type DeleteTeam = Immutable<z.infer<typeof DeleteTeam>>

/** Adds a user to a team, as a member unless said otherwise. */
export const AddTeamMember = z.strictObject({
  type: z.literal('AddTeamMember'),
  ...envelope,
  team: Id,
  user: Id,
  role: TeamRole.optional(),
})
export type AddTeamMember = Immutable<z.infer<typeof AddTeamMember>>

/** Makes a member a manager, or a manager a member. */
export const ChangeTeamMemberRole = z.strictObject({
  type: z.literal('ChangeTeamMemberRole'),
  ...envelope,
  team: Id,
  user: Id,
  role: TeamRole,
})
export type ChangeTeamMemberRole = Immutable<z.infer<typeof ChangeTeamMemberRole>>

/** Takes a user out of a team, with its tokens that name the team. */
export const RemoveTeamMember = z.strictObject({
  type: z.literal('RemoveTeamMember'),
  ...envelope,
  team: Id,
  user: Id,
})
export type RemoveTeamMember = Immutable<z.infer<typeof RemoveTeamMember>>

/** Puts a team on a plan, which allocates the plan's credits; `null` takes it off. */
export const SetTeamPlan = z.strictObject({
  type: z.literal('SetTeamPlan'),
  ...envelope,
  team: Id,
  plan: Id.nullable(),
})
export type SetTeamPlan = Immutable<z.infer<typeof SetTeamPlan>>
