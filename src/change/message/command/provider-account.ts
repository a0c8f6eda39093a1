import type { Immutable } from 'immer'
import * as z from 'zod'
import { Role } from '../../../model/noun/holding.ts'
import { Settings } from '../../../model/noun/provider-account.ts'
import { Id, Label, ProviderAccountId } from '../../../model/value/id.ts'
import { Instant } from '../../../model/value/instant.ts'
import { listOf } from '../../../model/value/list.ts'
import { Principal } from '../../../model/value/principal.ts'
import { type Envelope, listLimit, message } from '../envelope.ts'

/** Creates an active provider account with its first models. */
export const CreateProviderAccount = message('CreateProviderAccount', {
  /** The id of the new account: 1 to 256 printable characters without `/`, unique among provider accounts. */
  providerAccount: ProviderAccountId,
  /** A display name of at most 1,024 characters. Default: none. */
  name: Label.optional(),
  /** Settings that the library stores for the host and never reads: at most 1,000 strings by name. Default: none. */
  settings: Settings.optional(),
  /** The models of the account, by the provider's own names: at most 10,000. Default: none. */
  models: listOf(Id, listLimit).optional(),
  /** Whether the account serves every model name, listed or not. Default: `false`. */
  anyModel: z.boolean().optional(),
})
export interface CreateProviderAccount extends Envelope, Immutable<z.infer<typeof CreateProviderAccount>> {}

/** Changes the given fields of a provider account. Omitted fields keep their values. */
export const UpdateProviderAccount = message('UpdateProviderAccount', {
  /** The id of the provider account to change. */
  providerAccount: ProviderAccountId,
  /** A new display name of at most 1,024 characters; `null` removes the name. Default: unchanged. */
  name: Label.nullable().optional(),
  /** New settings that replace all old ones: at most 1,000 strings by name. Default: unchanged. */
  settings: Settings.optional(),
  /** Whether the account serves every model name, listed or not. Default: unchanged. */
  anyModel: z.boolean().optional(),
})
export interface UpdateProviderAccount extends Envelope, Immutable<z.infer<typeof UpdateProviderAccount>> {}

/** Suspends a provider account: no request is routed to the account. */
export const SuspendProviderAccount = message('SuspendProviderAccount', {
  /** The id of the provider account to suspend. */
  providerAccount: ProviderAccountId,
})
export interface SuspendProviderAccount extends Envelope, Immutable<z.infer<typeof SuspendProviderAccount>> {}

/** Ends the suspension of a provider account. */
export const ActivateProviderAccount = message('ActivateProviderAccount', {
  /** The id of the provider account to activate. */
  providerAccount: ProviderAccountId,
})
export interface ActivateProviderAccount extends Envelope, Immutable<z.infer<typeof ActivateProviderAccount>> {}

/** Deletes a provider account. */
export const DeleteProviderAccount = message('DeleteProviderAccount', {
  /** The id of the provider account to delete. */
  providerAccount: ProviderAccountId,
  /**
   * `true` removes the alias targets, group members, role grants, restrictions and selectors in scopes that name the
   * account. Default: `false`, which rejects the command while one of them exists.
   */
  cascade: z.boolean().optional(),
})
export interface DeleteProviderAccount extends Envelope, Immutable<z.infer<typeof DeleteProviderAccount>> {}

/** Adds models to a provider account. Models that the account already lists keep their status. */
export const AddModels = message('AddModels', {
  /** The id of the provider account. */
  providerAccount: ProviderAccountId,
  /** The models to add, by the provider's own names: at most 10,000. */
  models: listOf(Id, listLimit),
})
export interface AddModels extends Envelope, Immutable<z.infer<typeof AddModels>> {}

/**
 * Removes models from the list of a provider account. An account with `anyModel` still serves the models, so the rows
 * that name them stay as they are. A suspended model cannot be removed from an account with `anyModel`.
 */
export const RemoveModels = message('RemoveModels', {
  /** The id of the provider account. */
  providerAccount: ProviderAccountId,
  /** The models to remove, by the provider's own names: at most 10,000. */
  models: listOf(Id, listLimit),
  /**
   * `true` removes the alias targets, group members, restrictions and selectors in scopes that name one of the models.
   * Default: `false`, which rejects the command while one of them exists. Without effect on an account with `anyModel`.
   */
  cascade: z.boolean().optional(),
})
export interface RemoveModels extends Envelope, Immutable<z.infer<typeof RemoveModels>> {}

/** Suspends one model of a provider account: no request is routed to the model. */
export const SuspendModel = message('SuspendModel', {
  /** The id of the provider account. */
  providerAccount: ProviderAccountId,
  /** The model to suspend. The account must list the model. */
  model: Id,
})
export interface SuspendModel extends Envelope, Immutable<z.infer<typeof SuspendModel>> {}

/** Ends the suspension of one model of a provider account. */
export const ActivateModel = message('ActivateModel', {
  /** The id of the provider account. */
  providerAccount: ProviderAccountId,
  /** The model to activate. The account must list the model. */
  model: Id,
})
export interface ActivateModel extends Envelope, Immutable<z.infer<typeof ActivateModel>> {}

/** Grants a principal a role on a provider account for a time window. Windows granted earlier stay. */
export const GrantRole = message('GrantRole', {
  /** The principal that receives the role. */
  principal: Principal,
  /** The id of the provider account. */
  providerAccount: ProviderAccountId,
  /** `user` may use the account's models; `manager` may also manage the account. */
  role: Role,
  /** The first instant of the window, in epoch milliseconds. Default: no start, so the role applies at once. */
  startsAt: Instant.optional(),
  /** The end of the window in epoch milliseconds, later than `startsAt` and the command's `at`. Default: no end. */
  expiresAt: Instant.optional(),
})
export interface GrantRole extends Envelope, Immutable<z.infer<typeof GrantRole>> {}

/** Revokes a principal's role on a provider account, in all windows of the grant. */
export const RevokeRole = message('RevokeRole', {
  /** The principal that loses the role. */
  principal: Principal,
  /** The id of the provider account. */
  providerAccount: ProviderAccountId,
  /** The role to revoke. The principal keeps any other role on the account. */
  role: Role,
})
export interface RevokeRole extends Envelope, Immutable<z.infer<typeof RevokeRole>> {}
