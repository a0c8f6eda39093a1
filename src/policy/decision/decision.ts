import type { Target } from '../../model/noun/model-alias.ts'
import type { Wallet, WalletLevel } from '../../model/noun/wallet.ts'
import type { Instant } from '../../model/value/instant.ts'
import type { Holder, Principal } from '../../model/value/principal.ts'
import type { DenialLevel, DenialReason, Remedy } from './denial.ts'

/** A route that a gateway may take: one model of one provider account. */
export type Route = Target

/** The payer of a call: the wallet of a metered principal, or `none` when the call is free. */
export type Payer = { readonly type: 'wallet'; readonly wallet: Wallet } | { readonly type: 'none' }

/**
 * One path by which a caller has access to a model: an access group that holds the model, or a role on the model's
 * provider account.
 */
export type Reach =
  | {
      readonly type: 'accessGroup'
      readonly accessGroup: string
      /** The holder of the group: a principal, the caller's membership in the team, or the payer's organization. */
      readonly principal: Holder
      /** The plan by which the team has the group; absent when the group is assigned to the holder. */
      readonly plan?: string
      /** The instant at which the path ends; absent when the path has no end. */
      readonly until?: Instant
    }
  | {
      readonly type: 'role'
      readonly role: 'manager' | 'user'
      readonly providerAccount: string
      readonly principal: Holder
      /** The instant at which the path ends; absent when the path has no end. */
      readonly until?: Instant
    }

/** A notice that an allow carries: the alias is deprecated, and will count as retired from `sunsetAt` on. */
export type Notice = { readonly type: 'model_deprecated'; readonly sunsetAt: Instant; readonly successor?: string }

/** Determines which callers may share a cached model response: all callers whose decisions have equal cache scopes. */
export interface CacheScope {
  readonly type: 'organization' | 'user'
  readonly id: string
  readonly incarnation: number
}

/** The decision that a caller may use a model. */
export interface UseAllowed {
  readonly effect: 'allow'
  readonly type: 'use'
  /** The principal that makes the call: the principal in the request, or the owner of the credential in the request. */
  readonly principal: Principal
  /** The id of the credential in the request; absent when the request names a principal. */
  readonly credential?: string
  /** The team on whose behalf the call is made; absent when a user or virtual account calls on its own behalf. */
  readonly team?: string
  /**
   * The permitted routes, in the order of the alias's targets; never empty. A gateway may fall back to these routes
   * only.
   */
  readonly routes: readonly Route[]
  readonly payer: Payer
  /**
   * The wallets whose limits apply to the call, from the narrowest to the widest: the credential, the membership and
   * the team (or the user, or the virtual account), the organization. The payer's own wallet must exist in the ledger.
   * Any other wallet that does not exist there limits nothing. If no principal pays, the path has no payer's wallet.
   * Pass it to `reserve` of the ledger as `path`.
   */
  readonly walletPath: readonly WalletLevel[]
  /** Every path that gives the caller access to the model. */
  readonly reach: readonly Reach[]
  readonly notices: readonly Notice[]
  /** Callers whose decisions have equal cache scopes may share a cached response. */
  readonly cacheScope: CacheScope
  /**
   * The first instant at which the decision could change without a command, such as the end of a window. Absent if none
   * exists.
   */
  readonly until?: Instant
  /** The version of the state that was read. */
  readonly version: number
}

/**
 * The reason why an agent may manage a thing. For example, `organizationAdmin`: the agent is an admin of the thing's
 * organization. `self`: a user manages its own tokens, default team and
 * invitations.
 */
export type Power = 'administrator' | 'organizationAdmin' | 'providerAccountManager' | 'teamManager' | 'self'

/** The decision that a caller may manage a thing. */
export interface ManageAllowed {
  readonly effect: 'allow'
  readonly type: 'manage'
  readonly principal: Principal
  /** The id of the credential in the request; absent when the request names a principal. */
  readonly credential?: string
  readonly power: Power
  /**
   * The first instant at which the decision could change without a command, such as the end of a window. Absent if none
   * exists.
   */
  readonly until?: Instant
  /** The version of the state that was read. */
  readonly version: number
}

/**
 * The decision that denies a request, with all details for operators. `answerCaller` renders the denial for the caller.
 */
export interface Denied {
  readonly effect: 'deny'
  readonly reason: DenialReason
  /** The subject of the denial, such as the credential or the model. */
  readonly level: DenialLevel
  /** Changes that would resolve the denial. */
  readonly remedies: readonly Remedy[]
  /** The id of the credential in the request, if it exists; absent when the request names a principal. */
  readonly credential?: string
  /**
   * For `credits_exhausted`: the available credits, as an exact decimal string. Negative if the wallet is overdrawn.
   */
  readonly available?: string
  /**
   * For `credits_exhausted`: the estimated cost, as an exact decimal string; absent when the request has no estimate.
   */
  readonly needed?: string
  /**
   * The first instant at which the decision could change without a command, such as the end of a window. Absent if none
   * exists.
   */
  readonly until?: Instant
  /** The version of the state that was read; 0 if no state was read. */
  readonly version: number
}

/** The result of `authorize` for a use request. */
export type UseDecision = UseAllowed | Denied
/** The result of `authorize` for a manage request. */
export type ManageDecision = ManageAllowed | Denied
/** The result of `authorize`. */
export type Decision = UseAllowed | ManageAllowed | Denied
