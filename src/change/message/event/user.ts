import type { Immutable } from 'immer'
import * as z from 'zod'
import { Authority } from '../../../model/value/authority.ts'
import { Id, Label } from '../../../model/value/id.ts'
import { type Envelope, message } from '../envelope.ts'

/** An active user was created, without teams, access groups or roles. */
export const UserCreated = message('UserCreated', {
  user: Id,
  name: Label.optional(),
  metered: z.boolean(),
})
export interface UserCreated extends Envelope, Immutable<z.infer<typeof UserCreated>> {}

/** The given fields of a user changed. A field that is `null` was removed. */
export const UserUpdated = message('UserUpdated', {
  user: Id,
  name: Label.nullable().optional(),
  metered: z.boolean().optional(),
})
export interface UserUpdated extends Envelope, Immutable<z.infer<typeof UserUpdated>> {}

/** A user was suspended. */
export const UserSuspended = message('UserSuspended', { user: Id, suspendedBy: Authority })
export interface UserSuspended extends Envelope, Immutable<z.infer<typeof UserSuspended>> {}

/** The suspension of a user ended. */
export const UserActivated = message('UserActivated', { user: Id })
export interface UserActivated extends Envelope, Immutable<z.infer<typeof UserActivated>> {}

/**
 * A user was deleted with its memberships and grants. Earlier events delete the user's tokens, the user's admin powers,
 * and the restrictions on the user.
 */
export const UserDeleted = message('UserDeleted', { user: Id })
export interface UserDeleted extends Envelope, Immutable<z.infer<typeof UserDeleted>> {}

/** The default team of a user was set, or removed. */
export const DefaultTeamSet = message('DefaultTeamSet', {
  user: Id,
  team: Id.nullable(),
})
export interface DefaultTeamSet extends Envelope, Immutable<z.infer<typeof DefaultTeamSet>> {}
