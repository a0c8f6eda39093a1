import type { Immutable } from 'immer'
import { z } from 'zod'
import { Id, Label } from '../../../model/value/id.ts'
import { type Envelope, message } from '../envelope.ts'

/** A user was made, active and without anything. */
export const UserCreated = message('UserCreated', {
  user: Id,
  name: Label.optional(),
  metered: z.boolean(),
})
export interface UserCreated extends Envelope, Immutable<z.infer<typeof UserCreated>> {}

/** What is given changed; `null` cleared. */
export const UserUpdated = message('UserUpdated', {
  user: Id,
  name: Label.nullable().optional(),
  metered: z.boolean().optional(),
})
export interface UserUpdated extends Envelope, Immutable<z.infer<typeof UserUpdated>> {}

/** A user was suspended. */
export const UserSuspended = message('UserSuspended', { user: Id })
export interface UserSuspended extends Envelope, Immutable<z.infer<typeof UserSuspended>> {}

/** A suspension ended. */
export const UserActivated = message('UserActivated', { user: Id })
export interface UserActivated extends Envelope, Immutable<z.infer<typeof UserActivated>> {}

/** A user is gone, with its memberships and grants. Tokens, powers and restrictions went by events of their own. */
export const UserDeleted = message('UserDeleted', { user: Id })
export interface UserDeleted extends Envelope, Immutable<z.infer<typeof UserDeleted>> {}

/** A user's default team is this one, or none. */
export const DefaultTeamSet = message('DefaultTeamSet', {
  user: Id,
  team: Id.nullable(),
})
export interface DefaultTeamSet extends Envelope, Immutable<z.infer<typeof DefaultTeamSet>> {}
