import type { Immutable } from 'immer'
import * as z from 'zod'
import { TeamRole } from '../../../model/noun/user.ts'
import { CreditText } from '../../../model/value/credit.ts'
import { AccessGroupId, Id, Label } from '../../../model/value/id.ts'
import { listOf } from '../../../model/value/list.ts'
import { type Envelope, listLimit, message } from '../envelope.ts'

/**
 * Whether a command's `credits` and `metered` are consistent. A command with `credits` must not have `metered: false`,
 * since only a metered principal has a wallet for credits.
 */
export function agreesOnMetering(command: { readonly credits?: unknown; readonly metered?: unknown }): boolean {
  return command.credits === undefined || command.metered !== false
}

/** The issue that is reported for a command with `credits` and `metered: false`. */
export const meteringDisagreement = {
  error: 'expected `metered` to be true or left out where `credits` are given',
  path: ['metered'],
}

/** Creates an active team of an organization, without members. */
export const CreateTeam = message('CreateTeam', {
  /** The id of the new team: 1 to 256 printable characters, unique among teams. */
  team: Id,
  /** The id of the organization that the team belongs to. */
  organization: Id,
  /** A display name of at most 1,024 characters. Default: none. */
  name: Label.optional(),
  /** The access groups to assign without an end: at most 10,000. Default: none. */
  accessGroups: listOf(AccessGroupId, listLimit).optional(),
  /** The id of the plan to put the team on. The team receives the plan's credits. Default: no plan. */
  plan: Id.optional(),
  /**
   * Credits to allocate in addition to the plan's credits: a decimal string with at most nine decimals. Default: none.
   */
  credits: CreditText.optional(),
  /**
   * Whether the team pays for its calls from a wallet. Always `true` when the command or the plan gives credits.
   * Default: `false` for `system` and administrators, `true` for every other actor.
   */
  metered: z.boolean().optional(),
}).refine(agreesOnMetering, meteringDisagreement)
export interface CreateTeam extends Envelope, Immutable<z.infer<typeof CreateTeam>> {}

/** Changes the given fields of a team. Omitted fields keep their values. */
export const UpdateTeam = message('UpdateTeam', {
  /** The id of the team to change. */
  team: Id,
  /** A new display name of at most 1,024 characters; `null` removes the name. Default: unchanged. */
  name: Label.nullable().optional(),
  /**
   * Whether the team pays for its calls from a wallet. The allowance by the team's plan ends with `false`, and is set
   * again with `true`. Default: unchanged.
   */
  metered: z.boolean().optional(),
})
export interface UpdateTeam extends Envelope, Immutable<z.infer<typeof UpdateTeam>> {}

/** Suspends a team and its keys. Members keep the access that does not come from the team. */
export const SuspendTeam = message('SuspendTeam', {
  /** The id of the team to suspend. */
  team: Id,
})
export interface SuspendTeam extends Envelope, Immutable<z.infer<typeof SuspendTeam>> {}

/** Ends the suspension of a team. */
export const ActivateTeam = message('ActivateTeam', {
  /** The id of the team to activate. */
  team: Id,
})
export interface ActivateTeam extends Envelope, Immutable<z.infer<typeof ActivateTeam>> {}

/**
 * Deletes a team with its keys and memberships, the members' tokens that name the team, and the restrictions on the
 * team. While a restriction on the team is in force, only `system` and administrators may delete the team: creating the
 * team again would evade the restriction.
 */
export const DeleteTeam = message('DeleteTeam', {
  /** The id of the team to delete. */
  team: Id,
})
export interface DeleteTeam extends Envelope, Immutable<z.infer<typeof DeleteTeam>> {}

/**
 * Adds a user to a team. An admin of the organization or a manager of the team may add itself. Such an actor may also
 * add a user who is in a team of the organization already, if the payer of the user's calls stays the same. Any other
 * user is invited with `InviteTeamMember`.
 */
export const AddTeamMember = message('AddTeamMember', {
  /** The id of the team. */
  team: Id,
  /** The id of the user to add. */
  user: Id,
  /** The user's role in the team. A manager manages the team's members and keys. Default: `member`. */
  role: TeamRole.optional(),
})
export interface AddTeamMember extends Envelope, Immutable<z.infer<typeof AddTeamMember>> {}

/** Changes the role of a team member. */
export const ChangeTeamMemberRole = message('ChangeTeamMemberRole', {
  /** The id of the team. */
  team: Id,
  /** The id of the member. */
  user: Id,
  /** The member's new role. A manager manages the team's members and keys. */
  role: TeamRole,
})
export interface ChangeTeamMemberRole extends Envelope, Immutable<z.infer<typeof ChangeTeamMemberRole>> {}

/**
 * Removes a user from a team and deletes the user's tokens that name the team. Every user may remove itself from any
 * team.
 */
export const RemoveTeamMember = message('RemoveTeamMember', {
  /** The id of the team. */
  team: Id,
  /** The id of the member to remove. */
  user: Id,
})
export interface RemoveTeamMember extends Envelope, Immutable<z.infer<typeof RemoveTeamMember>> {}

/**
 * Puts a team on a plan, or takes the team off its plan. A plan with credits makes the team metered. Credits that come
 * once are allocated only if the team has not received them from this plan before. Recurring credits are the team's
 * allowance until the team leaves the plan.
 */
export const SetTeamPlan = message('SetTeamPlan', {
  /** The id of the team. */
  team: Id,
  /** The id of the plan; `null` takes the team off its plan. Allocated credits stay. */
  plan: Id.nullable(),
})
export interface SetTeamPlan extends Envelope, Immutable<z.infer<typeof SetTeamPlan>> {}
