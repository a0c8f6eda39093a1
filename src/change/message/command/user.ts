import type { Immutable } from 'immer'
import { z } from 'zod'
import { Id, Label } from '../../../model/value/id.ts'
import { envelope } from '../envelope.ts'

/** Makes a user, who belongs to no organization and no team yet. */
export const CreateUser = z.strictObject({
  type: z.literal('CreateUser'),
  ...envelope,
  user: Id,
  name: Label.optional(),
  metered: z.boolean().optional(),
})
export type CreateUser = Immutable<z.infer<typeof CreateUser>>

/** Changes what is given; `name: null` clears the name. */
export const UpdateUser = z.strictObject({
  type: z.literal('UpdateUser'),
  ...envelope,
  user: Id,
  name: Label.nullable().optional(),
  metered: z.boolean().optional(),
})
export type UpdateUser = Immutable<z.infer<typeof UpdateUser>>

/** Stops a user, whatever it holds. */
export const SuspendUser = z.strictObject({ type: z.literal('SuspendUser'), ...envelope, user: Id })
export type SuspendUser = Immutable<z.infer<typeof SuspendUser>>

/** Ends a suspension. */
export const ActivateUser = z.strictObject({ type: z.literal('ActivateUser'), ...envelope, user: Id })
export type ActivateUser = Immutable<z.infer<typeof ActivateUser>>

/** Deletes a user with its memberships, grants, tokens and powers, and the restrictions on it. */
export const DeleteUser = z.strictObject({ type: z.literal('DeleteUser'), ...envelope, user: Id })
export type DeleteUser = Immutable<z.infer<typeof DeleteUser>>

/** Sets the team in whose name a user asks where none is named; `null` clears it. */
export const SetDefaultTeam = z.strictObject({
  type: z.literal('SetDefaultTeam'),
  ...envelope,
  user: Id,
  team: Id.nullable(),
})
export type SetDefaultTeam = Immutable<z.infer<typeof SetDefaultTeam>>
