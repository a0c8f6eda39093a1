import type { Immutable } from 'immer'
import { z } from 'zod'
import { Id, Label } from '../../../model/value/id.ts'
import { envelope } from '../envelope.ts'

/** A user was made, active and without anything. */
export const UserCreated = z.strictObject({
  type: z.literal('UserCreated'),
  ...envelope,
  user: Id,
  name: Label.optional(),
  metered: z.boolean(),
})
export type UserCreated = Immutable<z.infer<typeof UserCreated>>

/** What is given changed; `null` cleared. */
export const UserUpdated = z.strictObject({
  type: z.literal('UserUpdated'),
  ...envelope,
  user: Id,
  name: Label.nullable().optional(),
  metered: z.boolean().optional(),
})
export type UserUpdated = Immutable<z.infer<typeof UserUpdated>>

/** A user was suspended. */
export const UserSuspended = z.strictObject({ type: z.literal('UserSuspended'), ...envelope, user: Id })
export type UserSuspended = Immutable<z.infer<typeof UserSuspended>>

/** A suspension ended. */
export const UserActivated = z.strictObject({ type: z.literal('UserActivated'), ...envelope, user: Id })
export type UserActivated = Immutable<z.infer<typeof UserActivated>>

/** A user is gone, with its memberships and grants. Tokens, powers and restrictions went by events of their own. */
export const UserDeleted = z.strictObject({ type: z.literal('UserDeleted'), ...envelope, user: Id })
export type UserDeleted = Immutable<z.infer<typeof UserDeleted>>

/** A user's default team is this one, or none. */
export const DefaultTeamSet = z.strictObject({
  type: z.literal('DefaultTeamSet'),
  ...envelope,
  user: Id,
  team: Id.nullable(),
})
export type DefaultTeamSet = Immutable<z.infer<typeof DefaultTeamSet>>
