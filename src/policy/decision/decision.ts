import type { Target } from '../../model/noun/model-alias.ts'
import type { Wallet } from '../../model/noun/wallet.ts'
import type { Instant } from '../../model/value/instant.ts'
import type { Principal } from '../../model/value/principal.ts'
import type { DenialLevel, DenialReason, Remedy } from './denial.ts'

/** One route a gateway may take: a model of a provider account. */
export type Route = Target

/** Who pays: the wallet of a metered principal, or nobody. */
export type Payer = { readonly type: 'wallet'; readonly wallet: Wallet } | { readonly type: 'nobody' }

/** One path from a principal of the context to the model. `until` is when the path's window ends, if it does. */
export type Reach =
  | {
      readonly type: 'accessGroup'
      readonly accessGroup: string
      readonly principal: Principal
      /** The plan that brings the group; a path by assignment has none. */
      readonly plan?: string
      readonly until?: Instant
    }
  | {
      readonly type: 'role'
      readonly role: 'manager' | 'user'
      readonly providerAccount: string
      readonly principal: Principal
      readonly until?: Instant
    }

/** What the caller should know although the answer is yes. */
export type Notice = { readonly type: 'model_deprecated'; readonly sunsetAt: Instant; readonly successor?: string }

/** With whom an answer may be shared by a cache: only between equal scopes. Made again, an organization is another one. */
export interface CacheScope {
  readonly type: 'organization' | 'user'
  readonly id: string
  readonly incarnation: number
}

export interface UseAllowed {
  readonly effect: 'allow'
  readonly type: 'use'
  readonly principal: Principal
  /** The team in whose name the call is made, where there is one. */
  readonly team?: string
  /** The routes in the alias's order; never empty. A gateway falls back within these and nowhere else. */
  readonly routes: readonly Route[]
  readonly payer: Payer
  readonly reach: readonly Reach[]
  readonly notices: readonly Notice[]
  readonly cacheScope: CacheScope
  /** Before this instant, time alone does not change this decision. Absent when time never does. */
  readonly until?: Instant
  readonly version: number
}

/** What gives the power to manage. */
export type Power = 'administrator' | 'organizationAdmin' | 'providerAccountManager' | 'teamManager' | 'self'

export interface ManageAllowed {
  readonly effect: 'allow'
  readonly type: 'manage'
  readonly principal: Principal
  readonly power: Power
  readonly until?: Instant
  readonly version: number
}

export interface Denied {
  readonly effect: 'deny'
  readonly reason: DenialReason
  readonly level: DenialLevel
  readonly remedies: readonly Remedy[]
  readonly version: number
}

/** The answer to a use request. */
export type UseDecision = UseAllowed | Denied
/** The answer to a manage request. */
export type ManageDecision = ManageAllowed | Denied
export type Decision = UseAllowed | ManageAllowed | Denied
