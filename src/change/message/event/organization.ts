import type { Immutable } from 'immer'
import { z } from 'zod'
import { Entitlement } from '../../../model/noun/organization.ts'
import { Id, Label } from '../../../model/value/id.ts'
import { Agent } from '../../../model/value/principal.ts'
import { envelope } from '../envelope.ts'

/** An organization was made, active and without admins. */
export const OrganizationCreated = z.strictObject({
  type: z.literal('OrganizationCreated'),
  ...envelope,
  organization: Id,
  name: Label.optional(),
  entitlement: Entitlement,
})
export type OrganizationCreated = Immutable<z.infer<typeof OrganizationCreated>>

/** What is given changed; `null` cleared. */
export const OrganizationUpdated = z.strictObject({
  type: z.literal('OrganizationUpdated'),
  ...envelope,
  organization: Id,
  name: Label.nullable().optional(),
  entitlement: Entitlement.optional(),
})
export type OrganizationUpdated = Immutable<z.infer<typeof OrganizationUpdated>>

/** An organization was suspended. */
export const OrganizationSuspended = z.strictObject({
  type: z.literal('OrganizationSuspended'),
  ...envelope,
  organization: Id,
})
export type OrganizationSuspended = Immutable<z.infer<typeof OrganizationSuspended>>

/** A suspension ended. */
export const OrganizationActivated = z.strictObject({
  type: z.literal('OrganizationActivated'),
  ...envelope,
  organization: Id,
})
export type OrganizationActivated = Immutable<z.infer<typeof OrganizationActivated>>

/** An organization is gone. Its teams, virtual accounts and restrictions went by events of their own. */
export const OrganizationDeleted = z.strictObject({
  type: z.literal('OrganizationDeleted'),
  ...envelope,
  organization: Id,
})
export type OrganizationDeleted = Immutable<z.infer<typeof OrganizationDeleted>>

/** A user or a virtual account runs an organization. */
export const OrganizationAdminAdded = z.strictObject({
  type: z.literal('OrganizationAdminAdded'),
  ...envelope,
  organization: Id,
  admin: Agent,
})
export type OrganizationAdminAdded = Immutable<z.infer<typeof OrganizationAdminAdded>>

/** An organization admin lost its power, or is about to be deleted. */
export const OrganizationAdminRemoved = z.strictObject({
  type: z.literal('OrganizationAdminRemoved'),
  ...envelope,
  organization: Id,
  admin: Agent,
})
export type OrganizationAdminRemoved = Immutable<z.infer<typeof OrganizationAdminRemoved>>
