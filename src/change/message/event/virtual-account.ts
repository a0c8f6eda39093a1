import type { Immutable } from 'immer'
import { z } from 'zod'
import { AccessGroupId, Id, Label } from '../../../model/value/id.ts'
import { envelope } from '../envelope.ts'

/** A virtual account was made, active, with these groups for good. */
export const VirtualAccountCreated = z.strictObject({
  type: z.literal('VirtualAccountCreated'),
  ...envelope,
  virtualAccount: Id,
  organization: Id,
  name: Label.optional(),
  metered: z.boolean(),
  accessGroups: z.array(AccessGroupId),
})
export type VirtualAccountCreated = Immutable<z.infer<typeof VirtualAccountCreated>>

/** What is given changed; `null` cleared. */
export const VirtualAccountUpdated = z.strictObject({
  type: z.literal('VirtualAccountUpdated'),
  ...envelope,
  virtualAccount: Id,
  name: Label.nullable().optional(),
  metered: z.boolean().optional(),
})
export type VirtualAccountUpdated = Immutable<z.infer<typeof VirtualAccountUpdated>>

/** A virtual account was suspended. */
export const VirtualAccountSuspended = z.strictObject({
  type: z.literal('VirtualAccountSuspended'),
  ...envelope,
  virtualAccount: Id,
})
export type VirtualAccountSuspended = Immutable<z.infer<typeof VirtualAccountSuspended>>

/** A suspension ended. */
export const VirtualAccountActivated = z.strictObject({
  type: z.literal('VirtualAccountActivated'),
  ...envelope,
  virtualAccount: Id,
})
export type VirtualAccountActivated = Immutable<z.infer<typeof VirtualAccountActivated>>

/** A virtual account is gone, with its grants. Tokens, powers and restrictions went by events of their own. */
export const VirtualAccountDeleted = z.strictObject({
  type: z.literal('VirtualAccountDeleted'),
  ...envelope,
  virtualAccount: Id,
})
export type VirtualAccountDeleted = Immutable<z.infer<typeof VirtualAccountDeleted>>
