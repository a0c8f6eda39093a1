import type { Immutable } from 'immer'
import { z } from 'zod'
import { Role } from '../../../model/noun/holding.ts'
import { Settings } from '../../../model/noun/provider-account.ts'
import { Id, Label, ProviderAccountId } from '../../../model/value/id.ts'
import { Principal } from '../../../model/value/principal.ts'
import { Window } from '../../../model/value/window.ts'
import { type Envelope, message } from '../envelope.ts'

/** A provider account was created, active, with these models. */
export const ProviderAccountCreated = message('ProviderAccountCreated', {
  providerAccount: ProviderAccountId,
  name: Label.optional(),
  settings: Settings,
  models: z.array(Id),
  anyModel: z.boolean(),
})
export interface ProviderAccountCreated extends Envelope, Immutable<z.infer<typeof ProviderAccountCreated>> {}

/** The given fields changed; `null` removed a field. */
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

/** The suspension of a provider account ended. */
export const ProviderAccountActivated = message('ProviderAccountActivated', { providerAccount: ProviderAccountId })
export interface ProviderAccountActivated extends Envelope, Immutable<z.infer<typeof ProviderAccountActivated>> {}

/** A provider account was deleted, and with it the alias targets and role grants on it. */
export const ProviderAccountDeleted = message('ProviderAccountDeleted', { providerAccount: ProviderAccountId })
export interface ProviderAccountDeleted extends Envelope, Immutable<z.infer<typeof ProviderAccountDeleted>> {}

/** Models were added to a provider account, none of which it had. */
export const ModelsAdded = message('ModelsAdded', {
  providerAccount: ProviderAccountId,
  models: z.array(Id),
})
export interface ModelsAdded extends Envelope, Immutable<z.infer<typeof ModelsAdded>> {}

/** Models were removed from a provider account, and with them the alias targets on them unless it serves any model. */
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

/** The suspension of a model ended. */
export const ModelActivated = message('ModelActivated', {
  providerAccount: ProviderAccountId,
  model: Id,
})
export interface ModelActivated extends Envelope, Immutable<z.infer<typeof ModelActivated>> {}

/** A role was granted to a principal in this window, in addition to the windows it had. */
export const RoleGranted = message('RoleGranted', {
  principal: Principal,
  providerAccount: ProviderAccountId,
  role: Role,
  window: Window,
})
export interface RoleGranted extends Envelope, Immutable<z.infer<typeof RoleGranted>> {}

/** A role of a principal was revoked in all its windows. */
export const RoleRevoked = message('RoleRevoked', {
  principal: Principal,
  providerAccount: ProviderAccountId,
  role: Role,
})
export interface RoleRevoked extends Envelope, Immutable<z.infer<typeof RoleRevoked>> {}
