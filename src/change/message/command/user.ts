import type { Immutable } from 'immer'
import * as z from 'zod'
import { Id, Label } from '../../../model/value/id.ts'
import { type Envelope, message } from '../envelope.ts'

/** Creates an active user without teams, access groups or roles. */
export const CreateUser = message('CreateUser', {
  /** The id of the new user: 1 to 256 printable characters, unique among users. */
  user: Id,
  /** A display name of at most 1,024 characters. Default: none. */
  name: Label.optional(),
  /** Whether the user pays for its own calls from a wallet. Default: `false`. */
  metered: z.boolean().optional(),
})
export interface CreateUser extends Envelope, Immutable<z.infer<typeof CreateUser>> {}

/** Changes the given fields of a user. Omitted fields keep their values. */
export const UpdateUser = message('UpdateUser', {
  /** The id of the user to change. */
  user: Id,
  /** A new display name of at most 1,024 characters; `null` removes the name. Default: unchanged. */
  name: Label.nullable().optional(),
  /** Whether the user pays for its own calls from a wallet. Default: unchanged. */
  metered: z.boolean().optional(),
})
export interface UpdateUser extends Envelope, Immutable<z.infer<typeof UpdateUser>> {}

/** Suspends a user. A suspended user may neither call models nor give commands. */
export const SuspendUser = message('SuspendUser', {
  /** The id of the user to suspend. */
  user: Id,
})
export interface SuspendUser extends Envelope, Immutable<z.infer<typeof SuspendUser>> {}

/** Ends the suspension of a user. */
export const ActivateUser = message('ActivateUser', {
  /** The id of the user to activate. */
  user: Id,
})
export interface ActivateUser extends Envelope, Immutable<z.infer<typeof ActivateUser>> {}

/**
 * Deletes a user with its memberships, assignments, role grants, tokens and admin powers. The restrictions on the user
 * are deleted too.
 */
export const DeleteUser = message('DeleteUser', {
  /** The id of the user to delete. */
  user: Id,
})
export interface DeleteUser extends Envelope, Immutable<z.infer<typeof DeleteUser>> {}

/**
 * Sets a user's default team. A request of the user that names no team acts for the default team if the team has access
 * to the model. While the default team is suspended, such requests are denied.
 */
export const SetDefaultTeam = message('SetDefaultTeam', {
  /** The id of the user. */
  user: Id,
  /** The id of a team that the user is a member of; `null` removes the default team. */
  team: Id.nullable(),
})
export interface SetDefaultTeam extends Envelope, Immutable<z.infer<typeof SetDefaultTeam>> {}
