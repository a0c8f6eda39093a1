import type { Immutable } from 'immer'
import * as z from 'zod'
import { Entitlement } from '../../../model/noun/organization.ts'
import { Id, Label } from '../../../model/value/id.ts'
import { Agent } from '../../../model/value/principal.ts'
import { type Envelope, message } from '../envelope.ts'

/** Creates an active organization without admins. */
export const CreateOrganization = message('CreateOrganization', {
  /** The id of the new organization: 1 to 256 printable characters, unique among organizations. */
  organization: Id,
  /** A display name of at most 1,024 characters. Default: none. */
  name: Label.optional(),
  /**
   * The access groups that the organization's teams and virtual accounts may use: `unlimited`, or a list of at most
   * 10,000 groups.
   */
  entitlement: Entitlement,
})
export interface CreateOrganization extends Envelope, Immutable<z.infer<typeof CreateOrganization>> {}

/** Changes the given fields of an organization. Omitted fields keep their values. */
export const UpdateOrganization = message('UpdateOrganization', {
  /** The id of the organization to change. */
  organization: Id,
  /** A new display name of at most 1,024 characters; `null` removes the name. Default: unchanged. */
  name: Label.nullable().optional(),
  /**
   * A new entitlement that replaces the old one: `unlimited`, or a list of at most 10,000 groups. Default: unchanged.
   */
  entitlement: Entitlement.optional(),
})
export interface UpdateOrganization extends Envelope, Immutable<z.infer<typeof UpdateOrganization>> {}

/** Suspends an organization: its teams, its virtual accounts and its admins' powers stop working. */
export const SuspendOrganization = message('SuspendOrganization', {
  /** The id of the organization to suspend. */
  organization: Id,
})
export interface SuspendOrganization extends Envelope, Immutable<z.infer<typeof SuspendOrganization>> {}

/** Ends the suspension of an organization. */
export const ActivateOrganization = message('ActivateOrganization', {
  /** The id of the organization to activate. */
  organization: Id,
})
export interface ActivateOrganization extends Envelope, Immutable<z.infer<typeof ActivateOrganization>> {}

/** Deletes an organization and the restrictions on the organization. */
export const DeleteOrganization = message('DeleteOrganization', {
  /** The id of the organization to delete. */
  organization: Id,
  /**
   * `true` deletes the organization's teams and virtual accounts too. Default: `false`, which rejects the command while
   * the organization has teams or virtual accounts.
   */
  cascade: z.boolean().optional(),
})
export interface DeleteOrganization extends Envelope, Immutable<z.infer<typeof DeleteOrganization>> {}

/** Makes a user or a virtual account an admin of an organization. */
export const AddOrganizationAdmin = message('AddOrganizationAdmin', {
  /** The id of the organization. */
  organization: Id,
  /** The new admin: an existing user or virtual account. */
  admin: Agent,
})
export interface AddOrganizationAdmin extends Envelope, Immutable<z.infer<typeof AddOrganizationAdmin>> {}

/** Removes an admin of an organization. */
export const RemoveOrganizationAdmin = message('RemoveOrganizationAdmin', {
  /** The id of the organization. */
  organization: Id,
  /** The admin to remove. The user or virtual account itself stays. */
  admin: Agent,
})
export interface RemoveOrganizationAdmin extends Envelope, Immutable<z.infer<typeof RemoveOrganizationAdmin>> {}
