import type { Immutable } from 'immer'
import { z } from 'zod'
import { Role } from '../../../model/noun/holding.ts'
import { Settings } from '../../../model/noun/provider-account.ts'
import { Id, Label, ProviderAccountId } from '../../../model/value/id.ts'
import { Principal } from '../../../model/value/principal.ts'
import { Window } from '../../../model/value/window.ts'
import { envelope } from '../envelope.ts'

/** A provider account was made, active, with these models. */
export const ProviderAccountCreated = z.strictObject({
  type: z.literal('ProviderAccountCreated'),
  ...envelope,
  providerAccount: ProviderAccountId,
  name: Label.optional(),
  settings: Settings,
  models: z.array(Id),
  anyModel: z.boolean(),
})
export type ProviderAccountCreated = Immutable<z.infer<typeof ProviderAccountCreated>>

/** What is given changed; `null` cleared. */
export const ProviderAccountUpdated = z.strictObject({
  type: z.literal('ProviderAccountUpdated'),
  ...envelope,
  providerAccount: ProviderAccountId,
  name: Label.nullable().optional(),
  settings: Settings.optional(),
  anyModel: z.boolean().optional(),
})
export type ProviderAccountUpdated = Immutable<z.infer<typeof ProviderAccountUpdated>>

/** A provider account was suspended. */
export const ProviderAccountSuspended = z.strictObject({
  type: z.literal('ProviderAccountSuspended'),
  ...envelope,
  providerAccount: ProviderAccountId,
})
export type ProviderAccountSuspended = Immutable<z.infer<typeof ProviderAccountSuspended>>

/** A suspension ended. */
export const ProviderAccountActivated = z.strictObject({
  type: z.literal('ProviderAccountActivated'),
  ...envelope,
  providerAccount: ProviderAccountId,
})
export type ProviderAccountActivated = Immutable<z.infer<typeof ProviderAccountActivated>>

/** A provider account is gone, and with it every alias target and role grant on it. Restrictions went by events of their own. */
export const ProviderAccountDeleted = z.strictObject({
  type: z.literal('ProviderAccountDeleted'),
  ...envelope,
  providerAccount: ProviderAccountId,
})
export type ProviderAccountDeleted = Immutable<z.infer<typeof ProviderAccountDeleted>>

/** A provider account has these models too. */
export const ModelsAdded = z.strictObject({
  type: z.literal('ModelsAdded'),
  ...envelope,
  providerAccount: ProviderAccountId,
  models: z.array(Id),
})
export type ModelsAdded = Immutable<z.infer<typeof ModelsAdded>>

/**
 * These models are gone, and with them every alias target on one, unless the account serves any model. Restrictions went
 * by events of their own.
 */
export const ModelsRemoved = z.strictObject({
  type: z.literal('ModelsRemoved'),
  ...envelope,
  providerAccount: ProviderAccountId,
  models: z.array(Id),
})
export type ModelsRemoved = Immutable<z.infer<typeof ModelsRemoved>>

/** A model was suspended. */
export const ModelSuspended = z.strictObject({
  type: z.literal('ModelSuspended'),
  ...envelope,
  providerAccount: ProviderAccountId,
  model: Id,
})
export type ModelSuspended = Immutable<z.infer<typeof ModelSuspended>>

/** A model's suspension ended. */
export const ModelActivated = z.strictObject({
  type: z.literal('ModelActivated'),
  ...envelope,
  providerAccount: ProviderAccountId,
  model: Id,
})
export type ModelActivated = Immutable<z.infer<typeof ModelActivated>>

/** A principal has a role on a provider account in this window, besides those it had. */
export const RoleGranted = z.strictObject({
  type: z.literal('RoleGranted'),
  ...envelope,
  principal: Principal,
  providerAccount: ProviderAccountId,
  role: Role,
  window: Window,
})
export type RoleGranted = Immutable<z.infer<typeof RoleGranted>>

/** A principal lost a role on a provider account, in all its windows. */
export const RoleRevoked = z.strictObject({
  type: z.literal('RoleRevoked'),
  ...envelope,
  principal: Principal,
  providerAccount: ProviderAccountId,
  role: Role,
})
export type RoleRevoked = Immutable<z.infer<typeof RoleRevoked>>
