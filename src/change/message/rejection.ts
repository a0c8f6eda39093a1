import type { Issue } from '../../model/value/issue.ts'
import type { Window } from '../../model/value/window.ts'

/**
 * The reasons for rejecting a command, in order of precedence: where several apply, the first is reported. They concern,
 * in turn, the command, the actor, its permission, things that do not exist, things that exist already, and the rest. The
 * list is closed: adding, removing or moving a code is a major release.
 */
export const rejectionCodes = [
  'command_invalid',
  'actor_unknown',
  'actor_suspended',
  'organization_suspended',
  'management_not_granted',
  'power_exceeded',
  'entitlement_exceeded',
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
  'digest_exists',
  'team_member_exists',
  'team_not_member',
  'credential_revoked',
  'credential_expired',
  'window_invalid',
  'window_exceeded',
  'successor_cycle',
  'organization_referenced',
  'provider_account_referenced',
  'model_referenced',
  'model_alias_referenced',
  'plan_referenced',
  'last_administrator',
] as const
export type RejectionCode = (typeof rejectionCodes)[number]

/** A reference to a row by kind and id. A model's id is the provider account's id, a `/`, and the model's name. */
export interface Reference {
  readonly type: Noun
  readonly id: string
}

/** The kinds of rows that commands refer to. */
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

/** The data of a rejection. Each rejection code sets only the fields that it needs. */
export interface RejectionDetails {
  /** Every issue with the command's shape, for `command_invalid`. */
  readonly issues?: readonly Issue[]
  /** The row that the rejection is about, such as an unknown, existing or revoked row, or the refused actor. */
  readonly reference?: Reference
  /** The first 1,000 rows that still refer to `reference`. */
  readonly references?: readonly Reference[]
  /** The number of rows that still refer to `reference`. */
  readonly total?: number
  /** The invalid window: it ends before it starts, has already ended, or is too long. */
  readonly window?: Window
  /** The windows in which the actor may grant the role, for `window_exceeded`. */
  readonly windows?: readonly Window[]
  /** The aliases of a successor cycle, in order. The first alias is repeated at the end. */
  readonly cycle?: readonly string[]
}

/**
 * The reason for a rejection: a stable code, the path of the field, and a message. A rejected command changes nothing.
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
