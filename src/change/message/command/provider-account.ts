import type { Immutable } from 'immer'
import { z } from 'zod'
import { Role } from '../../../model/noun/holding.ts'
import { Settings } from '../../../model/noun/provider-account.ts'
import { Id, Label, ProviderAccountId } from '../../../model/value/id.ts'
import { Principal } from '../../../model/value/principal.ts'
import { envelope, listOf, windowEnds } from '../envelope.ts'

/** Makes a provider account with its first models. With `anyModel` it serves every model name. */
export const CreateProviderAccount = z.strictObject({
  type: z.literal('CreateProviderAccount'),
  ...envelope,
  providerAccount: ProviderAccountId,
  name: Label.optional(),
  settings: Settings.optional(),
  models: listOf(Id).optional(),
  anyModel: z.boolean().optional(),
})
export type CreateProviderAccount = Immutable<z.infer<typeof CreateProviderAccount>>

/** Changes what is given; `name: null` clears the name, and `settings` replaces all of them. */
export const UpdateProviderAccount = z.strictObject({
  type: z.literal('UpdateProviderAccount'),
  ...envelope,
  providerAccount: ProviderAccountId,
  name: Label.nullable().optional(),
  settings: Settings.optional(),
  anyModel: z.boolean().optional(),
})
export type UpdateProviderAccount = Immutable<z.infer<typeof UpdateProviderAccount>>

/** Stops a provider account and every route over it. */
export const SuspendProviderAccount = z.strictObject({
  type: z.literal('SuspendProviderAccount'),
  ...envelope,
  providerAccount: ProviderAccountId,
})
export type SuspendProviderAccount = Immutable<z.infer<typeof SuspendProviderAccount>>

/** Ends a suspension. */
export const ActivateProviderAccount = z.strictObject({
  type: z.literal('ActivateProviderAccount'),
  ...envelope,
  providerAccount: ProviderAccountId,
})
export type ActivateProviderAccount = Immutable<z.infer<typeof ActivateProviderAccount>>

/** Deletes a provider account; refused while alias targets, role grants or restrictions name it, which `cascade` removes. */
export const DeleteProviderAccount = z.strictObject({
  type: z.literal('DeleteProviderAccount'),
  ...envelope,
  providerAccount: ProviderAccountId,
  cascade: z.boolean().optional(),
})
export type DeleteProviderAccount = Immutable<z.infer<typeof DeleteProviderAccount>>

/** Adds models to a provider account. Those it has stay as they are. */
export const AddModels = z.strictObject({
  type: z.literal('AddModels'),
  ...envelope,
  providerAccount: ProviderAccountId,
  models: listOf(Id),
})
export type AddModels = Immutable<z.infer<typeof AddModels>>

/** Removes models; refused while alias targets or restrictions name one of them, which `cascade` removes. */
export const RemoveModels = z.strictObject({
  type: z.literal('RemoveModels'),
  ...envelope,
  providerAccount: ProviderAccountId,
  models: listOf(Id),
  cascade: z.boolean().optional(),
})
export type RemoveModels = Immutable<z.infer<typeof RemoveModels>>

/** Stops one model of a provider account. */
export const SuspendModel = z.strictObject({
  type: z.literal('SuspendModel'),
  ...envelope,
  providerAccount: ProviderAccountId,
  model: Id,
})
export type SuspendModel = Immutable<z.infer<typeof SuspendModel>>

/** Ends a model's suspension. */
export const ActivateModel = z.strictObject({
  type: z.literal('ActivateModel'),
  ...envelope,
  providerAccount: ProviderAccountId,
  model: Id,
})
export type ActivateModel = Immutable<z.infer<typeof ActivateModel>>

/** Gives a principal a role on a provider account, in a window of time. It adds to what is granted and takes nothing away. */
export const GrantRole = z.strictObject({
  type: z.literal('GrantRole'),
  ...envelope,
  principal: Principal,
  providerAccount: ProviderAccountId,
  role: Role,
  ...windowEnds,
})
export type GrantRole = Immutable<z.infer<typeof GrantRole>>

/** Takes a role on a provider account, in all its windows. */
export const RevokeRole = z.strictObject({
  type: z.literal('RevokeRole'),
  ...envelope,
  principal: Principal,
  providerAccount: ProviderAccountId,
  role: Role,
})
export type RevokeRole = Immutable<z.infer<typeof RevokeRole>>
