import type { Immutable } from 'immer'
import { z } from 'zod'
import { CreditText } from '../../../model/value/credit.ts'
import { AccessGroupId, Id, Label } from '../../../model/value/id.ts'
import { envelope, listOf } from '../envelope.ts'
import { agreesOnMetering, meteringDisagreement } from './team.ts'

/**
 * Makes a virtual account of an organization. Credits make it metered. Left out, `metered` is true for whoever is neither
 * `system` nor an administrator: who may create a virtual account may not create free use.
 */
export const CreateVirtualAccount = z
  .strictObject({
    type: z.literal('CreateVirtualAccount'),
    ...envelope,
    virtualAccount: Id,
    organization: Id,
    name: Label.optional(),
    accessGroups: listOf(AccessGroupId).optional(),
    credits: CreditText.optional(),
    metered: z.boolean().optional(),
  })
  .refine(agreesOnMetering, meteringDisagreement)
export type CreateVirtualAccount = Immutable<z.infer<typeof CreateVirtualAccount>>

/** Changes what is given; `name: null` clears the name. */
export const UpdateVirtualAccount = z.strictObject({
  type: z.literal('UpdateVirtualAccount'),
  ...envelope,
  virtualAccount: Id,
  name: Label.nullable().optional(),
  metered: z.boolean().optional(),
})
export type UpdateVirtualAccount = Immutable<z.infer<typeof UpdateVirtualAccount>>

/** Stops a virtual account and its tokens. */
export const SuspendVirtualAccount = z.strictObject({
  type: z.literal('SuspendVirtualAccount'),
  ...envelope,
  virtualAccount: Id,
})
export type SuspendVirtualAccount = Immutable<z.infer<typeof SuspendVirtualAccount>>

/** Ends a suspension. */
export const ActivateVirtualAccount = z.strictObject({
  type: z.literal('ActivateVirtualAccount'),
  ...envelope,
  virtualAccount: Id,
})
export type ActivateVirtualAccount = Immutable<z.infer<typeof ActivateVirtualAccount>>

/**
 * Deletes a virtual account with its grants, tokens and powers, and the restrictions on it. While a restriction binds it,
 * only `system` and administrators may: it would be shed by making the account again.
 */
export const DeleteVirtualAccount = z.strictObject({
  type: z.literal('DeleteVirtualAccount'),
  ...envelope,
  virtualAccount: Id,
})
export type DeleteVirtualAccount = Immutable<z.infer<typeof DeleteVirtualAccount>>
