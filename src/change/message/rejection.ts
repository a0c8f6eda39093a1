import type { Issue } from '../../model/value/issue.ts'
import type { Window } from '../../model/value/window.ts'

/**
 * Every way a command is rejected, in order of precedence: where several apply, the first is reported. The command, the
 * actor, the permission, what is not there, what is there already, the rest. The list is closed: adding, removing or
 * moving a line is a major release.
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

/** A thing by its kind and id. A model's id is that of its account, a `/`, and its own. */
export interface Reference {
  readonly type: Noun
  readonly id: string
}

/** The kinds of things that commands speak of. */
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

/** What a rejection is about, as data: only what its code has something to say of. */
export interface RejectionDetails {
  /** Everything wrong with the command's shape. */
  readonly issues?: readonly Issue[]
  /** What is unknown, there already, not a member, or revoked. */
  readonly reference?: Reference
  /** Who still refers to it, up to a thousand, and how many do in all. */
  readonly references?: readonly Reference[]
  readonly total?: number
  /** The window that is backwards or over, and when the actor may grant. */
  readonly window?: Window
  readonly windows?: readonly Window[]
  /** The successors, from the alias back to itself. */
  readonly cycle?: readonly string[]
}

/** Why a command was rejected: a stable code, where in the command, and words for a person. Nothing was changed. */
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
