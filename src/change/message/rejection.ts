import type { RequestOutcome } from '../../model/noun/access-request.ts'
import type { Authority } from '../../model/value/authority.ts'
import type { Issue } from '../../model/value/issue.ts'
import type { Window } from '../../model/value/window.ts'

/**
 * The reasons for rejecting a command, in order of precedence: if several reasons apply, the first is reported. Codes
 * about the command come first, followed by codes about the actor, the actor's permission, things that do not exist,
 * things that exist already, and all other codes. The list is closed: adding, removing or moving a code requires a
 * major release.
 */
export const rejectionCodes = [
  'command_invalid',
  'actor_unknown',
  'actor_suspended',
  'organization_suspended',
  'management_not_granted',
  'power_exceeded',
  'suspension_exceeded',
  'access_request_foreign',
  'access_request_own',
  'access_request_ended',
  'entitlement_exceeded',
  'consent_required',
  'organization_unknown',
  'user_unknown',
  'team_unknown',
  'virtual_account_unknown',
  'credential_unknown',
  'provider_account_unknown',
  'model_unknown',
  'model_alias_unknown',
  'access_group_unknown',
  'restriction_unknown',
  'plan_unknown',
  'wallet_unknown',
  'invitation_unknown',
  'access_request_unknown',
  'organization_exists',
  'user_exists',
  'team_exists',
  'virtual_account_exists',
  'credential_exists',
  'provider_account_exists',
  'model_alias_exists',
  'access_group_exists',
  'restriction_exists',
  'plan_exists',
  'access_request_exists',
  'digest_exists',
  'team_member_exists',
  'team_not_member',
  'credential_revoked',
  'credential_expired',
  'access_request_unmatched',
  'window_invalid',
  'window_exceeded',
  'invitations_exceeded',
  'limit_exceeded',
  'access_not_grantable',
  'successor_cycle',
  'model_suspended',
  'organization_referenced',
  'provider_account_referenced',
  'model_referenced',
  'model_alias_referenced',
  'plan_referenced',
  'last_manager',
  'last_administrator',
] as const
export type RejectionCode = (typeof rejectionCodes)[number]

/** A reference to a row by kind and id. The id of a model has the form `account/model`. */
export interface Reference {
  readonly type: Noun
  readonly id: string
}

/** The kinds of things that commands refer to. */
export type Noun =
  | 'organization'
  | 'user'
  | 'team'
  | 'virtualAccount'
  | 'credential'
  | 'providerAccount'
  | 'model'
  | 'modelAlias'
  | 'accessGroup'
  | 'restriction'
  | 'plan'
  | 'accessRequest'

/** Additional data about a rejection. Which fields are set depends on the code of the rejection. */
export interface RejectionDetails {
  /** For `command_invalid`: the problems with the command's shape. */
  readonly issues?: readonly Issue[]
  /** The row that the rejection is about, such as an unknown, existing or revoked row, or the refused actor. */
  readonly reference?: Reference
  /** At most 1,000 of the rows that still refer to the row `reference`. */
  readonly references?: readonly Reference[]
  /** The number of rows that still refer to the row `reference`. */
  readonly total?: number
  /** The refused window, which ends before it starts, has already ended, or is too long. */
  readonly window?: Window
  /** For `limit_exceeded`: the maximum number of entries of the list that is full. */
  readonly limit?: number
  /** For `window_exceeded`: the first 100 windows in which the actor may grant the role. */
  readonly windows?: readonly Window[]
  /**
   * The power that suspended the row, for `suspension_exceeded`: only this power or a higher one lifts the suspension.
   */
  readonly suspendedBy?: Authority
  /** For `access_request_ended`: how the access request ended. */
  readonly outcome?: RequestOutcome
  /** The ids of the aliases in a cycle of successors, in order. The first id is repeated at the end. */
  readonly cycle?: readonly string[]
}

/**
 * The reason for a rejection: a stable code, the path of the field at fault, and a message. A rejected command changes
 * nothing.
 */
export interface Rejection {
  readonly code: RejectionCode
  readonly path: readonly (string | number)[]
  readonly message: string
  readonly details: RejectionDetails
}

/** The result of a command that is rejected. */
export interface Rejected {
  readonly ok: false
  readonly rejection: Rejection
}

/** Makes a rejection. */
export function rejection(
  code: RejectionCode,
  path: Rejection['path'],
  message: string,
  details: RejectionDetails = {},
): Rejection {
  return { code, path, message, details }
}
