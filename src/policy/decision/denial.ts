import type { Wallet } from '../../model/noun/wallet.ts'
import type { Authority } from '../../model/value/authority.ts'
import type { Issue } from '../../model/value/issue.ts'
import type { Operation } from '../../model/value/operation.ts'
import type { Holder, Principal } from '../../model/value/principal.ts'
import type { Thing } from './thing.ts'

/**
 * Every reason for a denial, in order of precedence: if several reasons apply, the first is reported. The list is
 * closed: adding, removing or moving an entry changes decisions, and requires a major release.
 */
export const denialReasons = [
  'request_invalid',
  'credential_unknown',
  'credential_revoked',
  'credential_suspended',
  'credential_expired',
  'principal_unknown',
  'principal_suspended',
  'team_unknown',
  'team_not_member',
  'team_suspended',
  'organization_suspended',
  'model_unknown',
  'model_retired',
  'model_not_granted',
  'model_restricted',
  'operation_out_of_scope',
  'credential_out_of_scope',
  'model_unavailable',
  'payer_ambiguous',
  'credits_exhausted',
  'management_not_granted',
] as const
export type DenialReason = (typeof denialReasons)[number]

/**
 * The subject of a denial: the request, a credential, a principal, a membership, an organization, a model, the payer's
 * wallet, everyone (for a restriction on everyone), or the thing that a principal may not manage.
 */
export type DenialLevel =
  | { readonly type: 'request' }
  | { readonly type: 'credential'; readonly id?: string }
  | Holder
  | { readonly type: 'model'; readonly id: string }
  | { readonly type: 'wallet'; readonly wallet: Wallet }
  | { readonly type: 'everyone' }
  | { readonly type: 'thing'; readonly thing: Thing; readonly principal: Principal }

/** A change that would resolve a denial. `explain` lists the exact commands. */
export type Remedy =
  | { readonly type: 'correct_request'; readonly issues: readonly Issue[] }
  | { readonly type: 'issue_credential' }
  | { readonly type: 'create_principal'; readonly principal: Principal }
  /** In each remedy with `suspendedBy`, only that power or a higher one can activate the row. */
  | { readonly type: 'activate_credential'; readonly credential: string; readonly suspendedBy: Authority }
  | { readonly type: 'activate_principal'; readonly principal: Principal; readonly suspendedBy: Authority }
  | { readonly type: 'create_team'; readonly team: string }
  | { readonly type: 'add_team_member'; readonly team: string; readonly user: string }
  | { readonly type: 'name_own_team' }
  | { readonly type: 'activate_team'; readonly team: string; readonly suspendedBy: Authority }
  | { readonly type: 'activate_organization'; readonly organization: string; readonly suspendedBy: Authority }
  | { readonly type: 'correct_model_name' }
  | { readonly type: 'use_successor'; readonly successor: string }
  | { readonly type: 'choose_model' }
  /**
   * `principals` lists the holders that can receive the grant: the payer and, if a user calls for a team, the user's
   * membership.
   */
  | { readonly type: 'grant_access'; readonly principals: readonly Holder[]; readonly model: string }
  /** A holder has the groups already, but the organization's entitlement does not admit them. */
  | { readonly type: 'extend_entitlement'; readonly organization: string; readonly accessGroups: readonly string[] }
  | { readonly type: 'lift_restriction'; readonly restrictions: readonly string[] }
  /** `to` is present only for manage requests, which require a credential with the scope `all`. */
  | { readonly type: 'widen_scope'; readonly credential: string; readonly to?: 'all' }
  /** The request does not name its operation. The credential permits only the listed operations. */
  | { readonly type: 'name_operation'; readonly operations: readonly Operation[] }
  | { readonly type: 'widen_operations'; readonly credential: string; readonly to: Operation | 'all' }
  | { readonly type: 'activate_model'; readonly model: string }
  /** The alias has no targets. Set some with `SetModelAliasTargets`. */
  | { readonly type: 'set_alias_targets'; readonly alias: string }
  /** `teams` has the first ten teams that could pay. `total` is their number, if there are more. */
  | { readonly type: 'name_team'; readonly teams: readonly string[]; readonly total?: number }
  | { readonly type: 'add_credits'; readonly wallet: Wallet }
  | { readonly type: 'ask_administrator' }
