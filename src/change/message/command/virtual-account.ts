import type { Immutable } from 'immer'
import * as z from 'zod'
import { CreditText } from '../../../model/value/credit.ts'
import { AccessGroupId, Id, Label } from '../../../model/value/id.ts'
import { listOf } from '../../../model/value/list.ts'
import { type Envelope, listLimit, message } from '../envelope.ts'
import { agreesOnMetering, meteringDisagreement } from './team.ts'

/** Creates an active virtual account of an organization, without tokens. */
export const CreateVirtualAccount = message('CreateVirtualAccount', {
  /** The id of the new virtual account: 1 to 256 printable characters, unique among virtual accounts. */
  virtualAccount: Id,
  /** The id of the organization that the virtual account belongs to. */
  organization: Id,
  /** A display name of at most 1,024 characters. Default: none. */
  name: Label.optional(),
  /** The access groups to assign without an end: at most 10,000. Default: none. */
  accessGroups: listOf(AccessGroupId, listLimit).optional(),
  /** Credits to allocate: a decimal string with at most nine decimals. Default: none. */
  credits: CreditText.optional(),
  /**
   * Whether the virtual account pays for its calls from a wallet. Default: `false` if `system` or an administrator sends
   * the command, otherwise `true`. A command with `credits` sets `true`, even if this field is `false`.
   */
  metered: z.boolean().optional(),
}).refine(agreesOnMetering, meteringDisagreement)
export interface CreateVirtualAccount extends Envelope, Immutable<z.infer<typeof CreateVirtualAccount>> {}

/** Changes the given fields of a virtual account. Omitted fields keep their values. */
export const UpdateVirtualAccount = message('UpdateVirtualAccount', {
  /** The id of the virtual account to change. */
  virtualAccount: Id,
  /** A new display name of at most 1,024 characters; `null` removes the name. Default: unchanged. */
  name: Label.nullable().optional(),
  /** Whether the virtual account pays for its calls from a wallet. Default: unchanged. */
  metered: z.boolean().optional(),
})
export interface UpdateVirtualAccount extends Envelope, Immutable<z.infer<typeof UpdateVirtualAccount>> {}

/** Suspends a virtual account and its tokens. */
export const SuspendVirtualAccount = message('SuspendVirtualAccount', {
  /** The id of the virtual account to suspend. */
  virtualAccount: Id,
})
export interface SuspendVirtualAccount extends Envelope, Immutable<z.infer<typeof SuspendVirtualAccount>> {}

/** Ends the suspension of a virtual account. */
export const ActivateVirtualAccount = message('ActivateVirtualAccount', {
  /** The id of the virtual account to activate. */
  virtualAccount: Id,
})
export interface ActivateVirtualAccount extends Envelope, Immutable<z.infer<typeof ActivateVirtualAccount>> {}

/**
 * Deletes a virtual account with its assignments, role grants, tokens and admin powers, and the restrictions on the
 * account. While a restriction on the account is in force, only `system` and administrators may delete the account:
 * creating the account again would evade the restriction.
 */
export const DeleteVirtualAccount = message('DeleteVirtualAccount', {
  /** The id of the virtual account to delete. */
  virtualAccount: Id,
})
export interface DeleteVirtualAccount extends Envelope, Immutable<z.infer<typeof DeleteVirtualAccount>> {}
