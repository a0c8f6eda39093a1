import type { Immutable } from 'immer'
import * as z from 'zod'
import { assignmentLimit } from '../../../model/noun/holding.ts'
import { Authority } from '../../../model/value/authority.ts'
import { AccessGroupId, Id, Label } from '../../../model/value/id.ts'
import { listOf } from '../../../model/value/list.ts'
import { type Envelope, message } from '../envelope.ts'

/** An active virtual account was created. The listed access groups are assigned to the account without an end. */
export const VirtualAccountCreated = message('VirtualAccountCreated', {
  virtualAccount: Id,
  organization: Id,
  name: Label.optional(),
  metered: z.boolean(),
  accessGroups: listOf(AccessGroupId, assignmentLimit),
})
export interface VirtualAccountCreated extends Envelope, Immutable<z.infer<typeof VirtualAccountCreated>> {}

/** The given fields of a virtual account changed. A field that is `null` was removed. */
export const VirtualAccountUpdated = message('VirtualAccountUpdated', {
  virtualAccount: Id,
  name: Label.nullable().optional(),
  metered: z.boolean().optional(),
})
export interface VirtualAccountUpdated extends Envelope, Immutable<z.infer<typeof VirtualAccountUpdated>> {}

/** A virtual account was suspended. */
export const VirtualAccountSuspended = message('VirtualAccountSuspended', {
  virtualAccount: Id,
  suspendedBy: Authority,
})
export interface VirtualAccountSuspended extends Envelope, Immutable<z.infer<typeof VirtualAccountSuspended>> {}

/** The suspension of a virtual account ended. */
export const VirtualAccountActivated = message('VirtualAccountActivated', { virtualAccount: Id })
export interface VirtualAccountActivated extends Envelope, Immutable<z.infer<typeof VirtualAccountActivated>> {}

/**
 * A virtual account was deleted with its grants. Earlier events delete the account's tokens, the account's admin
 * powers, and the restrictions on the account.
 */
export const VirtualAccountDeleted = message('VirtualAccountDeleted', { virtualAccount: Id })
export interface VirtualAccountDeleted extends Envelope, Immutable<z.infer<typeof VirtualAccountDeleted>> {}
