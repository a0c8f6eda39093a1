import type { Immutable } from 'immer'
import { z } from 'zod'
import { AccessGroupId, Id, Label } from '../../../model/value/id.ts'
import { type Envelope, message } from '../envelope.ts'

/** A virtual account was made, active, with these groups for good. */
export const VirtualAccountCreated = message('VirtualAccountCreated', {
  virtualAccount: Id,
  organization: Id,
  name: Label.optional(),
  metered: z.boolean(),
  accessGroups: z.array(AccessGroupId),
})
export interface VirtualAccountCreated extends Envelope, Immutable<z.infer<typeof VirtualAccountCreated>> {}

/** What is given changed; `null` cleared. */
export const VirtualAccountUpdated = message('VirtualAccountUpdated', {
  virtualAccount: Id,
  name: Label.nullable().optional(),
  metered: z.boolean().optional(),
})
export interface VirtualAccountUpdated extends Envelope, Immutable<z.infer<typeof VirtualAccountUpdated>> {}

/** A virtual account was suspended. */
export const VirtualAccountSuspended = message('VirtualAccountSuspended', { virtualAccount: Id })
export interface VirtualAccountSuspended extends Envelope, Immutable<z.infer<typeof VirtualAccountSuspended>> {}

/** A suspension ended. */
export const VirtualAccountActivated = message('VirtualAccountActivated', { virtualAccount: Id })
export interface VirtualAccountActivated extends Envelope, Immutable<z.infer<typeof VirtualAccountActivated>> {}

/** A virtual account is gone, with its grants. Tokens, powers and restrictions went by events of their own. */
export const VirtualAccountDeleted = message('VirtualAccountDeleted', { virtualAccount: Id })
export interface VirtualAccountDeleted extends Envelope, Immutable<z.infer<typeof VirtualAccountDeleted>> {}
