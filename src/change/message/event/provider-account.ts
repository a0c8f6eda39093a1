import type { Immutable } from 'immer'
import * as z from 'zod'
import { Role } from '../../../model/noun/holding.ts'
import { Settings } from '../../../model/noun/provider-account.ts'
import { Authority } from '../../../model/value/authority.ts'
import { Id, Label, ProviderAccountId } from '../../../model/value/id.ts'
import { listOf } from '../../../model/value/list.ts'
import { Principal } from '../../../model/value/principal.ts'
import { Window } from '../../../model/value/window.ts'
import { type Envelope, message } from '../envelope.ts'

/** An active provider account was created, with these models. */
export const ProviderAccountCreated = message('ProviderAccountCreated', {
  providerAccount: ProviderAccountId,
  name: Label.optional(),
  settings: Settings,
  models: listOf(Id),
  anyModel: z.boolean(),
})
export interface ProviderAccountCreated extends Envelope, Immutable<z.infer<typeof ProviderAccountCreated>> {}

/** The given fields of a provider account changed. A field that is `null` was removed. */
export const ProviderAccountUpdated = message('ProviderAccountUpdated', {
  providerAccount: ProviderAccountId,
  name: Label.nullable().optional(),
  settings: Settings.optional(),
  anyModel: z.boolean().optional(),
})
export interface ProviderAccountUpdated extends Envelope, Immutable<z.infer<typeof ProviderAccountUpdated>> {}

/** A provider account was suspended. */
export const ProviderAccountSuspended = message('ProviderAccountSuspended', {
  providerAccount: ProviderAccountId,
  suspendedBy: Authority,
})
export interface ProviderAccountSuspended extends Envelope, Immutable<z.infer<typeof ProviderAccountSuspended>> {}

/** The suspension of a provider account ended. */
export const ProviderAccountActivated = message('ProviderAccountActivated', { providerAccount: ProviderAccountId })
export interface ProviderAccountActivated extends Envelope, Immutable<z.infer<typeof ProviderAccountActivated>> {}

/**
 * A provider account was deleted. The alias targets, group members, role grants and selectors in scopes that name the
 * account were removed too.
 */
export const ProviderAccountDeleted = message('ProviderAccountDeleted', { providerAccount: ProviderAccountId })
export interface ProviderAccountDeleted extends Envelope, Immutable<z.infer<typeof ProviderAccountDeleted>> {}

/** Models were added to a provider account. The account listed none of these models before. */
export const ModelsAdded = message('ModelsAdded', {
  providerAccount: ProviderAccountId,
  models: listOf(Id),
})
export interface ModelsAdded extends Envelope, Immutable<z.infer<typeof ModelsAdded>> {}

/**
 * Models were removed from a provider account. The alias targets, group members and selectors in scopes that name a
 * removed model were removed too, unless the account still serves the model.
 */
export const ModelsRemoved = message('ModelsRemoved', {
  providerAccount: ProviderAccountId,
  models: listOf(Id),
})
export interface ModelsRemoved extends Envelope, Immutable<z.infer<typeof ModelsRemoved>> {}

/** A model was suspended. */
export const ModelSuspended = message('ModelSuspended', {
  providerAccount: ProviderAccountId,
  model: Id,
  suspendedBy: Authority,
})
export interface ModelSuspended extends Envelope, Immutable<z.infer<typeof ModelSuspended>> {}

/** The suspension of a model ended. */
export const ModelActivated = message('ModelActivated', {
  providerAccount: ProviderAccountId,
  model: Id,
})
export interface ModelActivated extends Envelope, Immutable<z.infer<typeof ModelActivated>> {}

/**
 * A role on a provider account was granted to a principal for a time window. The window is added to the grant's earlier
 * windows.
 */
export const RoleGranted = message('RoleGranted', {
  principal: Principal,
  providerAccount: ProviderAccountId,
  role: Role,
  window: Window,
})
export interface RoleGranted extends Envelope, Immutable<z.infer<typeof RoleGranted>> {}

/** A principal's role on a provider account was revoked, in all windows of the grant. */
export const RoleRevoked = message('RoleRevoked', {
  principal: Principal,
  providerAccount: ProviderAccountId,
  role: Role,
})
export interface RoleRevoked extends Envelope, Immutable<z.infer<typeof RoleRevoked>> {}
