import type { Target } from '../../model/noun/model-alias.ts'
import type { Wallet } from '../../model/noun/wallet.ts'
import type { Instant } from '../../model/value/instant.ts'
import type { Principal } from '../../model/value/principal.ts'
import type { DenialLevel, DenialReason, Remedy } from './denial.ts'

/** A route that a gateway may take: one model of one provider account. */
export type Route = Target

/** The payer of a call: the wallet of a metered principal, or `nobody` when the call is free. */
export type Payer = { readonly type: 'wallet'; readonly wallet: Wallet } | { readonly type: 'nobody' }

/** A path from a principal of the context to the model: an access group that holds the alias, or a role on an account. */
export type Reach =
  | {
      readonly type: 'accessGroup'
      readonly accessGroup: string
      readonly principal: Principal
      /** The plan that includes the group; absent when the group is assigned. */
      readonly plan?: string
      /** The instant at which the path ends; absent when it has no end. */
      readonly until?: Instant
    }
  | {
      readonly type: 'role'
      readonly role: 'manager' | 'user'
      readonly providerAccount: string
      readonly principal: Principal
      /** The instant at which the path ends; absent when it has no end. */
      readonly until?: Instant
    }

/** A notice of an allow: the alias is deprecated, and retired from `sunsetAt` on. */
export type Notice = { readonly type: 'model_deprecated'; readonly sunsetAt: Instant; readonly successor?: string }

/** Who may share a cached response of the model: callers whose decisions have equal cache scopes. */
export interface CacheScope {
  readonly type: 'organization' | 'user'
  readonly id: string
  readonly incarnation: number
}

/** The decision that a caller may use a model. */
export interface UseAllowed {
  readonly effect: 'allow'
  readonly type: 'use'
  /** The principal that calls: the one of the request, or the owner of its credential. */
  readonly principal: Principal
  /** The team on whose behalf the call is made; absent for a user or virtual account of its own. */
  readonly team?: string
  /** The permitted routes, in the order of the alias's targets; never empty. A gateway may fall back within these only. */
  readonly routes: readonly Route[]
  readonly payer: Payer
  /** Every path that gives the access. */
  readonly reach: readonly Reach[]
  readonly notices: readonly Notice[]
  /** Who may share a cached response. */
  readonly cacheScope: CacheScope
  /** The first instant at which time alone could change this decision; absent when time never does. */
  readonly until?: Instant
  /** The version of the state that was read. */
  readonly version: number
}

/** The power by which an agent manages a thing. */
export type Power = 'administrator' | 'organizationAdmin' | 'providerAccountManager' | 'teamManager' | 'self'

/** The decision that a caller may manage a thing. */
export interface ManageAllowed {
  readonly effect: 'allow'
  readonly type: 'manage'
  readonly principal: Principal
  readonly power: Power
  /** The first instant at which time alone could change this decision; absent when time never does. */
  readonly until?: Instant
  /** The version of the state that was read. */
  readonly version: number
}

/** The decision that a request is denied. For operators: `answerCaller` renders it for the caller. */
export interface Denied {
  readonly effect: 'deny'
  readonly reason: DenialReason
  /** What the reason is about. */
  readonly level: DenialLevel
  /** Changes that would resolve the denial. */
  readonly remedies: readonly Remedy[]
  /** The version of the state that was read; 0 if none was. */
  readonly version: number
}

/** The result of `authorize` for a use request. */
export type UseDecision = UseAllowed | Denied
/** The result of `authorize` for a manage request. */
export type ManageDecision = ManageAllowed | Denied
/** The result of `authorize`. */
export type Decision = UseAllowed | ManageAllowed | Denied
