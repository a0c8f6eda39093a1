import type { Immutable } from 'immer'
import type { z } from 'zod'
import { Entitlement } from '../../../model/noun/organization.ts'
import { Authority } from '../../../model/value/authority.ts'
import { Id, Label } from '../../../model/value/id.ts'
import { Agent } from '../../../model/value/principal.ts'
import { type Envelope, message } from '../envelope.ts'

/** An active organization was created, without admins. */
export const OrganizationCreated = message('OrganizationCreated', {
  organization: Id,
  name: Label.optional(),
  entitlement: Entitlement,
})
export interface OrganizationCreated extends Envelope, Immutable<z.infer<typeof OrganizationCreated>> {}

/** The given fields of an organization changed. A field that is `null` was removed. */
export const OrganizationUpdated = message('OrganizationUpdated', {
  organization: Id,
  name: Label.nullable().optional(),
  entitlement: Entitlement.optional(),
})
export interface OrganizationUpdated extends Envelope, Immutable<z.infer<typeof OrganizationUpdated>> {}

/** An organization was suspended. */
export const OrganizationSuspended = message('OrganizationSuspended', { organization: Id, suspendedBy: Authority })
export interface OrganizationSuspended extends Envelope, Immutable<z.infer<typeof OrganizationSuspended>> {}

/** The suspension of an organization ended. */
export const OrganizationActivated = message('OrganizationActivated', { organization: Id })
export interface OrganizationActivated extends Envelope, Immutable<z.infer<typeof OrganizationActivated>> {}

/** An organization was deleted. Earlier events delete the organization's teams, virtual accounts and restrictions. */
export const OrganizationDeleted = message('OrganizationDeleted', { organization: Id })
export interface OrganizationDeleted extends Envelope, Immutable<z.infer<typeof OrganizationDeleted>> {}

/** A user or a virtual account became an admin of an organization. */
export const OrganizationAdminAdded = message('OrganizationAdminAdded', {
  organization: Id,
  admin: Agent,
})
export interface OrganizationAdminAdded extends Envelope, Immutable<z.infer<typeof OrganizationAdminAdded>> {}

/**
 * An admin of an organization was removed, by a command or because a later event deletes the user or virtual account.
 */
export const OrganizationAdminRemoved = message('OrganizationAdminRemoved', {
  organization: Id,
  admin: Agent,
})
export interface OrganizationAdminRemoved extends Envelope, Immutable<z.infer<typeof OrganizationAdminRemoved>> {}
