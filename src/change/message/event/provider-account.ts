import type { Immutable } from 'immer'
import { z } from 'zod'
import { Role } from '../../../model/noun/holding.ts'
import { Settings } from '../../../model/noun/provider-account.ts'
import { Id, Label, ProviderAccountId } from '../../../model/value/id.ts'
import { Principal } from '../../../model/value/principal.ts'
import { Window } from '../../../model/value/window.ts'
import { type Envelope, message } from '../envelope.ts'

/** A provider account was made, active, with these models. */
export const ProviderAccountCreated = message('ProviderAccountCreated', {
  providerAccount: ProviderAccountId,
  name: Label.optional(),
  settings: Settings,
  models: z.array(Id),
  anyModel: z.boolean(),
})
export interface ProviderAccountCreated extends Envelope, Immutable<z.infer<typeof ProviderAccountCreated>> {}

/** What is given changed; `null` cleared. */
export const ProviderAccountUpdated = message('ProviderAccountUpdated', {
  providerAccount: ProviderAccountId,
  name: Label.nullable().optional(),
  settings: Settings.optional(),
  anyModel: z.boolean().optional(),
})
export interface ProviderAccountUpdated extends Envelope, Immutable<z.infer<typeof ProviderAccountUpdated>> {}

/** A provider account was suspended. */
export const ProviderAccountSuspended = message('ProviderAccountSuspended', { providerAccount: ProviderAccountId })
export interface ProviderAccountSuspended extends Envelope, Immutable<z.infer<typeof ProviderAccountSuspended>> {}

/** A suspension ended. */
export const ProviderAccountActivated = message('ProviderAccountActivated', { providerAccount: ProviderAccountId })
export interface ProviderAccountActivated extends Envelope, Immutable<z.infer<typeof ProviderAccountActivated>> {}

/** A provider account is gone, and with it every alias target and role grant on it. Restrictions went by events of their own. */
export const ProviderAccountDeleted = message('ProviderAccountDeleted', { providerAccount: ProviderAccountId })
export interface ProviderAccountDeleted extends Envelope, Immutable<z.infer<typeof ProviderAccountDeleted>> {}

/** A provider account has these models too. */
export const ModelsAdded = message('ModelsAdded', {
  providerAccount: ProviderAccountId,
  models: z.array(Id),
})
export interface ModelsAdded extends Envelope, Immutable<z.infer<typeof ModelsAdded>> {}

/**
 * These models are gone, and with them every alias target on one, unless the account serves any model. Restrictions went
 * by events of their own.
 */
export const ModelsRemoved = message('ModelsRemoved', {
  providerAccount: ProviderAccountId,
  models: z.array(Id),
})
export interface ModelsRemoved extends Envelope, Immutable<z.infer<typeof ModelsRemoved>> {}

/** A model was suspended. */
export const ModelSuspended = message('ModelSuspended', {
  providerAccount: ProviderAccountId,
  model: Id,
})
export interface ModelSuspended extends Envelope, Immutable<z.infer<typeof ModelSuspended>> {}

/** A model's suspension ended. */
export const ModelActivated = message('ModelActivated', {
  providerAccount: ProviderAccountId,
  model: Id,
})
export interface ModelActivated extends Envelope, Immutable<z.infer<typeof ModelActivated>> {}

/** A principal has a role on a provider account in this window, besides those it had. */
export const RoleGranted = message('RoleGranted', {
  principal: Principal,
  providerAccount: ProviderAccountId,
  role: Role,
  window: Window,
})
export interface RoleGranted extends Envelope, Immutable<z.infer<typeof RoleGranted>> {}

/** A principal lost a role on a provider account, in all its windows. */
export const RoleRevoked = message('RoleRevoked', {
  principal: Principal,
  providerAccount: ProviderAccountId,
  role: Role,
})
export interface RoleRevoked extends Envelope, Immutable<z.infer<typeof RoleRevoked>> {}
