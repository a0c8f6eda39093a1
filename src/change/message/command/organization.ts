import type { Immutable } from 'immer'
import { z } from 'zod'
import { Entitlement } from '../../../model/noun/organization.ts'
import { Id, Label } from '../../../model/value/id.ts'
import { Agent } from '../../../model/value/principal.ts'
import { envelope } from '../envelope.ts'

/** Makes an organization. What it is entitled to is always said, `unlimited` included. */
export const CreateOrganization = z.strictObject({
  type: z.literal('CreateOrganization'),
  ...envelope,
  organization: Id,
  name: Label.optional(),
  entitlement: Entitlement,
})
export type CreateOrganization = Immutable<z.infer<typeof CreateOrganization>>

/** Changes what is given; `name: null` clears the name. */
export const UpdateOrganization = z.strictObject({
  type: z.literal('UpdateOrganization'),
  ...envelope,
  organization: Id,
  name: Label.nullable().optional(),
  entitlement: Entitlement.optional(),
})
export type UpdateOrganization = Immutable<z.infer<typeof UpdateOrganization>>

/** Stops every team and virtual account of an organization, and its admins' powers. */
export const SuspendOrganization = z.strictObject({
  type: z.literal('SuspendOrganization'),
  ...envelope,
  organization: Id,
})
export type SuspendOrganization = Immutable<z.infer<typeof SuspendOrganization>>

/** Ends a suspension. */
export const ActivateOrganization = z.strictObject({
  type: z.literal('ActivateOrganization'),
  ...envelope,
  organization: Id,
})
export type ActivateOrganization = Immutable<z.infer<typeof ActivateOrganization>>

/** Deletes an organization; refused while it has teams or virtual accounts, which `cascade` deletes with it. */
export const DeleteOrganization = z.strictObject({
  type: z.literal('DeleteOrganization'),
  ...envelope,
  organization: Id,
  cascade: z.boolean().optional(),
})
export type DeleteOrganization = Immutable<z.infer<typeof DeleteOrganization>>

/** Lets a user or a virtual account run an organization. */
export const AddOrganizationAdmin = z.strictObject({
  type: z.literal('AddOrganizationAdmin'),
  ...envelope,
  organization: Id,
  admin: Agent,
})
export type AddOrganizationAdmin = Immutable<z.infer<typeof AddOrganizationAdmin>>

/** Takes an organization admin's power. */
export const RemoveOrganizationAdmin = z.strictObject({
  type: z.literal('RemoveOrganizationAdmin'),
  ...envelope,
  organization: Id,
  admin: Agent,
})
export type RemoveOrganizationAdmin = Immutable<z.infer<typeof RemoveOrganizationAdmin>>
